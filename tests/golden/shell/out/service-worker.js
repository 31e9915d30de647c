"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "shell",
  "root": "./",
  "version": "69GhZvg2U1Rv",
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
      ],
      [
        ".html",
        ""
      ]
    ]
  },
  "pages": {
    "shell": "/app.html",
    "deny": [
      "^\\/api\\/.*$",
      "^\\/admin\\/[^\\/]*$"
    ]
  },
  "assets": [
    {
      "verify": "warn",
      "verifyPages": "warn",
      "files": " /|0 app.js register.js /",
      "digests": "tgPZRusrOWykKIAEFk3473rW"
    },
    {
      "verifyPages": "warn",
      "files": " /|0 app.html /",
      "digests": "8uQDNUKA2fhP"
    }
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … worker/core/events.js

// … worker/core/urls.js

// … worker/core/clean-urls.js

// … bodies/digest.js

// … bodies/keep.js

// … worker/core/bodies.js

// … worker/core/store.js

// … worker/core/sweep.js

// … worker/core/install-alone.js

// … worker/core/open-versions.js

// … worker/core/whole.js

// … worker/core/pages.js

// … worker/core/place.js

// … worker/core/no-offline-page.js

// … worker/assets.js

// … worker/core/put.js

// … worker/pages/shell.js

// … worker/files-of-versions.js
