import assert from "node:assert/strict";
import test from "node:test";
import { ORIGIN, OUTBOX, rows, tag, World } from "./world.js";

const capture = { on: ["network_error", "503"], respond: "202", navigations: false };
const post = (body, { url = `${ORIGIN}/app/notes`, headers = { "content-type": "application/json" } } = {}) => new Request(url, { method: "POST", body, headers });

test("a declared request that fails is queued and sent later, byte for byte, under the key of its first attempt", async () => {
  const world = new World([tag({ capture })]);
  const worker = world.startWorker();
  world.server.script = () => ({ lost: "response" });
  const response = await world.run(worker.fetch(post('{ "n":1 }', { headers: { "content-type": "application/json", authorization: "Bearer secret", "x-app": "notes" } })));
  assert.equal(response.status, 202);
  assert.equal((await rows(world, OUTBOX, "entries"))[0].payload.n, 1);
  assert.ok(!JSON.stringify(await rows(world, OUTBOX, "entries")).includes("secret"));
  world.server.script = () => ({});
  assert.equal(await worker.sync("send"), "resolved");
  const [first, second] = world.server.requests;
  assert.equal(world.server.effects.length, 1);
  assert.equal(first.body, '{ "n":1 }');
  assert.equal(second.body, first.body);
  assert.equal(second.key, first.key);
  assert.equal(second.headers["x-app"], "notes");
});

test("a request that succeeds, or is refused, is the app's own affair", async () => {
  const world = new World([tag({ capture })]);
  const worker = world.startWorker();
  assert.equal((await world.run(worker.fetch(post("{}")))).status, 201);
  world.server.script = () => ({ status: 422 });
  assert.equal((await world.run(worker.fetch(post("{}")))).status, 422);
  assert.deepEqual(await rows(world, OUTBOX, "entries").catch(() => []), []);
});

test("a status that was declared is a failure, too", async () => {
  const world = new World([tag({ capture })]);
  const worker = world.startWorker();
  world.server.script = () => ({ status: 503 });
  assert.equal((await world.run(worker.fetch(post("{}")))).status, 202);
  assert.equal((await rows(world, OUTBOX, "entries")).length, 1);
});

test("what was not declared is never touched", async () => {
  const world = new World([tag({ capture, endpoint: { url: "notes/{id}" } })]);
  const worker = world.startWorker();
  for (const url of ["/app/notes", "/app/notes/1/lines", "/notes/1", "/app/notes/1?x=1"]) assert.equal(worker.fetch(post("{}", { url: ORIGIN + url })), undefined);
  assert.equal(worker.fetch(post("{}", { url: "https://other.example/app/notes/1" })), undefined);
  assert.equal(worker.fetch(new Request(`${ORIGIN}/app/notes/1`)), undefined);
  assert.ok(worker.fetch(post("{}", { url: `${ORIGIN}/app/notes/1` })));
  await world.settle();
});

test("of other hosts, only what pwa.toml names is queued", async () => {
  const world = new World([tag({ capture, endpoint: { url: "https://api.example/notes" } })]);
  const worker = world.startWorker();
  world.server.script = () => ({ lost: "request" });
  for (const url of [`${ORIGIN}/notes`, "https://other.example/notes", "https://api.example.org/notes", "https://api.example:8443/notes", "http://api.example/notes"]) {
    assert.equal(worker.fetch(post("{}", { url })), undefined, url);
  }
  assert.deepEqual(await world.indexedDB.databases(), []);
  assert.equal((await world.run(worker.fetch(post('{"n":1}', { url: "https://api.example/notes" })))).status, 202);
  const [{ frozen }] = await rows(world, OUTBOX, "entries");
  assert.equal(frozen.request.url, "https://api.example/notes");
});

test("of captured values for one thing the newest is sent, and the address says which thing it is", async () => {
  const world = new World([tag({ capture, coalesce: "room", endpoint: { url: "rooms/{room}/read" } })]);
  const worker = world.startWorker();
  const read = (room, upTo) => world.run(worker.fetch(post(`{"upTo":${upTo}}`, { url: `${ORIGIN}/app/rooms/${room}/read` })));
  world.server.script = () => ({ lost: "request" });
  for (const [room, upTo] of [["a", 1], ["b", 2], ["a", 3]]) await read(room, upTo);
  world.server.script = () => ({});
  assert.equal(await worker.sync("send"), "resolved");
  assert.deepEqual(world.server.effects.map(({ url, body }) => [new URL(url).pathname, body]), [["/app/rooms/b/read", '{"upTo":2}'], ["/app/rooms/a/read", '{"upTo":3}']]);
});

test("what does not say which thing it is about takes no other's place", async () => {
  const world = new World([tag({ coalesce: "room" })]);
  const page = world.openPage();
  world.server.script = () => ({ lost: "request" });
  for (const n of [1, 2, 3]) await world.run(page.enqueue("send", { n }));
  await world.settle();
  world.server.script = () => ({});
  await world.run(page.flush(undefined, { force: true }));
  assert.deepEqual(world.server.bodies(), [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test("when nothing can be stored, the app sees the failure of the network", async () => {
  const world = new World([tag({ capture, limits: { maxEntries: 0 } })]);
  const worker = world.startWorker();
  world.server.script = () => ({ lost: "request" });
  await assert.rejects(world.run(worker.fetch(post("{}"))), { message: "Failed to fetch" });
});

test("a body that is too large passes through", async () => {
  const world = new World([tag({ capture, limits: { maxBody: 4 } })]);
  const worker = world.startWorker();
  assert.equal((await world.run(worker.fetch(post('"more than that"')))).status, 201);
  assert.equal(world.server.requests[0].key, undefined);
});

test("files and forms are sent as the bytes they were, boundary and all", async () => {
  for (const encoding of ["multipart", "form", "raw"]) {
    const world = new World([tag({ encoding, body: encoding === "raw" ? "$payload" : { title: "$payload.title", file: "$payload.file" } })]);
    const page = world.openPage();
    const file = new File(["\u0000\u0001 bytes"], "a.bin", { type: "application/x-notes" });
    await world.run(page.enqueue("send", encoding === "raw" ? file : { title: "a & b", file: encoding === "form" ? "none" : file }));
    await world.settle();
    const [{ headers, body }] = world.server.requests;
    const type = headers["content-type"];
    if (encoding === "multipart") {
      const form = await new Response(body, { headers: { "content-type": type } }).formData();
      assert.equal(form.get("title"), "a & b");
      assert.equal(await form.get("file").text(), "\u0000\u0001 bytes");
      assert.equal(form.get("file").name, "a.bin");
    } else if (encoding === "form") {
      assert.equal(body, "title=a+%26+b&file=none");
      assert.match(type, /^application\/x-www-form-urlencoded/);
    } else {
      assert.equal(body, "\u0000\u0001 bytes");
      assert.equal(type, "application/x-notes");
    }
  }
});

test("names and texts of a form cannot leave their place in it, and arrive as those that a browser writes", async () => {
  const form = () => {
    const form = new FormData();
    form.append('a "quoted"\r\nname', "one\ntwo\rthree\r\nfour");
    form.append("umlaut ä", "");
    form.append("file", new File(["\r\n--"], 'x"; filename="y\r\nContent-Type: text/html\r\n.bin', { type: "" }));
    form.append("file", new File([], "ü.txt", { type: "text/plain" }));
    return form;
  };
  const parsed = async (body, type) => {
    const fields = [...(await new Response(body, { headers: { "content-type": type } }).formData())];
    return Promise.all(fields.map(async ([name, value]) => [name, typeof value === "string" ? value : [value.name, value.type, await value.text()]]));
  };
  const world = new World([tag({ encoding: "multipart" })]);
  await world.run(world.openPage().enqueue("send", form()));
  await world.settle();
  const [{ headers, body }] = world.server.requests;
  const theirs = new Response(form());
  const boundary = (type) => type.split("boundary=")[1];
  const type = headers["content-type"];
  const text = await theirs.text();
  assert.equal(body.replaceAll(boundary(type), "~").trimEnd(), text.replaceAll(boundary(theirs.headers.get("content-type")), "~").trimEnd());
  assert.deepEqual(await parsed(body, type), await parsed(text, theirs.headers.get("content-type")));
});
