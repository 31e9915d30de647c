/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<DrainConfig>) => DrainConfig} */ (Object.freeze)(/*{ config }*/);
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "sync/storage.js" %*/

/*% include "sync/database.js" %*/

/*% include "sync/hold.js" %*/

/*% if sync.app_stores %*/
/*% include "sync/app-store.js" %*/
/*% endif %*/
/*% if sync.stores %*/
/*% include "sync/digest.js" %*/
/*% endif %*/

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

/*% include "sync/send.js" %*/

/*% if sync.pointers %*/
/*% include "sync/pointer.js" %*/
/*% endif %*/

/*% include "sync/decide.js" %*/

/*% if sync.credentials %*/
/*% include "sync/credentials.js" %*/

/*% include "page/cookies.js" %*/
/*% else %*/
/*% include "sync/no-credentials.js" %*/
/*% endif %*/

/*% if sync.batches %*/
/*% include "sync/size.js" %*/
/*% endif %*/

/*% if sync.batches %*/
/*% include "sync/batches.js" %*/
/*% else %*/
/*% include "sync/one-each.js" %*/
/*% endif %*/

/*% if sync.per_record %*/
/*% include "sync/per-record.js" %*/
/*% else %*/
/*% include "sync/all-or-nothing.js" %*/
/*% endif %*/

/*% if sync.follow_up %*/
/*% include "sync/follow-up.js" %*/
/*% else %*/
/*% include "sync/no-follow-up.js" %*/
/*% endif %*/
/*% if sync.marks %*/

/*% include "sync/mark.js" %*/
/*% endif %*/
/*% if sync.responses %*/

/*% include "sync/save-response.js" %*/
/*% endif %*/

/*% include "sync/drain.js" %*/

/*% include "sync/sources.js" %*/

/*% if sync.outbox %*/
/*% include "sync/entries.js" %*/

/*% if sync.lanes %*/
/*% include "sync/lanes.js" %*/
/*% else %*/
/*% include "sync/line.js" %*/
/*% endif %*/
/*% endif %*/

/*% if sync.stores %*/
/*% include "sync/store.js" %*/
/*% endif %*/
/*% if sync.records %*/

/*% include "sync/records.js" %*/
/*% endif %*/
/*% if sync.snapshots %*/

/*% include "sync/snapshot.js" %*/
/*% endif %*/
/*% if sync.notices %*/

/*% include "sync/notice.js" %*/
/*% endif %*/

/*% include "page/drain.js" %*/
/*% if sync.messages %*/

/*% include "page/drain-message.js" %*/
/*% endif %*/
/*% if sync.notices %*/

/*% include "page/drain-notice.js" %*/
/*% endif %*/
