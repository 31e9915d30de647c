/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)(/*{ config }*/);
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "page/events.js" %*/

/*% if retired %*/
/*% include "page/retired.js" %*/
/*% else %*/
/*% include "page/register.js" %*/
/*% endif %*/

/*% if update %*/
/*% include "page/update.js" %*/
/*% endif %*/

/*% if when_safe %*/
/*% include "page/when-safe.js" %*/
/*% endif %*/

/*% if toast %*/
/*% include "page/toast.js" %*/
/*% endif %*/

/*% if register_sw %*/
/*% include "page/register-sw.js" %*/
/*% endif %*/

/*% if helped %*/
/*% if ignoring %*/
/*% include "bodies/digest-ignoring.js" %*/
/*% else %*/
/*% include "bodies/digest.js" %*/
/*% endif %*/

/*% include "bodies/keep.js" %*/

/*% include "page/help.js" %*/

/*% include "page/progress.js" %*/
/*% endif %*/

/*% if groups %*/
/*% include "page/groups.js" %*/
/*% endif %*/

/*% if periodic_sync %*/
/*% include "page/periodic-sync.js" %*/
/*% endif %*/

/*% if sync %*/
/*% include "sync/database.js" %*/

/*% include "sync/digest.js" %*/

/*% include "sync/request.js" %*/

/*% include "sync/decide.js" %*/

/*% include "sync/records.js" %*/

/*% include "sync/credentials.js" %*/

/*% include "sync/drain.js" %*/

/*% include "sync/notice.js" %*/

/*% include "sync/queue.js" %*/

/*% include "sync/encode.js" %*/

/*% include "sync/state.js" %*/

/*% include "page/sync.js" %*/

/*% include "page/letters.js" %*/

/*% include "page/principal.js" %*/
/*% endif %*/

if (CONFIG.autoRegister) register();
