"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "push",
  "root": "./",
  "version": "o0TNuOH6F79V",
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
  "push": {
    "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    "subscribe": {
      "method": "POST",
      "url": "/api/push"
    },
    "unsubscribe": {
      "method": "DELETE",
      "url": "/api/push"
    },
    "pointers": {
      "title": "/notification/title",
      "body": "/notification/body",
      "icon": "/icon",
      "url": "/data/url",
      "tag": "/tag",
      "actions": "/actions",
      "badge": "/unread"
    },
    "default": {
      "title": "News",
      "body": "There is something new",
      "icon": "icon.svg",
      "url": ""
    },
    "click": "navigate",
    "actions": [
      {
        "action": "seen",
        "title": "Mark as read",
        "click": {
          "request": {
            "method": "POST",
            "url": "/api/seen"
          }
        }
      }
    ],
    "drain": []
  },
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 icon.svg index.html register.js /",
      "digests": "Ohj-yFNgdRh70oT-5jb73LccJX4joAsGPjdL"
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

// … sync/pointer.js

// … worker/core/wake.js

// … worker/assets.js

{
// … worker/push.js

// … push/subscription.js

// … worker/push-subscription.js

}

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
