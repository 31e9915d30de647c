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
