/**
 * The oldest entries; they stand in one line, so the lane of a person is all of theirs.
 * @param {SyncStores} stores
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @param {number} most
 * @returns {Promise<SyncPiece[]>}
 */
async function waitingEntries({ entries }, { tag: { tag } }, { prefix }, most) {
  return (await result(entries.index("lane").getAll(lanesOf(tag, prefix), most))).map(pieceOfEntry);
}
