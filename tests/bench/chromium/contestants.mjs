// What both are made of, built the way their users build them: mdpwa's minified output, Workbox's generateSW in
// production mode, both for every file of the site.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const { generateSW } = createRequire(import.meta.url)("workbox-build");

export const home = new URL("../../..", import.meta.url).pathname;
export const program = join(process.env.CARGO_TARGET_DIR ?? join(home, "target"), "release/mdpwa");

/** Where sites are written; a part has a folder of its own, and leaves it behind to be looked at. */
export function workshop(part) {
  const folder = join(home, "target/bench-browser", part);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @param {Record<string, string | Buffer>} files by path from the site's root */
export function write(folder, files) {
  for (const [path, body] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), body);
  }
}

/** Pages and files of some kilobytes, each of its own. */
export function files(count, bytes, mark = "") {
  const found = { "index.html": page("home", 1_000) };
  const kinds = ["html", "js", "css"];
  for (let number = 1; number < count; number += 1) {
    const kind = kinds[number % kinds.length];
    found[`part-${number % 20}/file-${number}.${kind}`] = kind === "html" ? page(`${number} ${mark}`, bytes) : `/* ${number} ${mark} ${"0123456789".repeat(bytes / 10)} */`;
  }
  return found;
}

export function page(title, bytes) {
  return `<!doctype html><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1><p>${"words and ".repeat(bytes / 10)}</p>`;
}

/** Both have their say about a page that has loaded, and about nothing else. */
export const contestants = {
  mdpwa: {
    name: "mdpwa",
    worker: "/service-worker.js",
    prepare: () => import("/register.js"),
    register: () => import("/register.js").then(({ register }) => register()),
  },
  workbox: {
    name: "Workbox",
    worker: "/sw.js",
    prepare: () => undefined,
    register: () => navigator.serviceWorker.register("/sw.js"),
  },
};

/** In turn: who was first is second the next time. */
export function inTurn(round) {
  const both = [contestants.mdpwa, contestants.workbox];
  return round % 2 ? both.reverse() : both;
}

/**
 * Builds both for a site, and returns what they wrote, by path.
 *
 * @param {string} site folder
 * @param {{ toml?: string, workbox?: object }} [options] toml: sections besides `[app]`
 */
export async function build(site, { toml = "", workbox = {} } = {}) {
  forget(site);
  const theirs = `${site}-workbox`;
  rmSync(theirs, { recursive: true, force: true });
  const { warnings, count } = await generateSW({
    globDirectory: site,
    globPatterns: ["**/*"],
    swDest: join(theirs, "sw.js"),
    maximumFileSizeToCacheInBytes: 100e6,
    sourcemap: false,
    ...workbox,
  });
  for (const warning of warnings) console.error(`Workbox: ${warning}`);
  buildMdpwa(site, toml);
  const written = new Map();
  for (const folder of [site, theirs]) {
    for (const file of readdirSync(folder)) if (isOutput(file)) written.set(`/${file}`, readFileSync(join(folder, file)));
  }
  forget(site);
  return { written, count };
}

export function buildMdpwa(site, toml = "") {
  const config = `${site}.toml`;
  writeFileSync(config, `[app]\nid = "bench"\nname = "Bench"\nroot = "${site}"\n${toml}`);
  // What it says is shown where it fails.
  execFileSync(program, ["build", "--config", config], { stdio: "pipe" });
}

function forget(site) {
  for (const file of readdirSync(site)) if (isOutput(file)) rmSync(join(site, file));
}

function isOutput(file) {
  return ["service-worker.js", "register.js", "register.d.ts", "snippet.html", "sw.js"].includes(file) || /^(workbox|register)-\w+\.js$/.test(file);
}

/** Registers in a page that has loaded, and waits until the worker is active; milliseconds. */
export async function install(page, contestant) {
  await page.run(contestant.prepare);
  await page.run(`() => { window.start = performance.now(); return (${contestant.register})().then(() => undefined); }`);
  return page.run(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    while (worker.state !== "activated") {
      if (worker.state === "redundant") throw new Error("the install failed");
      await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
    }
    return performance.now() - window.start;
  });
}

/** What is kept: number of bodies and their bytes, and what the browser says that it takes. */
export function kept(page) {
  return page.run(async () => {
    let [bodies, bytes] = [0, 0];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = await cache.match(request, { ignoreVary: true });
        // Swept away meanwhile.
        if (!response) continue;
        bytes += (await response.arrayBuffer()).byteLength;
        bodies += 1;
      }
    }
    const { usage } = await navigator.storage.estimate();
    return { bodies, bytes, usage };
  });
}
