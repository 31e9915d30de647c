import assert from "node:assert/strict";
import test from "node:test";
import { OUTBOX, rows, tag, World } from "./world.js";

const later = async (world, page, ...payloads) => {
  world.online = false;
  world.server.script = () => ({ lost: "request" });
  for (const payload of payloads) await world.run(page.enqueue("send", payload));
  await world.settle();
  world.online = true;
  world.server.script = () => ({});
};
const bodies = (world) => world.server.bodies().map(({ n }) => n);

test("a page sees what waits, what is refused and why", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 }, { n: 3 });
  world.server.script = ({ body }) => (body.includes("1") ? { status: 400, body: "no" } : { status: 500 });
  await world.run(page.flush());
  const seen = await world.run(page.list("send"));
  assert.deepEqual(seen.map(({ state, payload, attempts }) => [state, payload.n, attempts]), [["dead", 1, 1], ["in_flight", 2, 1], ["pending", 3, 0]]);
  assert.equal(seen[0].failure.body, "no");
  assert.equal((await world.run(page.list("send", { state: "dead" }))).length, 1);
  assert.deepEqual((await world.run(page.list("send", { after: seen[0].id, limit: 1 }))).map(({ payload }) => payload.n), [2]);
});

test("refused work sent again has a new key", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await later(world, page, { n: 1 });
  world.server.script = () => ({ status: 400 });
  await world.run(page.flush());
  const [{ id }] = await world.run(page.list("send"));
  await later(world, page, { n: 2 });
  assert.equal(await world.run(page.retry("send", [id])), 1);
  await world.settle();
  // What was on its way already stays ahead.
  assert.deepEqual(bodies(world), [2, 1]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 3);
});

test("work that was given up and may have arrived holds back what follows, and keeps its key", async () => {
  const world = new World([tag({ endpoint: { retry: { base: 1, factor: 1, maxDelay: 1, maxAttempts: 2, maxAge: 1e12, maxRetryAfter: 1000 } } })]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 });
  world.server.script = () => ({ lost: "response" });
  for (let i = 0; i < 4; i += 1) await world.run(page.flush());
  const [letter] = await world.run(page.list("send", { state: "dead" }));
  assert.equal(letter.failure.outcome, "unknown");
  assert.equal(world.server.requests.filter(({ body }) => body.includes("2")).length, 0);
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  world.server.script = () => ({});
  assert.equal(await world.run(page.retry("send", "dead")), 1);
  await world.settle();
  assert.deepEqual(bodies(world), [1, 2]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 2);
  assert.deepEqual(await rows(world, OUTBOX, "dead"), []);
});

test("discarding what blocked a lane lets the rest go", async () => {
  const world = new World([tag({ onDead: "block" })]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 });
  world.server.script = ({ body }) => (body.includes("1") ? { status: 400 } : {});
  await world.run(page.flush());
  assert.deepEqual(bodies(world), []);
  assert.equal(await world.run(page.discard("send", "dead")), 1);
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [2]);
});

test("only an explicit call deletes waiting work, and what is on its way stays", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 }, { n: 3 });
  world.server.script = () => ({ status: 500 });
  await world.run(page.flush());
  assert.equal(await world.run(page.discard("send", "all")), 2);
  const [state] = await world.run(page.getState());
  assert.equal(state.pending + state.inFlight, 1);
  assert.equal(state.bytes, JSON.stringify({ n: 1 }).length);
});

test("lanes flow past one that is held up, and each keeps its order", async () => {
  const world = new World([tag({ order: "lane", lane: "room", concurrency: 2 })]);
  const page = world.openPage();
  await later(world, page, { n: 1, room: "a" }, { n: 2, room: "b" }, { n: 3, room: "a" }, { n: 4, room: "b" });
  world.server.script = ({ body }) => (body.includes('"a"') ? { status: 503 } : {});
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [2, 4]);
  world.server.script = () => ({});
  await world.run(page.flush(undefined, { force: true }));
  assert.deepEqual(bodies(world), [2, 4, 1, 3]);
});

test("without order, as many are on their way as may be", async () => {
  const world = new World([tag({ order: "parallel", concurrency: 3 })]);
  const page = world.openPage();
  await later(world, page, ...[1, 2, 3, 4, 5, 6].map((n) => ({ n })));
  let now = 0;
  let most = 0;
  world.server.script = () => ({
    before: async () => {
      most = Math.max(most, (now += 1));
      for (let i = 0; i < 50; i += 1) await new Promise((turn) => setImmediate(turn));
      now -= 1;
    },
  });
  await world.run(page.flush());
  assert.equal(most, 3);
  assert.deepEqual(bodies(world).sort(), [1, 2, 3, 4, 5, 6]);
});

test("of many values for one thing, the newest is sent", async () => {
  const world = new World([tag({ coalesce: "chat" })]);
  const page = world.openPage();
  await later(world, page, ...Array.from({ length: 50 }, (_, n) => ({ chat: 7, n })), { chat: 8, n: 99 });
  await world.run(page.flush());
  // One of the first was already on its way while the others came.
  assert.deepEqual(bodies(world).slice(1), [49, 99]);
});

test("a full outbox takes no more and keeps what it has", async () => {
  const world = new World([tag({ limits: { maxEntries: 2 } })]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 });
  await assert.rejects(world.run(page.enqueue("send", { n: 3 })), { name: "QueueFullError" });
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [1, 2]);
});

test("work too old by both clocks is given up, and by one clock alone it is not", async () => {
  const DAY = 86_400_000;
  const date = (world, ms) => ({ date: new Date(world.now + ms).toUTCString() });
  const world = new World([tag()]);
  const page = world.openPage();
  await later(world, page, { n: 1 });
  world.server.script = () => ({ status: 500, headers: date(world, -5 * 365 * DAY) });
  world.now += 5 * 365 * DAY;
  await world.run(page.flush());
  assert.deepEqual(await rows(world, OUTBOX, "dead"), []);
  world.server.script = () => ({ status: 500, headers: date(world, 0) });
  await world.run(page.flush());
  assert.equal((await rows(world, OUTBOX, "dead"))[0].failure.class, "expired");
});

test("nothing that one person queued is sent for another, and it waits for them", async () => {
  const world = new World([tag({ endpoint: { auth: "token" } })]);
  const page = world.openPage();
  await world.run(page.setPrincipal("Ada", { context: { token: "A" } }));
  await later(world, page, { n: 1 });
  await world.run(page.setPrincipal("bob", { context: { token: "B" } }));
  await world.run(page.enqueue("send", { n: 2 }));
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [2]);
  assert.equal(world.server.requests.at(-1).headers.authorization, "Bearer B");
  const [state] = await world.run(page.getState());
  assert.deepEqual([state.pending, state.foreign], [0, 1]);
  await world.run(page.setPrincipal("Ada", { context: { token: "A2" } }));
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [2, 1]);
  assert.equal(world.server.requests.at(-1).headers.authorization, "Bearer A2");
  const stored = JSON.stringify(await Promise.all(["entries", "batches", "dead", "events"].map((store) => rows(world, OUTBOX, store))));
  assert.ok(!stored.includes("Bearer") && !stored.includes("Ada"));
});

test("signing out stops other tabs before their next request", async () => {
  const world = new World([tag()]);
  const [one, two] = [world.openPage(), world.openPage()];
  await world.run(one.setPrincipal("ada"));
  await later(world, one, { n: 1 }, { n: 2 });
  world.server.script = () => ({ before: () => one.setPrincipal(null) });
  await world.run(two.flush());
  assert.deepEqual(bodies(world), [1]);
});

test("signing out can leave nothing behind, or be refused", async () => {
  const world = new World([tag({ logout: "discard" })]);
  const page = world.openPage();
  await world.run(page.setPrincipal("ada"));
  await later(world, page, { text: "a secret" });
  await assert.rejects(world.run(page.setPrincipal(null, { onPending: "refuse" })), { name: "PendingError" });
  await world.run(page.setPrincipal(null));
  for (const store of ["entries", "batches", "dead", "events"]) assert.deepEqual(await rows(world, OUTBOX, store), []);
});

test("a stale token is fetched anew once, and the batch goes with the new one", async () => {
  const world = new World([tag({ endpoint: { csrf: { from: "fetch", name: "/token", pointer: "/csrf/value", header: "x-csrf" } } })]);
  let issued = 0;
  const fetch = world.server.fetch.bind(world.server);
  world.server.fetch = (agent, url, init) => (String(url).endsWith("/token") ? Promise.resolve({ json: async () => ({ csrf: { value: `t${(issued += 1)}` } }) }) : fetch(agent, url, init));
  const page = world.openPage();
  world.server.script = ({ headers }) => (headers["x-csrf"] === "t2" ? {} : { status: 403 });
  await world.run(page.enqueue("send", { n: 1 }));
  await world.settle();
  assert.deepEqual(bodies(world), [1]);
  assert.equal(issued, 2);
  assert.equal(world.server.requests.length, 2);
  assert.equal(world.server.requests[0].key, world.server.requests[1].key);
});
