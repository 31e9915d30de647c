// Bodies that are not JSON. They are made when work is queued, since files have to be read then.

/**
 * The bytes of a payload, and what can be shown of it later.
 * @param {SyncTag} tag
 * @param {unknown} payload
 * @param {string} id
 * @returns {Promise<{ raw?: SyncBody, payload: unknown }>}
 */
async function encode(tag, payload, id) {
  if (!tag.encoding) return { payload };
  const filled = payload instanceof FormData ? payload : fill(tag.body, [payload], id);
  if (tag.encoding === "raw") return { raw: await bytesOf(/** @type {BodyInit} */ (filled)), payload: null };
  const form = filled instanceof FormData ? filled : formOf(/** @type {object} */ (filled));
  const fields = [...form];
  const raw = await bytesOf(tag.encoding === "form" ? new URLSearchParams(fields.map(([name, value]) => [name, String(value)])) : form);
  const shown = fields.map(([name, value]) => [name, value instanceof File ? { name: value.name, type: value.type, size: value.size } : value]);
  return { raw, payload: Object.fromEntries(shown) };
}

/** @param {object} fields */
function formOf(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      form.append(name, one instanceof Blob ? one : typeof one === "object" ? JSON.stringify(one) : String(one));
    }
  }
  return form;
}

/**
 * @param {BodyInit} source
 * @returns {Promise<SyncBody>}
 */
async function bytesOf(source) {
  if (source instanceof FormData) return multipart([...source]);
  const body = new Response(source);
  return { type: body.headers.get("content-type") ?? "application/octet-stream", body: await body.arrayBuffer() };
}

/**
 * A form as browsers write it, with its boundary, which is part of the bytes. WebKit writes one, too, but does not let
 * it be read.
 * @param {[string, FormDataEntryValue][]} fields
 * @returns {Promise<SyncBody>}
 */
async function multipart(fields) {
  const boundary = `----${crypto.randomUUID()}`;
  const parts = fields.flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`;
    return value instanceof File
      ? [`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`, value, "\r\n"]
      : [`${head}\r\n\r\n${lines(value)}\r\n`];
  });
  return { type: `multipart/form-data; boundary=${boundary}`, body: await new Blob([...parts, `--${boundary}--\r\n`]).arrayBuffer() };
}

/** @param {string} text */
function lines(text) {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

/** @param {string} name */
function escaped(name) {
  return name.replace(/[\r\n"]/g, encodeURIComponent);
}
