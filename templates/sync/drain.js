// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;
/** Fewest records read from an app's store at a time. */
const STRETCH = 32;
/** One lane for now; part of every batch's key, so that there can be more. */
const LANE = "";
/** Key of a snapshot, which has no key of its own. */
const WHOLE = "";

/**
 * Delivers what waits under a tag until nothing is left or nothing may go on; never throws.
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>}
 */
async function drain(tag, wake) {
  const run = newRun(tag, wake);
  try {
    return await alone(tag, async () => {
      if (unparks(wake)) await unpark(tag);
      while (await step(run));
      return conclude(run);
    });
  } catch (error) {
    const failure = failed("storage", "unknown", String(error));
    // The storage may be what is broken; then the pages learn of it from the report alone.
    await transact("relaxed", ["events"], (store) => note(store("events"), { type: "storage_error", tag: tag.tag, ids: [], failure })).then(tell, tell);
    return { ...reportOf(run), remaining: 1, error: failure.message };
  }
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {SyncRun}
 */
function newRun(tag, wake) {
  return {
    tag,
    wake,
    until: Date.now() + BUDGET,
    tried: false,
    sent: 0,
    dead: 0,
    left: false,
    due: null,
    after: undefined,
    passed: new Set(),
    found: false,
    unfinished: false,
  };
}

/**
 * One drain per tag at a time. Correctness does not rest on it; it saves requests.
 * @template T
 * @param {SyncTag} tag
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function alone(tag, work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(`${OUTBOX}:${tag.tag}`, { signal: AbortSignal.timeout(LOCK_WAIT) }, work);
}

/**
 * One step of a drain; answers whether another follows.
 * @param {SyncRun} run
 * @returns {Promise<boolean>}
 */
async function step(run) {
  const { tag } = run;
  const { meta, batch: open } = await recover(tag);
  if (open?.state === "acked") {
    await applySuccess(tag, open);
    await purge(open);
    return true;
  }
  if (meta.parked) return false;
  const now = Date.now();
  const wait = waitFor(meta, open, run.wake, now);
  if (wait > 0) {
    if (!run.tried && wait <= SHORT_WAIT) {
      await new Promise((resume) => setTimeout(resume, wait));
      return true;
    }
    run.left = true;
    run.due = now + wait;
    return false;
  }
  if (now > run.until) {
    run.left = run.unfinished = true;
    return false;
  }
  const batch = open ?? (await (tag.source ? sealRecords(run, tag.source, meta) : sealEntries(tag, meta)));
  if (!batch) return anotherPass(run);
  if (batch === "again" || !(await countAttempt(batch))) return true;
  run.tried = run.found = true;
  const answer = await send(tag, batch.request);
  return conclusion(run, batch, nextStep(tag, batch, classify(tag, batch, answer), Date.now(), Math.random()));
}

/**
 * Writes down what a step means; answers whether the drain goes on.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} next
 */
async function conclusion(run, batch, next) {
  const { tag } = run;
  switch (next.kind) {
    case "ack":
      if (await acknowledge(tag, batch, next.response)) run.sent += batch.count;
      return true;
    case "again":
      if (!(await reschedule(batch, next))) return true;
      run.left = true;
      run.due = next.hold.since + next.hold.wait;
      return false;
    case "split":
      await split(batch, next.failure, next.cap);
      return true;
    case "park":
      await park(batch, next.failure);
      return false;
    case "dead":
      if (await bury(tag, batch, next.failure)) run.dead += batch.count;
      return true;
  }
}

/**
 * Begins again at the start of an app's store while there was something to send: it may have changed meanwhile.
 * @param {SyncRun} run
 */
function anotherPass(run) {
  const again = run.tag.source !== null && run.tag.mode === "incremental" && run.found;
  run.after = undefined;
  run.passed.clear();
  run.found = false;
  return again;
}

/** @param {SyncTag} tag */
function recover(tag) {
  return transact("relaxed", ["meta", "batches"], async (store) => {
    const [meta, batch] = await Promise.all([metaOf(store("meta"), tag.tag), openBatch(store("batches"), tag.tag)]);
    const now = Date.now();
    const gate = anchored(meta.gate, now);
    if (gate !== meta.gate) store("meta").put(Object.assign(meta, { gate }));
    const hold = batch && anchored(batch.hold, now);
    if (batch && hold !== batch.hold) store("batches").put(Object.assign(batch, { hold }));
    return { meta, batch };
  });
}

/**
 * @param {IDBObjectStore} metas
 * @param {string} tag
 * @returns {Promise<SyncMeta>}
 */
async function metaOf(metas, tag) {
  const kept = await result(metas.get(`tag:${tag}`));
  return kept ?? { v: 1, key: `tag:${tag}`, epoch: 0, sent: 0, cap: null, parked: null, gate: null };
}

/**
 * @param {IDBObjectStore} batches
 * @param {string} tag
 * @returns {Promise<SyncBatch | undefined>}
 */
function openBatch(batches, tag) {
  return result(batches.get([tag, LANE]));
}

/**
 * Seals the oldest entries of the outbox: read and written in one transaction.
 * @param {SyncTag} tag
 * @param {SyncMeta} seen
 * @returns {Promise<SyncBatch | "again" | null>}
 */
function sealEntries(tag, seen) {
  return transact("strict", ["entries", "batches", "meta", "dead", "events"], async (store) => {
    /** @type {SyncEntry[]} */
    const entries = await result(store("entries").index("tag").getAll(ofTag(tag.tag), sizeOf(tag, seen)));
    const pieces = entries.map(({ seq, id, payload, queuedAt }) => ({ key: seq, id, digest: null, next: null, record: payload, queuedAt }));
    return seal(tag, seen, pieces, store);
  });
}

/**
 * Seals what has changed in the next stretch of the app's store.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {SyncMeta} seen
 * @returns {Promise<SyncBatch | "again" | null>}
 */
async function sealRecords(run, source, seen) {
  const { tag } = run;
  const pieces = tag.mode === "snapshot" ? await changedWhole(tag, source) : await changedRecords(run, source, sizeOf(tag, seen));
  if (!pieces) return null;
  if (!pieces.length) return "again";
  const batch = await transact("strict", ["batches", "meta", "dead", "events", "ledger"], (store) => seal(tag, seen, pieces, store));
  if (batch === "again") run.after = undefined;
  else if (batch) advance(run, batch.members);
  return batch;
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
 * The next records that differ from what was last acknowledged; empty when there are none in this stretch, null at the end.
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 * @returns {Promise<Piece[] | null>}
 */
async function changedRecords(run, source, most) {
  const { tag } = run;
  const rows = await readStretch(run, source, Math.max(STRETCH, most * 2));
  if (!rows.length) return null;
  const known = await transact("read", ["ledger"], (store) =>
    Promise.all(rows.map(({ key }) => result(/** @type {IDBRequest<SyncLedgerRow | undefined>} */ (store("ledger").get([tag.tag, key]))))),
  );
  /** @type {Piece[]} */
  const pieces = [];
  for (const [i, { key, record }] of rows.entries()) {
    if (pieces.length === most) break;
    if (!matches(record, source.where)) continue;
    const piece = await pieceOf(tag, key, record);
    if (piece.digest !== known[i]?.digest) pieces.push(piece);
  }
  if (!pieces.length) advance(run, rows);
  return pieces;
}

/**
 * @param {SyncRun} run
 * @param {SyncSource} source
 * @param {number} most
 */
async function readStretch(run, source, most) {
  // Keys of an index say nothing about where a record stands, so an index is read whole.
  if (source.index) return (await readRows(source)).filter(({ key }) => !run.passed.has(nameOf(key)));
  return readRows(source, run.after === undefined ? undefined : IDBKeyRange.lowerBound(run.after, true), most);
}

/**
 * @param {SyncSource} source
 * @param {IDBKeyRange} [range]
 * @param {number} [most]
 * @returns {Promise<{ key: IDBValidKey, record: unknown }[]>}
 */
function readRows(source, range, most) {
  return withAppStore(source, "read", [], async (store) => {
    const from = source.index ? store.index(source.index) : store;
    const [keys, records] = await Promise.all([result(from.getAllKeys(range, most)), result(from.getAll(range, most))]);
    return keys.map((key, i) => ({ key, record: records[i] }));
  });
}

/**
 * The whole selection as one piece; null when it is what was last acknowledged.
 * @param {SyncTag} tag
 * @param {SyncSource} source
 * @returns {Promise<Piece[] | null>}
 */
async function changedWhole(tag, source) {
  const rows = (await readRows(source)).filter(({ record }) => matches(record, source.where));
  const record = rows.map((row) => row.record);
  const now = await digest(await Promise.all(record.map(digest)));
  const known = await transact("read", ["ledger"], (store) => result(store("ledger").get([tag.tag, WHOLE])));
  if (known ? known.digest === now : !rows.length) return null;
  return [{ key: WHOLE, id: "*", digest: now, next: now, record, queuedAt: Date.now() }];
}

/**
 * @param {SyncTag} tag
 * @param {IDBValidKey} key
 * @param {unknown} record
 * @returns {Promise<Piece>}
 */
async function pieceOf({ onSuccess }, key, record) {
  const now = await digest(record);
  const next = typeof onSuccess === "object" ? await digest(changed(record, onSuccess.set)) : now;
  return { key, id: nameOf(key), digest: now, next, record, queuedAt: Date.now() };
}

/**
 * @param {unknown} record
 * @param {Record<string, unknown>} set
 */
function changed(record, set) {
  return { .../** @type {object} */ (record), ...set };
}

/**
 * @param {unknown} record
 * @param {Record<string, unknown> | null} where
 */
function matches(record, where) {
  return Object.entries(where ?? {}).every(([name, value]) => field(record, name) === value);
}

/** @param {IDBValidKey} key */
function nameOf(key) {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/**
 * @typedef {SyncMember & { record: unknown, queuedAt: number }} Piece
 */

/**
 * Renders and stores a batch, unless another drain has been here since `seen` was read.
 * @param {SyncTag} tag
 * @param {SyncMeta} seen
 * @param {Piece[]} pieces
 * @param {(name: string) => IDBObjectStore} store
 * @returns {Promise<SyncBatch | "again" | null>}
 */
async function seal(tag, seen, pieces, store) {
  const [meta, open] = await Promise.all([metaOf(store("meta"), tag.tag), openBatch(store("batches"), tag.tag)]);
  // What was read may be stale by now: a rival may have delivered it and removed its batch.
  if (open || meta.epoch !== seen.epoch) return "again";
  if (!pieces.length) return null;
  const key = crypto.randomUUID();
  const taken = take(tag, pieces);
  const records = tag.mode === "snapshot" ? /** @type {unknown[]} */ (taken[0].record) : taken.map(({ record }) => record);
  /** @type {SyncRequest} */
  let request;
  try {
    request = freeze(tag, records, key);
  } catch (error) {
    // It cannot be rendered now and never will be.
    const failure = failed("payload", "rejected", String(error));
    const none = { key, attempts: 0, request: null };
    await layToRest(tag, none, taken.map((piece) => ({ ...piece, payload: piece.record })), failure, store);
    store("meta").put({ ...meta, epoch: meta.epoch + 1 });
    return "again";
  }
  /** @type {SyncBatch} */
  const batch = {
    v: 1,
    tag: tag.tag,
    lane: LANE,
    id: crypto.randomUUID(),
    key,
    state: "sealed",
    members: taken.map(({ key, id, digest, next }) => ({ key, id, digest, next })),
    count: records.length,
    request,
    sealedAt: Date.now(),
    attempts: 0,
    repeats: 0,
    failure: null,
    hold: null,
  };
  store("batches").put(batch);
  store("meta").put({ ...meta, epoch: meta.epoch + 1 });
  return batch;
}

/**
 * As many pieces, from the first on, as one body may hold.
 * @param {SyncTag} tag
 * @param {Piece[]} pieces
 */
function take(tag, pieces) {
  let bytes = 0;
  const end = pieces.findIndex(({ record }, i) => (bytes += sizeOfJson(record)) > tag.batch.maxBytes && i > 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}

/** @param {unknown} record */
function sizeOfJson(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
}

/**
 * @param {SyncTag} tag
 * @param {SyncMeta} meta
 */
function sizeOf(tag, meta) {
  return Math.min(tag.batch.maxRecords, meta.cap?.records ?? Infinity);
}

/**
 * Counts an attempt before it is made: work that takes the worker down with it is bounded, too.
 * @param {SyncBatch} batch
 */
function countAttempt(batch) {
  return transact("relaxed", ["batches"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    batch.attempts = open.attempts + 1;
    store("batches").put({ ...open, attempts: batch.attempts });
    return true;
  });
}

/**
 * The batch as it is stored now, while it is still the one we know.
 * @param {IDBObjectStore} batches
 * @param {SyncBatch} batch
 */
async function fenced(batches, batch) {
  const open = await openBatch(batches, batch.tag);
  return open?.id === batch.id ? open : null;
}

/**
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {unknown} response
 */
async function acknowledge(tag, batch, response) {
  const acknowledged = await transact("strict", ["entries", "batches", "meta", "ledger", "dead", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    const meta = await metaOf(store("meta"), tag.tag);
    if (tag.source) {
      for (const { key, next } of open.members) {
        if (next !== null) store("ledger").put({ v: 1, tag: tag.tag, key, digest: next, dead: false });
        for (const n of await result(store("dead").index("tag").getAllKeys([tag.tag, key]))) store("dead").delete(n);
      }
    } else {
      for (const { key } of open.members) store("entries").delete(key);
    }
    // What is still to be done in the app's own database cannot be part of this transaction.
    const done = !tag.source || tag.onSuccess === "keep";
    if (done) store("batches").delete([batch.tag, batch.lane]);
    else store("batches").put({ ...open, state: "acked" });
    store("meta").put({ ...meta, epoch: meta.epoch + (done ? 1 : 0), sent: meta.sent + open.count, cap: grown(tag, meta.cap), gate: null });
    await note(store("events"), { type: "sent", tag: tag.tag, ids: idsOf(open), ...(response !== undefined && { response }) });
    return true;
  });
  if (acknowledged) tell();
  return acknowledged;
}

/**
 * A smaller batch went through: the next may be larger again, unless size itself was refused.
 * @param {SyncTag} tag
 * @param {SyncMeta["cap"]} cap
 */
function grown(tag, cap) {
  if (!cap || cap.firm) return cap;
  return cap.records * 2 < tag.batch.maxRecords ? { ...cap, records: cap.records * 2 } : null;
}

/**
 * Deletes or marks the delivered records in the app's store, each only if it is still what was sent.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function applySuccess(tag, batch) {
  const { source, onSuccess } = tag;
  if (!source || onSuccess === "keep") return;
  const records = await withAppStore(source, "read", [], (store) => Promise.all(batch.members.map(({ key }) => result(store.get(key)))));
  const digests = await Promise.all(records.map(digest));
  await withAppStore(source, "strict", undefined, async (store) => {
    for (const [i, { key, digest }] of batch.members.entries()) {
      if (digests[i] !== digest || !same(await result(store.get(key)), records[i])) continue;
      if (onSuccess === "delete") store.delete(key);
      else store.put(changed(records[i], onSuccess.set), store.keyPath === null ? key : undefined);
    }
  });
}

/** @param {SyncBatch} batch */
function purge(batch) {
  return transact("strict", ["batches", "meta"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (!open) return;
    const meta = await metaOf(store("meta"), batch.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1 });
  });
}

/**
 * @param {SyncBatch} batch
 * @param {Extract<SyncStep, { kind: "again" }>} next
 */
async function reschedule(batch, { failure, hold, gate, attempts, repeats }) {
  const written = await transact("strict", ["batches", "meta", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    store("batches").put({ ...open, failure, hold, attempts, repeats });
    if (gate) store("meta").put({ ...(await metaOf(store("meta"), batch.tag)), gate: hold });
    await note(store("events"), { type: "retrying", tag: batch.tag, ids: idsOf(open), failure });
    return true;
  });
  if (written) tell();
  return written;
}

/**
 * Gives the members back; they are sealed anew, in smaller batches with keys of their own.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 * @param {number} records
 */
function split(batch, failure, records) {
  return transact("strict", ["batches", "meta"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return;
    const meta = await metaOf(store("meta"), batch.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1, cap: { records, firm: failure.class === "too_large" } });
  });
}

/**
 * Stops the tag until someone has signed in, or asks for it.
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 */
async function park(batch, failure) {
  await transact("strict", ["batches", "meta", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return;
    store("batches").put({ ...open, failure, hold: null });
    store("meta").put({ ...(await metaOf(store("meta"), batch.tag)), parked: failure });
    await note(store("events"), { type: "parked", tag: batch.tag, ids: idsOf(open), failure });
  });
  tell();
}

/** @param {SyncTag} tag */
function unpark(tag) {
  return transact("relaxed", ["meta"], async (store) => {
    const meta = await metaOf(store("meta"), tag.tag);
    if (meta.parked) store("meta").put({ ...meta, parked: null });
  });
}

/**
 * Takes work that was refused out of the way, into the dead letters.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncFailure} failure
 */
async function bury(tag, batch, failure) {
  const buried = await transact("strict", ["entries", "batches", "meta", "ledger", "dead", "events"], async (store) => {
    const open = await fenced(store("batches"), batch);
    if (open?.state !== "sealed") return false;
    const bodies = await Promise.all(
      open.members.map(async (member) => {
        const entry = tag.source ? undefined : await result(store("entries").get(member.key));
        return { ...member, payload: entry?.payload ?? null, queuedAt: entry?.queuedAt ?? open.sealedAt };
      }),
    );
    await layToRest(tag, open, bodies, failure, store);
    const meta = await metaOf(store("meta"), tag.tag);
    store("batches").delete([batch.tag, batch.lane]);
    store("meta").put({ ...meta, epoch: meta.epoch + 1, cap: grown(tag, meta.cap) });
    return true;
  });
  if (buried) tell();
  return buried;
}

/**
 * @param {SyncTag} tag
 * @param {Pick<SyncBatch, "key" | "attempts"> & { request: SyncRequest | null }} batch
 * @param {(SyncMember & { payload: unknown, queuedAt: number })[]} bodies
 * @param {SyncFailure} failure
 * @param {(name: string) => IDBObjectStore} store
 */
async function layToRest(tag, { key, attempts, request }, bodies, failure, store) {
  for (const { key: member, id, digest, payload, queuedAt } of bodies) {
    const row = { v: 1, tag: tag.tag, member, id, digest, payload, queuedAt, diedAt: Date.now(), attempts, key, request, failure };
    store("dead").add(row);
    // An app's record stays where it is; it is due again when its content changes.
    if (tag.source) store("ledger").put({ v: 1, tag: tag.tag, key: member, digest, dead: true });
    else store("entries").delete(member);
  }
  await note(store("events"), { type: "dead", tag: tag.tag, ids: bodies.map(({ id }) => id), failure });
}

/** @param {{ members: SyncMember[] }} batch */
function idsOf({ members }) {
  return members.map(({ id }) => id);
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 * @returns {Promise<SyncReport>}
 */
async function conclude(run) {
  const { tag } = run;
  const report = await transact("relaxed", ["entries", "batches", "meta", "dead", "events"], async (store) => {
    const [meta, batch, dead, entries] = await Promise.all([
      metaOf(store("meta"), tag.tag),
      openBatch(store("batches"), tag.tag),
      result(store("dead").index("tag").count(ofTag(tag.tag))),
      tag.source ? 0 : result(store("entries").index("tag").count(ofTag(tag.tag))),
    ]);
    const remaining = entries || batch?.count || Number(run.left);
    const drained = remaining ? 0 : meta.sent;
    if (drained) {
      store("meta").put({ ...meta, sent: 0, cap: null });
      await note(store("events"), { type: "drained", tag: tag.tag, ids: [] });
    }
    return { ...reportOf(run), remaining, parked: meta.parked !== null, drained, deadTotal: dead };
  });
  if (report.drained) tell();
  return report;
}

/**
 * @param {SyncRun} run
 * @returns {SyncReport}
 */
function reportOf({ tag, sent, dead, due, unfinished }) {
  return { tag: tag.tag, sent, dead, due, unfinished, remaining: 0, parked: false, drained: 0, deadTotal: 0, error: null };
}

/** Tells every page that there are events to read; the events themselves are in the outbox. */
function tell() {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(OUTBOX);
  channel.postMessage(null);
  channel.close();
}
