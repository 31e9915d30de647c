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
const numbers = (count) => Array.from({ length: count }, (_, n) => ({ n }));

test("a sync event settles as its table says", () => {
  const world = new World([tag()]);
  const { settlement } = world.startWorker();
  const report = { error: null, remaining: 1, blocked: false, unfinished: false, due: null };
  const MINUTE = 60_000;
  const table = [
    // report, window, last chance, expected
    [{ remaining: 0 }, true, false, "resolve"],
    [{ remaining: 0 }, false, false, "resolve"],
    [{ blocked: true }, false, false, "resolve"],
    [{ due: 5 * MINUTE }, true, false, "reject"],
    [{ due: 5 * MINUTE }, false, false, "reject"],
    [{ due: 60 * MINUTE }, true, false, "resolve"],
    [{ due: 60 * MINUTE }, false, false, "reject"],
    [{ due: 60 * MINUTE }, false, true, "resolve"],
    [{ unfinished: true }, true, false, "register"],
    [{ unfinished: true }, false, false, "reject"],
    [{ error: "TimeoutError" }, true, false, "reject"],
    [{ error: "QuotaExceededError" }, false, true, "reject"],
  ];
  for (const [changes, window, last, expected] of table) assert.equal(settlement({ ...report, ...changes }, window, last, 0), expected, JSON.stringify(changes));
});

test("a server still busy with the first copy gets the same again, later", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  world.server.script = () => ({ status: 409, headers: { "retry-after": "5" } });
  await world.run(page.enqueue("send", { n: 1 }));
  await world.settle();
  world.server.script = () => ({});
  await world.wait(6_000);
  const [first, second] = world.server.requests;
  assert.deepEqual([second.key, second.body], [first.key, first.body]);
  assert.deepEqual(bodies(world), [1]);
});

test("a conflict is refused, or the server's version is taken", async () => {
  for (const [status, dead] of [[{}, 1], [{ 409: "success" }, 0]]) {
    const world = new World([tag({ endpoint: { status } })]);
    const page = world.openPage();
    world.server.script = () => ({ status: 409, body: '{"theirs":true}' });
    const heard = [];
    page.subscribe((event) => heard.push(event));
    await world.settle();
    await world.run(page.enqueue("send", { n: 1 }));
    await world.settle();
    assert.equal((await rows(world, OUTBOX, "dead")).length, dead);
    assert.deepEqual(heard.find(({ type }) => type === "sent")?.response, dead ? undefined : { theirs: true });
  }
});

test("every kind of success is one", async () => {
  for (const plan of [{ status: 204 }, { status: 205, body: "" }, { status: 202, body: "" }, { status: 201, body: "{not json" }, { status: 200, headers: { "content-type": "" } }]) {
    const world = new World([tag()]);
    const page = world.openPage();
    world.server.script = () => plan;
    const heard = [];
    page.subscribe((event) => heard.push(event));
    await world.settle();
    await world.run(page.enqueue("send", { n: 1 }));
    await world.settle();
    assert.deepEqual(heard.map(({ type }) => type), ["queued", "sent", "drained"], JSON.stringify(plan));
    assert.ok(!("response" in heard[1]));
  }
});

test("of a batch with one answer for each, what was taken goes, what was refused dies, the rest is tried again", async () => {
  const world = new World([tag({ body: { all: "$records" }, batch: { maxRecords: 8, perRecord: true } })]);
  const page = world.openPage();
  await later(world, page, ...numbers(3));
  let busy = true;
  const statuses = { 0: () => 201, 1: () => 400, 2: () => (busy ? 503 : 201) };
  world.server.script = ({ body }) => ({ status: 207, body: JSON.stringify({ results: JSON.parse(body).all.map(({ n }) => ({ status: statuses[n]() })) }) });
  await world.run(page.flush());
  busy = false;
  assert.equal((await rows(world, OUTBOX, "dead"))[0].entry.payload.n, 1);
  assert.deepEqual((await rows(world, OUTBOX, "entries")).map(({ payload }) => payload.n), [2]);
  await world.wait(10_000);
  assert.deepEqual(world.server.bodies().at(-1), { all: [{ n: 2 }] });
});

test("a wait without measure is cut, one into the past is none, and gibberish is ignored", async () => {
  const { readRetryAfter } = new World([tag()]).startWorker();
  const now = Date.UTC(2026, 0, 1);
  const read = (after) => readRetryAfter(new Headers({ "retry-after": after, date: new Date(now).toUTCString() }));
  assert.deepEqual([read("120"), read("-5"), read(new Date(now - 5000).toUTCString()), read("soon")], [120_000, 0, 0, null]);
  const world = new World([tag({ endpoint: { retry: { base: 1, factor: 2, maxDelay: 1, maxAttempts: 0, maxAge: 1e12, maxRetryAfter: 3_600_000 } } })]);
  const page = world.openPage();
  world.server.script = () => ({ status: 503, headers: { "retry-after": "315360000" } });
  await world.run(page.enqueue("send", { n: 1 }));
  await world.settle();
  const [{ nextAttempt }] = await world.run(page.getState());
  assert.equal(nextAttempt - world.now, 3_600_000);
});

test("a tab that is closed in the middle of its request is followed by the worker", async () => {
  const world = new World([tag()]);
  const tab = world.openPage();
  await later(world, tab, { n: 1 });
  world.server.script = () => ({ hang: true });
  void tab.drain(world.config.sync[0], { why: "flush", force: true });
  await world.settle();
  const worker = world.startWorker();
  let settled = false;
  const event = worker.dispatch("sync", { tag: "send", lastChance: false }).finally(() => (settled = true));
  await world.settle();
  assert.ok(!settled, "the event waits for the tab");
  world.server.script = () => ({});
  world.kill(tab.agent);
  await world.run(event);
  assert.deepEqual(bodies(world), [1]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 1);
});

test("a request that hangs is given up in time, before the browser would stop the worker", async () => {
  const world = new World([tag({ endpoint: { timeout: 30_000 } })]);
  const page = world.openPage();
  await later(world, page, { n: 1 });
  world.closePage(page);
  world.server.requests.length = 0;
  world.server.script = () => ({ hang: true });
  const worker = world.startWorker();
  const begun = world.now;
  assert.equal(await worker.sync("send"), "rejected");
  assert.equal(world.now - begun, 30_000);
  const [{ failure, state }] = await rows(world, OUTBOX, "batches");
  assert.deepEqual([state, failure.class, failure.outcome], ["sealed", "network", "unknown"]);
  world.server.script = () => ({});
  await world.wait(60_000);
  assert.equal(await worker.sync("send"), "resolved");
  assert.deepEqual(bodies(world), [1]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 1);
});

test("requests that all hang end the event within the time that browsers give it", async () => {
  const world = new World([tag({ order: "parallel", concurrency: 1, endpoint: { timeout: 30_000 } })]);
  const page = world.openPage();
  await later(world, page, ...numbers(8));
  world.closePage(page);
  world.server.script = () => ({ hang: true });
  const begun = world.now;
  assert.equal(await world.startWorker().sync("send"), "rejected");
  assert.ok(world.now - begun <= 150_000, `${world.now - begun} ms`);
});

/** From now on, writes into one of the outbox's stores fail as on a full disk. */
function full(world, store, times = Infinity) {
  const open = world.indexedDB.open.bind(world.indexedDB);
  let left = times;
  world.indexedDB.open = (...args) => {
    const request = open(...args);
    request.addEventListener("success", () => {
      const { result } = request;
      const transaction = result.transaction.bind(result);
      result.transaction = (...how) => {
        const made = transaction(...how);
        const objectStore = made.objectStore.bind(made);
        made.objectStore = (name) => {
          const found = objectStore(name);
          if (name === store) {
            for (const method of ["put", "add", "delete"]) {
              const real = found[method].bind(found);
              found[method] = (...row) => {
                if (left-- > 0) throw new DOMException("full", "QuotaExceededError");
                return real(...row);
              };
            }
          }
          return found;
        };
        return made;
      };
    });
    return request;
  };
}

test("when the disk is full, handing over fails and nothing is half stored", async () => {
  const world = new World([tag()]);
  full(world, "events");
  const page = world.openPage();
  await assert.rejects(world.run(page.enqueue("send", { n: 1 })), { name: "StorageError" });
  assert.deepEqual(await rows(world, OUTBOX, "entries"), []);
});

test("when the disk is full at the acknowledgement, the same request is repeated, not a new one", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await later(world, page, { n: 1 });
  // Every step is tried twice.
  full(world, "entries", 2);
  const worker = world.startWorker();
  assert.equal(await worker.sync("send"), "rejected");
  assert.equal(await worker.sync("send"), "resolved");
  assert.deepEqual(bodies(world), [1]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 1);
});

test("what was sealed by an older version is sent as it was, what comes after it in the new way", async () => {
  const world = new World([tag({ body: { old: "$payload" } })]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 });
  world.config.sync[0] = tag({ body: { renewed: "$payload" } });
  await world.run(page.flush());
  assert.deepEqual(world.server.bodies(), [{ old: { n: 1 } }, { renewed: { n: 2 } }]);
});

test("work for a tag that is gone is kept, reported, and sent when the tag is back", async () => {
  const world = new World([tag(), tag({ tag: "other" })]);
  const page = world.openPage();
  await later(world, page, { n: 1 }, { n: 2 });
  const [gone] = world.config.sync.splice(0, 1);
  const states = await world.run(page.getState());
  assert.deepEqual(states.map(({ tag, orphaned }) => [tag, orphaned]), [["other", 0], ["send", 2]]);
  await world.run(page.flush());
  assert.equal((await rows(world, OUTBOX, "entries")).length, 2);
  world.config.sync.push(gone);
  await world.run(page.flush());
  assert.deepEqual(bodies(world), [1, 2]);
});

test("many small records go in few requests, none above its size", async () => {
  const world = new World([tag({ body: { all: "$records" }, batch: { maxRecords: 10_000, maxBytes: 16 << 10 } })]);
  const page = world.openPage();
  world.online = false;
  world.server.script = () => ({ lost: "request" });
  const text = "x".repeat(1000);
  await world.run(Promise.all(numbers(160).map(({ n }) => page.enqueue("send", { n, text }))));
  await world.settle();
  world.online = true;
  world.server.script = () => ({});
  const before = world.server.requests.length;
  await world.run(page.flush());
  assert.deepEqual(world.server.bodies().flatMap(({ all }) => all.map(({ n }) => n)).sort((a, b) => a - b), numbers(160).map(({ n }) => n));
  assert.ok(world.server.requests.length - before <= 12, `${world.server.requests.length - before} requests`);
  assert.ok(world.server.requests.every(({ body }) => body.length <= (16 << 10) + 100));
});

test("after an outage, a thousand devices do not come back at once", async () => {
  const { nextStep } = new World([tag()]).startWorker();
  const one = tag();
  const answer = { error: "TypeError: Failed to fetch", offline: false };
  const waits = Array.from({ length: 1000 }, (_, i) => nextStep(one, { attempts: 5, repeats: 0, failure: null }, answer, 0, i / 1000).batch.hold.wait);
  const window = 2000 * 2 ** 4;
  assert.ok(Math.max(...waits) - Math.min(...waits) >= 0.8 * window);
});

test("a forged message makes no request that pwa.toml does not declare", async () => {
  const world = new World([tag()]);
  const worker = world.startWorker();
  for (const data of [{}, { tags: "send" }, { tags: [null, "__proto__", "constructor"] }, { tags: ["send"], why: { toString: 1 }, force: "yes", url: "https://evil.example" }]) {
    await world.run(worker.message({ type: "mdpwa:drain", ...data }));
  }
  assert.deepEqual(world.server.requests, []);
});

test("without a channel between tabs, a page still hears of its own work", async () => {
  const world = new World([tag()], { channel: false });
  const page = world.openPage();
  const heard = [];
  page.subscribe(({ type }) => heard.push(type));
  await world.settle();
  await world.run(page.enqueue("send", { n: 1 }));
  await world.settle();
  assert.deepEqual(heard, ["queued", "sent", "drained"]);
});

test("entries of one request each go in order also when thousands wait", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  world.online = false;
  world.server.script = () => ({ lost: "request" });
  await world.run(Promise.all(numbers(300).map((payload) => page.enqueue("send", payload))));
  await world.settle();
  world.online = true;
  world.server.script = () => ({});
  await world.run(page.flush());
  assert.deepEqual(bodies(world), numbers(300).map(({ n }) => n));
});
