/**
 * Records go as they are.
 * @param {SyncTag} _
 * @param {unknown} record
 */
const without = (_, record) => record;
