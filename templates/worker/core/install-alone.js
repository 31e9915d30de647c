/** So few files are stored before a page could have helped. */
async function askPage() {
  return false;
}

/** @returns {(bytes: number) => void} */
function progressOf() {
  return () => {};
}
