// Ways to get it wrong, each of which someone has shipped. The schedules must find every one of them.

/** Each: what is broken, in which scenario it shows, and the change to the text of both scripts. */
export const MUTANTS = [
  {
    name: "no fence: whoever comes last decides",
    scenarios: ["store-delete", "outbox", "store-keep"],
    change: [["if (open?.id !== id || open.state !== state) return false;", "if (!open) return false;"]],
  },
  {
    name: "no seal epoch: what was read before a rival's purge is sealed after it",
    scenarios: ["store-delete", "store-keep"],
    change: [["if (run.read?.epoch === meta.epoch) return run.read.pieces;", "if (run.read) return run.read.pieces;"]],
  },
  {
    name: "a fresh key for every attempt",
    scenarios: ["outbox", "store-keep"],
    change: [["headers: { ...headers, ...tokens },", 'headers: { ...headers, "Idempotency-Key": crypto.randomUUID() },']],
  },
  {
    name: "a delivered record is deleted, edited or not",
    scenarios: ["store-delete"],
    change: [["if ((await digestWithin(store, record)) !== digest) continue;", ""]],
  },
  {
    name: "a delivered record is marked, edited or not",
    scenarios: ["store-mark"],
    change: [["if ((await digestWithin(store, record)) !== digest) continue;", ""]],
  },
  {
    name: "the record's id as its key",
    scenarios: ["store-keep"],
    change: [["const { key = crypto.randomUUID(), request } = first.frozen ?? {};", "const { request } = first.frozen ?? {}; const key = first.id;"]],
  },
  {
    name: "removed, then sent",
    scenarios: ["outbox"],
    change: [["const answer = await sendSigned(tag, batch);", "await conclude(run, batch, { event: \"sent\", response: undefined }); const answer = await sendSigned(tag, batch);"]],
  },
  {
    name: "a new body for an old key",
    scenarios: ["store-snapshot", "store-keep"],
    change: [["      body,\n      credentials", "      body: body.replace(/}$/, `,\"sentAt\":${Date.now()}}`),\n      credentials"]],
  },
  {
    name: "any answer is a success",
    scenarios: ["outbox"],
    change: [['const success = meaning === "success";', "const success = true;"]],
  },
  {
    name: "what one person queued is sent for whoever is signed in",
    scenarios: ["outbox-people"],
    change: [
      ["open: open.filter(({ lane }) => lane.startsWith(prefix))", "open"],
      ["getAll(lanesOf(tag, prefix), most)", "getAll(lanesOf(tag, \"\"), most)"],
    ],
  },
  {
    name: "what was given up, and may still arrive, holds nothing back",
    scenarios: ["outbox-giving-up"],
    change: [["const passed = order", "const passed = true || order"]],
  },
  {
    name: "a refusal takes the whole batch along",
    scenarios: ["outbox-refused"],
    change: [["if (members.length < 2) return undefined;", "return undefined;"]],
  },
  {
    name: "lanes do not hold each other's followers",
    scenarios: ["outbox-lanes"],
    change: [["lane.startsWith(prefix) && !taken.includes(lane)", "lane.startsWith(prefix)"]],
  },
];

/** @param {string} text of a readable script */
export function mutated(text, { name, change }) {
  return change.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`${name}: the scripts have no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}
