// What wakes the outbox in the worker. Each of these may come at any time, twice, or never: the outbox itself knows what is left.

sw.addEventListener("sync", (event) => {
  const tag = tagNamed(event.tag);
  if (tag) event.waitUntil(answerSync(tag, event.lastChance));
});

// For pages that know nothing of the outbox, in browsers that know nothing of Background Sync.
sw.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.waitUntil(drainAfter(event.handled));
});

sw.addEventListener("notificationclick", (event) => {
  if (event.notification.data !== OUTBOX) return;
  event.notification.close();
  event.waitUntil(openSite());
});

onMessage("mdpwa:drain", answerPage);
for (const tag of CONFIG.sync) {
  if (tag.trigger) onMessage(tag.trigger.message, () => answerTrigger(tag));
}

/**
 * Rejects when the browser's own retry can still help.
 * @param {SyncTag} tag
 * @param {boolean} lastChance
 */
async function answerSync(tag, lastChance) {
  const report = await deliver(tag, { why: "sync", force: false });
  const windows = await windowsOpen();
  switch (settlement(report, windows.length > 0, lastChance, Date.now())) {
    case "resolve":
      return;
    case "register":
      return sw.registration.sync?.register(tag.tag);
    case "reject":
      throw new Error(report.error ?? `${report.remaining} under ${tag.tag} still wait`);
  }
}

/**
 * A page asks for a drain. The first answer says that there is someone to do it, the second what was done.
 * @param {ExtendableMessageEvent} event
 */
async function answerPage({ data, ports: [port] }) {
  const tags = CONFIG.sync.filter(({ tag }) => Array.isArray(data.tags) && data.tags.includes(tag));
  port?.postMessage("taken");
  port?.postMessage(await Promise.all(tags.map((tag) => deliver(tag, { why: data.why, force: data.force === true }))));
}

/** @param {SyncTag} tag */
async function answerTrigger(tag) {
  try {
    // Should this worker be stopped, or the page closed, before all is sent.
    await sw.registration.sync?.register(tag.tag);
  } catch {
    // Background Sync may be switched off, and wants an open window; the drain wants neither.
  }
  await deliver(tag, { why: "trigger", force: false });
}

/** @param {Promise<unknown> | undefined} handled the navigation comes first */
async function drainAfter(handled) {
  await Promise.allSettled([handled]);
  await Promise.all(CONFIG.sync.map((tag) => deliver(tag, { why: "load", force: false })));
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 */
async function deliver(tag, wake) {
  const report = await drain(tag, wake);
  if (report.drained) {
    if (tag.clientMessage !== null && !report.dead) await tellPages(tag.clientMessage);
    if (tag.notification) await notify(tag.notification, report);
  }
  return report;
}

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 */
async function notify(notice, report) {
  if (typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notice.when === "hidden" && (await windowsOpen()).some((client) => client.visibilityState === "visible")) return;
  const { title, options } = noticeOf(notice, report);
  try {
    await sw.registration.showNotification(title, options);
  } catch {
    // The work is delivered, whether or not that can be shown.
  }
}

async function openSite() {
  const [client] = await windowsOpen();
  return client ? client.focus() : sw.clients.openWindow(ROOT.href);
}

function windowsOpen() {
  return sw.clients.matchAll({ type: "window", includeUncontrolled: true });
}

/** @param {string} name */
function tagNamed(name) {
  return CONFIG.sync.find(({ tag }) => tag === name);
}
