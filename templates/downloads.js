/*! Written by mdpwa from pwa.toml. */

/*% if ignoring %*/
/*% include "bodies/digest-ignoring.js" %*/
/*% else %*/
/*% include "bodies/digest.js" %*/
/*% endif %*/

/*% include "bodies/keep.js" %*/

/*% include "page/downloads.js" %*/
