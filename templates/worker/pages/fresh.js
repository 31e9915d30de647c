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
    const place = locate(path);
    if (!place) return networkOrOfflinePage(network);
    const quick = await Promise.race([network.catch(() => undefined), patience()]);
    if (quick && quick.status < 500) return quick;
    return answerFrom(place, request.url).catch(() => networkOrOfflinePage(network));
  }

  /** @returns {Promise<undefined>} */
  function patience() {
    return new Promise((resolve) => setTimeout(resolve, CONFIG.pages.timeout));
  }
}
