// The drain: what waits is sealed into a batch, sent as sealed until there is an answer, and removed only then.
// One transaction per step, each fenced on the batch's id, so that it may die anywhere and two may run at once.

/** No new batch after this long: browsers end an event after three minutes. */
const BUDGET = 120_000;
/** Waits up to this long are sat out on the spot. */
const SHORT_WAIT = 10_000;
/** How long another drain of the same tag is waited for. */
const LOCK_WAIT = 60_000;

/** What is done once a tag has nothing left; rooms put themselves in. */
const drained = /** @type {((tag: SyncTag, report: SyncReport) => unknown)[]} */ ([]);

/**
 * Drains that have not had their turn yet, by what they are to do.
 * @type {Map<string, Promise<SyncReport>>}
 */
const queued = new Map();

/**
 * Delivers what waits under a tag until nothing is left or nothing may go on; never throws.
 * Whoever asks for the same before it has its turn shares it.
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @returns {Promise<SyncReport>}
 */
function drain(tag, wake) {
  const wish = JSON.stringify([tag.tag, wake]);
  // It begins once it is noted here, also where nothing is waited for.
  const shared = queued.get(wish) ?? Promise.resolve().then(() => drainInTurn(tag, wake, wish));
  queued.set(wish, shared);
  return shared;
}

/**
 * @param {SyncTag} tag
 * @param {SyncWake} wake
 * @param {string} wish under which it is queued
 * @returns {Promise<SyncReport>}
 */
async function drainInTurn(tag, wake, wish) {
  const run = newRun(tag, wake);
  const { report } = run;
  let begun = false;
  const work = async () => {
    begun = queued.delete(wish);
    await Promise.all(Array.from({ length: tag.concurrency ?? 1 }, () => drainLanes(run)));
    await finish(run);
  };
  try {
    // One drain per tag at a time. Correctness does not rest on it; it saves requests.
    await (navigator.locks ? navigator.locks.request(`${OUTBOX}:${tag.tag}`, { signal: AbortSignal.timeout(LOCK_WAIT) }, work) : work());
  } catch (error) {
    const message = String(error);
    Object.assign(report, { remaining: 1, error: message });
    if (begun) {
      // The storage may be what is broken; then the pages learn of it from the report alone.
      /** @type {SyncFailure} */
      const failure = { class: "storage", outcome: "unknown", message };
      await transact("readwrite", (stores) => note(stores, "storage_error", tag.tag, [], { failure })).then(tell, tell);
    } else queued.delete(wish);
  }
  if (report.drained) for (const react of drained) await react(tag, report);
  return report;
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
    // Being asked to lets parked work go on, and so does a page that opens, in which someone may have signed in.
    unparks: ["flush", "load"].includes(wake.why),
    until: Date.now() + BUDGET,
    busy: new Set(),
    failed: new Set(),
    passed: new Set(),
    report: { tag: tag.tag, sent: 0, dead: 0, drained: 0, due: null },
  };
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
  const source = sources[tag.mode];
  const { batch, sealed, again, unread, wait } = await next(run);
  // Only once: what parks it again while this drain runs, parks it.
  run.unparks = false;
  if (unread) {
    const pieces = await source.read?.(run, unread.most);
    if (pieces?.length) run.read = { epoch: unread.epoch, pieces };
    return pieces ? true : source.again(run);
  }
  if (!batch) return again || (wait === undefined ? source.again(run) : rest(run, wait));
  if (sealed) source.sealed?.(run, batch.members);
  run.busy.add(batch.lane);
  try {
    if (batch.state === "sealed") {
      run.tried = true;
      const answer = await sendSigned(tag, batch);
      await conclude(run, batch, judge(tag, batch, answer, Date.now(), Math.random()));
    }
    if (batch.state === "acked") await followUp(tag, batch);
    return true;
  } finally {
    run.busy.delete(batch.lane);
  }
}

/**
 * What comes next, as it is written down before it is sent: a batch that is open already, or a new one; with neither,
 * the milliseconds until there may be one.
 * @param {SyncRun} run
 * @returns {Promise<SyncNext>}
 */
function next(run) {
  const { tag, wake, busy, failed } = run;
  return transact("readwrite", async (stores) => {
    const now = Date.now();
    const seen = await look(stores, tag.tag);
    const { meta, open, context } = seen;
    if (beginsAnew(meta.gate, now) || (meta.parked && run.unparks)) {
      if (run.unparks) meta.parked = null;
      stores.meta.put(meta);
    }
    const free = open.filter(({ lane }) => !busy.has(lane));
    const acked = free.find(({ state }) => state === "acked");
    if (acked) return { batch: acked };
    if (meta.parked) return {};
    if (now > run.until) {
      run.report.unfinished = true;
      return { wait: 0 };
    }
    const gate = standing(meta.gate, now);
    const waits = gate ? [gate] : [];
    for (const batch of free) {
      if (batch.state !== "sealed") continue;
      if (beginsAnew(batch.hold, now)) stores.batches.put(batch);
      const wait = Math.max(gate, waitFor(batch, wake, now));
      if (!wait && !failed.has(batch.lane) && !run.halted) {
        // Counted before it is made: work that takes the worker down with it is bounded, too.
        batch.attempts += 1;
        stores.batches.put(batch);
        return { batch: { ...batch, context } };
      }
      waits.push(wait);
    }
    // In a single lane, nothing overtakes what is held or stuck there.
    if (!gate && !run.halted && (tag.order || !open.length)) {
      const most = mostOf(tag, meta);
      const pieces = await sources[tag.mode].next(stores, run, seen, most);
      if (!pieces) return { unread: { epoch: meta.epoch, most } };
      if (pieces.length) {
        const batch = render(tag, pieces[0].lane ?? seen.prefix, take(tag, pieces));
        meta.epoch += 1;
        // What cannot be rendered now never will be.
        const { failure } = batch;
        if (failure) {
          await release(stores, tag, batch, meta, failure);
          await note(stores, "dead", tag.tag, batch.members, { failure });
        } else stores.batches.put(batch);
        stores.meta.put(meta);
        return failure ? { again: true } : { batch: { ...batch, context }, sealed: true };
      }
    }
    return waits.length ? { wait: Math.min(...waits) } : {};
  });
}

/**
 * What to do when nothing may be sent now; answers whether the drain goes on after all.
 * @param {SyncRun} run
 * @param {number} wait until something may
 */
async function rest(run, wait) {
  const { report } = run;
  if (!run.tried && !report.unfinished && wait <= SHORT_WAIT) {
    await new Promise((resume) => setTimeout(resume, wait));
    return true;
  }
  run.left = true;
  // Without a network no time is better than another: it is the network that has to come back.
  report.due = wait ? Date.now() + wait : null;
  return false;
}

/**
 * Where a tag stands, for who is signed in.
 * @param {SyncStores} stores
 * @param {string} tag
 * @returns {Promise<SyncSeen>}
 */
async function look(stores, tag) {
  const [meta, { hash, context }, open] = await Promise.all([metaOf(stores, tag), principalOf(stores), result(stores.batches.getAll(under(tag)))]);
  const prefix = `${hash}/`;
  return { meta, context, prefix, open: open.filter(({ lane }) => lane.startsWith(prefix)) };
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
    members: pieces.map(({ key, id, digest, next }) => ({ key, id, digest, next })),
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
    return { ...batch, attempts: 0, failure: { class: "payload", outcome: "rejected", message: String(error) } };
  }
}

/**
 * Changes a batch, if it is still the one we know and in the state we know it in; answers whether it was.
 * @param {SyncBatch} batch
 * @param {(stores: SyncStores, open: SyncBatch, meta: SyncMeta) => Promise<unknown>} work
 * @returns {Promise<boolean>}
 */
function change(batch, work) {
  const { tag, lane, id, state } = batch;
  return transact("readwrite", async (stores) => {
    const open = await result(stores.batches.get([tag, lane]));
    if (open?.id !== id || open.state !== state) return false;
    const meta = await metaOf(stores, tag);
    await work(stores, open, meta);
    stores.meta.put(meta);
    return true;
  });
}

/**
 * Writes down what a step means, unless another drain was faster.
 * @param {SyncRun} run
 * @param {SyncBatch} batch
 * @param {SyncStep} step
 */
async function conclude(run, batch, step) {
  const { tag, report } = run;
  const { event, failure } = step;
  const written = await change(batch, async (stores, open, meta) => {
    Object.assign(meta, step.meta);
    if (event === "sent") {
      open = await apart(stores, tag, open, meta, step);
      meta.sent += open.count;
      await release(stores, tag, open, meta);
    }
    if (event === "dead") await release(stores, tag, open, meta, failure);
    if (event === "sent" || event === "dead") resize(tag, meta);
    Object.assign(batch, open, step.batch);
    if (step.batch) stores.batches.put(Object.assign(open, step.batch));
    else close(stores, open, meta);
    if (event) await note(stores, event, tag.tag, open.members, step);
  });
  if (!written) return;
  tell();
  if (event === "sent") report.sent += batch.count;
  if (event === "retrying") {
    run.failed.add(batch.lane);
    // Where nothing gets through, the other lanes need not try.
    run.halted ||= failure?.class === "network";
  }
}

/**
 * Lets go of what was delivered, or takes what was refused out of the way, into the dead letters.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncMeta} meta
 * @param {SyncFailure} [failure]
 */
async function release(stores, tag, { lane, members, key, request, attempts, queuedAt }, meta, failure) {
  for (const member of members) {
    const { key: row, id, digest } = member;
    const entry = await sources[tag.mode].release(stores, tag, member, failure);
    if (entry) tally(meta, entry, -1);
    if (failure) stores.dead.add({ v: 1, tag: tag.tag, lane, member: row, id, digest, entry, queuedAt: entry?.queuedAt ?? queuedAt, diedAt: Date.now(), attempts, key, request, failure });
  }
}

/**
 * Says what a drain did, and notes once that a tag has nothing left.
 * @param {SyncRun} run
 */
async function finish({ tag, left, report }) {
  await transact("readwrite", async (stores) => {
    const { meta, open, prefix } = await look(stores, tag.tag);
    const held = open.reduce((sum, { state, count }) => sum + (state === "sealed" ? count : 0), 0);
    // What others queued waits for them, not for a retry.
    const remaining = (await sources[tag.mode].count(stores, tag.tag, prefix)) || held || (left ? 1 : 0);
    const drained = remaining ? 0 : meta.sent;
    const blocked = meta.parked !== null || (!left && open.some(({ state }) => state === "stuck"));
    if (drained) {
      stores.meta.put({ ...meta, sent: 0, cap: null });
      await note(stores, "drained", tag.tag, []);
    }
    Object.assign(report, { remaining, drained, blocked, dead: await result(stores.dead.index("tag").count(under(tag.tag))) });
  });
  if (report.drained) tell();
}
