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
