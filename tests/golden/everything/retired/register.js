/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "update": {
    "visible": true,
    "online": true,
    "every": 3600000
  },
  "toast": {
    "module": "./register-toast.js",
    "offline": true
  },
  "groups": [
    "german"
  ],
  "downloads": "./register-downloads.js",
  "outbox": "./register-sync.js",
  "periodicSync": [
    {
      "tag": "news",
      "minInterval": 86400000,
      "poll": 300000
    }
  ],
  "push": {
    "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    "subscribe": {
      "method": "POST",
      "url": "/api/push"
    }
  }
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/modules.js

// … page/retired.js

// … page/update.js

// … page/toast.js

// … page/register-sw.js

// … page/progress.js

// … page/groups.js

// … page/periodic-sync.js

// … push/subscription.js

// … page/push.js

// … page/push-at-load.js

// … page/sync.js

if (CONFIG.autoRegister) register();
