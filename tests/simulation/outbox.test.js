import assert from "node:assert/strict";
import test from "node:test";
import { change, ORIGIN, OUTBOX, rows, tag, World } from "./world.js";

/** Hands over while there is no network: everything waits, and nothing holds it up. */
const queueOffline = async (world, page, ...payloads) => {
  world.online = false;
  failing(world, { lost: "request" });
  await queue(world, page, ...payloads);
  await world.settle();
  world.online = true;
  failing(world, {});
};
const queue = async (world, page, ...payloads) => {
  for (const payload of payloads) await world.run(page.enqueue("send", payload));
};
const failing = (world, plan) => {
  world.server.script = () => plan;
};

test("what is handed over is delivered in order, once, and gone from the device", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { text: "a" }, { text: "b" }, { text: "c" });
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.deepEqual(world.server.bodies(), [{ text: "a" }, { text: "b" }, { text: "c" }]);
  assert.equal(world.server.requests.at(-1).url, `${ORIGIN}/app/notes`);
  assert.deepEqual(await rows(world, OUTBOX, "entries"), []);
  assert.deepEqual(await rows(world, OUTBOX, "batches"), []);
});

test("a sync event with nothing to do resolves without a request or a notification", async () => {
  const world = new World([tag({ notification: { title: "sent", tag: "t" } })]);
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.equal(world.server.requests.length, 0);
  assert.equal(world.notifications.length, 0);
});

test("a tag that nobody declared resolves", async () => {
  const world = new World([tag()]);
  world.startWorker();
  assert.equal(await world.worker.sync("other"), "resolved");
});

for (const [name, plan] of Object.entries({
  "the network is down": { lost: "request" },
  "the answer is lost": { lost: "response" },
  "the server is broken": { status: 500 },
  "the server is busy": { status: 503 },
  "the server wants fewer requests": { status: 429 },
  "a portal answers with a page": { status: 200, portal: true, headers: { "content-type": "text/html; charset=utf-8" } },
  "a redirect leads elsewhere": { type: "opaqueredirect" },
  "the request hangs": { hang: true },
})) {
  test(`nothing is lost or doubled when ${name}`, async () => {
    const world = new World([tag()]);
    const page = world.openPage();
    failing(world, plan);
    await queue(world, page, { text: "a" });
    world.startWorker();
    assert.equal(await world.worker.sync("send"), "rejected");
    assert.equal((await rows(world, OUTBOX, "entries")).length, 1);
    failing(world, {});
    await world.wait(60_000);
    assert.equal(await world.worker.sync("send"), "resolved");
    assert.deepEqual(world.server.bodies(), [{ text: "a" }]);
    assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 1);
    assert.equal(new Set(world.server.requests.map(({ body }) => body)).size, 1);
  });
}

test("a worker killed between request and response loses nothing and doubles nothing", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { text: "a" });
  world.closePage(page);
  world.startWorker();
  const { agent } = world.worker;
  world.server.script = () => ({ before: () => void world.kill(agent) });
  void world.worker.dispatch("sync", { tag: "send", lastChance: false });
  await world.settle();
  assert.equal(world.server.effects.length, 1);
  assert.equal((await rows(world, OUTBOX, "entries")).length, 1);
  failing(world, {});
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.equal(world.server.effects.length, 1);
  assert.deepEqual(await rows(world, OUTBOX, "entries"), []);
});

test("a refused entry becomes a dead letter and the next goes on", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { text: "a" }, { text: "bad" }, { text: "c" });
  world.server.script = ({ body }) => (body.includes("bad") ? { status: 400, body: "no such thing".padEnd(5000, ".") } : {});
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.deepEqual(world.server.bodies(), [{ text: "a" }, { text: "c" }]);
  const [letter] = await rows(world, OUTBOX, "dead");
  assert.deepEqual(letter.entry.payload, { text: "bad" });
  assert.equal(letter.failure.status, 400);
  assert.equal(letter.failure.outcome, "rejected");
  assert.equal(letter.failure.body.length, 4096);
});

test("one bad entry takes no other of its batch along", async () => {
  const world = new World([tag({ body: { all: "$records" }, batch: { maxRecords: 8 } })]);
  const page = world.openPage();
  await queueOffline(world, page, ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ n })));
  world.server.script = ({ body }) => (body.includes('"n":5') ? { status: 422 } : {});
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.deepEqual(world.server.bodies().flatMap(({ all }) => all.map(({ n }) => n)), [0, 1, 2, 3, 4, 6, 7]);
  assert.deepEqual((await rows(world, OUTBOX, "dead")).map(({ entry }) => entry.payload.n), [5]);
});

test("a server that takes little is given little, each record once, under new keys", async () => {
  const world = new World([tag({ body: { all: "$records" }, batch: { maxRecords: 8 } })]);
  const page = world.openPage();
  await queueOffline(world, page, ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ n })));
  world.server.script = ({ body }) => (JSON.parse(body).all.length > 3 ? { status: 413 } : {});
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.deepEqual(world.server.bodies().flatMap(({ all }) => all.map(({ n }) => n)), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(new Set(world.server.effects.map(({ key }) => key)).size, world.server.effects.length);
});

test("a record too large by itself dies as such and the rest goes on", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { text: "long" }, { text: "b" });
  world.server.script = ({ body }) => (body.includes("long") ? { status: 413 } : {});
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.equal((await rows(world, OUTBOX, "dead"))[0].failure.class, "too_large");
  assert.deepEqual(world.server.bodies(), [{ text: "b" }]);
});

test("signed out, the tag waits without further requests until it is asked again", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  failing(world, { status: 401 });
  await queue(world, page, { text: "a" }, { text: "b" });
  world.startWorker();
  await world.settle();
  const asked = world.server.requests.length;
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.equal(world.server.requests.length, asked);
  const [state] = await world.run(page.getState());
  assert.equal(state.parked, 2);
  assert.equal(state.lastError.status, 401);
  failing(world, {});
  assert.deepEqual(await world.run(page.flush()), { sent: 2, remaining: 0, dead: 0 });
  assert.equal(world.server.requests[0].key, world.server.effects[0].key);
});

test("Retry-After is obeyed, also by force, and read on the server's clock", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  const date = (ms) => new Date(world.now + ms).toUTCString();
  failing(world, { status: 503, headers: { date: date(3_600_000), "retry-after": date(3_600_000 + 120_000) } });
  await queue(world, page, { text: "a" });
  await world.settle();
  assert.equal(world.server.requests.length, 1);
  failing(world, {});
  await world.wait(100_000);
  await world.run(page.flush("send", { force: true }));
  assert.equal(world.server.requests.length, 1);
  await world.wait(30_000);
  assert.equal(world.server.effects.length, 1);
});

test("back online, a failure of the network is forgotten at once", async () => {
  const world = new World([tag()]);
  world.random = () => 1;
  const page = world.openPage();
  await queueOffline(world, page, { text: "a" });
  for (let i = 0; i < 6; i += 1) await world.wait(70_000);
  failing(world, {});
  const before = world.now;
  page.fire("online");
  await world.settle();
  assert.equal(world.server.effects.length, 1);
  assert.equal(world.now, before);
});

test("time spent offline costs no attempt", async () => {
  const world = new World([tag({ retry: { maxAttempts: 2 } })]);
  world.online = false;
  const page = world.openPage();
  await queueOffline(world, page, { text: "a" });
  for (let i = 0; i < 5; i += 1) await world.run(page.flush());
  assert.deepEqual(await rows(world, OUTBOX, "dead"), []);
  world.online = true;
  failing(world, {});
  page.fire("online");
  await world.settle();
  assert.equal(world.server.effects.length, 1);
});

test("a clock set back a day does not hold work up for a day", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  failing(world, { status: 500 });
  await queue(world, page, { text: "a" });
  await world.settle();
  world.now -= 86_400_000;
  failing(world, {});
  await world.run(page.flush());
  assert.equal(world.server.effects.length, 1);
});

test("five tabs and the worker at once send each entry once", async () => {
  for (const locks of [true, false]) {
    const world = new World([tag()], { locks });
    const pages = [1, 2, 3, 4, 5].map(() => world.openPage());
    await queueOffline(world, pages[0], ...Array.from({ length: 20 }, (_, n) => ({ n })));
    const { length } = world.server.requests;
    world.startWorker();
    await world.run(Promise.all([...pages.map((page) => page.drain(world.config.sync[0], { why: "flush", force: false })), world.worker.sync("send")]));
    assert.deepEqual(world.server.bodies().map(({ n }) => n), Array.from({ length: 20 }, (_, n) => n));
    if (locks) assert.equal(world.server.requests.length - length, 20);
  }
});

test("two tabs handing over the same id make one entry", async () => {
  const world = new World([tag()]);
  failing(world, { lost: "request" });
  const [one, two] = [world.openPage(), world.openPage()];
  const receipts = await world.run(Promise.all([one.enqueue("send", { a: 1 }, { id: "x" }), two.enqueue("send", { a: 2 }, { id: "x" })]));
  assert.deepEqual(receipts[0], receipts[1]);
  assert.equal((await rows(world, OUTBOX, "entries")).length, 1);
});

test("whoever asks for the same while a drain is under way shares the next", async () => {
  const world = new World([tag({ notification: { title: "{count} sent", tag: "t" } })]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 1 });
  const { drain } = world.startWorker();
  const [wanted] = world.config.sync;
  let answer;
  world.server.script = () => ({ before: () => new Promise((resolve) => (answer = resolve)) });
  const first = drain(wanted, { why: "online" });
  await world.settle();
  const waiting = [drain(wanted, { why: "online" }), drain(wanted, { why: "online" })];
  assert.equal(waiting[0], waiting[1]);
  assert.notEqual(drain(wanted, { why: "flush", force: true }), waiting[0], "more is asked for");
  await queue(world, page, { n: 2 });
  failing(world, {});
  answer();
  await world.run(Promise.all([first, ...waiting]));
  await world.settle();
  assert.deepEqual(world.server.bodies().map(({ n }) => n), [1, 2]);
  assert.equal(world.notifications.length, 1);
  assert.notEqual(drain(wanted, { why: "online" }), waiting[0], "its turn is over");
});

test("a drain that had no turn says so, and blames no storage", async () => {
  const world = new World([tag({ endpoint: { timeout: 100_000 } })]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 1 });
  const { drain } = world.startWorker();
  failing(world, { hang: true });
  const first = drain(world.config.sync[0], { why: "online" });
  await world.settle();
  const { remaining, error } = await world.run(drain(world.config.sync[0], { why: "online" }));
  assert.deepEqual([remaining, error], [1, "TimeoutError: timed out"]);
  await world.run(first);
  assert.equal((await rows(world, OUTBOX, "events")).some(({ type }) => type === "storage_error"), false);
});

test("entries that arrive during a drain go with it", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 1 });
  let added = false;
  world.server.script = () => ({
    before: async () => {
      if (added) return;
      added = true;
      await page.enqueue("send", { n: 2 });
    },
  });
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "resolved");
  assert.deepEqual(world.server.bodies().map(({ n }) => n), [1, 2]);
});

test("a page without any service worker delivers by itself", async () => {
  const world = new World([tag()], { serviceWorker: false });
  const page = world.openPage();
  const receipt = await world.run(page.enqueue("send", { text: "a" }));
  assert.equal(receipt.state, "pending");
  await world.settle();
  assert.deepEqual(world.server.bodies(), [{ text: "a" }]);
});

test("each rung of the page's ladder delivers alone", async () => {
  for (const rung of ["pageshow", "online", "visibilitychange"]) {
    const world = new World([tag()], { sync: false });
    const first = world.openPage();
    await queueOffline(world, first, { text: "a" });
    world.closePage(first);
    world.startWorker();
    world.openPage().fire(rung);
    await world.settle();
    assert.equal(world.server.effects.length, 1, rung);
  }
});

test("the page's own timer makes the next attempt", async () => {
  const world = new World([tag()], { sync: false });
  world.startWorker();
  const page = world.openPage();
  failing(world, { status: 500 });
  await queue(world, page, { text: "a" });
  await world.settle();
  failing(world, {});
  await world.wait(30_000);
  assert.equal(world.server.effects.length, 1);
});

test("a worker that never answers is not waited for", async () => {
  const world = new World([tag()]);
  world.startWorker();
  world.worker.message = () => new Promise(() => undefined);
  const page = world.openPage();
  await queue(world, page, { text: "a" });
  await world.wait(10_000);
  assert.equal(world.server.effects.length, 1);
});

test("a payload that cannot be sent is refused at once and nothing is stored", async () => {
  const world = new World([tag({ endpoint: { url: "notes/{id}" } })]);
  const page = world.openPage();
  await assert.rejects(world.run(page.enqueue("send", { text: "no id" })), { name: "PayloadError" });
  await assert.rejects(world.run(page.enqueue("send", { id: 1, big: 1n })), { name: "PayloadError" });
  await assert.rejects(world.run(page.enqueue("send", { id: 1, run() {} })), { name: "PayloadError" });
  await assert.rejects(world.run(page.enqueue("other", {})), { name: "UnknownTagError" });
  assert.equal(world.server.requests.length, 0);
});

test("fields of an address cannot leave their place in it", async () => {
  const world = new World([tag({ endpoint: { url: "notes/{id}/lines" } })]);
  const { fillUrl } = world.startWorker();
  assert.equal(fillUrl("notes/{id}/x", { id: "../admin?a=1#b" }), "notes/..%2Fadmin%3Fa%3D1%23b/x");
  assert.throws(() => fillUrl("notes/{id}/x", { id: ".." }), TypeError);
});

test("the notification comes once for a whole drain, and only with permission", async () => {
  const notification = { title: "{count} notes sent", titleOne: "One note sent", icon: "icon.png", tag: "notes" };
  for (const permission of ["granted", "denied"]) {
    const world = new World([tag({ notification })], { permission });
    const page = world.openPage();
    await queueOffline(world, page, { n: 1 }, { n: 2 });
    world.startWorker();
    assert.equal(await world.worker.sync("send"), "resolved");
    const shown = world.notifications.map(({ title, icon }) => ({ title, icon }));
    assert.deepEqual(shown, permission === "granted" ? [{ title: "2 notes sent", icon: `${ORIGIN}/app/icon.png` }] : []);
    assert.equal(world.server.effects.length, 2);
  }
});

test("every open page hears what happened, in order, and a later page what no page has heard", async () => {
  const world = new World([tag()]);
  const [one, two] = [world.openPage(), world.openPage()];
  const heard = [[], [], []];
  one.subscribe(({ type, n }) => heard[0].push([type, n]));
  two.subscribe(({ type, n }) => heard[1].push([type, n]));
  await world.settle();
  await queue(world, one, { n: 1 });
  await world.settle();
  assert.deepEqual(heard[0].map(([type]) => type), ["queued", "sent", "drained"]);
  assert.deepEqual(heard[0], heard[1]);
  world.closePage(one);
  world.closePage(two);
  world.startWorker();
  const late = new World([tag()]);
  late.indexedDB = world.indexedDB;
  failing(late, { lost: "request" });
  const lone = late.openPage();
  await queue(late, lone, { n: 2 });
  const third = late.openPage();
  third.subscribe(({ type }) => heard[2].push(type), { since: "unseen" });
  await late.settle();
  assert.deepEqual(heard[2], ["queued", "retrying"]);
});

test("a page's own message wakes the tag and leaves a wake-up behind", async () => {
  const world = new World([tag({ trigger: { message: "add-note" } })]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 1 });
  failing(world, {});
  world.startWorker();
  await world.run(world.worker.message({ type: "add-note" }));
  assert.equal(world.server.effects.length, 1);
  assert.ok(world.registered.includes("send"));
});

test("rows of a newer version are left alone and ours go beside them", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queueOffline(world, page, { n: 1 });
  (await world.app(OUTBOX, 2, (db) => db.createObjectStore("later"))).close();
  await queue(world, page, { n: 2 });
  failing(world, {});
  await world.wait(60_000);
  assert.deepEqual(world.server.bodies().map(({ n }) => n), [1, 2]);
});

test("a connection that was lost without a word is opened anew", async () => {
  const world = new World([tag()]);
  const page = world.openPage();
  await queue(world, page, { n: 1 });
  await world.settle();
  const open = world.indexedDB.open.bind(world.indexedDB);
  let closed = 0;
  world.indexedDB.open = (...args) => {
    const request = open(...args);
    request.addEventListener("success", () => {
      if (closed++ === 0) request.result.close();
    });
    return request;
  };
  world.startWorker();
  await queue(world, world.openPage(), { n: 2 });
  await world.settle();
  assert.deepEqual(world.server.bodies().map(({ n }) => n), [1, 2]);
});
