keepers.push(async ({ cache, route }, { address, response, body }) => {
  const name = route === undefined ? cache : `${OWNER}:route:${route}`;
  if (name === undefined) return;
  // The key says when that was, as it does for what rules of [[routes]] keep.
  const key = new Request(address, { headers: { "x-mdpwa-stored": String(Date.now()) } });
  await put(await sw.caches.open(name), key, () => stored(body, response));
});
