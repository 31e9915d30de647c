"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)({
  "id": "pages",
  "root": "./",
  "version": "hEdRFimCokq3",
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
  "assets": [
    {
      "verifyPages": "warn",
      "files": " /|0 index.html register.js /docs/|2 by-hand.html closed.html latin.html lines.html minified.htm moved.html nonce.html piece.html private.html stale.html /",
      "digests": "Ab5_saTezACTYfZGSm3KX4YcLiCVB4IYkZmZBgp2BV9x4kQb-kw7IoCml0VDZM9XgDTacufFD_XwKT_f8cKoUlj9ynDrqX2sQFpxoJidAwFf0fgD-Yzvc2x26CEJf4RaZghV7jI6KPNL5Inp"
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

// … worker/assets.js

// … worker/core/put.js

// … worker/pages/fresh.js

// … worker/files-of-versions.js
