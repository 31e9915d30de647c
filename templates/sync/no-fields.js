/**
 * No address of this site speaks of a record.
 * @param {string} url
 * @param {unknown} _record
 */
const fillUrl = (url, _record) => url;
