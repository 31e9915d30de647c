// All that waits is in the outbox.

/** @type {(tag: SyncTag, sealed: SyncBatch[]) => Promise<number>} */
const countChanged = async () => 0;

/** @type {(tag: SyncTag) => Promise<SyncPiece[]>} */
const changedPieces = async () => [];
