// What waits under a tag, for people to see.

/**
 * @param {SyncTag} tag
 * @returns {Promise<SyncTagState>}
 */
async function stateOf(tag) {
  const { meta, prefix, open, dead, mine, oldest } = await transact("readonly", async (stores) => {
    const prefix = `${(await principalOf(stores)).hash}/`;
    const [meta, open, dead, mine, [oldest]] = await Promise.all([
      metaOf(stores, tag.tag),
      result(stores.batches.getAll(under(tag.tag))),
      result(stores.dead.index("tag").count(under(tag.tag))),
      result(stores.entries.index("lane").count(lanesOf(tag.tag, prefix))),
      result(stores.entries.index("tag").getAll(under(tag.tag), 1)),
    ]);
    return { meta, prefix, open, dead, mine, oldest };
  });
  /** @type {SyncBatch[]} */
  const sealed = open.filter((batch) => batch.state === "sealed" && batch.lane.startsWith(prefix));
  const inBatches = sealed.reduce((sum, { members }) => sum + members.length, 0);
  const waiting = tag.source ? inBatches + (await countChanged(tag, sealed)) : mine;
  const now = Date.now();
  const waits = sealed.map(({ hold }) => Math.max(standing(meta.gate, now), standing(hold, now)));
  return {
    tag: tag.tag,
    pending: meta.parked ? 0 : waiting - inBatches,
    inFlight: meta.parked ? 0 : inBatches,
    parked: meta.parked ? waiting : 0,
    dead,
    foreign: meta.entries - mine,
    orphaned: 0,
    bytes: meta.bytes,
    oldest: oldest?.queuedAt ?? sealed[0]?.queuedAt ?? null,
    nextAttempt: waits.some(Boolean) ? now + Math.min(...waits) : null,
    lastError: meta.parked ?? sealed.find(({ failure }) => failure)?.failure ?? null,
    wakeups: typeof ServiceWorkerRegistration === "function" && "sync" in ServiceWorkerRegistration.prototype ? ["sync", "page"] : ["page"],
  };
}

/**
 * What waits for tags that pwa.toml has no more.
 * @returns {Promise<SyncTagState[]>}
 */
async function orphans() {
  const known = CONFIG.sync.map(({ tag }) => tag);
  /** @type {SyncEntry[]} */
  const entries = await transact("readonly", async (stores) => {
    const counts = await Promise.all(known.map((tag) => result(stores.entries.index("tag").count(under(tag)))));
    const others = (await result(stores.entries.count())) - counts.reduce((sum, count) => sum + count, 0);
    return others ? result(stores.entries.getAll()) : [];
  });
  /** @type {Map<string, SyncTagState>} */
  const states = new Map();
  for (const { tag, bytes, queuedAt } of entries) {
    if (known.includes(tag)) continue;
    const state = states.get(tag) ?? { tag, pending: 0, inFlight: 0, parked: 0, dead: 0, foreign: 0, orphaned: 0, bytes: 0, oldest: queuedAt, nextAttempt: null, lastError: null, wakeups: [] };
    state.orphaned += 1;
    state.bytes += bytes;
    states.set(tag, state);
  }
  return [...states.values()];
}
