// What a long queue costs: saving 5,000 records of 1 KiB one after the other without a server, and sending them when it
// is back, through mdpwa's outbox and through the queue of workbox-background-sync.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { build, contestants, install, page as html, workshop, write } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { digits, median, ratio, seconds, table } from "./tables.mjs";

const BYTES = 1024;

/** One record in each request, or as many as a batch takes. */
const BODIES = { one: "$payload", many: { notes: "$records" } };

const toml = (body) => `
[worker]
auto_register = false
[[sync]]
tag = "notes"
endpoint = "POST /api/notes"
body = ${JSON.stringify(body).replace(":", "=")}
`;

/** Workbox's queue by itself, as its documentation has it; the page says what to do. */
const QUEUE = `
importScripts("/workbox-core.js", "/workbox-background-sync.js");
const queue = new workbox.backgroundSync.Queue("notes");
const tasks = {
  async fill(texts) {
    const times = [];
    for (const text of texts) {
      const request = new Request("/api/notes", { method: "POST", body: JSON.stringify({ text }), headers: { "content-type": "application/json" } });
      const start = performance.now();
      await queue.pushRequest({ request });
      times.push(performance.now() - start);
    }
    return times;
  },
  send: () => queue.replayRequests(),
  waiting: () => queue.size(),
};
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const { task, value } = event.data;
  event.waitUntil(tasks[task](value).then((answer) => event.ports[0].postMessage({ answer }), (error) => event.ports[0].postMessage({ error: String(error) })));
});
`;

/** What the page says to that worker. */
function askQueue(task, value) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
    navigator.serviceWorker.controller.postMessage({ task, value }, [port2]);
  });
}

const outbox = {
  fill: async (texts) => {
    const { enqueue } = await import("/register.js");
    const times = [];
    for (const text of texts) {
      const start = performance.now();
      await enqueue("notes", { text });
      times.push(performance.now() - start);
    }
    return times;
  },
  send: () => import("/register.js").then(({ flush }) => flush("notes", { force: true })),
  waiting: () => import("/register.js").then(({ getState }) => getState()).then(([{ pending, inFlight }]) => pending + inFlight),
};

const queue = Object.fromEntries(["fill", "send", "waiting"].map((task) => [task, `(value) => (${askQueue})(${JSON.stringify(task)}, value)`]));

/**
 * @param {number} count of records
 * @param {number} rounds
 */
export async function measure(count, rounds) {
  const runs = { one: [], many: [], workbox: [] };
  const sites = await contestantsWithQueues();
  for (let round = 0; round < rounds; round += 1) {
    // In turn: who was first is last the next time.
    for (const name of round % 2 ? ["workbox", "many", "one"] : ["one", "many", "workbox"]) {
      const run = await play(sites[name], count);
      console.error(`${name}: saving takes ${median(run.saving).toFixed(2)} ms, sending ${seconds(run.sending)} s in ${run.requests} requests`);
      runs[name].push(run);
    }
  }
  const row = (title, name) => {
    const saving = (who) => runs[who].map((run) => median(run.saving));
    const sending = (who) => runs[who].map((run) => run.sending);
    return [
      title,
      digits(median(saving(name))),
      ratio(saving(name), saving("workbox")).toFixed(2),
      seconds(median(sending(name))),
      ratio(sending(name), sending("workbox")).toFixed(2),
      String(median(runs[name].map((run) => run.requests))),
      `${Math.min(...runs[name].map((run) => run.stored))}, ${Math.max(...runs[name].map((run) => run.twice))}`,
    ];
  };
  return table([
    [`${count.toLocaleString("en")} records`, "saving one, ms", "÷ Workbox", "sending all, s", "÷ Workbox", "requests", "arrived, of them twice"],
    row("mdpwa, a request for each", "one"),
    row("mdpwa, in batches", "many"),
    row("workbox-background-sync", "workbox"),
  ]);
}

/** A site for each, with what both wrote. */
async function contestantsWithQueues() {
  const folder = workshop("drain");
  const sites = {};
  for (const [name, body] of Object.entries(BODIES)) {
    const site = join(folder, name);
    write(site, { "index.html": html("home", 100) });
    const { written } = await build(site, { toml: toml(body) });
    sites[name] = { folder: site, over: written, contestant: contestants.mdpwa, tasks: outbox };
  }
  const site = join(folder, "workbox");
  write(site, { "index.html": html("home", 100), "sw.js": QUEUE });
  for (const part of ["workbox-core", "workbox-background-sync"]) {
    const file = createRequire(import.meta.url).resolve(`${part}/build/${part}.prod.js`);
    write(site, { [`${part}.js`]: readFileSync(file) });
  }
  sites.workbox = { folder: site, contestant: contestants.workbox, tasks: queue };
  return sites;
}

async function play({ folder, over, contestant, tasks }, count) {
  const server = await new Server({ folder, over }).start();
  const browser = new Browser();
  try {
    const page = await browser.page();
    await page.open(`${server.origin}/`);
    await install(page, contestant);
    await page.open(`${server.origin}/`);
    await page.run(contestant.prepare);
    await server.stop();
    const text = "0123456789abcdef".repeat(BYTES / 16);
    const saving = await page.run(tasks.fill, Array.from({ length: count }, (_, number) => `${number} ${text}`.slice(0, BYTES - '{"text":""}'.length)));
    await server.accept();
    const start = performance.now();
    // One event may end before all is sent; the next goes on.
    do await page.run(tasks.send);
    while (await page.run(tasks.waiting));
    const sending = performance.now() - start;
    const texts = server.desk.stored.map(({ text }) => text);
    const stored = new Set(texts).size;
    return { saving, sending, requests: server.desk.posts.length, stored, twice: texts.length - stored };
  } finally {
    await browser.close();
    await server.stop();
  }
}
