/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "markdown-notes",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "downloads": "./register-downloads.js",
  "outbox": "./register-sync.js"
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

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

// Modules that are loaded only when they are needed.

/** @type {Map<string, Promise<any>>} */
const modules = new Map();
let failures = 0;

/**
 * Loads a neighbour of this module, once.
 * @param {string} module relative to this one
 */
function loadModule(module) {
  const known = modules.get(module);
  if (known) return known;
  // Browsers remember under its whole address that an import failed, until the page goes (whatwg/html issue 6768).
  const loading = import(failures ? `${module}#${failures}` : module);
  modules.set(module, loading);
  loading.catch(() => {
    failures++;
    modules.delete(module);
  });
  return loading;
}

/** @type {Promise<Registered> | undefined} */
let registered;

/**
 * Registers the service worker once the page has loaded, so that its downloads never compete with the page's own.
 *
 * @param {{ immediate?: boolean }} [options] immediate: without waiting for the page to load
 * @returns {Promise<Registered>} what this browser offers; never rejects
 */
export function register({ immediate = false } = {}) {
  registered ??= registerWorker(immediate);
  return registered;
}

/**
 * @param {boolean} immediate
 * @returns {Promise<Registered>}
 */
async function registerWorker(immediate) {
  const offers = { serviceWorker: false, backgroundSync: false };
  if (!immediate && document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    const registration = await navigator.serviceWorker.register(trusted(new URL(CONFIG.worker, ROOT).href), { updateViaCache: "none" });
    offers.serviceWorker = true;
    offers.backgroundSync = "sync" in registration;
    say("registered", registration);
  } catch (error) {
    // An old browser, a private window, a blocked origin: the page works as it would without a worker.
    say("register-error", error);
  }
  return offers;
}

/**
 * The worker's address, as pages take it that trust no text.
 *
 * @param {string} url
 */
function trusted(url) {
  try {
    // The policy knows this address only.
    return trustedTypes.createPolicy("mdpwa", { createScriptURL: () => url }).createScriptURL("");
  } catch {
    // A browser without Trusted Types, or a page that allows no policy of this name.
    return url;
  }
}

/** @param {MessageEvent} event in which an installing worker asks for files */
async function help({ data, ports: [port] }) {
  if (data?.type !== "mdpwa:help") return;
  port.postMessage({});
  try {
    const { download } = await loadModule(CONFIG.downloads);
    await download(data, port);
  } catch {
    // The worker will meet the same failure, and tell of it.
  }
  port.postMessage({ done: true });
}

navigator.serviceWorker?.addEventListener("message", help);
// Without a worker there will be one that asks: by then it is there.
if (!navigator.serviceWorker?.controller) on("registered", () => loadModule(CONFIG.downloads).catch(() => undefined));

/**
 * @param {(progress: { done: number, total: number, bytes: number }) => void} callback while files are stored for use offline
 * @returns {() => void} stops it
 */
export function onProgress(callback) {
  return on("progress", callback);
}

/** Asks for notifications, if that is still undecided. Browsers want a click to have led here. */
export async function requestPermission() {
  if (typeof Notification !== "function") return "denied";
  return Notification.permission === "default" ? Notification.requestPermission() : Notification.permission;
}

// The page's side of queued work. What it does is in a module of its own, which must not delay the page.

const loadOutbox = () => loadModule(CONFIG.outbox);

/** Once it is there, it sees by itself to what waits from before. */
const wakeOutbox = () => void loadOutbox().catch(() => undefined);

// Without a worker that keeps it, it has to be there before the network goes.
if (navigator.serviceWorker?.controller && document.readyState !== "complete") addEventListener("load", wakeOutbox, { once: true });
else wakeOutbox();
addEventListener("online", wakeOutbox);

/**
 * Stores a payload for a tag; resolves once it is safe on this device, before any network is asked.
 *
 * @param {string} tag
 * @param {unknown} payload anything a structured clone keeps
 * @param {{ id?: string }} [options] the same id twice is the same entry
 * @returns {Promise<SyncReceipt>}
 */
export async function enqueue(tag, payload, options) {
  return (await loadOutbox()).enqueue(tag, payload, options);
}

/**
 * Says that a store of the page's own has changed.
 *
 * @param {string} tag
 * @returns {Promise<void>}
 */
export async function requestSync(tag) {
  return (await loadOutbox()).requestSync(tag);
}

/**
 * Delivers now what can be delivered now.
 *
 * @param {string} [tag] all tags without one
 * @param {{ force?: boolean }} [options] force: do not wait after failures, unless the server asked for it
 * @returns {Promise<{ sent: number, remaining: number, dead: number }>}
 */
export async function flush(tag, options) {
  return (await loadOutbox()).flush(tag, options);
}

/**
 * What waits, and for what, tag by tag.
 *
 * @returns {Promise<SyncTagState[]>}
 */
export async function getState() {
  return (await loadOutbox()).getState();
}

/**
 * Hears of everything that happens to queued work, in any tab and in the worker.
 *
 * @param {(event: SyncEventDetail) => void} hear
 * @param {{ since?: number | "unseen" }} [options] from which event on; from now on without it
 * @returns {() => void} ends it
 */
export function subscribe(hear, options) {
  let ended = false;
  const listen = (/** @type {SyncEventDetail} */ event) => ended || hear(event);
  const subscription = loadOutbox().then(({ subscribe }) => subscribe(listen, options), reportError);
  return () => {
    ended = true;
    subscription.then((end) => end?.());
  };
}

/**
 * The work of a tag, oldest first.
 *
 * @param {string} tag
 * @param {{ state?: SyncEntryView["state"], after?: string, limit?: number }} [options]
 * @returns {Promise<SyncEntryView[]>}
 */
export async function list(tag, options) {
  return (await loadOutbox()).list(tag, options);
}

/**
 * Sends refused work again, or lets parked work go on; answers how many.
 *
 * @param {string} tag
 * @param {string[] | "dead" | "parked"} which
 * @returns {Promise<number>}
 */
export async function retry(tag, which) {
  return (await loadOutbox()).retry(tag, which);
}

/**
 * Gives work up for good; answers how many.
 *
 * @param {string} tag
 * @param {string[] | "dead" | "all"} which
 * @returns {Promise<number>}
 */
export async function discard(tag, which) {
  return (await loadOutbox()).discard(tag, which);
}

/**
 * Says who is signed in from now on, or with null that nobody is.
 *
 * @param {string | null} id
 * @param {{ context?: Record<string, string>, onPending?: "keep" | "discard" | "refuse" }} [options]
 * @returns {Promise<void>}
 */
export async function setPrincipal(id, options) {
  return (await loadOutbox()).setPrincipal(id, options);
}

if (CONFIG.autoRegister) register();
