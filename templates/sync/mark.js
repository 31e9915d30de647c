// Deletes or marks the delivered records in the app's store, each only if it is still what was sent.

consequences.push(async ({ source, onSuccess }, { members }) => {
  if (!onSuccess) return;
  await withAppStore(source, "readwrite", async (store) => {
    for (const { key, digest } of members) {
      const record = await result(store.get(key));
      if ((await digestWithin(store, record)) !== digest) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put({ ...record, ...onSuccess.set }, store.keyPath === null ? key : undefined);
    }
  });
});

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
