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
