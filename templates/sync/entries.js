// The outbox as a source: what pages have handed over, or what was captured, in the order in which it came.

sources.outbox = {
  next: waitingEntries,
  async release({ entries }, _, { key }) {
    const entry = await result(entries.get(key));
    entries.delete(key);
    return entry;
  },
  count: ({ entries }, tag, prefix) => result(entries.index("lane").count(lanesOf(tag, prefix))),
  again: () => false,
};

/**
 * @param {SyncEntry} entry
 * @returns {SyncPiece}
 */
function pieceOfEntry(entry) {
  return { ...entry, key: entry.seq, digest: null, next: null, record: entry.payload };
}
