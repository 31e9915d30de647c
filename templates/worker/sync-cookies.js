// Cookies that hold a token, as this worker sees them itself or as a page has told it.

/** @type {Map<unknown, unknown>} */
const told = new Map();

onMessage("mdpwa:cookies", ({ data: { cookies } }) => {
  for (const [name, value] of cookies) told.set(name, value);
});

/**
 * @param {string} name
 * @returns {Promise<string | null>} empty when there is none, nothing when nobody knows
 */
async function cookie(name) {
  const value = (await sw.cookieStore?.get(name))?.value ?? told.get(name);
  return typeof value === "string" ? value : null;
}
