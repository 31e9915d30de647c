// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;

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
      await Promise.all(Array.from({ length: tag.concurrency }, () => drainLanes(run)));
      return finish(run);
    });
  } catch (error) {
    const failure = failed("storage", "unknown", String(error));
    // The storage may be what is broken; then the pages learn of it from the report alone.
    await transact("relaxed", (stores) => note(stores, "storage_error", tag.tag, [], { failure })).then(tell, tell);
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
    busy: new Set(),
    failed: new Set(),
    halted: false,
    tried: false,
    sent: 0,
    left: false,
    due: null,
    unfinished: false,
    after: undefined,
    passed: new Set(),
    found: false,
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

/** @param {SyncRun} run */
async function drainLanes(run) {
  while (await step(run));
}

/**
 * One step of a drain; answers whether another follows.
 * @param {SyncRun} run
 * @returns {Promise<boolean>}
 */
async function step(run) {
  const { tag } = run;
  const seen = await look(run);
  const choice = choose(run, seen, Date.now());
  const batch = choice.batch ?? (choice.seal && (await seal(run, seen)));
  if (!batch) return rest(run, choice.wait);
  if (batch === "again") return true;
  run.busy.add(batch.lane);
  try {
    if (batch.state === "sealed") {
      if (choice.batch && !(await countAttempt(batch))) return true;
      run.tried = run.found = true;
      const answer = await sendSigned(tag, batch);
      if (!(await conclude(run, batch, nextStep(tag, batch, classify(tag, batch, answer), Date.now(), Math.random())))) return true;
    }
    if (batch.state === "acked") {
      await applySuccess(tag, batch);
      await saveResponse(tag, batch);
      await change(batch, "strict", "acked", async (stores, open, meta) => close(stores, open, meta));
    }
    return true;
  } finally {
    run.busy.delete(batch.lane);
  }
}

/**
 * What to do when nothing may be sent now; answers whether the drain goes on after all.
 * @param {SyncRun} run
 * @param {number | undefined} wait until something may
 */
async function rest(run, wait) {
  if (wait !== undefined) {
    if (!run.tried && !run.unfinished && wait <= SHORT_WAIT) {
      await new Promise((resume) => setTimeout(resume, wait));
      return true;
    }
    run.left = true;
    // Without a network no time is better than another: it is the network that has to come back.
    run.due = wait ? Date.now() + wait : null;
    return false;
  }
  // An app's store may have changed while there was something to send.
  const again = run.tag.source !== null && run.found;
  run.after = undefined;
  run.passed.clear();
  run.found = false;
  return again;
}

/**
 * Where the tag stands.
 * @param {SyncRun} run
 * @returns {Promise<SyncSeen>}
 */
function look({ tag: { tag }, wake }) {
  return transact("relaxed", async (stores) => {
    const now = Date.now();
    const [meta, principal, batches] = await Promise.all([metaOf(stores, tag), principalOf(stores), result(stores.batches.getAll(under([tag])))]);
    if (meta.parked && unparks(wake)) stores.meta.put(Object.assign(meta, { parked: null }));
    // Only once: what parks it again while this drain runs, parks it.
    if (wake.why === "load" || wake.why === "flush") Object.assign(wake, { why: "visible" });
    if (isAhead(meta.gate, now)) stores.meta.put(Object.assign(meta, { gate: { ...meta.gate, since: now } }));
    for (const batch of batches) {
      if (isAhead(batch.hold, now)) stores.batches.put(Object.assign(batch, { hold: { ...batch.hold, since: now } }));
    }
    return { meta, batches, prefix: `${principal.hash}/` };
  });
}

/**
 * @param {SyncStores} stores
 * @param {string} tag
 * @returns {Promise<SyncMeta>}
 */
async function metaOf({ meta }, tag) {
  const kept = await result(meta.get(`tag:${tag}`));
  return kept ?? { v: 1, key: `tag:${tag}`, epoch: 0, sent: 0, bytes: 0, cap: null, parked: null, gate: null };
}

/**
 * Who is signed in, as far as the page has said.
 * @param {SyncStores} stores
 * @returns {Promise<SyncPrincipal>}
 */
async function principalOf({ meta }) {
  return (await result(meta.get("principal"))) ?? { v: 1, key: "principal", hash: "", salt: "", context: {} };
}

/**
 * Seals what is next into a batch. Answers nothing at the end of what waits, and "again" when there may be more.
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @returns {Promise<SyncBatch | "again" | undefined>}
 */
async function seal(run, seen) {
  const { tag } = run;
  const most = Math.min(tag.batch.maxRecords, seen.meta.cap?.records ?? Infinity);
  const read = tag.source && (await (tag.mode === "snapshot" ? changedWhole(tag, tag.source) : changedRecords(run, tag.source, most)));
  if (read && !read.length) return "again";
  if (tag.source && !read) return undefined;
  const batch = await transact("strict", async (stores) => {
    const [meta, { hash, context }] = await Promise.all([metaOf(stores, tag.tag), principalOf(stores)]);
    if (seen.prefix !== `${hash}/`) return "again";
    const open = new Set((await result(stores.batches.getAll(under([tag.tag])))).map(({ lane }) => lane));
    const pieces = read || (await waitingEntries(stores, tag, seen.prefix, open, most));
    if (!pieces.length) return undefined;
    const { lane } = pieces[0];
    // What was read from an app's store may be stale by now: a rival may have delivered it and removed its batch.
    if (open.has(seen.prefix + lane) || meta.epoch !== seen.meta.epoch) return "again";
    const sealed = render(tag, seen.prefix + lane, take(tag, pieces));
    meta.epoch += 1;
    // What cannot be rendered now never will be.
    if (sealed.failure) await bury(stores, tag, sealed, meta, sealed.failure);
    else stores.batches.put(sealed);
    stores.meta.put(meta);
    return sealed.failure ? "again" : { ...sealed, context };
  });
  if (read) {
    if (batch === "again") run.after = undefined;
    else if (batch) advance(run, batch.members);
  }
  return batch;
}

/**
 * The oldest entries of the first lane that is free.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {string} prefix
 * @param {Set<string>} open
 * @param {number} most
 * @returns {Promise<SyncPiece[]>}
 */
async function waitingEntries({ entries }, { tag }, prefix, open, most) {
  for (let after = 0, rows; ; after = rows.at(-1).seq) {
    // Mostly the very first is free; else there is a stopped lane to get past.
    rows = await result(entries.index("tag").getAll(under([tag], [tag, after]), after ? 64 : 1));
    if (!rows.length) return [];
    const free = rows.find(({ lane }) => lane.startsWith(prefix) && !open.has(lane));
    if (!free) continue;
    const lane = await result(entries.index("lane").getAll(under([tag, free.lane]), most));
    return lane.map((entry) => ({ ...entry, key: entry.seq, lane: entry.lane.slice(prefix.length), digest: null, next: null, record: entry.payload }));
  }
}

/**
 * As many pieces, from the first on, as one body may hold.
 * @param {SyncTag} tag
 * @param {SyncPiece[]} pieces
 */
function take(tag, pieces) {
  let bytes = 0;
  const end = pieces.findIndex((piece, i) => (bytes += piece.frozen ? Infinity : sizeOf(piece.record)) > tag.batch.maxBytes && i > 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}

/** @param {unknown} record */
function sizeOf(record) {
  try {
    return new TextEncoder().encode(JSON.stringify(record)).length;
  } catch {
    // It goes alone, so that only it is refused.
    return Infinity;
  }
}

/**
 * @param {SyncTag} tag
 * @param {string} lane
 * @param {SyncPiece[]} pieces
 * @returns {SyncBatch}
 */
function render(tag, lane, pieces) {
  const [first] = pieces;
  const records = tag.mode === "snapshot" ? /** @type {unknown[]} */ (first.record) : pieces.map(({ record }) => record);
  const { key = crypto.randomUUID(), request } = first.frozen ?? {};
  /** @type {SyncBatch} */
  const batch = {
    v: 1,
    tag: tag.tag,
    lane,
    id: crypto.randomUUID(),
    key,
    state: "sealed",
    members: pieces.map(({ key, id, digest, next, bytes }) => ({ key, id, digest, next, bytes })),
    count: records.length,
    request: null,
    queuedAt: first.queuedAt,
    // It is sent at once.
    attempts: 1,
    repeats: 0,
    failure: null,
    hold: null,
  };
  try {
    return { ...batch, request: request ?? freeze(tag, records, key, first.raw) };
  } catch (error) {
    return { ...batch, attempts: 0, failure: failed("payload", "rejected", String(error)) };
  }
}

/**
 * Changes a batch, if it is still the one we know and in the state we know it in; answers whether it was.
 * @param {SyncBatch} batch
 * @param {"relaxed" | "strict"} mode
 * @param {SyncBatch["state"]} state
 * @param {(stores: SyncStores, open: SyncBatch, meta: SyncMeta) => Promise<void>} work
 * @returns {Promise<boolean>}
 */
function change(batch, mode, state, work) {
  return transact(mode, async (stores) => {
    const open = await result(stores.batches.get([batch.tag, batch.lane]));
    if (open?.id !== batch.id || open.state !== state) return false;
    const meta = await metaOf(stores, batch.tag);
    await work(stores, open, meta);
    stores.meta.put(meta);
    return true;
  });
}

/**
 * @param {SyncStores} stores
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 */
function close({ batches }, { tag, lane }, meta) {
  batches.delete([tag, lane]);
  meta.epoch += 1;
}

/**
 * Counts an attempt before it is made: work that takes the worker down with it is bounded, too.
 * @param {SyncBatch} batch
 */
async function countAttempt(batch) {
  let allowed = false;
  await change(batch, "relaxed", "sealed", async (stores, open) => {
    const { hash, context } = await principalOf(stores);
    allowed = open.lane.startsWith(`${hash}/`);
    if (!allowed) return;
    Object.assign(batch, { attempts: (open.attempts += 1), context });
    stores.batches.put(open);
  });
  return allowed;
}

/**
 * Writes down what a step means; answers false when another drain was faster.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} next
 */
async function conclude(run, batch, next) {
  const { tag } = run;
  const written = await change(batch, "strict", "sealed", async (stores, open, meta) => {
    const ids = open.members.map(({ id }) => id);
    switch (next.kind) {
      case "ack":
        await settle(stores, tag, open, meta);
        meta.sent += open.count;
        meta.gate = null;
        meta.cap = grown(tag, meta.cap);
        // What is still to be done in the app's own database cannot be part of this transaction.
        if (tag.response || (tag.source && tag.onSuccess !== "keep")) stores.batches.put(Object.assign(open, { state: "acked", response: next.response }));
        else close(stores, open, meta);
        Object.assign(batch, { state: open.state, response: open.response });
        return note(stores, "sent", tag.tag, ids, next.response === undefined ? {} : { response: next.response });
      case "each":
        return concludeEach(run, stores, open, meta, next);
      case "again":
        if (next.gate) meta.gate = next.hold;
        stores.batches.put(Object.assign(open, { failure: next.failure, hold: next.hold, attempts: next.attempts, repeats: next.repeats }));
        return note(stores, "retrying", tag.tag, ids, { failure: next.failure });
      case "split":
        // The members are sealed anew, in smaller batches with keys of their own.
        meta.cap = { records: next.cap, firm: next.failure.class === "too_large" };
        return close(stores, open, meta);
      case "park":
        meta.parked = next.failure;
        stores.batches.put(Object.assign(open, { failure: next.failure, hold: null, repeats: next.repeats }));
        return note(stores, "parked", tag.tag, ids, { failure: next.failure });
      case "dead":
        meta.cap = grown(tag, meta.cap);
        await bury(stores, tag, open, meta, next.failure);
        if (tag.order === "parallel" || (next.failure.outcome === "unknown" ? tag.skipUnknown : tag.onDead === "skip")) close(stores, open, meta);
        // What may still arrive must not be overtaken by what follows it.
        else stores.batches.put(Object.assign(open, { state: "stuck" }));
    }
  });
  if (written && next.kind === "ack") run.sent += batch.count;
  if (written && next.kind === "again") {
    run.failed.add(batch.lane);
    // Where nothing gets through, the other lanes need not try.
    run.halted ||= next.failure.class === "network";
  }
  if (written) tell();
  return written;
}

/**
 * Lets go of what was taken, buries what was refused, and gives the rest back.
 * @param {SyncRun} run
 * @param {SyncStores} stores
 * @param {SyncBatch} open
 * @param {SyncMeta} meta
 * @param {Extract<SyncStep, { kind: "each" }>} next
 */
async function concludeEach(run, stores, open, meta, { verdicts, response, hold }) {
  const { tag } = run;
  /** @param {SyncVerdict["kind"]} kind */
  const those = (kind) => ({ ...open, members: open.members.filter((_, i) => verdicts[i].kind === kind) });
  const taken = those("ack");
  await settle(stores, tag, taken, meta);
  meta.sent += taken.members.length;
  run.sent += taken.members.length;
  await note(stores, "sent", tag.tag, taken.members.map(({ id }) => id), { response });
  for (const [i, verdict] of verdicts.entries()) {
    if (verdict.kind === "dead") await bury(stores, tag, { ...open, members: [open.members[i]] }, meta, verdict.failure);
    if (verdict.kind === "park") meta.parked = verdict.failure;
    if (verdict.kind === "retry") meta.gate = hold;
  }
  close(stores, open, meta);
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
 * Lets go of what was delivered.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 */
async function settle({ entries, ledger, dead }, { tag, source }, { members }, meta) {
  for (const { key, next, bytes } of members) {
    meta.bytes -= bytes;
    if (!source) entries.delete(key);
    else {
      ledger.put({ v: 1, tag, key, digest: next, dead: false });
      for (const n of await result(dead.index("tag").getAllKeys([tag, key]))) dead.delete(n);
    }
  }
}

/**
 * Takes work that was refused out of the way, into the dead letters.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 * @param {SyncFailure} failure
 */
async function bury(stores, { tag, source }, { lane, members, key, request, attempts, queuedAt }, meta, failure) {
  for (const { key: member, id, digest, bytes } of members) {
    meta.bytes -= bytes;
    const entry = source ? undefined : await result(stores.entries.get(member));
    const letter = { v: 1, tag, lane, member, id, digest, entry, queuedAt: entry?.queuedAt ?? queuedAt, diedAt: Date.now(), attempts, key, request, failure };
    stores.dead.add(letter);
    // An app's record stays where it is; it is due again when its content changes.
    if (source) stores.ledger.put({ v: 1, tag, key: member, digest, dead: true });
    else stores.entries.delete(member);
  }
  await note(stores, "dead", tag, members.map(({ id }) => id), { failure });
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 * @returns {Promise<SyncReport>}
 */
async function finish(run) {
  const { tag } = run;
  const report = await transact("relaxed", async (stores) => {
    const meta = await metaOf(stores, tag.tag);
    // What others queued waits for them, not for a retry.
    const lanes = lanesOf(tag.tag, `${(await principalOf(stores)).hash}/`);
    const open = await result(stores.batches.getAll(lanes));
    const entries = tag.source ? 0 : await result(stores.entries.index("lane").count(lanes));
    const held = open.reduce((sum, { state, count }) => sum + (state === "sealed" ? count : 0), 0);
    const blocked = !run.left && open.some(({ state }) => state === "stuck");
    const remaining = entries || held || Number(run.left);
    const drained = remaining ? 0 : meta.sent;
    if (drained) {
      stores.meta.put({ ...meta, sent: 0, cap: null });
      await note(stores, "drained", tag.tag, []);
    }
    return { ...reportOf(run), remaining, drained, blocked: blocked || meta.parked !== null, dead: await result(stores.dead.index("tag").count(under([tag.tag]))) };
  });
  if (report.drained) tell();
  return report;
}

/**
 * @param {SyncRun} run
 * @returns {SyncReport}
 */
function reportOf({ tag: { tag }, sent, due, unfinished }) {
  return { tag, sent, due, unfinished, remaining: 0, blocked: false, drained: 0, dead: 0, error: null };
}
