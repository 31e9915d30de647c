/** Chromium lets a worker take over only when the one before is idle just then, and otherwise half a minute later. */
const QUIET_AFTER = 2_000;

sw.addEventListener("install", (event) => event.waitUntil(install()));
sw.addEventListener("activate", (event) => event.waitUntil(leave()));

async function install() {
  await prepare();
  if (sw.registration.active) await new Promise((resolve) => setTimeout(resolve, QUIET_AFTER));
  await sw.skipWaiting();
}

/** Goes, and has the pages of the worker before loaded anew; a page that registers this one again has none, so nothing goes in circles. */
async function leave() {
  await forget();
  const pages = await sw.clients.matchAll({ type: "window" });
  await sw.registration.unregister();
  await Promise.all(pages.map(reload));
}

/** @param {WindowClient} page */
async function reload(page) {
  try {
    await page.navigate(page.url);
  } catch {
    // It has just been closed.
  }
}
