// Two builds of a manual that changed little: what is downloaded again, with and without one line of pwa.toml. The
// builds are Debian's own, the release's and the one with later security fixes.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { buildMdpwa, contestants, install, workshop } from "./contestants.mjs";
import { Browser } from "./devtools.mjs";
import { Server } from "./server.mjs";
import { table } from "./tables.mjs";

const MANUALS = [
  { name: "Python", package: /^python3\.\d+-doc$/, folder: /^usr\/share\/doc\/python3\.\d+\/html$/, ignore: "Last updated on \\w+ \\d+, \\d{4}" },
  { name: "Django", package: /^python-django-doc$/, folder: /^usr\/share\/doc\/python-django-doc\/html$/, ignore: '<p class="topless">\\w+ \\d+, \\d{4}</p>' },
];

export async function measure() {
  const folder = workshop("rebuild");
  const rows = [["Manual", "Builds", "Files", "Downloaded again", "with one `ignore` line", "the line"]];
  for (const manual of MANUALS) {
    const builds = fetchBuilds(manual, folder);
    if (builds.length < 2) {
      rows.push([manual.name, "this release has one build only", "", "", "", ""]);
      continue;
    }
    const counts = [];
    for (const ignore of ["", `ignore = ['${manual.ignore}']\n`]) {
      const versions = builds.map(({ site }) => {
        buildMdpwa(site, `[worker]\nauto_register = false\n[update]\npolicy = "prompt"\n[[assets]]\nmax_file = "100MB"\n${ignore}`);
        return { folder: site, over: new Map(["register.js", "service-worker.js"].map((file) => [`/${file}`, readFileSync(join(site, file))])) };
      });
      counts.push(await refetched(versions));
      console.error(manual.name, ignore, counts.at(-1));
    }
    const [all, few] = counts;
    rows.push([manual.name, builds.map(({ version }) => version).join(" → "), String(all.files), String(all.again), `**${few.again}**`, `\`ignore = ['${manual.ignore}']\``]);
  }
  return table(rows);
}

/** The newest build and the oldest that Debian still has. */
function fetchBuilds(manual, folder) {
  const known = execFileSync("apt-cache", ["pkgnames", "python"], { encoding: "utf8" }).split("\n");
  const name = known.filter((known) => manual.package.test(known)).sort().at(-1);
  const lines = execFileSync("apt-cache", ["madison", name], { encoding: "utf8" }).trim().split("\n");
  const versions = [...new Set(lines.filter((line) => line.endsWith("Packages")).map((line) => line.split("|")[1].trim()))];
  const asked = versions.length > 1 ? [versions.at(-1), versions[0]] : versions;
  return asked.map((version, number) => {
    const own = join(folder, `${name}-${number}`);
    mkdirSync(own, { recursive: true });
    execFileSync("apt-get", ["download", "-q", `${name}=${version}`], { cwd: own, stdio: "ignore" });
    const archive = readdirSync(own).find((file) => file.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", archive, "."], { cwd: own });
    const site = readdirSync(own, { recursive: true }).find((path) => manual.folder.test(path));
    return { version, site: join(own, site) };
  });
}

/** Installs the first version, updates to the second, and counts what the server is asked for. */
async function refetched([before, after]) {
  const server = await new Server(before).start();
  const browser = new Browser();
  try {
    const page = await browser.page();
    await page.open(`${server.origin}/`);
    await install(page, contestants.mdpwa);
    const own = ["/", "/service-worker.js", "/register.js"];
    const files = new Set(server.asked.filter((path) => !own.includes(path))).size;
    Object.assign(server, after);
    server.forget();
    await page.run(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration.update();
      const worker = registration.installing ?? registration.waiting;
      while (worker.state === "installing") await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
      if (worker.state !== "installed") throw new Error(`the new worker is ${worker.state}`);
    });
    const again = new Set(server.asked.filter((path) => !own.includes(path)));
    return { files, again: again.size };
  } finally {
    await browser.close();
    await server.stop();
  }
}
