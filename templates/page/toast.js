{
  on("update", ({ from, to }) => toast(from === to ? "none" : "update"));
  on("offline-ready", () => CONFIG.toast.offline && toast("offline"));

  /** @param {"update" | "offline" | "none"} news "none" also takes back what is asked */
  async function toast(news) {
    try {
      // Loaded only now, since most visits have no news.
      const { show } = await loadModule(CONFIG.toast.module);
      show(news, applyUpdate);
    } catch {
      // Neither kept nor reachable: the new version comes with a later visit.
    }
  }
}
