// Chromium lets an installing worker have three requests in flight, and a page as many as the connection takes.

/** So few the worker gets quickly by itself. */
const FEW = 6;
/** How long a page may take to answer, and then to say the next word, before the worker goes on by itself; milliseconds. */
const PAGE_ANSWERS = 500;
const PAGE_WORKS = 10_000;

/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const bodies = await sw.caches.open(BODIES);
  const missing = await notStored(bodies, await missingBodies(groups));
  const progress = progressOf(missing.length);
  await askPage(missing, progress);
  await inParallel(missing, CONFIG.parallel, async (body) => progress(body, await storeBody(bodies, body)));
}

/**
 * Leaves out what an install that was broken off has stored. A few are looked for when their turn comes: to list all
 * that is there takes longer.
 *
 * @param {Cache} bodies
 * @param {ListedBody[]} wanted
 */
async function notStored(bodies, wanted) {
  if (wanted.length <= FEW) return wanted;
  const there = new Set((await bodies.keys()).map(({ url }) => url));
  return wanted.filter(({ key }) => !there.has(key));
}

/**
 * Has an open page download what is missing; whatever it leaves is the worker's.
 *
 * @param {ListedBody[]} missing
 * @param {(body: ListedBody, bytes: number) => void} progress
 */
async function askPage(missing, progress) {
  if (missing.length <= FEW) return;
  const pages = await sw.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const page = pages.find((client) => client.visibilityState === "visible") ?? pages[0];
  if (!page) return;
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    let silence = setTimeout(resolve, PAGE_ANSWERS);
    port1.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(resolve, PAGE_WORKS);
      if (data.bytes) progress(missing[data.file], data.bytes);
      if (data.done) resolve(undefined);
    };
    const files = missing.map(({ key, path, digest, group }) => ({ url: addressOf(path), key, digest, ignore: group.ignore }));
    page.postMessage({ type: "mdpwa:help", cache: BODIES, parallel: CONFIG.parallel, files }, [port2]);
  });
  port1.close();
}

/**
 * Tells the pages how far an install is, a hundred times at the most.
 *
 * @param {number} total
 * @returns {(body: ListedBody, bytes: number) => void} to be called for each file, by whomever it was stored
 */
function progressOf(total) {
  const step = Math.ceil(total / 100);
  const done = new Set();
  let bytes = 0;
  return (body, size) => {
    if (done.has(body)) return;
    done.add(body);
    bytes += size;
    if (done.size % step === 0 || done.size === total) tellPages({ type: "mdpwa:progress", done: done.size, total, bytes });
  };
}
