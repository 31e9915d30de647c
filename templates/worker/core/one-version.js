/** Versions that open pages still need: a new worker waits until the last page of the old one has gone. */
async function versionsInUse() {
  return [CONFIG.version];
}

/** The first version controls the page it came with. */
function takeOver() {
  return sw.clients.claim();
}

/**
 * A page of the network can be of this version only.
 *
 * @type {(response: Response, place: Place | undefined, event: FetchEvent) => Response}
 */
function judge(response) {
  return response;
}

/** @type {(path: string, client: string) => Promise<Place | "" | undefined> | undefined} */
function placeBefore() {
  return undefined;
}
