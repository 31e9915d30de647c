"use strict";
/*! Written by mdpwa from pwa.toml. */

/** @type {WorkerConfig} */
const CONFIG = Object.freeze({
  "id": "markdown-notes",
  "root": "./",
  "version": "JzIlg7ONYDxt",
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
    ],
    "clean": false
  },
  "pages": {
    "strategy": "fresh",
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
      "batch": {
        "maxRecords": 50,
        "maxBytes": 262144
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
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxDelay": 900000,
          "maxAttempts": 0,
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
      "trigger": null
    }
  ],
  "assets": [
    {
      "install": "required",
      "verify": "strict",
      "verifyPages": "warn",
      "files": " /|0 app.js index.html manifest.webmanifest markdown.js notes.js register.js sample.js style.css /icons/|8 apple-touch-icon.png icon-192.png icon-512.png icon.svg maskable-512.png refused.svg synced.svg waiting.svg /vendor/dompurify/|16 purify.min.js /vendor/instrument-sans/|17 instrument-sans-latin-wght-normal.woff2 /vendor/literata/|18 literata-latin-wght-italic.woff2 literata-latin-wght-normal.woff2 /vendor/marked/|20 marked.esm.js /",
      "digests": "CjCmCZmKPJT6bbJoKa7k3pqJE3Mqk8XNqkPAPiRch1L3Jo265Gw60ygj9z4wN4uCfbW2C4ZzS-ifNWC9wePCBWZ-qdFWZCURb57TLr9WF1P64jqt5vbFXgXHP3U2-jf9QJ9V0cbFJgGc_Z5Aao3hvhvYzuQNeIrCQ-tHXvAedkaoslvrQNCi1I-3QTw5_G_9gFPuKmoJ-dUPLuF1mKmNilnkqxmNZhbHzJZvmtvqxbFn_lrWU3H-qG_QZWtP"
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
 * The digest of a file of the site. The lists are searched as text: parsing them would delay every start of the worker.
 *
 * @param {string} path
 * @param {AssetGroup[]} groups
 */
function digestOf(path, groups) {
  const name = path.lastIndexOf("/") + 1;
  for (const { files, digests } of groups) {
    const folder = ` ${path.slice(0, name)}|`;
    const start = files.indexOf(folder) + folder.length;
    if (start < folder.length) continue;
    const names = files.slice(start, files.indexOf(" /", start) + 1);
    const end = names.indexOf(` ${path.slice(name)} `);
    if (end < 0) continue;
    let index = parseInt(names);
    for (let at = names.indexOf(" "); at < end; at = names.indexOf(" ", at + 1)) index += 1;
    return digests.slice(index * DIGEST, (index + 1) * DIGEST);
  }
  return undefined;
}

/**
 * What the host answers to a path: a file of the site, a redirect, or (`undefined`) nothing of the site.
 *
 * @param {string} path from the site's root, starting with "/", percent-encoded like the list of assets
 * @returns {Place | undefined}
 */
function locate(path, groups = CONFIG.assets) {
  const clean = path.replace(/(\/)index\.html$|\.html$/, "$1");
  if (CONFIG.host.clean && clean !== path && digestOf(path, groups) && !digestOf(clean, groups)) return { redirect: clean };
  const stem = path.replace(/\/$/, "");
  for (const [suffix, end] of stem === path ? CONFIG.host.bare : CONFIG.host.slash) {
    const digest = digestOf(stem + suffix, groups);
    if (digest) return end === null ? { file: stem + suffix, digest } : { redirect: stem + end };
  }
  return undefined;
}

/**
 * The path of a file that a page asks for; `undefined` for what is left to the browser.
 *
 * @param {Request} request
 */
function filePathOf(request) {
  if (request.method !== "GET" || request.mode === "navigate" || request.headers.has("range")) return undefined;
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return undefined;
  return pathOf(request.url);
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
 * @param {{ file: string, digest: string }} place
 */
async function heal(bodies, { file, digest }) {
  const response = await fetch(addressOf(file));
  if (response.ok) {
    const bytes = await response.clone().arrayBuffer();
    if ((await digestBytes(bytes)) === digest) await bodies.put(bodyKey(file, digest), stored(bytes, response));
  }
  return response;
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
 * @param {ArrayBuffer} bytes
 * @returns {Promise<string>} the first 72 bits of the SHA-256, spelled as in the lists
 */
async function digestBytes(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes), 0, 9);
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** @param {string} version */
const listName = (version) => `${OWNER}:list:${version}`;

/**
 * The groups of a version that was installed.
 *
 * @param {string} name of its list
 * @returns {Promise<AssetGroup[]>}
 */
async function groupsOf(name) {
  const list = await sw.caches.match(ROOT.href, { cacheName: name });
  return list ? list.json() : [];
}

/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const bodies = await sw.caches.open(BODIES);
  const present = new Set((await bodies.keys()).map((request) => request.url));
  /** @type {Map<string, MissingBody>} */
  const missing = new Map();
  for (const group of groups) {
    for (const [path, digest] of entriesOf(group)) {
      const key = bodyKey(path, digest);
      if (!present.has(key)) missing.set(key, { path, digest, verify: path.endsWith(".html") ? group.verifyPages : group.verify });
    }
  }
  await inParallel([...missing.values()], (body) => storeBody(bodies, body));
}

/**
 * @param {Cache} bodies
 * @param {MissingBody} missing
 */
async function storeBody(bodies, { path, digest, verify }) {
  let response = await download(path, verify === "off" ? "no-cache" : "default");
  let bytes = await response.arrayBuffer();
  let same = verify === "off" || (await digestBytes(bytes)) === digest;
  if (!same) {
    // What lies in the HTTP cache may be older than the site.
    response = await download(path, "reload");
    bytes = await response.arrayBuffer();
    same = (await digestBytes(bytes)) === digest;
  }
  if (!same && verify === "strict") throw new Error(`${response.url} is not the file that was built`);
  if (!same) await tellPages({ type: "mdpwa:changed-in-transit", url: response.url });
  await bodies.put(bodyKey(path, digest), stored(bytes, response));
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 */
async function download(path, cache) {
  const url = addressOf(path);
  const response = await fetch(url, { cache, credentials: "same-origin" });
  const elsewhere = response.redirected && locate(pathOf(response.url) || "")?.file !== path;
  if (response.status !== 200 || elsewhere) throw new Error(`${url} answered ${response.status} from ${response.url}`);
  return response;
}

/**
 * @param {AssetGroup} group
 * @returns {Generator<[path: string, digest: string]>}
 */
function* entriesOf({ files, digests }) {
  let folder = "";
  let at = 0;
  for (const word of files.slice(1).split(" ")) {
    if (word.startsWith("/")) {
      folder = word.split("|")[0];
    } else {
      yield [folder + word, digests.slice(at, (at += DIGEST))];
    }
  }
}

/**
 * @template T
 * @param {T[]} queue
 * @param {(item: T) => Promise<unknown>} task the first to fail ends them all
 */
async function inParallel(queue, task) {
  const lane = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await task(item);
  };
  try {
    await Promise.all(Array.from({ length: CONFIG.parallel }, lane));
  } finally {
    queue.length = 0;
  }
}

// Which version each open page belongs to. A page belongs to the version that controls it, unless it is noted here:
// pages of an earlier version that was replaced while they were open, and pages that the network had newer.

const NOTES = `${OWNER}:pages`;
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

onActivate(takeOver);

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
    const same = place?.file && response.ok ? isKept(response.clone(), place) : Promise.resolve(false);
    noteVersion(event, event.resultingClientId, same.then((same) => (same ? undefined : NETWORK)));
  }
  return response;
}

/**
 * @param {Response} response
 * @param {Place} place
 */
async function isKept(response, place) {
  const digest = await digestBytes(await response.arrayBuffer());
  if (digest === place.digest) return true;
  // Where the host rewrites pages, the kept one is rewritten alike.
  const kept = await answerFrom(place, response.url);
  return digest === (await digestBytes(await kept.arrayBuffer()));
}

const denied = CONFIG.pages.deny.map((pattern) => new RegExp(pattern));

/** @param {(request: Request, path: string, event: FetchEvent) => Promise<Response>} answerPage for the navigations of this site that are not denied */
function onNavigation(answerPage) {
  onFetch((request, event) => {
    if (request.mode !== "navigate" || request.method !== "GET") return undefined;
    const path = pathOf(request.url);
    if (path === undefined || denied.some((pattern) => pattern.test(path))) return undefined;
    return answerPage(request, path, event);
  });
}

/**
 * The network's answer, or else the offline page; without one the browser shows its own error.
 *
 * @param {Promise<Response>} network
 */
async function networkOrOfflinePage(network) {
  try {
    return await network;
  } catch (error) {
    const place = CONFIG.pages.offline && locate(CONFIG.pages.offline);
    if (!place) throw error;
    const page = await answerFrom(place, ROOT.href);
    return new Response(page.body, { status: 503, headers: page.headers });
  }
}

{
  // Whoever stores holds it, so that nobody sweeps away what a version is about to need.
  const LOCK = `${OWNER}:bodies`;

  onInstall(() => navigator.locks.request(LOCK, install));
  onActivate(settle);

  /** Stores every required asset that is not kept yet; all are in place and verified, or the install fails. */
  async function install() {
    try {
      await store(CONFIG.assets.filter((group) => group.install === "required"));
    } catch (error) {
      await tellPages({ type: "mdpwa:install-failed", reason: String(error) });
      throw error;
    }
    // A list of this name stands for an install that is complete; later versions read there what is still needed.
    const list = await sw.caches.open(listName(CONFIG.version));
    await list.put(ROOT.href, Response.json(CONFIG.assets));
  }

  /** Sweeps, unless a newer version stands ready: its activation will. */
  async function settle() {
    if (sw.registration.installing || sw.registration.waiting) return;
    await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? sweep() : undefined));
  }

  /** Deletes the lists that no open page needs, and every body that no list names any more. */
  async function sweep() {
    const versions = await versionsInUse();
    const needed = new Set();
    for (const name of await sw.caches.keys()) {
      if (!name.startsWith(listName(""))) continue;
      if (!versions.includes(name.slice(listName("").length))) {
        await sw.caches.delete(name);
      } else {
        for (const group of await groupsOf(name)) for (const [path, digest] of entriesOf(group)) needed.add(bodyKey(path, digest));
      }
    }
    const bodies = await sw.caches.open(BODIES);
    for (const request of await bodies.keys()) {
      if (!needed.has(request.url)) await bodies.delete(request);
    }
  }
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
// The outbox: everything that must outlive the page, the worker and the version that wrote it.
// The layout is a promise to data already queued on people's devices. New versions add to it.

const OUTBOX = `${OWNER}:sync`;
const OUTBOX_VERSION = 1;

/** Events beyond this number have had their chance to be heard. */
const EVENTS_KEPT = 1000;

// WebKit drops connections without a word; every use of one answers with these until it is opened anew.
const CONNECTION_LOST = ["UnknownError", "InvalidStateError"];

/** @type {Promise<IDBDatabase> | null} */
let outbox = null;

/**
 * Runs `work` in one transaction over the outbox and answers once that is committed.
 * `work` may await requests of this transaction only: anything else lets it commit early.
 * It may run twice, when the connection was lost, so it must be written to bear that.
 * @template T
 * @param {"read" | "relaxed" | "strict"} mode
 * @param {string[]} names
 * @param {(store: (name: string) => IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function transact(mode, names, work) {
  try {
    return await commit(await openOutbox(), mode, names, work);
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    outbox = null;
    return commit(await openOutbox(), mode, names, work);
  }
}

/**
 * Runs `work` over one store of the app's own database; answers `otherwise` when the app has not made that database yet.
 * @template T
 * @param {SyncSource} source
 * @param {"read" | "strict"} mode
 * @param {T} otherwise
 * @param {(store: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withAppStore(source, mode, otherwise, work) {
  for (let again = true; ; again = false) {
    const database = await openApp(source.database);
    if (!database) return otherwise;
    try {
      return await commit(database, mode, [source.store], (store) => work(store(source.store)));
    } catch (error) {
      if (!again || !isConnectionLost(error)) throw error;
    } finally {
      database.close();
    }
  }
}

/**
 * @template T
 * @param {IDBDatabase} database
 * @param {"read" | "relaxed" | "strict"} mode
 * @param {string[]} names
 * @param {(store: (name: string) => IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T>}
 */
function commit(database, mode, names, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode === "read" ? "readonly" : "readwrite", {
      durability: mode === "strict" ? "strict" : "relaxed",
    });
    let over = false;
    /** @type {T} */
    let value;
    transaction.oncomplete = () => resolve(value);
    transaction.onabort = () => {
      over = true;
      reject(transaction.error);
    };
    work((name) => transaction.objectStore(name)).then(
      (answer) => {
        value = answer;
      },
      (error) => {
        reject(error);
        if (!over) transaction.abort();
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

/** @returns {Promise<IDBDatabase>} */
function openOutbox() {
  outbox ??= openDatabase(OUTBOX, OUTBOX_VERSION, layOut)
    // A newer version of this site was here before. Its rows are its own; ours go beside them.
    .catch((error) => (error.name === "VersionError" ? openDatabase(OUTBOX, undefined, layOut) : Promise.reject(error)))
    .then(
      (database) => {
        database.onversionchange = () => {
          database.close();
          outbox = null;
        };
        database.onclose = () => {
          outbox = null;
        };
        return database;
      },
      (error) => {
        outbox = null;
        throw error;
      },
    );
  return outbox;
}

/**
 * Opens a database of the app, as it is: it is never made, never upgraded, and its own upgrade is never held up.
 * @param {string} name
 * @returns {Promise<IDBDatabase | null>}
 */
function openApp(name) {
  let missing = false;
  return openDatabase(name, undefined, (_, transaction) => {
    missing = true;
    // Leaves no empty database behind, in which the app would then look for its stores in vain.
    transaction.abort();
  }).then(
    (database) => {
      database.onversionchange = () => database.close();
      return database;
    },
    (error) => {
      if (missing) return null;
      throw error;
    },
  );
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
  entries.createIndex("id", ["tag", "id"], { unique: true });
  database.createObjectStore("batches", { keyPath: ["tag", "lane"] });
  database.createObjectStore("ledger", { keyPath: ["tag", "key"] });
  const dead = database.createObjectStore("dead", { keyPath: "n", autoIncrement: true });
  dead.createIndex("tag", ["tag", "member"]);
  database.createObjectStore("events", { keyPath: "n", autoIncrement: true });
  database.createObjectStore("meta", { keyPath: "key" });
}

/**
 * All keys that begin with the tag.
 * @param {string} tag
 */
function ofTag(tag) {
  return IDBKeyRange.bound([tag], [`${tag}\0`], false, true);
}

/**
 * Writes an event for the pages, in the transaction of what it tells.
 * @param {IDBObjectStore} events
 * @param {Omit<SyncEventRow, "v" | "n" | "at">} event
 */
async function note(events, event) {
  const n = Number(await result(events.add({ v: 1, at: Date.now(), ...event })));
  events.delete(IDBKeyRange.upperBound(n - EVENTS_KEPT));
}

/** @param {unknown} error */
function isConnectionLost(error) {
  return CONNECTION_LOST.includes(/** @type {Error} */ (error).name);
}

// A record's version is the digest of its content, so that an edit made while it was on its way is seen.

/**
 * SHA-256 of everything a structured clone keeps, in base64.
 * @param {unknown} value
 * @returns {Promise<string>}
 */
async function digest(value) {
  const parts = canonical(value);
  const bytes = parts.every((part) => typeof part === "string")
    ? new TextEncoder().encode(parts.join(""))
    : await new Blob(parts).arrayBuffer();
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

/**
 * The same text for the same content, whatever the order in which an object's fields were written.
 * Blobs and buffers stand as they are between the pieces of text.
 * @param {unknown} value
 * @returns {BlobPart[]}
 */
function canonical(value) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Map<object, number>} */
  const seen = new Map();
  write(value);
  return parts;

  /** @param {unknown} value */
  function write(value) {
    if (typeof value !== "object" || value === null) {
      parts.push(typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : `${typeof value} ${value}`);
      return;
    }
    const before = seen.get(value);
    if (before !== undefined) {
      parts.push(`#${before}`);
      return;
    }
    seen.set(value, seen.size);
    if (value instanceof Blob) {
      parts.push(`Blob ${value.size} ${JSON.stringify([value.type, /** @type {File} */ (value).name])}`, value);
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      parts.push(`${Object.prototype.toString.call(value)} ${value.byteLength} `, /** @type {BufferSource} */ (value));
    } else if (value instanceof Date) {
      parts.push(`Date ${value.getTime()}`);
    } else if (value instanceof Map || value instanceof Set) {
      list(value instanceof Map ? "Map" : "Set", [...value]);
    } else if (Array.isArray(value)) {
      list("", value);
    } else {
      const fields = /** @type {Record<string, unknown>} */ (value);
      const kind = Object.prototype.toString.call(value);
      // What a RegExp or a boxed value says is not among its fields; a plain object may hold a field named toString.
      parts.push(kind === "[object Object]" ? "{" : `${kind} ${value}{`);
      for (const name of Object.keys(fields).sort()) {
        parts.push(`${JSON.stringify(name)}:`);
        write(fields[name]);
        parts.push(",");
      }
      parts.push("}");
    }
  }

  /**
   * @param {string} kind
   * @param {unknown[]} items
   */
  function list(kind, items) {
    parts.push(`${kind}[`);
    for (const item of items) {
      write(item);
      parts.push(",");
    }
    parts.push("]");
  }
}

/**
 * Whether two records are the same now, told without waiting, as a transaction needs it.
 * @param {unknown} one
 * @param {unknown} other
 */
function same(one, other) {
  const [a, b] = [canonical(one), canonical(other)];
  return a.length === b.length && a.every((part, i) => part === b[i] || bytesOf(part) === bytesOf(b[i]));
}

/**
 * Comparable content of a piece. A blob cannot be read without waiting: its description, the piece before it, stands for it.
 * @param {BlobPart} part
 */
function bytesOf(part) {
  if (typeof part === "string") return part;
  if (part instanceof Blob) return "";
  const bytes = ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part);
  return bytes.join();
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
 * @returns {SyncRequest}
 */
function freeze(tag, records, key) {
  const { endpoint } = tag;
  const kept = records.map((record) => without(record, tag.omit));
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/json", ...endpoint.headers };
  if (endpoint.idempotency) {
    headers[endpoint.idempotency.header] = endpoint.idempotency.format === "structured" ? `"${key}"` : key;
  }
  return {
    method: endpoint.method,
    url: new URL(fillUrl(endpoint.url, kept[0]), ROOT).href,
    headers,
    body: JSON.stringify(fill(tag.body, kept, key)),
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
 * @param {SyncRequest} request
 * @returns {Promise<SyncAnswer>}
 */
async function send({ endpoint }, request) {
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
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
      text: response.ok ? "" : text.slice(0, BODY_KEPT),
      json: response.ok && /\bjson\b/.test(contentType) && text.length <= RESPONSE_KEPT ? parsed(text) : undefined,
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

// 409 is here only when the server says when to come back: then it is still busy with the first copy.
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
    return { kind: "retry", failure, retryAfter: null, gate: false, offline: answer.offline };
  }
  const { status, text } = answer;
  const success = status >= 200 && status < 300;
  if (answer.redirected || (success && !fits(tag.endpoint.success.contentType, answer.contentType))) {
    const failure = failed("redirect", "unknown", "a page came back instead of the endpoint's answer", status);
    return { kind: "retry", failure, retryAfter: null, gate: false, offline: false };
  }
  if (success) return { kind: "ack", response: answer.json };
  if (SIGNED_OUT.includes(status)) return { kind: "park", failure: failed("auth", "rejected", `status ${status}`, status, text) };
  const conflict = status === 409 || status === 412;
  if (RETRYABLE.includes(status) || (status === 409 && answer.retryAfter !== null)) {
    const failure = failed("status", "unknown", `status ${status}`, status, text);
    return { kind: "retry", failure, retryAfter: answer.retryAfter, gate: status === 429 || status === 503, offline: false };
  }
  const failure = failed(status === 413 ? "too_large" : conflict ? "conflict" : "status", "rejected", `status ${status}`, status, text);
  // A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
  return { kind: batch.members.length > 1 ? "split" : "dead", failure };
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
 * @param {number} random between 0 and 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, verdict, now, random) {
  if (verdict.kind === "split") {
    return { kind: "split", failure: verdict.failure, cap: Math.ceil(batch.members.length / 2) };
  }
  if (verdict.kind !== "retry") return verdict;
  const { failure, retryAfter, offline } = verdict;
  const { retry } = tag.endpoint;
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  if (failure.class === "redirect" && repeats >= REDIRECTS_TRIED) return { kind: "park", failure };
  if (retry.maxAttempts && batch.attempts >= retry.maxAttempts && !offline) return { kind: "dead", failure };
  const firm = retryAfter !== null;
  const wait = firm ? Math.min(retryAfter, retry.maxRetryAfter) : random * Math.min(retry.maxDelay, retry.base * retry.factor ** (batch.attempts - 1));
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
 * A hold as it is to be kept when the clock was set back since: the whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function anchored(hold, now) {
  return hold && hold.since > now + DRIFT ? { ...hold, since: now } : hold;
}

/**
 * Milliseconds until a tag may go on: its gate first, then its batch.
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} batch
 * @param {SyncWake} wake
 * @param {number} now
 */
function waitFor(meta, batch, wake, now) {
  const gate = standing(meta.gate, now);
  if (!batch?.hold) return gate;
  const passes = !batch.hold.firm && (wake.force || (wake.why === "online" && batch.failure?.class === "network"));
  return Math.max(gate, passes ? 0 : standing(batch.hold, now));
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
  if (!report.remaining || report.parked) return "resolve";
  if (report.unfinished) return windowOpen ? "register" : "reject";
  if (report.due !== null && report.due - now > NEAR) return windowOpen || lastChance ? "resolve" : "reject";
  return "reject";
}

// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;
/** Fewest records read from an app's store at a time. */
const STRETCH = 32;
/** One lane for now; part of every batch's key, so that there can be more. */
const LANE = "";
/** Key of a snapshot, which has no key of its own. */
const WHOLE = "";

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
      if (unparks(wake)) await unpark(tag);
      while (await step(run));
      return conclude(run);
    });
  } catch (error) {
    const failure = failed("storage", "unknown", String(error));
    // The storage may be what is broken; then the pages learn of it from the report alone.
    await transact("relaxed", ["events"], (store) => note(store("events"), { type: "storage_error", tag: tag.tag, ids: [], failure })).then(tell, tell);
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
    tried: false,
    sent: 0,
    dead: 0,
    left: false,
    due: null,
    after: undefined,
    passed: new Set(),
    found: false,
    unfinished: false,
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

/**
 * One step of a drain; answers whether another follows.
 * @param {SyncRun} run
 * @returns {Promise<boolean>}
 */
async function step(run) {
  const { tag } = run;
  const { meta, batch: open } = await recover(tag);
  if (open?.state === "acked") {
    await applySuccess(tag, open);
    await purge(open);
    return true;
  }
  if (meta.parked) return false;
  const now = Date.now();
  const wait = waitFor(meta, open, run.wake, now);
  if (wait > 0) {
    if (!run.tried && wait <= SHORT_WAIT) {
      await new Promise((resume) => setTimeout(resume, wait));
      return true;
    }
    run.left = true;
    run.due = now + wait;
    return false;
  }
  if (now > run.until) {
    run.left = run.unfinished = true;
    return false;
  }
  const batch = open ?? (await (tag.source ? sealRecords(run, tag.source, meta) : sealEntries(tag, meta)));
  if (!batch) return anotherPass(run);
  if (batch === "again" || !(await countAttempt(batch))) return true;
  run.tried = run.found = true;
  const answer = await send(tag, batch.request);
  return conclusion(run, batch, nextStep(tag, batch, classify(tag, batch, answer), Date.now(), Math.random()));
}

/**
 * Writes down what a step means; answers whether the drain goes on.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} next
 */
async function conclusion(run, batch, next) {
  const { tag } = run;
  switch (next.kind) {
    case "ack":
      if (await acknowledge(tag, batch, next.response)) run.sent += batch.count;
      return true;
    case "again":
      if (!(await reschedule(batch, next))) return true;
      run.left = true;
      run.due = next.hold.since + next.hold.wait;
      return false;
    case "split":
      await split(batch, next.failure, next.cap);
      return true;
    case "park":
      await park(batch, next.failure);
      return false;
    case "dead":
      if (await bury(tag, batch, next.failure)) run.dead += batch.count;
      return true;
  }
}

/**
 * Begins again at the start of an app's store while there was something to send: it may have changed meanwhile.
 * @param {SyncRun} run
 */
function anotherPass(run) {
  const again = run.tag.source !== null && run.tag.mode === "incremental" && run.found;
  run.after = undefined;
  run.passed.clear();
  run.found = false;
  return again;
}

/** @param {SyncTag} tag */
function recover(tag) {
  return transact("relaxed", ["meta", "batches"], async (store) => {
    const [meta, batch] = await Promise.all([metaOf(store("meta"), tag.tag), openBatch(store("batches"), tag.tag)]);
    const now = Date.now();
    const gate = anchored(meta.gate, now);
    if (gate !== meta.gate) store("meta").put(Object.assign(meta, { gate }));
    const hold = batch && anchored(batch.hold, now);
    if (batch && hold !== batch.hold) store("batches").put(Object.assign(batch, { hold }));
    return { meta, batch };
  });
}

/**
 * @param {IDBObjectStore} metas
 * @param {string} tag
 * @returns {Promise<SyncMeta>}
 */
async function metaOf(metas, tag) {
  const kept = await result(metas.get(`tag:${tag}`));
  return kept ?? { v: 1, key: `tag:${tag}`, epoch: 0, sent: 0, cap: null, parked: null, gate: null };
}

/**
 * @param {IDBObjectStore} batches
 * @param {string} tag
 * @returns {Promise<SyncBatch | undefined>}
 */
function openBatch(batches, tag) {
  return result(batches.get([tag, LANE]));
}

/**
 * Seals the oldest entries of the outbox: read and written in one transaction.
 * @param {SyncTag} tag
 * @param {SyncMeta} seen
 * @returns {Promise<SyncBatch | "again" | null>}
 */
function sealEntries(tag, seen) {
  return transact("strict", ["entries", "batches", "meta", "dead", "events"], async (store) => {
    /** @type {SyncEntry[]} */
    const entries = await result(store("entries").index("tag").getAll(ofTag(tag.tag), sizeOf(tag, seen)));
    const pieces = entries.map(({ seq, id, payload, queuedAt }) => ({ key: seq, id, digest: null, next: null, record: payload, queuedAt }));
    return seal(tag, seen, pieces, store);
  });
}

/**
 * Seals what has changed in the next stretch of the app's store.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {SyncMeta} seen
 * @returns {Promise<SyncBatch | "again" | null>}
 */
async function sealRecords(run, source, seen) {
  const { tag } = run;
  const pieces = tag.mode === "snapshot" ? await changedWhole(tag, source) : await changedRecords(run, source, sizeOf(tag, seen));
  if (!pieces) return null;
  if (!pieces.length) return "again";
  const batch = await transact("strict", ["batches", "meta", "dead", "events", "ledger"], (store) => seal(tag, seen, pieces, store));
  if (batch === "again") run.after = undefined;
  else if (batch) advance(run, batch.members);
  return batch;
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
 * The next records that differ from what was last acknowledged; empty when there are none in this stretch, null at the end.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 * @returns {Promise<Piece[] | null>}
 */
async function changedRecords(run, source, most) {
  const { tag } = run;
  const rows = await readStretch(run, source, Math.max(STRETCH, most * 2));
  if (!rows.length) return null;
  const known = await transact("read", ["ledger"], (store) =>
    Promise.all(rows.map(({ key }) => result(/** @type {IDBRequest<SyncLedgerRow | undefined>} */ (store("ledger").get([tag.tag, key]))))),
  );
  /** @type {Piece[]} */
  const pieces = [];
  for (const [i, { key, record }] of rows.entries()) {
    if (pieces.length === most) break;
    if (!matches(record, source.where)) continue;
    const piece = await pieceOf(tag, key, record);
    if (piece.digest !== known[i]?.digest) pieces.push(piece);
  }
  if (!pieces.length) advance(run, rows);
  return pieces;
}

/**
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 */
async function readStretch(run, source, most) {
  // Keys of an index say nothing about where a record stands, so an index is read whole.
  if (source.index) return (await readRows(source)).filter(({ key }) => !run.passed.has(nameOf(key)));
  return readRows(source, run.after === undefined ? undefined : IDBKeyRange.lowerBound(run.after, true), most);
}

/**
 * @param {SyncSource} source
 * @param {IDBKeyRange} [range]
 * @param {number} [most]
 * @returns {Promise<{ key: IDBValidKey, record: unknown }[]>}
 */
function readRows(source, range, most) {
  return withAppStore(source, "read", [], async (store) => {
    const from = source.index ? store.index(source.index) : store;
    const [keys, records] = await Promise.all([result(from.getAllKeys(range, most)), result(from.getAll(range, most))]);
    return keys.map((key, i) => ({ key, record: records[i] }));
  });
}

/**
 * The whole selection as one piece; null when it is what was last acknowledged.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @returns {Promise<Piece[] | null>}
 */
async function changedWhole(tag, source) {
  const rows = (await readRows(source)).filter(({ record }) => matches(record, source.where));
  const record = rows.map((row) => row.record);
  const now = await digest(await Promise.all(record.map(digest)));
  const known = await transact("read", ["ledger"], (store) => result(store("ledger").get([tag.tag, WHOLE])));
  if (known ? known.digest === now : !rows.length) return null;
  return [{ key: WHOLE, id: "*", digest: now, next: now, record, queuedAt: Date.now() }];
}

/**
 * @param {SyncTag} tag
 * @param {IDBValidKey} key
 * @param {unknown} record
 * @returns {Promise<Piece>}
 */
async function pieceOf({ onSuccess }, key, record) {
  const now = await digest(record);
  const next = typeof onSuccess === "object" ? await digest(changed(record, onSuccess.set)) : now;
  return { key, id: nameOf(key), digest: now, next, record, queuedAt: Date.now() };
}

/**
 * @param {unknown} record
 * @param {Record<string, unknown>} set
 */
function changed(record, set) {
  return { .../** @type {object} */ (record), ...set };
}

/**
 * @param {unknown} record
 * @param {Record<string, unknown> | null} where
 */
function matches(record, where) {
  return Object.entries(where ?? {}).every(([name, value]) => field(record, name) === value);
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/**
 * @typedef {SyncMember & { record: unknown, queuedAt: number }} Piece
 */

/**
 * Renders and stores a batch, unless another drain has been here since `seen` was read.
 * @param {SyncTag} tag
 * @param {SyncMeta} seen
 * @param {Piece[]} pieces
 * @param {(name: string) => IDBObjectStore} store
 * @returns {Promise<SyncBatch | "again" | null>}
 */
async function seal(tag, seen, pieces, store) {
  const [meta, open] = await Promise.all([metaOf(store("meta"), tag.tag), openBatch(store("batches"), tag.tag)]);
  // What was read may be stale by now: a rival may have delivered it and removed its batch.
  if (open || meta.epoch !== seen.epoch) return "again";
  if (!pieces.length) return null;
  const key = crypto.randomUUID();
  const taken = take(tag, pieces);
  const records = tag.mode === "snapshot" ? /** @type {unknown[]} */ (taken[0].record) : taken.map(({ record }) => record);
  /** @type {SyncRequest} */
  let request;
  try {
    request = freeze(tag, records, key);
  } catch (error) {
    // It cannot be rendered now and never will be.
    const failure = failed("payload", "rejected", String(error));
    const none = { key, attempts: 0, request: null };
    await layToRest(tag, none, taken.map((piece) => ({ ...piece, payload: piece.record })), failure, store);
    store("meta").put({ ...meta, epoch: meta.epoch + 1 });
    return "again";
  }
  /** @type {SyncBatch} */
  const batch = {
    v: 1,
    tag: tag.tag,
    lane: LANE,
    id: crypto.randomUUID(),
    key,
    state: "sealed",
    members: taken.map(({ key, id, digest, next }) => ({ key, id, digest, next })),
    count: records.length,
    request,
    sealedAt: Date.now(),
    attempts: 0,
    repeats: 0,
    failure: null,
    hold: null,
  };
  store("batches").put(batch);
  store("meta").put({ ...meta, epoch: meta.epoch + 1 });
  return batch;
}

/**
 * As many pieces, from the first on, as one body may hold.
 * @param {SyncTag} tag
 * @param {Piece[]} pieces
 */
function take(tag, pieces) {
  let bytes = 0;
  const end = pieces.findIndex(({ record }, i) => (bytes += sizeOfJson(record)) > tag.batch.maxBytes && i > 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}

/** @param {unknown} record */
function sizeOfJson(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
}

/**
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function sizeOf(tag, meta) {
  return Math.min(tag.batch.maxRecords, meta.cap?.records ?? Infinity);
}

/**
 * Counts an attempt before it is made: work that takes the worker down with it is bounded, too.
 * @param {SyncBatch} batch
 */
function countAttempt(batch) {
  return transact("relaxed", ["batches"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    batch.attempts = open.attempts + 1;
    store("batches").put({ ...open, attempts: batch.attempts });
    return true;
  });
}

/**
 * The batch as it is stored now, while it is still the one we know.
 * @param {IDBObjectStore} batches
 * @param {SyncBatch} batch
 */
async function fenced(batches, batch) {
  const open = await openBatch(batches, batch.tag);
  return open?.id === batch.id ? open : null;
}

/**
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {unknown} response
 */
async function acknowledge(tag, batch, response) {
  const acknowledged = await transact("strict", ["entries", "batches", "meta", "ledger", "dead", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    const meta = await metaOf(store("meta"), tag.tag);
    if (tag.source) {
      for (const { key, next } of open.members) {
        if (next !== null) store("ledger").put({ v: 1, tag: tag.tag, key, digest: next, dead: false });
        for (const n of await result(store("dead").index("tag").getAllKeys([tag.tag, key]))) store("dead").delete(n);
      }
    } else {
      for (const { key } of open.members) store("entries").delete(key);
    }
    // What is still to be done in the app's own database cannot be part of this transaction.
    const done = !tag.source || tag.onSuccess === "keep";
    if (done) store("batches").delete([batch.tag, batch.lane]);
    else store("batches").put({ ...open, state: "acked" });
    store("meta").put({ ...meta, epoch: meta.epoch + (done ? 1 : 0), sent: meta.sent + open.count, cap: grown(tag, meta.cap), gate: null });
    await note(store("events"), { type: "sent", tag: tag.tag, ids: idsOf(open), ...(response !== undefined && { response }) });
    return true;
  });
  if (acknowledged) tell();
  return acknowledged;
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
 * Deletes or marks the delivered records in the app's store, each only if it is still what was sent.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function applySuccess(tag, batch) {
  const { source, onSuccess } = tag;
  if (!source || onSuccess === "keep") return;
  const records = await withAppStore(source, "read", [], (store) => Promise.all(batch.members.map(({ key }) => result(store.get(key)))));
  const digests = await Promise.all(records.map(digest));
  await withAppStore(source, "strict", undefined, async (store) => {
    for (const [i, { key, digest }] of batch.members.entries()) {
      if (digests[i] !== digest || !same(await result(store.get(key)), records[i])) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put(changed(records[i], onSuccess.set), store.keyPath === null ? key : undefined);
    }
  });
}

/** @param {SyncBatch} batch */
function purge(batch) {
  return transact("strict", ["batches", "meta"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (!open) return;
    const meta = await metaOf(store("meta"), batch.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1 });
  });
}

/**
 * @param {SyncBatch} batch
 * @param {Extract<SyncStep, { kind: "again" }>} next
 */
async function reschedule(batch, { failure, hold, gate, attempts, repeats }) {
  const written = await transact("strict", ["batches", "meta", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    store("batches").put({ ...open, failure, hold, attempts, repeats });
    if (gate) store("meta").put({ ...(await metaOf(store("meta"), batch.tag)), gate: hold });
    await note(store("events"), { type: "retrying", tag: batch.tag, ids: idsOf(open), failure });
    return true;
  });
  if (written) tell();
  return written;
}

/**
 * Gives the members back; they are sealed anew, in smaller batches with keys of their own.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 * @param {number} records
 */
function split(batch, failure, records) {
  return transact("strict", ["batches", "meta"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return;
    const meta = await metaOf(store("meta"), batch.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1, cap: { records, firm: failure.class === "too_large" } });
  });
}

/**
 * Stops the tag until someone has signed in, or asks for it.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 */
async function park(batch, failure) {
  await transact("strict", ["batches", "meta", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return;
    store("batches").put({ ...open, failure, hold: null });
    store("meta").put({ ...(await metaOf(store("meta"), batch.tag)), parked: failure });
    await note(store("events"), { type: "parked", tag: batch.tag, ids: idsOf(open), failure });
  });
  tell();
}

/** @param {SyncTag} tag */
function unpark(tag) {
  return transact("relaxed", ["meta"], async (store) => {
    const meta = await metaOf(store("meta"), tag.tag);
    if (meta.parked) store("meta").put({ ...meta, parked: null });
  });
}

/**
 * Takes work that was refused out of the way, into the dead letters.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 */
async function bury(tag, batch, failure) {
  const buried = await transact("strict", ["entries", "batches", "meta", "ledger", "dead", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    const bodies = await Promise.all(
      open.members.map(async (member) => {
        const entry = tag.source ? undefined : await result(store("entries").get(member.key));
        return { ...member, payload: entry?.payload ?? null, queuedAt: entry?.queuedAt ?? open.sealedAt };
      }),
    );
    await layToRest(tag, open, bodies, failure, store);
    const meta = await metaOf(store("meta"), tag.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1, cap: grown(tag, meta.cap) });
    return true;
  });
  if (buried) tell();
  return buried;
}

/**
 * @param {SyncTag} tag
 * @param {Pick<SyncBatch, "key" | "attempts"> & { request: SyncRequest | null }} batch
 * @param {(SyncMember & { payload: unknown, queuedAt: number })[]} bodies
 * @param {SyncFailure} failure
 * @param {(name: string) => IDBObjectStore} store
 */
async function layToRest(tag, { key, attempts, request }, bodies, failure, store) {
  for (const { key: member, id, digest, payload, queuedAt } of bodies) {
    const row = { v: 1, tag: tag.tag, member, id, digest, payload, queuedAt, diedAt: Date.now(), attempts, key, request, failure };
    store("dead").add(row);
    // An app's record stays where it is; it is due again when its content changes.
    if (tag.source) store("ledger").put({ v: 1, tag: tag.tag, key: member, digest, dead: true });
    else store("entries").delete(member);
  }
  await note(store("events"), { type: "dead", tag: tag.tag, ids: bodies.map(({ id }) => id), failure });
}

/** @param {{ members: SyncMember[] }} batch */
function idsOf({ members }) {
  return members.map(({ id }) => id);
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 * @returns {Promise<SyncReport>}
 */
async function conclude(run) {
  const { tag } = run;
  const report = await transact("relaxed", ["entries", "batches", "meta", "dead", "events"], async (store) => {
    const [meta, batch, dead, entries] = await Promise.all([
      metaOf(store("meta"), tag.tag),
      openBatch(store("batches"), tag.tag),
      result(store("dead").index("tag").count(ofTag(tag.tag))),
      tag.source ? 0 : result(store("entries").index("tag").count(ofTag(tag.tag))),
    ]);
    const remaining = entries || batch?.count || Number(run.left);
    const drained = remaining ? 0 : meta.sent;
    if (drained) {
      store("meta").put({ ...meta, sent: 0, cap: null });
      await note(store("events"), { type: "drained", tag: tag.tag, ids: [] });
    }
    return { ...reportOf(run), remaining, parked: meta.parked !== null, drained, deadTotal: dead };
  });
  if (report.drained) tell();
  return report;
}

/**
 * @param {SyncRun} run
 * @returns {SyncReport}
 */
function reportOf({ tag, sent, dead, due, unfinished }) {
  return { tag: tag.tag, sent, dead, due, unfinished, remaining: 0, parked: false, drained: 0, deadTotal: 0, error: null };
}

/** Tells every page that there are events to read; the events themselves are in the outbox. */
function tell() {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(OUTBOX);
  channel.postMessage(null);
  channel.close();
}

// What waits under a tag, for people to see.

/**
 * @param {SyncTag} tag
 * @returns {Promise<SyncTagState>}
 */
async function stateOf(tag) {
  const { meta, batch, dead, entries, oldest } = await transact("read", ["meta", "batches", "dead", "entries"], async (store) => {
    const index = store("entries").index("tag");
    const [meta, batch, dead, entries, [oldest]] = await Promise.all([
      metaOf(store("meta"), tag.tag),
      openBatch(store("batches"), tag.tag),
      result(store("dead").index("tag").count(ofTag(tag.tag))),
      result(index.count(ofTag(tag.tag))),
      result(index.getAll(ofTag(tag.tag), 1)),
    ]);
    return { meta, batch, dead, entries, oldest };
  });
  const sealed = batch?.state === "sealed" ? batch : undefined;
  const inFlight = sealed && !meta.parked ? sealed.members.length : 0;
  const waiting = tag.source ? (await countChanged(tag, tag.source, sealed)) + (sealed?.members.length ?? 0) : entries;
  const now = Date.now();
  const wait = Math.max(standing(meta.gate, now), standing(sealed?.hold ?? null, now));
  return {
    tag: tag.tag,
    pending: meta.parked ? 0 : waiting - inFlight,
    inFlight,
    parked: meta.parked ? waiting : 0,
    dead,
    oldest: oldest?.queuedAt ?? sealed?.sealedAt ?? null,
    nextAttempt: wait ? now + wait : null,
    lastError: meta.parked ?? sealed?.failure ?? null,
    wakeups: typeof ServiceWorkerRegistration === "function" && "sync" in ServiceWorkerRegistration.prototype ? ["sync", "page"] : ["page"],
  };
}

/**
 * Records of the app's store that are to be sent and not in a batch yet.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @param {SyncBatch | undefined} sealed
 */
async function countChanged(tag, source, sealed) {
  if (tag.mode === "snapshot") return (await changedWhole(tag, source)) && !sealed ? 1 : 0;
  const inBatch = new Set(sealed?.members.map(({ id }) => id));
  const run = newRun(tag, { why: "flush", force: false });
  let count = 0;
  for (let pieces; (pieces = await changedRecords(run, source, COUNTED)); ) {
    if (pieces.length) advance(run, pieces);
    count += pieces.filter(({ id }) => !inBatch.has(id)).length;
  }
  return count;
}

/** Records looked at in one go while counting. */
const COUNTED = 256;

// The words of a notification.

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 * @returns {{ title: string, options: NotificationOptions }}
 */
function noticeOf(notice, report) {
  /** @param {string} text */
  const say = (text) =>
    text.replace(/\{(count|failed|tag)\}/g, (_, name) => String({ count: report.drained, failed: report.deadTotal, tag: report.tag }[/** @type {"count"} */ (name)]));
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
    if (tag.clientMessage !== null && !report.deadTotal) await tellPages(tag.clientMessage);
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
    const path = filePathOf(request);
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
    const place = locate(path, version ? await groupsOf(listName(version)) : CONFIG.assets);
    return place ? answerFrom(place, request.url) : fetch(request);
  }
}
