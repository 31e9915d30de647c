/**
 * A file by its name in the list, which is not always how its host has it called.
 *
 * @param {string} file
 * @returns {Place | undefined}
 */
function placeOf(file) {
  const entry = entryOf(file, CONFIG.assets);
  return entry && { file, ...entry };
}
