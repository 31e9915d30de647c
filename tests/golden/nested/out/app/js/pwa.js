/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "nested",
  "root": "../../",
  "worker": "app/sw.js",
  "autoRegister": false
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/register.js

if (CONFIG.autoRegister) register();
