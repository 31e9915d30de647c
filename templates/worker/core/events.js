/** @type {Array<() => Promise<unknown>>} */
const installs = [];
/** @type {Array<() => Promise<unknown>>} */
const activations = [];
/** @type {Array<(event: FetchEvent) => Promise<Response> | undefined>} */
const answers = [];

/** @param {() => Promise<unknown>} task a rejection fails the install: the worker before goes on serving */
function onInstall(task) {
  installs.push(task);
}

/** @param {() => Promise<unknown>} task */
function onActivate(task) {
  activations.push(task);
}

/** @param {(event: FetchEvent) => Promise<Response> | undefined} answer the first that answers wins; none: the browser asks the network itself */
function onFetch(answer) {
  answers.push(answer);
}

/**
 * @param {string} type of the messages to take
 * @param {(event: ExtendableMessageEvent) => Promise<unknown> | void} handle the worker is kept alive until it settles
 */
function onMessage(type, handle) {
  sw.addEventListener("message", (event) => {
    if (event.data && event.data.type === type) event.waitUntil(Promise.resolve(handle(event)));
  });
}

sw.addEventListener("install", (event) => event.waitUntil(Promise.all(installs.map((task) => task()))));
sw.addEventListener("activate", (event) => event.waitUntil(Promise.all(activations.map((task) => task()))));
sw.addEventListener("fetch", (event) => {
  for (const answer of answers) {
    const response = answer(event);
    if (response) return event.respondWith(response);
  }
});

/** @param {unknown} message for every window of this origin that the worker may serve */
async function tellPages(message) {
  for (const client of await sw.clients.matchAll({ includeUncontrolled: true, type: "window" })) client.postMessage(message);
}
