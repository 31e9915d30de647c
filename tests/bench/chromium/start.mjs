// The first answer of a worker that has stopped: time to the first byte of a kept page.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { build, inTurn, install, page as html, workshop, write } from "./contestants.mjs";
import { Browser, stopWorkers } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { median, ratio, table } from "./tables.mjs";

/** Different pages; the rest of the entries are copies of them, so that installing them does not take the afternoon. */
const PAGES = 200;

/**
 * @param {number[]} counts of entries
 * @param {number} rounds
 */
export async function measure(counts, rounds) {
  const folder = workshop("start");
  const rows = [["Entries", "mdpwa, ms", "Workbox, ms", "mdpwa ÷ Workbox", "mdpwa ÷ mdpwa at 10", "worker with its list, gzipped kB: mdpwa, Workbox"]];
  // All sizes are measured in the same run, in turn, so that the column across them can be believed.
  const browser = new Browser();
  const tabs = [];
  for (const count of counts) {
    const site = join(folder, String(count));
    for (let number = 0; number < count; number += 1) write(site, { [pathOf(number).slice(1)]: html(String(number % PAGES), 1_000) });
    const { written } = await build(site, { toml: '[worker]\nauto_register = false\n[pages]\nstrategy = "instant"\n' });
    const sizes = [gzipped(written.get("/service-worker.js")), gzipped(written.get("/sw.js")) + runtime(written)];
    written.set("/sw.js", Buffer.from(`(${withShortInstall})(${PAGES});\n${written.get("/sw.js")}`));
    for (const contestant of inTurn(0)) {
      const server = await new Server({ folder: site, over: new Map([...written, ["/start.html", Buffer.from(html("start", 100))]]) }).start();
      const page = await browser.page();
      await page.open(`${server.origin}/start.html`);
      await install(page, contestant);
      console.error(`${count} entries, ${contestant.name}: installed`);
      tabs.push({ count, contestant, server, page, sizes, times: [] });
    }
  }
  for (let round = -1; round < rounds; round += 1) {
    for (const tab of round % 2 ? [...tabs].reverse() : tabs) {
      await stopWorkers(tab.page);
      await tab.page.open(tab.server.origin + pathOf((7 * round + 8) % Math.min(tab.count, PAGES)));
      const { first, worker, controlled } = await tab.page.run(firstByte);
      if (!worker || !controlled) throw new Error(`${tab.contestant.name} did not answer`);
      console.error(`${tab.count} entries, ${tab.contestant.name}: ${first.toFixed(1)} ms`);
      // The first time, the browser compiles the worker for its cache.
      if (round >= 0) tab.times.push(first);
    }
  }
  await browser.close();
  const least = tabs[0];
  for (let at = 0; at < tabs.length; at += 2) {
    const [mdpwa, workbox] = tabs.slice(at, at + 2);
    await Promise.all([mdpwa.server.stop(), workbox.server.stop()]);
    rows.push([
      mdpwa.count.toLocaleString("en"),
      `**${median(mdpwa.times).toFixed(0)}**`,
      median(workbox.times).toFixed(0),
      `**${ratio(mdpwa.times, workbox.times).toFixed(3)}**`,
      ratio(mdpwa.times, least.times).toFixed(2),
      mdpwa.sizes.map((bytes) => (bytes / 1000).toFixed(1)).join(", "),
    ]);
  }
  return table(rows);
}

function pathOf(number) {
  return `/chapter-${Math.floor(number / 50)}/page-${number}.html`;
}

/** In front of Workbox's worker: what it would install is cut short, how it starts is left as it is. */
function withShortInstall(count) {
  const listen = self.addEventListener;
  self.addEventListener = (type, listener, options) => type === "install" || listen.call(self, type, listener, options);
  listen.call(self, "install", (event) => {
    const fill = async () => {
      const cache = await caches.open(`workbox-precache-v2-${self.registration.scope}`);
      const script = await (await fetch("/sw.js")).text();
      for (let number = 0; number < count; number += 1) {
        const path = `/chapter-${Math.floor(number / 50)}/page-${number}.html`;
        const revision = new RegExp(`{url:"${path.slice(1)}",revision:"(\\w+)"}`).exec(script);
        // A small site has fewer pages.
        if (revision) await cache.put(`${path}?__WB_REVISION__=${revision[1]}`, await fetch(path));
      }
    };
    event.waitUntil(fill());
  });
}

function firstByte() {
  const [timing] = performance.getEntriesByType("navigation");
  return { first: timing.responseStart - timing.startTime, worker: timing.workerStart, controlled: Boolean(navigator.serviceWorker.controller) };
}

function runtime(written) {
  for (const [path, body] of written) if (/^\/workbox-\w+\.js$/.test(path)) return gzipped(body);
  return 0;
}

function gzipped(bytes) {
  return execFileSync("gzip", ["-9"], { input: bytes, maxBuffer: 1e8 }).length;
}
