/** @param {() => Promise<unknown>} task a rejection fails the install: the worker before goes on serving */
function onInstall(task) {
  sw.addEventListener("install", (event) => event.waitUntil(task()));
}

/** @param {() => Promise<unknown>} task */
function onActivate(task) {
  sw.addEventListener("activate", (event) => event.waitUntil(task()));
}

/**
 * The first to answer wins; where nobody does, the browser asks the network itself.
 *
 * @param {(request: Request, event: FetchEvent) => Promise<Response> | undefined} answer
 */
function onFetch(answer) {
  sw.addEventListener("fetch", (event) => {
    const response = answer(event.request, event);
    if (response) event.respondWith(response.catch(Response.error));
  });
}

/** @param {unknown} message for every window of this origin that the worker may serve */
async function tellPages(message) {
  for (const client of await sw.clients.matchAll({ includeUncontrolled: true, type: "window" })) client.postMessage(message);
}
