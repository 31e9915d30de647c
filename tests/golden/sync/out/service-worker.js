"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "chat",
  "root": "./",
  "version": "3bb4iww1Rbst",
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
      "tag": "persistToDatabase",
      "source": {
        "database": "mdFileHistory",
        "store": "mdFiles",
        "index": null,
        "where": null
      },
      "mode": "snapshot",
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
      "logout": "discard",
      "onSuccess": "keep",
      "body": {
        "markdowns": "$records"
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
        "url": "/markdowns",
        "headers": {},
        "credentials": "same-origin",
        "timeout": 30000,
        "idempotency": null,
        "success": {
          "contentType": null
        },
        "auth": null,
        "csrf": {
          "from": "cookie",
          "name": "XSRF-TOKEN",
          "pointer": "",
          "header": "x-xsrf-token"
        },
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
        "title": "Markdowns synced to server",
        "titleOne": null,
        "body": null,
        "icon": null,
        "tag": "persistToDatabase",
        "when": "always"
      },
      "clientMessage": null,
      "trigger": null,
      "response": null
    },
    {
      "tag": "addMarkdown",
      "source": {
        "database": "hotMark",
        "store": "markdownFiles",
        "index": null,
        "where": {
          "status": "pendingSync"
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
      "logout": "discard",
      "onSuccess": {
        "set": {
          "status": "synced"
        }
      },
      "body": "$record",
      "omit": [],
      "encoding": "json",
      "capture": null,
      "batch": {
        "maxRecords": 1,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "POST",
        "url": "/api/v1/markdowns",
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
        "csrf": {
          "from": "cookie",
          "name": "XSRF-TOKEN",
          "pointer": "",
          "header": "x-xsrf-token"
        },
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
        "title": "New markdowns synced!",
        "titleOne": null,
        "body": null,
        "icon": null,
        "tag": "addMarkdown",
        "when": "always"
      },
      "clientMessage": {
        "type": "markdowns-synced"
      },
      "trigger": {
        "message": "add-markdown"
      },
      "response": null
    },
    {
      "tag": "send-message",
      "source": null,
      "mode": "incremental",
      "order": "lane",
      "lane": "conversationId",
      "concurrency": 4,
      "coalesce": null,
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 52428800,
        "maxBody": 10485760
      },
      "logout": "discard",
      "onSuccess": "keep",
      "body": {
        "attachmentId": "$payload.attachmentId",
        "clientId": "$key",
        "text": "$payload.text"
      },
      "omit": [],
      "encoding": "json",
      "capture": null,
      "batch": {
        "maxRecords": 1,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "POST",
        "url": "/api/conversations/{conversationId}/messages",
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
        "csrf": {
          "from": "cookie",
          "name": "XSRF-TOKEN",
          "pointer": "",
          "header": "x-xsrf-token"
        },
        "status": {},
        "retry": {
          "base": 2000,
          "factor": 2,
          "maxDelay": 900000,
          "maxAttempts": 0,
          "maxAge": 604800000,
          "maxRetryAfter": 86400000
        }
      },
      "notification": {
        "title": "{count} messages sent",
        "titleOne": "Message sent",
        "body": null,
        "icon": null,
        "tag": "send-message",
        "when": "hidden"
      },
      "clientMessage": null,
      "trigger": null,
      "response": null
    },
    {
      "tag": "upload-attachment",
      "source": null,
      "mode": "incremental",
      "order": "parallel",
      "lane": null,
      "concurrency": 2,
      "coalesce": null,
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 209715200,
        "maxBody": 26214400
      },
      "logout": "discard",
      "onSuccess": "keep",
      "body": "$payload",
      "omit": [],
      "encoding": "multipart",
      "capture": null,
      "batch": {
        "maxRecords": 1,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "POST",
        "url": "/api/attachments",
        "headers": {},
        "credentials": "same-origin",
        "timeout": 120000,
        "idempotency": {
          "header": "Idempotency-Key",
          "format": "structured"
        },
        "success": {
          "contentType": null
        },
        "auth": null,
        "csrf": {
          "from": "cookie",
          "name": "XSRF-TOKEN",
          "pointer": "",
          "header": "x-xsrf-token"
        },
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
      "response": {
        "database": "chat",
        "store": "attachments",
        "pointer": ""
      }
    },
    {
      "tag": "mark-read",
      "source": null,
      "mode": "incremental",
      "order": "fifo",
      "lane": null,
      "concurrency": 1,
      "coalesce": "conversationId",
      "onDead": "skip",
      "skipUnknown": false,
      "limits": {
        "maxEntries": 10000,
        "maxBytes": 52428800,
        "maxBody": 10485760
      },
      "logout": "discard",
      "onSuccess": "keep",
      "body": {
        "upTo": "$payload.messageId"
      },
      "omit": [],
      "encoding": "json",
      "capture": {
        "on": [
          "network_error",
          "503"
        ],
        "respond": "202",
        "navigations": false
      },
      "batch": {
        "maxRecords": 1,
        "maxBytes": 262144,
        "perRecord": false
      },
      "endpoint": {
        "method": "PUT",
        "url": "/api/conversations/{conversationId}/read",
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
        "csrf": {
          "from": "cookie",
          "name": "XSRF-TOKEN",
          "pointer": "",
          "header": "x-xsrf-token"
        },
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
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html register.js /",
      "digests": "UU1YefUqn44Fnn0EfKeoQq3h"
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

// … worker/assets.js

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

// … sync/queue.js

// … worker/capture.js

}

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
