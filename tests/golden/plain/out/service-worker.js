"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "plain",
  "root": "./",
  "version": "EFHeWUENtRiR",
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
    "timeout": 3000,
    "deny": []
  },
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html register.js /guide/|2 50%25%20of%20%C3%BC%3F.html operator+=.html /",
      "digests": "UU1YefUqn44FW1ckgeU6erT5F1kwAalExddkFnOXlV8mW-zF"
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

// … worker/assets.js

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
