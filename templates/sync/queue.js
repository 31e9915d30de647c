// How work comes into the outbox.

/**
 * Stores an entry, unless its id is there already.
 * @param {SyncTag} tag
 * @param {Pick<SyncEntry, "id" | "payload" | "raw" | "frozen">} work
 * @param {unknown} [about] where its lane and what it stands for are looked up
 * @returns {Promise<SyncReceipt>}
 */
function store(tag, work, about = work.payload) {
  const { limits, coalesce } = tag;
  return transact("readwrite", async (stores) => {
    const { entries } = stores;
    const [before, meta, { hash }] = await Promise.all([result(entries.index("id").get([tag.tag, work.id])), metaOf(stores, tag.tag), principalOf(stores)]);
    if (before) return receiptOf(before, "pending");
    const lane = `${hash}/${laneOf(tag, work.id, about)}`;
    const thing = coalesce ? JSON.stringify(field(about, coalesce)) : undefined;
    /** @type {Omit<SyncEntry, "seq">} */
    const entry = { v: 1, tag: tag.tag, lane, bytes: work.raw ? lengthOf(work.raw) : sizeOf(work.payload), queuedAt: Date.now(), ...work };
    // What says nothing of that stands for nothing but itself.
    if (thing) entry.coalesce = `${lane} ${thing}`;
    const replaced = thing ? await replace(stores, entry, meta) : 0;
    tally(meta, entry, 1);
    if (meta.entries > limits.maxEntries || meta.bytes > limits.maxBytes || entry.bytes > limits.maxBody) {
      throw problem("QueueFullError", `${tag.tag} holds as much as it may`);
    }
    const seq = /** @type {number} */ (await result(entries.add(entry)));
    stores.meta.put(meta);
    await note(stores, "queued", tag.tag, [entry]);
    return receiptOf({ ...entry, seq }, replaced ? "coalesced" : "pending");
  });
}

/**
 * @param {SyncTag} tag
 * @param {string} id
 * @param {unknown} about
 */
function laneOf({ order, lane }, id, about) {
  if (order === "parallel") return id;
  return order === "lane" && lane ? JSON.stringify(field(about, lane)) ?? "" : "";
}

/**
 * Removes the older entries that this one stands for, but for those on their way.
 * @param {SyncStores} stores
 * @param {Omit<SyncEntry, "seq">} entry
 * @param {SyncMeta} meta
 */
async function replace({ entries, batches }, { tag, coalesce }, meta) {
  const open = await result(batches.getAll(under(tag)));
  const sealed = new Set(open.flatMap(({ members }) => members.map((/** @type {SyncMember} */ { key }) => key)));
  /** @type {SyncEntry[]} */
  const older = await result(entries.index("coalesce").getAll([tag, /** @type {string} */ (coalesce)]));
  const stale = older.filter(({ seq }) => !sealed.has(seq));
  for (const entry of stale) {
    entries.delete(entry.seq);
    tally(meta, entry, -1);
  }
  return stale.length;
}

/** @param {SyncBody} raw */
function lengthOf({ body }) {
  return typeof body === "string" ? sizeOf(body) : body.byteLength;
}

/**
 * @param {Pick<SyncEntry, "id" | "tag" | "seq">} entry
 * @param {SyncReceipt["state"]} state
 * @returns {SyncReceipt}
 */
function receiptOf({ id, tag, seq }, state) {
  return { id, tag, seq, state };
}

/**
 * @param {string} name
 * @param {string} message
 * @param {unknown} [cause]
 */
function problem(name, message, cause) {
  return Object.assign(new Error(message, { cause }), { name });
}
