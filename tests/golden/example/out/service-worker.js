"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "markdown-notes",
  "root": "./",
  "version": "2Qw_eBYf-rsD",
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
      "tag": "persistToDatabase",
      "source": {
        "database": "markdowns",
        "store": "markdowns",
        "index": null,
        "where": {
          "status": "waiting"
        }
      },
      "mode": "incremental",
      "order": "fifo",
      "lane": null,
      "concurrency": 1,
      "coalesce": null,
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 52428800,
        "maxBody": 10485760
      },
      "logout": "keep",
      "onSuccess": {
        "set": {
          "status": "synced"
        }
      },
      "body": {
        "markdowns": "$records"
      },
      "omit": [
        "status"
      ],
      "encoding": "json",
      "capture": null,
      "batch": {
        "maxRecords": 50,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "POST",
        "url": "/markdowns",
        "headers": {},
        "credentials": "same-origin",
        "timeout": 30000,
        "idempotency": {
          "header": "Idempotency-Key",
          "format": "structured"
        },
        "success": {
          "contentType": null
        },
        "auth": null,
        "csrf": null,
        "status": {},
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxDelay": 900000,
          "maxAttempts": 0,
          "maxAge": 2592000000,
          "maxRetryAfter": 86400000
        }
      },
      "notification": {
        "title": "Markdowns synced to server",
        "titleOne": null,
        "body": null,
        "icon": null,
        "tag": "persistToDatabase",
        "when": "always"
      },
      "clientMessage": null,
      "trigger": null,
      "response": null
    }
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 app.js index.html manifest.webmanifest markdown.js notes.js register.js sample.js style.css /icons/|8 apple-touch-icon.png icon-192.png icon-512.png icon.svg maskable-512.png refused.svg synced.svg waiting.svg /vendor/dompurify/|16 purify.min.js /vendor/instrument-sans/|17 instrument-sans-latin-wght-normal.woff2 /vendor/literata/|18 literata-latin-wght-italic.woff2 literata-latin-wght-normal.woff2 /vendor/marked/|20 marked.esm.js /",
      "digests": "IodygK0HEmlnbbJoKa7k3pqJE3Mqk8XNqkPAPiRch1L3Jo265Gw60ygj9z4wm2tG_vlnYoebS-ifNWC9wePCBWZ-qdFWZCURb57TLr9WF1P64jqt5vbFXgXHP3U2-jf9QJ9V0cbFJgGc_Z5Aao3hvhvYzuQNeIrCQ-tHXvAedkaoslvrQNCi1I-3QTw5_G_9gFPuKmoJ-dUPLuF1mKmNilnkqxmNZhbHzJZvmtvqxbFn_lrWU3H-qG_QZWtP"
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
    if (response) event.respondWith(response);
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

/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const bodies = await sw.caches.open(BODIES);
  await inParallel(await missingBodies(groups), CONFIG.parallel, (body) => storeBody(bodies, body));
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
  const digest = await digestBytes(await response.arrayBuffer(), place.group);
  if (digest === place.digest) return true;
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

{
// The outbox: everything that must outlive the page, the worker and the version that wrote it.
// The layout is a promise to data already queued on people's devices. New versions add to it.

const OUTBOX = `${OWNER}:sync`;
const OUTBOX_VERSION = 1;
/** @type {(keyof SyncStores)[]} */
const STORES = ["entries", "batches", "ledger", "dead", "events", "meta"];

/** Events beyond this number have had their chance to be heard. */
const EVENTS_KEPT = 1000;

/** @type {Promise<IDBDatabase> | undefined} */
let outbox;

/**
 * Runs `work` in one transaction over the outbox and answers once that is committed.
 * `work` may await requests of this transaction only: anything else lets it commit early.
 * It may run twice, when the connection was lost, so it must be written to bear that.
 * @template T
 * @param {"readonly" | "relaxed" | "strict"} mode
 * @param {(stores: SyncStores) => Promise<T>} work
 * @returns {Promise<T>}
 */
function transact(mode, work) {
  return twice(async () => {
    outbox ??= openOutbox();
    try {
      return await commit(await outbox, STORES, mode, work);
    } catch (error) {
      outbox = undefined;
      throw error;
    }
  });
}

/**
 * Runs `work` over one store of the app's own database; answers nothing when the app has not made that database yet.
 * @template T
 * @param {{ database: string, store: string }} source
 * @param {"readonly" | "strict"} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
function withAppStore({ database: name, store }, mode, work) {
  return twice(async () => {
    const database = await openApp(name);
    if (!database) return undefined;
    try {
      return await commit(database, [store], mode, (stores) => work(stores[store]));
    } finally {
      database.close();
    }
  });
}

/**
 * WebKit drops connections without a word; every use of one then fails like this until it is opened anew.
 * @template T
 * @param {() => Promise<T>} use
 */
async function twice(use) {
  try {
    return await use();
  } catch (error) {
    if (!["UnknownError", "InvalidStateError"].includes(/** @type {Error} */ (error).name)) throw error;
    return use();
  }
}

/**
 * @template T
 * @template {string} Name
 * @param {IDBDatabase} database
 * @param {Name[]} names
 * @param {"readonly" | "relaxed" | "strict"} mode
 * @param {(stores: Record<Name, IDBObjectStore>) => Promise<T>} work
 * @returns {Promise<T>}
 */
function commit(database, names, mode, work) {
  return new Promise((resolve, reject) => {
    const readonly = mode === "readonly";
    const transaction = database.transaction(names, readonly ? mode : "readwrite", readonly ? {} : { durability: mode });
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

async function openOutbox() {
  const database = await openDatabase(OUTBOX, OUTBOX_VERSION, layOut).catch((error) => {
    if (error.name !== "VersionError") throw error;
    // A newer version of this site was here before. Its rows are its own; ours go beside them.
    return openDatabase(OUTBOX, undefined, layOut);
  });
  database.onclose = database.onversionchange = () => {
    database.close();
    outbox = undefined;
  };
  return database;
}

/**
 * Opens a database of the app, as it is: it is never made, never upgraded, and its own upgrade is never held up.
 * @param {string} name
 * @returns {Promise<IDBDatabase | undefined>}
 */
async function openApp(name) {
  let missing = false;
  try {
    const database = await openDatabase(name, undefined, (_, transaction) => {
      missing = true;
      // Leaves no empty database behind, in which the app would then look for its stores in vain.
      transaction.abort();
    });
    database.onversionchange = () => database.close();
    return database;
  } catch (error) {
    if (missing) return undefined;
    throw error;
  }
}

/**
 * @param {string} name
 * @param {number | undefined} version
 * @param {(database: IDBDatabase, transaction: IDBTransaction) => void} upgrade
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase(name, version, upgrade) {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => upgrade(request.result, /** @type {IDBTransaction} */ (request.transaction));
  return result(request);
}

/** @param {IDBDatabase} database */
function layOut(database) {
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
 * All keys that begin with these, and after them with more than `after`.
 * @param {IDBValidKey[]} start the last of them a string
 * @param {IDBValidKey[]} [after]
 */
function under(start, after = start) {
  return IDBKeyRange.bound(after, [...start.slice(0, -1), `${start.at(-1)}\0`], true, true);
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
 * Writes an event for the pages, in the transaction of what it tells.
 * @param {SyncStores} stores
 * @param {SyncEventType} type
 * @param {string} tag
 * @param {string[]} ids
 * @param {{ response?: unknown, failure?: SyncFailure }} [more]
 */
async function note({ events }, type, tag, ids, more) {
  const n = Number(await result(events.add({ v: 1, at: Date.now(), type, tag, ids, ...more })));
  events.delete(IDBKeyRange.upperBound(n - EVENTS_KEPT));
}

/** Tells every page that there are events to read; the events themselves are in the outbox. */
function tell() {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(OUTBOX);
  channel.postMessage(null);
  channel.close();
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

// From records to a request, and from a response to plain facts.

/** Of an answer that is no success, this much is kept for people to read. */
const BODY_KEPT = 4096;
/** Longest JSON answer that is handed on to the pages. */
const RESPONSE_KEPT = 65536;

/**
 * Renders the request for a batch. What comes out is stored and sent unchanged from then on.
 * @param {SyncTag} tag
 * @param {unknown[]} records
 * @param {string} key
 * @param {SyncBody} [raw] bytes that were taken as they are
 * @returns {SyncRequest}
 */
function freeze(tag, records, key, raw) {
  const { endpoint } = tag;
  const kept = records.map((record) => without(record, tag.omit));
  const { type, body } = raw ?? { type: "application/json", body: JSON.stringify(fill(tag.body, kept, key)) };
  /** @type {Record<string, string>} */
  const headers = { "content-type": type, ...endpoint.headers };
  return {
    method: endpoint.method,
    url: new URL(fillUrl(endpoint.url, kept[0]), ROOT).href,
    headers: { ...headers, ...keyHeader(tag, key) },
    body,
  };
}

/**
 * @param {SyncTag} tag
 * @param {string} key
 * @returns {Record<string, string>}
 */
function keyHeader({ endpoint: { idempotency } }, key) {
  return idempotency ? { [idempotency.header]: idempotency.format === "structured" ? `"${key}"` : key } : {};
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
 * @param {string} url
 * @param {unknown} record
 */
function fillUrl(url, record) {
  return url.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = name.split(".").reduce(field, record);
    // Dots alone would climb out of the path, however they are encoded.
    if (/^\.*$/.test(String(value ?? ""))) throw new TypeError(`the record has no ${name} that an address can hold`);
    return encodeURIComponent(String(value));
  });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function field(value, name) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value)[name] : undefined;
}

/**
 * @param {unknown} record
 * @param {string[]} omit
 */
function without(record, omit) {
  if (!omit.length || typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !omit.includes(name)));
}

/**
 * Sends a frozen request once and says what came back; never throws.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {Record<string, string>} tokens
 * @returns {Promise<SyncAnswer>}
 */
async function send({ endpoint }, batch, tokens) {
  const request = /** @type {SyncRequest} */ (batch.request);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...tokens },
      body: request.body,
      credentials: endpoint.credentials,
      // A redirect turns a POST into a GET: the data would vanish behind a 200.
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(endpoint.timeout),
    });
    const contentType = response.headers.get("content-type") ?? "";
    const text = response.status === 204 || response.status === 205 ? "" : await response.text();
    return {
      error: null,
      status: response.status,
      redirected: response.type === "opaqueredirect" || response.redirected || response.url !== request.url,
      contentType,
      retryAfter: readRetryAfter(response.headers),
      date: Date.parse(response.headers.get("date") ?? "") || null,
      text: response.ok ? "" : text.slice(0, BODY_KEPT),
      json: /\bjson\b/.test(contentType) && text.length <= RESPONSE_KEPT ? parsed(text) : undefined,
    };
  } catch (error) {
    return { error: String(error), offline: navigator.onLine === false };
  }
}

/**
 * Milliseconds until the server wants to be asked again.
 * @param {Headers} headers
 */
function readRetryAfter(headers) {
  const text = headers.get("retry-after");
  if (!text) return null;
  if (/^\s*-?\d+\s*$/.test(text)) return Math.max(0, Number(text)) * 1000;
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

// Every decision of the drain, without a clock, a database or a network: facts in, a verdict out.

const RETRYABLE = [408, 425, 429, 500, 502, 503, 504, 507];
const SIGNED_OUT = [401, 403, 419, 440];

/** A redirect may be a portal that goes away; after this many it is taken for a login page. */
const REDIRECTS_TRIED = 3;
/** Due times beyond this are not the browser's retry's business. */
const NEAR = 20 * 60_000;
/** Setting the clock back by less than this is ordinary drift. */
const DRIFT = 60_000;

/**
 * What an answer means.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncAnswer} answer
 * @returns {SyncVerdict}
 */
function classify(tag, batch, answer) {
  if (answer.error !== null) {
    const failure = failed("network", "unknown", answer.error);
    return { kind: "retry", failure, date: null, retryAfter: null, gate: false, offline: answer.offline };
  }
  const { status, text, date, retryAfter } = answer;
  const meaning = tag.endpoint.status[status] ?? usualMeaning(status, retryAfter);
  const success = meaning === "success";
  const each = success && tag.batch.perRecord ? statusesOf(answer.json, batch.members.length) : undefined;
  const unfit = success && (!fits(tag.endpoint.success.contentType, answer.contentType) || (status === 207 && !each));
  if (answer.redirected || unfit) {
    const failure = failed("redirect", "unknown", "this is not an answer of the endpoint", status);
    return { kind: "retry", failure, date, retryAfter: null, gate: false, offline: false };
  }
  if (each) {
    const single = { ...batch, members: batch.members.slice(0, 1) };
    const verdicts = each.map((status) => classify(tag, single, { ...answer, status, json: undefined }));
    return { kind: "each", verdicts, response: answer.json };
  }
  if (success) return { kind: "ack", response: answer.json };
  if (meaning === "park") return { kind: "park", failure: failed("auth", "rejected", `status ${status}`, status, text) };
  if (meaning === "retry") {
    const failure = failed("status", "unknown", `status ${status}`, status, text);
    return { kind: "retry", failure, date, retryAfter, gate: (status === 429 || status === 503) && retryAfter !== null, offline: false };
  }
  const kind = status === 413 ? "too_large" : status === 409 || status === 412 ? "conflict" : "status";
  const failure = failed(kind, "rejected", `status ${status}`, status, text);
  // A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
  return { kind: batch.members.length > 1 ? "split" : "dead", failure };
}

/**
 * The statuses of single records: a list of them, or of objects with a `status`, by itself or as `results`.
 * @param {any} json
 * @param {number} count
 * @returns {number[] | undefined} nothing where there is not one for each
 */
function statusesOf(json, count) {
  const list = Array.isArray(json) ? json : json?.results;
  if (!Array.isArray(list) || list.length !== count) return undefined;
  const statuses = list.map((one) => Number(one?.status ?? one));
  return statuses.every((status) => status >= 200) ? statuses : undefined;
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
 * @param {string | null} wanted
 * @param {string} contentType
 */
function fits(wanted, contentType) {
  const essence = contentType.split(";")[0].trim().toLowerCase();
  return wanted === null ? essence !== "text/html" : wanted === "*" || essence === wanted.toLowerCase();
}

/**
 * @param {SyncFailure["class"]} kind
 * @param {SyncFailure["outcome"]} outcome
 * @param {string} message
 * @param {number} [status]
 * @param {string} [body]
 * @returns {SyncFailure}
 */
function failed(kind, outcome, message, status, body) {
  return { class: kind, outcome, message, ...(status && { status }), ...(body && { body }) };
}

/**
 * What to do with a batch after a verdict.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncVerdict} verdict
 * @param {number} now
 * @param {number} random from 0 to 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, verdict, now, random) {
  if (verdict.kind === "split") {
    return { kind: "split", failure: verdict.failure, cap: Math.ceil(batch.members.length / 2) };
  }
  const backoff = random * Math.min(tag.endpoint.retry.maxDelay, tag.endpoint.retry.base * tag.endpoint.retry.factor ** (batch.attempts - 1));
  if (verdict.kind === "each") return { ...verdict, hold: { since: now, wait: backoff, firm: false } };
  if (verdict.kind === "park") return { ...verdict, repeats: 0 };
  if (verdict.kind !== "retry") return verdict;
  const { failure, retryAfter, offline } = verdict;
  const { retry } = tag.endpoint;
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  // Both clocks must say so: the device's may have been wrong then, or be wrong now.
  if (verdict.date !== null && Math.min(now, verdict.date) - batch.queuedAt > retry.maxAge) {
    return { kind: "dead", failure: { ...failure, class: "expired" } };
  }
  if (failure.class === "redirect" && repeats >= REDIRECTS_TRIED) return { kind: "park", failure, repeats };
  if (retry.maxAttempts && batch.attempts >= retry.maxAttempts && !offline) return { kind: "dead", failure };
  const firm = retryAfter !== null;
  const wait = firm ? Math.min(retryAfter, retry.maxRetryAfter) : backoff;
  return {
    kind: "again",
    failure,
    // Without a network nothing was tried: it costs no attempt, and the next wake-up may go at once.
    hold: { since: now, wait: offline ? 0 : wait, firm },
    gate: verdict.gate,
    attempts: offline ? batch.attempts - 1 : batch.attempts,
    repeats,
  };
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
 * Whether the clock was set back since a hold began: then its whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 * @returns {hold is SyncHold}
 */
function isAhead(hold, now) {
  return hold !== null && hold.since > now + DRIFT;
}

/**
 * What comes next: a batch that is open already, a new one, or (with neither) the milliseconds until there may be one.
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @param {number} now
 * @returns {{ batch?: SyncBatch, seal?: boolean, wait?: number }}
 */
function choose(run, { meta, batches, prefix }, now) {
  const mine = batches.filter(({ lane }) => lane.startsWith(prefix) && !run.busy.has(lane));
  const acked = mine.find(({ state }) => state === "acked");
  if (acked) return { batch: acked };
  if (meta.parked) return {};
  if (now > run.until) {
    run.unfinished = true;
    return { wait: 0 };
  }
  const sealed = mine.filter(({ state }) => state === "sealed");
  const gate = standing(meta.gate, now);
  const ready = sealed.find((batch) => !run.failed.has(batch.lane) && !waitFor(batch, run.wake, now));
  if (ready && !gate && !run.halted) return { batch: ready };
  const waits = sealed.map((batch) => Math.max(gate, waitFor(batch, run.wake, now)));
  if (gate) waits.push(gate);
  // In a single lane, nothing overtakes what is held or stuck there.
  const seal = !gate && !run.halted && (run.tag.order !== "fifo" || !mine.length);
  return { seal, ...(waits.length && { wait: Math.min(...waits) }) };
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

/**
 * Whether a wake-up lets parked work go on: being asked to, or a page that opens, in which someone may have signed in.
 * @param {SyncWake} wake
 */
function unparks(wake) {
  return wake.why === "flush" || wake.why === "load";
}

/**
 * How a sync event ends: the browser tries again after a rejection only, and may register anew with a window only.
 * @param {SyncReport} report
 * @param {boolean} windowOpen
 * @param {boolean} lastChance
 * @param {number} now
 * @returns {"resolve" | "reject" | "register"}
 */
function settlement(report, windowOpen, lastChance, now) {
  if (report.error !== null) return "reject";
  if (!report.remaining || report.blocked) return "resolve";
  if (report.unfinished) return windowOpen ? "register" : "reject";
  if (report.due !== null && report.due - now > NEAR) return windowOpen || lastChance ? "resolve" : "reject";
  return "reject";
}

// Stores of the app's own as a source: what has changed since it was acknowledged, and what success does to it.

/** Fewest records read from an app's store at a time. */
const STRETCH = 32;
/** Key of a snapshot, which has no key of its own. */
const WHOLE = "";

/**
 * The next records that differ from what was last acknowledged; empty when there are none in this stretch, nothing at the end.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedRecords(run, source, most) {
  const { tag } = run;
  const range = run.after === undefined ? undefined : IDBKeyRange.lowerBound(run.after, true);
  // Keys of an index say nothing about where a record stands, so an index is read whole.
  const rows = source.index ? (await readRows(source)).filter(({ key }) => !run.passed.has(nameOf(key))) : await readRows(source, range, Math.max(STRETCH, most * 2));
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

/**
 * @param {SyncRun} run
 * @param {{ key: IDBValidKey }[]} members
 */
function advance(run, members) {
  run.after = members.at(-1)?.key;
  for (const { key } of members) run.passed.add(nameOf(key));
}

/**
 * The whole selection as one piece; nothing when it is what was last acknowledged.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedWhole(tag, source) {
  const record = (await readRows(source)).map((row) => row.record).filter((row) => matches(row, source));
  const piece = await pieceOf(tag, WHOLE, await Promise.all(record.map(digest)));
  const known = await transact("readonly", ({ ledger }) => result(ledger.get([tag.tag, WHOLE])));
  return (known ? known.digest === piece.digest : !record.length) ? undefined : [{ ...piece, id: "*", record }];
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
  return { key, id: nameOf(key), lane: "", bytes: 0, digest: now, next, record, queuedAt: Date.now() };
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/**
 * Deletes or marks the delivered records in the app's store, each only if it is still what was sent.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function applySuccess({ source, onSuccess }, { members }) {
  if (!source || onSuccess === "keep") return;
  await withAppStore(source, "strict", async (store) => {
    for (const { key, digest } of members) {
      const record = await result(store.get(key));
      if ((await digestWithin(store, record)) !== digest) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put({ ...record, ...onSuccess.set }, store.keyPath === null ? key : undefined);
    }
  });
}

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

/**
 * Keeps what the server answered in a store of the app's own.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function saveResponse({ response: place }, { response }) {
  const value = place && at(response, place.pointer);
  if (!place || value === undefined || value === null) return;
  // A store with keys of its own takes what has one; else the newest answer has its one place.
  await withAppStore(place, "strict", async (store) => void store.put(value, store.keyPath === null && !store.autoIncrement ? OUTBOX : undefined));
}

/**
 * @param {unknown} json
 * @param {string} pointer
 */
function at(json, pointer) {
  return pointer.split("/").slice(1).reduce((value, name) => field(value, name.replaceAll("~1", "/").replaceAll("~0", "~")), json);
}

// Tokens go into a request when it is sent and are never stored with it.

/** @type {Map<string, Promise<string | undefined>>} */
const fetchedTokens = new Map();

/**
 * Sends a batch once; where a token may have gone stale, once more with a fresh one.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function sendSigned(tag, batch) {
  const { endpoint } = tag;
  const headers = await tokens(endpoint, batch.context, false);
  const answer = await send(tag, batch, headers);
  if (!endpoint.csrf || answer.error !== null || !SIGNED_OUT.includes(answer.status)) return answer;
  const fresh = await tokens(endpoint, batch.context, true);
  return JSON.stringify(fresh) === JSON.stringify(headers) ? answer : send(tag, batch, fresh);
}

/**
 * @param {SyncEndpoint} endpoint
 * @param {Record<string, string>} [context]
 * @param {boolean} [fresh]
 * @returns {Promise<Record<string, string>>}
 */
async function tokens({ auth, csrf }, context = {}, fresh) {
  const token = csrf && (await csrfToken(csrf, context, fresh));
  return {
    ...(auth && context[auth] && { authorization: `Bearer ${context[auth]}` }),
    ...(csrf && token && { [csrf.header]: token }),
  };
}

/**
 * @param {NonNullable<SyncEndpoint["csrf"]>} csrf
 * @param {Record<string, string>} context
 * @param {boolean} [fresh]
 */
async function csrfToken({ from, name, pointer }, context, fresh) {
  if (from === "context") return context[name];
  if (from === "cookie") return cookie(name);
  if (fresh) fetchedTokens.delete(name);
  const token = fetchedTokens.get(name) ?? fetchToken(name, pointer);
  fetchedTokens.set(name, token);
  return token;
}

/**
 * @param {string} url
 * @param {string} pointer
 * @returns {Promise<string | undefined>}
 */
async function fetchToken(url, pointer) {
  try {
    const response = await fetch(new URL(url, ROOT), { cache: "no-store", signal: AbortSignal.timeout(TOKEN_WITHIN) });
    const value = at(await response.json(), pointer);
    return value === undefined ? undefined : String(value);
  } catch {
    // Without a token the server says what it thinks of that.
    return undefined;
  }
}

const TOKEN_WITHIN = 10_000;

/** @param {string} name */
async function cookie(name) {
  const { cookieStore } = /** @type {{ cookieStore?: CookieStore }} */ (globalThis);
  if (cookieStore) return (await cookieStore.get(name))?.value;
  // A page has another way to them, a worker has none.
  const [, value] = `; ${/** @type {any} */ (globalThis).document?.cookie}`.split(`; ${name}=`);
  return value?.split(";")[0];
}

// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;

/**
 * Delivers what waits under a tag until nothing is left or nothing may go on; never throws.
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>}
 */
async function drain(tag, wake) {
  const run = newRun(tag, wake);
  try {
    return await alone(tag, async () => {
      await Promise.all(Array.from({ length: tag.concurrency }, () => drainLanes(run)));
      return finish(run);
    });
  } catch (error) {
    const failure = failed("storage", "unknown", String(error));
    // The storage may be what is broken; then the pages learn of it from the report alone.
    await transact("relaxed", (stores) => note(stores, "storage_error", tag.tag, [], { failure })).then(tell, tell);
    return { ...reportOf(run), remaining: 1, error: failure.message };
  }
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
    until: Date.now() + BUDGET,
    busy: new Set(),
    failed: new Set(),
    halted: false,
    tried: false,
    sent: 0,
    left: false,
    due: null,
    unfinished: false,
    after: undefined,
    passed: new Set(),
    found: false,
  };
}

/**
 * One drain per tag at a time. Correctness does not rest on it; it saves requests.
 * @template T
 * @param {SyncTag} tag
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function alone(tag, work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(`${OUTBOX}:${tag.tag}`, { signal: AbortSignal.timeout(LOCK_WAIT) }, work);
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
  const seen = await look(run);
  const choice = choose(run, seen, Date.now());
  const batch = choice.batch ?? (choice.seal && (await seal(run, seen)));
  if (!batch) return rest(run, choice.wait);
  if (batch === "again") return true;
  run.busy.add(batch.lane);
  try {
    if (batch.state === "sealed") {
      if (choice.batch && !(await countAttempt(batch))) return true;
      run.tried = run.found = true;
      const answer = await sendSigned(tag, batch);
      if (!(await conclude(run, batch, nextStep(tag, batch, classify(tag, batch, answer), Date.now(), Math.random())))) return true;
    }
    if (batch.state === "acked") {
      await applySuccess(tag, batch);
      await saveResponse(tag, batch);
      await change(batch, "strict", "acked", async (stores, open, meta) => close(stores, open, meta));
    }
    return true;
  } finally {
    run.busy.delete(batch.lane);
  }
}

/**
 * What to do when nothing may be sent now; answers whether the drain goes on after all.
 * @param {SyncRun} run
 * @param {number | undefined} wait until something may
 */
async function rest(run, wait) {
  if (wait !== undefined) {
    if (!run.tried && !run.unfinished && wait <= SHORT_WAIT) {
      await new Promise((resume) => setTimeout(resume, wait));
      return true;
    }
    run.left = true;
    // Without a network no time is better than another: it is the network that has to come back.
    run.due = wait ? Date.now() + wait : null;
    return false;
  }
  // An app's store may have changed while there was something to send.
  const again = run.tag.source !== null && run.found;
  run.after = undefined;
  run.passed.clear();
  run.found = false;
  return again;
}

/**
 * Where the tag stands.
 * @param {SyncRun} run
 * @returns {Promise<SyncSeen>}
 */
function look({ tag: { tag }, wake }) {
  return transact("relaxed", async (stores) => {
    const now = Date.now();
    const [meta, principal, batches] = await Promise.all([metaOf(stores, tag), principalOf(stores), result(stores.batches.getAll(under([tag])))]);
    if (meta.parked && unparks(wake)) stores.meta.put(Object.assign(meta, { parked: null }));
    // Only once: what parks it again while this drain runs, parks it.
    if (wake.why === "load" || wake.why === "flush") Object.assign(wake, { why: "visible" });
    if (isAhead(meta.gate, now)) stores.meta.put(Object.assign(meta, { gate: { ...meta.gate, since: now } }));
    for (const batch of batches) {
      if (isAhead(batch.hold, now)) stores.batches.put(Object.assign(batch, { hold: { ...batch.hold, since: now } }));
    }
    return { meta, batches, prefix: `${principal.hash}/` };
  });
}

/**
 * @param {SyncStores} stores
 * @param {string} tag
 * @returns {Promise<SyncMeta>}
 */
async function metaOf({ meta }, tag) {
  const kept = await result(meta.get(`tag:${tag}`));
  return kept ?? { v: 1, key: `tag:${tag}`, epoch: 0, sent: 0, bytes: 0, cap: null, parked: null, gate: null };
}

/**
 * Who is signed in, as far as the page has said.
 * @param {SyncStores} stores
 * @returns {Promise<SyncPrincipal>}
 */
async function principalOf({ meta }) {
  return (await result(meta.get("principal"))) ?? { v: 1, key: "principal", hash: "", salt: "", context: {} };
}

/**
 * Seals what is next into a batch. Answers nothing at the end of what waits, and "again" when there may be more.
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @returns {Promise<SyncBatch | "again" | undefined>}
 */
async function seal(run, seen) {
  const { tag } = run;
  const most = Math.min(tag.batch.maxRecords, seen.meta.cap?.records ?? Infinity);
  const read = tag.source && (await (tag.mode === "snapshot" ? changedWhole(tag, tag.source) : changedRecords(run, tag.source, most)));
  if (read && !read.length) return "again";
  if (tag.source && !read) return undefined;
  const batch = await transact("strict", async (stores) => {
    const [meta, { hash, context }] = await Promise.all([metaOf(stores, tag.tag), principalOf(stores)]);
    if (seen.prefix !== `${hash}/`) return "again";
    const open = new Set((await result(stores.batches.getAll(under([tag.tag])))).map(({ lane }) => lane));
    const pieces = read || (await waitingEntries(stores, tag, seen.prefix, open, most));
    if (!pieces.length) return undefined;
    const { lane } = pieces[0];
    // What was read from an app's store may be stale by now: a rival may have delivered it and removed its batch.
    if (open.has(seen.prefix + lane) || meta.epoch !== seen.meta.epoch) return "again";
    const sealed = render(tag, seen.prefix + lane, take(tag, pieces));
    meta.epoch += 1;
    // What cannot be rendered now never will be.
    if (sealed.failure) await bury(stores, tag, sealed, meta, sealed.failure);
    else stores.batches.put(sealed);
    stores.meta.put(meta);
    return sealed.failure ? "again" : { ...sealed, context };
  });
  if (read) {
    if (batch === "again") run.after = undefined;
    else if (batch) advance(run, batch.members);
  }
  return batch;
}

/**
 * The oldest entries of the first lane that is free.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {string} prefix
 * @param {Set<string>} open
 * @param {number} most
 * @returns {Promise<SyncPiece[]>}
 */
async function waitingEntries({ entries }, { tag }, prefix, open, most) {
  for (let after = 0, rows; ; after = rows.at(-1).seq) {
    // Mostly the very first is free; else there is a stopped lane to get past.
    rows = await result(entries.index("tag").getAll(under([tag], [tag, after]), after ? 64 : 1));
    if (!rows.length) return [];
    const free = rows.find(({ lane }) => lane.startsWith(prefix) && !open.has(lane));
    if (!free) continue;
    const lane = await result(entries.index("lane").getAll(under([tag, free.lane]), most));
    return lane.map((entry) => ({ ...entry, key: entry.seq, lane: entry.lane.slice(prefix.length), digest: null, next: null, record: entry.payload }));
  }
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

/** @param {unknown} record */
function sizeOf(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
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
    members: pieces.map(({ key, id, digest, next, bytes }) => ({ key, id, digest, next, bytes })),
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
    return { ...batch, attempts: 0, failure: failed("payload", "rejected", String(error)) };
  }
}

/**
 * Changes a batch, if it is still the one we know and in the state we know it in; answers whether it was.
 * @param {SyncBatch} batch
 * @param {"relaxed" | "strict"} mode
 * @param {SyncBatch["state"]} state
 * @param {(stores: SyncStores, open: SyncBatch, meta: SyncMeta) => Promise<void>} work
 * @returns {Promise<boolean>}
 */
function change(batch, mode, state, work) {
  return transact(mode, async (stores) => {
    const open = await result(stores.batches.get([batch.tag, batch.lane]));
    if (open?.id !== batch.id || open.state !== state) return false;
    const meta = await metaOf(stores, batch.tag);
    await work(stores, open, meta);
    stores.meta.put(meta);
    return true;
  });
}

/**
 * @param {SyncStores} stores
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 */
function close({ batches }, { tag, lane }, meta) {
  batches.delete([tag, lane]);
  meta.epoch += 1;
}

/**
 * Counts an attempt before it is made: work that takes the worker down with it is bounded, too.
 * @param {SyncBatch} batch
 */
async function countAttempt(batch) {
  let allowed = false;
  await change(batch, "relaxed", "sealed", async (stores, open) => {
    const { hash, context } = await principalOf(stores);
    allowed = open.lane.startsWith(`${hash}/`);
    if (!allowed) return;
    Object.assign(batch, { attempts: (open.attempts += 1), context });
    stores.batches.put(open);
  });
  return allowed;
}

/**
 * Writes down what a step means; answers false when another drain was faster.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} next
 */
async function conclude(run, batch, next) {
  const { tag } = run;
  const written = await change(batch, "strict", "sealed", async (stores, open, meta) => {
    const ids = open.members.map(({ id }) => id);
    switch (next.kind) {
      case "ack":
        await settle(stores, tag, open, meta);
        meta.sent += open.count;
        meta.gate = null;
        meta.cap = grown(tag, meta.cap);
        // What is still to be done in the app's own database cannot be part of this transaction.
        if (tag.response || (tag.source && tag.onSuccess !== "keep")) stores.batches.put(Object.assign(open, { state: "acked", response: next.response }));
        else close(stores, open, meta);
        Object.assign(batch, { state: open.state, response: open.response });
        return note(stores, "sent", tag.tag, ids, next.response === undefined ? {} : { response: next.response });
      case "each":
        return concludeEach(run, stores, open, meta, next);
      case "again":
        if (next.gate) meta.gate = next.hold;
        stores.batches.put(Object.assign(open, { failure: next.failure, hold: next.hold, attempts: next.attempts, repeats: next.repeats }));
        return note(stores, "retrying", tag.tag, ids, { failure: next.failure });
      case "split":
        // The members are sealed anew, in smaller batches with keys of their own.
        meta.cap = { records: next.cap, firm: next.failure.class === "too_large" };
        return close(stores, open, meta);
      case "park":
        meta.parked = next.failure;
        stores.batches.put(Object.assign(open, { failure: next.failure, hold: null, repeats: next.repeats }));
        return note(stores, "parked", tag.tag, ids, { failure: next.failure });
      case "dead":
        meta.cap = grown(tag, meta.cap);
        await bury(stores, tag, open, meta, next.failure);
        if (tag.order === "parallel" || (next.failure.outcome === "unknown" ? tag.skipUnknown : tag.onDead === "skip")) close(stores, open, meta);
        // What may still arrive must not be overtaken by what follows it.
        else stores.batches.put(Object.assign(open, { state: "stuck" }));
    }
  });
  if (written && next.kind === "ack") run.sent += batch.count;
  if (written && next.kind === "again") {
    run.failed.add(batch.lane);
    // Where nothing gets through, the other lanes need not try.
    run.halted ||= next.failure.class === "network";
  }
  if (written) tell();
  return written;
}

/**
 * Lets go of what was taken, buries what was refused, and gives the rest back.
 * @param {SyncRun} run
 * @param {SyncStores} stores
 * @param {SyncBatch} open
 * @param {SyncMeta} meta
 * @param {Extract<SyncStep, { kind: "each" }>} next
 */
async function concludeEach(run, stores, open, meta, { verdicts, response, hold }) {
  const { tag } = run;
  /** @param {SyncVerdict["kind"]} kind */
  const those = (kind) => ({ ...open, members: open.members.filter((_, i) => verdicts[i].kind === kind) });
  const taken = those("ack");
  await settle(stores, tag, taken, meta);
  meta.sent += taken.members.length;
  run.sent += taken.members.length;
  await note(stores, "sent", tag.tag, taken.members.map(({ id }) => id), { response });
  for (const [i, verdict] of verdicts.entries()) {
    if (verdict.kind === "dead") await bury(stores, tag, { ...open, members: [open.members[i]] }, meta, verdict.failure);
    if (verdict.kind === "park") meta.parked = verdict.failure;
    if (verdict.kind === "retry") meta.gate = hold;
  }
  close(stores, open, meta);
}

/**
 * A smaller batch went through: the next may be larger again, unless size itself was refused.
 * @param {SyncTag} tag
 * @param {SyncMeta["cap"]} cap
 */
function grown(tag, cap) {
  if (!cap || cap.firm) return cap;
  return cap.records * 2 < tag.batch.maxRecords ? { ...cap, records: cap.records * 2 } : null;
}

/**
 * Lets go of what was delivered.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 */
async function settle({ entries, ledger, dead }, { tag, source }, { members }, meta) {
  for (const { key, next, bytes } of members) {
    meta.bytes -= bytes;
    if (!source) entries.delete(key);
    else {
      ledger.put({ v: 1, tag, key, digest: next, dead: false });
      for (const n of await result(dead.index("tag").getAllKeys([tag, key]))) dead.delete(n);
    }
  }
}

/**
 * Takes work that was refused out of the way, into the dead letters.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 * @param {SyncFailure} failure
 */
async function bury(stores, { tag, source }, { lane, members, key, request, attempts, queuedAt }, meta, failure) {
  for (const { key: member, id, digest, bytes } of members) {
    meta.bytes -= bytes;
    const entry = source ? undefined : await result(stores.entries.get(member));
    const letter = { v: 1, tag, lane, member, id, digest, entry, queuedAt: entry?.queuedAt ?? queuedAt, diedAt: Date.now(), attempts, key, request, failure };
    stores.dead.add(letter);
    // An app's record stays where it is; it is due again when its content changes.
    if (source) stores.ledger.put({ v: 1, tag, key: member, digest, dead: true });
    else stores.entries.delete(member);
  }
  await note(stores, "dead", tag, members.map(({ id }) => id), { failure });
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 * @returns {Promise<SyncReport>}
 */
async function finish(run) {
  const { tag } = run;
  const report = await transact("relaxed", async (stores) => {
    const meta = await metaOf(stores, tag.tag);
    // What others queued waits for them, not for a retry.
    const lanes = lanesOf(tag.tag, `${(await principalOf(stores)).hash}/`);
    const open = await result(stores.batches.getAll(lanes));
    const entries = tag.source ? 0 : await result(stores.entries.index("lane").count(lanes));
    const held = open.reduce((sum, { state, count }) => sum + (state === "sealed" ? count : 0), 0);
    const blocked = !run.left && open.some(({ state }) => state === "stuck");
    const remaining = entries || held || Number(run.left);
    const drained = remaining ? 0 : meta.sent;
    if (drained) {
      stores.meta.put({ ...meta, sent: 0, cap: null });
      await note(stores, "drained", tag.tag, []);
    }
    return { ...reportOf(run), remaining, drained, blocked: blocked || meta.parked !== null, dead: await result(stores.dead.index("tag").count(under([tag.tag]))) };
  });
  if (report.drained) tell();
  return report;
}

/**
 * @param {SyncRun} run
 * @returns {SyncReport}
 */
function reportOf({ tag: { tag }, sent, due, unfinished }) {
  return { tag, sent, due, unfinished, remaining: 0, blocked: false, drained: 0, dead: 0, error: null };
}

// The words of a notification.

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 * @returns {{ title: string, options: NotificationOptions }}
 */
function noticeOf(notice, report) {
  /** @param {string} text */
  const say = (text) =>
    text.replace(/\{(count|failed|tag)\}/g, (_, name) => String({ count: report.drained, failed: report.dead, tag: report.tag }[/** @type {"count"} */ (name)]));
  return {
    title: say(report.drained === 1 && notice.titleOne !== null ? notice.titleOne : notice.title),
    options: {
      // One place on the screen, however often there is something to say.
      tag: notice.tag,
      data: OUTBOX,
      ...(notice.body !== null && { body: say(notice.body) }),
      ...(notice.icon !== null && { icon: new URL(notice.icon, ROOT).href }),
    },
  };
}

// What wakes the outbox in the worker. Each of these may come at any time, twice, or never: the outbox itself knows what is left.

sw.addEventListener("sync", (event) => {
  const tag = tagNamed(event.tag);
  if (tag) event.waitUntil(answerSync(tag, event.lastChance));
});

// For pages that know nothing of the outbox, in browsers that know nothing of Background Sync.
sw.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.waitUntil(drainAfter(event.handled));
});

sw.addEventListener("notificationclick", (event) => {
  if (event.notification.data !== OUTBOX) return;
  event.notification.close();
  event.waitUntil(openSite());
});

onMessage("mdpwa:drain", answerPage);
for (const tag of CONFIG.sync) {
  if (tag.trigger) onMessage(tag.trigger.message, () => answerTrigger(tag));
}

/**
 * Rejects when the browser's own retry can still help.
 * @param {SyncTag} tag
 * @param {boolean} lastChance
 */
async function answerSync(tag, lastChance) {
  const report = await deliver(tag, { why: "sync", force: false });
  const windows = await windowsOpen();
  switch (settlement(report, windows.length > 0, lastChance, Date.now())) {
    case "resolve":
      return;
    case "register":
      return sw.registration.sync?.register(tag.tag);
    case "reject":
      throw new Error(report.error ?? `${report.remaining} under ${tag.tag} still wait`);
  }
}

/**
 * A page asks for a drain. The first answer says that there is someone to do it, the second what was done.
 * @param {ExtendableMessageEvent} event
 */
async function answerPage({ data, ports: [port] }) {
  const tags = CONFIG.sync.filter(({ tag }) => Array.isArray(data.tags) && data.tags.includes(tag));
  port?.postMessage("taken");
  port?.postMessage(await Promise.all(tags.map((tag) => deliver(tag, { why: data.why, force: data.force === true }))));
}

/** @param {SyncTag} tag */
async function answerTrigger(tag) {
  try {
    // Should this worker be stopped, or the page closed, before all is sent.
    await sw.registration.sync?.register(tag.tag);
  } catch {
    // Background Sync may be switched off, and wants an open window; the drain wants neither.
  }
  await deliver(tag, { why: "trigger", force: false });
}

/** @param {Promise<unknown> | undefined} handled the navigation comes first */
async function drainAfter(handled) {
  await Promise.allSettled([handled]);
  await Promise.all(CONFIG.sync.map((tag) => deliver(tag, { why: "load", force: false })));
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 */
async function deliver(tag, wake) {
  const report = await drain(tag, wake);
  if (report.drained) {
    if (tag.clientMessage !== null && !report.dead) await tellPages(tag.clientMessage);
    if (tag.notification) await notify(tag.notification, report);
  }
  return report;
}

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 */
async function notify(notice, report) {
  if (typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notice.when === "hidden" && (await windowsOpen()).some((client) => client.visibilityState === "visible")) return;
  const { title, options } = noticeOf(notice, report);
  try {
    await sw.registration.showNotification(title, options);
  } catch {
    // The work is delivered, whether or not that can be shown.
  }
}

async function openSite() {
  const [client] = await windowsOpen();
  return client ? client.focus() : sw.clients.openWindow(ROOT.href);
}

function windowsOpen() {
  return sw.clients.matchAll({ type: "window", includeUncontrolled: true });
}

/** @param {string} name */
function tagNamed(name) {
  return CONFIG.sync.find(({ tag }) => tag === name);
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
