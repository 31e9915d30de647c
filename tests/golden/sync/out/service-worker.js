"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "chat",
  "root": "./",
  "version": "-CIb0q7LY4r_",
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
      "tag": "addMarkdown",
      "trigger": {
        "message": "add-markdown"
      }
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
      "capture": {
        "on": [
          "network_error",
          "503"
        ],
        "respond": "202"
      },
      "coalesce": "conversationId",
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
      "limits": {
        "maxBody": 10485760,
        "maxBytes": 52428800,
        "maxEntries": 10000
      },
      "mode": "outbox",
      "tag": "mark-read"
    }
  ],
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html register-drain.js register-sync.js register.js /",
      "digests": "UU1YefUqn44Flg4tlb2pGLDMgyosstf9lZQIESwycsOlHksD"
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

// … worker/core/messages.js

// … sync/pointer.js

// … worker/assets.js

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

// … sync/fields.js

// … sync/no-omit.js

// … sync/send.js

// … sync/decide.js

// … sync/credentials.js

// … worker/sync-cookies.js

// … sync/size.js

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

// … worker/sync.js

// … worker/sync-message.js

// … worker/sync-notice.js

// … worker/sync-trigger.js

// … sync/queue.js

// … worker/capture.js

}

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
