/** Versions that open pages still need: a new worker waits until the last page of the old one has gone. */
async function versionsInUse() {
  return [CONFIG.version];
}

onActivate(() => sw.clients.claim());

/** @param {Response} response of the network, whose page can be of this version only */
function judge(response) {
  return response;
}
