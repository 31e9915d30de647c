/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "update",
  "root": "../",
  "worker": "app/worker.js",
  "autoRegister": true,
  "update": {
    "visible": true,
    "online": false,
    "every": 1800000
  }
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/register.js

// … page/update.js

// … page/when-safe.js

if (CONFIG.autoRegister) register();
