/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<PageConfig>) => PageConfig} */ (Object.freeze)(/*{ config }*/);
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "page/events.js" %*/
/*% if sync.any || toast || helped && !retired %*/

/*% include "page/modules.js" %*/
/*% endif %*/

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

/*% if helped && !retired %*/
/*% include "page/help.js" %*/

/*% endif %*/
/*% if helped %*/
/*% include "page/progress.js" %*/
/*% endif %*/

/*% if groups %*/
/*% include "page/groups.js" %*/
/*% endif %*/

/*% if periodic_sync %*/
/*% include "page/periodic-sync.js" %*/
/*% endif %*/

/*% if subscribes %*/
/*% include "push/subscription.js" %*/

/*% include "page/push.js" %*/

/*% if asks_at_load %*/
/*% include "page/push-at-load.js" %*/
/*% endif %*/
/*% else if notifies %*/
/*% include "page/permission.js" %*/

/*% if asks_at_load %*/
/*% include "page/permission-at-load.js" %*/
/*% endif %*/
/*% endif %*/

/*% if badge %*/
/*% include "page/badge.js" %*/
/*% endif %*/

/*% if share %*/
/*% include "page/share.js" %*/
/*% endif %*/

/*% if opens_files %*/
/*% include "page/open-files.js" %*/
/*% endif %*/

/*% if sync.any %*/
/*% include "page/sync.js" %*/
/*% endif %*/

if (CONFIG.autoRegister) register();
