// The scripts that a build writes, made into functions over a world of one's own choosing.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HOME = join(import.meta.dirname, "../..");
const TARGET = process.env.CARGO_TARGET_DIR ?? join(HOME, "target");

/** What an agent finds around it, in place of what Node has. */
export const WORLD = ["self", "indexedDB", "IDBKeyRange", "fetch", "navigator", "crypto", "Date", "Math", "setTimeout", "clearTimeout", "AbortSignal", "BroadcastChannel", "MessageChannel", "MessageEvent", "Notification", "ServiceWorkerRegistration", "addEventListener", "document", "reportError", "caches", "load"];

/** The modules of a page, by the names under which they load each other. */
const MODULES = ["register.js", "register-sync.js", "register-drain.js"];

/**
 * Builds a site of one page and returns the text of its scripts.
 * @param {string} name
 * @param {string} sync what pwa.toml says about queued work
 * @param {{ minify?: boolean }} [how]
 */
export function build(name, sync, { minify = true } = {}) {
  const folder = join(TARGET, "simulation", `${name}${minify ? "" : "-readable"}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>simulated</title>");
  writeFileSync(join(folder, "pwa.toml"), `[app]\nid = "notes"\nbase = "/app/"\n\n${sync}`);
  execFileSync(join(TARGET, "debug/mdpwa"), ["build", ...(minify ? [] : ["--no-minify"]), folder], { stdio: ["ignore", "ignore", "inherit"] });
  const read = (file) => readFileSync(join(folder, file), "utf8");
  return { worker: read("service-worker.js"), modules: Object.fromEntries(MODULES.map((file) => [`./${file}`, read(file)])) };
}

/** Builds mdpwa itself, so that what is simulated is what is there. */
export function buildProgram() {
  execFileSync("cargo", ["build", "--quiet"], { cwd: HOME, stdio: "inherit" });
}

/** @param {string} text of a worker */
export function workerFunction(text) {
  return new Function(...WORLD, text);
}

/** @param {string} text of a page's module */
export function moduleFunction(text) {
  const names = [];
  const script = text
    .replace(/\bexport ((?:async )?function (\w+))/g, (_, kept, name) => {
      names.push(name);
      return kept;
    })
    .replace(/export\s*\{([^}]*)\};?/g, (_, list) => {
      for (const item of list.split(",")) {
        const [inside, outside = inside] = item.trim().split(" as ");
        names.push(`${outside}: ${inside}`);
      }
      return "";
    })
    .replaceAll("import.meta.url", '"https://notes.example/app/register.js"')
    .replaceAll("import(", "load(");
  return new Function(...WORLD, `"use strict";${script}\nreturn { ${names.join(", ")} };`);
}
