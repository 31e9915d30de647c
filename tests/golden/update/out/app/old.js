"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: RetireConfig) => RetireConfig} */ (Object.freeze)({
  "id": "update",
  "root": "../",
  "force": false,
  "foreignCaches": []
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/**
 * Whether a cache was made for this very scope by a tool that names its caches so, or is named in pwa.toml.
 *
 * @param {string} name
 */
function isForeignCache(name) {
  const { scope } = sw.registration;
  const { pathname } = new URL(scope);
  // Workbox and sw-precache, with any prefix; ngsw; sw-toolbox.
  const isOfTool = name.endsWith(scope) && /(^|-)(precache|precache-v\d+|runtime)-/.test(name);
  return isOfTool || name.startsWith(`ngsw:${pathname}:`) || name === `$$$toolbox-cache$$$${scope}$$$` || CONFIG.foreignCaches.includes(name);
}

async function deleteForeignCaches() {
  for (const name of await sw.caches.keys()) if (isForeignCache(name)) await sw.caches.delete(name);
}

/** Nothing of another tool's is waited for. */
async function prepare() {}

async function forget() {
  await deleteForeignCaches();
}

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
