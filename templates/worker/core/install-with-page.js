// Chromium lets an installing worker have three requests in flight, and a page as many as the connection takes.

/** How long a page may take to answer, and then to say the next word, before the worker goes on by itself; milliseconds. */
const PAGE_ANSWERS = 500;
const PAGE_WORKS = 10_000;

/**
 * Has an open page download what is missing; whatever it leaves is the worker's.
 *
 * @param {MissingBody[]} missing
 * @param {(bytes: number) => void} progress
 * @returns {Promise<boolean>} whether a page was there to ask
 */
async function askPage(missing, progress) {
  if (missing.length <= CONFIG.parallel) return false;
  const pages = await sw.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const page = pages.find((client) => client.visibilityState === "visible") ?? pages[0];
  if (!page) return false;
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    let silence = setTimeout(resolve, PAGE_ANSWERS);
    port1.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(resolve, PAGE_WORKS);
      if (data.bytes) progress(data.bytes);
      if (data.done) resolve(undefined);
    };
    const files = missing.map(({ path, digest, group }) => ({ url: addressOf(path), key: bodyKey(path, digest), digest, ignore: group.ignore }));
    page.postMessage({ type: "mdpwa:help", cache: BODIES, parallel: CONFIG.parallel, files }, [port2]);
  });
  port1.close();
  return true;
}

/**
 * Tells the pages how far an install is, a hundred times at the most.
 *
 * @param {number} total
 * @returns {(bytes: number) => void} to be called for each file
 */
function progressOf(total) {
  const step = Math.ceil(total / 100);
  let done = 0;
  let bytes = 0;
  return (size) => {
    done += 1;
    bytes += size;
    if (done % step === 0 || done === total) tellPages({ type: "mdpwa:progress", done, total, bytes });
  };
}
