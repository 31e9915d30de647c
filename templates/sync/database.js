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
