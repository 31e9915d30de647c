/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<OutboxConfig>) => OutboxConfig} */ (Object.freeze)(/*{ config }*/);
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "sync/storage.js" %*/

/*% include "sync/database.js" %*/

/*% include "sync/hold.js" %*/

/*% if sync.app_stores %*/
/*% include "sync/app-store.js" %*/
/*% endif %*/

/*% include "sync/digest.js" %*/

/*% include "sync/field.js" %*/

/*% include "sync/freeze.js" %*/

/*% if sync.bodies %*/
/*% include "sync/fill.js" %*/
/*% else %*/
/*% include "sync/as-it-is.js" %*/
/*% endif %*/

/*% if sync.keys %*/
/*% include "sync/key.js" %*/
/*% else %*/
/*% include "sync/no-key.js" %*/
/*% endif %*/

/*% if sync.fields %*/
/*% include "sync/fields.js" %*/
/*% else %*/
/*% include "sync/no-fields.js" %*/
/*% endif %*/

/*% if sync.omit %*/
/*% include "sync/omit.js" %*/
/*% else %*/
/*% include "sync/no-omit.js" %*/
/*% endif %*/

/*% include "sync/size.js" %*/

/*% include "sync/queue.js" %*/

/*% if sync.encodings %*/
/*% include "sync/encode.js" %*/
/*% else %*/
/*% include "sync/no-encode.js" %*/
/*% endif %*/

/*% if sync.stores %*/
/*% include "sync/sources.js" %*/

/*% include "sync/store.js" %*/

/*% include "sync/changed.js" %*/
/*% else %*/
/*% include "sync/no-changed.js" %*/
/*% endif %*/
/*% if sync.records %*/

/*% include "sync/records.js" %*/
/*% endif %*/
/*% if sync.snapshots %*/

/*% include "sync/snapshot.js" %*/
/*% endif %*/

/*% include "sync/state.js" %*/

/*% include "page/modules.js" %*/

/*% include "page/outbox.js" %*/

/*% if sync.cookies %*/
/*% include "page/cookies.js" %*/

/*% include "page/hand-cookies.js" %*/

/*% endif %*/
/*% include "page/letters.js" %*/

/*% include "page/principal.js" %*/
