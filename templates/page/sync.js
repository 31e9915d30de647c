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
