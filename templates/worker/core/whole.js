/**
 * No file of this site is of a kind that is asked for in parts, and the whole is always an answer.
 *
 * @param {Request} _request
 * @param {Response} whole
 */
function ranged(_request, whole) {
  return whole;
}
