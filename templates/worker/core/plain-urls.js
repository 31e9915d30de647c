/** @param {string} path for which the host has a file, a redirect, or nothing of this site */
function locate(path, groups = CONFIG.assets) {
  return serve(path, groups);
}
