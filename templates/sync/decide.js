// Every decision of the drain, without a clock, a database or a network: facts in, the next step out.

const RETRYABLE = [408, 425, 429, 500, 502, 503, 504, 507];
const SIGNED_OUT = [401, 403, 419, 440];

/** A redirect may be a portal that goes away; after this many it is taken for a login page. */
const REDIRECTS_TRIED = 3;
/** Setting the clock back by less than this is ordinary drift. */
const DRIFT = 60_000;

/**
 * What to do with a batch after an answer.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncAnswer} answer
 * @param {number} now
 * @param {number} random from 0 to 1
 * @returns {SyncStep}
 */
function nextStep(tag, batch, answer, now, random) {
  const { status, retryAfter, date, offline } = answer;
  const { retry } = tag.endpoint;
  const { attempts } = batch;
  const failure = failureOf(tag, answer);
  if (!failure) {
    const { json: response } = answer;
    // What is still to be done in the app's own database cannot be part of the transaction that notes the delivery.
    return { event: "sent", response, meta: { gate: null }, batch: isFollowedUp(tag) ? { state: "acked", response } : undefined };
  }
  const repeats = batch.failure?.class === failure.class ? batch.repeats + 1 : 1;
  if (failure.outcome === "unknown") {
    // Both clocks must say so: the device's may have been wrong then, or be wrong now.
    if (date && Math.min(now, date) - batch.queuedAt > retry.maxAge) return givenUp(tag, { ...failure, class: "expired" });
  } else if (failure.class !== "auth") {
    return smaller(batch, failure) ?? givenUp(tag, failure);
  }
  if (failure.class === "auth" || (failure.class === "redirect" && repeats >= REDIRECTS_TRIED)) {
    return { event: "parked", failure, meta: { parked: failure }, batch: { failure, hold: null, repeats } };
  }
  if (retry.maxAttempts && attempts >= retry.maxAttempts && !offline) return givenUp(tag, failure);
  const firm = failure.class === "status" && retryAfter !== null;
  // Without a network nothing was tried: it costs no attempt, and the next wake-up may go at once.
  const wait = offline ? 0 : firm ? Math.min(retryAfter, retry.maxRetryAfter) : backoff(retry, attempts, random);
  const hold = { since: now, wait, firm };
  const gate = firm && (status === 429 || status === 503) ? { gate: hold } : undefined;
  return { event: "retrying", failure, meta: gate, batch: { failure, hold, attempts: offline ? attempts - 1 : attempts, repeats } };
}

/**
 * What may still arrive must not be overtaken by what follows it.
 * @param {SyncTag} tag
 * @param {SyncFailure} failure
 * @returns {SyncStep}
 */
function givenUp({ order, skipUnknown, onDead }, failure) {
  const passed = order === "parallel" || (failure.outcome === "unknown" ? skipUnknown : onDead !== "block");
  return { event: "dead", failure, batch: passed ? undefined : { state: "stuck" } };
}

/**
 * What went wrong, if anything did. With an unknown outcome it is worth another try.
 * @param {SyncTag} tag
 * @param {SyncAnswer} answer
 * @returns {SyncFailure | undefined}
 */
function failureOf({ endpoint }, { error, status, redirected, contentType, retryAfter, text }) {
  if (error) return { class: "network", outcome: "unknown", message: error };
  const meaning = endpoint.status?.[status] ?? usualMeaning(status, retryAfter);
  const success = meaning === "success";
  // Several answers in one are none to a request that expects one.
  if (redirected || (success && (status === 207 || !fits(endpoint.success?.contentType, contentType)))) {
    return { class: "redirect", outcome: "unknown", message: "this is not an answer of the endpoint", status };
  }
  if (success) return undefined;
  const refusal = status === 413 ? "too_large" : status === 409 || status === 412 ? "conflict" : "status";
  const kind = meaning === "park" ? "auth" : meaning === "retry" ? "status" : refusal;
  return { class: kind, outcome: meaning === "retry" ? "unknown" : "rejected", message: `status ${status}`, status, body: text };
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
 * @param {string | undefined} wanted
 * @param {string} contentType
 */
function fits(wanted, contentType) {
  const essence = contentType.split(";")[0].trim().toLowerCase();
  return wanted ? wanted === "*" || essence === wanted : essence !== "text/html";
}

/**
 * Full jitter: who failed together does not come back together.
 * @param {SyncRetry} retry
 * @param {number} attempts
 * @param {number} random from 0 to 1
 */
function backoff({ base, factor, maxDelay }, attempts, random) {
  return random * Math.min(maxDelay, base * factor ** (attempts - 1));
}

/**
 * Whether the clock was set back since a hold began: then its whole wait counts anew, and no longer.
 * @param {SyncHold | null} hold
 * @param {number} now
 */
function beginsAnew(hold, now) {
  if (!hold || hold.since <= now + DRIFT) return false;
  hold.since = now;
  return true;
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
