"use strict";
/*! Written by mdpwa from pwa.toml: change that and build again. */

/** @type {WorkerConfig} */
const CONFIG = Object.freeze({
  "id": "nested",
  "root": "../",
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
    "shell": null,
    "offline": null,
    "deny": []
  },
  "assets": [
    {
      "name": "site",
      "verify": "strict",
      "verifyPages": "warn",
      "files": " /app/|0 index.html /",
      "digests": "8uQDNUKA2fhP",
      "hash": "49FndImRBHz4"
    },
    {
      "name": "mdpwa",
      "verify": "strict",
      "verifyPages": "strict",
      "files": " /app/js/|0 pwa.js /",
      "digests": "dWLnZSHrhZUL",
      "hash": "7EBHpD52WNWV"
    }
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … worker/core/events.js

// … worker/core/urls.js

// … worker/core/bodies.js

// … worker/core/pages.js

// … worker/assets.js

// … worker/pages/fresh.js

// … worker/files.js
