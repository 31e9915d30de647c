"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: RetireConfig) => RetireConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "force": false,
  "foreignCaches": [
    "images"
  ]
});

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

// … retire/foreign-caches.js

// … retire/own.js

// … retire/leave.js
