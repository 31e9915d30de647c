"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "markdown-notes",
  "root": "./",
  "version": "g3XdgaLdZ71j",
  "parallel": 6,
  "host": {
    "bare": [
      [
        "",
        null
      ],
      [
        "/index.html",
        "/"
      ]
    ],
    "slash": [
      [
        "/index.html",
        null
      ]
    ]
  },
  "pages": {
    "timeout": 3000,
    "deny": []
  },
  "sync": [
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 50
      },
      "body": {
        "markdowns": "$records"
      },
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxAge": 2592000000,
          "maxDelay": 900000,
          "maxRetryAfter": 86400000
        },
        "timeout": 30000,
        "url": "/markdowns"
      },
      "mode": "incremental",
      "notification": {
        "tag": "persistToDatabase",
        "title": "Markdowns synced to server"
      },
      "omit": [
        "status"
      ],
      "onSuccess": {
        "set": {
          "status": "synced"
        }
      },
      "source": {
        "database": "markdowns",
        "store": "markdowns",
        "where": {
          "status": "waiting"
        }
      },
      "tag": "persistToDatabase"
    }
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 app.js favicon.ico index.html manifest.webmanifest markdown.js notes.js register-downloads.js register-drain.js register-sync.js register.js sample.js style.css /icons/|12 icon-192-731d2e2bb5.png icon-38e01ffd29.svg icon.svg monochrome-96-96fe866579.png refused.svg synced.svg waiting.svg /vendor/dompurify/|19 purify.min.js /vendor/instrument-sans/|20 instrument-sans-latin-wght-normal.woff2 /vendor/literata/|21 literata-latin-wght-italic.woff2 literata-latin-wght-normal.woff2 /vendor/marked/|23 marked.esm.js /",
      "digests": "IodygK0HEmlno7JOS2GMU4nKvvwGcnIklIeHchHKQalpq9GkPiRch1L3Jo265Gw60ygj9z4wIYwfCxfFVkZqBK3XhDl72Ql7HyCJPt7JZTaNg3fTlTEZmBRoS-ifNWC9wePCBWZ-qdFWZCURcx0uK7WH7EKYOOAf_SltyEPL0cbFJgGc_Z5Alv6GZXmDYTDNeIrCQ-tHXvAedkaoslvrQNCi1I-3QTw5_G_9gFPuKmoJ-dUPLuF1mKmNilnkqxmNZhbHzJZvmtvqxbFn_lrWU3H-qG_QZWtP"
    }
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/** @param {() => Promise<unknown>} task a rejection fails the install: the worker before goes on serving */
function onInstall(task) {
  sw.addEventListener("install", (event) => event.waitUntil(task()));
}

/** @param {() => Promise<unknown>} task */
function onActivate(task) {
  sw.addEventListener("activate", (event) => event.waitUntil(task()));
}

/**
 * The first to answer wins; where nobody does, the browser asks the network itself.
 *
 * @param {(request: Request, event: FetchEvent) => Promise<Response> | undefined} answer
 */
function onFetch(answer) {
  sw.addEventListener("fetch", (event) => {
    const response = answer(event.request, event);
    if (response) event.respondWith(response.catch(Response.error));
  });
}

/** @param {unknown} message for every window of this origin that the worker may serve */
async function tellPages(message) {
  for (const client of await sw.clients.matchAll({ includeUncontrolled: true, type: "window" })) client.postMessage(message);
}

/**
 * The path of a request from the site's root, spelled like the list of assets, or `undefined` for what is not of this site.
 *
 * @param {string} address
 */
function pathOf(address) {
  const url = new URL(address);
  if (url.origin !== ROOT.origin || !url.pathname.startsWith(ROOT.pathname)) return undefined;
  return spell(url.pathname.slice(ROOT.pathname.length - 1));
}

/** @param {string} path of a file of the site */
function addressOf(path) {
  return ROOT.href + path.slice(1);
}

/**
 * One spelling for every way to write a path: "/a%2Bb" and "/a+b" name one file, and a stray "%" stands for itself.
 *
 * @param {string} path
 */
function spell(path) {
  try {
    path = decodeURIComponent(path);
  } catch {
    // Not encoded: taken as it is.
  }
  return encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}

/** Characters of a digest: 72 bits in base64url. */
const DIGEST = 12;

/**
 * A file of the site: its digest, and the group it belongs to. The lists are searched as text: parsing them would delay every start of the worker.
 *
 * @param {string} path
 * @param {AssetGroup[]} groups
 */
function entryOf(path, groups) {
  const name = path.lastIndexOf("/") + 1;
  for (const group of groups) {
    const { files, digests } = group;
    const folder = ` ${path.slice(0, name)}|`;
    const start = files.indexOf(folder) + folder.length;
    if (start < folder.length) continue;
    const names = files.slice(start, files.indexOf(" /", start) + 1);
    const end = names.indexOf(` ${path.slice(name)} `);
    if (end < 0) continue;
    let index = parseInt(names);
    for (let at = names.indexOf(" "); at < end; at = names.indexOf(" ", at + 1)) index += 1;
    return { digest: digests.slice(index * DIGEST, (index + 1) * DIGEST), group };
  }
  return undefined;
}

/**
 * What the host answers to a path by its own name or with an ending: a file of the site, a redirect, or (`undefined`) nothing.
 *
 * @param {string} path from the site's root, starting with "/", percent-encoded like the list of assets
 * @param {AssetGroup[]} groups
 * @returns {Place | undefined}
 */
function serve(path, groups) {
  const stem = path.replace(/\/$/, "");
  for (const [suffix, end] of stem === path ? CONFIG.host.bare : CONFIG.host.slash) {
    const entry = entryOf(stem + suffix, groups);
    if (entry) return end === null ? { file: stem + suffix, ...entry } : { redirect: stem + end };
  }
  return undefined;
}

/**
 * The path that is asked for; `undefined` for what is left to the browser.
 *
 * @param {Request} request
 */
function askedPath(request) {
  if (request.method !== "GET" || (request.cache === "reload" && request.mode !== "navigate")) return undefined;
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return undefined;
  return pathOf(request.url);
}

/** @param {string} path for which the host has a file, a redirect, or nothing of this site */
function locate(path, groups = CONFIG.assets) {
  return serve(path, groups);
}

/**
 * @type {(bytes: ArrayBuffer, group: { ignore?: string[] }) => Promise<string>} the first 72 bits of the SHA-256, spelled as in the lists
 */
async function digestBytes(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes), 0, 9);
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * A response as it is kept: whole, and not marked as redirected, which navigations refuse.
 *
 * @param {ArrayBuffer} bytes
 * @param {Response} response
 */
function stored(bytes, response) {
  return new Response(bytes, { headers: response.headers });
}

/**
 * @template T
 * @param {T[]} queue
 * @param {number} limit of tasks under way at a time
 * @param {(item: T) => Promise<unknown>} task the first to fail ends them all
 */
async function inParallel(queue, limit, task) {
  const lane = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await task(item);
  };
  try {
    await Promise.all(Array.from({ length: limit }, lane));
  } finally {
    queue.length = 0;
  }
}

/** The bodies of every version, each under its digest: what did not change is neither downloaded nor copied again. */
const BODIES = `${OWNER}:bodies`;

/**
 * Where a body is kept. The ending is part of the key, since it decides the type that the host sends.
 *
 * @param {string} path
 * @param {string} digest
 */
function bodyKey(path, digest) {
  return `${ROOT.href}?${digest}${path.slice(path.lastIndexOf("."))}`;
}

/**
 * What the host would answer where `locate` says, from what is kept.
 *
 * @param {Place} place
 * @param {string} address of the request
 */
async function answerFrom(place, address) {
  if (place.redirect !== undefined) return Response.redirect(addressOf(place.redirect) + new URL(address).search);
  const bodies = await sw.caches.open(BODIES);
  // A host's `Vary` speaks of its own answers, not of this key.
  const body = await bodies.match(bodyKey(place.file, place.digest), { ignoreVary: true });
  return body || heal(bodies, place);
}

/**
 * A file that the browser evicted, or that is kept on first use: the network's, kept if it is the right one.
 *
 * @param {Cache} bodies
 * @param {KeptPlace} place
 */
async function heal(bodies, { file, digest, group }) {
  const response = await fetch(addressOf(file));
  if (response.ok) {
    const bytes = await response.clone().arrayBuffer();
    const same = (await digestBytes(bytes, group)) === digest;
    // The page gets its answer, whether or not there is room to keep it.
    if (same) await put(bodies, bodyKey(file, digest), () => stored(bytes, response)).catch(() => undefined);
  }
  return response;
}

/** @param {string} version */
const listName = (version) => `${OWNER}:list:${version}`;

/**
 * The groups of versions that were installed.
 *
 * @param {string[]} names of their lists
 * @returns {Promise<AssetGroup[]>}
 */
async function groupsOf(names) {
  const lists = await Promise.all(names.map((cacheName) => sw.caches.match(ROOT.href, { cacheName })));
  return (await Promise.all(lists.map((list) => list?.json() ?? []))).flat();
}

/**
 * The bodies of these groups that no installed version requires; some may be there all the same.
 *
 * @param {AssetGroup[]} groups
 */
async function missingBodies(groups) {
  const missing = new Map(bodiesOf(groups).map((body) => [body.key, body]));
  for (const { key } of await requiredBodies()) missing.delete(key);
  return [...missing.values()];
}

/** What installed versions require: it is kept for as long as their lists are, so nobody has to look. */
async function requiredBodies() {
  const groups = await groupsOf((await sw.caches.keys()).filter((name) => name.startsWith(listName(""))));
  return bodiesOf(groups.filter(({ install }) => !install));
}

/**
 * @param {Cache} bodies
 * @param {ListedBody} body
 * @returns {Promise<number>} bytes; none where it was there
 */
async function storeBody(bodies, { key, path, digest, group }) {
  if (await bodies.match(key)) return 0;
  const verify = path.endsWith(".html") ? group.verifyPages : group.verify;
  let response = await download(path, verify === "off" ? "reload" : "default");
  let bytes = await response.arrayBuffer();
  if (verify !== "off" && (await digestBytes(bytes, group)) !== digest) {
    // What lies in the HTTP cache may be older than the site.
    response = await download(path, "reload");
    bytes = await response.arrayBuffer();
    if ((await digestBytes(bytes, group)) !== digest) await report(verify, response.url);
  }
  await put(bodies, key, () => stored(bytes, response));
  return bytes.byteLength;
}

/**
 * @param {Verify | undefined} verify
 * @param {string} url of a file that is not the one that was built
 */
function report(verify, url) {
  if (!verify) throw new Error(`${url} is not as built`);
  return tellPages({ type: "mdpwa:changed-in-transit", url });
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 */
async function download(path, cache) {
  const url = addressOf(path);
  const response = await fetch(url, { cache });
  const elsewhere = response.redirected && locate(pathOf(response.url) || "")?.file !== path;
  if (response.status !== 200 || elsewhere) throw new Error(`${url} answered ${response.status} from ${response.url}`);
  return response;
}

/**
 * @param {AssetGroup[]} groups
 * @returns {ListedBody[]}
 */
function bodiesOf(groups) {
  /** @type {ListedBody[]} */
  const bodies = [];
  for (const group of groups) {
    let folder = "";
    let at = 0;
    for (const word of group.files.slice(1).split(" ")) {
      if (word.startsWith("/")) {
        folder = word.split("|")[0];
      } else {
        const path = folder + word;
        const digest = group.digests.slice(at, (at += DIGEST));
        bodies.push({ key: bodyKey(path, digest), path, digest, group });
      }
    }
  }
  return bodies;
}

/** Sweeps, unless a newer version stands ready: its activation will. */
async function settle() {
  if (sw.registration.installing || sw.registration.waiting) return;
  // Whoever stores holds this lock, so that nobody sweeps away what a version is about to need.
  await navigator.locks.request(BODIES, { ifAvailable: true }, (lock) => (lock ? sweep() : undefined));
}

/** Caches that are in use, beside the lists of versions: a room adds its own. What else bears the owner's name is swept. */
const cachesInUse = [BODIES];

/** Deletes the lists that no open page needs, what rules left that are gone, and every body that no list names any more. */
async function sweep() {
  const lists = (await versionsInUse()).map(listName);
  const needed = new Set(bodiesOf(await groupsOf(lists)).map(({ key }) => key));
  for (const name of await sw.caches.keys()) {
    if (name.startsWith(`${OWNER}:`) && ![...lists, ...cachesInUse].includes(name)) await sw.caches.delete(name);
  }
  const bodies = await sw.caches.open(BODIES);
  for (const request of await bodies.keys()) {
    if (!needed.has(request.url)) await bodies.delete(request);
  }
}

// Chromium lets an installing worker have three requests in flight, and a page as many as the connection takes.

/** So few the worker gets quickly by itself. */
const FEW = 6;
/** How long a page may take to answer, and then to say the next word, before the worker goes on by itself; milliseconds. */
const PAGE_ANSWERS = 500;
const PAGE_WORKS = 10_000;

/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const bodies = await sw.caches.open(BODIES);
  const missing = await notStored(bodies, await missingBodies(groups));
  const progress = progressOf(missing.length);
  await askPage(missing, progress);
  await inParallel(missing, CONFIG.parallel, async (body) => progress(body, await storeBody(bodies, body)));
}

/**
 * Leaves out what an install that was broken off has stored. A few are looked for when their turn comes: to list all
 * that is there takes longer.
 *
 * @param {Cache} bodies
 * @param {ListedBody[]} wanted
 */
async function notStored(bodies, wanted) {
  if (wanted.length <= FEW) return wanted;
  const there = new Set((await bodies.keys()).map(({ url }) => url));
  return wanted.filter(({ key }) => !there.has(key));
}

/**
 * Has an open page download what is missing; whatever it leaves is the worker's.
 *
 * @param {ListedBody[]} missing
 * @param {(body: ListedBody, bytes: number) => void} progress
 */
async function askPage(missing, progress) {
  if (missing.length <= FEW) return;
  const pages = await sw.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const page = pages.find((client) => client.visibilityState === "visible") ?? pages[0];
  if (!page) return;
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    let silence = setTimeout(resolve, PAGE_ANSWERS);
    port1.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(resolve, PAGE_WORKS);
      if (data.bytes) progress(missing[data.file], data.bytes);
      if (data.done) resolve(undefined);
    };
    const files = missing.map(({ key, path, digest, group }) => ({ url: addressOf(path), key, digest, ignore: group.ignore }));
    page.postMessage({ type: "mdpwa:help", cache: BODIES, parallel: CONFIG.parallel, files }, [port2]);
  });
  port1.close();
}

/**
 * Tells the pages how far an install is, a hundred times at the most.
 *
 * @param {number} total
 * @returns {(body: ListedBody, bytes: number) => void} to be called for each file, by whomever it was stored
 */
function progressOf(total) {
  const step = Math.ceil(total / 100);
  const done = new Set();
  let bytes = 0;
  return (body, size) => {
    if (done.has(body)) return;
    done.add(body);
    bytes += size;
    if (done.size % step === 0 || done.size === total) tellPages({ type: "mdpwa:progress", done: done.size, total, bytes });
  };
}

// Which version each open page belongs to. A page belongs to the version that controls it, unless it is noted here:
// pages of an earlier version that was replaced while they were open, and pages that the network had newer.

const NOTES = `${OWNER}:pages`;
cachesInUse.push(NOTES);
/** The version of a page that came from the network: whatever the server has now. */
const NETWORK = "network";

/** @type {Promise<PageNotes> | undefined} */
let reading;
/** @type {PageNotes | undefined} `undefined` until the notes are read */
let notes;
/**
 * Pages that this run of the worker answered from the network: compared with the kept page as they arrive.
 *
 * @type {Map<string, Promise<string | undefined>>}
 */
const arriving = new Map();

function readNotes() {
  reading ??= sw.caches
    .match(ROOT.href, { cacheName: NOTES })
    .then((kept) => (kept ? kept.json() : { clients: {} }))
    .then((/** @type {PageNotes} */ found) => (notes = found));
  return reading;
}

/** @param {PageNotes} changed */
async function writeNotes(changed) {
  const cache = await sw.caches.open(NOTES);
  await cache.put(ROOT.href, Response.json(changed));
}

/**
 * The version that a page belongs to, `undefined` for this worker's own.
 *
 * @param {string} client
 */
async function versionOf(client) {
  return arriving.get(client) ?? (await readNotes()).clients[client];
}

/**
 * Whether a page may belong to another version, as far as this can be said at once.
 *
 * @param {string} client
 */
function mayDiffer(client) {
  return arriving.has(client) || !notes || client in notes.clients;
}

/**
 * A file of the version that an open page came from, wherever this version has none of that name; nothing at once for
 * pages of this version.
 *
 * @param {string} path
 * @param {string} client
 */
function placeBefore(path, client) {
  if (!mayDiffer(client)) return undefined;
  return versionOf(client).then(async (version) => version && locate(path, await groupsOf([listName(version)])));
}

/**
 * @param {ExtendableEvent} event that leads to the page
 * @param {string} client
 * @param {Promise<string | undefined>} version
 */
function noteVersion(event, client, version) {
  arriving.set(client, version);
  event.waitUntil(
    Promise.all([version, readNotes()]).then(([version, found]) => {
      if (!version) return undefined;
      found.clients[client] = version;
      return writeNotes(found);
    }),
  );
}

/** Takes over the open pages, each of which keeps the version it came from. */
async function takeOver() {
  const found = await readNotes();
  const open = await sw.clients.matchAll({ type: "all" });
  const before = found.active === CONFIG.version ? undefined : found.active;
  const versions = open.map(({ id }) => [id, found.clients[id] ?? before]);
  // The first version controls the page it came with; later ones leave pages that no worker controls alone.
  if (!found.active) await sw.clients.claim();
  found.active = CONFIG.version;
  found.clients = Object.fromEntries(versions.filter(([, version]) => version && version !== CONFIG.version));
  await writeNotes(found);
}

// A page that has closed may have been the last of its version.
onFetch((request, event) => {
  if (request.mode === "navigate") event.waitUntil(event.handled.then(forgetClosedPages, forgetClosedPages));
  return undefined;
});

async function forgetClosedPages() {
  const { clients } = await readNotes();
  if (Object.keys(clients).length) await settle();
}

/** Versions that open pages still need; what is noted of pages that have gone is forgotten. */
async function versionsInUse() {
  const found = await readNotes();
  const open = new Set((await sw.clients.matchAll({ type: "all", includeUncontrolled: true })).map(({ id }) => id));
  const gone = Object.keys(found.clients).filter((id) => !open.has(id) && !arriving.has(id));
  for (const id of gone) delete found.clients[id];
  if (gone.length) await writeNotes(found);
  return [CONFIG.version, ...Object.values(found.clients)];
}

/**
 * Notes where a page's other files have to come from: from this version if the page is this version's, otherwise from
 * the network like the page itself.
 *
 * @param {Response} response of the network
 * @param {Place | undefined} place where the page is kept
 * @param {FetchEvent} event
 */
function judge(response, place, event) {
  if (event.resultingClientId && response.type !== "opaqueredirect") {
    const same = place?.file !== undefined && response.ok ? isKept(response.clone(), place) : Promise.resolve(false);
    noteVersion(event, event.resultingClientId, same.then((same) => (same ? undefined : NETWORK)));
  }
  return response;
}

/**
 * @param {Response} response
 * @param {KeptPlace} place
 */
async function isKept(response, place) {
  const bytes = await response.arrayBuffer();
  const digest = await digestBytes(bytes, place.group);
  if (digest === place.digest) {
    const bodies = await sw.caches.open(BODIES);
    const key = bodyKey(place.file, digest);
    // Kept on its first use, or evicted meanwhile; where there is no room for it, the page was answered all the same.
    if (!(await bodies.match(key, { ignoreVary: true }))) await put(bodies, key, () => stored(bytes, response)).catch(() => undefined);
    return true;
  }
  // Where the host rewrites pages, the kept one is rewritten alike.
  const kept = await answerFrom(place, response.url);
  return digest === (await digestBytes(await kept.arrayBuffer(), place.group));
}

/**
 * No file of this site is of a kind that is asked for in parts, and the whole is always an answer.
 *
 * @param {Request} _request
 * @param {Response} whole
 */
function ranged(_request, whole) {
  return whole;
}

const denied = CONFIG.pages.deny.map((pattern) => new RegExp(pattern));

/** @param {(request: Request, path: string, event: FetchEvent) => Promise<Response> | undefined} answerPage for the navigations of this site that are not denied */
function onNavigation(answerPage) {
  onFetch((request, event) => {
    if (request.mode !== "navigate" || request.method !== "GET") return undefined;
    const path = pathOf(request.url);
    if (path === undefined || denied.some((pattern) => pattern.test(path))) return undefined;
    return answerPage(request, path, event);
  });
}

/**
 * The network's answer to a page that is not kept, or the browser's own words.
 *
 * @param {Promise<Response>} network
 */
function networkOrOfflinePage(network) {
  return network;
}

/**
 * @param {string} type of the messages to take
 * @param {(event: ExtendableMessageEvent) => Promise<unknown> | void} handle the worker is kept alive until it settles
 */
function onMessage(type, handle) {
  sw.addEventListener("message", (event) => {
    if (event.data && event.data.type === type) event.waitUntil(Promise.resolve(handle(event)));
  });
}

{
  onInstall(() => navigator.locks.request(BODIES, install));
  onActivate(() => takeOver().then(settle));

  /** Stores every required asset that is not kept yet; all are in place and verified, or the install fails. */
  async function install() {
    try {
      await store(CONFIG.assets.filter(({ install }) => !install));
    } catch (error) {
      await tellPages({ type: "mdpwa:install-failed", reason: String(error) });
      throw error;
    }
    // A list of this name stands for an install that is complete; later versions read there what is still needed.
    const list = await sw.caches.open(listName(CONFIG.version));
    await list.put(ROOT.href, Response.json(CONFIG.assets));
  }
}

// Queued work, whose many names are its own.
{
// IndexedDB by promises.

/**
 * WebKit drops connections without a word: every use of one then fails until it is opened anew.
 * @template T
 * @param {() => Promise<T>} use
 */
function twice(use) {
  return use().catch(use);
}

/**
 * @template T
 * @template {string} Name
 * @param {IDBDatabase} database
 * @param {Name[]} names
 * @param {"readonly" | "readwrite"} mode
 * @param {(stores: Record<Name, IDBObjectStore>) => Promise<T>} work
 * @returns {Promise<T>}
 */
function commit(database, names, mode, work) {
  return new Promise((resolve, reject) => {
    // On the disk, and not only on its way there, before anybody relies on it.
    const transaction = database.transaction(names, mode, { durability: "strict" });
    /** @type {T} */
    let value;
    transaction.oncomplete = () => resolve(value);
    transaction.onabort = () => reject(transaction.error);
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    work(/** @type {Record<Name, IDBObjectStore>} */ (stores)).then(
      (answer) => {
        value = answer;
      },
      (error) => {
        reject(error);
        // Unless that is what failed it.
        if (!transaction.error) transaction.abort();
      },
    );
  });
}

/**
 * The answer to one request.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Opens a database as it is: an outbox that a newer version of this site has laid out holds rows of its own, and ours
 * go beside them.
 * @param {string} name
 * @param {(request: IDBOpenDBRequest) => void} make called when there is none
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase(name, make) {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () => make(request);
  return result(request);
}

// The outbox: everything that must outlive the page, the worker and the version that wrote it.
// The layout is a promise to data already queued on people's devices. New versions add to it.

const OUTBOX = `${OWNER}:sync`;

/** Events beyond this number have had their chance to be heard. */
const EVENTS_KEPT = 1000;

/** @type {Promise<IDBDatabase> | undefined} */
let outbox;

/**
 * Runs `work` in one transaction over the outbox and answers once that is committed.
 * `work` may await requests of this transaction only: anything else lets it commit early.
 * It may run twice, when the connection was lost, so it must be written to bear that.
 * @template T
 * @param {"readonly" | "readwrite"} mode
 * @param {(stores: SyncStores) => Promise<T>} work
 * @returns {Promise<T>}
 */
function transact(mode, work) {
  return twice(async () => {
    try {
      const database = await (outbox ??= openOutbox());
      return await commit(database, /** @type {(keyof SyncStores)[]} */ ([...database.objectStoreNames]), mode, work);
    } catch (error) {
      outbox = undefined;
      throw error;
    }
  });
}

async function openOutbox() {
  const database = await openDatabase(OUTBOX, layOut);
  database.onclose = database.onversionchange = () => {
    database.close();
    outbox = undefined;
  };
  return database;
}

/** @param {IDBOpenDBRequest} request */
function layOut({ result: database }) {
  const entries = database.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
  entries.createIndex("tag", ["tag", "seq"]);
  entries.createIndex("lane", ["tag", "lane", "seq"]);
  entries.createIndex("id", ["tag", "id"], { unique: true });
  // Rows without the field are not in it.
  entries.createIndex("coalesce", ["tag", "coalesce"]);
  database.createObjectStore("batches", { keyPath: ["tag", "lane"] });
  database.createObjectStore("ledger", { keyPath: ["tag", "key"] });
  const dead = database.createObjectStore("dead", { keyPath: "n", autoIncrement: true });
  dead.createIndex("tag", ["tag", "member"]);
  database.createObjectStore("events", { keyPath: "n", autoIncrement: true });
  database.createObjectStore("meta", { keyPath: "key" });
}

/**
 * All keys that begin with a tag.
 * @param {string} tag
 */
function under(tag) {
  return IDBKeyRange.bound([tag], [`${tag}\0`], false, true);
}

/**
 * All lanes of one principal.
 * @param {string} tag
 * @param {string} prefix
 */
function lanesOf(tag, prefix) {
  return IDBKeyRange.bound([tag, prefix], [tag, `${prefix}\uffff`]);
}

/**
 * What is kept of a tag itself.
 * @param {SyncStores} stores
 * @param {string} tag
 * @returns {Promise<SyncMeta>}
 */
async function metaOf({ meta }, tag) {
  const key = `tag:${tag}`;
  return { v: 1, key, epoch: 0, sent: 0, entries: 0, bytes: 0, cap: null, parked: null, gate: null, ...(await result(meta.get(key))) };
}

/**
 * Notes that an entry has come, or gone: counting them all anew would take the longer the more there are.
 * @param {SyncMeta} meta
 * @param {{ bytes: number }} entry
 * @param {1 | -1} by
 */
function tally(meta, { bytes }, by) {
  meta.entries += by;
  meta.bytes += by * bytes;
}

/**
 * Who is signed in, as far as the page has said.
 * @param {SyncStores} stores
 * @returns {Promise<Pick<SyncPrincipal, "hash"> & Partial<SyncPrincipal>>}
 */
async function principalOf({ meta }) {
  return (await result(meta.get("principal"))) ?? { hash: "" };
}

/**
 * @param {SyncStores} stores
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 */
async function close({ batches }, { tag, lane }, meta) {
  batches.delete([tag, lane]);
  meta.epoch += 1;
}

/**
 * Writes an event for the pages, in the transaction of what it tells.
 * @param {SyncStores} stores
 * @param {SyncEventType} type
 * @param {string} tag
 * @param {{ id: string }[]} work
 * @param {{ response?: unknown, failure?: SyncFailure }} [more]
 */
async function note({ events }, type, tag, work, { response, failure } = {}) {
  const n = /** @type {number} */ (await result(events.add({ v: 1, at: Date.now(), type, tag, ids: work.map(({ id }) => id), response, failure })));
  events.delete(n - EVENTS_KEPT);
}

/** Tells every page that there are events to read; the events themselves are in the outbox. */
function tell() {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(OUTBOX);
  channel.postMessage(null);
  channel.close();
}

/**
 * Milliseconds for which a hold still stands.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function standing(hold, now) {
  return hold ? Math.max(0, hold.since + hold.wait - now) : 0;
}

/**
 * Runs `work` over one store of the app's own database; answers nothing when the app has not made that database yet.
 * The database is never made, never upgraded, and its own upgrade is never held up.
 * @template T
 * @param {{ database: string, store: string }} place
 * @param {"readonly" | "readwrite"} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
function withAppStore({ database: name, store }, mode, work) {
  return twice(async () => {
    let missing = false;
    try {
      const database = await openDatabase(name, ({ transaction }) => {
        missing = true;
        // Leaves no empty database behind, in which the app would then look for its stores in vain.
        transaction?.abort();
      });
      database.onversionchange = () => database.close();
      return await commit(database, [store], mode, (stores) => work(stores[store])).finally(() => database.close());
    } catch (error) {
      if (missing) return undefined;
      throw error;
    }
  });
}

// A record's version is the digest of its content, so that an edit made while it was on its way is seen.

/**
 * SHA-256 of everything a structured clone keeps, in base64. The order in which fields were written does not count.
 * @param {unknown} value
 * @returns {Promise<string>}
 */
async function digest(value) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Map<unknown, number>} */
  const seen = new Map();
  write(value);
  const bytes = parts.some((part) => typeof part !== "string") ? await new Blob(parts).arrayBuffer() : new TextEncoder().encode(parts.join(""));
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));

  /** @param {any} value */
  function write(value) {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (Object(value) !== value) {
      parts.push(`${kind} ${typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : value}`);
    } else if (seen.has(value)) {
      parts.push(`#${seen.get(value)}`);
    } else if (value instanceof Blob || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const { size, type, name, byteLength } = /** @type {any} */ (value);
      parts.push(JSON.stringify([kind, size ?? byteLength, type, name]), /** @type {BlobPart} */ (value));
    } else {
      seen.set(value, seen.size);
      parts.push(`${kind}{`);
      if (value instanceof Map || value instanceof Set) write([...value]);
      else if (value instanceof Date) parts.push(`${value.getTime()}`);
      // What a RegExp or a boxed value says is not among its fields; a plain object may hold a field named toString.
      else if (kind !== "Object" && kind !== "Array") parts.push(`${value}`);
      for (const name of Object.keys(value).sort()) {
        parts.push(`,${JSON.stringify(name)}:`);
        write(value[name]);
      }
      parts.push("}");
    }
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function field(value, name) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value)[name] : undefined;
}

// From records to a request.

/**
 * Renders the request for a batch. What comes out is stored and sent unchanged from then on.
 * @param {SyncTag} tag
 * @param {unknown[]} records
 * @param {string} key
 * @param {SyncBody} [raw] bytes that were taken as they are
 * @returns {SyncRequest}
 */
function freeze(tag, records, key, raw) {
  const { method, url, headers } = tag.endpoint;
  const kept = records.map((record) => without(tag, record));
  const { type, body } = raw ?? { type: "application/json", body: JSON.stringify(fill(tag.body, kept, key)) };
  return {
    method,
    url: new URL(fillUrl(url, kept[0]), ROOT).href,
    headers: { "content-type": type, ...headers, ...keyHeader(tag, key) },
    body,
  };
}

/**
 * @param {unknown} template
 * @param {unknown[]} records
 * @param {string} key
 * @returns {unknown}
 */
function fill(template, records, key) {
  if (Array.isArray(template)) return template.map((item) => fill(item, records, key));
  if (typeof template === "object" && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, fill(item, records, key)]));
  }
  if (template === "$key") return key;
  if (template === "$count") return records.length;
  if (template === "$records") return records;
  const path = typeof template === "string" && /^\$(?:record|payload)(?:\.(.+))?$/.exec(template);
  if (!path) return template;
  return path[1] ? path[1].split(".").reduce(field, records[0]) : records[0];
}

/**
 * By which the server knows a repetition.
 * @param {SyncTag} tag
 * @param {string} key
 * @returns {Record<string, string>}
 */
function keyHeader({ endpoint: { idempotency } }, key) {
  return idempotency ? { [idempotency.header]: idempotency.format === "raw" ? key : `"${key}"` } : {};
}

/**
 * No address of this site speaks of a record.
 * @param {string} url
 * @param {unknown} _record
 */
const fillUrl = (url, _record) => url;

/**
 * @param {SyncTag} tag
 * @param {unknown} record
 */
function without({ omit }, record) {
  if (!omit || typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !omit.includes(name)));
}

// From a request to the plain facts of what came back.

/** Of an answer that is no success, this much is kept for people to read. */
const BODY_KEPT = 4096;
/** Longest JSON answer that is handed on to the pages. */
const RESPONSE_KEPT = 65536;

/**
 * Sends a frozen request once and says what came back; never throws.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {Record<string, string>} [tokens]
 * @returns {Promise<SyncAnswer>}
 */
async function send({ endpoint }, batch, tokens) {
  const { url, method, headers, body } = /** @type {SyncRequest} */ (batch.request);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...tokens },
      body,
      credentials: endpoint.credentials,
      // A redirect turns a POST into a GET: the data would vanish behind a 200.
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(endpoint.timeout),
    });
    const { status, ok, type, redirected, headers: said } = response;
    const contentType = said.get("content-type") ?? "";
    const text = await response.text();
    return {
      status,
      redirected: type === "opaqueredirect" || redirected || response.url !== url,
      contentType,
      retryAfter: readRetryAfter(said),
      date: Date.parse(said.get("date") ?? ""),
      text: ok ? "" : text.slice(0, BODY_KEPT),
      json: /\bjson\b/.test(contentType) && text.length <= RESPONSE_KEPT ? parsed(text) : undefined,
    };
  } catch (error) {
    return /** @type {SyncAnswer} */ ({ error: String(error), offline: navigator.onLine === false });
  }
}

/**
 * Milliseconds until the server wants to be asked again.
 * @param {Headers} headers
 */
function readRetryAfter(headers) {
  const text = headers.get("retry-after");
  if (!text) return null;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds) * 1000;
  // A date is meant on the server's clock, which is not the device's.
  const wait = Date.parse(text) - (Date.parse(headers.get("date") ?? "") || Date.now());
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Every decision of the drain, without a clock, a database or a network: facts in, the next step out.

const RETRYABLE = [408, 425, 429, 500, 502, 503, 504, 507];
const SIGNED_OUT = [401, 403, 419, 440];

/** A redirect may be a portal that goes away; after this many it is taken for a login page. */
const REDIRECTS_TRIED = 3;
/** Setting the clock back by less than this is ordinary drift. */
const DRIFT = 60_000;

/**
 * What to do with a batch after an answer.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncAnswer} answer
 * @param {number} now
 * @param {number} random from 0 to 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, answer, now, random) {
  const { status, retryAfter, date, offline } = answer;
  const { retry } = tag.endpoint;
  const { attempts } = batch;
  const failure = failureOf(tag, answer);
  if (!failure) {
    const { json: response } = answer;
    // What is still to be done in the app's own database cannot be part of the transaction that notes the delivery.
    return { event: "sent", response, meta: { gate: null }, batch: isFollowedUp(tag) ? { state: "acked", response } : undefined };
  }
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  if (failure.outcome === "unknown") {
    // Both clocks must say so: the device's may have been wrong then, or be wrong now.
    if (date && Math.min(now, date) - batch.queuedAt > retry.maxAge) return givenUp(tag, { ...failure, class: "expired" });
  } else if (failure.class !== "auth") {
    return smaller(batch, failure) ?? givenUp(tag, failure);
  }
  if (failure.class === "auth" || (failure.class === "redirect" && repeats >= REDIRECTS_TRIED)) {
    return { event: "parked", failure, meta: { parked: failure }, batch: { failure, hold: null, repeats } };
  }
  if (retry.maxAttempts && attempts >= retry.maxAttempts && !offline) return givenUp(tag, failure);
  const firm = failure.class === "status" && retryAfter !== null;
  // Without a network nothing was tried: it costs no attempt, and the next wake-up may go at once.
  const wait = offline ? 0 : firm ? Math.min(retryAfter, retry.maxRetryAfter) : backoff(retry, attempts, random);
  const hold = { since: now, wait, firm };
  const gate = firm && (status === 429 || status === 503) ? { gate: hold } : undefined;
  return { event: "retrying", failure, meta: gate, batch: { failure, hold, attempts: offline ? attempts - 1 : attempts, repeats } };
}

/**
 * What may still arrive must not be overtaken by what follows it.
 * @param {SyncTag} tag
 * @param {SyncFailure} failure
 * @returns {SyncStep}
 */
function givenUp({ order, skipUnknown, onDead }, failure) {
  const passed = order === "parallel" || (failure.outcome === "unknown" ? skipUnknown : onDead !== "block");
  return { event: "dead", failure, batch: passed ? undefined : { state: "stuck" } };
}

/**
 * What went wrong, if anything did. With an unknown outcome it is worth another try.
 * @param {SyncTag} tag
 * @param {SyncAnswer} answer
 * @returns {SyncFailure | undefined}
 */
function failureOf({ endpoint }, { error, status, redirected, contentType, retryAfter, text }) {
  if (error) return { class: "network", outcome: "unknown", message: error };
  const meaning = endpoint.status?.[status] ?? usualMeaning(status, retryAfter);
  const success = meaning === "success";
  // Several answers in one are none to a request that expects one.
  if (redirected || (success && (status === 207 || !fits(endpoint.success?.contentType, contentType)))) {
    return { class: "redirect", outcome: "unknown", message: "this is not an answer of the endpoint", status };
  }
  if (success) return undefined;
  const refusal = status === 413 ? "too_large" : status === 409 || status === 412 ? "conflict" : "status";
  const kind = meaning === "park" ? "auth" : meaning === "retry" ? "status" : refusal;
  return { class: kind, outcome: meaning === "retry" ? "unknown" : "rejected", message: `status ${status}`, status, body: text };
}

/**
 * @param {number} status
 * @param {number | null} retryAfter
 */
function usualMeaning(status, retryAfter) {
  if (status >= 200 && status < 300) return "success";
  if (SIGNED_OUT.includes(status)) return "park";
  // A conflict with a time to come back is a server still busy with the first copy.
  return RETRYABLE.includes(status) || (status === 409 && retryAfter !== null) ? "retry" : "dead";
}

/**
 * @param {string | undefined} wanted
 * @param {string} contentType
 */
function fits(wanted, contentType) {
  const essence = contentType.split(";")[0].trim().toLowerCase();
  return wanted ? wanted === "*" || essence === wanted : essence !== "text/html";
}

/**
 * Full jitter: who failed together does not come back together.
 * @param {SyncRetry} retry
 * @param {number} attempts
 * @param {number} random from 0 to 1
 */
function backoff({ base, factor, maxDelay }, attempts, random) {
  return random * Math.min(maxDelay, base * factor ** (attempts - 1));
}

/**
 * Whether the clock was set back since a hold began: then its whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function beginsAnew(hold, now) {
  if (!hold || hold.since <= now + DRIFT) return false;
  hold.since = now;
  return true;
}

/**
 * @param {SyncBatch} batch
 * @param {SyncWake} wake
 * @param {number} now
 */
function waitFor({ hold, failure }, wake, now) {
  const passes = !hold?.firm && (wake.force || (wake.why === "online" && failure?.class === "network"));
  return passes ? 0 : standing(hold, now);
}

/** No request of this site carries a token. */
const sendSigned = send;

/** @param {unknown} record */
function sizeOf(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
}

// Several records in one request, as many as pwa.toml and the server allow.

/**
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function mostOf({ batch }, { cap }) {
  return Math.min(batch.maxRecords, cap?.records ?? Infinity);
}

/**
 * As many pieces, from the first on, as one body may hold.
 * @param {SyncTag} tag
 * @param {SyncPiece[]} pieces
 */
function take(tag, pieces) {
  let bytes = 0;
  const end = pieces.findIndex((piece, i) => (bytes += piece.frozen ? Infinity : sizeOf(piece.record)) > tag.batch.maxBytes && i > 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}

/**
 * A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 * @returns {SyncStep | undefined}
 */
function smaller({ members }, failure) {
  if (members.length < 2) return undefined;
  // They are sealed anew, under keys of their own.
  return { failure, meta: { cap: { records: Math.ceil(members.length / 2), firm: failure.class === "too_large" } } };
}

/**
 * A smaller batch went through: the next may be larger again, unless size itself was refused.
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function resize({ batch }, meta) {
  const { cap } = meta;
  if (cap && !cap.firm) meta.cap = cap.records * 2 < batch.maxRecords ? { ...cap, records: cap.records * 2 } : null;
}

// Servers that take a batch as a whole or not at all.

const judge = nextStep;

/** @type {(stores: SyncStores, tag: SyncTag, open: SyncBatch, meta: SyncMeta, step: SyncStep) => Promise<SyncBatch>} */
const apart = async (_, __, open) => open;

/** What a delivery leads to in the app's own stores; rooms put themselves in. */
const consequences = /** @type {((tag: SyncTag, batch: SyncBatch) => Promise<unknown>)[]} */ ([]);

/** @param {SyncTag} tag */
function isFollowedUp({ onSuccess, response }) {
  return Boolean(onSuccess || response);
}

/**
 * Does what is still to be done once work was delivered.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function followUp(tag, batch) {
  for (const follow of consequences) await follow(tag, batch);
  await change(batch, close);
}

// Deletes or marks the delivered records in the app's store, each only if it is still what was sent.

consequences.push(async ({ source, onSuccess }, { members }) => {
  if (!onSuccess) return;
  await withAppStore(source, "readwrite", async (store) => {
    for (const { key, digest } of members) {
      const record = await result(store.get(key));
      if ((await digestWithin(store, record)) !== digest) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put({ ...record, ...onSuccess.set }, store.keyPath === null ? key : undefined);
    }
  });
});

/**
 * A digest takes its time, in which the transaction would commit: it is kept busy meanwhile.
 * @param {IDBObjectStore} store
 * @param {unknown} record
 */
async function digestWithin(store, record) {
  /** @type {string | undefined} */
  let found;
  digest(record).then(
    (value) => (found = value),
    () => (found = ""),
  );
  while (found === undefined) await result(store.count());
  return found;
}

// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;

/** What is done once a tag has nothing left; rooms put themselves in. */
const drained = /** @type {((tag: SyncTag, report: SyncReport) => unknown)[]} */ ([]);

/**
 * Drains that have not had their turn yet, by what they are to do.
 * @type {Map<string, Promise<SyncReport>>}
 */
const queued = new Map();

/**
 * Delivers what waits under a tag until nothing is left or nothing may go on; never throws.
 * Whoever asks for the same before it has its turn shares it.
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>}
 */
function drain(tag, wake) {
  const wish = JSON.stringify([tag.tag, wake]);
  // It begins once it is noted here, also where nothing is waited for.
  const shared = queued.get(wish) ?? Promise.resolve().then(() => drainInTurn(tag, wake, wish));
  queued.set(wish, shared);
  return shared;
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @param {string} wish under which it is queued
 * @returns {Promise<SyncReport>}
 */
async function drainInTurn(tag, wake, wish) {
  const run = newRun(tag, wake);
  const { report } = run;
  let begun = false;
  const work = async () => {
    begun = queued.delete(wish);
    await Promise.all(Array.from({ length: tag.concurrency ?? 1 }, () => drainLanes(run)));
    await finish(run);
  };
  try {
    // One drain per tag at a time. Correctness does not rest on it; it saves requests.
    await (navigator.locks ? navigator.locks.request(`${OUTBOX}:${tag.tag}`, { signal: AbortSignal.timeout(LOCK_WAIT) }, work) : work());
  } catch (error) {
    const message = String(error);
    Object.assign(report, { remaining: 1, error: message });
    if (begun) {
      // The storage may be what is broken; then the pages learn of it from the report alone.
      /** @type {SyncFailure} */
      const failure = { class: "storage", outcome: "unknown", message };
      await transact("readwrite", (stores) => note(stores, "storage_error", tag.tag, [], { failure })).then(tell, tell);
    } else queued.delete(wish);
  }
  if (report.drained) for (const react of drained) await react(tag, report);
  return report;
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {SyncRun}
 */
function newRun(tag, wake) {
  return {
    tag,
    wake,
    // Being asked to lets parked work go on, and so does a page that opens, in which someone may have signed in.
    unparks: ["flush", "load"].includes(wake.why),
    until: Date.now() + BUDGET,
    busy: new Set(),
    failed: new Set(),
    passed: new Set(),
    report: { tag: tag.tag, sent: 0, dead: 0, drained: 0, due: null },
  };
}

/** @param {SyncRun} run */
async function drainLanes(run) {
  while (await step(run));
}

/**
 * One step of a drain; answers whether another follows.
 * @param {SyncRun} run
 * @returns {Promise<boolean>}
 */
async function step(run) {
  const { tag } = run;
  const source = sources[tag.mode];
  const { batch, sealed, again, unread, wait } = await next(run);
  // Only once: what parks it again while this drain runs, parks it.
  run.unparks = false;
  if (unread) {
    const pieces = await source.read?.(run, unread.most);
    if (pieces?.length) run.read = { epoch: unread.epoch, pieces };
    return pieces ? true : source.again(run);
  }
  if (!batch) return again || (wait === undefined ? source.again(run) : rest(run, wait));
  if (sealed) source.sealed?.(run, batch.members);
  run.busy.add(batch.lane);
  try {
    if (batch.state === "sealed") {
      run.tried = true;
      const answer = await sendSigned(tag, batch);
      await conclude(run, batch, judge(tag, batch, answer, Date.now(), Math.random()));
    }
    if (batch.state === "acked") await followUp(tag, batch);
    return true;
  } finally {
    run.busy.delete(batch.lane);
  }
}

/**
 * What comes next, as it is written down before it is sent: a batch that is open already, or a new one; with neither,
 * the milliseconds until there may be one.
 * @param {SyncRun} run
 * @returns {Promise<SyncNext>}
 */
function next(run) {
  const { tag, wake, busy, failed } = run;
  return transact("readwrite", async (stores) => {
    const now = Date.now();
    const seen = await look(stores, tag.tag);
    const { meta, open, context } = seen;
    if (beginsAnew(meta.gate, now) || (meta.parked && run.unparks)) {
      if (run.unparks) meta.parked = null;
      stores.meta.put(meta);
    }
    const free = open.filter(({ lane }) => !busy.has(lane));
    const acked = free.find(({ state }) => state === "acked");
    if (acked) return { batch: acked };
    if (meta.parked) return {};
    if (now > run.until) {
      run.report.unfinished = true;
      return { wait: 0 };
    }
    const gate = standing(meta.gate, now);
    const waits = gate ? [gate] : [];
    for (const batch of free) {
      if (batch.state !== "sealed") continue;
      if (beginsAnew(batch.hold, now)) stores.batches.put(batch);
      const wait = Math.max(gate, waitFor(batch, wake, now));
      if (!wait && !failed.has(batch.lane) && !run.halted) {
        // Counted before it is made: work that takes the worker down with it is bounded, too.
        batch.attempts += 1;
        stores.batches.put(batch);
        return { batch: { ...batch, context } };
      }
      waits.push(wait);
    }
    // In a single lane, nothing overtakes what is held or stuck there.
    if (!gate && !run.halted && (tag.order || !open.length)) {
      const most = mostOf(tag, meta);
      const pieces = await sources[tag.mode].next(stores, run, seen, most);
      if (!pieces) return { unread: { epoch: meta.epoch, most } };
      if (pieces.length) {
        const batch = render(tag, pieces[0].lane ?? seen.prefix, take(tag, pieces));
        meta.epoch += 1;
        // What cannot be rendered now never will be.
        const { failure } = batch;
        if (failure) {
          await release(stores, tag, batch, meta, failure);
          await note(stores, "dead", tag.tag, batch.members, { failure });
        } else stores.batches.put(batch);
        stores.meta.put(meta);
        return failure ? { again: true } : { batch: { ...batch, context }, sealed: true };
      }
    }
    return waits.length ? { wait: Math.min(...waits) } : {};
  });
}

/**
 * What to do when nothing may be sent now; answers whether the drain goes on after all.
 * @param {SyncRun} run
 * @param {number} wait until something may
 */
async function rest(run, wait) {
  const { report } = run;
  if (!run.tried && !report.unfinished && wait <= SHORT_WAIT) {
    await new Promise((resume) => setTimeout(resume, wait));
    return true;
  }
  run.left = true;
  // Without a network no time is better than another: it is the network that has to come back.
  report.due = wait ? Date.now() + wait : null;
  return false;
}

/**
 * Where a tag stands, for who is signed in.
 * @param {SyncStores} stores
 * @param {string} tag
 * @returns {Promise<SyncSeen>}
 */
async function look(stores, tag) {
  const [meta, { hash, context }, open] = await Promise.all([metaOf(stores, tag), principalOf(stores), result(stores.batches.getAll(under(tag)))]);
  const prefix = `${hash}/`;
  return { meta, context, prefix, open: open.filter(({ lane }) => lane.startsWith(prefix)) };
}

/**
 * @param {SyncTag} tag
 * @param {string} lane
 * @param {SyncPiece[]} pieces
 * @returns {SyncBatch}
 */
function render(tag, lane, pieces) {
  const [first] = pieces;
  const records = tag.mode === "snapshot" ? /** @type {unknown[]} */ (first.record) : pieces.map(({ record }) => record);
  const { key = crypto.randomUUID(), request } = first.frozen ?? {};
  /** @type {SyncBatch} */
  const batch = {
    v: 1,
    tag: tag.tag,
    lane,
    id: crypto.randomUUID(),
    key,
    state: "sealed",
    members: pieces.map(({ key, id, digest, next }) => ({ key, id, digest, next })),
    count: records.length,
    request: null,
    queuedAt: first.queuedAt,
    // It is sent at once.
    attempts: 1,
    repeats: 0,
    failure: null,
    hold: null,
  };
  try {
    return { ...batch, request: request ?? freeze(tag, records, key, first.raw) };
  } catch (error) {
    return { ...batch, attempts: 0, failure: { class: "payload", outcome: "rejected", message: String(error) } };
  }
}

/**
 * Changes a batch, if it is still the one we know and in the state we know it in; answers whether it was.
 * @param {SyncBatch} batch
 * @param {(stores: SyncStores, open: SyncBatch, meta: SyncMeta) => Promise<unknown>} work
 * @returns {Promise<boolean>}
 */
function change(batch, work) {
  const { tag, lane, id, state } = batch;
  return transact("readwrite", async (stores) => {
    const open = await result(stores.batches.get([tag, lane]));
    if (open?.id !== id || open.state !== state) return false;
    const meta = await metaOf(stores, tag);
    await work(stores, open, meta);
    stores.meta.put(meta);
    return true;
  });
}

/**
 * Writes down what a step means, unless another drain was faster.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} step
 */
async function conclude(run, batch, step) {
  const { tag, report } = run;
  const { event, failure } = step;
  const written = await change(batch, async (stores, open, meta) => {
    Object.assign(meta, step.meta);
    if (event === "sent") {
      open = await apart(stores, tag, open, meta, step);
      meta.sent += open.count;
      await release(stores, tag, open, meta);
    }
    if (event === "dead") await release(stores, tag, open, meta, failure);
    if (event === "sent" || event === "dead") resize(tag, meta);
    Object.assign(batch, open, step.batch);
    if (step.batch) stores.batches.put(Object.assign(open, step.batch));
    else close(stores, open, meta);
    if (event) await note(stores, event, tag.tag, open.members, step);
  });
  if (!written) return;
  tell();
  if (event === "sent") report.sent += batch.count;
  if (event === "retrying") {
    run.failed.add(batch.lane);
    // Where nothing gets through, the other lanes need not try.
    run.halted ||= failure?.class === "network";
  }
}

/**
 * Lets go of what was delivered, or takes what was refused out of the way, into the dead letters.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 * @param {SyncFailure} [failure]
 */
async function release(stores, tag, { lane, members, key, request, attempts, queuedAt }, meta, failure) {
  for (const member of members) {
    const { key: row, id, digest } = member;
    const entry = await sources[tag.mode].release(stores, tag, member, failure);
    if (entry) tally(meta, entry, -1);
    if (failure) stores.dead.add({ v: 1, tag: tag.tag, lane, member: row, id, digest, entry, queuedAt: entry?.queuedAt ?? queuedAt, diedAt: Date.now(), attempts, key, request, failure });
  }
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 */
async function finish({ tag, left, report }) {
  await transact("readwrite", async (stores) => {
    const { meta, open, prefix } = await look(stores, tag.tag);
    const held = open.reduce((sum, { state, count }) => sum + (state === "sealed" ? count : 0), 0);
    // What others queued waits for them, not for a retry.
    const remaining = (await sources[tag.mode].count(stores, tag.tag, prefix)) || held || (left ? 1 : 0);
    const drained = remaining ? 0 : meta.sent;
    const blocked = meta.parked !== null || (!left && open.some(({ state }) => state === "stuck"));
    if (drained) {
      stores.meta.put({ ...meta, sent: 0, cap: null });
      await note(stores, "drained", tag.tag, []);
    }
    Object.assign(report, { remaining, drained, blocked, dead: await result(stores.dead.index("tag").count(under(tag.tag))) });
  });
  if (report.drained) tell();
}

/** Where the work of a tag comes from, by `mode`; the rooms of those that pwa.toml names put themselves in. */
const sources = /** @type {Record<SyncTag["mode"], SyncOrigin>} */ ({});

// What all stores of the app's own have in common as a source: they are read before the transaction that seals.

/** @type {Omit<SyncOrigin, "read">} */
const appStore = {
  async next(_, run, { meta }) {
    if (run.read?.epoch === meta.epoch) return run.read.pieces;
    // What was read is stale by now: a rival may have delivered it and removed its batch.
    if (run.read) run.after = undefined;
    return undefined;
  },
  async release({ ledger, dead }, { tag }, { key, digest, next }, failure) {
    // A refused record stays where it is; it is due again when its content changes.
    ledger.put({ v: 1, tag, key, digest: failure ? digest : next, dead: Boolean(failure) });
    if (!failure) for (const n of await result(dead.index("tag").getAllKeys([tag, key]))) dead.delete(n);
  },
  count: async () => 0,
  sealed(run, members) {
    run.found = true;
    advance(run, members);
  },
  again(run) {
    // The store may have changed while there was something to send.
    const again = run.found === true;
    run.after = undefined;
    run.passed.clear();
    run.found = false;
    return again;
  },
};

/**
 * @param {SyncPass} run
 * @param {{ key: IDBValidKey }[]} members
 */
function advance(run, members) {
  run.read = undefined;
  run.after = members.at(-1)?.key;
  for (const { key } of members) run.passed.add(nameOf(key));
}

/**
 * @param {SyncSource} source
 * @param {IDBKeyRange} [range]
 * @param {number} [most]
 * @returns {Promise<{ key: IDBValidKey, record: unknown }[]>}
 */
async function readRows(source, range, most) {
  const rows = await withAppStore(source, "readonly", async (store) => {
    const from = source.index ? store.index(source.index) : store;
    const [keys, records] = await Promise.all([result(from.getAllKeys(range, most)), result(from.getAll(range, most))]);
    return keys.map((key, i) => ({ key, record: records[i] }));
  });
  return rows ?? [];
}

/**
 * @param {unknown} record
 * @param {SyncSource} source
 */
function matches(record, { where }) {
  return Object.entries(where ?? {}).every(([name, value]) => field(record, name) === value);
}

/**
 * @param {SyncTag} tag
 * @param {IDBValidKey} key
 * @param {unknown} record
 * @returns {Promise<SyncPiece>}
 */
async function pieceOf({ onSuccess }, key, record) {
  const now = await digest(record);
  const next = typeof onSuccess === "object" ? await digest({ .../** @type {object} */ (record), ...onSuccess.set }) : now;
  return { key, id: nameOf(key), digest: now, next, record, queuedAt: Date.now() };
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}

// Stores of the app's own as a source: records that are not what was last acknowledged.

/** Fewest records read from an app's store at a time. */
const STRETCH = 32;

sources.incremental = { ...appStore, read: changedRecords };

/**
 * The next records that differ from what was last acknowledged; empty when there are none in this stretch, nothing at the end.
 * @param {SyncPass} run
 * @param {number} most
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedRecords(run, most) {
  const { tag, after, passed } = run;
  const { source } = tag;
  const range = after === undefined ? undefined : IDBKeyRange.lowerBound(after, true);
  // Keys of an index say nothing about where a record stands, so an index is read whole.
  const rows = source.index ? (await readRows(source)).filter(({ key }) => !passed.has(nameOf(key))) : await readRows(source, range, Math.max(STRETCH, most * 2));
  if (!rows.length) return undefined;
  const known = await transact("readonly", ({ ledger }) => Promise.all(rows.map(({ key }) => result(ledger.get([tag.tag, key])))));
  /** @type {SyncPiece[]} */
  const pieces = [];
  for (const [i, { key, record }] of rows.entries()) {
    if (pieces.length === most) break;
    if (!matches(record, source)) continue;
    const piece = await pieceOf(tag, key, record);
    if (piece.digest !== known[i]?.digest) pieces.push(piece);
  }
  if (!pieces.length) advance(run, rows);
  return pieces;
}

// The words of a notification.

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 * @returns {{ title: string, options: NotificationOptions }}
 */
function noticeOf({ title, titleOne, body, icon, tag }, report) {
  const words = { count: report.drained, failed: report.dead, tag: report.tag };
  const say = (/** @type {string} */ text) => text.replace(/\{(count|failed|tag)\}/g, (_, name) => String(words[/** @type {"count"} */ (name)]));
  return {
    title: say(report.drained === 1 && titleOne ? titleOne : title),
    options: {
      // One place on the screen, however often there is something to say.
      tag,
      data: OUTBOX,
      body: body && say(body),
      icon: icon && new URL(icon, ROOT).href,
    },
  };
}

// What wakes the outbox in the worker. Each of these may come at any time, twice, or never: the outbox itself knows what is left.

sw.addEventListener("sync", (event) => {
  const tag = CONFIG.sync.find(({ tag }) => tag === event.tag);
  if (tag) event.waitUntil(answerSync(tag, event.lastChance));
});

/** Ends an event for the browser to come again: only a rejection makes it. */
const MORE = new Error("pending");

// Nothing has gone wrong that a console should show.
sw.addEventListener("unhandledrejection", (event) => {
  if (event.reason === MORE) event.preventDefault();
});

// For pages that know nothing of the outbox, in browsers that know nothing of Background Sync.
onFetch((request, event) => {
  if (request.mode === "navigate") event.waitUntil(drainAfter(event.handled));
  return undefined;
});

onMessage("mdpwa:drain", answerPage);

/** Due times beyond this are not the browser's retry's business. */
const NEAR = 20 * 60_000;

/**
 * Rejects when the browser's own retry can still help.
 * @param {SyncTag} tag
 * @param {boolean} lastChance
 */
async function answerSync(tag, lastChance) {
  const report = await drain(tag, { why: "sync" });
  const { length } = await windowsOpen();
  const end = settlement(report, length > 0, lastChance, Date.now());
  if (end === "register") await sw.registration.sync?.register(tag.tag);
  if (end === "reject") throw report.error ? new Error(report.error) : MORE;
}

/**
 * How a sync event ends: the browser tries again after a rejection only, and may register anew with a window only.
 * @param {SyncReport} report
 * @param {boolean} windowOpen
 * @param {boolean} lastChance
 * @param {number} now
 * @returns {"resolve" | "reject" | "register"}
 */
function settlement({ error, remaining, blocked, unfinished, due }, windowOpen, lastChance, now) {
  if (!error) {
    if (!remaining || blocked) return "resolve";
    if (unfinished && windowOpen) return "register";
    if (due !== null && due - now > NEAR && (windowOpen || lastChance)) return "resolve";
  }
  return "reject";
}

/**
 * A page asks for a drain. The first answer says that there is someone to do it, the second what was done.
 * @param {ExtendableMessageEvent} event
 */
async function answerPage({ data: { tags, why, force }, ports: [port] }) {
  const wanted = CONFIG.sync.filter(({ tag }) => Array.isArray(tags) && tags.includes(tag));
  port?.postMessage("taken");
  port?.postMessage(await Promise.all(wanted.map((tag) => drain(tag, { why, force: force === true }))));
}

/** @param {Promise<unknown> | undefined} handled the navigation comes first */
async function drainAfter(handled) {
  await Promise.allSettled([handled]);
  await Promise.all(CONFIG.sync.map((tag) => drain(tag, { why: "load" })));
}

function windowsOpen() {
  return sw.clients.matchAll({ type: "window", includeUncontrolled: true });
}

// A notification once a tag has nothing left.

drained.push(async ({ notification }, report) => {
  if (!notification || typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notification.when && (await windowsOpen()).some((client) => client.visibilityState === "visible")) return;
  const { title, options } = noticeOf(notification, report);
  try {
    await sw.registration.showNotification(title, options);
  } catch {
    // The work is delivered, whether or not that can be shown.
  }
});

sw.addEventListener("notificationclick", (event) => {
  if (event.notification.data !== OUTBOX) return;
  event.notification.close();
  event.waitUntil(openSite());
});

async function openSite() {
  const [client] = await windowsOpen();
  return client ? client.focus() : sw.clients.openWindow(ROOT.href);
}

}

/**
 * Stores an answer. On a full disk there is nothing that could make room for it.
 *
 * @param {Cache} cache
 * @param {RequestInfo} key
 * @param {() => Response} copy
 */
function put(cache, key, copy) {
  return cache.put(key, copy());
}

{
  onNavigation(answerPage);

  /**
   * The network's page while the network is quick and well; otherwise the kept one, since old beats nothing.
   *
   * @param {Request} request
   * @param {string} path
   * @param {FetchEvent} event
   */
  async function answerPage(request, path, event) {
    const place = locate(path);
    const network = fetch(request);
    const judged = () => network.then((response) => judge(response, place, event));
    if (!place) return networkOrOfflinePage(judged());
    const quick = await Promise.race([network.catch(() => undefined), patience()]);
    if (quick && quick.status < 500) return judged();
    return answerFrom(place, request.url).catch(() => networkOrOfflinePage(judged()));
  }

  /** @returns {Promise<undefined>} */
  function patience() {
    return new Promise((resolve) => setTimeout(resolve, CONFIG.pages.timeout));
  }
}

{
  onFetch(answerFile);

  /**
   * A file that a page loads, from the version that the page belongs to. A query names no other file on a static host,
   * so it is not looked at.
   *
   * @param {Request} request
   * @param {FetchEvent} event
   */
  function answerFile(request, event) {
    if (request.mode === "navigate") return undefined;
    const path = askedPath(request);
    if (path === undefined || !(locate(path) || mayDiffer(event.clientId))) return undefined;
    return answerOfVersion(path, request, event);
  }

  /**
   * @param {string} path
   * @param {Request} request
   * @param {FetchEvent} event
   */
  async function answerOfVersion(path, request, event) {
    const version = await versionOf(event.clientId);
    // A worker that a page starts belongs to the page's version.
    if (version && event.resultingClientId) noteVersion(event, event.resultingClientId, Promise.resolve(version));
    if (version === NETWORK) return fetch(request);
    const place = locate(path, version ? await groupsOf([listName(version)]) : CONFIG.assets);
    return place ? ranged(request, await answerFrom(place, request.url)) : fetch(request);
  }
}
