{
  onFetch(answerFile);

  /**
   * A file that a page loads. A query names no other file on a static host, so it is not looked at.
   *
   * @param {Request} request
   */
  function answerFile(request) {
    if (request.method !== "GET" || request.mode === "navigate" || request.headers.has("range")) return undefined;
    if (request.cache === "only-if-cached" && request.mode !== "same-origin") return undefined;
    const path = pathOf(request.url);
    const place = path === undefined ? undefined : locate(path);
    return place && answerFrom(place, request.url);
  }
}
