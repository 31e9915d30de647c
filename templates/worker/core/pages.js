const denied = CONFIG.pages.deny.map((pattern) => new RegExp(pattern));

/** @param {(request: Request, path: string, event: FetchEvent) => Promise<Response>} answerPage for the navigations of this site that are not denied */
function onNavigation(answerPage) {
  onFetch((request, event) => {
    if (request.mode !== "navigate" || request.method !== "GET") return undefined;
    const path = pathOf(request.url);
    if (path === undefined || denied.some((pattern) => pattern.test(path))) return undefined;
    return answerPage(request, path, event);
  });
}

/**
 * The network's answer to a page that is not kept. Without a network: the site's own 404 where nothing but such pages
 * is missing, else the offline page, else the browser's own words.
 *
 * @param {Promise<Response>} network
 */
async function networkOrOfflinePage(network) {
  try {
    return await network;
  } catch (error) {
    const { notFound, offline } = CONFIG.pages;
    const place = placeOf(notFound ?? offline ?? "");
    if (!place) throw error;
    const page = await answerFrom(place, ROOT.href);
    return new Response(page.body, { status: notFound ? 404 : 503, headers: page.headers });
  }
}
