import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { change, OUTBOX, rows, tag, World } from "./world.js";

const STORES = ["entries", "batches", "ledger", "dead", "events", "meta"];
const capture = { on: ["network_error"], respond: "202" };

/** Hands over while there is no network. */
async function queueOffline(world, page, payload) {
  world.online = false;
  world.server.script = () => ({ lost: "request" });
  await world.run(page.enqueue("send", payload));
  await world.settle();
  world.online = true;
  world.server.script = () => ({});
}

/** Opens the outbox as a version to come, which changes what is there; answers what became of that. */
function upgrade(world, migrate) {
  return new Promise((resolve) => {
    const request = world.indexedDB.open(OUTBOX, 2);
    request.onupgradeneeded = () => migrate(request.transaction);
    request.onblocked = () => resolve("blocked");
    request.onsuccess = () => {
      request.result.close();
      resolve("upgraded");
    };
    request.onerror = () => resolve(request.error.name);
  });
}

/** Writes every entry anew, the way a new layout would, and calls `midway` once half of them are. */
function rewrite(transaction, midway = () => undefined) {
  const entries = transaction.objectStore("entries");
  entries.createIndex("age", "queuedAt");
  transaction.db.createObjectStore("journal");
  let seen = 0;
  entries.openCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor) return;
    cursor.update({ ...cursor.value, v: 2, later: true });
    if ((seen += 1) === 500) midway();
    cursor.continue();
  };
}

async function withThousand() {
  const world = new World([tag({ body: { all: "$records" }, batch: { maxRecords: 1000, maxBytes: 1 << 20 } })]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 0 });
  const [{ seq, ...entry }] = await rows(world, OUTBOX, "entries");
  await change(world, OUTBOX, "entries", (store) => {
    for (let n = 1; n < 1000; n += 1) store.add({ ...entry, id: `entry-${n}`, payload: { n } });
  });
  return { world, page };
}

const delivered = (world) => world.server.bodies().flatMap(({ all }) => all.map(({ n }) => n));
const all = Array.from({ length: 1000 }, (_, n) => n);

test("a new layout of the outbox that is cut off midway loses no row", async () => {
  const { world, page } = await withThousand();
  // Pages and workers of today have the outbox open, and let go of it.
  assert.equal(await upgrade(world, (transaction) => rewrite(transaction, () => transaction.abort())), "AbortError");
  const kept = await rows(world, OUTBOX, "entries");
  assert.deepEqual(kept.map(({ payload, v }) => [payload.n, v]), all.map((n) => [n, 1]));
  await world.run(page.flush(undefined, { force: true }));
  assert.deepEqual(delivered(world), all);
});

test("what a new layout has taken over is delivered by a worker of today, should the site go back to it", async () => {
  const { world } = await withThousand();
  assert.equal(await upgrade(world, (transaction) => rewrite(transaction)), "upgraded");
  assert.equal(await world.startWorker().sync("send"), "resolved");
  assert.deepEqual(delivered(world), all);
  assert.deepEqual(await rows(world, OUTBOX, "entries"), []);
});

test("a file of 20 MiB is stored as bytes, since no private window stores files, and arrives as it was", async () => {
  const bytes = new Uint8Array(20 << 20).map((_, i) => (i * 31 + (i >> 8)) & 0x7f);
  const world = new World([tag({ encoding: "multipart", limits: { maxBody: 25 << 20 } })]);
  const page = world.openPage();
  await queueOffline(world, page, { file: new File([bytes], "long.bin"), title: "long" });
  const [{ raw }] = await rows(world, OUTBOX, "entries");
  assert.ok(raw.body instanceof ArrayBuffer);
  for (const store of STORES) for (const row of await rows(world, OUTBOX, store)) assert.ok(!holdsFile(row), store);
  await world.run(page.flush(undefined, { force: true }));
  const [{ headers, body }] = world.server.effects;
  const file = (await new Response(body, { headers: { "content-type": headers["content-type"] } }).formData()).get("file");
  const hash = (data) => createHash("sha256").update(data).digest("hex");
  assert.equal(hash(Buffer.from(await file.arrayBuffer())), hash(bytes));
});

function holdsFile(value) {
  if (value instanceof Blob) return true;
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && Object.values(value).some(holdsFile);
}

test("where storage is blocked, handing over fails at once, nothing is said to be queued, and the event asks for another try", async () => {
  const world = new World([tag({ capture })]);
  world.indexedDB.open = () => {
    throw new DOMException("storage is blocked for this site", "SecurityError");
  };
  const page = world.openPage();
  await assert.rejects(world.run(page.enqueue("send", { n: 1 })), { name: "StorageError" });
  assert.deepEqual(await world.run(page.flush()), { sent: 0, remaining: 1, dead: 0 });
  const worker = world.startWorker();
  assert.equal(await worker.sync("send"), "rejected");
  world.server.script = () => ({ lost: "request" });
  const post = new Request("https://notes.example/app/notes", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  await assert.rejects(world.run(worker.fetch(post)), TypeError);
  assert.deepEqual(page.errors, []);
});
