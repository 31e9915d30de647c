{
  onNavigation(answerPage);

  /**
   * The network's page while the network is quick and well; otherwise the kept one, since old beats nothing.
   *
   * @param {Request} request
   * @param {string} path
   */
  async function answerPage(request, path) {
    const network = fetch(request);
    if (!locate(path)) return networkOrOfflinePage(network);
    const quick = await Promise.race([network.catch(() => undefined), patience()]);
    if (quick && quick.status < 500) return quick;
    const page = await keptPage(request, path).catch(() => undefined);
    return page || networkOrOfflinePage(network);
  }

  /** @returns {Promise<undefined>} */
  function patience() {
    return new Promise((resolve) => setTimeout(resolve, CONFIG.pages.timeout));
  }
}
