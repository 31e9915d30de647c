// Every decision of the drain, without a clock, a database or a network: facts in, a verdict out.

// 409 is here only when the server says when to come back: then it is still busy with the first copy.
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
    return { kind: "retry", failure, retryAfter: null, gate: false, offline: answer.offline };
  }
  const { status, text } = answer;
  const success = status >= 200 && status < 300;
  if (answer.redirected || (success && !fits(tag.endpoint.success.contentType, answer.contentType))) {
    const failure = failed("redirect", "unknown", "a page came back instead of the endpoint's answer", status);
    return { kind: "retry", failure, retryAfter: null, gate: false, offline: false };
  }
  if (success) return { kind: "ack", response: answer.json };
  if (SIGNED_OUT.includes(status)) return { kind: "park", failure: failed("auth", "rejected", `status ${status}`, status, text) };
  const conflict = status === 409 || status === 412;
  if (RETRYABLE.includes(status) || (status === 409 && answer.retryAfter !== null)) {
    const failure = failed("status", "unknown", `status ${status}`, status, text);
    return { kind: "retry", failure, retryAfter: answer.retryAfter, gate: status === 429 || status === 503, offline: false };
  }
  const failure = failed(status === 413 ? "too_large" : conflict ? "conflict" : "status", "rejected", `status ${status}`, status, text);
  // A batch is all or nothing: its parts are tried apart, so that one bad record takes no other along.
  return { kind: batch.members.length > 1 ? "split" : "dead", failure };
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
 * @param {number} random between 0 and 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, verdict, now, random) {
  if (verdict.kind === "split") {
    return { kind: "split", failure: verdict.failure, cap: Math.ceil(batch.members.length / 2) };
  }
  if (verdict.kind !== "retry") return verdict;
  const { failure, retryAfter, offline } = verdict;
  const { retry } = tag.endpoint;
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  if (failure.class === "redirect" && repeats >= REDIRECTS_TRIED) return { kind: "park", failure };
  if (retry.maxAttempts && batch.attempts >= retry.maxAttempts && !offline) return { kind: "dead", failure };
  const firm = retryAfter !== null;
  const wait = firm ? Math.min(retryAfter, retry.maxRetryAfter) : random * Math.min(retry.maxDelay, retry.base * retry.factor ** (batch.attempts - 1));
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
 * A hold as it is to be kept when the clock was set back since: the whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function anchored(hold, now) {
  return hold && hold.since > now + DRIFT ? { ...hold, since: now } : hold;
}

/**
 * Milliseconds until a tag may go on: its gate first, then its batch.
 * @param {SyncMeta} meta
 * @param {SyncBatch | undefined} batch
 * @param {SyncWake} wake
 * @param {number} now
 */
function waitFor(meta, batch, wake, now) {
  const gate = standing(meta.gate, now);
  if (!batch?.hold) return gate;
  const passes = !batch.hold.firm && (wake.force || (wake.why === "online" && batch.failure?.class === "network"));
  return Math.max(gate, passes ? 0 : standing(batch.hold, now));
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
  if (!report.remaining || report.parked) return "resolve";
  if (report.unfinished) return windowOpen ? "register" : "reject";
  if (report.due !== null && report.due - now > NEAR) return windowOpen || lastChance ? "resolve" : "reject";
  return "reject";
}
