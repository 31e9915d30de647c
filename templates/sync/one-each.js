// One record in each request, or a whole that cannot be divided.

/** @type {(tag: SyncTag, meta: SyncMeta) => number} */
const mostOf = () => 1;

/**
 * @param {SyncTag} _
 * @param {SyncPiece[]} pieces
 */
const take = (_, pieces) => pieces;

/** @type {(batch: SyncBatch, failure: SyncFailure) => SyncStep | undefined} */
const smaller = () => undefined;

/** @type {(tag: SyncTag, meta: SyncMeta) => void} */
const resize = () => undefined;
