// Several records in one request, as many as pwa.toml and the server allow.

/**
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function mostOf({ batch }, { cap }) {
  return Math.min(batch.maxRecords, cap?.records ?? Infinity);
}

/**
 * As many pieces, from the first on, as one body may hold.
 * @param {SyncTag} tag
 * @param {SyncPiece[]} pieces
 */
function take(tag, pieces) {
  let bytes = 0;
  const end = pieces.findIndex((piece, i) => (bytes += piece.frozen ? Infinity : sizeOf(piece.record)) > tag.batch.maxBytes && i > 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}

/**
 * A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 * @returns {SyncStep | undefined}
 */
function smaller({ members }, failure) {
  if (members.length < 2) return undefined;
  // They are sealed anew, under keys of their own.
  return { failure, meta: { cap: { records: Math.ceil(members.length / 2), firm: failure.class === "too_large" } } };
}

/**
 * A smaller batch went through: the next may be larger again, unless size itself was refused.
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function resize({ batch }, meta) {
  const { cap } = meta;
  if (cap && !cap.firm) meta.cap = cap.records * 2 < batch.maxRecords ? { ...cap, records: cap.records * 2 } : null;
}
