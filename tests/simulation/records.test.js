import assert from "node:assert/strict";
import test from "node:test";
import { change, OUTBOX, rows, tag, World } from "./world.js";

const SOURCE = { database: "app", store: "notes" };
const records = (changes = {}) => tag({ tag: "save", source: SOURCE, body: { notes: "$records" }, batch: { maxRecords: 50 }, ...changes });

/** The app's database with some notes in it. */
async function withNotes(world, ...notes) {
  (await world.app("app", 1, (db) => db.createObjectStore("notes", { keyPath: "id" }).createIndex("status", "status"))).close();
  await put(world, ...notes);
  world.startWorker();
}
const put = (world, ...notes) => change(world, "app", "notes", (store) => notes.forEach((note) => store.put(note)));

test("the worker never makes the app's database", async () => {
  const world = new World([records()]);
  world.startWorker();
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual((await world.indexedDB.databases()).map(({ name }) => name), [OUTBOX]);
  const db = await world.app("app", 8, (db) => db.createObjectStore("notes"));
  assert.deepEqual([...db.objectStoreNames], ["notes"]);
  db.close();
});

test("the app can upgrade its database while the worker drains it", async () => {
  const world = new World([records()]);
  await withNotes(world, { id: 1 });
  world.server.script = () => ({ before: async () => (await world.app("app", 9, (db) => db.createObjectStore("more"))).close() });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(world.server.effects.length, 1);
});

test("a store that is not there is reported, and the event asks for another try", async () => {
  const world = new World([records()]);
  (await world.app("app", 1, (db) => db.createObjectStore("other"))).close();
  world.startWorker();
  assert.equal(await world.worker.sync("save"), "rejected");
  assert.equal((await rows(world, OUTBOX, "events")).at(-1).type, "storage_error");
});

test("only what has changed since it was acknowledged is sent", async () => {
  const world = new World([records()]);
  await withNotes(world, { id: 1, text: "a" }, { id: 2, text: "b" });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(await world.worker.sync("save"), "resolved");
  await put(world, { id: 2, text: "B" });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies(), [{ notes: [{ id: 1, text: "a" }, { id: 2, text: "b" }] }, { notes: [{ id: 2, text: "B" }] }]);
});

test("a record edited while it was on its way is sent again, under a key of its own", async () => {
  for (const onSuccess of [undefined, "delete", { set: { done: true } }]) {
    const world = new World([records({ onSuccess })]);
    await withNotes(world, { id: 1, text: "a" });
    let edited = false;
    world.server.script = () => ({
      before: async () => {
        if (!edited) await put(world, { id: 1, text: "b" });
        edited = true;
      },
    });
    assert.equal(await world.worker.sync("save"), "resolved");
    assert.deepEqual(world.server.bodies().map(({ notes }) => notes[0].text), ["a", "b"]);
    assert.notEqual(world.server.effects[0].key, world.server.effects[1].key);
  }
});

test("a record saved while others were on their way goes with the same drain", async () => {
  const world = new World([records()]);
  await withNotes(world, { id: 5 });
  let added = false;
  world.server.script = () => ({
    before: async () => {
      if (!added) await put(world, { id: 1 });
      added = true;
    },
  });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies().map(({ notes }) => notes[0].id), [5, 1]);
});

test("delivered records are deleted when the app wants them to be", async () => {
  const world = new World([records({ onSuccess: "delete" })]);
  await withNotes(world, { id: 1 }, { id: 2 });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(await rows(world, "app", "notes"), []);
  assert.deepEqual(await rows(world, OUTBOX, "batches"), []);
});

test("delivered records are marked, and marking them does not make them new", async () => {
  for (const where of [{ status: "pending" }, null]) {
    const world = new World([records({ source: { ...SOURCE, where }, onSuccess: { set: { status: "synced" } }, body: "$record", batch: { maxRecords: 1 } })]);
    await withNotes(world, { id: 1, status: "pending" }, { id: 2, status: "pending" });
    assert.equal(await world.worker.sync("save"), "resolved");
    assert.equal(await world.worker.sync("save"), "resolved");
    assert.deepEqual(world.server.bodies().map(({ id }) => id), [1, 2]);
    assert.deepEqual((await rows(world, "app", "notes")).map(({ status }) => status), ["synced", "synced"]);
  }
});

test("killed after the acknowledgement, the marks are made up for without a request", async () => {
  const world = new World([records({ onSuccess: { set: { status: "synced" } } })]);
  await withNotes(world, { id: 1, status: "pending" });
  const open = world.indexedDB.open.bind(world.indexedDB);
  let blocked = 0;
  world.indexedDB.open = (name, version) => {
    // The third look at the app's database is the one that would mark.
    if (name === "app" && world.server.effects.length && blocked++ === 0) world.kill(world.worker.agent);
    return open(name, version);
  };
  const { agent } = world.worker;
  void world.worker.dispatch("sync", { tag: "save", lastChance: false });
  await world.settle();
  assert.ok(agent.dead);
  world.startWorker();
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(world.server.requests.length, 1);
  assert.deepEqual((await rows(world, "app", "notes")).map(({ status }) => status), ["synced"]);
});

test("an index narrows the store, and each of its records goes once", async () => {
  const world = new World([records({ source: { ...SOURCE, index: "status" }, batch: { maxRecords: 2 } })]);
  await withNotes(world, { id: 1, status: "b" }, { id: 2 }, { id: 3, status: "a" }, { id: 4, status: "c" });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies().flatMap(({ notes }) => notes.map(({ id }) => id)), [3, 1, 4]);
});

test("a snapshot is one body, sent again only when something in it has changed", async () => {
  const world = new World([records({ mode: "snapshot" })]);
  await withNotes(world);
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(world.server.requests.length, 0);
  await put(world, { id: 1 }, { id: 2 });
  for (let i = 0; i < 3; i += 1) assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies(), [{ notes: [{ id: 1 }, { id: 2 }] }]);
  await change(world, "app", "notes", (store) => store.clear());
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies().at(-1), { notes: [] });
});

test("a snapshot that changes on its way is followed by one more", async () => {
  const world = new World([records({ mode: "snapshot" })]);
  await withNotes(world, { id: 1 });
  let added = false;
  world.server.script = () => ({
    before: async () => {
      if (!added) await put(world, { id: 2 });
      added = true;
    },
  });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(world.server.bodies().map(({ notes }) => notes.length), [1, 2]);
});

test("a refused record stays in the app's store and is due again when it changes", async () => {
  const world = new World([records()]);
  await withNotes(world, { id: 1, text: "bad" }, { id: 2, text: "b" });
  world.server.script = ({ body }) => (body.includes("bad") ? { status: 400 } : {});
  assert.equal(await world.worker.sync("save"), "resolved");
  const asked = world.server.requests.length;
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(world.server.requests.length, asked);
  assert.equal((await rows(world, OUTBOX, "dead")).length, 1);
  await put(world, { id: 1, text: "good" });
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(await rows(world, OUTBOX, "dead"), []);
  assert.deepEqual(world.server.bodies().flatMap(({ notes }) => notes.map(({ id }) => id)), [2, 1]);
});

test("every kind of value in a record counts towards its digest, and the order of fields does not", async () => {
  const world = new World([records()]);
  const { digest } = world.startWorker();
  const cycle = { a: 1 };
  cycle.self = cycle;
  const other = { a: 2 };
  other.self = other;
  const values = [null, undefined, 0, -0, NaN, 1n, "1", 1, true, "true", new Date(1), 1, [1, 2], [[1], 2], { a: 1 }, { a: { a: 1 } }, new Map([[1, 2]]), new Set([1, 2]), new Uint8Array([1, 2]), new Uint8Array([1, 3]), new Uint16Array([1, 2]), new Uint8Array([1, 2]).buffer, new Blob(["a"]), new Blob(["b"]), new Blob(["a"], { type: "text/plain" }), /a/g, /a/i, cycle, other, [undefined], [null], { a: undefined }, {}, { toString: "x" }];
  const digests = await Promise.all(values.map(digest));
  assert.equal(new Set(digests).size, values.length - 1, "the number 1 is there twice, and nothing else");
  assert.equal(await digest({ a: 1, b: 2 }), await digest({ b: 2, a: 1 }));
});

test("the page is told how many records wait", async () => {
  const world = new World([records()]);
  await withNotes(world, ...Array.from({ length: 300 }, (_, id) => ({ id })));
  const page = world.openPage();
  world.server.script = () => ({ status: 500 });
  assert.equal(await world.worker.sync("save"), "rejected");
  const [state] = await world.run(page.getState());
  assert.equal(state.pending + state.inFlight, 300);
  assert.equal(state.lastError.status, 500);
});

test("pages that mark everything are told only when nothing waits and nothing is dead", async () => {
  const clientMessage = { type: "notes-synced" };
  const world = new World([records({ clientMessage })]);
  await withNotes(world, { id: 1 });
  const page = world.openPage();
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(page.client.messages, [clientMessage]);
  await put(world, { id: 2, bad: true });
  world.server.script = () => ({ status: 400 });
  assert.equal(await world.worker.sync("save"), "resolved");
  await put(world, { id: 3 });
  world.server.script = () => ({});
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.equal(page.client.messages.length, 1);
});

test("what the server answers is kept where the app wants it, also after the worker was killed", async () => {
  const world = new World([records({ response: { database: "app", store: "notes", pointer: "/saved" } })]);
  await withNotes(world, { id: 1 });
  world.server.script = () => ({ body: '{"saved":{"id":"answer","n":7}}' });
  const open = world.indexedDB.open.bind(world.indexedDB);
  let blocked = 0;
  world.indexedDB.open = (name, version) => {
    if (name === "app" && world.server.effects.length && blocked++ === 0) world.kill(world.worker.agent);
    return open(name, version);
  };
  void world.worker.dispatch("sync", { tag: "save", lastChance: false });
  await world.settle();
  world.startWorker();
  await world.worker.sync("save");
  assert.deepEqual((await rows(world, "app", "notes")).find(({ id }) => id === "answer"), { id: "answer", n: 7 });
});

test("statuses mean what pwa.toml says they do", async () => {
  for (const [meaning, deaths] of [["success", 0], ["dead", 1]]) {
    const world = new World([records({ endpoint: { status: { 404: meaning, 503: meaning } } })]);
    await withNotes(world, { id: 1 });
    world.server.script = () => ({ status: 503 });
    assert.equal(await world.worker.sync("save"), "resolved");
    assert.equal((await rows(world, OUTBOX, "dead")).length, deaths);
  }
});

test("of a batch with one answer for each, the records that were taken are marked, and only those", async () => {
  const world = new World([records({ onSuccess: { set: { done: true } }, batch: { maxRecords: 8, perRecord: true } })]);
  await withNotes(world, { id: 1 }, { id: 2 }, { id: 3 });
  let busy = true;
  const statuses = { 1: () => 201, 2: () => 400, 3: () => (busy ? 503 : 201) };
  world.server.script = ({ body }) => ({ status: 207, body: JSON.stringify(JSON.parse(body).notes.map(({ id }) => statuses[id]())) });
  assert.equal(await world.worker.sync("save"), "rejected");
  assert.deepEqual(await rows(world, "app", "notes"), [{ id: 1, done: true }, { id: 2 }, { id: 3 }]);
  busy = false;
  await world.wait(10_000);
  assert.equal(await world.worker.sync("save"), "resolved");
  assert.deepEqual(await rows(world, "app", "notes"), [{ id: 1, done: true }, { id: 2 }, { id: 3, done: true }]);
  assert.deepEqual(world.server.bodies().map(({ notes }) => notes.map(({ id }) => id)), [[1, 2, 3], [3]]);
});
