// What all stores of the app's own have in common as a source: they are read before the transaction that seals.

/** @type {Omit<SyncOrigin, "read">} */
const appStore = {
  async next(_, run, { meta }) {
    if (run.read?.epoch === meta.epoch) return run.read.pieces;
    // What was read is stale by now: a rival may have delivered it and removed its batch.
    if (run.read) run.after = undefined;
    return undefined;
  },
  async release({ ledger, dead }, { tag }, { key, digest, next }, failure) {
    // A refused record stays where it is; it is due again when its content changes.
    ledger.put({ v: 1, tag, key, digest: failure ? digest : next, dead: Boolean(failure) });
    if (!failure) for (const n of await result(dead.index("tag").getAllKeys([tag, key]))) dead.delete(n);
  },
  count: async () => 0,
  sealed(run, members) {
    run.found = true;
    advance(run, members);
  },
  again(run) {
    // The store may have changed while there was something to send.
    const again = run.found === true;
    run.after = undefined;
    run.passed.clear();
    run.found = false;
    return again;
  },
};

/**
 * @param {SyncPass} run
 * @param {{ key: IDBValidKey }[]} members
 */
function advance(run, members) {
  run.read = undefined;
  run.after = members.at(-1)?.key;
  for (const { key } of members) run.passed.add(nameOf(key));
}

/**
 * @param {SyncSource} source
 * @param {IDBKeyRange} [range]
 * @param {number} [most]
 * @returns {Promise<{ key: IDBValidKey, record: unknown }[]>}
 */
async function readRows(source, range, most) {
  const rows = await withAppStore(source, "readonly", async (store) => {
    const from = source.index ? store.index(source.index) : store;
    const [keys, records] = await Promise.all([result(from.getAllKeys(range, most)), result(from.getAll(range, most))]);
    return keys.map((key, i) => ({ key, record: records[i] }));
  });
  return rows ?? [];
}

/**
 * @param {unknown} record
 * @param {SyncSource} source
 */
function matches(record, { where }) {
  return Object.entries(where ?? {}).every(([name, value]) => field(record, name) === value);
}

/**
 * @param {SyncTag} tag
 * @param {IDBValidKey} key
 * @param {unknown} record
 * @returns {Promise<SyncPiece>}
 */
async function pieceOf({ onSuccess }, key, record) {
  const now = await digest(record);
  const next = typeof onSuccess === "object" ? await digest({ .../** @type {object} */ (record), ...onSuccess.set }) : now;
  return { key, id: nameOf(key), digest: now, next, record, queuedAt: Date.now() };
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}
