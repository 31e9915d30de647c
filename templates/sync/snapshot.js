// Stores of the app's own as a source, each in one piece.

/** Key of a snapshot, which has no key of its own. */
const WHOLE = "";

sources.snapshot = { ...appStore, read: changedWhole };

/**
 * The whole selection as one piece; nothing when it is what was last acknowledged.
 * @param {SyncPass} run
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedWhole({ tag }) {
  const { source } = tag;
  const record = (await readRows(source)).map((row) => row.record).filter((row) => matches(row, source));
  const piece = await pieceOf(tag, WHOLE, await Promise.all(record.map(digest)));
  const known = await transact("readonly", ({ ledger }) => result(ledger.get([tag.tag, WHOLE])));
  return (known ? known.digest === piece.digest : !record.length) ? undefined : [{ ...piece, id: "*", record }];
}
