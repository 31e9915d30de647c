// What waits under a tag, for people to see.

/**
 * @param {SyncTag} tag
 * @returns {Promise<SyncTagState>}
 */
async function stateOf(tag) {
  const { meta, batch, dead, entries, oldest } = await transact("read", ["meta", "batches", "dead", "entries"], async (store) => {
    const index = store("entries").index("tag");
    const [meta, batch, dead, entries, [oldest]] = await Promise.all([
      metaOf(store("meta"), tag.tag),
      openBatch(store("batches"), tag.tag),
      result(store("dead").index("tag").count(ofTag(tag.tag))),
      result(index.count(ofTag(tag.tag))),
      result(index.getAll(ofTag(tag.tag), 1)),
    ]);
    return { meta, batch, dead, entries, oldest };
  });
  const sealed = batch?.state === "sealed" ? batch : undefined;
  const inFlight = sealed && !meta.parked ? sealed.members.length : 0;
  const waiting = tag.source ? (await countChanged(tag, tag.source, sealed)) + (sealed?.members.length ?? 0) : entries;
  const now = Date.now();
  const wait = Math.max(standing(meta.gate, now), standing(sealed?.hold ?? null, now));
  return {
    tag: tag.tag,
    pending: meta.parked ? 0 : waiting - inFlight,
    inFlight,
    parked: meta.parked ? waiting : 0,
    dead,
    oldest: oldest?.queuedAt ?? sealed?.sealedAt ?? null,
    nextAttempt: wait ? now + wait : null,
    lastError: meta.parked ?? sealed?.failure ?? null,
    wakeups: typeof ServiceWorkerRegistration === "function" && "sync" in ServiceWorkerRegistration.prototype ? ["sync", "page"] : ["page"],
  };
}

/**
 * Records of the app's store that are to be sent and not in a batch yet.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @param {SyncBatch | undefined} sealed
 */
async function countChanged(tag, source, sealed) {
  if (tag.mode === "snapshot") return (await changedWhole(tag, source)) && !sealed ? 1 : 0;
  const inBatch = new Set(sealed?.members.map(({ id }) => id));
  const run = newRun(tag, { why: "flush", force: false });
  let count = 0;
  for (let pieces; (pieces = await changedRecords(run, source, COUNTED)); ) {
    if (pieces.length) advance(run, pieces);
    count += pieces.filter(({ id }) => !inBatch.has(id)).length;
  }
  return count;
}

/** Records looked at in one go while counting. */
const COUNTED = 256;
