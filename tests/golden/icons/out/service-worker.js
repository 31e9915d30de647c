"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "icons",
  "root": "./",
  "version": "e4SeKCQlwRi6",
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
      "files": " /|0 favicon.ico index.html register.js /img/app/|3 icon-192-c865ad1bc6.png monochrome-96-ccc3a9af0d.png /",
      "digests": "5VTWxxkGJX06A9d6de3pCYvPgUK8i09O9JKDyGWtG8Z8ax8wzMOprw0tEBZt"
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
