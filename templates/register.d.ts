// Written by mdpwa from pwa.toml: change that and build again.

/** What this browser offers. */
export interface Registered {
  serviceWorker: boolean;
  backgroundSync: boolean;
}

/** Registers the service worker once the page has loaded, or `immediate`ly; importing this module does so by itself unless `auto_register = false`. */
export function register(options?: { immediate?: boolean }): Promise<Registered>;
/*% if update %*/
/*% include "page/update.d.ts" %*/
/*% endif %*/
/*% if register_sw %*/
/*% include "page/register-sw.d.ts" %*/
/*% endif %*/
/*% if helped %*/

/** Calls back while files are stored for use offline; returns what stops it. Bytes are those stored so far. */
export function onProgress(callback: (progress: { done: number; total: number; bytes: number }) => void): () => void;
/*% endif %*/
/*% if groups %*/

/** The groups of pwa.toml that wait for a page to ask. */
export type Group = /*{ group_names }*/;

/** Downloads a group; rejects with what went wrong, and what was stored until then stays. */
export function download(group: Group): Promise<void>;

/** Frees the space of a group again. */
export function remove(group: Group): Promise<void>;

/** Says whether every file of a group is kept. */
export function isDownloaded(group: Group): Promise<boolean>;
/*% endif %*/
/*% if share %*/
/*% include "page/share.d.ts" %*/
/*% endif %*/
/*% if opens_files %*/
/*% include "page/open-files.d.ts" %*/
/*% endif %*/
/*% if sync %*/

/** The tags of pwa.toml. */
export type Tag = /*{ tags }*/;
/*% include "page/sync.d.ts" %*/
/*% endif %*/
/*% if periodic_sync %*/

/** The tags of `[[periodic_sync]]` in pwa.toml. */
export type PeriodicTag = /*{ periodic_tags }*/;
/*% include "page/periodic-sync.d.ts" %*/
/*% endif %*/
/*% if subscribes %*/
/*% include "page/push.d.ts" %*/
/*% else if notifies %*/
/*% include "page/permission.d.ts" %*/
/*% endif %*/
