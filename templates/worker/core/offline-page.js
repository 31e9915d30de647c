/**
 * The network's answer to a page that is not kept. Without a network: the site's own 404 where nothing but such pages
 * is missing, else the offline page.
 *
 * @param {Promise<Response>} network
 */
async function networkOrOfflinePage(network) {
  try {
    return await network;
  } catch {
    const { notFound, offline } = CONFIG.pages;
    const page = await answerFrom(/** @type {Place} */ (placeOf(notFound ?? offline ?? "")), ROOT.href);
    return new Response(page.body, { status: notFound ? 404 : 503, headers: page.headers });
  }
}
