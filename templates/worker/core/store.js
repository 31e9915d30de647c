/** @param {string} version */
const listName = (version) => `${OWNER}:list:${version}`;

/**
 * The groups of versions that were installed.
 *
 * @param {string[]} names of their lists
 * @returns {Promise<AssetGroup[]>}
 */
async function groupsOf(names) {
  const lists = await Promise.all(names.map((cacheName) => sw.caches.match(ROOT.href, { cacheName })));
  return (await Promise.all(lists.map((list) => list?.json() ?? []))).flat();
}

/**
 * The bodies of these groups that no installed version requires; some may be there all the same.
 *
 * @param {AssetGroup[]} groups
 */
async function missingBodies(groups) {
  const missing = new Map(bodiesOf(groups).map((body) => [body.key, body]));
  for (const { key } of await requiredBodies()) missing.delete(key);
  return [...missing.values()];
}

/** What installed versions require: it is kept for as long as their lists are, so nobody has to look. */
async function requiredBodies() {
  const groups = await groupsOf((await sw.caches.keys()).filter((name) => name.startsWith(listName(""))));
  return bodiesOf(groups.filter(({ install }) => !install));
}

/**
 * @param {Cache} bodies
 * @param {ListedBody} body
 * @returns {Promise<number>} bytes; none where it was there
 */
async function storeBody(bodies, { key, path, digest, group }) {
  if (await bodies.match(key)) return 0;
  const verify = path.endsWith(".html") ? group.verifyPages : group.verify;
  let response = await download(path, verify === "off" ? "reload" : "default");
  let bytes = await response.arrayBuffer();
  if (verify !== "off" && (await digestBytes(bytes, group)) !== digest) {
    // What lies in the HTTP cache may be older than the site.
    response = await download(path, "reload");
    bytes = await response.arrayBuffer();
    if ((await digestBytes(bytes, group)) !== digest) await report(verify, response.url);
  }
  await put(bodies, key, () => stored(bytes, response));
  return bytes.byteLength;
}

/**
 * @param {Verify | undefined} verify
 * @param {string} url of a file that is not the one that was built
 */
function report(verify, url) {
  if (!verify) throw new Error(`${url} is not as built`);
  return tellPages({ type: "mdpwa:changed-in-transit", url });
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 */
async function download(path, cache) {
  const url = addressOf(path);
  const response = await fetch(url, { cache });
  const elsewhere = response.redirected && locate(pathOf(response.url) || "")?.file !== path;
  if (response.status !== 200 || elsewhere) throw new Error(`${url} answered ${response.status} from ${response.url}`);
  return response;
}

/**
 * @param {AssetGroup[]} groups
 * @returns {ListedBody[]}
 */
function bodiesOf(groups) {
  /** @type {ListedBody[]} */
  const bodies = [];
  for (const group of groups) {
    let folder = "";
    let at = 0;
    for (const word of group.files.slice(1).split(" ")) {
      if (word.startsWith("/")) {
        folder = word.split("|")[0];
      } else {
        const path = folder + word;
        const digest = group.digests.slice(at, (at += DIGEST));
        bodies.push({ key: bodyKey(path, digest), path, digest, group });
      }
    }
  }
  return bodies;
}
