"use strict";
/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: Written<WorkerConfig>) => WorkerConfig} */ (Object.freeze)(/*{ config }*/);

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;

/*% include "worker/core/events.js" %*/

/*% include "worker/core/urls.js" %*/

/*% if clean_urls %*/
/*% include "worker/core/clean-urls.js" %*/
/*% else %*/
/*% include "worker/core/plain-urls.js" %*/
/*% endif %*/

/*% if ignoring %*/
/*% include "bodies/digest-ignoring.js" %*/
/*% else %*/
/*% include "bodies/digest.js" %*/
/*% endif %*/

/*% include "bodies/keep.js" %*/

/*% include "worker/core/bodies.js" %*/

/*% include "worker/core/store.js" %*/

/*% include "worker/core/sweep.js" %*/

/*% if helped %*/
/*% include "worker/core/install-with-page.js" %*/
/*% else %*/
/*% include "worker/core/install-alone.js" %*/
/*% endif %*/

/*% if versions %*/
/*% include "worker/core/open-versions.js" %*/
/*% else %*/
/*% include "worker/core/one-version.js" %*/
/*% if !everything_kept %*/
/*% include "worker/core/no-other-version.js" %*/
/*% endif %*/
/*% endif %*/

/*% if !everything_kept %*/
/*% if ranges %*/
/*% include "worker/core/ranges.js" %*/
/*% else %*/
/*% include "worker/core/whole.js" %*/
/*% endif %*/

/*% include "worker/core/pages.js" %*/
/*% endif %*/

/*% if named_files %*/
/*% include "worker/core/place.js" %*/
/*% endif %*/

/*% if offline_page %*/
/*% include "worker/core/offline-page.js" %*/
/*% endif %*/
/*% if only_network %*/
/*% include "worker/core/no-offline-page.js" %*/
/*% endif %*/

/*% if messages %*/
/*% include "worker/core/messages.js" %*/
/*% endif %*/

/*% if pointers %*/
/*% include "sync/pointer.js" %*/
/*% endif %*/

/*% if wakes %*/
/*% include "worker/core/wake.js" %*/
/*% endif %*/

/*% include "worker/assets.js" %*/

/*% if groups %*/
/*% include "worker/groups.js" %*/
/*% endif %*/

/*% if update %*/
/*% include "worker/update.js" %*/
/*% endif %*/
/*% if retire %*/
/*% include "retire/foreign-caches.js" %*/

/*% include "worker/retire.js" %*/
/*% endif %*/
/*% if at_once %*/
/*% include "worker/at-once.js" %*/
/*% endif %*/

/*% if share %*/
/*% include "worker/share.js" %*/
/*% endif %*/

/*# Who only listens comes before those who answer: an answer ends the event for all behind it. #*/
/*% if sync.any %*/
// Queued work, whose many names are its own.
{
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

/*% include "sync/decide.js" %*/

/*% if sync.credentials %*/
/*% include "sync/credentials.js" %*/

/*% include "worker/sync-cookies.js" %*/
/*% else %*/
/*% include "sync/no-credentials.js" %*/
/*% endif %*/

/*% if sync.batches || sync.capture %*/
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

/*% include "worker/sync.js" %*/

/*% if woken %*/
/*% include "worker/woken.js" %*/
/*% endif %*/
/*% if sync.messages %*/
/*% include "worker/sync-message.js" %*/
/*% endif %*/
/*% if sync.notices %*/
/*% include "worker/sync-notice.js" %*/
/*% endif %*/
/*% if sync.triggers %*/
/*% include "worker/sync-trigger.js" %*/
/*% endif %*/
/*% if sync.capture %*/
/*% include "sync/queue.js" %*/

/*% include "worker/capture.js" %*/
/*% endif %*/
}
/*% endif %*/

/*% if push %*/
{
/*% include "worker/push.js" %*/

/*% if subscribes %*/
/*% include "push/subscription.js" %*/

/*% include "worker/push-subscription.js" %*/
/*% endif %*/
}
/*% endif %*/

/*% if periodic_sync %*/
{
/*% include "worker/periodic-sync.js" %*/

/*% if periodic_stores %*/
/*% include "sync/storage.js" %*/

/*% include "sync/app-store.js" %*/

/*% include "worker/periodic-sync-store.js" %*/
/*% endif %*/

/*% if periodic_caches %*/
/*% include "worker/periodic-sync-cache.js" %*/
/*% endif %*/
}
/*% endif %*/

/*% if routes %*/
/*% include "worker/core/routes.js" %*/
/*% endif %*/

/*% if keeps %*/
/*% include "worker/core/keeping.js" %*/
/*% else %*/
/*% include "worker/core/put.js" %*/
/*% endif %*/

/*% if cache_first %*/
/*% include "worker/strategy/cache-first.js" %*/
/*% endif %*/
/*% if network_first %*/
/*% include "worker/strategy/network-first.js" %*/
/*% endif %*/
/*% if stale_while_revalidate %*/
/*% include "worker/strategy/stale-while-revalidate.js" %*/
/*% endif %*/
/*% if network_only %*/
/*% include "worker/strategy/network-only.js" %*/
/*% endif %*/
/*% if cache_only %*/
/*% include "worker/strategy/cache-only.js" %*/
/*% endif %*/

/*% if writes %*/
/*% include "worker/writes.js" %*/
/*% endif %*/
/*% if routes %*/
/*% include "worker/routes.js" %*/
/*% endif %*/

/*% if fresh %*/
/*% include "worker/pages/fresh.js" %*/
/*% endif %*/
/*% if instant && !everything_kept %*/
/*% include "worker/pages/instant.js" %*/
/*% endif %*/
/*% if shell %*/
/*% include "worker/pages/shell.js" %*/
/*% endif %*/

/*% if everything_kept %*/
/*% include "worker/everything-kept.js" %*/
/*% else if versions %*/
/*% include "worker/files-of-versions.js" %*/
/*% else %*/
/*% include "worker/files.js" %*/
/*% endif %*/
