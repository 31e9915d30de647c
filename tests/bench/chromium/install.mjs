// A first visit: from register() to an active worker, at 100 ms latency.

import { join } from "node:path";

import { build, contestants, files, inTurn, install, kept, workshop, write } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { median, ratio, seconds, table } from "./tables.mjs";

const LATENCY = 100;
const PARALLEL = { "HTTP/1.1": 6, "HTTP/2": 32 };

/** @param {[count: number, rounds: number][]} sizes */
export async function measure(sizes) {
  const folder = workshop(`install-${sizes.map(([count]) => count).join("-")}`);
  const rows = [["Files", "Protocol", "mdpwa, s", "Workbox, s", "mdpwa ÷ Workbox", "most at a time: mdpwa (allowed), Workbox", "rounds"]];
  for (const [count, rounds] of sizes) {
    const site = join(folder, String(count));
    write(site, files(count, 4_000));
    for (const [protocol, parallel] of Object.entries(PARALLEL)) {
      const { written } = await build(site, { toml: `[worker]\nauto_register = false\nparallel = ${parallel}\n` });
      const runs = { mdpwa: [], Workbox: [] };
      for (let round = 0; round < rounds; round += 1) {
        for (const contestant of inTurn(round)) {
          const run = await once({ folder: site, over: written, latency: LATENCY, protocol }, contestant, count);
          console.error(`${count} files, ${protocol}, ${contestant.name}: ${Math.round(run.time)} ms, ${run.most} at a time`);
          runs[contestant.name].push(run);
        }
      }
      const times = (who) => runs[who].map(({ time }) => time);
      const most = (who) => Math.max(...runs[who].map((run) => run.most));
      rows.push([
        String(count),
        protocol,
        `**${seconds(median(times("mdpwa")))}**`,
        seconds(median(times("Workbox"))),
        `**${ratio(times("mdpwa"), times("Workbox")).toFixed(3)}**`,
        `${most("mdpwa")} (${parallel}), ${most("Workbox")}`,
        String(rounds),
      ]);
    }
  }
  return table(rows);
}

async function once(site, contestant, count) {
  const server = await new Server(site).start();
  const browser = new Browser();
  try {
    const page = await browser.page();
    await page.open(`${server.origin}/`);
    await page.run(contestant.prepare);
    server.forget();
    const time = await install(page, contestant);
    const { bodies } = await kept(page);
    if (bodies < count) throw new Error(`${contestant.name} has kept ${bodies} of ${count} files`);
    return { time, most: server.most };
  } finally {
    await browser.close();
    await server.stop();
  }
}
