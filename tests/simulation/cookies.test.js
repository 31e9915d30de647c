import assert from "node:assert/strict";
import test from "node:test";
import { OUTBOX, rows, tag, World } from "./world.js";

const signed = () => tag({ endpoint: { csrf: { from: "cookie", name: "XSRF-TOKEN", pointer: "", header: "x-xsrf-token" } } });
const sentTokens = (world) => world.server.requests.map(({ headers }) => headers["x-xsrf-token"]);

/** Hands one piece of work over while there is no network. */
async function queueOffline(world, page) {
  world.online = false;
  world.server.script = () => ({ lost: "request" });
  await world.run(page.enqueue("send", { n: 1 }));
  await world.settle();
  world.online = true;
  world.server.script = () => ({});
  world.server.requests.length = 0;
}

test("a worker that sees cookies takes the token from there, with no page open", async () => {
  const world = new World([signed()], { cookieStore: true });
  const page = world.openPage();
  world.cookies = "other=1; XSRF-TOKEN=a%3D; last=2";
  await queueOffline(world, page);
  world.closePage(page);
  assert.equal(await world.startWorker().sync("send"), "resolved");
  assert.deepEqual(sentTokens(world), ["a%3D"]);
});

test("a token that was changed meanwhile is read anew, once, and the same batch goes with it", async () => {
  const world = new World([signed()], { cookieStore: true });
  const page = world.openPage();
  world.cookies = "XSRF-TOKEN=old";
  await queueOffline(world, page);
  world.server.script = ({ headers }) => {
    if (headers["x-xsrf-token"] === "new") return {};
    world.cookies = "XSRF-TOKEN=new";
    return { status: 403 };
  };
  assert.equal(await world.startWorker().sync("send"), "resolved");
  assert.deepEqual(sentTokens(world), ["old", "new"]);
  assert.equal(new Set(world.server.requests.map(({ key }) => key)).size, 1);
});

test("a worker that sees no cookies is told by the page, and sends nothing before", async () => {
  const world = new World([signed()]);
  const page = world.openPage();
  world.cookies = "XSRF-TOKEN=first";
  await queueOffline(world, page);
  world.closePage(page);
  world.startWorker();
  assert.equal(await world.worker.sync("send"), "rejected");
  assert.deepEqual(world.server.requests, []);
  const [{ attempts, state }] = await rows(world, OUTBOX, "batches");
  assert.deepEqual([attempts, state], [0, "sealed"]);
  world.openPage().fire("pageshow");
  await world.settle();
  assert.deepEqual(sentTokens(world), ["first"]);
  assert.equal(world.server.effects.length, 1);
});

test("what the worker is told is as new as the drain that it is asked for, and is not stored", async () => {
  const world = new World([signed()]);
  world.startWorker();
  const page = world.openPage();
  for (const [cookies, n] of [["XSRF-TOKEN=secret-1", 1], ["XSRF-TOKEN=secret-2", 2], ["", 3]]) {
    world.cookies = cookies;
    await world.run(page.enqueue("send", { n }));
    await world.settle();
  }
  assert.deepEqual(sentTokens(world), ["secret-1", "secret-2", undefined]);
  for (const store of ["entries", "batches", "ledger", "dead", "events", "meta"]) assert.ok(!JSON.stringify(await rows(world, OUTBOX, store)).includes("secret"));
});

test("a page without a worker reads its own cookies", async () => {
  const world = new World([signed()], { serviceWorker: false });
  world.cookies = "XSRF-TOKEN=own";
  await world.run(world.openPage().enqueue("send", { n: 1 }));
  await world.settle();
  assert.deepEqual(sentTokens(world), ["own"]);
});

test("cookies that a forged message makes up cannot leave their header, nor name another", async () => {
  const world = new World([signed()]);
  const page = world.openPage();
  await queueOffline(world, page);
  const worker = world.startWorker();
  await world.run(worker.message({ type: "mdpwa:cookies", cookies: [["XSRF-TOKEN", { toString: 1 }], ["authorization", "Bearer theirs"]] }));
  assert.equal(await worker.sync("send"), "rejected");
  assert.deepEqual(world.server.requests, []);
});
