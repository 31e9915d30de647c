/**
 * @param {(progress: { done: number, total: number, bytes: number }) => void} callback while files are stored for use offline
 * @returns {() => void} stops it
 */
export function onProgress(callback) {
  return on("progress", callback);
}
