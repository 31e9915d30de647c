/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<DrainConfig>) => DrainConfig} */ (Object.freeze)({
  "id": "chat",
  "root": "./",
  "sync": [
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 50
      },
      "body": {
        "markdowns": "$records"
      },
      "endpoint": {
        "csrf": {
          "from": "cookie",
          "header": "x-xsrf-token",
          "name": "XSRF-TOKEN",
          "pointer": ""
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
        "url": "/markdowns"
      },
      "mode": "snapshot",
      "notification": {
        "tag": "persistToDatabase",
        "title": "Markdowns synced to server"
      },
      "source": {
        "database": "mdFileHistory",
        "store": "mdFiles"
      },
      "tag": "persistToDatabase"
    },
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 1
      },
      "body": "$record",
      "clientMessage": {
        "type": "markdowns-synced"
      },
      "endpoint": {
        "csrf": {
          "from": "cookie",
          "header": "x-xsrf-token",
          "name": "XSRF-TOKEN",
          "pointer": ""
        },
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
        "url": "/api/v1/markdowns"
      },
      "mode": "incremental",
      "notification": {
        "tag": "addMarkdown",
        "title": "New markdowns synced!"
      },
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
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 1
      },
      "body": {
        "attachmentId": "$payload.attachmentId",
        "clientId": "$key",
        "text": "$payload.text"
      },
      "concurrency": 4,
      "endpoint": {
        "csrf": {
          "from": "cookie",
          "header": "x-xsrf-token",
          "name": "XSRF-TOKEN",
          "pointer": ""
        },
        "idempotency": {
          "header": "Idempotency-Key"
        },
        "method": "POST",
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxAge": 604800000,
          "maxDelay": 900000,
          "maxRetryAfter": 86400000
        },
        "timeout": 30000,
        "url": "/api/conversations/{conversationId}/messages"
      },
      "mode": "outbox",
      "notification": {
        "tag": "send-message",
        "title": "{count} messages sent",
        "titleOne": "Message sent",
        "when": "hidden"
      },
      "order": "lane",
      "tag": "send-message"
    },
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 1
      },
      "body": "$payload",
      "concurrency": 2,
      "endpoint": {
        "csrf": {
          "from": "cookie",
          "header": "x-xsrf-token",
          "name": "XSRF-TOKEN",
          "pointer": ""
        },
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
        "timeout": 120000,
        "url": "/api/attachments"
      },
      "mode": "outbox",
      "order": "parallel",
      "response": {
        "database": "chat",
        "pointer": "",
        "store": "attachments"
      },
      "tag": "upload-attachment"
    },
    {
      "batch": {
        "maxBytes": 262144,
        "maxRecords": 1
      },
      "body": {
        "upTo": "$payload.messageId"
      },
      "endpoint": {
        "csrf": {
          "from": "cookie",
          "header": "x-xsrf-token",
          "name": "XSRF-TOKEN",
          "pointer": ""
        },
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
        "url": "/api/conversations/{conversationId}/read"
      },
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

// … sync/send.js

// … sync/pointer.js

// … sync/decide.js

// … sync/credentials.js

// … page/cookies.js

// … sync/one-each.js

// … sync/all-or-nothing.js

// … sync/follow-up.js

// … sync/mark.js

// … sync/save-response.js

// … sync/drain.js

// … sync/sources.js

// … sync/entries.js

// … sync/lanes.js

// … sync/store.js

// … sync/records.js

// … sync/snapshot.js

// … sync/notice.js

// … page/drain.js

// … page/drain-message.js

// … page/drain-notice.js
