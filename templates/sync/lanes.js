/**
 * The oldest entries of the first lane that is free.
 * @param {SyncStores} stores
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @param {number} most
 * @returns {Promise<SyncPiece[]>}
 */
async function waitingEntries({ entries }, { tag: { tag } }, { prefix, open }, most) {
  const taken = open.map(({ lane }) => lane);
  for (let after = 0, rows; ; after = rows.at(-1).seq) {
    // Mostly the very first is free; else there is a stopped lane to get past.
    rows = await result(entries.index("tag").getAll(IDBKeyRange.bound([tag, after], [tag, Infinity], true), after ? 64 : 1));
    if (!rows.length) return [];
    const free = rows.find(({ lane }) => lane.startsWith(prefix) && !taken.includes(lane));
    if (free) return (await result(entries.index("lane").getAll(IDBKeyRange.bound([tag, free.lane], [tag, free.lane, Infinity]), most))).map(pieceOfEntry);
  }
}
