/**
 * What the host answers to a path: a file of the site, a redirect, or (`undefined`) nothing of the site.
 *
 * @param {string} path from the site's root, starting with "/", percent-encoded like the list of assets
 * @returns {{ file: string, redirect?: undefined } | { file?: undefined, redirect: string } | undefined}
 */
function locate(path) {
  const clean = path.replace(/(\/)index\.html$|\.html$/, "$1");
  if (CONFIG.host.clean && clean !== path && digestOf(path) && !digestOf(clean)) return { redirect: clean };
  const stem = path.replace(/\/$/, "");
  for (const [suffix, end] of stem === path ? CONFIG.host.bare : CONFIG.host.slash) {
    if (digestOf(stem + suffix)) return end === null ? { file: stem + suffix } : { redirect: stem + end };
  }
  return undefined;
}
