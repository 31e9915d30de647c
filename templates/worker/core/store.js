/** @param {string} version */
const listName = (version) => `${OWNER}:list:${version}`;

/**
 * The groups of a version that was installed.
 *
 * @param {string} name of its list
 * @returns {Promise<AssetGroup[]>}
 */
async function groupsOf(name) {
  const list = await sw.caches.match(ROOT.href, { cacheName: name });
  return list ? list.json() : [];
}

/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const missing = await missingBodies(groups);
  const progress = progressOf(missing.length);
  const left = (await askPage(missing, progress)) ? await missingBodies(groups) : missing;
  const bodies = await sw.caches.open(BODIES);
  await inParallel(left, CONFIG.parallel, async (body) => progress(await storeBody(bodies, body)));
}

/** As long as so few may be missing, looking for each is quicker than listing all that are kept. */
const FEW = 10;

/**
 * @param {AssetGroup[]} groups
 * @returns {Promise<MissingBody[]>}
 */
async function missingBodies(groups) {
  const required = new Set(await requiredBodies());
  /** @type {Map<string, MissingBody>} */
  const missing = new Map();
  for (const group of groups) {
    for (const [path, digest] of entriesOf(group)) {
      const key = bodyKey(path, digest);
      if (!required.has(key)) missing.set(key, { path, digest, group });
    }
  }
  const bodies = await sw.caches.open(BODIES);
  if (missing.size > FEW) for (const { url } of await bodies.keys()) missing.delete(url);
  else for (const key of missing.keys()) if (await bodies.match(key)) missing.delete(key);
  return [...missing.values()];
}

/** What installed versions require: it is kept for as long as their lists are, so nobody has to look. */
async function requiredBodies() {
  const lists = (await sw.caches.keys()).filter((name) => name.startsWith(listName("")));
  const groups = (await Promise.all(lists.map(groupsOf))).flat();
  return keysOf(groups.filter(({ install }) => install === "required"));
}

/** @param {AssetGroup[]} groups */
function keysOf(groups) {
  return groups.flatMap((group) => Array.from(entriesOf(group), ([path, digest]) => bodyKey(path, digest)));
}

/**
 * @param {Cache} bodies
 * @param {MissingBody} missing
 * @returns {Promise<number>} bytes
 */
async function storeBody(bodies, { path, digest, group }) {
  const verify = path.endsWith(".html") ? group.verifyPages : group.verify;
  let response = await download(path, verify === "off" ? "no-cache" : "default");
  let bytes = await response.arrayBuffer();
  let same = verify === "off" || (await digestBytes(bytes, group)) === digest;
  if (!same) {
    // What lies in the HTTP cache may be older than the site.
    response = await download(path, "reload");
    bytes = await response.arrayBuffer();
    same = (await digestBytes(bytes, group)) === digest;
  }
  if (!same && verify === "strict") throw new Error(`${response.url} is not the file that was built`);
  if (!same) await tellPages({ type: "mdpwa:changed-in-transit", url: response.url });
  await put(bodies, bodyKey(path, digest), () => stored(bytes, response));
  return bytes.byteLength;
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 */
async function download(path, cache) {
  const url = addressOf(path);
  const response = await fetch(url, { cache, credentials: "same-origin" });
  const elsewhere = response.redirected && locate(pathOf(response.url) || "")?.file !== path;
  if (response.status !== 200 || elsewhere) throw new Error(`${url} answered ${response.status} from ${response.url}`);
  return response;
}

/**
 * @param {AssetGroup} group
 * @returns {Generator<[path: string, digest: string]>}
 */
function* entriesOf({ files, digests }) {
  let folder = "";
  let at = 0;
  for (const word of files.slice(1).split(" ")) {
    if (word.startsWith("/")) {
      folder = word.split("|")[0];
    } else {
      yield [folder + word, digests.slice(at, (at += DIGEST))];
    }
  }
}
