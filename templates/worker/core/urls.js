/**
 * The path of a request from the site's root, spelled like the list of assets, or `undefined` for what is not of this site.
 *
 * @param {string} address
 */
function pathOf(address) {
  const url = new URL(address);
  if (url.origin !== ROOT.origin || !url.pathname.startsWith(ROOT.pathname)) return undefined;
  return spell(url.pathname.slice(ROOT.pathname.length - 1));
}

/** @param {string} path of a file of the site */
function addressOf(path) {
  return ROOT.href + path.slice(1);
}

/**
 * One spelling for every way to write a path: "/a%2Bb" and "/a+b" name one file, and a stray "%" stands for itself.
 *
 * @param {string} path
 */
function spell(path) {
  try {
    path = decodeURIComponent(path);
  } catch {
    // Not encoded: taken as it is.
  }
  return encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}

/** Characters of a digest: 72 bits in base64url. */
const DIGEST = 12;

/**
 * A file of the site: its digest, and the group it belongs to. The lists are searched as text: parsing them would delay every start of the worker.
 *
 * @param {string} path
 * @param {AssetGroup[]} groups
 */
function entryOf(path, groups) {
  const name = path.lastIndexOf("/") + 1;
  for (const group of groups) {
    const { files, digests } = group;
    const folder = ` ${path.slice(0, name)}|`;
    const start = files.indexOf(folder) + folder.length;
    if (start < folder.length) continue;
    const names = files.slice(start, files.indexOf(" /", start) + 1);
    const end = names.indexOf(` ${path.slice(name)} `);
    if (end < 0) continue;
    let index = parseInt(names);
    for (let at = names.indexOf(" "); at < end; at = names.indexOf(" ", at + 1)) index += 1;
    return { digest: digests.slice(index * DIGEST, (index + 1) * DIGEST), group };
  }
  return undefined;
}

/**
 * What the host answers to a path by its own name or with an ending: a file of the site, a redirect, or (`undefined`) nothing.
 *
 * @param {string} path from the site's root, starting with "/", percent-encoded like the list of assets
 * @param {AssetGroup[]} groups
 * @returns {Place | undefined}
 */
function serve(path, groups) {
  const stem = path.replace(/\/$/, "");
  for (const [suffix, end] of stem === path ? CONFIG.host.bare : CONFIG.host.slash) {
    const entry = entryOf(stem + suffix, groups);
    if (entry) return end === null ? { file: stem + suffix, ...entry } : { redirect: stem + end };
  }
  return undefined;
}

/**
 * The path that is asked for; `undefined` for what is left to the browser.
 *
 * @param {Request} request
 */
function askedPath(request) {
  if (request.method !== "GET" || (request.cache === "reload" && request.mode !== "navigate")) return undefined;
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return undefined;
  return pathOf(request.url);
}
