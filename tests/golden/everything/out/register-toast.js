/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: ToastConfig) => ToastConfig} */ (Object.freeze)({
  "text": "A new version is ready",
  "accept": "Reload",
  "dismiss": "Later",
  "offline": "Ready to work offline",
  "close": "OK",
  "style": ":host{position:fixed;z-index:2147483647;inset:auto 16px max(16px, env(safe-area-inset-bottom));display:flex;flex-wrap:wrap;align-items:center;gap:4px 6px;box-sizing:border-box;width:fit-content;max-width:440px;margin:0 auto;padding-block:8px;padding-inline:16px 8px;border-radius:var(--mdpwa-radius, 16px);background:var(--mdpwa-surface, light-dark(#fff, #2a2a2e));color:var(--mdpwa-text, light-dark(#1b1b1f, #f2f2f5));font:var(--mdpwa-font, 500 max(15px, 0.9375rem)/1.4 system-ui, sans-serif);box-shadow:0 0 0 1px light-dark(rgb(0 0 0/.07), rgb(255 255 255/.12)), 0 2px 6px rgb(0 0 0/.08), 0 12px 32px rgb(0 0 0/.18)}p{margin-block:6px;margin-inline:0 6px}div{display:flex;gap:4px;margin-inline-start:auto}button{padding:8px 12px;border:0;border-radius:calc(var(--mdpwa-radius, 16px) - 6px);background:none;color:inherit;font:inherit;cursor:pointer}button:hover{background:light-dark(rgb(0 0 0/.06), rgb(255 255 255/.1))}button:focus-visible{outline:2px solid var(--mdpwa-accent, light-dark(#3056d3, #a8bcff));outline-offset:2px}[part=\"accept\"],[part=\"accept\"]:hover{background:var(--mdpwa-accent, light-dark(#3056d3, #a8bcff));color:var(--mdpwa-on-accent, light-dark(#fff, #15161a))}[part=\"accept\"]:hover{filter:brightness(1.08)}@media (forced-colors: active){:host,button{border:1px solid}}@media (prefers-reduced-motion: no-preference){:host{animation:rise .35s cubic-bezier(.2, .9, .25, 1)}}@keyframes rise{from{opacity:0;transform:translateY(24px)}}"
});

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
