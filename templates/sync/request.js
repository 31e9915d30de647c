// From records to a request, and from a response to plain facts.

/** Of an answer that is no success, this much is kept for people to read. */
const BODY_KEPT = 4096;
/** Longest JSON answer that is handed on to the pages. */
const RESPONSE_KEPT = 65536;

/**
 * Renders the request for a batch. What comes out is stored and sent unchanged from then on.
 * @param {SyncTag} tag
 * @param {unknown[]} records
 * @param {string} key
 * @param {SyncBody} [raw] bytes that were taken as they are
 * @returns {SyncRequest}
 */
function freeze(tag, records, key, raw) {
  const { endpoint } = tag;
  const kept = records.map((record) => without(record, tag.omit));
  const { type, body } = raw ?? { type: "application/json", body: JSON.stringify(fill(tag.body, kept, key)) };
  /** @type {Record<string, string>} */
  const headers = { "content-type": type, ...endpoint.headers };
  return {
    method: endpoint.method,
    url: new URL(fillUrl(endpoint.url, kept[0]), ROOT).href,
    headers: { ...headers, ...keyHeader(tag, key) },
    body,
  };
}

/**
 * @param {SyncTag} tag
 * @param {string} key
 * @returns {Record<string, string>}
 */
function keyHeader({ endpoint: { idempotency } }, key) {
  return idempotency ? { [idempotency.header]: idempotency.format === "structured" ? `"${key}"` : key } : {};
}

/**
 * @param {unknown} template
 * @param {unknown[]} records
 * @param {string} key
 * @returns {unknown}
 */
function fill(template, records, key) {
  if (Array.isArray(template)) return template.map((item) => fill(item, records, key));
  if (typeof template === "object" && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, fill(item, records, key)]));
  }
  if (template === "$key") return key;
  if (template === "$count") return records.length;
  if (template === "$records") return records;
  const path = typeof template === "string" && /^\$(?:record|payload)(?:\.(.+))?$/.exec(template);
  if (!path) return template;
  return path[1] ? path[1].split(".").reduce(field, records[0]) : records[0];
}

/**
 * @param {string} url
 * @param {unknown} record
 */
function fillUrl(url, record) {
  return url.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = name.split(".").reduce(field, record);
    // Dots alone would climb out of the path, however they are encoded.
    if (/^\.*$/.test(String(value ?? ""))) throw new TypeError(`the record has no ${name} that an address can hold`);
    return encodeURIComponent(String(value));
  });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function field(value, name) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value)[name] : undefined;
}

/**
 * @param {unknown} record
 * @param {string[]} omit
 */
function without(record, omit) {
  if (!omit.length || typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !omit.includes(name)));
}

/**
 * Sends a frozen request once and says what came back; never throws.
 * @param {SyncTag} tag
 * @param {SyncBatch} batch
 * @param {Record<string, string>} tokens
 * @returns {Promise<SyncAnswer>}
 */
async function send({ endpoint }, batch, tokens) {
  const request = /** @type {SyncRequest} */ (batch.request);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...tokens },
      body: request.body,
      credentials: endpoint.credentials,
      // A redirect turns a POST into a GET: the data would vanish behind a 200.
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(endpoint.timeout),
    });
    const contentType = response.headers.get("content-type") ?? "";
    const text = response.status === 204 || response.status === 205 ? "" : await response.text();
    return {
      error: null,
      status: response.status,
      redirected: response.type === "opaqueredirect" || response.redirected || response.url !== request.url,
      contentType,
      retryAfter: readRetryAfter(response.headers),
      date: Date.parse(response.headers.get("date") ?? "") || null,
      text: response.ok ? "" : text.slice(0, BODY_KEPT),
      json: /\bjson\b/.test(contentType) && text.length <= RESPONSE_KEPT ? parsed(text) : undefined,
    };
  } catch (error) {
    return { error: String(error), offline: navigator.onLine === false };
  }
}

/**
 * Milliseconds until the server wants to be asked again.
 * @param {Headers} headers
 */
function readRetryAfter(headers) {
  const text = headers.get("retry-after");
  if (!text) return null;
  if (/^\s*-?\d+\s*$/.test(text)) return Math.max(0, Number(text)) * 1000;
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
