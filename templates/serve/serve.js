/**
 * The control page of `mdpwa serve`: shows what the endpoints took and throws the server's switches.
 *
 * @typedef {"up" | "down" | "slow" | "unavailable"} Switch
 * @typedef {{
 *   number: number, receivedAt: number, method: string, path: string, status: number,
 *   outcome: "stored" | "replayed" | "conflict" | "refused",
 *   idempotencyKey: string | null, contentType: string, size: number, preview: string | null,
 * }} Delivery
 * @typedef {{
 *   version: number, switch: Switch, site: string, endpoints: { method: string, path: string }[],
 *   records: number, keys: number, deliveries: Delivery[],
 * }} State
 */

/** @type {Record<Switch | "ended", { title: string, meaning: string, color: string }>} */
const BEHAVIOURS = {
  up: { title: "The server is up", meaning: "It answers as your host would.", color: "#1a9c5b" },
  down: {
    title: "The server is down",
    meaning: "It refuses connections. What the app shows now, its worker shows.",
    color: "#d8473b",
  },
  slow: {
    title: "The server is slow",
    meaning: "It does everything at once and answers two seconds later.",
    color: "#d28a14",
  },
  unavailable: {
    title: "The server answers 503",
    meaning: "It is there, and takes nothing: pages and deliveries are refused.",
    color: "#8a5cd6",
  },
  ended: { title: "The preview has ended", meaning: "Start it again with mdpwa serve.", color: "#8a8a8a" },
};

const OUTCOMES = {
  stored: { name: "Stored", meaning: "taken and stored" },
  replayed: { name: "Known", meaning: "the first answer again, nothing stored" },
  conflict: { name: "Conflict", meaning: "its key came before with another payload" },
  refused: { name: "Refused", meaning: "as the switch said" },
};

/** What each key of the keyboard does, as in the terminal. @type {Record<string, string>} */
const KEYS = { u: "up", d: "down", s: "slow", 5: "unavailable", k: "forget-keys" };

/** Rows on the page, by the number of their delivery. @type {Map<number, HTMLElement>} */
const rows = new Map();

addEventListener("click", (event) => press(event.target));
addEventListener("keydown", (event) => type(event));
listen();

/** Shows every change for as long as the page is open. */
async function listen() {
  let known = "";
  for (;;) {
    try {
      const response = await fetch(`/state${known}`);
      /** @type {State} */
      const state = await response.json();
      known = `?after=${state.version}`;
      show(state);
    } catch {
      // The preview has ended, or is about to be started again.
      behave("ended");
      known = "";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** @param {EventTarget | null} target */
function press(target) {
  const button = target instanceof Element && target.closest("button");
  if (button && button.dataset.command) send(button.dataset.command);
}

/** @param {KeyboardEvent} event */
function type(event) {
  const command = KEYS[event.key];
  if (command && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) send(command);
}

/** @param {string} command */
async function send(command) {
  try {
    const response = await fetch("/command", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(command),
    });
    complain(response.ok ? "" : await response.text());
  } catch {
    behave("ended");
  }
}

/** @param {State} state */
function show(state) {
  behave(state.switch);
  const site = find("#site", HTMLAnchorElement);
  site.href = site.textContent = state.site;
  find("#counts").textContent = `${count(state.records, "record")} · ${count(state.keys, "key")}`;
  find("#nothing").hidden = state.deliveries.length > 0;
  find("#hint").textContent = hint(state.endpoints);
  list(state.deliveries);
}

/** @param {Switch | "ended"} behaviour */
function behave(behaviour) {
  const { title, meaning, color } = BEHAVIOURS[behaviour];
  document.documentElement.dataset.switch = behaviour;
  document.title = `${title} – mdpwa`;
  find("#status").textContent = title;
  find("#meaning").textContent = meaning;
  find("#icon", HTMLLinkElement).href = dot(color);
  for (const button of document.querySelectorAll("button")) {
    button.disabled = behaviour === "ended";
    if (button.hasAttribute("aria-pressed")) {
      button.setAttribute("aria-pressed", String(button.dataset.command === behaviour));
    }
  }
}

/** @param {string} text */
function complain(text) {
  const trouble = find("#trouble");
  trouble.textContent = text;
  trouble.hidden = text === "";
}

/**
 * Adds the rows that are new and removes those that are gone; the others stay as they are, opened or not.
 *
 * @param {Delivery[]} deliveries the newest first
 */
function list(deliveries) {
  const numbers = new Set(deliveries.map((delivery) => delivery.number));
  for (const [number, element] of rows) {
    if (numbers.has(number)) continue;
    element.remove();
    rows.delete(number);
  }
  const first = rows.size === 0;
  for (const delivery of [...deliveries].reverse()) {
    if (rows.has(delivery.number)) continue;
    const element = row(delivery);
    element.classList.toggle("new", !first);
    rows.set(delivery.number, element);
    find("#deliveries").prepend(element);
  }
}

/**
 * @param {Delivery} delivery
 * @returns {HTMLElement}
 */
function row(delivery) {
  const content = find("#delivery", HTMLTemplateElement).content;
  const element = /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
  const write = (/** @type {string} */ selector, /** @type {string} */ text) => {
    const part = find(selector, HTMLElement, element);
    part.textContent = text;
    return part;
  };
  write(".outcome", OUTCOMES[delivery.outcome].name).classList.add(delivery.outcome);
  write(".method", delivery.method);
  write(".path", delivery.path);
  write("time", new Date(delivery.receivedAt).toLocaleTimeString());
  write(".answer", `${delivery.status}, ${OUTCOMES[delivery.outcome].meaning}`);
  write(".key", delivery.idempotencyKey ?? "none: sent twice, it would be stored twice");
  write(".size", `${count(delivery.size, "byte")} of ${delivery.contentType || "no named type"}`);
  write("pre", tidy(delivery.preview));
  return element;
}

/** Indented where it is JSON, as it is otherwise. @param {string | null} text */
function tidy(text) {
  if (text === null) return "";
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {State["endpoints"]} endpoints */
function hint(endpoints) {
  if (endpoints.length === 0) return "The site declares no endpoints in its pwa.toml.";
  const names = endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`);
  return `What the app sends to ${new Intl.ListFormat("en", { type: "disjunction" }).format(names)} shows up here.`;
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** The page's icon: a dot of this colour. @param {string} color */
function dot(color) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3" fill="${color}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/**
 * The element that the page is known to have.
 *
 * @template {HTMLElement} T
 * @param {string} selector
 * @param {new () => T} [kind]
 * @param {ParentNode} [within]
 * @returns {T}
 */
function find(selector, kind, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof (kind ?? HTMLElement))) throw new TypeError(`the page has no ${selector}`);
  return /** @type {T} */ (element);
}
