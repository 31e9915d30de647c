// node main.mjs [PART…]

const PARTS = {
  install: async () => (await import("./install.mjs")).measure([[20, 5], [340, 3]]),
  "install-2000": async () => (await import("./install.mjs")).measure([[2000, 1]]),
  update: async () => (await import("./update.mjs")).measure([[500, 5], [2000, 3]]),
  layouts: async () => (await import("./layouts.mjs")).measure(500, 5),
  start: async () => (await import("./start.mjs")).measure([10, 1_000, 10_000, 30_000], 9),
  urls: async () => (await import("./urls.mjs")).measure(),
  sizes: async () => (await import("./sizes.mjs")).measure(),
  faults: async () => (await import("./faults.mjs")).measure(3),
  drain: async () => (await import("./drain.mjs")).measure(5_000, 3),
  rebuild: async () => (await import("./rebuild.mjs")).measure(),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !(part in PARTS));
if (unknown.length) {
  console.error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}
for (const part of asked.length ? asked : Object.keys(PARTS)) {
  console.log(`## ${part}\n\n${await PARTS[part]()}\n`);
}
// Browsers that are slow to go hold nothing up.
process.exit();
