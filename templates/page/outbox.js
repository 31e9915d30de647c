// The page's side of the outbox: it stores what is handed over, and wakes whoever can deliver it.

/** A worker that does not say within this time that it has begun is broken, or not ours. */
const TAKEN_WITHIN = 5_000;
/** A worker that was stopped midway never says it has ended. */
const DONE_WITHIN = 300_000;
/** When a drain failed for a reason that time alone may mend, and for a network that came back without a word. */
const AFTER_ERROR = 60_000;
/** Longer timers overflow. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** @typedef {{ hear: (event: SyncEventDetail) => void, after: Promise<number> }} Subscriber */

/** @type {Set<Subscriber>} */
const subscribers = new Set();
/** @type {BroadcastChannel | undefined} */
let channel;
/** @type {Map<string, number>} */
const dueTimes = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** What the worker is told before it is asked to deliver; rooms put themselves in. */
const beforehand = /** @type {(() => { type: string })[]} */ ([]);

addEventListener("online", () => wakeAll("online"));
// Comes with the first load, too, and when a page returns from the back-forward cache.
addEventListener("pageshow", wakeOnSight);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") wakeAll("visible");
});
if (document.readyState === "complete") wakeOnSight();

// A worker in control has been woken by the navigation itself.
function wakeOnSight() {
  wakeAll(navigator.serviceWorker?.controller ? "visible" : "load");
}

/**
 * Stores a payload for a tag; resolves once it is safe on this device, before any network is asked.
 *
 * @param {string} tag
 * @param {unknown} payload anything a structured clone keeps
 * @param {{ id?: string }} [options] the same id twice is the same entry
 * @returns {Promise<SyncReceipt>}
 */
export async function enqueue(tag, payload, { id = crypto.randomUUID() } = {}) {
  const known = tagNamed(tag);
  if (known.mode !== "outbox") throw problem("UnknownTagError", `${tag} sends what is in a store of yours: save it there and call requestSync`);
  let work;
  try {
    work = await encode(known, payload, id);
    freeze(known, [work.payload], id, work.raw);
  } catch (error) {
    throw problem("PayloadError", `the payload cannot become a request of ${tag}`, error);
  }
  const receipt = await store(known, { id, ...work }).catch((error) => {
    if (error.name === "QueueFullError") throw error;
    throw error.name === "DataCloneError"
      ? problem("PayloadError", "the payload cannot be stored", error)
      : problem("StorageError", "nothing could be stored on this device", error);
  });
  tell();
  registerTag(tag);
  wake([known], "queued", false);
  return receipt;
}

/**
 * Says that a store of the page's own has changed.
 *
 * @param {string} tag
 */
export async function requestSync(tag) {
  const known = tagNamed(tag);
  await registerTag(tag);
  wake([known], "queued", false);
}

/**
 * Delivers now what can be delivered now.
 *
 * @param {string} [tag] all tags without one
 * @param {{ force?: boolean }} [options] force: do not wait after failures, unless the server asked for it
 */
export async function flush(tag, { force = false } = {}) {
  const reports = await wake(tag === undefined ? CONFIG.sync : [tagNamed(tag)], "flush", force);
  /** @param {(report: SyncReport) => number} count */
  const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
  return { sent: sum(({ sent }) => sent), remaining: sum(({ remaining = 0 }) => remaining), dead: sum((report) => report.dead) };
}

/** What waits, and for what, tag by tag. */
export async function getState() {
  return [...(await Promise.all(CONFIG.sync.map(stateOf))), ...(await orphans())];
}

/**
 * Hears of everything that happens to queued work, in any tab and in the worker.
 *
 * @param {(event: SyncEventDetail) => void} hear
 * @param {{ since?: number | "unseen" }} [options] from which event on; from now on without it
 * @returns {() => void} ends it
 */
export function subscribe(hear, { since } = {}) {
  /** @type {Subscriber} */
  const subscriber = { hear, after: typeof since === "number" ? Promise.resolve(since) : since === "unseen" ? lastSeen() : newestEvent() };
  subscribers.add(subscriber);
  if (!channel && typeof BroadcastChannel === "function") {
    channel = new BroadcastChannel(OUTBOX);
    channel.onmessage = tellSubscribers;
  }
  tellSubscribers();
  return () => void subscribers.delete(subscriber);
}

/** @param {SyncWake["why"]} why */
function wakeAll(why) {
  return wake(CONFIG.sync, why, false);
}

/**
 * Has the worker drain; where there is none, the page does it itself. Never rejects.
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[]>}
 */
async function wake(tags, why, force) {
  const worker = (await registration())?.active;
  const reports = (worker && (await askWorker(worker, tags, why, force))) || (await deliver(tags, why, force));
  for (const report of reports) remind(report);
  tellSubscribers();
  return reports;
}

/**
 * @param {ServiceWorker} worker
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[] | null>} null when the worker does not do it
 */
function askWorker(worker, tags, why, force) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let patience = setTimeout(resolve, TAKEN_WITHIN, null);
    port1.onmessage = ({ data }) => {
      clearTimeout(patience);
      if (data === "taken") {
        patience = setTimeout(resolve, DONE_WITHIN, null);
      } else {
        port1.close();
        resolve(data);
      }
    };
    for (const message of beforehand) worker.postMessage(message());
    worker.postMessage({ type: "mdpwa:drain", tags: tags.map(({ tag }) => tag), why, force }, [port2]);
  });
}

/**
 * @param {readonly SyncTag[]} tags
 * @param {SyncWake["why"]} why
 * @param {boolean} force
 * @returns {Promise<SyncReport[]>}
 */
async function deliver(tags, why, force) {
  try {
    const { deliver } = await loadModule(CONFIG.drain);
    return await Promise.all(tags.map(({ tag }) => deliver(tag, { why, force })));
  } catch (error) {
    // The module is neither kept nor reachable, and so is the server then.
    return tags.map(({ tag }) => ({ tag, sent: 0, remaining: 1, dead: 0, drained: 0, due: null, error: String(error) }));
  }
}

// What delivers in a page is loaded only where no worker does, and there before the network goes.
if (!navigator.serviceWorker?.controller) loadModule(CONFIG.drain).catch(() => undefined);

/**
 * Sees to the next attempt while the page is open.
 * @param {SyncReport} report
 */
function remind({ tag, remaining, blocked, due, unfinished, error }) {
  const now = Date.now();
  const soon = unfinished ? now : due;
  const next = !error && (soon !== null || blocked || !remaining) ? soon : now + AFTER_ERROR;
  if (next === null) dueTimes.delete(tag);
  else dueTimes.set(tag, next);
  clearTimeout(timer);
  const soonest = Math.min(...dueTimes.values());
  if (soonest < Infinity) timer = setTimeout(onTimer, Math.min(Math.max(0, soonest - now), LONGEST_TIMER));
}

function onTimer() {
  // A hidden page leaves it to the worker, or to the moment it is seen again.
  if (document.visibilityState === "visible") wake(CONFIG.sync.filter(({ tag }) => dueTimes.has(tag)), "timer", false);
}

/**
 * Leaves a wake-up with the browser, where it takes one; never rejects.
 * @param {string} tag
 */
async function registerTag(tag) {
  try {
    await (await registration())?.sync?.register(tag);
  } catch {
    // Switched off, or no worker is active yet: the page's own wake-ups remain.
  }
}

async function registration() {
  try {
    return await navigator.serviceWorker?.getRegistration(ROOT.href);
  } catch {
    // Storage is blocked for this site: there is no worker.
    return undefined;
  }
}

function tellSubscribers() {
  for (const subscriber of subscribers) {
    // One failed read must not end a subscription: what was missed is told with the next event.
    subscriber.after = subscriber.after.then((after) => tellFrom(after, subscriber).catch(() => after));
  }
}

/**
 * @param {number} after
 * @param {Subscriber} subscriber
 */
async function tellFrom(after, subscriber) {
  /** @type {SyncEventRow[]} */
  const rows = await transact("readonly", ({ events }) => result(events.getAll(IDBKeyRange.lowerBound(after, true))));
  /** @type {Map<string, SyncTagState>} */
  const states = new Map();
  for (const { n, type, tag, ids, response, failure } of rows) {
    const known = CONFIG.sync.find((other) => other.tag === tag);
    if (!known || !subscribers.has(subscriber)) continue;
    const state = states.get(tag) ?? (await stateOf(known));
    states.set(tag, state);
    try {
      subscriber.hear({ n, type, tag, ids, state, ...(response !== undefined && { response }), ...(failure && { failure }) });
    } catch (error) {
      reportError(error);
    }
    after = n;
  }
  if (rows.length) await markSeen(after);
  return after;
}

/** @param {number} n */
function markSeen(n) {
  return transact("readwrite", async ({ meta }) => {
    const seen = await result(meta.get("seen"));
    if (!(seen?.n >= n)) meta.put({ v: 1, key: "seen", n });
  });
}

/** @returns {Promise<number>} */
function lastSeen() {
  return transact("readonly", async ({ meta }) => (await result(meta.get("seen")))?.n ?? 0);
}

/** @returns {Promise<number>} */
function newestEvent() {
  return transact("readonly", async ({ events }) => Number((await result(events.openKeyCursor(null, "prev")))?.key ?? 0));
}

/**
 * @param {string} name
 * @returns {SyncTag}
 */
function tagNamed(name) {
  const tag = CONFIG.sync.find((known) => known.tag === name);
  if (!tag) throw problem("UnknownTagError", `pwa.toml has no [[sync]] with the tag ${name}`);
  return tag;
}
