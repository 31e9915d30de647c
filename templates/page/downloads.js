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
