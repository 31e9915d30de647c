// Runs programs, each in a thread of its own, and prints what each said:
//   node run.mjs <LIST        where LIST is JSON: [{ "file", "kind" }], kind being "script" or "module"

import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { Worker } from "node:worker_threads";

const programs = JSON.parse(readFileSync(0, "utf8"));
const heard = programs.map(() => ["NOTHING"]);
const threads = availableParallelism?.() ?? cpus().length;
let next = 0;

await Promise.all(Array.from({ length: 2 * threads }, runSome));
process.stdout.write(JSON.stringify(heard));

async function runSome() {
  for (let mine = next++; mine < programs.length; mine = next++) heard[mine] = await run(programs[mine]);
}

/** @returns {Promise<string[]>} */
function run(workerData) {
  return new Promise((resolve) => {
    let said = ["NOTHING"];
    const thread = new Worker(new URL("exec.mjs", import.meta.url), { workerData });
    thread.on("message", (message) => (said = message));
    // The thread itself has noted the error among what was said.
    thread.on("error", () => {});
    thread.on("exit", () => resolve(said));
  });
}
