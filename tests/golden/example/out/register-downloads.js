/*! Written by mdpwa from pwa.toml. */

/**
 * @type {(bytes: ArrayBuffer, group: { ignore?: string[] }) => Promise<string>} the first 72 bits of the SHA-256, spelled as in the lists
 */
async function digestBytes(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes), 0, 9);
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * A response as it is kept: whole, and not marked as redirected, which navigations refuse.
 *
 * @param {ArrayBuffer} bytes
 * @param {Response} response
 */
function stored(bytes, response) {
  return new Response(bytes, { headers: response.headers });
}

/**
 * @template T
 * @param {T[]} queue
 * @param {number} limit of tasks under way at a time
 * @param {(item: T) => Promise<unknown>} task the first to fail ends them all
 */
async function inParallel(queue, limit, task) {
  const lane = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await task(item);
  };
  try {
    await Promise.all(Array.from({ length: limit }, lane));
  } finally {
    queue.length = 0;
  }
}

// A part of the worker's install: Chromium lets an installing worker have three requests in flight, and a page many more.

/**
 * Downloads what an installing worker asks for.
 *
 * @param {{ cache: string, parallel: number, files: HelpFile[] }} wanted
 * @param {MessagePort} port
 */
export async function download({ cache: name, parallel, files }, port) {
  const cache = await caches.open(name);
  await inParallel([...files.entries()], parallel, async ([file, wanted]) => port.postMessage({ file, bytes: await keepFile(cache, wanted) }));
}

/**
 * @param {Cache} cache
 * @param {HelpFile} file
 * @returns {Promise<number>} bytes stored; none where the worker has to look for itself
 */
async function keepFile(cache, { url, key, digest, ignore }) {
  try {
    // "reload" passes the worker in control, which would answer with its own version.
    const response = await fetch(url, { cache: navigator.serviceWorker.controller ? "reload" : "default", priority: "low" });
    const bytes = await response.arrayBuffer();
    if (response.status !== 200 || response.redirected || (await digestBytes(bytes, { ignore })) !== digest) return 0;
    await cache.put(key, stored(bytes, response));
    return bytes.byteLength;
  } catch {
    // The worker will meet the same failure, and tell of it.
    return 0;
  }
}
