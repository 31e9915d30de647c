/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<DrainConfig>) => DrainConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
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
  ]
});
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

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

// … page/drain.js

// … page/drain-notice.js
