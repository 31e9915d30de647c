/*! Written by mdpwa from pwa.toml. */

/** @type {PageConfig} */
const CONFIG = Object.freeze({
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
  ]
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/** @type {Promise<Registered> | undefined} */
let registered;

/**
 * Registers the service worker once the page has loaded, so that its downloads never compete with the page's own.
 *
 * @returns {Promise<Registered>} what this browser offers; never rejects
 */
export function register() {
  registered ??= registerWorker();
  return registered;
}

/** @returns {Promise<Registered>} */
async function registerWorker() {
  if (!("serviceWorker" in navigator)) return { serviceWorker: false, backgroundSync: false };
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    const registration = await navigator.serviceWorker.register(new URL(CONFIG.worker, ROOT), { updateViaCache: "none" });
    return { serviceWorker: true, backgroundSync: "sync" in registration };
  } catch {
    // A private window, a blocked origin, a locked-down device: the page works as it would without a worker.
    return { serviceWorker: false, backgroundSync: false };
  }
}

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

// The page's side of the outbox: it stores what is handed over, and wakes whoever can deliver it.

/** A worker that does not say within this time that it has begun is broken, or not ours. */
const TAKEN_WITHIN = 5_000;
/** A worker that was stopped midway never says it has ended. */
const DONE_WITHIN = 300_000;
/** When a drain failed for a reason that time alone may mend. */
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
  try {
    freeze(known, [payload], id);
  } catch (error) {
    throw problem("PayloadError", `the payload cannot become a request of ${tag}`, error);
  }
  const receipt = await transact("strict", ["entries", "events"], async (store) => {
    const before = await result(store("entries").index("id").get([tag, id]));
    if (before) return receiptOf(before);
    const entry = { v: 1, id, tag, payload, queuedAt: Date.now() };
    const seq = Number(await result(store("entries").add(entry)));
    await note(store("events"), { type: "queued", tag, ids: [id] });
    return receiptOf({ ...entry, seq });
  }).catch((error) => {
    throw error.name === "DataCloneError"
      ? problem("PayloadError", "the payload cannot be stored", error)
      : problem("StorageError", "nothing could be stored on this device", error);
  });
  tell();
  registerTag(tag);
  wake([known], "queued", false);
  return receipt;
}

/** @param {{ id: string, tag: string, seq: number }} entry */
function receiptOf({ id, tag, seq }) {
  return /** @type {SyncReceipt} */ ({ id, tag, seq, state: "pending" });
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
  return { sent: sum(({ sent }) => sent), remaining: sum(({ remaining }) => remaining), dead: sum(({ deadTotal }) => deadTotal) };
}

/** What waits, and for what, tag by tag. */
export function getState() {
  return Promise.all(CONFIG.sync.map(stateOf));
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
    if (tag.clientMessage !== null && !report.deadTotal) {
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
function remind({ tag, due, unfinished, error }) {
  const now = Date.now();
  const next = error === null ? (unfinished ? now : due) : now + AFTER_ERROR;
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
  const rows = await transact("read", ["events"], (store) => result(store("events").getAll(IDBKeyRange.lowerBound(after, true))));
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
  return transact("relaxed", ["meta"], async (store) => {
    const seen = await result(store("meta").get("seen"));
    if (!(seen?.n >= n)) store("meta").put({ v: 1, key: "seen", n });
  });
}

/** @returns {Promise<number>} */
function lastSeen() {
  return transact("read", ["meta"], async (store) => (await result(store("meta").get("seen")))?.n ?? 0);
}

/** @returns {Promise<number>} */
function newestEvent() {
  return transact("read", ["events"], async (store) => Number((await result(store("events").openKeyCursor(null, "prev")))?.key ?? 0));
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

/**
 * @param {string} name
 * @param {string} message
 * @param {unknown} [cause]
 */
function problem(name, message, cause) {
  return Object.assign(new Error(message, { cause }), { name });
}

if (CONFIG.autoRegister) register();
