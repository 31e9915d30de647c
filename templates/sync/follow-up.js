/** What a delivery leads to in the app's own stores; rooms put themselves in. */
const consequences = /** @type {((tag: SyncTag, batch: SyncBatch) => Promise<unknown>)[]} */ ([]);

/** @param {SyncTag} tag */
function isFollowedUp({ onSuccess, response }) {
  return Boolean(onSuccess || response);
}

/**
 * Does what is still to be done once work was delivered.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function followUp(tag, batch) {
  for (const follow of consequences) await follow(tag, batch);
  await change(batch, close);
}
