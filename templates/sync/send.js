// From a request to the plain facts of what came back.

/** Of an answer that is no success, this much is kept for people to read. */
const BODY_KEPT = 4096;
/** Longest JSON answer that is handed on to the pages. */
const RESPONSE_KEPT = 65536;

/**
 * Sends a frozen request once and says what came back; never throws.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {Record<string, string>} [tokens]
 * @returns {Promise<SyncAnswer>}
 */
async function send({ endpoint }, batch, tokens) {
  const { url, method, headers, body } = /** @type {SyncRequest} */ (batch.request);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...tokens },
      body,
      credentials: endpoint.credentials,
      // A redirect turns a POST into a GET: the data would vanish behind a 200.
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(endpoint.timeout),
    });
    const { status, ok, type, redirected, headers: said } = response;
    const contentType = said.get("content-type") ?? "";
    const text = await response.text();
    return {
      status,
      redirected: type === "opaqueredirect" || redirected || response.url !== url,
      contentType,
      retryAfter: readRetryAfter(said),
      date: Date.parse(said.get("date") ?? ""),
      text: ok ? "" : text.slice(0, BODY_KEPT),
      json: /\bjson\b/.test(contentType) && text.length <= RESPONSE_KEPT ? parsed(text) : undefined,
    };
  } catch (error) {
    return /** @type {SyncAnswer} */ ({ error: String(error), offline: navigator.onLine === false });
  }
}

/**
 * Milliseconds until the server wants to be asked again.
 * @param {Headers} headers
 */
function readRetryAfter(headers) {
  const text = headers.get("retry-after");
  if (!text) return null;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds) * 1000;
  // A date is meant on the server's clock, which is not the device's.
  const wait = Date.parse(text) - (Date.parse(headers.get("date") ?? "") || Date.now());
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
