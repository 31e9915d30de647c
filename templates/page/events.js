/**
 * What was said last, for those who listen later.
 *
 * @type {Map<keyof Said, any>}
 */
const said = new Map();

navigator.serviceWorker?.addEventListener("message", passOn);

/**
 * Says something to the page: an event of the window.
 *
 * @template {keyof Said} Type
 * @param {Type} type
 * @param {Said[Type]} detail
 */
function say(type, detail) {
  said.set(type, detail);
  dispatchEvent(new CustomEvent(`mdpwa:${type}`, { detail }));
}

/**
 * @template {keyof Said} Type
 * @param {Type} type
 * @param {(detail: Said[Type]) => unknown} hear also of what was said last
 * @returns {() => void} ends it
 */
function on(type, hear) {
  const listener = (/** @type {Event} */ event) => hear(/** @type {CustomEvent<Said[Type]>} */ (event).detail);
  addEventListener(`mdpwa:${type}`, listener);
  if (said.has(type)) queueMicrotask(() => hear(said.get(type)));
  return () => removeEventListener(`mdpwa:${type}`, listener);
}

/** @param {MessageEvent} event of the worker; one that comes with a port wants an answer, and is not news */
function passOn({ data, ports }) {
  if (typeof data?.type === "string" && data.type.startsWith("mdpwa:") && !ports.length) say(data.type.slice(6), data);
}

/**
 * @param {ServiceWorker | null} worker
 * @param {object} question
 * @returns {Promise<any>} its answer
 */
function ask(worker, question) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker?.postMessage(question, [port2]);
  });
}
