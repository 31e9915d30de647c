// Ways to keep the bodies of two versions of which one file differs: what it takes to have the second, and how much is
// stored then. The file itself is not downloaded here; it is the caches that are measured.

import { page as html, workshop, write } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { digits, median, ratio, table } from "./tables.mjs";

const BYTES = 10_000;

/** Each runs in a page, with the caches of the first version there, and returns milliseconds. */
const LAYOUTS = {
  "a cache for each version, what is the same is copied (6 at once)": async (count, bytes) => {
    const [old, next] = await Promise.all([caches.open("one"), caches.open("two")]);
    const copy = async (number) => next.put(`/body-${number}`, await old.match(`/body-${number}`));
    let number = 1;
    await Promise.all(Array.from({ length: 6 }, async () => { while (number < count) await copy(number++); }));
    await next.put("/body-new", new Response("n".repeat(bytes)));
  },
  "one cache, each body is looked up (16 at once)": async (count, bytes) => {
    const bodies = await caches.open("one");
    let number = 1;
    await Promise.all(Array.from({ length: 16 }, async () => { while (number < count) await bodies.match(`/body-${number++}`); }));
    await bodies.put("/body-new", new Response("n".repeat(bytes)));
  },
  "one cache, asked once for all its keys": async (count, bytes) => {
    const bodies = await caches.open("one");
    const there = new Set((await bodies.keys()).map(({ url }) => url));
    for (let number = 1; number < count; number += 1) if (!there.has(`${location.origin}/body-${number}`)) throw new Error(`body ${number} is missing`);
    await bodies.put("/body-new", new Response("n".repeat(bytes)));
  },
  "one cache, the list of one version against the other's": async (count, bytes) => {
    const [bodies, lists] = await Promise.all([caches.open("one"), caches.open("lists")]);
    const old = new Set((await (await lists.match("/one")).text()).split("\n"));
    for (let number = 1; number < count; number += 1) if (!old.has(`/body-${number}`)) throw new Error(`body ${number} is not listed`);
    await bodies.put("/body-new", new Response("n".repeat(bytes)));
  },
};

/**
 * @param {number} count of bodies
 * @param {number} rounds
 */
export async function measure(count, rounds) {
  const folder = workshop("layouts");
  write(folder, { "index.html": html("home", 100) });
  const runs = Object.fromEntries(Object.keys(LAYOUTS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const names = Object.keys(LAYOUTS);
    for (const name of round % 2 ? names.reverse() : names) {
      const run = await once(folder, LAYOUTS[name], count);
      console.error(`${count} bodies, ${name}: ${run.time.toFixed(0)} ms, ${(run.more / 1000).toFixed(0)} kB more`);
      runs[name].push(run);
    }
  }
  const times = (name) => runs[name].map(({ time }) => time);
  const [copied] = Object.keys(LAYOUTS);
  const rows = Object.keys(LAYOUTS).map((name) => [
    name,
    digits(median(times(name))),
    ratio(times(name), times(copied)).toFixed(3),
    (median(runs[name].map(({ more }) => more)) / 1000).toFixed(0),
  ]);
  return table([[`${count} bodies of 10 kB, one differs`, "ms", "÷ copying", "stored more, kB"], ...rows]);
}

async function once(folder, layout, count) {
  const server = await new Server({ folder }).start();
  const browser = new Browser();
  try {
    const page = await browser.page();
    await page.open(`${server.origin}/`);
    await page.run(fill, count, BYTES);
    const before = await page.run(stored);
    const time = await page.run(`async (...values) => { const start = performance.now(); await (${layout})(...values); return performance.now() - start; }`, count, BYTES);
    return { time, more: (await page.run(stored)) - before };
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function fill(count, bytes) {
  const [bodies, lists] = await Promise.all([caches.open("one"), caches.open("lists")]);
  const names = Array.from({ length: count }, (_, number) => `/body-${number}`);
  const rest = [...names];
  const keep = (name) => bodies.put(name, new Response(`${name} `.repeat(Math.ceil(bytes / name.length)).slice(0, bytes)));
  await Promise.all(Array.from({ length: 16 }, async () => { while (rest.length) await keep(rest.pop()); }));
  await lists.put("/one", new Response(names.join("\n")));
}

/** Bytes of all bodies; the browser's own estimate moves in steps. */
async function stored() {
  let bytes = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) bytes += (await (await cache.match(request)).blob()).size;
  }
  return bytes;
}
