/**
 * So few files are stored before a page could have helped.
 *
 * @type {(missing: MissingBody[], progress: (bytes: number) => void) => Promise<boolean>}
 */
async function askPage() {
  return false;
}

/** @type {(total: number) => (bytes: number) => void} */
function progressOf() {
  return () => {};
}
