/**
 * Every body is the one record or payload itself.
 * @param {unknown} _template
 * @param {unknown[]} records
 * @param {string} _key
 * @returns {unknown}
 */
const fill = (_template, [record], _key) => record;
