// A record's version is the digest of its content, so that an edit made while it was on its way is seen.

/**
 * SHA-256 of everything a structured clone keeps, in base64. The order in which fields were written does not count.
 * @param {unknown} value
 * @returns {Promise<string>}
 */
async function digest(value) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Map<unknown, number>} */
  const seen = new Map();
  write(value);
  const bytes = parts.some((part) => typeof part !== "string") ? await new Blob(parts).arrayBuffer() : new TextEncoder().encode(parts.join(""));
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));

  /** @param {any} value */
  function write(value) {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (Object(value) !== value) {
      parts.push(`${kind} ${typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : value}`);
    } else if (seen.has(value)) {
      parts.push(`#${seen.get(value)}`);
    } else if (value instanceof Blob || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const { size, type, name, byteLength } = /** @type {any} */ (value);
      parts.push(JSON.stringify([kind, size ?? byteLength, type, name]), /** @type {BlobPart} */ (value));
    } else {
      seen.set(value, seen.size);
      parts.push(`${kind}{`);
      if (value instanceof Map || value instanceof Set) write([...value]);
      else if (value instanceof Date) parts.push(`${value.getTime()}`);
      // What a RegExp or a boxed value says is not among its fields; a plain object may hold a field named toString.
      else if (kind !== "Object" && kind !== "Array") parts.push(`${value}`);
      for (const name of Object.keys(value).sort()) {
        parts.push(`,${JSON.stringify(name)}:`);
        write(value[name]);
      }
      parts.push("}");
    }
  }
}
