// Messages of pages that know nothing of the outbox.

for (const tag of CONFIG.sync) {
  if (tag.trigger) onMessage(tag.trigger.message, () => answerTrigger(tag));
}

/** @param {SyncTag} tag */
async function answerTrigger(tag) {
  try {
    // Should this worker be stopped, or the page closed, before all is sent.
    await sw.registration.sync?.register(tag.tag);
  } catch {
    // Background Sync may be switched off, and wants an open window; the drain wants neither.
  }
  await drain(tag, { why: "trigger" });
}
