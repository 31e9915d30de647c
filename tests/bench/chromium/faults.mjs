// What becomes of queued work when things go wrong: mdpwa's outbox and workbox-background-sync, in the same browser,
// against the same server, which stores what arrives and honours Idempotency-Key where one is sent.

import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";

import { build, contestants, install, page as html, workshop, write } from "./contestants.mjs";
import { Browser, fireSync, stopWorkers } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { table } from "./tables.mjs";

const QUEUES = ["notes", "photos"];

/** How long nothing may have arrived until nothing more is expected; mdpwa waits some seconds after a failure. */
const QUIET = 40_000;

const TOML = `
[worker]
auto_register = false
${QUEUES.map((name) => `[[sync]]\ntag = "${name}"\nendpoint = "POST /api/${name}"\n`).join("")}`;

/** Each as its documentation has it: a route whose failed requests are queued. */
const WORKBOX = {
  runtimeCaching: QUEUES.map((name) => ({
    urlPattern: new RegExp(`/api/${name}`),
    method: "POST",
    handler: "NetworkOnly",
    options: { backgroundSync: { name, options: { maxRetentionTime: 24 * 60 } } },
  })),
};

/** What differs between both; functions run in the page. */
const OUTBOXES = {
  mdpwa: {
    tag: (name) => name,
    save: (name, text) => import("/register.js").then(({ enqueue }) => enqueue(name, { text })).then(() => undefined),
    waiting: () =>
      import("/register.js").then(async ({ list }) => {
        const all = [...(await list("notes")), ...(await list("photos"))];
        return all.map(({ payload, state }) => ({ text: payload.text, refused: state === "dead" }));
      }),
  },
  Workbox: {
    tag: (name) => `workbox-background-sync:${name}`,
    save: (name, text) =>
      fetch(`/api/${name}`, { method: "POST", body: JSON.stringify({ text }), headers: { "content-type": "application/json" } }).then(
        () => undefined,
        () => undefined,
      ),
    waiting: async () => {
      const known = await indexedDB.databases();
      if (!known.some(({ name }) => name === "workbox-background-sync")) return [];
      const answer = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
      const database = await answer(indexedDB.open("workbox-background-sync"));
      const rows = await answer(database.transaction("requests").objectStore("requests").getAll());
      database.close();
      return rows.map(({ requestData }) => ({ text: JSON.parse(new TextDecoder().decode(requestData.body)).text, refused: false }));
    },
  },
};

/**
 * Each saves without a server, and then tries to send while something is wrong.
 *
 * @type {{ name: string, saved: [queue: string, text: string][], refused?: boolean, always?: (texts: string[]) => number | undefined,
 *   meanwhile?: (stage: Stage) => Promise<void> }[]} refused: `sync.register`; always: what the server does even when all is well
 */
export const CASES = [
  {
    name: "The server answers 503 on replay, later it is well",
    saved: [["notes", "a1"], ["notes", "a2"], ["notes", "a3"]],
    async meanwhile(stage) {
      stage.server.desk.fault = () => 503;
      await stage.sync("notes");
      await after(5_000);
    },
  },
  {
    name: "The worker is killed while a request is on its way to the server",
    saved: [["notes", "a1"], ["notes", "a2"], ["notes", "a3"]],
    async meanwhile(stage) {
      stage.server.desk.fault = () => "hang";
      await stage.syncUntilAsked("notes");
      await stopWorkers(stage.page);
    },
  },
  {
    name: "The worker is killed while the answer is on its way back",
    saved: [["notes", "a1"], ["notes", "a2"], ["notes", "a3"]],
    async meanwhile(stage) {
      stage.server.desk.fault = () => "hang after";
      await stage.syncUntilAsked("notes");
      await stopWorkers(stage.page);
    },
  },
  {
    name: "The connection breaks in two queues in turn, three times each",
    saved: [["notes", "a1"], ["photos", "b1"], ["notes", "a2"], ["photos", "b2"], ["notes", "a3"], ["photos", "b3"]],
    async meanwhile(stage) {
      stage.server.desk.fault = () => "lose";
      for (let time = 0; time < 3; time += 1) {
        for (const queue of QUEUES) {
          await stage.syncUntilAsked(queue);
          await after(1_000);
        }
      }
    },
  },
  {
    name: "The server answers 400 to the first of the queue, always",
    saved: [["notes", "bad"], ["notes", "a2"], ["notes", "a3"]],
    always: ([text]) => (text === "bad" ? 400 : undefined),
  },
  {
    name: "`sync.register` is refused",
    saved: [["notes", "a1"], ["notes", "a2"], ["notes", "a3"]],
    refused: true,
  },
];

/** @param {number} rounds */
export async function measure(rounds, cases = CASES) {
  const site = join(workshop("faults"), "site");
  write(site, { "index.html": html("home", 100) });
  const { written } = await build(site, { toml: TOML, workbox: WORKBOX });
  const rows = [["What goes wrong", "Saved", "mdpwa", "Workbox"]];
  for (const scene of cases) {
    const ends = { mdpwa: [], Workbox: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const contestant of Object.values(contestants)) {
        const end = await play(scene, contestant, { folder: site, over: written });
        console.error(`${scene.name}; ${contestant.name}: ${end}`);
        ends[contestant.name].push(end);
      }
    }
    rows.push([scene.name, String(scene.saved.length), `**${together(ends.mdpwa)}**`, together(ends.Workbox)]);
  }
  return table(rows);
}

class Stage {
  constructor(page, server, outbox) {
    Object.assign(this, { page, server, outbox });
  }

  sync(queue) {
    return fireSync(this.page, this.server.origin, this.outbox.tag(queue));
  }

  /** `sync` events until the server has a request of it: after failures mdpwa lets some of them pass. */
  async syncUntilAsked(queue) {
    let asked = false;
    const request = this.server.desk.next().then(() => (asked = true));
    for (let tries = 0; !asked; tries += 1) {
      if (tries === 30) throw new Error(`nothing of ${queue} is sent`);
      await this.sync(queue);
      await Promise.race([request, after(5_000)]);
    }
  }
}

/** From a first visit to the moment when nothing more happens; returns what became of what was saved. */
async function play({ saved, refused, meanwhile, always = () => undefined }, contestant, site) {
  const server = await new Server(site).start();
  const browser = new Browser();
  try {
    const outbox = OUTBOXES[contestant.name];
    if (refused) await browser.call("Browser.setPermission", { permission: { name: "background-sync" }, setting: "denied", origin: server.origin });
    let page = await browser.page();
    await page.open(`${server.origin}/`);
    await install(page, contestant);
    // What follows is saved in a page that the worker controls.
    await page.open(`${server.origin}/`);
    await server.stop();
    for (const [queue, text] of saved) await page.run(outbox.save, queue, text);
    await server.accept();
    const stage = new Stage(page, server, outbox);
    await meanwhile?.(stage);
    server.desk.fault = always;
    // From here on, everything is well again: the browser fires its events, and somebody opens a page.
    if (!refused) for (const queue of queuesOf(saved)) await stage.sync(queue);
    await page.open(`${server.origin}/?again`);
    await page.run(contestant.prepare);
    const { posts, stored } = server.desk;
    for (let [known, quiet] = [posts.length, 0]; quiet < QUIET; ) {
      await after(250);
      quiet = posts.length === known ? quiet + 250 : 0;
      known = posts.length;
      if ((await page.run(outbox.waiting)).every(({ refused }) => refused) && quiet >= 2_000) break;
    }
    return told(saved, stored, await page.run(outbox.waiting));
  } finally {
    await browser.close();
    await server.stop();
  }
}

function queuesOf(saved) {
  return [...new Set(saved.map(([queue]) => queue))];
}

/** In words: what was stored, how often, in which order, and where the rest is. */
function told(saved, stored, waiting) {
  const times = ([queue, text]) => stored.filter((record) => record.path === `/api/${queue}` && record.text === text).length;
  const kept = (refused) => saved.filter(([, text]) => waiting.some((entry) => entry.text === text && entry.refused === refused)).length;
  const arrived = saved.filter(times).length;
  const lost = saved.filter((entry) => !times(entry) && !waiting.some(({ text }) => text === entry[1])).length;
  const inOrder = queuesOf(saved).every((queue) => {
    const sent = [...new Set(stored.filter(({ path }) => path === `/api/${queue}`).map(({ text }) => text))];
    return String(sent) === String(saved.filter(([own, text]) => own === queue && sent.includes(text)).map(([, text]) => text));
  });
  const parts = [
    `${arrived} arrived`,
    `${saved.filter((entry) => times(entry) > 1).length} twice`,
    `${lost} lost`,
    `${kept(false)} still waiting`,
    `${kept(true)} refused, kept to be looked at`,
  ];
  return [...parts.filter((part, index) => !index || !part.startsWith("0")), ...(inOrder ? [] : ["not in order"])].join(", ");
}

/** One end, or each with how often it came to it. */
function together(ends) {
  const different = [...new Set(ends)];
  if (different.length === 1) return ends[0];
  return different.map((end) => `${ends.filter((other) => other === end).length} × ${end}`).join("; ");
}
