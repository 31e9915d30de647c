/** @type {Promise<Registered> | undefined} */
let registered;

/**
 * Registers the service worker once the page has loaded, so that its downloads never compete with the page's own.
 *
 * @param {{ immediate?: boolean }} [options] immediate: without waiting for the page to load
 * @returns {Promise<Registered>} what this browser offers; never rejects
 */
export function register({ immediate = false } = {}) {
  registered ??= registerWorker(immediate);
  return registered;
}

/**
 * @param {boolean} immediate
 * @returns {Promise<Registered>}
 */
async function registerWorker(immediate) {
  const offers = { serviceWorker: false, backgroundSync: false };
  if (!immediate && document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    const registration = await navigator.serviceWorker.register(trusted(new URL(CONFIG.worker, ROOT).href), { updateViaCache: "none" });
    offers.serviceWorker = true;
    offers.backgroundSync = "sync" in registration;
    say("registered", registration);
  } catch (error) {
    // An old browser, a private window, a blocked origin: the page works as it would without a worker.
    say("register-error", error);
  }
  return offers;
}

/**
 * The worker's address, as pages take it that trust no text.
 *
 * @param {string} url
 */
function trusted(url) {
  try {
    // The policy knows this address only.
    return trustedTypes.createPolicy("mdpwa", { createScriptURL: () => url }).createScriptURL("");
  } catch {
    // A browser without Trusted Types, or a page that allows no policy of this name.
    return url;
  }
}
