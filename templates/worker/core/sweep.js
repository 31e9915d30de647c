/** Whoever stores holds it, so that nobody sweeps away what a version is about to need. */
const LOCK = `${OWNER}:bodies`;

/** Sweeps, unless a newer version stands ready: its activation will. */
async function settle() {
  if (sw.registration.installing || sw.registration.waiting) return;
  await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? sweep() : undefined));
}

/** Deletes the lists that no open page needs, and every body that no list names any more. */
async function sweep() {
  const versions = await versionsInUse();
  const needed = new Set();
  for (const name of await sw.caches.keys()) {
    if (!name.startsWith(listName(""))) continue;
    if (!versions.includes(name.slice(listName("").length))) {
      await sw.caches.delete(name);
    } else {
      for (const key of keysOf(await groupsOf(name))) needed.add(key);
    }
  }
  const bodies = await sw.caches.open(BODIES);
  for (const request of await bodies.keys()) {
    if (!needed.has(request.url)) await bodies.delete(request);
  }
}
