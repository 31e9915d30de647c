/**
 * @type {(bytes: ArrayBuffer, group: { ignore?: string[] }) => Promise<string>} the first 72 bits of the SHA-256, spelled as in the lists
 */
async function digestBytes(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes), 0, 9);
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
