/** How each strategy answers; the rooms of those that pwa.toml names put themselves in. */
const strategies = /** @type {Record<string, (visit: Visit) => Promise<Response>>} */ ({});

/**
 * Whether a rule is for an address, whatever the request wants of it.
 *
 * @param {Route} route
 * @param {string} address
 */
function covers({ host, path, regex }, address) {
  const url = new URL(address);
  // A page of https: may not be given what came by http:.
  if (!["https:", ROOT.protocol].includes(url.protocol)) return false;
  const own = host === undefined ? pathOf(address) : new RegExp(host).test(url.host) ? spell(url.pathname) : undefined;
  return own !== undefined && new RegExp(path).test(own) && new RegExp(regex).test(own + url.search);
}

/** @param {Route} route */
const cacheName = ({ name }) => `${OWNER}:route:${name}`;
cachesInUse.push(...CONFIG.routes.map(cacheName));

/** @param {Route} route */
function cacheOf(route) {
  return sw.caches.open(cacheName(route));
}

/**
 * The answer that is kept, if there is one. A storage that fails holds nothing.
 *
 * @param {Visit} visit
 * @returns {Promise<Copy | undefined>}
 */
async function copyFor({ route, request, address }) {
  try {
    const cache = await cacheOf(route);
    // With the headers of this request, since an answer may `Vary` with them.
    const key = new Request(address, { headers: request.headers });
    const [response, [kept]] = await Promise.all([cache.match(key), cache.keys(key)]);
    // What was stored by a clock that was ahead is as old as that clock was wrong.
    return response && { response, age: Math.abs(Date.now() - Number(kept?.headers.get(STORED))) };
  } catch {
    return undefined;
  }
}

/**
 * The header of a key that says when its answer was stored: no book has to be kept of it, and opaque answers have it
 * as well. A key without it is older than any `max_age`.
 */
const STORED = "x-mdpwa-stored";

/**
 * A kept answer as the page gets it.
 *
 * @param {Visit} visit
 * @param {Copy} copy
 * @param {boolean} [instead] of the network's answer, which is said in a header (RFC 9211)
 */
async function give({ route, request }, { response, age }, instead) {
  // Nothing can be added to an opaque answer; and navigations refuse what is marked as redirected.
  if (response.type !== "opaque" && (instead || response.redirected)) {
    const headers = new Headers(response.headers);
    if (instead) headers.set("cache-status", `mdpwa; hit; ttl=${Math.round((route.freshFor - age) / 1000)}`);
    response = new Response(response.body, { status: response.status, statusText: response.statusText, headers });
  }
  return ranged(request, response);
}

/**
 * The network's answer; where it fails or is the server's own failure the kept one, or else what stands in for it.
 *
 * @param {Visit} visit
 * @param {Copy | undefined} copy
 * @param {Promise<Response>} network
 */
async function answerOr(visit, copy, network) {
  const response = await network.catch(() => undefined);
  if (response && response.status < 500) return visit.arrived(response);
  if (copy) return give(visit, copy, true);
  const file = visit.route.fallback[visit.request.destination];
  const place = file && placeOf(file);
  if (place) return answerFrom(place, ROOT.href);
  return visit.request.mode === "navigate" ? networkOrOfflinePage(network) : (response ?? Response.error());
}

/**
 * @template T
 * @param {number} time in milliseconds
 * @param {T} [value]
 * @returns {Promise<T>}
 */
function after(time, value) {
  return new Promise((resolve) => setTimeout(resolve, time, value));
}
