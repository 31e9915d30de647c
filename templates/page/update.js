// Deployments, as the page sees them: each is announced once, and taken over when the page says so.

/** Workers of this site answer at once; others let the time pass. Milliseconds. */
const ANSWERS_WITHIN = 3_000;
/** Looking again within this time would only ask the server in vain. Milliseconds. */
const LOOKS_AGAIN = 60_000;
/** A page that has just loaded goes on asking its worker for a while. Milliseconds. */
const QUIET_AFTER = 3_000;

/** @type {ServiceWorkerRegistration | undefined} */
let watched;
/**
 * The version that this page shows, "network" for one that came from the network and is newer than its worker.
 *
 * @type {string | undefined}
 */
let shown;
/**
 * The version that was announced last.
 *
 * @type {string | undefined}
 */
let newest;
/**
 * The worker that was found last.
 *
 * @type {ServiceWorker | undefined}
 */
let followed;
let accepted = false;
let looked = 0;

// Asked before another worker can take over.
const knowing = askShown();
const earlier = navigator.serviceWorker?.getRegistration(ROOT.href).catch(() => undefined);

on("registered", watch);

/** @param {(update: Said["update"]) => unknown} hear */
export function onUpdate(hear) {
  return on("update", hear);
}

/** @param {() => unknown} hear */
export function onOfflineReady(hear) {
  return on("offline-ready", hear);
}

/** The version of the site that this page shows. */
export async function version() {
  await knowing;
  return shown;
}

/** Activates the newest version and reloads this page, once; without an update it does nothing. */
export function applyUpdate() {
  if (newest === shown) return;
  accepted = true;
  // Without one, another page has activated it already.
  if (watched?.waiting) activate(watched.waiting);
  else location.reload();
}

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  const { visible, online, every } = CONFIG.update;
  watched = registration;
  follow(registration.waiting);
  follow(registration.installing);
  // A small site may be in place before its page hears of the worker.
  if (!followed) earlier?.then((known) => known || follow(registration.active));
  registration.addEventListener("updatefound", () => follow(registration.installing));
  document.addEventListener("visibilitychange", () => visible && document.visibilityState === "visible" && lookForNewer());
  if (online) addEventListener("online", lookForNewer);
  if (every) setInterval(lookForNewer, every);
}

async function lookForNewer() {
  if (Date.now() - looked < LOOKS_AGAIN) return;
  looked = Date.now();
  try {
    await watched?.update();
  } catch {
    // The server cannot be reached. There will be another occasion.
  }
}

/** @param {ServiceWorker | null} worker */
function follow(worker) {
  // The first one is found twice: by registering, and by the event.
  if (!worker || worker === followed) return;
  followed = worker;
  const isUpdate = Boolean(watched?.active && watched.active !== worker);
  const hear = () => {
    if (worker.state === "installed" && isUpdate) announce(worker);
    if (worker.state === "activating" && accepted) location.reload();
    if (worker.state === "activated" && !isUpdate) say("offline-ready", undefined);
  };
  worker.addEventListener("statechange", hear);
  hear();
}

/** @param {ServiceWorker} worker that has installed */
async function announce(worker) {
  await knowing;
  const to = (await versionsAt(worker))?.version;
  if (!to || worker.state === "redundant") return;
  // A page newer than its worker is of the deployment that this worker belongs to.
  if (shown === "network") shown = newest = to;
  if (to !== newest) {
    newest = to;
    say("update", { from: shown, to });
  }
  if (accepted) activate(worker);
  // Nobody needs to be asked about what this page shows already. Chromium lets a worker take over only when the one
  // before is idle just then, and otherwise half a minute later.
  else if (to === shown) setTimeout(activate, QUIET_AFTER, worker);
}

/** @param {ServiceWorker} worker */
function activate(worker) {
  worker.postMessage({ type: "mdpwa:activate" });
}

async function askShown() {
  const container = navigator.serviceWorker;
  const worker = container?.controller ?? (await container?.ready)?.active;
  if (worker) shown = newest = (await versionsAt(worker))?.page;
}

/**
 * @param {ServiceWorker} worker
 * @returns {Promise<{ version: string, page: string } | undefined>} its version, and that of this page
 */
function versionsAt(worker) {
  return Promise.race([ask(worker, { type: "mdpwa:version" }), new Promise((resolve) => setTimeout(resolve, ANSWERS_WITHIN))]);
}
