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
