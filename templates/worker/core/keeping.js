// What comes from the network is kept, as much of it as pwa.toml allows, the least recently used going first.

/**
 * Requests on their way: who wants the same meanwhile shares the answer.
 *
 * @type {Map<string, Promise<Response>>}
 */
const onTheWay = new Map();

/**
 * The network's answer, which is kept if it can be.
 *
 * @param {Visit} visit
 * @returns {Promise<Response>}
 */
async function fromNetwork(visit) {
  const { request } = visit;
  const same = JSON.stringify([request.url, request.mode, request.credentials, request.cache, ...request.headers]);
  const shared = onTheWay.get(same);
  // A shared request fails for all when the page that sent it leaves: then each asks for itself.
  const response = shared && (await shared.catch(() => undefined));
  if (response) return response.clone();
  const network = ask(request);
  onTheWay.set(same, network);
  const kept = network.then((response) => keep(visit, response));
  noteUse(visit.address);
  visit.later(kept.finally(() => onTheWay.delete(same)).then(tidySoon));
  return (await network).clone();
}

/** Hosts that answer only those who do not look. */
const silent = new Set();

/**
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function ask(request) {
  const { host, origin } = new URL(request.url);
  if (request.mode !== "no-cors" || origin === ROOT.origin || silent.has(host)) return fetch(request);
  // An answer that cannot be looked into may be an error, and counts for megabytes: first ask for one that can.
  const open = await fetch(new Request(request, { mode: "cors", credentials: "omit" })).catch(() => undefined);
  if (open) return open;
  const closed = await fetch(request);
  silent.add(host);
  return closed;
}

/**
 * @param {Visit} visit
 * @param {Response} response whose body stays unread
 */
async function keep({ route, request, address }, response) {
  if (!route.statuses.includes(response.status) || response.type === "opaqueredirect") return;
  const cache = await cacheOf(route);
  const headers = new Headers(request.headers);
  headers.set(STORED, String(Date.now()));
  await put(cache, new Request(address, { headers }), () => response.clone());
}

/**
 * Stores an answer; on a full disk, what was not used for long makes room for it.
 *
 * @param {Cache} cache
 * @param {RequestInfo} key
 * @param {() => Response} copy
 */
async function put(cache, key, copy) {
  for (;;) {
    try {
      return await cache.put(key, copy());
    } catch (error) {
      // Otherwise the body broke off, or the answer varies with anything.
      const full = error instanceof DOMException && error.name === "QuotaExceededError";
      if (!full || !(await makeRoom())) throw error;
    }
  }
}

/**
 * When each address was last used, as far as this life of the worker knows.
 *
 * @type {Map<string, number>}
 */
const uses = new Map();

/**
 * The answer that is kept, if there is one, and that it is wanted.
 *
 * @param {Visit} visit
 */
function copyInUse(visit) {
  noteUse(visit.address);
  visit.later(tidySoon());
  return copyFor(visit);
}

/** @type {Promise<void> | undefined} */
let tidying;
let lastUse = 0;

/** @param {string} address */
function noteUse(address) {
  // Two uses within a millisecond still have an order.
  lastUse = Math.max(Date.now(), lastUse + 1);
  uses.set(address, lastUse);
}

/** Tidies the caches up once the page has got what it came for. */
function tidySoon() {
  tidying ??= after(1000).then(() => {
    tidying = undefined;
    return tidy();
  });
  return tidying;
}

/** Deletes what is too much, and writes down when the rest was used: the caches say what there is, the book only when. */
async function tidy() {
  /** @type {Record<string, number>} */
  const book = {};
  /** @type {Map<Route, number>} */
  const counts = new Map();
  for (const { route, cache, key, used } of await entries()) {
    const count = (counts.get(route) ?? 0) + 1;
    counts.set(route, count);
    if (count <= (route.maxEntries ?? 0)) book[key.url] = used;
    else await cache.delete(key);
  }
  await (await sw.caches.open(BOOK)).put(ROOT.href, Response.json(book));
}

let roomMade = Promise.resolve(0);

/** Deletes a quarter of all that is kept, and another for each who asks meanwhile; answers how many that were. */
function makeRoom() {
  roomMade = roomMade.then(deleteQuarter, deleteQuarter);
  return roomMade;
}

async function deleteQuarter() {
  const all = await entries();
  const oldest = all.slice(all.length - Math.ceil(all.length / 4));
  for (const { cache, key } of oldest) await cache.delete(key);
  return oldest.length;
}

const BOOK = `${OWNER}:route-uses`;
cachesInUse.push(BOOK);

/** All that is kept, the most recently used first. */
async function entries() {
  const kept = await sw.caches.match(ROOT.href, { cacheName: BOOK });
  // A book that cannot be read is begun anew from what the caches hold.
  const book = kept ? await kept.json().catch(() => ({})) : {};
  const found = [];
  for (const route of CONFIG.routes) {
    if (!route.maxEntries) continue;
    const cache = await cacheOf(route);
    for (const key of await cache.keys()) {
      const used = uses.get(key.url) ?? book[key.url] ?? Number(key.headers.get(STORED));
      found.push({ route, cache, key, used });
    }
  }
  return found.sort((a, b) => b.used - a.used);
}
