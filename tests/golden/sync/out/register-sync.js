/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<OutboxConfig>) => OutboxConfig} */ (Object.freeze)({
  "id": "chat",
  "root": "./",
  "drain": "./register-drain.js",
  "sync": [
    {
      "body": {
        "markdowns": "$records"
      },
      "endpoint": {
        "csrf": {
          "name": "XSRF-TOKEN"
        },
        "method": "POST",
        "url": "/markdowns"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "logout": "discard",
      "mode": "snapshot",
      "source": {
        "database": "mdFileHistory",
        "store": "mdFiles"
      },
      "tag": "persistToDatabase"
    },
    {
      "body": "$record",
      "endpoint": {
        "csrf": {
          "name": "XSRF-TOKEN"
        },
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "url": "/api/v1/markdowns"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "logout": "discard",
      "mode": "incremental",
      "onSuccess": {
        "set": {
          "status": "synced"
        }
      },
      "source": {
        "database": "hotMark",
        "store": "markdownFiles",
        "where": {
          "status": "pendingSync"
        }
      },
      "tag": "addMarkdown"
    },
    {
      "body": {
        "attachmentId": "$payload.attachmentId",
        "clientId": "$key",
        "text": "$payload.text"
      },
      "endpoint": {
        "csrf": {
          "name": "XSRF-TOKEN"
        },
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "url": "/api/conversations/{conversationId}/messages"
      },
      "lane": "conversationId",
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "logout": "discard",
      "mode": "outbox",
      "order": "lane",
      "tag": "send-message"
    },
    {
      "body": "$payload",
      "encoding": "multipart",
      "endpoint": {
        "csrf": {
          "name": "XSRF-TOKEN"
        },
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "url": "/api/attachments"
      },
      "limits": {
        "maxBody": 26214400,
        "maxBytes": 209715200,
        "maxEntries": 10000
      },
      "logout": "discard",
      "mode": "outbox",
      "order": "parallel",
      "tag": "upload-attachment"
    },
    {
      "body": {
        "upTo": "$payload.messageId"
      },
      "coalesce": "conversationId",
      "endpoint": {
        "csrf": {
          "name": "XSRF-TOKEN"
        },
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "PUT",
        "url": "/api/conversations/{conversationId}/read"
      },
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "logout": "discard",
      "mode": "outbox",
      "tag": "mark-read"
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

// … sync/fields.js

// … sync/no-omit.js

// … sync/size.js

// … sync/queue.js

// … sync/encode.js

// … sync/sources.js

// … sync/store.js

// … sync/changed.js

// … sync/records.js

// … sync/snapshot.js

// … sync/state.js

// … page/modules.js

// … page/outbox.js

// … page/cookies.js

// … page/hand-cookies.js

// … page/letters.js

// … page/principal.js
