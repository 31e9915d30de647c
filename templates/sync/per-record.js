// Servers that answer for each record of a batch by itself.

/**
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {SyncAnswer} answer
 * @param {number} now
 * @param {number} random from 0 to 1
 * @returns {SyncStep}
 */
function judge(tag, batch, answer, now, random) {
  const statuses = tag.batch.perRecord ? statusesOf(answer.json, batch.members.length) : undefined;
  const { status } = answer;
  const step = nextStep(tag, batch, statuses && status === 207 ? { ...answer, status: 200 } : answer, now, random);
  if (!statuses || step.event !== "sent") return step;
  const failures = statuses.map((status) => failureOf(tag, { ...answer, status }));
  return { ...step, failures, hold: { since: now, wait: backoff(tag.endpoint.retry, batch.attempts, random), firm: false } };
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
 * What was taken of a batch. What was refused is buried, and the rest given back.
 * @param {SyncStores} stores
 * @param {SyncTag} tag
 * @param {SyncBatch} open
 * @param {SyncMeta} meta
 * @param {SyncStep} step
 * @returns {Promise<SyncBatch>}
 */
async function apart(stores, tag, open, meta, { failures, hold = null }) {
  if (!failures) return open;
  const members = open.members.filter((_, i) => !failures[i]);
  for (const [i, failure] of failures.entries()) {
    if (!failure) continue;
    if (failure.class === "auth") meta.parked = failure;
    else if (failure.outcome === "unknown") meta.gate = hold;
    else {
      const refused = { ...open, members: [open.members[i]] };
      await release(stores, tag, refused, meta, failure);
      await note(stores, "dead", tag.tag, refused.members, { failure });
    }
  }
  return { ...open, members, count: members.length };
}
