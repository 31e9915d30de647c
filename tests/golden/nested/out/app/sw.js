"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "nested",
  "root": "../",
  "version": "0Jo3d1aDIgdf",
  "parallel": 2,
  "host": {
    "bare": [
      [
        "",
        null
      ],
      [
        "/index.html",
        "/"
      ]
    ],
    "slash": [
      [
        "/index.html",
        null
      ]
    ],
    "clean": false
  },
  "pages": {
    "strategy": "fresh",
    "timeout": 3000,
    "deny": []
  },
  "assets": [
    {
      "install": "required",
      "verify": "strict",
      "verifyPages": "warn",
      "files": " /app/|0 index.html /app/js/|1 pwa.js /",
      "digests": "8uQDNUKA2fhPiZsau0HPzMvk"
    }
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … worker/core/events.js

// … worker/core/urls.js

// … bodies/verify.js

// … worker/core/bodies.js

// … worker/core/store.js

// … worker/core/install-alone.js

// … worker/core/open-versions.js

// … worker/core/pages.js

// … worker/assets.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
