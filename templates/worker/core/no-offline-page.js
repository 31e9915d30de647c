/**
 * The network's answer to a page that is not kept, or the browser's own words.
 *
 * @param {Promise<Response>} network
 */
function networkOrOfflinePage(network) {
  return network;
}
