/**
 * Nothing is registered any more; a worker that is left from before is looked after, so that it goes within this visit.
 *
 * @param {{ immediate?: boolean }} [_options]
 * @returns {Promise<Registered>} what pages get without a worker
 */
export async function register(_options) {
  forgetNotes();
  try {
    const registration = await navigator.serviceWorker.getRegistration(ROOT.href);
    await registration?.update();
  } catch (error) {
    // An old browser, a private window, no network: there is nothing to leave, or another time.
    say("register-error", error);
  }
  return { serviceWorker: false, backgroundSync: false };
}

/** What pages have noted for this app on this device: the worker that leaves cannot reach it. */
function forgetNotes() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(`${OWNER}:`)) localStorage.removeItem(key);
  } catch {
    // Storage is blocked, so nothing was ever noted.
  }
}
