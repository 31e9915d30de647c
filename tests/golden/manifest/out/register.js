/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "notes",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "share": {
    "title": "title",
    "text": "text",
    "url": "url",
    "files": [
      "photos"
    ]
  }
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/register.js

// … page/share.js

// … page/open-files.js

if (CONFIG.autoRegister) register();
