// From records to a request.

/**
 * Renders the request for a batch. What comes out is stored and sent unchanged from then on.
 * @param {SyncTag} tag
 * @param {unknown[]} records
 * @param {string} key
 * @param {SyncBody} [raw] bytes that were taken as they are
 * @returns {SyncRequest}
 */
function freeze(tag, records, key, raw) {
  const { method, url, headers } = tag.endpoint;
  const kept = records.map((record) => without(tag, record));
  const { type, body } = raw ?? { type: "application/json", body: JSON.stringify(fill(tag.body, kept, key)) };
  return {
    method,
    url: new URL(fillUrl(url, kept[0]), ROOT).href,
    headers: { "content-type": type, ...headers, ...keyHeader(tag, key) },
    body,
  };
}
