/**
 * Stores an answer. On a full disk there is nothing that could make room for it.
 *
 * @param {Cache} cache
 * @param {RequestInfo} key
 * @param {() => Response} copy
 */
function put(cache, key, copy) {
  return cache.put(key, copy());
}
