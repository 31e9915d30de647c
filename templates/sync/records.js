// Stores of the app's own as a source: what has changed since it was acknowledged, and what success does to it.

/** Fewest records read from an app's store at a time. */
const STRETCH = 32;
/** Key of a snapshot, which has no key of its own. */
const WHOLE = "";

/**
 * The next records that differ from what was last acknowledged; empty when there are none in this stretch, nothing at the end.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedRecords(run, source, most) {
  const { tag } = run;
  const range = run.after === undefined ? undefined : IDBKeyRange.lowerBound(run.after, true);
  // Keys of an index say nothing about where a record stands, so an index is read whole.
  const rows = source.index ? (await readRows(source)).filter(({ key }) => !run.passed.has(nameOf(key))) : await readRows(source, range, Math.max(STRETCH, most * 2));
  if (!rows.length) return undefined;
  const known = await transact("readonly", ({ ledger }) => Promise.all(rows.map(({ key }) => result(ledger.get([tag.tag, key])))));
  /** @type {SyncPiece[]} */
  const pieces = [];
  for (const [i, { key, record }] of rows.entries()) {
    if (pieces.length === most) break;
    if (!matches(record, source)) continue;
    const piece = await pieceOf(tag, key, record);
    if (piece.digest !== known[i]?.digest) pieces.push(piece);
  }
  if (!pieces.length) advance(run, rows);
  return pieces;
}

/**
 * @param {SyncRun} run
 * @param {{ key: IDBValidKey }[]} members
 */
function advance(run, members) {
  run.after = members.at(-1)?.key;
  for (const { key } of members) run.passed.add(nameOf(key));
}

/**
 * The whole selection as one piece; nothing when it is what was last acknowledged.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @returns {Promise<SyncPiece[] | undefined>}
 */
async function changedWhole(tag, source) {
  const record = (await readRows(source)).map((row) => row.record).filter((row) => matches(row, source));
  const piece = await pieceOf(tag, WHOLE, await Promise.all(record.map(digest)));
  const known = await transact("readonly", ({ ledger }) => result(ledger.get([tag.tag, WHOLE])));
  return (known ? known.digest === piece.digest : !record.length) ? undefined : [{ ...piece, id: "*", record }];
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
  return { key, id: nameOf(key), lane: "", bytes: 0, digest: now, next, record, queuedAt: Date.now() };
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/**
 * Deletes or marks the delivered records in the app's store, each only if it is still what was sent.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function applySuccess({ source, onSuccess }, { members }) {
  if (!source || onSuccess === "keep") return;
  await withAppStore(source, "strict", async (store) => {
    for (const { key, digest } of members) {
      const record = await result(store.get(key));
      if ((await digestWithin(store, record)) !== digest) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put({ ...record, ...onSuccess.set }, store.keyPath === null ? key : undefined);
    }
  });
}

/**
 * A digest takes its time, in which the transaction would commit: it is kept busy meanwhile.
 * @param {IDBObjectStore} store
 * @param {unknown} record
 */
async function digestWithin(store, record) {
  /** @type {string | undefined} */
  let found;
  digest(record).then(
    (value) => (found = value),
    () => (found = ""),
  );
  while (found === undefined) await result(store.count());
  return found;
}

/**
 * Keeps what the server answered in a store of the app's own.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function saveResponse({ response: place }, { response }) {
  const value = place && at(response, place.pointer);
  if (!place || value === undefined || value === null) return;
  // A store with keys of its own takes what has one; else the newest answer has its one place.
  await withAppStore(place, "strict", async (store) => void store.put(value, store.keyPath === null && !store.autoIncrement ? OUTBOX : undefined));
}

/**
 * @param {unknown} json
 * @param {string} pointer
 */
function at(json, pointer) {
  return pointer.split("/").slice(1).reduce((value, name) => field(value, name.replaceAll("~1", "/").replaceAll("~0", "~")), json);
}
