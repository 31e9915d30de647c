/** @type {Promise<Registered> | undefined} */
let registered;

/**
 * Registers the service worker once the page has loaded, so that its downloads never compete with the page's own.
 *
 * @returns {Promise<Registered>} what this browser offers; never rejects
 */
export function register() {
  registered ??= registerWorker();
  return registered;
}

/** @returns {Promise<Registered>} */
async function registerWorker() {
  if (!("serviceWorker" in navigator)) return { serviceWorker: false, backgroundSync: false };
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    const registration = await navigator.serviceWorker.register(new URL(CONFIG.worker, ROOT), { updateViaCache: "none" });
    return { serviceWorker: true, backgroundSync: "sync" in registration };
  } catch {
    // A private window, a blocked origin, a locked-down device: the page works as it would without a worker.
    return { serviceWorker: false, backgroundSync: false };
  }
}
