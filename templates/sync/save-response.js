// Keeps what the server answered in a store of the app's own.

consequences.push(async ({ response: place }, { response }) => {
  const value = place && at(response, place.pointer);
  if (!place || value === undefined || value === null) return;
  // A store with keys of its own takes what has one; else the newest answer has its one place.
  await withAppStore(place, "readwrite", async (store) => void store.put(value, store.keyPath === null && !store.autoIncrement ? OUTBOX : undefined));
});
