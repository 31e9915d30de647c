/**
 * A response as it is kept: whole, and not marked as redirected, which navigations refuse.
 *
 * @param {ArrayBuffer} bytes
 * @param {Response} response
 */
function stored(bytes, response) {
  return new Response(bytes, { headers: response.headers });
}

/**
 * @template T
 * @param {T[]} queue
 * @param {number} limit of tasks under way at a time
 * @param {(item: T) => Promise<unknown>} task the first to fail ends them all
 */
async function inParallel(queue, limit, task) {
  const lane = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await task(item);
  };
  try {
    await Promise.all(Array.from({ length: limit }, lane));
  } finally {
    queue.length = 0;
  }
}
