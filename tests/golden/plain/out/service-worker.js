"use strict";
/*! Written by mdpwa from pwa.toml: change that and build again. */

/** @type {WorkerConfig} */
const CONFIG = Object.freeze({
  "id": "plain",
  "root": "./",
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
      "files": " /|0 index.html /guide/|1 50%25%20of%20%C3%BC%3F.html operator+=.html /",
      "digests": "UU1YefUqn44FF1kwAalExddkFnOXlV8mW-zF",
      "hash": "60rBfW227dsf"
    },
    {
      "name": "mdpwa",
      "verify": "strict",
      "verifyPages": "strict",
      "files": " /|0 register.js /",
      "digests": "eTlbTIZruCUn",
      "hash": "F3zi5eID4H8N"
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
