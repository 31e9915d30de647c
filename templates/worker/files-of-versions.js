{
  onFetch(answerFile);

  /**
   * A file that a page loads, from the version that the page belongs to. A query names no other file on a static host,
   * so it is not looked at.
   *
   * @param {Request} request
   * @param {FetchEvent} event
   */
  function answerFile(request, event) {
    if (request.mode === "navigate") return undefined;
    const path = askedPath(request);
    if (path === undefined || !(locate(path) || mayDiffer(event.clientId))) return undefined;
    return answerOfVersion(path, request, event);
  }

  /**
   * @param {string} path
   * @param {Request} request
   * @param {FetchEvent} event
   */
  async function answerOfVersion(path, request, event) {
    const version = await versionOf(event.clientId);
    // A worker that a page starts belongs to the page's version.
    if (version && event.resultingClientId) noteVersion(event, event.resultingClientId, Promise.resolve(version));
    if (version === NETWORK) return fetch(request);
    const place = locate(path, version ? await groupsOf([listName(version)]) : CONFIG.assets);
    return place ? ranged(request, await answerFrom(place, request.url)) : fetch(request);
  }
}
