/** The bodies of every version, each under its digest: what did not change is neither downloaded nor copied again. */
const BODIES = `${OWNER}:bodies`;

/**
 * Where a body is kept. The ending is part of the key, since it decides the type that the host sends.
 *
 * @param {string} path
 * @param {string} digest
 */
function bodyKey(path, digest) {
  return `${ROOT.href}?${digest}${path.slice(path.lastIndexOf("."))}`;
}

/**
 * What the host would answer where `locate` says, from what is kept.
 *
 * @param {Place} place
 * @param {string} address of the request
 */
async function answerFrom(place, address) {
  if (place.redirect !== undefined) return Response.redirect(addressOf(place.redirect) + new URL(address).search);
  const bodies = await sw.caches.open(BODIES);
  // A host's `Vary` speaks of its own answers, not of this key.
  const body = await bodies.match(bodyKey(place.file, place.digest), { ignoreVary: true });
  return body || heal(bodies, place);
}

/**
 * A file that the browser evicted, or that is kept on first use: the network's, kept if it is the right one.
 *
 * @param {Cache} bodies
 * @param {KeptPlace} place
 */
async function heal(bodies, { file, digest, group }) {
  const response = await fetch(addressOf(file));
  if (response.ok) {
    const bytes = await response.clone().arrayBuffer();
    const same = (await digestBytes(bytes, group)) === digest;
    // The page gets its answer, whether or not there is room to keep it.
    if (same) await put(bodies, bodyKey(file, digest), () => stored(bytes, response)).catch(() => undefined);
  }
  return response;
}
