// Every decision of the drain, without a clock, a database or a network: facts in, a verdict out.

const RETRYABLE = [408, 425, 429, 500, 502, 503, 504, 507];
const SIGNED_OUT = [401, 403, 419, 440];

/** A redirect may be a portal that goes away; after this many it is taken for a login page. */
const REDIRECTS_TRIED = 3;
/** Due times beyond this are not the browser's retry's business. */
const NEAR = 20 * 60_000;
/** Setting the clock back by less than this is ordinary drift. */
const DRIFT = 60_000;

/**
 * What an answer means.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncAnswer} answer
 * @returns {SyncVerdict}
 */
function classify(tag, batch, answer) {
  if (answer.error !== null) {
    const failure = failed("network", "unknown", answer.error);
    return { kind: "retry", failure, date: null, retryAfter: null, gate: false, offline: answer.offline };
  }
  const { status, text, date, retryAfter } = answer;
  const meaning = tag.endpoint.status[status] ?? usualMeaning(status, retryAfter);
  const success = meaning === "success";
  const each = success && tag.batch.perRecord ? statusesOf(answer.json, batch.members.length) : undefined;
  const unfit = success && (!fits(tag.endpoint.success.contentType, answer.contentType) || (status === 207 && !each));
  if (answer.redirected || unfit) {
    const failure = failed("redirect", "unknown", "this is not an answer of the endpoint", status);
    return { kind: "retry", failure, date, retryAfter: null, gate: false, offline: false };
  }
  if (each) {
    const single = { ...batch, members: batch.members.slice(0, 1) };
    const verdicts = each.map((status) => classify(tag, single, { ...answer, status, json: undefined }));
    return { kind: "each", verdicts, response: answer.json };
  }
  if (success) return { kind: "ack", response: answer.json };
  if (meaning === "park") return { kind: "park", failure: failed("auth", "rejected", `status ${status}`, status, text) };
  if (meaning === "retry") {
    const failure = failed("status", "unknown", `status ${status}`, status, text);
    return { kind: "retry", failure, date, retryAfter, gate: (status === 429 || status === 503) && retryAfter !== null, offline: false };
  }
  const kind = status === 413 ? "too_large" : status === 409 || status === 412 ? "conflict" : "status";
  const failure = failed(kind, "rejected", `status ${status}`, status, text);
  // A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
  return { kind: batch.members.length > 1 ? "split" : "dead", failure };
}

/**
 * The statuses of single records: a list of them, or of objects with a `status`, by itself or as `results`.
 * @param {any} json
 * @param {number} count
 * @returns {number[] | undefined} nothing where there is not one for each
 */
function statusesOf(json, count) {
  const list = Array.isArray(json) ? json : json?.results;
  if (!Array.isArray(list) || list.length !== count) return undefined;
  const statuses = list.map((one) => Number(one?.status ?? one));
  return statuses.every((status) => status >= 200) ? statuses : undefined;
}

/**
 * @param {number} status
 * @param {number | null} retryAfter
 */
function usualMeaning(status, retryAfter) {
  if (status >= 200 && status < 300) return "success";
  if (SIGNED_OUT.includes(status)) return "park";
  // A conflict with a time to come back is a server still busy with the first copy.
  return RETRYABLE.includes(status) || (status === 409 && retryAfter !== null) ? "retry" : "dead";
}

/**
 * @param {string | null} wanted
 * @param {string} contentType
 */
function fits(wanted, contentType) {
  const essence = contentType.split(";")[0].trim().toLowerCase();
  return wanted === null ? essence !== "text/html" : wanted === "*" || essence === wanted.toLowerCase();
}

/**
 * @param {SyncFailure["class"]} kind
 * @param {SyncFailure["outcome"]} outcome
 * @param {string} message
 * @param {number} [status]
 * @param {string} [body]
 * @returns {SyncFailure}
 */
function failed(kind, outcome, message, status, body) {
  return { class: kind, outcome, message, ...(status && { status }), ...(body && { body }) };
}

/**
 * What to do with a batch after a verdict.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncVerdict} verdict
 * @param {number} now
 * @param {number} random from 0 to 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, verdict, now, random) {
  if (verdict.kind === "split") {
    return { kind: "split", failure: verdict.failure, cap: Math.ceil(batch.members.length / 2) };
  }
  const backoff = random * Math.min(tag.endpoint.retry.maxDelay, tag.endpoint.retry.base * tag.endpoint.retry.factor ** (batch.attempts - 1));
  if (verdict.kind === "each") return { ...verdict, hold: { since: now, wait: backoff, firm: false } };
  if (verdict.kind === "park") return { ...verdict, repeats: 0 };
  if (verdict.kind !== "retry") return verdict;
  const { failure, retryAfter, offline } = verdict;
  const { retry } = tag.endpoint;
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  // Both clocks must say so: the device's may have been wrong then, or be wrong now.
  if (verdict.date !== null && Math.min(now, verdict.date) - batch.queuedAt > retry.maxAge) {
    return { kind: "dead", failure: { ...failure, class: "expired" } };
  }
  if (failure.class === "redirect" && repeats >= REDIRECTS_TRIED) return { kind: "park", failure, repeats };
  if (retry.maxAttempts && batch.attempts >= retry.maxAttempts && !offline) return { kind: "dead", failure };
  const firm = retryAfter !== null;
  const wait = firm ? Math.min(retryAfter, retry.maxRetryAfter) : backoff;
  return {
    kind: "again",
    failure,
    // Without a network nothing was tried: it costs no attempt, and the next wake-up may go at once.
    hold: { since: now, wait: offline ? 0 : wait, firm },
    gate: verdict.gate,
    attempts: offline ? batch.attempts - 1 : batch.attempts,
    repeats,
  };
}

/**
 * Milliseconds for which a hold still stands.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function standing(hold, now) {
  return hold ? Math.max(0, hold.since + hold.wait - now) : 0;
}

/**
 * Whether the clock was set back since a hold began: then its whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 * @returns {hold is SyncHold}
 */
function isAhead(hold, now) {
  return hold !== null && hold.since > now + DRIFT;
}

/**
 * What comes next: a batch that is open already, a new one, or (with neither) the milliseconds until there may be one.
 * @param {SyncRun} run
 * @param {SyncSeen} seen
 * @param {number} now
 * @returns {{ batch?: SyncBatch, seal?: boolean, wait?: number }}
 */
function choose(run, { meta, batches, prefix }, now) {
  const mine = batches.filter(({ lane }) => lane.startsWith(prefix) && !run.busy.has(lane));
  const acked = mine.find(({ state }) => state === "acked");
  if (acked) return { batch: acked };
  if (meta.parked) return {};
  if (now > run.until) {
    run.unfinished = true;
    return { wait: 0 };
  }
  const sealed = mine.filter(({ state }) => state === "sealed");
  const gate = standing(meta.gate, now);
  const ready = sealed.find((batch) => !run.failed.has(batch.lane) && !waitFor(batch, run.wake, now));
  if (ready && !gate && !run.halted) return { batch: ready };
  const waits = sealed.map((batch) => Math.max(gate, waitFor(batch, run.wake, now)));
  if (gate) waits.push(gate);
  // In a single lane, nothing overtakes what is held or stuck there.
  const seal = !gate && !run.halted && (run.tag.order !== "fifo" || !mine.length);
  return { seal, ...(waits.length && { wait: Math.min(...waits) }) };
}

/**
 * @param {SyncBatch} batch
 * @param {SyncWake} wake
 * @param {number} now
 */
function waitFor({ hold, failure }, wake, now) {
  const passes = !hold?.firm && (wake.force || (wake.why === "online" && failure?.class === "network"));
  return passes ? 0 : standing(hold, now);
}

/**
 * Whether a wake-up lets parked work go on: being asked to, or a page that opens, in which someone may have signed in.
 * @param {SyncWake} wake
 */
function unparks(wake) {
  return wake.why === "flush" || wake.why === "load";
}

/**
 * How a sync event ends: the browser tries again after a rejection only, and may register anew with a window only.
 * @param {SyncReport} report
 * @param {boolean} windowOpen
 * @param {boolean} lastChance
 * @param {number} now
 * @returns {"resolve" | "reject" | "register"}
 */
function settlement(report, windowOpen, lastChance, now) {
  if (report.error !== null) return "reject";
  if (!report.remaining || report.blocked) return "resolve";
  if (report.unfinished) return windowOpen ? "register" : "reject";
  if (report.due !== null && report.due - now > NEAR) return windowOpen || lastChance ? "resolve" : "reject";
  return "reject";
}
