{
  onNavigation(answerPage);

  /**
   * The network's page while the network is quick and well; otherwise the kept one, since old beats nothing.
   *
   * @param {Request} request
   * @param {string} path
   * @param {FetchEvent} event
   */
  async function answerPage(request, path, event) {
    const place = locate(path);
    const network = fetch(request);
    const judged = () => network.then((response) => judge(response, place, event));
    if (!place) return networkOrOfflinePage(judged());
    const quick = await Promise.race([network.catch(() => undefined), patience()]);
    if (quick && quick.status < 500) return judged();
    return answerFrom(place, request.url).catch(() => networkOrOfflinePage(judged()));
  }

  /** @returns {Promise<undefined>} */
  function patience() {
    return new Promise((resolve) => setTimeout(resolve, CONFIG.pages.timeout));
  }
}
