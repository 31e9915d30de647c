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
