// A device under a seeded scheduler: at every turn one of the things that could happen next does.
import { createHash } from "node:crypto";
import { Disk, IDBKeyRange } from "./idb.js";
import { WORLD } from "./rendered.js";

export const ORIGIN = "https://notes.example";
export const OUTBOX = "notes:/app/:sync";

/** A small seeded generator (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TIMED_OUT = new DOMException("timed out", "TimeoutError");

/** After this, every microtask has run. */
export const turn = () => new Promise((done) => process.nextTick(done));

export class Lab {
  /**
   * @param {number} seed
   * @param {{ worker: Function, modules: Record<string, Function> }} scripts
   * @param {{ locks?: boolean, kills?: number, faults?: number, honest?: boolean }} [limits]
   */
  constructor(seed, scripts, { locks = true, kills = 2, faults = 3, honours = true } = {}) {
    Object.assign(this, { scripts, locks, kills, faults, honours });
    this.random = seeded(seed);
    this.disk = new Disk();
    this.now = Date.UTC(2026, 0, 1);
    /** @type {{ name: string, agent: object, run: () => void, gone?: () => void }[]} */
    this.tasks = [];
    this.timers = [];
    this.held = new Map();
    this.agents = new Set();
    this.channels = new Set();
    this.server = { requests: 0, effects: [], answers: new Map() };
    this.trace = [];
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  /** Lets one thing happen; answers whether there was anything. */
  async step() {
    const { tasks, timers } = this;
    // Time mostly passes when nothing else happens; sometimes it overtakes what is under way.
    if (timers.length && (!tasks.length || (!this.calm && this.random() < 0.02))) {
      timers.sort((a, b) => a.at - b.at);
      const timer = timers.shift();
      this.now = Math.max(this.now, timer.at);
      this.note("time passes");
      timer.run();
    } else if (tasks.length) {
      const [task] = tasks.splice(Math.floor(this.random() * tasks.length), 1);
      this.note(task.name);
      task.run();
    } else {
      return false;
    }
    await turn();
    return true;
  }

  note(what) {
    if (this.tracing) this.trace.push(what);
  }

  /** Runs until nothing happens any more. */
  async settle(limit = 4_000) {
    // A page's modules are loaded first.
    await turn();
    for (let i = 0; await this.step(); i += 1) if (i > limit) throw new Error("it does not come to rest");
  }

  /** Something with a life of its own: a worker or a page. */
  agent(kind) {
    const lab = this;
    const agent = {
      kind,
      dead: false,
      turn,
      schedule(name, run, gone) {
        if (agent.dead) return gone?.();
        lab.tasks.push({ name: `${kind}: ${name}`, agent, run, gone });
      },
    };
    this.agents.add(agent);
    return agent;
  }

  kill(agent) {
    this.note(`${agent.kind} is killed`);
    agent.dead = true;
    this.agents.delete(agent);
    const [gone, left] = [this.tasks.filter((task) => task.agent === agent), this.tasks.filter((task) => task.agent !== agent)];
    this.tasks = left;
    this.timers = this.timers.filter((timer) => timer.agent !== agent);
    for (const task of gone) task.gone?.();
    for (const [name, queue] of this.held) {
      const holds = queue[0]?.agent === agent;
      this.held.set(name, queue.filter((waiter) => waiter.agent !== agent));
      if (holds) this.held.get(name)[0]?.start();
    }
  }

  /** What both kinds of agent find around them. */
  globals(agent) {
    const lab = this;
    class Clock extends Date {
      constructor(...args) {
        super(...(args.length ? args : [lab.now]));
      }
      static now() {
        return lab.now;
      }
      static [Symbol.hasInstance](value) {
        return Object.prototype.toString.call(value) === "[object Date]";
      }
    }
    const later = (call, wait = 0, ...args) => {
      const timer = { agent, at: lab.now + Math.max(0, wait), run: () => call(...args) };
      if (!agent.dead) lab.timers.push(timer);
      return timer;
    };
    const hash = createHash;
    return {
      indexedDB: this.disk.factory(agent),
      IDBKeyRange,
      fetch: (url, init) => this.fetch(agent, url, init),
      navigator: { onLine: true, ...(this.locks && { locks: { request: (name, { signal }, work) => this.lock(agent, name, signal, work) } }) },
      crypto: {
        randomUUID: () => `${Math.floor(this.random() * 0xffffffff).toString(16).padStart(8, "0")}-${Math.floor(this.random() * 0xffffffff).toString(16)}`,
        subtle: { digest: async (_, bytes) => Uint8Array.from(hash("sha256").update(bytes).digest()).buffer },
      },
      Date: Clock,
      Math: Object.create(Math, { random: { value: () => this.random() } }),
      setTimeout: later,
      clearTimeout: (timer) => void (this.timers = this.timers.filter((other) => other !== timer)),
      AbortSignal: {
        // As little of one as the rooms use: the real one is slow to make.
        timeout: (wait) => {
          const listeners = [];
          later(() => listeners.forEach((listen) => listen()), wait);
          return { reason: TIMED_OUT, addEventListener: (_, listen) => listeners.push(listen) };
        },
      },
      BroadcastChannel: undefined,
      Notification: undefined,
      ServiceWorkerRegistration: undefined,
      reportError: (error) => {
        throw error;
      },
      caches: undefined,
    };
  }

  lock(agent, name, signal, work) {
    return new Promise((resolve, reject) => {
      const queue = this.held.get(name) ?? [];
      this.held.set(name, queue);
      const waiter = {
        agent,
        start: () => agent.schedule("lock", () => {
          waiter.granted = true;
          work().then(resolve, reject).finally(() => {
            const now = this.held.get(name);
            if (now[0] !== waiter) return;
            now.shift();
            now[0]?.start();
          });
        }),
      };
      signal.addEventListener("abort", () => {
        const now = this.held.get(name);
        const at = now.indexOf(waiter);
        if (at <= 0) return;
        now.splice(at, 1);
        reject(signal.reason);
      });
      queue.push(waiter);
      if (queue[0] === waiter) waiter.start();
    });
  }

  /** The network and the server: what may go wrong does, as long as there is bad luck left. */
  fetch(agent, url, { headers, body, signal }) {
    const key = Object.entries(headers).find(([name]) => name.toLowerCase() === "idempotency-key")?.[1];
    const request = { n: (this.server.requests += 1), url, body, key, token: headers.authorization };
    const fate = this.faults > 0 && this.random() < 0.5 ? this.pick(["lost", "answer lost", "late", "twice", "500", "500 after all", "503"]) : "fine";
    if (fate !== "fine") this.faults -= 1;
    const taken = this.refuses?.(JSON.parse(body)) ? 400 : 201;
    this.note(`request ${request.n}: ${fate}`);
    return new Promise((resolve, reject) => {
      const fail = () => agent.schedule(`request ${request.n} fails`, () => reject(new TypeError("Failed to fetch")));
      const answer = (status) => agent.schedule(`answer to ${request.n}`, () => resolve(respond(url, status)));
      const arrives = (then) => this.tasks.push({ name: `request ${request.n} arrives`, agent: null, run: () => (this.arrive(request), then?.()) });
      signal.addEventListener("abort", () => reject(signal.reason));
      switch (fate) {
        case "lost":
          return fail();
        case "answer lost":
          return arrives(fail);
        case "late":
          fail();
          return arrives();
        case "twice":
          arrives(() => answer(taken));
          return arrives();
        case "500":
        case "503":
          return answer(Number(fate));
        case "500 after all":
          return arrives(() => answer(500));
        default:
          return arrives(() => answer(taken));
      }
    });
  }

  arrive({ body, key, url, token }) {
    const { answers, effects } = this.server;
    if (this.refuses?.(JSON.parse(body))) return;
    if (this.honours && key !== undefined) {
      if (answers.has(key)) {
        if (answers.get(key) !== body) throw new Broken(`one key for two bodies: ${answers.get(key)} and ${body}`);
        return;
      }
      answers.set(key, body);
    }
    effects.push({ url, body: JSON.parse(body), key, token });
  }

  startWorker() {
    const agent = this.agent("worker");
    const listeners = {};
    const self = {
      location: { href: `${ORIGIN}/app/service-worker.js` },
      addEventListener: (type, listen) => (listeners[type] ??= []).push(listen),
      clients: { matchAll: async () => [] },
      registration: {},
      caches: {},
    };
    const globals = { ...this.globals(agent), self };
    this.scripts.worker(...WORLD.map((name) => globals[name]));
    agent.sync = (tag) => {
      const lives = [];
      for (const listen of listeners.sync) listen({ tag, lastChance: false, waitUntil: (life) => lives.push(life) });
      return Promise.all(lives);
    };
    return agent;
  }

  openPage() {
    const agent = this.agent("page");
    const listeners = {};
    const on = (type, listen) => (listeners[type] ??= []).push(listen);
    /** What a module exports, once it was asked for. */
    const loaded = {};
    const load = async (name) => (loaded[name] ??= this.scripts.modules[name](...WORLD.map((name) => globals[name])));
    const globals = { ...this.globals(agent), addEventListener: on, document: { addEventListener: on, visibilityState: "visible", readyState: "loading" }, load };
    return Object.assign(agent, this.scripts.modules["./register.js"](...WORLD.map((name) => globals[name])));
  }

  /** A promise that a killed agent's work never settles must not be waited for. */
  watch(promise, done) {
    promise.then(done, (error) => {
      if (error instanceof Broken) this.broken = error;
    });
  }

  /** Writes to the app's own store the way a page of the app would. */
  app(agent, name, store, work) {
    return new Promise((resolve, reject) => {
      const request = this.disk.factory(agent).open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: "id" });
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const transaction = request.result.transaction([store], "readwrite");
        work(transaction.objectStore(store));
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      };
    });
  }
}

function respond(url, status) {
  const ok = status < 300;
  return { status, ok, type: "basic", redirected: false, url, headers: new Map([["content-type", "application/json"]]), text: async () => (ok ? '{"ok":true}' : "no") };
}

/** A promise of the outbox that was not kept. */
export class Broken extends Error {}
