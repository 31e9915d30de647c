{
  const { action, page } = /** @type {ShareRequest} */ (CONFIG.share);
  const SHARED = `${OWNER}:shared`;
  cachesInUse.push(SHARED);

  onFetch((request) => {
    const shared = request.method === "POST" && request.mode === "navigate" && pathOf(request.url) === action;
    return shared ? keepForPage(request) : undefined;
  });

  /**
   * Keeps what another app has shared, as it came, and shows the page that takes it.
   *
   * @param {Request} request
   */
  async function keepForPage(request) {
    const whole = request.clone();
    try {
      const form = new Response(await request.blob(), { headers: { "content-type": request.headers.get("content-type") ?? "" } });
      const shared = await sw.caches.open(SHARED);
      await shared.put(`${ROOT.href}?shared=${crypto.randomUUID()}`, form);
      return Response.redirect(addressOf(page), 303);
    } catch {
      // The disk is full, or closed to us: perhaps the server can do something with it.
      return fetch(whole);
    }
  }
}
