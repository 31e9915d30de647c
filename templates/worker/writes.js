{
  onFetch(answerWrite);

  const READING = ["GET", "HEAD", "OPTIONS"];

  /** @param {Request} request */
  function answerWrite(request) {
    if (READING.includes(request.method)) return undefined;
    const routes = CONFIG.routes.filter((route) => route.invalidate && covers(route, request.url));
    return routes.length ? write(request, routes) : undefined;
  }

  /**
   * Who reads right after the answer reads what was written.
   *
   * @param {Request} request
   * @param {Route[]} routes
   */
  async function write(request, routes) {
    const response = await fetch(request);
    // A form is answered by the way to another page.
    if (response.ok || response.type === "opaqueredirect") await Promise.allSettled(routes.map((route) => outdate(route, request.url)));
    return response;
  }

  /**
   * Makes old what is kept of an address and of the collections it lies in; it stays for those without a network.
   *
   * @param {Route} route
   * @param {string} address
   */
  async function outdate(route, address) {
    const cache = await cacheOf(route);
    for (const key of await cache.keys()) {
      const response = `${pathless(address)}/`.startsWith(`${pathless(key.url)}/`) && (await cache.match(key));
      if (!response) continue;
      const headers = new Headers(key.headers);
      headers.delete(STORED);
      await cache.put(new Request(key.url, { headers }), response);
    }
  }

  /** @param {string} address */
  function pathless(address) {
    return address.replace(/\/?(\?.*)?$/, "");
  }
}
