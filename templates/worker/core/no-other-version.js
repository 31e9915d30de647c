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
