/**
 * Every payload becomes JSON when it is sent.
 * @param {SyncTag} _tag
 * @param {unknown} payload
 * @param {string} _id
 * @returns {Promise<{ raw?: SyncBody, payload: unknown }>}
 */
const encode = async (_tag, payload, _id) => ({ payload });
