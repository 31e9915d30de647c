// What people do while everything goes wrong, and what must be true afterwards.
import { Broken, OUTBOX } from "./lab.js";

const SAVE = `[[sync]]
tag = "save"
endpoint = "POST /notes"
`;
const STORE = `${SAVE}source = { database = "app", store = "notes" }\n`;

/** Each: what pwa.toml says, what happens (in any order, at any time), and what must hold at the end. */
export const SCENARIOS = {
  "outbox": { toml: SAVE, ...outbox(), order: () => "" },
  "outbox-batches": { toml: `${SAVE}body = { all = "$records" }\nbatch = { max_records = 2 }\n`, ...outbox(), order: () => "" },
  "outbox-lanes": { toml: `${SAVE}order = "lane"\nlane = "room"\nconcurrency = 2\n`, ...outbox(), order: ({ room }) => room },
  "outbox-parallel": { toml: `${SAVE}order = "parallel"\nconcurrency = 3\n`, ...outbox(), order: ({ n }) => n },
  "store-keep": { toml: STORE, ...store() },
  "store-batches": { toml: `${STORE}body = { all = "$records" }\n`, ...store() },
  "store-delete": { toml: `${STORE}on_success = "delete"\n`, ...store(), left: (rows) => rows.length === 0 },
  "store-mark": {
    toml: `${SAVE}source = { database = "app", store = "notes", where = { status = "new" } }\non_success = { set = { status = "sent" } }\n`,
    ...store(),
    left: (rows) => rows.every(({ status }) => status === "sent"),
  },
  "store-snapshot": { toml: `${STORE}mode = "snapshot"\nbody = { all = "$records" }\n`, ...store(), snapshot: true },
};

/** Single payloads out of every body that had an effect. */
function items({ server }) {
  return server.effects.flatMap(({ body }) => body.all ?? [body]);
}

function outbox() {
  return {
    start(lab) {
      lab.promised = [];
      return [1, 2, 3].map((n) => ({
        name: `enqueue ${n}`,
        run(agent) {
          const payload = { n, room: n % 2 ? "a" : "b" };
          lab.watch(agent.enqueue("save", payload), ({ seq }) => lab.promised.push({ seq, payload }));
        },
      }));
    },
    check(lab, { order }) {
      const arrived = items(lab);
      for (const { payload } of lab.promised) {
        if (!arrived.some(({ n }) => n === payload.n)) throw new Broken(`lost: ${payload.n}`);
      }
      if (!lab.honours) return;
      for (const { n } of arrived) if (arrived.filter((other) => other.n === n).length > 1) throw new Broken(`twice: ${n}`);
      const seqs = lab.promised.map(({ seq, payload }) => ({ seq, payload, at: arrived.findIndex(({ n }) => n === payload.n) }));
      for (const a of seqs) {
        for (const b of seqs) {
          if (a.seq < b.seq && a.at > b.at && order(a.payload) === order(b.payload)) throw new Broken(`${b.payload.n} overtook ${a.payload.n}`);
        }
      }
      if (lab.disk.rows(OUTBOX, "entries").length) throw new Broken("entries are left");
    },
  };
}

function store() {
  return {
    start(lab) {
      // The newest content of each record, as it was written last.
      lab.saved = new Map();
      let version = 0;
      const put = (id) => ({
        name: `save ${id}`,
        run(agent) {
          version += 1;
          const record = { id, version, status: "new" };
          const put = (notes) => {
            notes.put(record).onsuccess = () => lab.saved.set(id, record);
          };
          lab.watch(lab.app(agent, "app", "notes", put), () => undefined);
          lab.watch(agent.requestSync("save"), () => undefined);
        },
      });
      return [put(1), put(2), put(1), put(3)];
    },
    check(lab, { left = () => true, snapshot = false }) {
      const arrived = items(lab);
      const rows = lab.disk.rows("app", "notes");
      for (const [id, record] of lab.saved) {
        if (!arrived.some((other) => other.id === id && other.version === record.version)) throw new Broken(`lost: ${id} version ${record.version}`);
      }
      if (!left(rows)) throw new Broken(`not settled in the app's store: ${JSON.stringify(rows)}`);
      if (snapshot) {
        const last = lab.server.effects.at(-1)?.body.all ?? [];
        if (JSON.stringify(last) !== JSON.stringify(rows)) throw new Broken("the last snapshot is not what is stored");
        return;
      }
      if (!lab.honours) return;
      for (const { id, version } of arrived) {
        if (arrived.filter((other) => other.id === id && other.version === version).length > 1) throw new Broken(`twice: ${id} version ${version}`);
      }
    },
  };
}
