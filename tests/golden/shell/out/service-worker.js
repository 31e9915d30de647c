"use strict";
/*! Written by mdpwa from pwa.toml. */

/** @type {WorkerConfig} */
const CONFIG = Object.freeze({
  "id": "shell",
  "root": "./",
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
    ],
    "clean": true
  },
  "pages": {
    "strategy": "shell",
    "timeout": 3000,
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
      "digests": "tgPZRusrOWyk03fww_zWo0Oc",
      "hash": "6F1dAEripZka"
    },
    {
      "verify": "strict",
      "verifyPages": "warn",
      "files": " /|0 app.html /",
      "digests": "8uQDNUKA2fhP",
      "hash": "GJQDRGbec1id"
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

// … worker/pages/shell.js

// … worker/files.js
