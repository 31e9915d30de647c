{
  // A list of this name stands for an install that is complete; its digests are what later versions may still need.
  /** @param {string} hash */
  const listName = (hash) => `${OWNER}:list:${hash}`;

  // Whoever stores holds it, so that nobody sweeps away what a version is about to need.
  const LOCK = `${OWNER}:bodies`;

  onInstall(() => navigator.locks.request(LOCK, storeAssets));
  onActivate(forgetOldVersions);

  /** Stores every asset that is not kept yet; all are in place and verified, or the install fails. */
  async function storeAssets() {
    const bodies = await sw.caches.open(BODIES);
    const present = new Set((await bodies.keys()).map((request) => request.url));
    for (const group of CONFIG.assets) {
      /** @type {Map<string, [path: string, digest: string]>} */
      const missing = new Map();
      for (const [path, digest] of entriesOf(group)) {
        const key = bodyKey(path, digest);
        if (!present.has(key)) missing.set(key, [path, digest]);
      }
      await inParallel([...missing.values()], ([path, digest]) => storeAsset(bodies, group, path, digest));
      const list = await sw.caches.open(listName(group.hash));
      await list.put(ROOT.href, new Response(`${group.files}\n${group.digests}`));
    }
  }

  /**
   * @param {Cache} bodies
   * @param {AssetGroup} group
   * @param {string} path
   * @param {string} digest
   */
  async function storeAsset(bodies, group, path, digest) {
    const verify = path.endsWith(".html") ? group.verifyPages : group.verify;
    let response = await download(path, verify === "off" ? "no-cache" : "default");
    let bytes = await response.arrayBuffer();
    let same = verify === "off" || (await digestBytes(bytes)) === digest;
    if (!same) {
      // What lies in the HTTP cache may be older than the site.
      response = await download(path, "reload");
      bytes = await response.arrayBuffer();
      same = (await digestBytes(bytes)) === digest;
    }
    if (!same && verify === "strict") throw new Error(`${response.url} is not the file that was built`);
    if (!same) await tellPages({ type: "mdpwa:changed-in-transit", url: response.url });
    await bodies.put(bodyKey(path, digest), stored(bytes, response));
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

  /** Sweeps, unless a newer version stands ready: its activation will. */
  async function forgetOldVersions() {
    await sw.clients.claim();
    if (sw.registration.installing || sw.registration.waiting) return;
    await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? sweep() : undefined));
  }

  /** Deletes the lists of earlier versions, and every body that no list names any more. */
  async function sweep() {
    const current = CONFIG.assets.map((group) => listName(group.hash));
    for (const name of await sw.caches.keys()) {
      if (name.startsWith(listName("")) && !current.includes(name)) await sw.caches.delete(name);
    }
    const needed = new Set();
    for (const group of CONFIG.assets) {
      for (const [path, digest] of entriesOf(group)) needed.add(bodyKey(path, digest));
    }
    const bodies = await sw.caches.open(BODIES);
    for (const request of await bodies.keys()) {
      if (!needed.has(request.url)) await bodies.delete(request);
    }
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

  /**
   * @template T
   * @param {T[]} queue
   * @param {(item: T) => Promise<unknown>} task the first to fail ends them all
   */
  async function inParallel(queue, task) {
    const lane = async () => {
      for (let item = queue.pop(); item; item = queue.pop()) await task(item);
    };
    try {
      await Promise.all(Array.from({ length: CONFIG.parallel }, lane));
    } finally {
      queue.length = 0;
    }
  }
}
