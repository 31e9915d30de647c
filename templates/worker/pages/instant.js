{
  onNavigation(answerPage);

  /**
   * The kept page at once; the network only for pages that are not kept.
   *
   * @param {Request} request
   * @param {string} path
   */
  async function answerPage(request, path) {
    const place = locate(path);
    return place ? answerFrom(place, request.url) : networkOrOfflinePage(fetch(request));
  }
}
