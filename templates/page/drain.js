// The outbox's delivery in a page, where there is no worker to do it.

/** What is done once a tag has nothing left; rooms put themselves in. */
const drained = /** @type {((tag: SyncTag, report: SyncReport) => void)[]} */ ([]);

/**
 * @param {string} name of the tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>} never rejects
 */
export async function deliver(name, wake) {
  const tag = /** @type {SyncTag} */ (CONFIG.sync.find(({ tag }) => tag === name));
  const report = await drain(tag, wake);
  if (report.drained) for (const tell of drained) tell(tag, report);
  return report;
}
