/**
 * The digest of what counts: without what pwa.toml says that every rebuild changes, such as a date at the foot of a page.
 *
 * @param {ArrayBuffer} bytes
 * @param {{ ignore?: string[] }} group
 * @returns {Promise<string>} the first 72 bits of the SHA-256, spelled as in the lists
 */
async function digestBytes(bytes, { ignore }) {
  const counted = ignore ? masked(bytes, ignore) : bytes;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", counted), 0, 9);
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string[]} patterns
 */
function masked(bytes, patterns) {
  let text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  for (const pattern of patterns) text = text.replace(new RegExp(pattern, "gu"), "");
  return new TextEncoder().encode(text);
}
