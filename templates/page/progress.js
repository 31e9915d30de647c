/**
 * @param {(progress: { done: number, total: number, bytes: number }) => void} callback while files are stored for use offline
 * @returns {() => void} stops it
 */
export function onProgress(callback) {
  const listen = (/** @type {MessageEvent} */ { data }) => {
    if (data?.type === "mdpwa:progress") callback({ done: data.done, total: data.total, bytes: data.bytes });
  };
  navigator.serviceWorker?.addEventListener("message", listen);
  return () => navigator.serviceWorker?.removeEventListener("message", listen);
}
