// A deployment that changes one file: from update() to installed, and from accepting it to activated.

import { join } from "node:path";

import { build, files, inTurn, install, kept, page as html, workshop, write } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { digits, median, ratio, table } from "./tables.mjs";

const BYTES = 10_000;

/** @param {[count: number, rounds: number][]} sizes */
export async function measure(sizes) {
  const folder = workshop("update");
  const rows = [["Files", "update() → installed: mdpwa, Workbox, s", "mdpwa ÷ Workbox", "with activation: mdpwa, Workbox, s", "mdpwa ÷ Workbox", "asked of the server: mdpwa, Workbox", "kept more while both versions are, kB: mdpwa, Workbox", "kept more when the page is the new one, kB: mdpwa, Workbox"]];
  for (const [count, rounds] of sizes) {
    const runs = await compare(join(folder, String(count)), count, rounds);
    const all = (who, of) => runs[who].map(of);
    const both = (show, of) => ["mdpwa", "Workbox"].map((who) => show(median(all(who, of)))).join(", ");
    const times = (of) => [both((time) => digits(time / 1000), of), `**${ratio(all("mdpwa", of), all("Workbox", of)).toFixed(3)}**`];
    rows.push([
      String(count),
      ...times((run) => run.installed),
      ...times((run) => run.installed + run.activated),
      both(String, (run) => run.asked),
      both((bytes) => (bytes / 1000).toFixed(1), (run) => run.during.bytes - run.before.bytes),
      both((bytes) => (bytes / 1000).toFixed(1), (run) => run.after.bytes - run.before.bytes),
    ]);
  }
  return table(rows);
}

/** Installs the first of several versions for both, and updates both in turn. */
async function compare(site, count, rounds) {
  write(site, files(count, BYTES));
  const versions = [];
  for (let version = 0; version <= rounds; version += 1) {
    const changed = `part-1/file-${60 * version + 21}.html`;
    const body = Buffer.from(html(`version ${version}`, BYTES));
    if (version) write(site, { [changed]: body });
    const { written } = await build(site, { toml: '[worker]\nauto_register = false\n[update]\npolicy = "prompt"\n' });
    versions.push(new Map([...(versions.at(-1) ?? []), ...written, ...(version ? [[`/${changed}`, body]] : [])]));
  }
  const runs = { mdpwa: [], Workbox: [] };
  const browser = new Browser();
  const tabs = [];
  for (const contestant of inTurn(0)) {
    // Files of versions to come lie in the folder already: the first version has them as they were.
    const server = await new Server({ folder: site, over: new Map([...originals(count), ...versions[0]]) }).start();
    const page = await browser.page();
    await page.open(`${server.origin}/`);
    const time = await install(page, contestant);
    console.error(`${count} files, ${contestant.name}: installed in ${Math.round(time)} ms`);
    tabs.push({ contestant, server, page });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { contestant, server, page } of round % 2 ? [...tabs].reverse() : tabs) {
      await page.open(`${server.origin}/`);
      await page.run(contestant.prepare);
      const before = await kept(page);
      server.over = new Map([...server.over, ...versions[round + 1]]);
      server.forget();
      const installed = await page.run(untilInstalled);
      const asked = server.asked.length;
      const during = await kept(page);
      const activated = await page.run(untilActivated);
      // The first page of the new version finds the old one's page still there; nobody turns pages at once.
      for (const visit of ["first", "second"]) {
        await page.open(`${server.origin}/?${visit}`);
        await page.run(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
      }
      const after = await kept(page);
      console.error(`${count} files, ${contestant.name}: installed ${Math.round(installed)} ms, activated ${Math.round(activated)} ms, ${asked} requests`, { before, during, after });
      runs[contestant.name].push({ installed, activated, asked, before, during, after });
    }
  }
  await browser.close();
  for (const { server } of tabs) await server.stop();
  return runs;
}

function originals(count) {
  return new Map(Object.entries(files(count, BYTES)).map(([path, body]) => [`/${path}`, Buffer.from(body)]));
}

async function untilInstalled() {
  const registration = await navigator.serviceWorker.getRegistration();
  const start = performance.now();
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  while (worker.state === "installing") await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
  if (worker.state !== "installed") throw new Error(`the new worker is ${worker.state}`);
  return performance.now() - start;
}

async function untilActivated() {
  const { waiting } = await navigator.serviceWorker.getRegistration();
  const start = performance.now();
  waiting.postMessage({ type: "SKIP_WAITING" });
  while (waiting.state !== "activated") await new Promise((resolve) => waiting.addEventListener("statechange", resolve, { once: true }));
  return performance.now() - start;
}
