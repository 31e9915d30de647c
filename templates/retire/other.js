/** Nothing of another tool's is waited for. */
async function prepare() {}

async function forget() {
  await deleteForeignCaches();
}
