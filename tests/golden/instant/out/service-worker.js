"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "it-s-b-here-b",
  "root": "./",
  "version": "zKeGjEjLYLTq",
  "parallel": 6,
  "host": {
    "bare": [
      [
        "",
        null
      ],
      [
        ".html",
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
    "offline": "/offline.html",
    "deny": []
  },
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html offline.html register.js /",
      "digests": "UU1YefUqn44FFbUG1XulJgrlmsk8TNZMHyRa"
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

// … worker/core/one-version.js

// … worker/core/no-other-version.js

// … worker/core/whole.js

// … worker/core/pages.js

// … worker/core/place.js

// … worker/core/offline-page.js

// … worker/assets.js

// … worker/core/put.js

// … worker/pages/instant.js

// … worker/files.js
