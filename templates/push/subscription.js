// The way of a subscription from the browser to the server. What the server knows is written down where the page and the worker both find it.

const PUSH_BOOK = `${OWNER}:push`;

/** The server is told again after this long: it may have lost what it knew. */
const PUSH_TOLD_FOR = 24 * 60 * 60 * 1000;

/** @returns {Promise<PushBook>} */
async function readBook() {
  const kept = await (await caches.open(PUSH_BOOK)).match(ROOT.href);
  return kept ? kept.json() : { gone: [] };
}

/** @param {PushBook} book */
async function writeBook(book) {
  await (await caches.open(PUSH_BOOK)).put(ROOT.href, Response.json(book));
}

/**
 * Sees to it that who wants to be subscribed is, with the key of pwa.toml, and that the server knows; rejects when it could not be told.
 *
 * @param {ServiceWorkerRegistration} registration
 */
async function keepSubscribed({ pushManager }) {
  const book = await readBook();
  if (book.wanted && Notification.permission === "granted") {
    const subscription = await subscriptionOf(pushManager);
    const now = JSON.stringify(subscription);
    if (book.told !== now || Math.abs(Date.now() - (book.at ?? 0)) > PUSH_TOLD_FOR) {
      await tellServer(CONFIG.push.subscribe, { ...subscription.toJSON(), ...(book.told && book.told !== now && { replaces: endpointOf(book.told) }) });
      await writeBook({ ...book, told: now, at: Date.now(), gone: book.gone.filter((gone) => endpointOf(gone) !== subscription.endpoint) });
    }
  }
  await takeLeave();
}

/**
 * The subscription of this browser; one that was made with another key is of no use to the server any more.
 *
 * @param {PushManager} pushManager
 */
async function subscriptionOf(pushManager) {
  const present = await pushManager.getSubscription();
  const key = present?.options.applicationServerKey;
  if (present && (!key || inText(key) === CONFIG.push.key)) return present;
  await present?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: CONFIG.push.key });
}

/** Tells the server of those that are over, as far as it was not told yet. */
async function takeLeave() {
  for (const gone of (await readBook()).gone) {
    await tellServer(CONFIG.push.unsubscribe, JSON.parse(gone));
    const book = await readBook();
    await writeBook({ ...book, gone: book.gone.filter((other) => other !== gone) });
  }
}

/**
 * @param {PushRequest | undefined} request
 * @param {object} body
 */
async function tellServer(request, body) {
  if (!request) return;
  const response = await fetch(new URL(request.url, ROOT), {
    method: request.method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    // Neither a login page nor a portal's is an answer.
    redirect: "error",
    signal: AbortSignal.timeout(30_000),
  });
  const page = /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
  if (!response.ok || page) throw new Error(`${response.url} answered ${response.status}`);
}

/** @param {string} subscription as JSON */
function endpointOf(subscription) {
  return JSON.parse(subscription).endpoint;
}

/** @param {ArrayBuffer} bytes in base64url */
function inText(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
