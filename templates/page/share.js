/**
 * Calls back for everything that other apps have shared and no page has taken yet, the oldest first. What it does not
 * reject for is taken, and never handed over again.
 *
 * @param {(share: Shared) => unknown} callback
 * @returns {() => void} ends it
 */
export function onShared(callback) {
  let over = false;
  const name = `${OWNER}:shared`;
  // Another page may be at it: it goes first, and nothing is taken twice.
  const taken = navigator.locks?.request(name, async () => {
    const shared = await caches.open(name);
    for (const key of await shared.keys()) {
      const form = await (await shared.match(key))?.formData();
      if (over) return;
      // A page that has just gone may have taken it.
      if (!form) continue;
      await callback(sharedIn(form));
      await shared.delete(key);
    }
  });
  taken?.catch(reportError);
  return () => {
    over = true;
  };
}

/**
 * @param {FormData} form
 * @returns {Shared}
 */
function sharedIn(form) {
  const { title, text, url, files } = /** @type {ShareFields} */ (CONFIG.share);
  const said = (/** @type {string | undefined} */ name) => {
    const value = name === undefined ? null : form.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const all = files.flatMap((name) => form.getAll(name)).filter((file) => file instanceof File);
  return { title: said(title), text: said(text), url: said(url), files: all };
}
