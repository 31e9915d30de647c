// What a visitor downloads for the worker and the page's module, without the list of files, and what it is spent on.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, brotliCompressSync, gzipSync } from "node:zlib";

import { build, buildMdpwa, home, page, workshop, write } from "./contestants.mjs";
import { table } from "./tables.mjs";

const { minify } = createRequire(import.meta.url)("terser");

const READABLE = "[worker]\nminify = false\n";

const SYNC = `
[endpoints.notes]
url = "/api/notes"
[[sync]]
tag = "notes"
endpoint = "notes"
`;

const ROUTES = `
[[routes]]
match = { path = "/api/**" }
strategy = "network-first"
timeout = "2s"
max_age = "7d"
max_entries = 50
[[routes]]
match = { path = "/media/**" }
strategy = "cache-first"
max_entries = 20
[[routes]]
match = { destination = "image" }
strategy = "stale-while-revalidate"
max_age = "30d"
max_entries = 60
`;

/** The page's module with everything of the offline part: help with a long install, progress, groups, updates. */
const OFFLINE = `
[update]
policy = "prompt"
toast = true
[[assets]]
name = "site"
include = ["**/*"]
exclude = ["extra/**"]
ignore = ["version \\\\d+"]
[[assets]]
name = "extra"
include = ["extra/**"]
install = "manual"
`;

/** Workbox with the same: three routes, expiration, ranges, and a queue for background sync. */
const WORKBOX = {
  runtimeCaching: [
    { urlPattern: /\/api\//, handler: "NetworkFirst", options: { cacheName: "api", networkTimeoutSeconds: 2, expiration: { maxEntries: 50, maxAgeSeconds: 604_800 } } },
    { urlPattern: /\/media\//, handler: "CacheFirst", options: { cacheName: "media", rangeRequests: true, expiration: { maxEntries: 20 } } },
    { urlPattern: /\.png$/, handler: "StaleWhileRevalidate", options: { cacheName: "images", expiration: { maxEntries: 60, maxAgeSeconds: 2_592_000 } } },
    { urlPattern: /\/api\/notes/, method: "POST", handler: "NetworkOnly", options: { backgroundSync: { name: "notes", options: { maxRetentionTime: 1440 } } } },
  ],
};

export async function measure() {
  const folder = workshop("sizes");
  const site = join(folder, "site");
  write(site, { "index.html": page("home", 100) });
  const { written } = await build(site, { toml: ROUTES + SYNC, workbox: WORKBOX });
  const workbox = [...written].filter(([path]) => /^\/(sw|workbox-\w+)\.js$/.test(path)).map(([, body]) => body);
  const worker = [written.get("/service-worker.js")];
  const rows = [["What, without its list", "gzip", "brotli", "of it, file by file (gzip; what the whole would be smaller without it)"]];
  buildMdpwa(site, READABLE + ROUTES + SYNC);
  rows.push(["worker: assets, pages, three routes, expiration, ranges, sync", ...packed(worker), await parts(readFileSync(join(site, "service-worker.js"), "utf8"))]);
  const { written: bare } = await build(site, { toml: ROUTES });
  rows.push(["worker: the same without sync", ...packed([bare.get("/service-worker.js")]), ""]);
  rows.push(["Workbox, with the same", ...packed(workbox), ""]);
  const offline = join(folder, "offline");
  write(offline, { "index.html": page("home", 100) });
  for (let number = 0; number < 50; number += 1) write(offline, { [`page-${number}.html`]: page(String(number), 50) });
  write(offline, { "extra/a.html": page("a", 50) });
  buildMdpwa(offline, OFFLINE);
  const module = readFileSync(join(offline, "register.js"));
  buildMdpwa(offline, READABLE + OFFLINE);
  rows.push(["page module: everything of the offline part", ...packed([module]), await parts(readFileSync(join(offline, "register.js"), "utf8"))]);
  buildMdpwa(offline, OFFLINE + SYNC);
  const all = readFileSync(join(offline, "register.js"));
  rows.push(["page module: with sync", ...packed([all]), ""]);
  return table(rows);
}

function packed(bodies) {
  const sum = (pack) => String(bodies.reduce((total, body) => total + pack(body).length, 0));
  const brotli = (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return [`**${sum((body) => gzipSync(body, { level: 9 }))}**`, sum(brotli)];
}

/**
 * What each template adds to the whole, of those that are in the script.
 *
 * @param {string} script that was not minified, so that its templates can be recognised
 */
async function parts(script) {
  const templates = join(home, "templates");
  const small = new Map();
  for (const path of readdirSync(templates, { recursive: true })) {
    if (!/^(worker|page|bodies|sync)\/.*\.js$/.test(path)) continue;
    const source = readFileSync(join(templates, path), "utf8");
    const longest = source.split("\n").reduce((longest, line) => (line.length > longest.length ? line : longest));
    if (!script.includes(longest)) continue;
    const { code } = await minify(source.replace(/^export /gm, ""), { toplevel: false });
    small.set(path, code);
  }
  const size = (without) => gzipSync([...small].filter(([path]) => path !== without).map(([, code]) => code).join("\n"), { level: 9 }).length;
  const whole = size();
  const shares = [...small.keys()].map((path) => [path, whole - size(path)]).sort(([, a], [, b]) => b - a);
  return shares.map(([path, bytes]) => `${path.replace(/^worker\/|\.js$/g, "")} ${bytes}`).join(", ");
}
