"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "update",
  "root": "../",
  "version": "BLViZX1KkOOm",
  "parallel": 6,
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
    ]
  },
  "pages": {
    "deny": []
  },
  "foreignCaches": [],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html /app/|1 pwa.js /",
      "digests": "p8fnHp7wYZUh_zPmH3zQsyXG"
    }
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … worker/core/events.js

// … worker/core/urls.js

// … worker/core/plain-urls.js

// … bodies/digest.js

// … bodies/keep.js

// … worker/core/bodies.js

// … worker/core/store.js

// … worker/core/sweep.js

// … worker/core/install-alone.js

// … worker/core/open-versions.js

// … worker/core/whole.js

// … worker/core/pages.js

// … worker/core/no-offline-page.js

// … worker/core/messages.js

// … worker/assets.js

// … worker/update.js

// … retire/foreign-caches.js

// … worker/retire.js

// … worker/at-once.js

// … worker/core/put.js

// … worker/pages/instant.js

// … worker/files-of-versions.js
