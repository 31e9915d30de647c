import assert from "node:assert/strict";
import test, { before } from "node:test";
import { MUTANTS, mutated } from "./mutants.js";
import { buildProgram } from "./rendered.js";
import { SCENARIOS } from "./scenarios.js";
import { functions, search, searchEverywhere, texts } from "./simulate.js";

const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);

before(buildProgram);

test(`${SCHEDULES} schedules lose nothing, double nothing and keep the order`, async () => {
  const names = Object.keys(SCENARIOS);
  const found = await searchEverywhere({ from: 1, count: SCHEDULES, names, built: texts(names) });
  assert.equal(found ?? undefined, undefined, found && `${found.message}\nreplay: node simulate.js --scenario ${found.name} --seed ${found.seed} --trace`);
});

for (const mutant of MUTANTS) {
  test(`the schedules find: ${mutant.name}`, async () => {
    const built = texts(mutant.scenarios, { minify: false });
    for (const scripts of Object.values(built)) {
      scripts.worker = mutated(scripts.worker, mutant);
      scripts.modules["./register-drain.js"] = mutated(scripts.modules["./register-drain.js"], mutant);
    }
    const found = await search({ from: 1, count: 3_000, names: mutant.scenarios, scripts: functions(built) });
    assert.match(found?.message ?? "nothing", /^(lost|twice|one key for two bodies|.* overtook |.* was sent for )/);
  });
}
