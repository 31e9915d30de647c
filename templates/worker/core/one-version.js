/** Versions that open pages still need: a new worker waits until the last page of the old one has gone. */
async function versionsInUse() {
  return [CONFIG.version];
}

/** The first version controls the page it came with. */
function takeOver() {
  return sw.clients.claim();
}
