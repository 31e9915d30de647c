/**
 * @param {string} type of the messages to take
 * @param {(event: ExtendableMessageEvent) => Promise<unknown> | void} handle the worker is kept alive until it settles
 */
function onMessage(type, handle) {
  sw.addEventListener("message", (event) => {
    if (event.data && event.data.type === type) event.waitUntil(Promise.resolve(handle(event)));
  });
}
