// Which version each open page belongs to. A page belongs to the version that controls it, unless it is noted here:
// pages of an earlier version that was replaced while they were open, and pages that the network had newer.

const NOTES = `${OWNER}:pages`;
cachesInUse.push(NOTES);
/** The version of a page that came from the network: whatever the server has now. */
const NETWORK = "network";

/** @type {Promise<PageNotes> | undefined} */
let reading;
/** @type {PageNotes | undefined} `undefined` until the notes are read */
let notes;
/**
 * Pages that this run of the worker answered from the network: compared with the kept page as they arrive.
 *
 * @type {Map<string, Promise<string | undefined>>}
 */
const arriving = new Map();

function readNotes() {
  reading ??= sw.caches
    .match(ROOT.href, { cacheName: NOTES })
    .then((kept) => (kept ? kept.json() : { clients: {} }))
    .then((/** @type {PageNotes} */ found) => (notes = found));
  return reading;
}

/** @param {PageNotes} changed */
async function writeNotes(changed) {
  const cache = await sw.caches.open(NOTES);
  await cache.put(ROOT.href, Response.json(changed));
}

/**
 * The version that a page belongs to, `undefined` for this worker's own.
 *
 * @param {string} client
 */
async function versionOf(client) {
  return arriving.get(client) ?? (await readNotes()).clients[client];
}

/**
 * Whether a page may belong to another version, as far as this can be said at once.
 *
 * @param {string} client
 */
function mayDiffer(client) {
  return arriving.has(client) || !notes || client in notes.clients;
}

/**
 * A file of the version that an open page came from, wherever this version has none of that name; nothing at once for
 * pages of this version.
 *
 * @param {string} path
 * @param {string} client
 */
function placeBefore(path, client) {
  if (!mayDiffer(client)) return undefined;
  return versionOf(client).then(async (version) => version && locate(path, await groupsOf([listName(version)])));
}

/**
 * @param {ExtendableEvent} event that leads to the page
 * @param {string} client
 * @param {Promise<string | undefined>} version
 */
function noteVersion(event, client, version) {
  arriving.set(client, version);
  event.waitUntil(
    Promise.all([version, readNotes()]).then(([version, found]) => {
      if (!version) return undefined;
      found.clients[client] = version;
      return writeNotes(found);
    }),
  );
}

/** Takes over the open pages, each of which keeps the version it came from. */
async function takeOver() {
  const found = await readNotes();
  const open = await sw.clients.matchAll({ type: "all" });
  const before = found.active === CONFIG.version ? undefined : found.active;
  const versions = open.map(({ id }) => [id, found.clients[id] ?? before]);
  // The first version controls the page it came with; later ones leave pages that no worker controls alone.
  if (!found.active) await sw.clients.claim();
  found.active = CONFIG.version;
  found.clients = Object.fromEntries(versions.filter(([, version]) => version && version !== CONFIG.version));
  await writeNotes(found);
}

// A page that has closed may have been the last of its version.
onFetch((request, event) => {
  if (request.mode === "navigate") event.waitUntil(event.handled.then(forgetClosedPages, forgetClosedPages));
  return undefined;
});

async function forgetClosedPages() {
  const { clients } = await readNotes();
  if (Object.keys(clients).length) await settle();
}

/** Versions that open pages still need; what is noted of pages that have gone is forgotten. */
async function versionsInUse() {
  const found = await readNotes();
  const open = new Set((await sw.clients.matchAll({ type: "all", includeUncontrolled: true })).map(({ id }) => id));
  const gone = Object.keys(found.clients).filter((id) => !open.has(id) && !arriving.has(id));
  for (const id of gone) delete found.clients[id];
  if (gone.length) await writeNotes(found);
  return [CONFIG.version, ...Object.values(found.clients)];
}

/**
 * Notes where a page's other files have to come from: from this version if the page is this version's, otherwise from
 * the network like the page itself.
 *
 * @param {Response} response of the network
 * @param {Place | undefined} place where the page is kept
 * @param {FetchEvent} event
 */
function judge(response, place, event) {
  if (event.resultingClientId && response.type !== "opaqueredirect") {
    const same = place?.file !== undefined && response.ok ? isKept(response.clone(), place) : Promise.resolve(false);
    noteVersion(event, event.resultingClientId, same.then((same) => (same ? undefined : NETWORK)));
  }
  return response;
}

/**
 * @param {Response} response
 * @param {KeptPlace} place
 */
async function isKept(response, place) {
  const bytes = await response.arrayBuffer();
  const digest = await digestBytes(bytes, place.group);
  if (digest === place.digest) {
    const bodies = await sw.caches.open(BODIES);
    const key = bodyKey(place.file, digest);
    // Kept on its first use, or evicted meanwhile; where there is no room for it, the page was answered all the same.
    if (!(await bodies.match(key, { ignoreVary: true }))) await put(bodies, key, () => stored(bytes, response)).catch(() => undefined);
    return true;
  }
  // Where the host rewrites pages, the kept one is rewritten alike.
  const kept = await answerFrom(place, response.url);
  return digest === (await digestBytes(await kept.arrayBuffer(), place.group));
}
