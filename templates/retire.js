"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: RetireConfig) => RetireConfig} */ (Object.freeze)(/*{ config }*/);

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/*% include "retire/foreign-caches.js" %*/

/*% if own %*/
/*% include "retire/own.js" %*/
/*% else %*/
/*% include "retire/other.js" %*/
/*% endif %*/

/*% include "retire/leave.js" %*/
