// What wakes the outbox in the worker. Each of these may come at any time, twice, or never: the outbox itself knows what is left.

sw.addEventListener("sync", (event) => {
  const tag = CONFIG.sync.find(({ tag }) => tag === event.tag);
  if (tag) event.waitUntil(answerSync(tag, event.lastChance));
});

/** Ends an event for the browser to come again: only a rejection makes it. */
const MORE = new Error("pending");

// Nothing has gone wrong that a console should show.
sw.addEventListener("unhandledrejection", (event) => {
  if (event.reason === MORE) event.preventDefault();
});

// For pages that know nothing of the outbox, in browsers that know nothing of Background Sync.
onFetch((request, event) => {
  if (request.mode === "navigate") event.waitUntil(drainAfter(event.handled));
  return undefined;
});

onMessage("mdpwa:drain", answerPage);

/** Due times beyond this are not the browser's retry's business. */
const NEAR = 20 * 60_000;

/**
 * Rejects when the browser's own retry can still help.
 * @param {SyncTag} tag
 * @param {boolean} lastChance
 */
async function answerSync(tag, lastChance) {
  const report = await drain(tag, { why: "sync" });
  const { length } = await windowsOpen();
  const end = settlement(report, length > 0, lastChance, Date.now());
  if (end === "register") await sw.registration.sync?.register(tag.tag);
  if (end === "reject") throw report.error ? new Error(report.error) : MORE;
}

/**
 * How a sync event ends: the browser tries again after a rejection only, and may register anew with a window only.
 * @param {SyncReport} report
 * @param {boolean} windowOpen
 * @param {boolean} lastChance
 * @param {number} now
 * @returns {"resolve" | "reject" | "register"}
 */
function settlement({ error, remaining, blocked, unfinished, due }, windowOpen, lastChance, now) {
  if (!error) {
    if (!remaining || blocked) return "resolve";
    if (unfinished && windowOpen) return "register";
    if (due !== null && due - now > NEAR && (windowOpen || lastChance)) return "resolve";
  }
  return "reject";
}

/**
 * A page asks for a drain. The first answer says that there is someone to do it, the second what was done.
 * @param {ExtendableMessageEvent} event
 */
async function answerPage({ data: { tags, why, force }, ports: [port] }) {
  const wanted = CONFIG.sync.filter(({ tag }) => Array.isArray(tags) && tags.includes(tag));
  port?.postMessage("taken");
  port?.postMessage(await Promise.all(wanted.map((tag) => drain(tag, { why, force: force === true }))));
}

/** @param {Promise<unknown> | undefined} handled the navigation comes first */
async function drainAfter(handled) {
  await Promise.allSettled([handled]);
  await Promise.all(CONFIG.sync.map((tag) => drain(tag, { why: "load" })));
}

function windowsOpen() {
  return sw.clients.matchAll({ type: "window", includeUncontrolled: true });
}
