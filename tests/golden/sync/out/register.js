/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "chat",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "outbox": "./register-sync.js"
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/modules.js

// … page/register.js

// … page/permission.js

// … page/sync.js

if (CONFIG.autoRegister) register();
