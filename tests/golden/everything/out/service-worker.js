"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "version": "vlAH4g-oU41H",
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
      "tag": "notes",
      "source": {
        "database": "notes",
        "store": "notes",
        "index": null,
        "where": {
          "state": "waiting"
        }
      },
      "mode": "incremental",
      "order": "fifo",
      "lane": null,
      "concurrency": 1,
      "coalesce": null,
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 52428800,
        "maxBody": 10485760
      },
      "logout": "keep",
      "onSuccess": {
        "set": {
          "state": "sent"
        }
      },
      "body": {
        "notes": "$records"
      },
      "omit": [],
      "encoding": "json",
      "capture": null,
      "batch": {
        "maxRecords": 50,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "POST",
        "url": "/api/notes",
        "headers": {},
        "credentials": "same-origin",
        "timeout": 30000,
        "idempotency": {
          "header": "Idempotency-Key",
          "format": "structured"
        },
        "success": {
          "contentType": null
        },
        "auth": null,
        "csrf": null,
        "status": {},
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxDelay": 900000,
          "maxAttempts": 0,
          "maxAge": 2592000000,
          "maxRetryAfter": 86400000
        }
      },
      "notification": {
        "title": "{count} notes sent",
        "titleOne": null,
        "body": null,
        "icon": null,
        "tag": "notes",
        "when": "always"
      },
      "clientMessage": null,
      "trigger": null,
      "response": null
    },
    {
      "tag": "ratings",
      "source": null,
      "mode": "incremental",
      "order": "fifo",
      "lane": null,
      "concurrency": 1,
      "coalesce": null,
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 52428800,
        "maxBody": 10485760
      },
      "logout": "keep",
      "onSuccess": "keep",
      "body": "$payload",
      "omit": [],
      "encoding": "json",
      "capture": null,
      "batch": {
        "maxRecords": 1,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "PUT",
        "url": "/api/ratings",
        "headers": {},
        "credentials": "same-origin",
        "timeout": 30000,
        "idempotency": {
          "header": "Idempotency-Key",
          "format": "structured"
        },
        "success": {
          "contentType": null
        },
        "auth": null,
        "csrf": null,
        "status": {},
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxDelay": 900000,
          "maxAttempts": 0,
          "maxAge": 2592000000,
          "maxRetryAfter": 86400000
        }
      },
      "notification": null,
      "clientMessage": null,
      "trigger": null,
      "response": null
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
  "foreignCaches": [
    "images"
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html offline.html register-toast.js register-workbox.js register.js /",
      "digests": "UU1YefUqn44FFbUG1XulJgrla5k6JVXQxHja_gBFjNYFEePKtwzU-cwrLTML"
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

// … worker/core/pointer.js

// … worker/core/wake.js

// … worker/assets.js

// … worker/groups.js

// … worker/update.js

// … retire/foreign-caches.js

// … worker/retire.js

{
// … sync/database.js

// … sync/digest.js

// … sync/request.js

// … sync/decide.js

// … sync/records.js

// … sync/credentials.js

// … sync/drain.js

// … sync/notice.js

// … worker/sync.js

// … worker/woken.js

}

{
// … worker/periodic-sync.js

// … sync/database.js

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
