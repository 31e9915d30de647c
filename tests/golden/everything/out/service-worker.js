"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "version": "TLMsXAVywvbp",
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
    ]
  },
  "pages": {
    "timeout": 2000,
    "offline": "/offline.html",
    "deny": [
      "^\\/api\\/.*$"
    ]
  },
  "routes": [
    {
      "name": "articles",
      "methods": [
        "GET"
      ],
      "path": "^\\/articles\\/.*$",
      "regex": "",
      "strategy": "network-first",
      "timeout": 3000,
      "freshFor": 0,
      "maxAge": 1000000000000,
      "maxEntries": 100,
      "statuses": [
        200
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
      "name": "downloads",
      "methods": [
        "GET"
      ],
      "path": "^\\/downloads\\/.*$",
      "regex": "",
      "strategy": "cache-only",
      "freshFor": 0,
      "maxAge": 1000000000000,
      "statuses": [],
      "invalidate": false,
      "fallback": {}
    }
  ],
  "sync": [
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 50
      },
      "body": {
        "notes": "$records"
      },
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxAge": 2592000000,
          "maxDelay": 900000,
          "maxRetryAfter": 86400000
        },
        "timeout": 30000,
        "url": "/api/notes"
      },
      "mode": "incremental",
      "notification": {
        "tag": "notes",
        "title": "{count} notes sent"
      },
      "onSuccess": {
        "set": {
          "state": "sent"
        }
      },
      "source": {
        "database": "notes",
        "store": "notes",
        "where": {
          "state": "waiting"
        }
      },
      "tag": "notes"
    },
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 1
      },
      "body": "$payload",
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "PUT",
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxAge": 2592000000,
          "maxDelay": 900000,
          "maxRetryAfter": 86400000
        },
        "timeout": 30000,
        "url": "/api/ratings"
      },
      "mode": "outbox",
      "tag": "ratings"
    }
  ],
  "periodicSync": [
    {
      "tag": "news",
      "minInterval": 86400000,
      "url": "/articles/news.json",
      "route": "articles",
      "store": {
        "database": "notes",
        "store": "news",
        "pointer": "/items"
      },
      "drain": [
        "notes"
      ],
      "poll": 300000
    }
  ],
  "push": {
    "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    "subscribe": {
      "method": "POST",
      "url": "/api/push"
    },
    "pointers": {
      "title": "/title",
      "body": "/body",
      "icon": "/icon",
      "url": "/url",
      "tag": "/tag",
      "actions": "/actions"
    },
    "default": {
      "title": "Everything",
      "url": ""
    },
    "click": "focus",
    "actions": [],
    "drain": [
      "notes"
    ]
  },
  "foreignCaches": [
    "images"
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html offline.html register-downloads.js register-drain.js register-sync.js register-toast.js register-workbox.js register.js /",
      "digests": "UU1YefUqn44FFbUG1XulJgrlIYwfCxfFVkZqcLBoG8Cluv4JvRkDIssgUiEMa5k6JVXQxHja_gBFjNYFEePKYWd5m2nPFIZB"
    },
    {
      "install": "optional",
      "verifyPages": "warn",
      "files": " /pictures/|0 00.svg 01.svg 02.svg 03.svg 04.svg 05.svg 06.svg 07.svg 08.svg 09.svg 10.svg 11.svg 12.svg 13.svg 14.svg 15.svg 16.svg 17.svg 18.svg 19.svg 20.svg 21.svg 22.svg 23.svg 24.svg 25.svg 26.svg 27.svg 28.svg 29.svg 30.svg 31.svg 32.svg 33.svg 34.svg 35.svg 36.svg 37.svg 38.svg 39.svg 40.svg 41.svg 42.svg 43.svg 44.svg /",
      "digests": "uzUr-hwYE67DiFTRaz7kPqXFNHzEq4AuW6XUhn89xMNkM_Re6D5pX6qAMy3DIJwiQPE-BexN0b9E_Pi5aqEFI37iDGxQh4Uwfflc-ZRVj1N_2-UDG54Wid8JYIJbCdJKPQ3qzM4up6V1opk5BmmaXYKRF7-_TasUDCIkyBw7vYXocacluXjl8krabrHMLgExnnnBycO2Vl1gsNTR5933R4ZsLFMFosBy2jSYHrdMZQjM6ksBvHISex6KYC9Pa0xSB5QDUzVIW1PGmsRKMo8Q20GgNE8LYabJPCXlUEfADyn5Ays0uHZDUvBRcljHL0gOrlZn2926a8ZsT4yq11hlitPMF8m_Ya149C0tEps489lTTkobAjSU-oIuVlFYdb2OhnaZF9DGi8kTYIVT-zG2ThEiCXDrggldvTaMT_f_VttQhiWZhAOVlQ9Py0QHQSTS7w1SIJZY4YLHTwtxTCnGASNCjR0N0rA2Ok17NPn5I2U2JGryUu2VfH2ZlY75rIK2DawTj4MO8kHg0MfOSIHKe6pRXLeE"
    },
    {
      "name": "german",
      "install": "manual",
      "verifyPages": "warn",
      "files": " /de/|0 eins.txt /",
      "digests": "uYRD8XyERgbV"
    },
    {
      "install": "lazy",
      "verifyPages": "warn",
      "files": " /|0 style.css /drafts/|1 one.html /",
      "digests": "Cor45Ef433e5NIWm6ovRhqi3"
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

// … worker/core/install-with-page.js

// … worker/core/open-versions.js

// … worker/core/ranges.js

// … worker/core/pages.js

// … worker/core/place.js

// … worker/core/offline-page.js

// … worker/core/messages.js

// … sync/pointer.js

// … worker/core/wake.js

// … worker/assets.js

// … worker/groups.js

// … worker/update.js

// … retire/foreign-caches.js

// … worker/retire.js

// Queued work, whose many names are its own.
{
// … sync/storage.js

// … sync/database.js

// … sync/hold.js

// … sync/app-store.js

// … sync/digest.js

// … sync/field.js

// … sync/freeze.js

// … sync/fill.js

// … sync/key.js

// … sync/no-fields.js

// … sync/no-omit.js

// … sync/send.js

// … sync/decide.js

// … sync/no-credentials.js

// … sync/size.js

// … sync/batches.js

// … sync/all-or-nothing.js

// … sync/follow-up.js

// … sync/mark.js

// … sync/drain.js

// … sync/sources.js

// … sync/entries.js

// … sync/line.js

// … sync/store.js

// … sync/records.js

// … sync/notice.js

// … worker/sync.js

// … worker/woken.js

// … worker/sync-notice.js

}

{
// … worker/push.js

// … push/subscription.js

// … worker/push-subscription.js

}

{
// … worker/periodic-sync.js

// … sync/storage.js

// … sync/app-store.js

// … worker/periodic-sync-store.js

// … worker/periodic-sync-cache.js

}

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
