// Who is signed in: work is sent only for the one who queued it.

/**
 * Says who is signed in from now on, or with null that nobody is.
 *
 * @param {string | null} id stored as a salted hash only
 * @param {{ context?: Record<string, string>, onPending?: SyncTag["logout"] | "keep" }} [options]
 *   context: tokens for the headers of requests, kept until the next call;
 *   onPending: what becomes of the work of who was signed in before, in place of what pwa.toml says
 */
export async function setPrincipal(id, { context = {}, onPending } = {}) {
  const { salt } = await transact("readonly", principalOf);
  const kept = salt || crypto.randomUUID();
  const hash = id === null ? "" : await digest([kept, id]);
  await transact("readwrite", async (stores) => {
    const before = await principalOf(stores);
    if (before.hash !== hash) {
      for (const tag of CONFIG.sync) await leave(stores, tag, `${before.hash}/`, onPending ?? tag.logout);
    }
    stores.meta.put({ v: 1, key: "principal", hash, salt: kept, context });
    for (const { tag } of CONFIG.sync) stores.meta.put({ ...(await metaOf(stores, tag)), parked: null });
  });
  tell();
  wakeAll("visible");
}

/**
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {string} prefix of the lanes of who leaves
 * @param {SyncTag["logout"] | "keep"} policy
 */
async function leave(stores, { tag }, prefix, policy) {
  const { entries, batches, dead, events } = stores;
  if (!policy || policy === "keep") return;
  const [queued, open, letters] = await Promise.all([
    result(entries.index("tag").getAll(under(tag))),
    result(batches.getAll(under(tag))),
    result(dead.index("tag").getAll(under(tag))),
  ]);
  /** @param {{ lane: string }} row */
  const ofThem = ({ lane }) => lane.startsWith(prefix);
  if (policy === "refuse") {
    if (queued.some(ofThem) || open.some(ofThem)) throw problem("PendingError", `work of ${tag} still waits`);
    return;
  }
  const row = await metaOf(stores, tag);
  for (const entry of queued.filter(ofThem)) {
    entries.delete(entry.seq);
    tally(row, entry, -1);
  }
  for (const { lane } of open.filter(ofThem)) batches.delete([tag, lane]);
  for (const { n } of letters.filter(ofThem)) dead.delete(n);
  // Events tell what the server said.
  for (const event of await result(events.getAll())) if (event.tag === tag) events.delete(event.n);
  stores.meta.put({ ...row, epoch: row.epoch + 1 });
}
