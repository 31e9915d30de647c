/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<OutboxConfig>) => OutboxConfig} */ (Object.freeze)({
  "id": "markdown-notes",
  "root": "./",
  "drain": "./register-drain.js",
  "sync": [
    {
      "body": {
        "markdowns": "$records"
      },
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "url": "/markdowns"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "mode": "incremental",
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
  ]
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

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

/** @param {unknown} record */
function sizeOf(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
}

// How work comes into the outbox.

/**
 * Stores an entry, unless its id is there already.
 * @param {SyncTag} tag
 * @param {Pick<SyncEntry, "id" | "payload" | "raw" | "frozen">} work
 * @param {unknown} [about] where its lane and what it stands for are looked up
 * @returns {Promise<SyncReceipt>}
 */
function store(tag, work, about = work.payload) {
  const { limits, coalesce } = tag;
  return transact("readwrite", async (stores) => {
    const { entries } = stores;
    const [before, meta, { hash }] = await Promise.all([result(entries.index("id").get([tag.tag, work.id])), metaOf(stores, tag.tag), principalOf(stores)]);
    if (before) return receiptOf(before, "pending");
    const lane = `${hash}/${laneOf(tag, work.id, about)}`;
    const thing = coalesce ? JSON.stringify(field(about, coalesce)) : undefined;
    /** @type {Omit<SyncEntry, "seq">} */
    const entry = { v: 1, tag: tag.tag, lane, bytes: work.raw ? lengthOf(work.raw) : sizeOf(work.payload), queuedAt: Date.now(), ...work };
    // What says nothing of that stands for nothing but itself.
    if (thing) entry.coalesce = `${lane} ${thing}`;
    const replaced = thing ? await replace(stores, entry, meta) : 0;
    tally(meta, entry, 1);
    if (meta.entries > limits.maxEntries || meta.bytes > limits.maxBytes || entry.bytes > limits.maxBody) {
      throw problem("QueueFullError", `${tag.tag} holds as much as it may`);
    }
    const seq = /** @type {number} */ (await result(entries.add(entry)));
    stores.meta.put(meta);
    await note(stores, "queued", tag.tag, [entry]);
    return receiptOf({ ...entry, seq }, replaced ? "coalesced" : "pending");
  });
}

/**
 * @param {SyncTag} tag
 * @param {string} id
 * @param {unknown} about
 */
function laneOf({ order, lane }, id, about) {
  if (order === "parallel") return id;
  return order === "lane" && lane ? JSON.stringify(field(about, lane)) ?? "" : "";
}

/**
 * Removes the older entries that this one stands for, but for those on their way.
 * @param {SyncStores} stores
 * @param {Omit<SyncEntry, "seq">} entry
 * @param {SyncMeta} meta
 */
async function replace({ entries, batches }, { tag, coalesce }, meta) {
  const open = await result(batches.getAll(under(tag)));
  const sealed = new Set(open.flatMap(({ members }) => members.map((/** @type {SyncMember} */ { key }) => key)));
  /** @type {SyncEntry[]} */
  const older = await result(entries.index("coalesce").getAll([tag, /** @type {string} */ (coalesce)]));
  const stale = older.filter(({ seq }) => !sealed.has(seq));
  for (const entry of stale) {
    entries.delete(entry.seq);
    tally(meta, entry, -1);
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

/**
 * Every payload becomes JSON when it is sent.
 * @param {SyncTag} _tag
 * @param {unknown} payload
 * @param {string} _id
 * @returns {Promise<{ raw?: SyncBody, payload: unknown }>}
 */
const encode = async (_tag, payload, _id) => ({ payload });

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

// What waits in stores of the app's own.

/**
 * Records of the app's store that are to be sent and not in a batch yet.
 * @param {SyncTag} tag
 * @param {SyncBatch[]} sealed
 */
async function countChanged(tag, sealed) {
  const changed = await changedPieces(tag);
  if (tag.mode === "snapshot") return sealed.length ? 0 : changed.length;
  const inBatch = new Set(sealed.flatMap(({ members }) => members.map(({ id }) => id)));
  return changed.filter(({ id }) => !inBatch.has(id)).length;
}

/**
 * All of the app's store that differs from what was last acknowledged.
 * @param {SyncTag} tag
 */
async function changedPieces(tag) {
  /** @type {SyncPass} */
  const pass = { tag, passed: new Set() };
  const found = [];
  for (let pieces; (pieces = await sources[tag.mode].read?.(pass, 256)); ) {
    found.push(...pieces);
    if (tag.mode === "snapshot") break;
    if (pieces.length) advance(pass, pieces);
  }
  return found;
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

// What waits under a tag, for people to see.

/**
 * @param {SyncTag} tag
 * @returns {Promise<SyncTagState>}
 */
async function stateOf(tag) {
  const { meta, prefix, open, dead, mine, oldest } = await transact("readonly", async (stores) => {
    const prefix = `${(await principalOf(stores)).hash}/`;
    const [meta, open, dead, mine, [oldest]] = await Promise.all([
      metaOf(stores, tag.tag),
      result(stores.batches.getAll(under(tag.tag))),
      result(stores.dead.index("tag").count(under(tag.tag))),
      result(stores.entries.index("lane").count(lanesOf(tag.tag, prefix))),
      result(stores.entries.index("tag").getAll(under(tag.tag), 1)),
    ]);
    return { meta, prefix, open, dead, mine, oldest };
  });
  /** @type {SyncBatch[]} */
  const sealed = open.filter((batch) => batch.state === "sealed" && batch.lane.startsWith(prefix));
  const inBatches = sealed.reduce((sum, { members }) => sum + members.length, 0);
  const waiting = tag.source ? inBatches + (await countChanged(tag, sealed)) : mine;
  const now = Date.now();
  const waits = sealed.map(({ hold }) => Math.max(standing(meta.gate, now), standing(hold, now)));
  return {
    tag: tag.tag,
    pending: meta.parked ? 0 : waiting - inBatches,
    inFlight: meta.parked ? 0 : inBatches,
    parked: meta.parked ? waiting : 0,
    dead,
    foreign: meta.entries - mine,
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
    const counts = await Promise.all(known.map((tag) => result(stores.entries.index("tag").count(under(tag)))));
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

// Modules that are loaded only when they are needed.

/** @type {Map<string, Promise<any>>} */
const modules = new Map();
let failures = 0;

/**
 * Loads a neighbour of this module, once.
 * @param {string} module relative to this one
 */
function loadModule(module) {
  const known = modules.get(module);
  if (known) return known;
  // Browsers remember under its whole address that an import failed, until the page goes (whatwg/html issue 6768).
  const loading = import(failures ? `${module}#${failures}` : module);
  modules.set(module, loading);
  loading.catch(() => {
    failures++;
    modules.delete(module);
  });
  return loading;
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

/** What the worker is told before it is asked to deliver; rooms put themselves in. */
const beforehand = /** @type {(() => { type: string })[]} */ ([]);

addEventListener("online", () => wakeAll("online"));
// Comes with the first load, too, and when a page returns from the back-forward cache.
addEventListener("pageshow", wakeOnSight);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") wakeAll("visible");
});
if (document.readyState === "complete") wakeOnSight();

// A worker in control has been woken by the navigation itself.
function wakeOnSight() {
  wakeAll(navigator.serviceWorker?.controller ? "visible" : "load");
}

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
  if (known.mode !== "outbox") throw problem("UnknownTagError", `${tag} sends what is in a store of yours: save it there and call requestSync`);
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
  return { sent: sum(({ sent }) => sent), remaining: sum(({ remaining = 0 }) => remaining), dead: sum((report) => report.dead) };
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
  const reports = (worker && (await askWorker(worker, tags, why, force))) || (await deliver(tags, why, force));
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
    for (const message of beforehand) worker.postMessage(message());
    worker.postMessage({ type: "mdpwa:drain", tags: tags.map(({ tag }) => tag), why, force }, [port2]);
  });
}

/**
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[]>}
 */
async function deliver(tags, why, force) {
  try {
    const { deliver } = await loadModule(CONFIG.drain);
    return await Promise.all(tags.map(({ tag }) => deliver(tag, { why, force })));
  } catch (error) {
    // The module is neither kept nor reachable, and so is the server then.
    return tags.map(({ tag }) => ({ tag, sent: 0, remaining: 1, dead: 0, drained: 0, due: null, error: String(error) }));
  }
}

// What delivers in a page is loaded only where no worker does, and there before the network goes.
if (!navigator.serviceWorker?.controller) loadModule(CONFIG.drain).catch(() => undefined);

/**
 * Sees to the next attempt while the page is open.
 * @param {SyncReport} report
 */
function remind({ tag, remaining, blocked, due, unfinished, error }) {
  const now = Date.now();
  const soon = unfinished ? now : due;
  const next = !error && (soon !== null || blocked || !remaining) ? soon : now + AFTER_ERROR;
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
  return transact("readwrite", async ({ meta }) => {
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
      result(stores.batches.getAll(under(name))),
      result(stores.entries.index("tag").getAll(under(name))),
      result(stores.dead.index("tag").getAll(under(name))),
    ]);
    return { meta, sealed: open.filter((batch) => batch.state === "sealed"), entries, dead };
  });
  /** @type {Map<string, SyncBatch>} */
  const batchOf = new Map(sealed.flatMap((/** @type {SyncBatch} */ batch) => batch.members.map(({ id }) => [id, batch])));
  const waiting = tag.source ? (await changedPieces(tag)).map(({ id, queuedAt, record }) => ({ id, queuedAt, payload: record })) : entries;
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
  const waiting = await transact("readwrite", async (stores) => {
    const meta = await metaOf(stores, name);
    const open = await result(stores.batches.getAll(under(name)));
    const onTheWay = new Set(open.flatMap((/** @type {SyncBatch} */ { members }) => members.map(({ id }) => id)));
    const entries = (await result(stores.entries.index("tag").getAll(under(name)))).filter(({ id }) => isOf(which, id) && !onTheWay.has(id));
    for (const entry of entries) {
      stores.entries.delete(entry.seq);
      tally(meta, entry, -1);
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
  const count = await transact("readwrite", async (stores) => {
    const meta = await metaOf(stores, name);
    /** @type {SyncDeadRow[]} */
    const letters = (await result(stores.dead.index("tag").getAll(under(name)))).filter(({ id }) => isOf(which, id));
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
    tally(meta, entry, 1);
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
 * @param {{ context?: Record<string, string>, onPending?: SyncTag["logout"] | "keep" }} [options]
 *   context: tokens for the headers of requests, kept until the next call;
 *   onPending: what becomes of the work of who was signed in before, in place of what pwa.toml says
 */
export async function setPrincipal(id, { context = {}, onPending } = {}) {
  const { salt } = await transact("readonly", principalOf);
  const kept = salt || crypto.randomUUID();
  const hash = id === null ? "" : await digest([kept, id]);
  await transact("readwrite", async (stores) => {
    const before = await principalOf(stores);
    if (before.hash !== hash) {
      for (const tag of CONFIG.sync) await leave(stores, tag, `${before.hash}/`, onPending ?? tag.logout);
    }
    stores.meta.put({ v: 1, key: "principal", hash, salt: kept, context });
    for (const { tag } of CONFIG.sync) stores.meta.put({ ...(await metaOf(stores, tag)), parked: null });
  });
  tell();
  wakeAll("visible");
}

/**
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {string} prefix of the lanes of who leaves
 * @param {SyncTag["logout"] | "keep"} policy
 */
async function leave(stores, { tag }, prefix, policy) {
  const { entries, batches, dead, events } = stores;
  if (!policy || policy === "keep") return;
  const [queued, open, letters] = await Promise.all([
    result(entries.index("tag").getAll(under(tag))),
    result(batches.getAll(under(tag))),
    result(dead.index("tag").getAll(under(tag))),
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
    tally(row, entry, -1);
  }
  for (const { lane } of open.filter(ofThem)) batches.delete([tag, lane]);
  for (const { n } of letters.filter(ofThem)) dead.delete(n);
  // Events tell what the server said.
  for (const event of await result(events.getAll())) if (event.tag === tag) events.delete(event.n);
  stores.meta.put({ ...row, epoch: row.epoch + 1 });
}
