// The outbox's delivery in a page, where there is no worker to do it.

/**
 * @param {string} name of the tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>} never rejects
 */
export function deliver(name, wake) {
  return drain(/** @type {SyncTag} */ (CONFIG.sync.find(({ tag }) => tag === name)), wake);
}
