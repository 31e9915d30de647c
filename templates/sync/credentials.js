// Tokens go into a request when it is sent and are never stored with it.

/** @type {Map<string, Promise<string | undefined>>} */
const fetchedTokens = new Map();

/**
 * Sends a batch once; where a token may have gone stale, once more with a fresh one.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 */
async function sendSigned(tag, batch) {
  const { endpoint } = tag;
  const headers = await tokens(endpoint, batch.context, false);
  // Only a page can say, and none has: as good as without a network.
  if (!headers) return /** @type {SyncAnswer} */ ({ error: "no page has said what its cookies are", offline: true });
  const answer = await send(tag, batch, headers);
  if (!endpoint.csrf || !SIGNED_OUT.includes(answer.status)) return answer;
  const fresh = await tokens(endpoint, batch.context, true);
  return JSON.stringify(fresh) === JSON.stringify(headers) ? answer : send(tag, batch, fresh);
}

/**
 * @param {SyncEndpoint} endpoint
 * @param {Record<string, string>} [context]
 * @param {boolean} [fresh]
 * @returns {Promise<Record<string, string> | undefined>} nothing where a token cannot be known yet
 */
async function tokens({ auth, csrf }, context = {}, fresh) {
  const token = csrf && (await csrfToken(csrf, context, fresh));
  if (token === null) return undefined;
  return {
    ...(auth && context[auth] && { authorization: `Bearer ${context[auth]}` }),
    ...(csrf && token && { [csrf.header]: token }),
  };
}

/**
 * @param {NonNullable<SyncEndpoint["csrf"]>} csrf
 * @param {Record<string, string>} context
 * @param {boolean} [fresh]
 * @returns {Promise<string | null | undefined>}
 */
async function csrfToken({ from, name, pointer }, context, fresh) {
  if (from === "context") return context[name];
  if (from === "cookie") return cookie(name);
  if (fresh) fetchedTokens.delete(name);
  const token = fetchedTokens.get(name) ?? fetchToken(name, pointer);
  fetchedTokens.set(name, token);
  return token;
}

/**
 * @param {string} url
 * @param {string} pointer
 * @returns {Promise<string | undefined>}
 */
async function fetchToken(url, pointer) {
  try {
    const response = await fetch(new URL(url, ROOT), { cache: "no-store", signal: AbortSignal.timeout(TOKEN_WITHIN) });
    const value = at(await response.json(), pointer);
    return value === undefined ? undefined : String(value);
  } catch {
    // Without a token the server says what it thinks of that.
    return undefined;
  }
}

const TOKEN_WITHIN = 10_000;
