{
  onFetch(answerFile);

  /**
   * A file that a page loads. A query names no other file on a static host, so it is not looked at.
   *
   * @param {Request} request
   */
  function answerFile(request) {
    if (request.mode === "navigate") return undefined;
    const path = askedPath(request);
    const place = path === undefined ? undefined : locate(path);
    return place && answerFrom(place, request.url).then((whole) => ranged(request, whole));
  }
}
