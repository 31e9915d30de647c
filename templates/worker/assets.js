{
  onInstall(() => navigator.locks.request(BODIES, install));
  onActivate(() => takeOver().then(settle));

  /** Stores every required asset that is not kept yet; all are in place and verified, or the install fails. */
  async function install() {
    try {
      await store(CONFIG.assets.filter(({ install }) => !install));
    } catch (error) {
      await tellPages({ type: "mdpwa:install-failed", reason: String(error) });
      throw error;
    }
    // A list of this name stands for an install that is complete; later versions read there what is still needed.
    const list = await sw.caches.open(listName(CONFIG.version));
    await list.put(ROOT.href, Response.json(CONFIG.assets));
  }
}
