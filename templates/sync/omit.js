/**
 * @param {SyncTag} tag
 * @param {unknown} record
 */
function without({ omit }, record) {
  if (!omit || typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !omit.includes(name)));
}
