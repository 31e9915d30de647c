/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "push",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "push": {
    "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    "subscribe": {
      "method": "POST",
      "url": "/api/push"
    },
    "unsubscribe": {
      "method": "DELETE",
      "url": "/api/push"
    }
  }
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/register.js

// … push/subscription.js

// … page/push.js

// … page/badge.js

if (CONFIG.autoRegister) register();
