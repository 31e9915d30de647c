/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<OutboxConfig>) => OutboxConfig} */ (Object.freeze)({
  "id": "everything",
  "root": "./",
  "drain": "./register-drain.js",
  "sync": [
    {
      "body": {
        "notes": "$records"
      },
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "url": "/api/notes"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "mode": "incremental",
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
      "body": "$payload",
      "endpoint": {
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "PUT",
        "url": "/api/ratings"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
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

// … sync/size.js

// … sync/queue.js

// … sync/no-encode.js

// … sync/sources.js

// … sync/store.js

// … sync/changed.js

// … sync/records.js

// … sync/state.js

// … page/modules.js

// … page/outbox.js

// … page/letters.js

// … page/principal.js
