/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "markdown-notes",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
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
  ]
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/**
 * What was said last, for those who listen later.
 *
 * @type {Map<keyof Said, any>}
 */
const said = new Map();

navigator.serviceWorker?.addEventListener("message", passOn);

/**
 * Says something to the page: an event of the window.
 *
 * @template {keyof Said} Type
 * @param {Type} type
 * @param {Said[Type]} detail
 */
function say(type, detail) {
  said.set(type, detail);
  dispatchEvent(new CustomEvent(`mdpwa:${type}`, { detail }));
}

/**
 * @template {keyof Said} Type
 * @param {Type} type
 * @param {(detail: Said[Type]) => unknown} hear also of what was said last
 * @returns {() => void} ends it
 */
function on(type, hear) {
  const listener = (/** @type {Event} */ event) => hear(/** @type {CustomEvent<Said[Type]>} */ (event).detail);
  addEventListener(`mdpwa:${type}`, listener);
  if (said.has(type)) queueMicrotask(() => hear(said.get(type)));
  return () => removeEventListener(`mdpwa:${type}`, listener);
}

/** @param {MessageEvent} event of the worker; one that comes with a port wants an answer, and is not news */
function passOn({ data, ports }) {
  if (typeof data?.type === "string" && data.type.startsWith("mdpwa:") && !ports.length) say(data.type.slice(6), data);
}

/**
 * @param {ServiceWorker | null} worker
 * @param {object} question
 * @returns {Promise<any>} its answer
 */
function ask(worker, question) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker?.postMessage(question, [port2]);
  });
}

/** @type {Promise<Registered> | undefined} */
let registered;

/**
 * Registers the service worker once the page has loaded, so that its downloads never compete with the page's own.
 *
 * @param {{ immediate?: boolean }} [options] immediate: without waiting for the page to load
 * @returns {Promise<Registered>} what this browser offers; never rejects
 */
export function register({ immediate = false } = {}) {
  registered ??= registerWorker(immediate);
  return registered;
}

/**
 * @param {boolean} immediate
 * @returns {Promise<Registered>}
 */
async function registerWorker(immediate) {
  const offers = { serviceWorker: false, backgroundSync: false };
  if (!immediate && document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    const registration = await navigator.serviceWorker.register(trusted(new URL(CONFIG.worker, ROOT).href), { updateViaCache: "none" });
    offers.serviceWorker = true;
    offers.backgroundSync = "sync" in registration;
    say("registered", registration);
  } catch (error) {
    // An old browser, a private window, a blocked origin: the page works as it would without a worker.
    say("register-error", error);
  }
  return offers;
}

/**
 * The worker's address, as pages take it that trust no text.
 *
 * @param {string} url
 */
function trusted(url) {
  try {
    // The policy knows this address only.
    return trustedTypes.createPolicy("mdpwa", { createScriptURL: () => url }).createScriptURL("");
  } catch {
    // A browser without Trusted Types, or a page that allows no policy of this name.
    return url;
  }
}

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

// How work comes into the outbox.

/**
 * Stores an entry, unless its id is there already.
 * @param {SyncTag} tag
 * @param {Pick<SyncEntry, "id" | "payload" | "raw" | "frozen">} work
 * @returns {Promise<SyncReceipt>}
 */
function store(tag, work) {
  const { limits, coalesce } = tag;
  return transact("strict", async (stores) => {
    const { entries } = stores;
    const before = await result(entries.index("id").get([tag.tag, work.id]));
    if (before) return receiptOf(before, "pending");
    const meta = await metaOf(stores, tag.tag);
    const lane = `${(await principalOf(stores)).hash}/${laneOf(tag, work)}`;
    /** @type {Omit<SyncEntry, "seq">} */
    const entry = { v: 1, tag: tag.tag, lane, bytes: work.raw ? lengthOf(work.raw) : sizeOf(work.payload), queuedAt: Date.now(), ...work };
    if (coalesce) entry.coalesce = `${lane} ${JSON.stringify(field(work.payload, coalesce))}`;
    const replaced = coalesce ? await replace(stores, entry, meta) : 0;
    meta.bytes += entry.bytes;
    const count = await result(entries.index("tag").count(under([tag.tag])));
    if (count >= limits.maxEntries || meta.bytes > limits.maxBytes || entry.bytes > limits.maxBody) {
      throw problem("QueueFullError", `${tag.tag} holds as much as it may`);
    }
    const seq = Number(await result(entries.add(entry)));
    stores.meta.put(meta);
    await note(stores, "queued", tag.tag, [entry.id]);
    return receiptOf({ ...entry, seq }, replaced ? "coalesced" : "pending");
  });
}

/**
 * @param {SyncTag} tag
 * @param {Pick<SyncEntry, "id" | "payload">} work
 */
function laneOf({ order, lane }, { id, payload }) {
  if (order === "parallel") return id;
  return order === "lane" && lane ? JSON.stringify(field(payload, lane)) ?? "" : "";
}

/**
 * Removes the older entries that this one stands for, but for those on their way.
 * @param {SyncStores} stores
 * @param {Omit<SyncEntry, "seq">} entry
 * @param {SyncMeta} meta
 */
async function replace({ entries, batches }, { tag, coalesce }, meta) {
  const open = await result(batches.getAll(under([tag])));
  const sealed = new Set(open.flatMap(({ members }) => members.map((/** @type {SyncMember} */ { key }) => key)));
  /** @type {SyncEntry[]} */
  const older = await result(entries.index("coalesce").getAll([tag, /** @type {string} */ (coalesce)]));
  const stale = older.filter(({ seq }) => !sealed.has(seq));
  for (const { seq, bytes } of stale) {
    entries.delete(seq);
    meta.bytes -= bytes;
  }
  return stale.length;
}

/** @param {SyncBody} raw */
function lengthOf({ body }) {
  return typeof body === "string" ? sizeOf(body) : body.byteLength;
}

/**
 * @param {Pick<SyncEntry, "id" | "tag" | "seq">} entry
 * @param {SyncReceipt["state"]} state
 * @returns {SyncReceipt}
 */
function receiptOf({ id, tag, seq }, state) {
  return { id, tag, seq, state };
}

/**
 * @param {string} name
 * @param {string} message
 * @param {unknown} [cause]
 */
function problem(name, message, cause) {
  return Object.assign(new Error(message, { cause }), { name });
}

// Bodies that are not JSON. They are made when work is queued, since files have to be read then.

/**
 * The bytes of a payload, and what can be shown of it later.
 * @param {SyncTag} tag
 * @param {unknown} payload
 * @param {string} id
 * @returns {Promise<{ raw?: SyncBody, payload: unknown }>}
 */
async function encode(tag, payload, id) {
  if (tag.encoding === "json") return { payload };
  const filled = payload instanceof FormData ? payload : fill(tag.body, [payload], id);
  if (tag.encoding === "raw") return { raw: await bytesOf(/** @type {BodyInit} */ (filled)), payload: null };
  const form = filled instanceof FormData ? filled : formOf(/** @type {object} */ (filled));
  const fields = [...form];
  const raw = await bytesOf(tag.encoding === "form" ? new URLSearchParams(fields.map(([name, value]) => [name, String(value)])) : form);
  const shown = fields.map(([name, value]) => [name, value instanceof File ? { name: value.name, type: value.type, size: value.size } : value]);
  return { raw, payload: Object.fromEntries(shown) };
}

/** @param {object} fields */
function formOf(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      form.append(name, one instanceof Blob ? one : typeof one === "object" ? JSON.stringify(one) : String(one));
    }
  }
  return form;
}

/**
 * @param {BodyInit} source
 * @returns {Promise<SyncBody>}
 */
async function bytesOf(source) {
  const body = new Response(source);
  // With its boundary, where it has one: it is part of the bytes.
  return { type: body.headers.get("content-type") ?? "application/octet-stream", body: await body.arrayBuffer() };
}

// What waits under a tag, for people to see.

/**
 * @param {SyncTag} tag
 * @returns {Promise<SyncTagState>}
 */
async function stateOf(tag) {
  const { meta, prefix, open, dead, all, mine, oldest } = await transact("readonly", async (stores) => {
    const prefix = `${(await principalOf(stores)).hash}/`;
    const byTag = stores.entries.index("tag");
    const [meta, open, dead, all, mine, [oldest]] = await Promise.all([
      metaOf(stores, tag.tag),
      result(stores.batches.getAll(under([tag.tag]))),
      result(stores.dead.index("tag").count(under([tag.tag]))),
      result(byTag.count(under([tag.tag]))),
      result(stores.entries.index("lane").count(lanesOf(tag.tag, prefix))),
      result(byTag.getAll(under([tag.tag]), 1)),
    ]);
    return { meta, prefix, open, dead, all, mine, oldest };
  });
  /** @type {SyncBatch[]} */
  const sealed = open.filter((batch) => batch.state === "sealed" && batch.lane.startsWith(prefix));
  const inBatches = sealed.reduce((sum, { members }) => sum + members.length, 0);
  const waiting = tag.source ? inBatches + (await countChanged(tag, tag.source, sealed)) : mine;
  const now = Date.now();
  const waits = sealed.map(({ hold }) => Math.max(standing(meta.gate, now), standing(hold, now)));
  return {
    tag: tag.tag,
    pending: meta.parked ? 0 : waiting - inBatches,
    inFlight: meta.parked ? 0 : inBatches,
    parked: meta.parked ? waiting : 0,
    dead,
    foreign: all - mine,
    orphaned: 0,
    bytes: meta.bytes,
    oldest: oldest?.queuedAt ?? sealed[0]?.queuedAt ?? null,
    nextAttempt: waits.some(Boolean) ? now + Math.min(...waits) : null,
    lastError: meta.parked ?? sealed.find(({ failure }) => failure)?.failure ?? null,
    wakeups: typeof ServiceWorkerRegistration === "function" && "sync" in ServiceWorkerRegistration.prototype ? ["sync", "page"] : ["page"],
  };
}

/**
 * What waits for tags that pwa.toml has no more.
 * @returns {Promise<SyncTagState[]>}
 */
async function orphans() {
  const known = CONFIG.sync.map(({ tag }) => tag);
  /** @type {SyncEntry[]} */
  const entries = await transact("readonly", async (stores) => {
    const counts = await Promise.all(known.map((tag) => result(stores.entries.index("tag").count(under([tag])))));
    const others = (await result(stores.entries.count())) - counts.reduce((sum, count) => sum + count, 0);
    return others ? result(stores.entries.getAll()) : [];
  });
  /** @type {Map<string, SyncTagState>} */
  const states = new Map();
  for (const { tag, bytes, queuedAt } of entries) {
    if (known.includes(tag)) continue;
    const state = states.get(tag) ?? { tag, pending: 0, inFlight: 0, parked: 0, dead: 0, foreign: 0, orphaned: 0, bytes: 0, oldest: queuedAt, nextAttempt: null, lastError: null, wakeups: [] };
    state.orphaned += 1;
    state.bytes += bytes;
    states.set(tag, state);
  }
  return [...states.values()];
}

/**
 * Records of the app's store that are to be sent and not in a batch yet.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @param {SyncBatch[]} sealed
 */
async function countChanged(tag, source, sealed) {
  if (tag.mode === "snapshot") return (await changedWhole(tag, source)) && !sealed.length ? 1 : 0;
  const inBatch = new Set(sealed.flatMap(({ members }) => members.map(({ id }) => id)));
  const run = newRun(tag, { why: "visible", force: false });
  let count = 0;
  for (let pieces; (pieces = await changedRecords(run, source, 256)); ) {
    if (pieces.length) advance(run, pieces);
    count += pieces.filter(({ id }) => !inBatch.has(id)).length;
  }
  return count;
}

// The page's side of the outbox: it stores what is handed over, and wakes whoever can deliver it.

/** A worker that does not say within this time that it has begun is broken, or not ours. */
const TAKEN_WITHIN = 5_000;
/** A worker that was stopped midway never says it has ended. */
const DONE_WITHIN = 300_000;
/** When a drain failed for a reason that time alone may mend, and for a network that came back without a word. */
const AFTER_ERROR = 60_000;
/** Longer timers overflow. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** @typedef {{ hear: (event: SyncEventDetail) => void, after: Promise<number> }} Subscriber */

/** @type {Set<Subscriber>} */
const subscribers = new Set();
/** @type {BroadcastChannel | undefined} */
let channel;
/** @type {Map<string, number>} */
const dueTimes = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

addEventListener("online", () => wakeAll("online"));
// Comes with the first load, too, and when a page returns from the back-forward cache.
addEventListener("pageshow", () => wakeAll(navigator.serviceWorker?.controller ? "visible" : "load"));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") wakeAll("visible");
});
if (document.readyState === "complete") wakeAll("load");

/**
 * Stores a payload for a tag; resolves once it is safe on this device, before any network is asked.
 *
 * @param {string} tag
 * @param {unknown} payload anything a structured clone keeps
 * @param {{ id?: string }} [options] the same id twice is the same entry
 * @returns {Promise<SyncReceipt>}
 */
export async function enqueue(tag, payload, { id = crypto.randomUUID() } = {}) {
  const known = tagNamed(tag);
  if (known.source) throw problem("UnknownTagError", `${tag} sends what is in a store of yours: save it there and call requestSync`);
  let work;
  try {
    work = await encode(known, payload, id);
    freeze(known, [work.payload], id, work.raw);
  } catch (error) {
    throw problem("PayloadError", `the payload cannot become a request of ${tag}`, error);
  }
  const receipt = await store(known, { id, ...work }).catch((error) => {
    if (error.name === "QueueFullError") throw error;
    throw error.name === "DataCloneError"
      ? problem("PayloadError", "the payload cannot be stored", error)
      : problem("StorageError", "nothing could be stored on this device", error);
  });
  tell();
  registerTag(tag);
  wake([known], "queued", false);
  return receipt;
}

/**
 * Says that a store of the page's own has changed.
 *
 * @param {string} tag
 */
export async function requestSync(tag) {
  const known = tagNamed(tag);
  await registerTag(tag);
  wake([known], "queued", false);
}

/**
 * Delivers now what can be delivered now.
 *
 * @param {string} [tag] all tags without one
 * @param {{ force?: boolean }} [options] force: do not wait after failures, unless the server asked for it
 */
export async function flush(tag, { force = false } = {}) {
  const reports = await wake(tag === undefined ? CONFIG.sync : [tagNamed(tag)], "flush", force);
  /** @param {(report: SyncReport) => number} count */
  const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
  return { sent: sum(({ sent }) => sent), remaining: sum(({ remaining }) => remaining), dead: sum((report) => report.dead) };
}

/** What waits, and for what, tag by tag. */
export async function getState() {
  return [...(await Promise.all(CONFIG.sync.map(stateOf))), ...(await orphans())];
}

/**
 * Hears of everything that happens to queued work, in any tab and in the worker.
 *
 * @param {(event: SyncEventDetail) => void} hear
 * @param {{ since?: number | "unseen" }} [options] from which event on; from now on without it
 * @returns {() => void} ends it
 */
export function subscribe(hear, { since } = {}) {
  /** @type {Subscriber} */
  const subscriber = { hear, after: typeof since === "number" ? Promise.resolve(since) : since === "unseen" ? lastSeen() : newestEvent() };
  subscribers.add(subscriber);
  if (!channel && typeof BroadcastChannel === "function") {
    channel = new BroadcastChannel(OUTBOX);
    channel.onmessage = tellSubscribers;
  }
  tellSubscribers();
  return () => void subscribers.delete(subscriber);
}

/** Asks for notifications, if that is still undecided. Browsers want a click to have led here. */
export async function requestPermission() {
  if (typeof Notification !== "function") return "denied";
  return Notification.permission === "default" ? Notification.requestPermission() : Notification.permission;
}

/** @param {SyncWake["why"]} why */
function wakeAll(why) {
  return wake(CONFIG.sync, why, false);
}

/**
 * Has the worker drain; where there is none, the page does it itself. Never rejects.
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[]>}
 */
async function wake(tags, why, force) {
  const worker = (await registration())?.active;
  const reports = (worker && (await askWorker(worker, tags, why, force))) || (await Promise.all(tags.map((tag) => deliver(tag, { why, force }))));
  for (const report of reports) remind(report);
  tellSubscribers();
  return reports;
}

/**
 * @param {ServiceWorker} worker
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[] | null>} null when the worker does not do it
 */
function askWorker(worker, tags, why, force) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let patience = setTimeout(resolve, TAKEN_WITHIN, null);
    port1.onmessage = ({ data }) => {
      clearTimeout(patience);
      if (data === "taken") {
        patience = setTimeout(resolve, DONE_WITHIN, null);
      } else {
        port1.close();
        resolve(data);
      }
    };
    worker.postMessage({ type: "mdpwa:drain", tags: tags.map(({ tag }) => tag), why, force }, [port2]);
  });
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 */
async function deliver(tag, wake) {
  const report = await drain(tag, wake);
  if (report.drained) {
    if (tag.clientMessage !== null && !report.dead) {
      // What the worker would have posted, to the ears that wait for it.
      navigator.serviceWorker?.dispatchEvent(new MessageEvent("message", { data: tag.clientMessage }));
    }
    if (tag.notification) notify(tag.notification, report);
  }
  return report;
}

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 */
function notify(notice, report) {
  if (typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notice.when === "hidden" && document.visibilityState === "visible") return;
  const { title, options } = noticeOf(notice, report);
  try {
    new Notification(title, options);
  } catch {
    // Some browsers show notifications of workers only. The work is delivered all the same.
  }
}

/**
 * Sees to the next attempt while the page is open.
 * @param {SyncReport} report
 */
function remind({ tag, remaining, blocked, due, unfinished, error }) {
  const now = Date.now();
  const soon = unfinished ? now : due;
  const next = error === null && (soon !== null || blocked || !remaining) ? soon : now + AFTER_ERROR;
  if (next === null) dueTimes.delete(tag);
  else dueTimes.set(tag, next);
  clearTimeout(timer);
  const soonest = Math.min(...dueTimes.values());
  if (soonest < Infinity) timer = setTimeout(onTimer, Math.min(Math.max(0, soonest - now), LONGEST_TIMER));
}

function onTimer() {
  // A hidden page leaves it to the worker, or to the moment it is seen again.
  if (document.visibilityState === "visible") wake(CONFIG.sync.filter(({ tag }) => dueTimes.has(tag)), "timer", false);
}

/**
 * Leaves a wake-up with the browser, where it takes one; never rejects.
 * @param {string} tag
 */
async function registerTag(tag) {
  try {
    await (await registration())?.sync?.register(tag);
  } catch {
    // Switched off, or no worker is active yet: the page's own wake-ups remain.
  }
}

async function registration() {
  try {
    return await navigator.serviceWorker?.getRegistration(ROOT.href);
  } catch {
    // Storage is blocked for this site: there is no worker.
    return undefined;
  }
}

function tellSubscribers() {
  for (const subscriber of subscribers) {
    // One failed read must not end a subscription: what was missed is told with the next event.
    subscriber.after = subscriber.after.then((after) => tellFrom(after, subscriber).catch(() => after));
  }
}

/**
 * @param {number} after
 * @param {Subscriber} subscriber
 */
async function tellFrom(after, subscriber) {
  /** @type {SyncEventRow[]} */
  const rows = await transact("readonly", ({ events }) => result(events.getAll(IDBKeyRange.lowerBound(after, true))));
  /** @type {Map<string, SyncTagState>} */
  const states = new Map();
  for (const { n, type, tag, ids, response, failure } of rows) {
    const known = CONFIG.sync.find((other) => other.tag === tag);
    if (!known || !subscribers.has(subscriber)) continue;
    const state = states.get(tag) ?? (await stateOf(known));
    states.set(tag, state);
    try {
      subscriber.hear({ n, type, tag, ids, state, ...(response !== undefined && { response }), ...(failure && { failure }) });
    } catch (error) {
      reportError(error);
    }
    after = n;
  }
  if (rows.length) await markSeen(after);
  return after;
}

/** @param {number} n */
function markSeen(n) {
  return transact("relaxed", async ({ meta }) => {
    const seen = await result(meta.get("seen"));
    if (!(seen?.n >= n)) meta.put({ v: 1, key: "seen", n });
  });
}

/** @returns {Promise<number>} */
function lastSeen() {
  return transact("readonly", async ({ meta }) => (await result(meta.get("seen")))?.n ?? 0);
}

/** @returns {Promise<number>} */
function newestEvent() {
  return transact("readonly", async ({ events }) => Number((await result(events.openKeyCursor(null, "prev")))?.key ?? 0));
}

/**
 * @param {string} name
 * @returns {SyncTag}
 */
function tagNamed(name) {
  const tag = CONFIG.sync.find((known) => known.tag === name);
  if (!tag) throw problem("UnknownTagError", `pwa.toml has no [[sync]] with the tag ${name}`);
  return tag;
}

// What waits and what was refused, one by one, for people to look at and decide about.

/**
 * The work of a tag, oldest first.
 *
 * @param {string} name
 * @param {{ state?: SyncEntryView["state"], after?: string, limit?: number }} [options]
 * @returns {Promise<SyncEntryView[]>}
 */
export async function list(name, { state, after, limit = 100 } = {}) {
  const tag = tagNamed(name);
  const { meta, sealed, entries, dead } = await transact("readonly", async (stores) => {
    const [meta, open, entries, dead] = await Promise.all([
      metaOf(stores, name),
      result(stores.batches.getAll(under([name]))),
      result(stores.entries.index("tag").getAll(under([name]))),
      result(stores.dead.index("tag").getAll(under([name]))),
    ]);
    return { meta, sealed: open.filter((batch) => batch.state === "sealed"), entries, dead };
  });
  /** @type {Map<string, SyncBatch>} */
  const batchOf = new Map(sealed.flatMap((/** @type {SyncBatch} */ batch) => batch.members.map(({ id }) => [id, batch])));
  const waiting = tag.source ? await changedPieces(tag, tag.source) : entries;
  /** @type {SyncEntryView[]} */
  const views = [...waiting, ...dead]
    .sort((a, b) => a.queuedAt - b.queuedAt || (a.seq ?? a.member) - (b.seq ?? b.member))
    .map((row) => (row.failure ? deadView(row) : viewOf(row, meta, batchOf.get(row.id))));
  const start = after === undefined ? 0 : views.findIndex(({ id }) => id === after) + 1;
  return views.slice(start).filter((view) => !state || view.state === state).slice(0, limit);
}

/**
 * @param {SyncEntry} entry
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} batch
 * @returns {SyncEntryView}
 */
function viewOf({ id, queuedAt, payload }, { key, parked }, batch) {
  const failure = parked ?? batch?.failure;
  const state = parked ? "parked" : batch ? "in_flight" : "pending";
  return { id, tag: key.slice("tag:".length), state, attempts: batch?.attempts ?? 0, queuedAt, payload, ...(failure && { failure }) };
}

/**
 * @param {SyncDeadRow} letter
 * @returns {SyncEntryView}
 */
function deadView({ id, tag, attempts, queuedAt, entry, failure }) {
  return { id, tag, state: "dead", attempts, queuedAt, payload: entry?.payload, failure };
}

/**
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @returns {Promise<Pick<SyncEntry, "id" | "queuedAt" | "payload">[]>}
 */
async function changedPieces(tag, source) {
  const run = newRun(tag, { why: "visible", force: false });
  const found = [];
  if (tag.mode === "snapshot") found.push(...((await changedWhole(tag, source)) ?? []));
  else {
    for (let pieces; (pieces = await changedRecords(run, source, 256)); ) {
      if (pieces.length) advance(run, pieces);
      found.push(...pieces);
    }
  }
  return found.map(({ id, queuedAt, record }) => ({ id, queuedAt, payload: record }));
}

/**
 * Sends refused work again, or lets parked work go on; answers how many.
 * It keeps its key where the server may have acted on it, and gets a new one where it was refused.
 *
 * @param {string} name
 * @param {string[] | "dead" | "parked"} which
 */
export async function retry(name, which) {
  const tag = tagNamed(name);
  const count = which === "parked" ? (await stateOf(tag)).parked : await takeDead(name, which, (stores, letter, meta, stuck) => revive(stores, tag, letter, meta, stuck));
  wake([tag], "flush", false);
  return count;
}

/**
 * Gives work up for good; answers how many. What is on its way stays, and so do the records of an app's own store.
 *
 * @param {string} name
 * @param {string[] | "dead" | "all"} which
 */
export async function discard(name, which) {
  const dead = await takeDead(tagNamed(name).tag, which, () => undefined);
  if (which === "dead") return dead;
  const waiting = await transact("strict", async (stores) => {
    const meta = await metaOf(stores, name);
    const open = await result(stores.batches.getAll(under([name])));
    const onTheWay = new Set(open.flatMap((/** @type {SyncBatch} */ { members }) => members.map(({ id }) => id)));
    const entries = (await result(stores.entries.index("tag").getAll(under([name])))).filter(({ id }) => isOf(which, id) && !onTheWay.has(id));
    for (const { seq, bytes } of entries) {
      stores.entries.delete(seq);
      meta.bytes -= bytes;
    }
    stores.meta.put(meta);
    return entries.length;
  });
  tell();
  return dead + waiting;
}

/**
 * Takes letters out of the dead ones, each with what blocked its lane.
 * @param {string} name
 * @param {string[] | "dead" | "all"} which
 * @param {(stores: SyncStores, letter: SyncDeadRow, meta: SyncMeta, stuck: SyncBatch | undefined) => void} then
 */
async function takeDead(name, which, then) {
  const count = await transact("strict", async (stores) => {
    const meta = await metaOf(stores, name);
    /** @type {SyncDeadRow[]} */
    const letters = (await result(stores.dead.index("tag").getAll(under([name])))).filter(({ id }) => isOf(which, id));
    for (const letter of letters) {
      const open = await result(stores.batches.get([name, letter.lane]));
      const stuck = open?.state === "stuck" && open.key === letter.key ? open : undefined;
      if (stuck) close(stores, stuck, meta);
      stores.dead.delete(letter.n);
      then(stores, letter, meta, stuck);
    }
    stores.meta.put(meta);
    return letters.length;
  });
  tell();
  return count;
}

/**
 * @param {string[] | string} which
 * @param {string} id
 */
function isOf(which, id) {
  return typeof which === "string" || which.includes(id);
}

/**
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncDeadRow} letter
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} stuck
 */
function revive({ batches, entries, ledger }, tag, { member, entry, failure, key, request }, meta, stuck) {
  const unknown = failure.outcome === "unknown";
  if (tag.source) ledger.delete([tag.tag, member]);
  if (entry) {
    meta.bytes += entry.bytes;
    entries.put(unknown && request && !stuck ? { ...entry, frozen: { key, request } } : entry);
  }
  // As it was, in its place, before all that waited for it.
  if (stuck && unknown) batches.put({ ...stuck, state: "sealed", attempts: 0, repeats: 0, hold: null });
}

// Who is signed in: work is sent only for the one who queued it.

/**
 * Says who is signed in from now on, or with null that nobody is.
 *
 * @param {string | null} id stored as a salted hash only
 * @param {{ context?: Record<string, string>, onPending?: SyncTag["logout"] }} [options]
 *   context: tokens for the headers of requests, kept until the next call;
 *   onPending: what becomes of the work of who was signed in before, in place of what pwa.toml says
 */
export async function setPrincipal(id, { context = {}, onPending } = {}) {
  const { salt } = await transact("readonly", principalOf);
  const kept = salt || crypto.randomUUID();
  const hash = id === null ? "" : await digest([kept, id]);
  await transact("strict", async (stores) => {
    const before = await principalOf(stores);
    if (before.hash !== hash) {
      for (const tag of CONFIG.sync) await leave(stores, tag, `${before.hash}/`, onPending ?? tag.logout);
    }
    stores.meta.put({ ...before, hash, salt: kept, context });
    for (const { tag } of CONFIG.sync) stores.meta.put({ ...(await metaOf(stores, tag)), parked: null });
  });
  tell();
  wakeAll("visible");
}

/**
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {string} prefix of the lanes of who leaves
 * @param {SyncTag["logout"]} policy
 */
async function leave(stores, { tag }, prefix, policy) {
  const { entries, batches, dead, events } = stores;
  if (policy === "keep") return;
  const [queued, open, letters] = await Promise.all([
    result(entries.index("tag").getAll(under([tag]))),
    result(batches.getAll(under([tag]))),
    result(dead.index("tag").getAll(under([tag]))),
  ]);
  /** @param {{ lane: string }} row */
  const ofThem = ({ lane }) => lane.startsWith(prefix);
  if (policy === "refuse") {
    if (queued.some(ofThem) || open.some(ofThem)) throw problem("PendingError", `work of ${tag} still waits`);
    return;
  }
  const row = await metaOf(stores, tag);
  for (const entry of queued.filter(ofThem)) {
    entries.delete(entry.seq);
    row.bytes -= entry.bytes;
  }
  for (const { lane } of open.filter(ofThem)) batches.delete([tag, lane]);
  for (const { n } of letters.filter(ofThem)) dead.delete(n);
  // Events tell what the server said.
  for (const event of await result(events.getAll())) if (event.tag === tag) events.delete(event.n);
  stores.meta.put({ ...row, epoch: row.epoch + 1 });
}

if (CONFIG.autoRegister) register();
