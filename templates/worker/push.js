// What the server has to say while no page is open: always something visible, and a click that leads somewhere.

/** Marks what came by push among the notifications of this origin. */
const KIND = "mdpwa:push";

sw.addEventListener("push", (event) => event.waitUntil(answerPush(messageOf(event.data))));

sw.addEventListener("notificationclick", (event) => {
  const { action, notification } = event;
  if (notification.data?.type !== KIND) return;
  notification.close();
  event.waitUntil(answerClick(action, notification.data));
});

/** @param {unknown} message */
async function answerPush(message) {
  const { pointers, default: usual, actions, drain } = CONFIG.push;
  /** @param {keyof PushPointers} name */
  const said = (name) => (pointers[name] === undefined ? undefined : at(message, pointers[name]));
  const title = text(said("title"));
  const own = buttons(said("actions"));
  /** @type {PushData} */
  const data = { type: KIND, id: crypto.randomUUID(), url: text(said("url")), urls: own.urls, message };
  /** @type {NotificationOptions & { actions?: PushButton[] }} */
  const options = {
    // Whoever says nothing that can be read says at least that there is something.
    body: text(said("body")) ?? (title === undefined ? usual.body : undefined),
    icon: addressIn(text(said("icon")) ?? usual.icon),
    tag: text(said("tag")),
    actions: own.list ?? actions.map(({ action, title, icon }) => ({ action, title, icon: addressIn(icon) })),
    data,
  };
  await sw.registration.showNotification(title ?? usual.title, options);
  await Promise.all([showBadge(said("badge")), delivery.wake(drain), tellPages({ type: KIND, message })]);
}

/**
 * @param {PushMessageData | null} data
 * @returns {unknown} nothing for what is no JSON
 */
function messageOf(data) {
  try {
    return data?.json();
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

/**
 * The buttons of a payload, and where each of them leads; those without a name and a text are left out.
 *
 * @param {unknown} said
 */
function buttons(said) {
  /** @type {Record<string, string>} */
  const urls = {};
  if (!Array.isArray(said)) return { urls };
  const list = [];
  for (const button of said) {
    const [action, title, icon, url] = ["action", "title", "icon", "url"].map((name) => text(button?.[name]));
    if (!action || !title) continue;
    list.push({ action, title, icon: addressIn(icon) });
    if (url) urls[action] = url;
  }
  return { list, urls };
}

/** @param {unknown} count a number, or nothing that says anything about the app's icon */
async function showBadge(count) {
  if (typeof count !== "number") return;
  // Where there are no badges, or the app is not installed, there is none to show.
  await navigator.setAppBadge?.(count).catch(() => undefined);
}

/**
 * @param {string} action
 * @param {PushData} data
 */
async function answerClick(action, { id, url, urls, message }) {
  const { click, default: usual, actions } = CONFIG.push;
  const button = actions.find((known) => known.action === action);
  const address = addressIn(urls[action] ?? button?.url ?? url ?? usual.url) ?? ROOT.href;
  const deed = button?.click ?? click;
  if (typeof deed === "string") return deeds[deed](address);
  const { method, url: target } = deed.request;
  const headers = { "content-type": "application/json", "idempotency-key": `"${id}${action && `-${action}`}"` };
  const response = await fetch(new URL(target, ROOT), { method, headers, body: JSON.stringify({ action, url: address, message }), keepalive: true });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
}

/** What a click may do with an address. */
const deeds = {
  /** @param {string} address */
  async open(address) {
    await sw.clients.openWindow(address);
  },

  /** @param {string} address */
  async focus(address) {
    const there = (await windowsOfSite()).find(({ url }) => url === address);
    await (there ? there.focus() : deeds.open(address));
  },

  /** @param {string} address */
  async navigate(address) {
    // The one used last comes first.
    const [page] = await windowsOfSite();
    if (!page) return deeds.open(address);
    try {
      await page.focus();
      await page.navigate(address);
    } catch {
      // A page that this worker does not control stays as it is.
      await deeds.open(address);
    }
  },
};

async function windowsOfSite() {
  const all = await sw.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => url.startsWith(ROOT.href));
}

/**
 * @param {string | undefined} url relative to the site's root
 * @returns {string | undefined} nothing for what is no address of a page or a picture
 */
function addressIn(url) {
  if (url === undefined || !URL.canParse(url, ROOT)) return undefined;
  const { href, protocol } = new URL(url, ROOT);
  return /^https?:$/.test(protocol) ? href : undefined;
}
