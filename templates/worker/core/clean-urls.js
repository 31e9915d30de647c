/**
 * A host that hides endings: "/a.html" is redirected to "/a" and "/a/index.html" to "/a/".
 *
 * @param {string} path for which the host has a file, a redirect, or nothing of this site
 * @returns {Place | undefined}
 */
function locate(path, groups = CONFIG.assets) {
  const clean = path.replace(/(\/)index\.html$|\.html$/, "$1");
  if (clean !== path && entryOf(path, groups) && !entryOf(clean, groups)) return { redirect: clean };
  return serve(path, groups);
}
