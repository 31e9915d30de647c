// Who wants to hear from the app while it is closed.

on("registered", () => lookAfterPush());
addEventListener("online", () => lookAfterPush());

/**
 * Asks for permission, if that is still undecided, and subscribes. Browsers want a click to have led here.
 *
 * @returns {Promise<PushState>} rejects when the browser cannot subscribe; a server that could not be told is told later
 */
export async function subscribePush() {
  // First, since the click does not count for long.
  if ((await askPermission()) !== "granted") return pushState();
  const { pushManager } = await readyForPush();
  await writeBook({ ...(await readBook()), wanted: true });
  await subscriptionOf(pushManager);
  await lookAfterPush();
  return pushState();
}

/**
 * Ends the subscription of this browser, and tells the server.
 *
 * @returns {Promise<PushState>}
 */
export async function unsubscribePush() {
  const { told, gone } = await readBook();
  await writeBook({ wanted: false, gone: told ? [...gone, told] : gone });
  const registration = await navigator.serviceWorker?.getRegistration(ROOT.href);
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  await lookAfterPush();
  return pushState();
}

/**
 * What this browser offers, and where the subscription stands.
 *
 * @returns {Promise<PushState>}
 */
export async function pushState() {
  const registration = await navigator.serviceWorker?.getRegistration(ROOT.href);
  const subscription = await registration?.pushManager?.getSubscription();
  const { told } = await readBook();
  return {
    supported: typeof PushManager === "function" && typeof Notification === "function",
    permission: typeof Notification === "function" ? Notification.permission : "denied",
    subscribed: Boolean(subscription),
    known: Boolean(subscription) && told === JSON.stringify(subscription),
  };
}

/**
 * Asks for notifications, if that is still undecided, and subscribes to them if asked to. Browsers want a click to have led here.
 *
 * @param {{ push?: boolean }} [options]
 */
export async function requestPermission({ push = false } = {}) {
  if (push) await subscribePush();
  return askPermission();
}

async function askPermission() {
  if (typeof Notification !== "function") return "denied";
  return Notification.permission === "default" ? Notification.requestPermission() : Notification.permission;
}

/** @returns {Promise<ServiceWorkerRegistration>} */
async function readyForPush() {
  const { serviceWorker } = await register();
  if (!serviceWorker || typeof PushManager !== "function") throw new DOMException("This browser knows no push messages.", "NotSupportedError");
  return navigator.serviceWorker.ready;
}

/** Makes good what could not be done before; never rejects. */
async function lookAfterPush() {
  try {
    const { wanted, gone } = await readBook();
    if (wanted || gone.length) await keepSubscribed(await readyForPush());
  } catch {
    // No network, or a server that is busy: at the next visit, or when the network is back.
  }
}
