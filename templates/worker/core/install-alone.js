/** @param {AssetGroup[]} groups whose missing bodies are downloaded, verified and stored; the first failure ends it */
async function store(groups) {
  const bodies = await sw.caches.open(BODIES);
  await inParallel(await missingBodies(groups), CONFIG.parallel, (body) => storeBody(bodies, body));
}
