"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "routes",
  "root": "./",
  "version": "K3OtRyTauSEP",
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
    "offline": "/offline.html",
    "deny": []
  },
  "routes": [
    {
      "name": "api",
      "methods": [
        "GET"
      ],
      "path": "^\\/api\\/.*$",
      "regex": "",
      "ignore": "^(?:utm_.*|v)$",
      "strategy": "network-first",
      "timeout": 2000,
      "freshFor": 5000,
      "maxAge": 604800000,
      "maxEntries": 50,
      "statuses": [
        200,
        404
      ],
      "invalidate": true,
      "fallback": {}
    },
    {
      "name": "google-fonts-css",
      "methods": [
        "GET"
      ],
      "host": "^fonts\\.googleapis\\.com$",
      "path": "",
      "regex": "",
      "strategy": "stale-while-revalidate",
      "freshFor": 86400000,
      "maxAge": 1000000000000,
      "maxEntries": 20,
      "statuses": [
        200
      ],
      "invalidate": false,
      "fallback": {}
    },
    {
      "name": "google-fonts",
      "methods": [
        "GET"
      ],
      "host": "^fonts\\.gstatic\\.com$",
      "path": "",
      "regex": "",
      "strategy": "cache-first",
      "freshFor": 0,
      "maxAge": 31536000000,
      "maxEntries": 30,
      "statuses": [
        200
      ],
      "invalidate": false,
      "fallback": {}
    },
    {
      "name": "pictures",
      "methods": [
        "GET"
      ],
      "destinations": [
        "image"
      ],
      "host": "^(?:.*\\.example\\.com|localhost\\:8081)$",
      "path": "",
      "regex": "\\.(?:png|jpe?g)(?:\\?|$)",
      "ignore": "^.*$",
      "strategy": "cache-first",
      "freshFor": 0,
      "maxAge": 2592000000,
      "maxEntries": 20,
      "statuses": [
        0,
        200
      ],
      "invalidate": false,
      "fallback": {
        "image": "/img/none.svg"
      }
    },
    {
      "name": "downloads",
      "methods": [
        "GET"
      ],
      "path": "^\\/downloads\\/[^\\/]*\\.(?:pdf|zip)$",
      "regex": "",
      "strategy": "cache-only",
      "freshFor": 0,
      "maxAge": 1000000000000,
      "statuses": [],
      "invalidate": false,
      "fallback": {}
    },
    {
      "name": "Eff9YgMP9FjM",
      "methods": [
        "GET"
      ],
      "path": "^\\/live\\/.*$",
      "regex": "",
      "strategy": "network-only",
      "timeout": 10000,
      "freshFor": 0,
      "maxAge": 1000000000000,
      "statuses": [],
      "invalidate": false,
      "fallback": {}
    },
    {
      "name": "QtLKpteCRgQ1",
      "methods": [
        "GET",
        "POST"
      ],
      "path": "^\\/admin\\/.*$",
      "regex": "",
      "strategy": "leave",
      "freshFor": 0,
      "maxAge": 1000000000000,
      "statuses": [],
      "invalidate": false,
      "fallback": {}
    }
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html offline.html register.js /img/|3 none.svg /",
      "digests": "odLcEH0_19W1KMkX5kSIRTc9w7n7ecgfRns--5H5oDwgLF8W"
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

// … worker/core/ranges.js

// … worker/core/pages.js

// … worker/core/place.js

// … worker/core/offline-page.js

// … worker/assets.js

// … worker/core/routes.js

// … worker/core/keeping.js

// … worker/strategy/cache-first.js

// … worker/strategy/network-first.js

// … worker/strategy/stale-while-revalidate.js

// … worker/strategy/network-only.js

// … worker/strategy/cache-only.js

// … worker/writes.js

// … worker/routes.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
