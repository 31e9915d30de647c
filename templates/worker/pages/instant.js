{
  onNavigation(answerPage);

  /**
   * The kept page at once; the network only for pages that are not kept.
   *
   * @param {Request} request
   * @param {string} path
   * @param {FetchEvent} event
   */
  async function answerPage(request, path, event) {
    const place = locate(path);
    if (place) return answerFrom(place, request.url);
    return networkOrOfflinePage(fetch(request).then((response) => judge(response, place, event)));
  }
}
