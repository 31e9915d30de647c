// Requests of the app's own that fail are queued: those that are declared, byte for byte, and no others.

for (const tag of CONFIG.sync) {
  const { capture, endpoint } = tag;
  if (!capture) continue;
  const address = addressOfTag(endpoint.url);
  onFetch((request) => {
    if (request.method !== endpoint.method || !address.test(request.url)) return undefined;
    if (request.mode === "navigate" && !capture.navigations) return undefined;
    return sendOrQueue(tag, capture, request);
  });
}

/** @param {string} url */
function addressOfTag(url) {
  const parts = new URL(url.replace(/\{[^{}]+\}/g, "~field~"), ROOT).href.split("~field~");
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("([^/?#]+)")}$`);
}

/**
 * What the address of a request says in the places of `{fields}`.
 * @param {string} url of the endpoint
 * @param {string} sent
 */
function fieldsOf(url, sent) {
  const [, ...values] = /** @type {RegExpExecArray} */ (addressOfTag(url).exec(sent));
  return Object.fromEntries([...url.matchAll(/\{([^{}]+)\}/g)].map(([, name], i) => [name, values[i]]));
}

/**
 * @param {SyncTag} tag
 * @param {NonNullable<SyncTag["capture"]>} capture
 * @param {Request} request
 */
async function sendOrQueue(tag, capture, request) {
  const { url, method, mode, credentials, redirect, referrer } = request;
  const whole = request.clone();
  const body = await request.arrayBuffer();
  if (body.byteLength > tag.limits.maxBody) return fetch(whole);
  const id = crypto.randomUUID();
  const headers = new Headers(request.headers);
  // In the first attempt already: its answer may be lost, and the server must know the second one for the same.
  for (const [name, value] of Object.entries(keyHeader(tag, id))) headers.set(name, value);
  const live = new Request(url, { method, headers, body, credentials, referrer, mode: mode === "navigate" ? "same-origin" : mode, redirect });
  /** @type {Response | undefined} */
  let response;
  try {
    response = await fetch(live);
    if (!capture.on.includes(`${response.status}`)) return response;
    await queueRequest(tag, id, live, body);
  } catch (error) {
    if (response) return response;
    if (!capture.on.includes("network_error") || !(await isQueued(tag, id, live, body))) throw error;
    if (capture.respond === "error") throw error;
  }
  if (response && capture.respond === "error") return response;
  if (mode === "navigate") return Response.redirect(referrer || ROOT.href, 303);
  return Response.json({ queued: id }, { status: 202 });
}

/**
 * Whether it could be stored; a failure to store must not hide the failure to send.
 * @param {SyncTag} tag
 * @param {string} id
 * @param {Request} request
 * @param {ArrayBuffer} body
 */
async function isQueued(tag, id, request, body) {
  try {
    await queueRequest(tag, id, request, body);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {SyncTag} tag
 * @param {string} id
 * @param {Request} request
 * @param {ArrayBuffer} body
 */
async function queueRequest(tag, id, { method, url, headers }, body) {
  const type = headers.get("content-type") ?? "";
  const text = new TextDecoder().decode(body);
  const payload = /\bjson\b/.test(type) ? parsed(text) : type.includes("urlencoded") ? Object.fromEntries(new URLSearchParams(text)) : null;
  // Tokens are put in anew when it is sent.
  const secret = ["authorization", tag.endpoint.csrf?.header];
  const kept = Object.fromEntries([...headers].filter(([name]) => !secret.includes(name)));
  const work = { id, payload, raw: { type, body }, frozen: { key: id, request: { method, url, headers: kept, body } } };
  await store(tag, work, { ...fieldsOf(tag.endpoint.url, url), .../** @type {object} */ (payload) });
  tell();
  try {
    await sw.registration.sync?.register(tag.tag);
  } catch {
    // Switched off, or no window is open: the pages' own wake-ups remain.
  }
}
