/** Sweeps, unless a newer version stands ready: its activation will. */
async function settle() {
  if (sw.registration.installing || sw.registration.waiting) return;
  // Whoever stores holds this lock, so that nobody sweeps away what a version is about to need.
  await navigator.locks.request(BODIES, { ifAvailable: true }, (lock) => (lock ? sweep() : undefined));
}

/** Caches that are in use, beside the lists of versions: a room adds its own. What else bears the owner's name is swept. */
const cachesInUse = [BODIES];

/** Deletes the lists that no open page needs, what rules left that are gone, and every body that no list names any more. */
async function sweep() {
  const lists = (await versionsInUse()).map(listName);
  const needed = new Set(bodiesOf(await groupsOf(lists)).map(({ key }) => key));
  for (const name of await sw.caches.keys()) {
    if (name.startsWith(`${OWNER}:`) && ![...lists, ...cachesInUse].includes(name)) await sw.caches.delete(name);
  }
  const bodies = await sw.caches.open(BODIES);
  for (const request of await bodies.keys()) {
    if (!needed.has(request.url)) await bodies.delete(request);
  }
}
