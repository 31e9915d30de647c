// A record's version is the digest of its content, so that an edit made while it was on its way is seen.

/**
 * SHA-256 of everything a structured clone keeps, in base64.
 * @param {unknown} value
 * @returns {Promise<string>}
 */
async function digest(value) {
  const parts = canonical(value);
  const bytes = parts.every((part) => typeof part === "string")
    ? new TextEncoder().encode(parts.join(""))
    : await new Blob(parts).arrayBuffer();
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

/**
 * The same text for the same content, whatever the order in which an object's fields were written.
 * Blobs and buffers stand as they are between the pieces of text.
 * @param {unknown} value
 * @returns {BlobPart[]}
 */
function canonical(value) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Map<object, number>} */
  const seen = new Map();
  write(value);
  return parts;

  /** @param {unknown} value */
  function write(value) {
    if (typeof value !== "object" || value === null) {
      parts.push(typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : `${typeof value} ${value}`);
      return;
    }
    const before = seen.get(value);
    if (before !== undefined) {
      parts.push(`#${before}`);
      return;
    }
    seen.set(value, seen.size);
    if (value instanceof Blob) {
      parts.push(`Blob ${value.size} ${JSON.stringify([value.type, /** @type {File} */ (value).name])}`, value);
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      parts.push(`${Object.prototype.toString.call(value)} ${value.byteLength} `, /** @type {BufferSource} */ (value));
    } else if (value instanceof Date) {
      parts.push(`Date ${value.getTime()}`);
    } else if (value instanceof Map || value instanceof Set) {
      list(value instanceof Map ? "Map" : "Set", [...value]);
    } else if (Array.isArray(value)) {
      list("", value);
    } else {
      const fields = /** @type {Record<string, unknown>} */ (value);
      const kind = Object.prototype.toString.call(value);
      // What a RegExp or a boxed value says is not among its fields; a plain object may hold a field named toString.
      parts.push(kind === "[object Object]" ? "{" : `${kind} ${value}{`);
      for (const name of Object.keys(fields).sort()) {
        parts.push(`${JSON.stringify(name)}:`);
        write(fields[name]);
        parts.push(",");
      }
      parts.push("}");
    }
  }

  /**
   * @param {string} kind
   * @param {unknown[]} items
   */
  function list(kind, items) {
    parts.push(`${kind}[`);
    for (const item of items) {
      write(item);
      parts.push(",");
    }
    parts.push("]");
  }
}

/**
 * Whether two records are the same now, told without waiting, as a transaction needs it.
 * @param {unknown} one
 * @param {unknown} other
 */
function same(one, other) {
  const [a, b] = [canonical(one), canonical(other)];
  return a.length === b.length && a.every((part, i) => part === b[i] || bytesOf(part) === bytesOf(b[i]));
}

/**
 * Comparable content of a piece. A blob cannot be read without waiting: its description, the piece before it, stands for it.
 * @param {BlobPart} part
 */
function bytesOf(part) {
  if (typeof part === "string") return part;
  if (part instanceof Blob) return "";
  const bytes = ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part);
  return bytes.join();
}
