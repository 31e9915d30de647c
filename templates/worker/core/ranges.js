/**
 * The part of a whole answer that a request asks for, by RFC 9110. Several ranges, other units and ranges that mean
 * nothing get the whole, and so do those who hold another version of it.
 *
 * @param {Request} request
 * @param {Response} whole
 */
async function ranged(request, whole) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(request.headers.get("range") ?? "") ?? [];
  const backwards = first && last && Number(last) < Number(first);
  const held = request.headers.get("if-range");
  const other = held !== null && held !== whole.headers.get("etag") && held !== whole.headers.get("last-modified");
  if (whole.status !== 200 || !(first || last) || backwards || other) return whole;
  const body = await whole.blob();
  const start = first ? Number(first) : Math.max(body.size - Number(last), 0);
  const end = first && last ? Math.min(Number(last) + 1, body.size) : body.size;
  const headers = new Headers(whole.headers);
  if (start >= end) {
    headers.set("content-range", `bytes */${body.size}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set("content-range", `bytes ${start}-${end - 1}/${body.size}`);
  headers.set("content-length", String(end - start));
  return new Response(body.slice(start, end, body.type), { status: 206, headers });
}
