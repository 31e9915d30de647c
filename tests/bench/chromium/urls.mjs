// Ordinary ways to write a URL, host by host: what the host serves online, and what is found offline.

import { spawn } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { build, contestants, install, page as html, program, workshop, write } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { table } from "./tables.mjs";

const HOSTS = ["plain", "github-pages", "netlify", "cloudflare", "vercel", "nginx", "s3"];

const PAGES = ["index", "404", "about", "folder/index", "both", "both/index", "~home", "a+b", "two words", "café", "user@host", "c#", "why?", "100%"];

/** As a browser is given them. */
const FORMS = [
  "/",
  "/index.html",
  "/?",
  "/?utm_source=mail",
  "/?fbclid=1&gclid=2",
  "/?ref=friend",
  "/about",
  "/about/",
  "/about.html",
  "/about.html?",
  "/about.html?utm_medium=x",
  "/about.html?gclid=2",
  "/folder",
  "/folder/",
  "/folder/?",
  "/folder/?mc_cid=3",
  "/folder/index.html",
  "/both",
  "/both/",
  "/both.html",
  "/both/index.html",
  "/style.css",
  "/style.css?v=3",
  "/app.js?2022.1",
  "/app.js?",
  "/~home.html",
  "/%7Ehome.html",
  "/a+b.html",
  "/a%2Bb.html",
  "/two words.html",
  "/two%20words.html",
  "/café.html",
  "/caf%C3%A9.html",
  "/user@host.html",
  "/user%40host.html",
  "/c%23.html",
  "/why%3F.html",
  "/100%25.html",
  "/100%.html",
];

export async function measure() {
  const folder = workshop("urls");
  const site = join(folder, "site");
  write(site, Object.fromEntries(PAGES.map((name) => [`${name}.html`, html(`/${name}.html`, 100)])));
  write(site, { "style.css": "/* /style.css */", "app.js": "/* /app.js */" });
  const rows = [["URL", ...HOSTS]];
  const cells = [];
  const notes = new Set();
  const counts = { mdpwa: 0, Workbox: 0, served: 0 };
  for (const host of HOSTS) {
    const served = {};
    const found = {};
    for (const contestant of Object.values(contestants)) {
      const own = join(folder, `${host}-${contestant.name}`);
      cpSync(site, own, { recursive: true });
      let run = await visit(own, host, contestant, {});
      if (!run) {
        notes.add("Workbox's install fails as long as names with `#`, `?` or `%` are in its list: it was measured without them.");
        run = await visit(own, host, contestant, { manifestTransforms: [withoutOddNames] });
      }
      served[contestant.name] = run.online;
      found[contestant.name] = run.offline;
      console.error(`${host}, ${contestant.name}: ${FORMS.filter((form) => run.online[form] && run.offline[form] === run.online[form]).length} found`);
    }
    for (const [index, form] of FORMS.entries()) {
      const online = served.mdpwa[form];
      if (online) counts.served += 1;
      const signs = Object.values(contestants).map(({ name }) => {
        const same = found[name][form] === online;
        if (online && same) counts[name] += 1;
        return same ? "✓" : "✗";
      });
      (cells[index] ??= []).push(online ? signs.join(" ") : "·");
    }
  }
  // Forms that fare alike everywhere share a row.
  const alike = new Map();
  for (const [index, form] of FORMS.entries()) {
    const key = cells[index].join();
    alike.set(key, [...(alike.get(key) ?? []), `\`${form}\``]);
  }
  for (const [key, forms] of alike) rows.push([forms.join(" "), ...key.split(",")]);
  return [
    "First sign: mdpwa; second: Workbox. ✓ found offline, ✗ not; · the host itself has nothing there.",
    table(rows),
    `Of ${counts.served} URLs that the hosts serve, mdpwa finds ${counts.mdpwa} offline, Workbox ${counts.Workbox}.`,
    ...notes,
  ].join("\n\n");
}

/** What is there online and offline, by form; nothing where the install fails. */
async function visit(own, host, contestant, workbox) {
  const { written } = await build(own, { workbox });
  for (const [path, body] of written) if (contestant.name === "Workbox" && /sw\.js|workbox-/.test(path)) write(own, { [path.slice(1)]: body });
  const toml = `${own}.toml`;
  writeFileSync(toml, `[app]\nid = "bench"\nname = "Bench"\nroot = "${own}"\nhost = "${host}"\n[worker]\nauto_register = false\nreplace = ["sw.js"]\n`);
  const server = spawn(program, ["serve", "--config", toml, "--port", "0", "--format", "json"], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((resolve) => server.on("exit", resolve));
  const browser = new Browser();
  try {
    const lines = createInterface({ input: server.stdout });
    const first = await new Promise((resolve) => lines.once("line", resolve));
    const { site } = JSON.parse(first);
    const online = {};
    for (const form of FORMS) {
      const response = await fetch(new URL(form, site));
      online[form] = response.status === 200 ? titleOf(await response.text()) : undefined;
    }
    const page = await browser.page();
    await page.open(site);
    const installed = await install(page, contestant).then(
      () => true,
      (error) => {
        console.error(`${host}, ${contestant.name}: ${error.message}`);
        return false;
      },
    );
    if (!installed) return undefined;
    // What follows is asked of a worker that controls the page.
    await page.open(site);
    server.kill("SIGKILL");
    await gone;
    const offline = {};
    for (const form of FORMS) {
      const asset = /\.(css|js)\b/.test(form);
      const url = new URL(form, site).href;
      offline[form] = asset ? titleOf(await page.run((url) => fetch(url).then((response) => (response.ok ? response.text() : ""), () => ""), url)) : await shown(page, url);
    }
    return { online, offline };
  } finally {
    await browser.close();
    server.kill("SIGKILL");
    await gone;
  }
}

async function shown(page, url) {
  if (await page.open(url)) return undefined;
  return page.run(() => (performance.getEntriesByType("navigation")[0].responseStatus === 200 ? document.title : undefined));
}

/** Every file names itself. */
function titleOf(text) {
  return /<title>(.*?)<\/title>|^\/\* (.*) \*\/$/.exec(text)?.slice(1).find(Boolean);
}

function withoutOddNames(entries) {
  return { manifest: entries.filter(({ url }) => !/[#?%]/.test(url)), warnings: [] };
}
