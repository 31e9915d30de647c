/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: ToastConfig) => ToastConfig} */ (Object.freeze)(/*{ config }*/);

/** @type {HTMLElement | undefined} */
let shown;

/**
 * Shows a small message in a shadow of its own, so that neither side's styles reach the other; it takes the last one's place.
 *
 * @param {"update" | "offline" | "none"} news
 * @param {() => void} accept
 */
export function show(news, accept) {
  hide();
  const text = news === "offline" ? CONFIG.offline : CONFIG.text;
  if (news === "none" || !text) return;
  const toast = document.createElement("mdpwa-toast");
  const shadow = toast.attachShadow({ mode: "open" });
  // A sheet made here, and not a style element, since policies forbid those.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CONFIG.style);
  shadow.adoptedStyleSheets = [sheet];
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.part.add("text");
  const actions = document.createElement("div");
  if (news === "update") actions.append(button("accept", CONFIG.accept, accept));
  actions.append(button("dismiss", news === "update" ? CONFIG.dismiss : CONFIG.close, hide));
  shadow.append(status, actions);
  toast.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.body.append(toast);
  shown = toast;
  // Read out only when it changes in a place that is already there.
  setTimeout(() => status.append(text), 100);
}

/**
 * @param {string} part
 * @param {string} text
 * @param {() => void} onClick
 */
function button(part, text, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.part.add(part);
  made.append(text);
  made.addEventListener("click", onClick);
  return made;
}

function hide() {
  shown?.remove();
}
