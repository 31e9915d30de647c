"use strict";
/*! Written by mdpwa from pwa.toml: change that and build again. */

/** @type {WorkerConfig} */
const CONFIG = Object.freeze({
  "id": "it-s-b-here-b",
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
      ]
    ],
    "clean": false
  },
  "pages": {
    "strategy": "instant",
    "timeout": 3000,
    "shell": null,
    "offline": "/offline.html",
    "deny": []
  },
  "assets": [
    {
      "name": "\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e\u2028",
      "verify": "strict",
      "verifyPages": "warn",
      "files": " /|0 index.html offline.html /",
      "digests": "UU1YefUqn44FFbUG1XulJgrl",
      "hash": "S3HismwBtQsF"
    },
    {
      "name": "mdpwa",
      "verify": "strict",
      "verifyPages": "strict",
      "files": " /|0 register.js /",
      "digests": "B_rA0ELyJ-go",
      "hash": "5Im3TtQwyN3F"
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

// … worker/pages/instant.js

// … worker/files.js
