{
  onFetch(answerFile);

  /**
   * A file that a page loads. A query names no other file on a static host, so it is not looked at.
   *
   * @param {FetchEvent} event
   */
  function answerFile({ request }) {
    if (request.method !== "GET" || request.mode === "navigate" || request.headers.has("range")) return undefined;
    if (request.cache === "only-if-cached" && request.mode !== "same-origin") return undefined;
    const path = pathOf(request.url);
    const found = path === undefined ? undefined : locate(path);
    if (!found) return undefined;
    return found.file ? kept(found.file) : Promise.resolve(Response.redirect(addressOf(found.redirect)));
  }
}
