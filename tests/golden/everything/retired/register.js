/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "worker": "service-worker.js",
  "autoRegister": true,
  "update": {
    "visible": true,
    "online": true,
    "every": 3600000
  },
  "toast": {
    "module": "./register-toast.js",
    "offline": true
  },
  "groups": [
    "german"
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
      "poll": 300000
    }
  ]
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

// … page/events.js

// … page/retired.js

// … page/update.js

// … page/toast.js

// … page/register-sw.js

// … bodies/digest.js

// … bodies/keep.js

// … page/help.js

// … page/progress.js

// … page/groups.js

// … page/periodic-sync.js

// … sync/database.js

// … sync/digest.js

// … sync/request.js

// … sync/decide.js

// … sync/records.js

// … sync/credentials.js

// … sync/drain.js

// … sync/notice.js

// … sync/queue.js

// … sync/encode.js

// … sync/state.js

// … page/sync.js

// … page/letters.js

// … page/principal.js

if (CONFIG.autoRegister) register();
