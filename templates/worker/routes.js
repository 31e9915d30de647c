{
  onFetch(answerRoute);

  /**
   * A request that a rule of pwa.toml is for; the files of the site come first.
   *
   * @param {Request} request
   * @param {FetchEvent} event
   */
  function answerRoute(request, event) {
    const route = CONFIG.routes.find((route) => wants(route, request));
    if (!route) return undefined;
    const answer = strategies[route.strategy];
    // Nobody else is to answer what the rule leaves to the browser.
    if (!answer) return void event.stopImmediatePropagation();
    const address = addressIn(route, request.url);
    /** @param {Response} response */
    const arrived = (response) => (request.mode === "navigate" ? judge(response, undefined, event) : response);
    /** @param {Promise<unknown>} work whose failure is nobody's: the page has its answer */
    const later = (work) => event.waitUntil(work.catch(() => undefined));
    const visit = { route, request, address, arrived, later };
    // The files of the version that an open page came from come first, too.
    const before = placeBefore(pathOf(request.url) ?? "", event.clientId);
    return before ? before.then((place) => (place ? answerFrom(place, request.url).then((whole) => ranged(request, whole)) : answer(visit))) : answer(visit);
  }

  /**
   * @param {Route} route
   * @param {Request} request
   */
  function wants(route, request) {
    if (!route.methods.includes(request.method)) return false;
    if (route.destinations && !route.destinations.includes(request.destination)) return false;
    if (request.cache === "only-if-cached" && request.mode !== "same-origin") return false;
    // Events have no end, so there is nothing to keep.
    if (request.headers.get("accept") === "text/event-stream") return false;
    const path = pathOf(request.url);
    return covers(route, request.url) && !(path && locate(path));
  }

  /**
   * An address without the parameters that make no difference.
   *
   * @param {Route} route
   * @param {string} address
   */
  function addressIn({ ignore }, address) {
    const url = new URL(address);
    url.hash = "";
    if (ignore === undefined) return url.href;
    const different = (/** @type {string} */ pair) => !new RegExp(ignore).test(pair.split("=")[0]);
    url.search = url.search.slice(1).split("&").filter(different).join("&");
    return url.href;
  }
}
