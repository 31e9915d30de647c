keepers.push(async ({ tag, store: place }, { body }) => {
  if (!place) return;
  const value = at(JSON.parse(new TextDecoder().decode(body)), place.pointer);
  if (value === undefined) throw new TypeError(`the answer has nothing at ${place.pointer}`);
  // A list of records that carry their keys is put in one by one; else there is one place, and the newest answer has it.
  await withAppStore(place, "readwrite", async (store) => {
    if (store.keyPath === null) store.put(value, tag);
    else for (const record of Array.isArray(value) ? value : [value]) store.put(record);
  });
});
