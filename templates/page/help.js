/** @param {MessageEvent} event in which an installing worker asks for files */
async function help({ data, ports: [port] }) {
  if (!data || data.type !== "mdpwa:help") return;
  port.postMessage({});
  const cache = await caches.open(data.cache);
  const files = [...data.files.entries()];
  await inParallel(files, data.parallel, async ([file, wanted]) => port.postMessage({ file, bytes: await keepFile(cache, wanted) }));
  port.postMessage({ done: true });
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

navigator.serviceWorker?.addEventListener("message", help);
