/*! Written by mdpwa from pwa.toml. */

/** @type {PageConfig} */
const CONFIG = Object.freeze(/*{ config }*/);
const ROOT = new URL(CONFIG.root, import.meta.url);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "page/register.js" %*/

if (CONFIG.autoRegister) register();
