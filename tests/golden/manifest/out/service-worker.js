"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "notes",
  "root": "./",
  "version": "66Yc-eEKxxBE",
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
  "share": {
    "action": "/notes/shared",
    "page": "/notes/?source=app"
  },
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 about.html favicon.ico index.html manifest.webmanifest register.js /icons/|5 icon-192-b7a4610ffb.png icon-630cb0021f.svg monochrome-96-23f7b7226a.png /img/|8 fr-192.png narrow.png note-96.png wide.png /notes/|12 index.html new.html /",
      "digests": "DV2wSvv7-qQS0VE3ZdUUQLjnEUO4-CRpoabZ9oaPs-AqW2rd017I3tccGnrEt6RhD_uNn1IuYwywAh8a4JtMI_e3ImpXHYOZHJQAqNpnCq7ndOUXYYDqHDD3ylJ0Zkbc6Uifgn-fhgahmY2xTKuqPymN9-W-_ZUdEHAmTTXb"
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

// … worker/share.js

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
