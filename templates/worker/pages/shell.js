{
  onNavigation(answerPage);

  /**
   * A file of the site as itself; every other route by the one page that draws them all.
   *
   * @param {Request} request
   * @param {string} path
   */
  async function answerPage(request, path) {
    const place = locate(path) ?? /** @type {Place} */ (placeOf(CONFIG.pages.shell ?? ""));
    return answerFrom(place, request.url);
  }
}
