{
  onFetch(answer);

  /**
   * A page or a file, as it is kept. A query names no other file on a static host, so it is not looked at.
   *
   * @param {Request} request
   */
  function answer(request) {
    const path = askedPath(request);
    const place = path === undefined ? undefined : locate(path);
    return place && answerFrom(place, request.url);
  }
}
