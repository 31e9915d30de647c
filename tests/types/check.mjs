// Renders the example and every golden site to be read, and holds what comes out to its types, each site by itself:
// the worker and the page's module to templates/*.d.ts, and the module to the declarations that pages get.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL(".", import.meta.url));
const home = join(tests, "../..");
const workshop = mkdtempSync(join(home, "target/types-"));
const contracts = readdirSync(join(home, "templates"))
  .filter((name) => name.endsWith(".d.ts") && name !== "register.d.ts")
  .map((name) => join(home, "templates", name));

execFileSync("cargo", ["build", "--quiet"], { cwd: home, stdio: "inherit" });

let broken = 0;
const built = [join(home, "example"), ...goldens()].map((site) => ["build", site]);
for (const [command, site] of [...built, ["retire", join(home, "tests/golden/everything")]]) {
  const folder = join(workshop, command, basename(site));
  cpSync(site, folder, { recursive: true });
  const { workers, module, modules } = render(command, folder);
  for (const [number, worker] of workers.entries()) {
    check(`${command} ${basename(site)}: ${basename(worker)}`, folder, `worker-${number}.json`, [worker, ...contracts], ["es2022", "webworker"]);
  }
  const page = [...besides(module, folder), ...modules];
  check(`${command} ${basename(site)}: page`, folder, "page.json", [...page, ...contracts], ["es2022", "dom", "dom.iterable"]);
}
const control = join(home, "templates/serve/serve.js");
check("preview: control page", join(workshop, "serve"), "page.json", [control], ["es2022", "dom", "dom.iterable"]);
rmSync(workshop, { recursive: true });
process.exitCode = broken ? 1 : 0;

function goldens() {
  const folder = join(home, "tests/golden");
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((site) => existsSync(join(site, "pwa.toml")));
}

/** Builds or retires the site in `folder` and returns its workers, the page's module, and the modules that go with it. */
function render(command, folder) {
  const mdpwa = join(home, "target/debug/mdpwa");
  const build = execFileSync(mdpwa, [command, "--no-minify", "--format", "json", folder], { encoding: "utf8" });
  const { root, files } = JSON.parse(build);
  const scripts = files.map(({ path }) => join(root, path)).filter((path) => path.endsWith(".js"));
  const module = scripts.find((path) => existsSync(path.replace(/\.js$/, ".d.ts")));
  const modules = scripts.filter((path) => path.startsWith(module.replace(/\.js$/, "-")));
  return { module, modules, workers: scripts.filter((path) => path !== module && !modules.includes(path)) };
}

/** Writes what uses the module beside it: a check of its declarations, and a page of the site's own if there is one. */
function besides(module, folder) {
  const name = basename(module, ".js");
  const here = dirname(module);
  // Under another name, since declarations hide the script that they stand beside; the module takes any tag.
  cpSync(module, join(here, `${name}-itself.js`));
  const declarations = readFileSync(join(here, `${name}.d.ts`), "utf8");
  writeFileSync(
    join(here, `${name}-declared.d.ts`),
    declarations.replace(/^export type Tag = .*;$/m, "export type Tag = string;"),
  );
  const contract = join(here, "contract.ts");
  writeFileSync(
    contract,
    `import * as itself from "./${name}-itself.js";
import type * as declared from "./${name}-declared.js";

// What pages are promised, the module has…
export const promised: typeof declared = itself;
// …and it has nothing else.
export const known: (name: keyof typeof itself) => keyof typeof declared = (name) => name;
`,
  );
  const own = join(tests, "pages", `${basename(folder)}.ts`);
  if (!existsSync(own)) return [contract];
  const page = join(here, "page.ts");
  cpSync(own, page);
  return [contract, page];
}

function check(title, folder, name, files, lib) {
  mkdirSync(folder, { recursive: true });
  const project = join(folder, name);
  const options = {
    extends: relative(folder, join(tests, "strict.json")),
    compilerOptions: { lib },
    files: files.map((file) => relative(folder, file)),
  };
  writeFileSync(project, JSON.stringify(options, null, 2));
  const compiler = join(tests, "node_modules/.bin/tsc");
  const { status } = spawnSync(compiler, ["-p", project], { cwd: home, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "BROKEN"}  ${title}`);
  if (status !== 0) broken += 1;
}
