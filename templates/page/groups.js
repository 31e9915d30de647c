/**
 * Downloads a group that pwa.toml declares with `install = "manual"`.
 *
 * @param {string} group
 * @returns {Promise<void>} rejects with what went wrong; what was stored until then stays
 */
export async function download(group) {
  await askGroup(group, "download");
}

/**
 * Frees the space of a group again.
 *
 * @param {string} group
 * @returns {Promise<void>}
 */
export async function remove(group) {
  await askGroup(group, "remove");
}

/**
 * @param {string} group
 * @returns {Promise<boolean>} whether every file of the group is kept
 */
export function isDownloaded(group) {
  return askGroup(group, "look");
}

/**
 * @param {string} name
 * @param {"download" | "remove" | "look"} task
 * @returns {Promise<boolean>}
 */
async function askGroup(name, task) {
  if (!CONFIG.groups?.includes(name)) throw new Error(`pwa.toml declares no manual group ${name}`);
  const { active } = await navigator.serviceWorker.ready;
  const { downloaded, error } = await ask(active, { type: "mdpwa:group", name, task });
  if (error) throw new Error(error);
  return downloaded;
}

navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage({ type: "mdpwa:optional" }));
