{
  const optional = CONFIG.assets.filter((group) => group.install === "optional");
  /** @type {Promise<void> | undefined} */
  let storing;

  onFetch((request, event) => {
    if (request.mode === "navigate") event.waitUntil(event.handled.then(storeOptional, storeOptional));
    return undefined;
  });
  onMessage("mdpwa:optional", storeOptional);
  onMessage("mdpwa:group", answerGroup);

  /** Stores what was not worth delaying the install for; what fails is tried again at a later visit. */
  async function storeOptional() {
    if (/** @type {any} */ (navigator).connection?.saveData) return;
    storing ??= store(optional).catch(() => {
      storing = undefined;
    });
    await storing;
  }

  /**
   * Downloads or removes a group for a page, and says whether all of it is there.
   *
   * @param {ExtendableMessageEvent} event
   */
  async function answerGroup({ data, ports: [port] }) {
    const groups = CONFIG.assets.filter(({ name }) => name === data.name);
    try {
      if (data.task === "download") await store(groups);
      if (data.task === "remove") await forget(groups);
      const there = new Set((await (await sw.caches.open(BODIES)).keys()).map((request) => request.url));
      port.postMessage({ downloaded: bodiesOf(groups).every(({ key }) => there.has(key)) });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  }

  /** @param {AssetGroup[]} groups whose bodies go, but for those that another group lists too, or an installed version requires */
  async function forget(groups) {
    const others = bodiesOf(CONFIG.assets.filter((group) => !groups.includes(group)));
    const needed = new Set([...others, ...(await requiredBodies())].map(({ key }) => key));
    const bodies = await sw.caches.open(BODIES);
    for (const { key } of bodiesOf(groups)) if (!needed.has(key)) await bodies.delete(key);
  }
}
