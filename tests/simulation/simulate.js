// Runs schedules: node simulate.js [--schedules N] [--seed S] [--scenario NAME] [--trace]
import { parseArgs } from "node:util";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { availableParallelism } from "node:os";
import { Broken, Lab, OUTBOX, seeded, turn } from "./lab.js";
import { build, buildProgram, moduleFunction, workerFunction } from "./rendered.js";
import { SCENARIOS } from "./scenarios.js";

/**
 * Runs one schedule; answers what was broken, or nothing.
 * @param {number} seed
 * @param {object} scenario
 * @param {{ worker: Function, modules: Record<string, Function> }} scripts
 */
export async function schedule(seed, scenario, scripts, { trace = false } = {}) {
  const luck = seeded(seed ^ 0x9e3779b9);
  const lab = new Lab(seed, scripts, { locks: luck() < 0.5, kills: Math.floor(luck() * 3), faults: Math.floor(luck() * 4) });
  lab.tracing = trace;
  try {
    await live(lab, scenario);
    if (lab.broken) throw lab.broken;
    scenario.check(lab, scenario);
    checkTally(lab);
    return undefined;
  } catch (error) {
    return { seed, message: error instanceof Broken ? error.message : error.stack, trace: lab.trace };
  }
}

/** What is noted of the entries agrees with what is there. */
function checkTally({ disk }) {
  const rows = disk.rows(OUTBOX, "entries");
  const { entries, bytes } = disk.rows(OUTBOX, "meta").find(({ key }) => key === "tag:save") ?? { entries: 0, bytes: 0 };
  const stored = rows.reduce((sum, entry) => sum + entry.bytes, 0);
  if (entries !== rows.length || bytes !== stored) throw new Broken(`noted are ${entries} entries of ${bytes} bytes, stored ${rows.length} of ${stored}`);
}

async function live(lab, scenario) {
  const deeds = scenario.start(lab);
  lab.refuses = scenario.refuses;
  const agents = [lab.startWorker(), lab.openPage()];
  if (lab.random() < 0.5) agents.push(lab.openPage());
  let syncs = 3;
  for (let turns = 0; turns < 4_000; turns += 1) {
    const dice = lab.random();
    if (deeds.length && dice < 0.06) {
      const pages = agents.filter(({ kind, dead }) => kind === "page" && !dead);
      if (!pages.length) agents.push(lab.openPage());
      else {
        const deed = deeds.shift();
        lab.note(deed.name);
        deed.run(lab.pick(pages));
      }
    } else if (syncs && dice < 0.12) {
      let [worker] = agents.filter(({ kind, dead }) => kind === "worker" && !dead);
      if (!worker) agents.push((worker = lab.startWorker()));
      syncs -= 1;
      lab.note("sync event");
      worker.sync("save").catch(() => undefined);
    } else if (lab.kills && dice < 0.13) {
      const alive = agents.filter(({ dead }) => !dead);
      if (alive.length) {
        lab.kills -= 1;
        lab.kill(lab.pick(alive));
      }
    } else if (!(await lab.step())) {
      if (!deeds.length && !syncs) break;
    }
    await turn();
  }
  // All is well again: what is left is delivered now or never.
  lab.calm = true;
  lab.faults = 0;
  lab.kills = 0;
  const page = lab.openPage();
  for (let again = 0; again < 2; again += 1) {
    page.flush("save", { force: true });
    await lab.settle();
  }
  await scenario.after?.(lab, page);
}

/**
 * Runs many schedules over all scenarios, in turn; answers the first that breaks something.
 * @param {{ from: number, count: number, names: string[], scripts: Record<string, { worker: Function, modules: Record<string, Function> }>, trace?: boolean }} what
 */
export async function search({ from, count, names, scripts, trace }) {
  for (let seed = from; seed < from + count; seed += 1) {
    const name = names[seed % names.length];
    const found = await schedule(seed, SCENARIOS[name], scripts[name], { trace });
    if (found) return { ...found, name };
  }
  return undefined;
}

/** The scripts of every scenario, as they are rendered. */
export function texts(names, how) {
  return Object.fromEntries(names.map((name) => [name, build(name, SCENARIOS[name].toml, how)]));
}

export function functions(built) {
  const mapped = (record, change) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
  return mapped(built, ({ worker, modules }) => ({ worker: workerFunction(worker), modules: mapped(modules, moduleFunction) }));
}

/** The same on all cores. */
export async function searchEverywhere({ from, count, names, built }) {
  const cores = availableParallelism();
  const share = Math.ceil(count / cores);
  const found = await Promise.all(
    Array.from({ length: cores }, (_, i) => {
      const workerData = { from: from + i * share, count: Math.min(share, count - i * share), names, built };
      // Schedules leave much behind that is soon forgotten: with room for it, less time goes into tidying up.
      const worker = new Worker(new URL(import.meta.url), { workerData, resourceLimits: { maxYoungGenerationSizeMb: 96 } });
      return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    }),
  );
  return found.find(Boolean);
}

if (!isMainThread) {
  parentPort.postMessage((await search({ ...workerData, scripts: functions(workerData.built) })) ?? null);
} else if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({ options: { schedules: { type: "string", default: "100000" }, seed: { type: "string" }, scenario: { type: "string" }, trace: { type: "boolean" } } });
  buildProgram();
  const names = values.scenario ? [values.scenario] : Object.keys(SCENARIOS);
  const built = texts(names);
  const started = performance.now();
  const from = Number(values.seed ?? 0);
  const found = values.seed
    ? await search({ from, count: 1, names, scripts: functions(built), trace: values.trace })
    : await searchEverywhere({ from, count: Number(values.schedules), names, built });
  if (found) {
    for (const line of found.trace) process.stdout.write(`  ${line}\n`);
    process.stdout.write(`${found.name}: ${found.message}\nreplay: node simulate.js --scenario ${found.name} --seed ${found.seed} --trace\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`nothing lost, nothing twice (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  }
}
