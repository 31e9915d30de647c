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
