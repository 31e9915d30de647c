const ROOT = new URL(CONFIG.root, sw.location.href);
const OWNER = `${CONFIG.id}:${ROOT.pathname}`;
const OUTBOX = `${OWNER}:sync`;

/** Lets the worker before go on while it has something to deliver: this install fails, and is tried again at the next visit. */
async function prepare() {
  const entries = CONFIG.force ? 0 : await countEntries();
  if (!entries) return;
  for (const page of await sw.clients.matchAll({ includeUncontrolled: true, type: "window" })) {
    page.postMessage({ type: "mdpwa:retire-waits", entries });
  }
  throw new Error(`${entries} entries wait to be sent`);
}

/** What mdpwa has made for this id and scope, and nothing else. */
async function forget() {
  await deleteForeignCaches();
  for (const name of await sw.caches.keys()) if (name.startsWith(`${OWNER}:`)) await sw.caches.delete(name);
  for (const { name } of await indexedDB.databases()) if (name?.startsWith(`${OWNER}:`)) await deleteDatabase(name);
}

/** @returns {Promise<number>} what waits to be sent */
async function countEntries() {
  const databases = await indexedDB.databases();
  if (!databases.some(({ name }) => name === OUTBOX)) return 0;
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(OUTBOX);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      const count = database.transaction("entries").objectStore("entries").count();
      count.onsuccess = () => resolve(count.result);
      count.onerror = () => reject(count.error);
      database.close();
    };
  });
}

/** @param {string} name */
function deleteDatabase(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    // What is still open goes when its page has been reloaded.
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}
