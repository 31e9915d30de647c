// Runs one program in a thread of its own and posts what it said and how it ended.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

const { file, kind } = workerData;
const said = [];

globalThis.log = (...values) => said.push(values.map(show).join(" "));

process.on("uncaughtException", (error) => said.push(`UNCAUGHT ${describe(error)}`));
process.on("unhandledRejection", (error) => said.push(`UNHANDLED ${error?.name}`));
process.on("exit", () => parentPort.postMessage(said));

try {
  if (kind === "module") {
    await runModule();
  } else {
    vm.runInThisContext(readFileSync(file, "utf8"), { filename: "program.js" });
  }
} catch (error) {
  said.push(`THROW ${describe(error)}`);
}

async function runModule() {
  const namespace = await import(pathToFileURL(file));
  said.push(`EXPORTS ${Object.keys(namespace).map((name) => `${name}:${shape(namespace[name])}`)}`);

  const main = namespace.default;
  if (typeof main !== "function" || isClass(main)) return;
  try {
    said.push(`CALL ${show(main())}`);
  } catch (error) {
    said.push(`CALLERR ${error.name}`);
  }
}

/** What a caller can tell about an export without calling it. */
function shape(value) {
  return typeof value === "function" ? `function/${value.length}/${isClass(value)}` : typeof value;
}

function isClass(value) {
  return /^class/.test(Function.prototype.toString.call(value));
}

function show(value) {
  try {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "function") return "[fn]";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "object" && value) return JSON.stringify(value);
    return String(value);
  } catch {
    // A cyclic object: that it is one is all there is to compare.
    return "[?]";
  }
}

/** A syntax error is a finding in itself, so its message counts; other messages may quote shortened names. */
function describe(error) {
  return error?.name === "SyntaxError" ? `SyntaxError: ${error.message}` : String(error?.name);
}
