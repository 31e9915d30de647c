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
  "outbox-giving-up": {
    toml: `${SAVE}retry = { max_attempts = 2 }\n`,
    ...outbox(),
    order: () => "",
    /** What was given up is brought back until it is through. */
    async after(lab, page) {
      for (let again = 0; again < 3; again += 1) {
        page.retry("save", "dead").catch(() => undefined);
        await lab.settle();
      }
    },
  },
  "outbox-refused": {
    toml: `${SAVE}body = { all = "$records" }\nbatch = { max_records = 3 }\n`,
    ...outbox(),
    order: () => "",
    refuses: ({ all }) => all.some(({ n }) => n === 2),
    refused: (n) => n === 2,
  },
  "outbox-newest": { toml: `${SAVE}coalesce = "thing"\n`, ...newest() },
  "outbox-people": { toml: `${SAVE}auth = "context:token"\n`, ...people() },
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
    check(lab, { order, refused = () => false }) {
      const arrived = items(lab);
      const dead = lab.disk.rows(OUTBOX, "dead").map(({ entry }) => entry.payload.n);
      if (arrived.some(({ n }) => refused(n)) || dead.some((n) => !refused(n))) throw new Broken(`lost: ${dead} are dead`);
      for (const { payload } of lab.promised) {
        if (refused(payload.n) ? !dead.includes(payload.n) : !arrived.some(({ n }) => n === payload.n)) throw new Broken(`lost: ${payload.n}`);
      }
      if (!lab.honours) return;
      for (const { n } of arrived) if (arrived.filter((other) => other.n === n).length > 1) throw new Broken(`twice: ${n}`);
      const seqs = lab.promised.map(({ seq, payload }) => ({ seq, payload, at: arrived.findIndex(({ n }) => n === payload.n) }));
      for (const a of seqs) {
        for (const b of seqs) {
          if (a.at >= 0 && b.at >= 0 && a.seq < b.seq && a.at > b.at && order(a.payload) === order(b.payload)) throw new Broken(`${b.payload.n} overtook ${a.payload.n}`);
        }
      }
      if (lab.disk.rows(OUTBOX, "entries").length) throw new Broken("entries are left");
    },
  };
}

/** Several values for one thing: the newest must arrive, and no older one after it. */
function newest() {
  return {
    start(lab) {
      lab.promised = [];
      return [1, 2, 3, 4].map((n) => ({
        name: `enqueue ${n}`,
        run: (agent) => lab.watch(agent.enqueue("save", { n, thing: 7 }), ({ seq }) => lab.promised.push({ seq, n })),
      }));
    },
    check(lab) {
      const arrived = items(lab).map(({ n }) => n);
      const newest = lab.promised.sort((a, b) => b.seq - a.seq)[0];
      // One that was stored, but whose page was killed before it learned of that, may have taken its place.
      const unheard = arrived.some((n) => !lab.promised.some((one) => one.n === n));
      if (newest && !unheard && !arrived.includes(newest.n)) throw new Broken(`lost: ${newest.n}`);
      if (new Set(arrived).size !== arrived.length) throw new Broken(`twice: ${arrived}`);
      const seqs = arrived.map((n) => lab.promised.find((one) => one.n === n)?.seq).filter((seq) => seq !== undefined);
      if (seqs.some((seq, i) => seq < seqs[i - 1])) throw new Broken(`the older overtook the newer: ${arrived}`);
    },
  };
}

/** People who take turns at one device: nothing of one is sent for another. */
function people() {
  return {
    start(lab) {
      lab.promised = [];
      const signIn = (who) => ({
        name: `${who} signs in`,
        run(agent) {
          // One after the other; until it is done nobody queues anything.
          if (lab.signingIn) return;
          lab.signingIn = true;
          lab.who = undefined;
          lab.watch(agent.setPrincipal(who, { context: { token: who } }), () => {
            lab.signingIn = false;
            lab.who = who;
          });
        },
      });
      const queue = (n) => ({
        name: `enqueue ${n}`,
        run(agent) {
          const owner = lab.who;
          if (owner) lab.watch(agent.enqueue("save", { n, owner }), () => lab.who === owner && lab.promised.push({ n, owner }));
        },
      });
      return [signIn("ada"), queue(1), queue(2), signIn("bob"), queue(3), signIn("ada"), queue(4)];
    },
    async after(lab, page) {
      for (const who of ["bob", "ada"]) {
        page.setPrincipal(who, { context: { token: who } });
        await lab.settle();
        page.flush("save", { force: true });
        await lab.settle();
      }
    },
    check(lab) {
      const arrived = lab.server.effects;
      for (const { n } of lab.promised) if (!arrived.some(({ body }) => body.n === n)) throw new Broken(`lost: ${n}`);
      for (const { body } of arrived) if (arrived.filter((other) => other.body.n === body.n).length > 1) throw new Broken(`twice: ${body.n}`);
      const owners = new Map(lab.promised.map(({ n, owner }) => [n, owner]));
      for (const { body, token } of arrived) {
        const owner = owners.get(body.n);
        if (owner && token !== `Bearer ${owner}`) throw new Broken(`${owner}'s ${body.n} was sent for ${token}`);
      }
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
