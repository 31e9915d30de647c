// What waits and what was refused, one by one, for people to look at and decide about.

/**
 * The work of a tag, oldest first.
 *
 * @param {string} name
 * @param {{ state?: SyncEntryView["state"], after?: string, limit?: number }} [options]
 * @returns {Promise<SyncEntryView[]>}
 */
export async function list(name, { state, after, limit = 100 } = {}) {
  const tag = tagNamed(name);
  const { meta, sealed, entries, dead } = await transact("readonly", async (stores) => {
    const [meta, open, entries, dead] = await Promise.all([
      metaOf(stores, name),
      result(stores.batches.getAll(under(name))),
      result(stores.entries.index("tag").getAll(under(name))),
      result(stores.dead.index("tag").getAll(under(name))),
    ]);
    return { meta, sealed: open.filter((batch) => batch.state === "sealed"), entries, dead };
  });
  /** @type {Map<string, SyncBatch>} */
  const batchOf = new Map(sealed.flatMap((/** @type {SyncBatch} */ batch) => batch.members.map(({ id }) => [id, batch])));
  const waiting = tag.source ? (await changedPieces(tag)).map(({ id, queuedAt, record }) => ({ id, queuedAt, payload: record })) : entries;
  /** @type {SyncEntryView[]} */
  const views = [...waiting, ...dead]
    .sort((a, b) => a.queuedAt - b.queuedAt || (a.seq ?? a.member) - (b.seq ?? b.member))
    .map((row) => (row.failure ? deadView(row) : viewOf(row, meta, batchOf.get(row.id))));
  const start = after === undefined ? 0 : views.findIndex(({ id }) => id === after) + 1;
  return views.slice(start).filter((view) => !state || view.state === state).slice(0, limit);
}

/**
 * @param {SyncEntry} entry
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} batch
 * @returns {SyncEntryView}
 */
function viewOf({ id, queuedAt, payload }, { key, parked }, batch) {
  const failure = parked ?? batch?.failure;
  const state = parked ? "parked" : batch ? "in_flight" : "pending";
  return { id, tag: key.slice("tag:".length), state, attempts: batch?.attempts ?? 0, queuedAt, payload, ...(failure && { failure }) };
}

/**
 * @param {SyncDeadRow} letter
 * @returns {SyncEntryView}
 */
function deadView({ id, tag, attempts, queuedAt, entry, failure }) {
  return { id, tag, state: "dead", attempts, queuedAt, payload: entry?.payload, failure };
}

/**
 * Sends refused work again, or lets parked work go on; answers how many.
 * It keeps its key where the server may have acted on it, and gets a new one where it was refused.
 *
 * @param {string} name
 * @param {string[] | "dead" | "parked"} which
 */
export async function retry(name, which) {
  const tag = tagNamed(name);
  const count = which === "parked" ? (await stateOf(tag)).parked : await takeDead(name, which, (stores, letter, meta, stuck) => revive(stores, tag, letter, meta, stuck));
  wake([tag], "flush", false);
  return count;
}

/**
 * Gives work up for good; answers how many. What is on its way stays, and so do the records of an app's own store.
 *
 * @param {string} name
 * @param {string[] | "dead" | "all"} which
 */
export async function discard(name, which) {
  const dead = await takeDead(tagNamed(name).tag, which, () => undefined);
  if (which === "dead") return dead;
  const waiting = await transact("readwrite", async (stores) => {
    const meta = await metaOf(stores, name);
    const open = await result(stores.batches.getAll(under(name)));
    const onTheWay = new Set(open.flatMap((/** @type {SyncBatch} */ { members }) => members.map(({ id }) => id)));
    const entries = (await result(stores.entries.index("tag").getAll(under(name)))).filter(({ id }) => isOf(which, id) && !onTheWay.has(id));
    for (const entry of entries) {
      stores.entries.delete(entry.seq);
      tally(meta, entry, -1);
    }
    stores.meta.put(meta);
    return entries.length;
  });
  tell();
  return dead + waiting;
}

/**
 * Takes letters out of the dead ones, each with what blocked its lane.
 * @param {string} name
 * @param {string[] | "dead" | "all"} which
 * @param {(stores: SyncStores, letter: SyncDeadRow, meta: SyncMeta, stuck: SyncBatch | undefined) => void} then
 */
async function takeDead(name, which, then) {
  const count = await transact("readwrite", async (stores) => {
    const meta = await metaOf(stores, name);
    /** @type {SyncDeadRow[]} */
    const letters = (await result(stores.dead.index("tag").getAll(under(name)))).filter(({ id }) => isOf(which, id));
    for (const letter of letters) {
      const open = await result(stores.batches.get([name, letter.lane]));
      const stuck = open?.state === "stuck" && open.key === letter.key ? open : undefined;
      if (stuck) close(stores, stuck, meta);
      stores.dead.delete(letter.n);
      then(stores, letter, meta, stuck);
    }
    stores.meta.put(meta);
    return letters.length;
  });
  tell();
  return count;
}

/**
 * @param {string[] | string} which
 * @param {string} id
 */
function isOf(which, id) {
  return typeof which === "string" || which.includes(id);
}

/**
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncDeadRow} letter
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} stuck
 */
function revive({ batches, entries, ledger }, tag, { member, entry, failure, key, request }, meta, stuck) {
  const unknown = failure.outcome === "unknown";
  if (tag.source) ledger.delete([tag.tag, member]);
  if (entry) {
    tally(meta, entry, 1);
    entries.put(unknown && request && !stuck ? { ...entry, frozen: { key, request } } : entry);
  }
  // As it was, in its place, before all that waited for it.
  if (stuck && unknown) batches.put({ ...stuck, state: "sealed", attempts: 0, repeats: 0, hold: null });
}
