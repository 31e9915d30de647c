// A small world around the rooms: one device with its storage and clock, any number of agents on it, one server.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

const TEMPLATES = new URL("../../templates/", import.meta.url);
export const ORIGIN = "https://notes.example";
/** The rooms of a site that uses everything. */
const SHARED = ["storage", "database", "hold", "app-store", "digest", "field", "freeze", "fill", "key", "fields", "omit", "send", "pointer", "decide", "credentials", "size", "batches", "per-record", "follow-up", "mark", "save-response", "drain", "sources", "entries", "lanes", "store", "records", "snapshot", "notice"].map((name) => `sync/${name}.js`);
const OUTBOX_ROOMS = ["storage", "database", "hold", "app-store", "digest", "field", "freeze", "fill", "key", "fields", "omit", "size", "queue", "encode", "sources", "store", "records", "snapshot", "changed", "state"].map((name) => `sync/${name}.js`);

/** @param {string[]} names */
function rooms(names) {
  return names.map((name) => readFileSync(new URL(name, TEMPLATES), "utf8").replace(/^export /gm, "")).join("\n");
}

const WORLD = ["CONFIG", "ROOT", "OWNER", "indexedDB", "IDBKeyRange", "fetch", "navigator", "crypto", "Date", "Math", "setTimeout", "clearTimeout", "AbortSignal", "BroadcastChannel", "Notification", "ServiceWorkerRegistration"];
const WORKER_OFFERS = "{ drain, digest, settlement, nextStep, fillUrl, readRetryAfter }";
const OUTBOX_OFFERS = "{ enqueue, requestSync, flush, getState, subscribe, list, retry, discard, setPrincipal }";
const PAGE_WORLD = [...WORLD, "addEventListener", "document", "MessageChannel", "MessageEvent", "reportError", "loadModule"];
const worker = new Function(...WORLD, "sw", "onFetch", "onMessage", "tellPages", `"use strict";{${rooms([...SHARED, "worker/sync-cookies.js", "worker/sync.js", "worker/sync-message.js", "worker/sync-notice.js", "worker/sync-trigger.js", "sync/queue.js", "worker/capture.js"])};return ${WORKER_OFFERS};}`);
const outbox = new Function(...PAGE_WORLD, `"use strict";${rooms([...OUTBOX_ROOMS, "page/outbox.js", "page/cookies.js", "page/hand-cookies.js", "page/letters.js", "page/principal.js"])};return ${OUTBOX_OFFERS};`);
const delivery = new Function(...PAGE_WORLD, `"use strict";${rooms([...SHARED, "page/cookies.js", "page/drain.js", "page/drain-message.js", "page/drain-notice.js"])};return { deliver, drain };`);

/** Waits until nothing is under way any more, files that are being read included. */
async function quiet(isOver) {
  for (let round = 0; round < 2; round += 1) {
    for (let turns = 0; turns < 300 && !isOver(); turns += 1) await new Promise((turn) => setImmediate(turn));
    if (!isOver()) await new Promise((turn) => setTimeout(turn, 3));
  }
}

/** A tag as the build decides it, with what a test says otherwise. */
export function tag(changes = {}) {
  const { endpoint, batch, retry, limits, ...rest } = changes;
  return {
    tag: "send",
    mode: rest.source ? "incremental" : "outbox",
    limits: { maxEntries: 10_000, maxBytes: 50 << 20, maxBody: 10 << 20, ...limits },
    body: "$payload",
    batch: { maxRecords: 1, maxBytes: 262144, ...batch },
    endpoint: {
      method: "POST",
      url: "notes",
      timeout: 30_000,
      idempotency: { header: "Idempotency-Key" },
      retry: { base: 2000, factor: 2, maxDelay: 900_000, maxAge: 2_592_000_000, maxRetryAfter: 86_400_000, ...retry },
      ...endpoint,
    },
    ...rest,
  };
}

export class World {
  /** @param {object[]} tags */
  constructor(tags, { sync = true, locks = true, serviceWorker = true, permission = "granted", channel = true, cookieStore = false } = {}) {
    this.config = { sync: tags };
    this.offers = { sync, locks, serviceWorker, channel, cookieStore };
    /** As a page reads them. */
    this.cookies = "";
    this.permission = permission;
    this.now = Date.UTC(2026, 0, 1);
    this.random = () => 0.5;
    this.online = true;
    this.timers = [];
    this.indexedDB = new IDBFactory();
    this.held = new Map();
    this.channels = new Set();
    this.notifications = [];
    this.registered = [];
    this.windows = [];
    this.pages = [];
    this.server = new Server(this);
    this.worker = null;
  }

  /** Runs until `promise` settles; time passes only when nothing else can happen. */
  async run(promise) {
    let settled = false;
    const watched = Promise.resolve(promise).finally(() => (settled = true));
    watched.catch(() => undefined);
    while (!settled) {
      await quiet(() => settled);
      if (!settled) this.pass();
    }
    return watched;
  }

  /** Lets everything happen that is under way, without time passing. */
  async settle() {
    await quiet(() => false);
  }

  /** Moves the clock to the next timer. */
  pass() {
    this.timers.sort((a, b) => a.at - b.at);
    const next = this.timers.shift();
    if (!next) throw new Error("nothing will ever happen again");
    this.now = Math.max(this.now, next.at);
    next.call();
  }

  async wait(milliseconds) {
    const until = this.now + milliseconds;
    await this.settle();
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at);
      if (!this.timers.length || this.timers[0].at > until) break;
      this.pass();
      await this.settle();
    }
    this.now = until;
  }

  /** What both kinds of agent find around them. */
  globals(agent) {
    const world = this;
    class Clock extends Date {
      constructor(...args) {
        super(...(args.length ? args : [world.now]));
      }
      static now() {
        return world.now;
      }
      static [Symbol.hasInstance](value) {
        return Object.prototype.toString.call(value) === "[object Date]";
      }
    }
    const later = (call, wait = 0, ...args) => {
      const timer = { at: world.now + Math.max(0, wait), call: () => agent.dead || call(...args) };
      world.timers.push(timer);
      return timer;
    };
    const clear = (timer) => {
      world.timers = world.timers.filter((other) => other !== timer);
    };
    return {
      CONFIG: this.config,
      ROOT: new URL(`${ORIGIN}/app/`),
      OWNER: "notes:/app/",
      indexedDB: this.indexedDB,
      IDBKeyRange,
      fetch: (url, init) => this.server.fetch(agent, url, init),
      navigator: {
        get onLine() {
          return world.online;
        },
        ...(this.offers.locks && { locks: { request: (name, options, work) => this.lock(agent, name, options, work) } }),
      },
      crypto: {
        randomUUID,
        subtle: { digest: async (_, bytes) => Uint8Array.from(createHash("sha256").update(new Uint8Array(bytes)).digest()).buffer },
      },
      Date: Clock,
      Math: Object.create(Math, { random: { value: () => world.random() } }),
      setTimeout: later,
      clearTimeout: clear,
      AbortSignal: {
        timeout: (wait) => {
          const controller = new AbortController();
          later(() => controller.abort(new DOMException("timed out", "TimeoutError")), wait);
          return controller.signal;
        },
      },
      BroadcastChannel: this.offers.channel ? channelClass(this, agent) : undefined,
      Notification: Object.assign(function () {}, { permission: this.permission }),
      ServiceWorkerRegistration: class {},
    };
  }

  lock(agent, name, { signal }, work) {
    return new Promise((resolve, reject) => {
      const queue = this.held.get(name) ?? [];
      this.held.set(name, queue);
      const waiter = {
        agent,
        start: () => {
          if (agent.dead) return this.unlock(name, waiter);
          work().then(resolve, reject).finally(() => this.unlock(name, waiter));
        },
      };
      signal?.addEventListener("abort", () => {
        if (queue.indexOf(waiter) <= 0) return;
        queue.splice(queue.indexOf(waiter), 1);
        reject(signal.reason);
      });
      queue.push(waiter);
      if (queue[0] === waiter) waiter.start();
    });
  }

  unlock(name, waiter) {
    const queue = this.held.get(name);
    if (queue[0] !== waiter) return;
    queue.shift();
    queue[0]?.start();
  }

  kill(agent) {
    agent.dead = true;
    for (const [name, queue] of this.held) {
      const holds = queue[0]?.agent === agent;
      const left = queue.filter((waiter, i) => waiter.agent !== agent || i === 0);
      queue.splice(0, queue.length, ...left);
      if (holds) this.unlock(name, queue[0]);
    }
  }

  /** Starts the service worker. */
  startWorker() {
    const agent = { dead: false };
    const listeners = {};
    const messages = {};
    const answers = [];
    const world = this;
    const waiting = [];
    const sw = {
      addEventListener: (type, listen) => (listeners[type] ??= []).push(listen),
      clients: { matchAll: async () => world.windows, openWindow: async () => null },
      cookieStore: this.offers.cookieStore ? { get: async (name) => cookieNamed(world.cookies, name) } : undefined,
      registration: {
        sync: this.offers.sync
          ? {
              register: async (name) => {
                if (!world.windows.length) throw new DOMException("without a window", "InvalidAccessError");
                world.registered.push(name);
              },
            }
          : undefined,
        showNotification: async (title, options) => {
          if (world.permission !== "granted") throw new TypeError("No notification permission");
          world.notifications.push({ title, ...options });
        },
      },
    };
    const tellPages = async (message) => {
      for (const client of world.windows) client.postMessage(message);
    };
    const globals = this.globals(agent);
    const offered = worker(...WORLD.map((name) => globals[name]), sw, (answer) => answers.push(answer), (type, handle) => (messages[type] = handle), tellPages);
    const dispatch = (type, event) => {
      const lives = [];
      for (const listen of listeners[type] ?? []) listen({ ...event, waitUntil: (promise) => lives.push(promise) });
      return Promise.all(lives);
    };
    this.worker = {
      ...offered,
      agent,
      /** Fires a sync event; answers whether the handler fulfilled. */
      sync: (name, lastChance = false) => this.run(dispatch("sync", { tag: name, lastChance })).then(() => "resolved", () => "rejected"),
      dispatch,
      /** What a page gets that sends this request. */
      fetch: (request) => answers.map((answer) => answer(request, { waitUntil: () => undefined })).find(Boolean),
      message: (data, ports = []) => Promise.resolve(messages[data.type]?.({ data, ports })),
      waiting,
    };
    return this.worker;
  }

  stopWorker() {
    this.kill(this.worker.agent);
    this.worker = null;
  }

  /** Opens a page. */
  openPage() {
    const agent = { dead: false };
    const world = this;
    const listeners = {};
    const on = (type, listen) => (listeners[type] ??= []).push(listen);
    const client = { messages: [], visibilityState: "visible", postMessage: (message) => client.messages.push(message), focus: async () => client };
    const globals = this.globals(agent);
    if (this.offers.serviceWorker) {
      globals.navigator.serviceWorker = {
        controller: null,
        dispatchEvent: (event) => client.messages.push(event.data),
        getRegistration: async () =>
          world.worker
            ? {
                active: { postMessage: (data, ports) => void world.worker?.message(data, ports) },
                sync: this.offers.sync ? { register: async (name) => void world.registered.push(name) } : undefined,
              }
            : undefined,
      };
    }
    const channel = class {
      constructor() {
        const port = () => ({
          postMessage(data) {
            if (!world.worker?.agent.dead) queueMicrotask(() => this.other.onmessage?.({ data: structuredClone(data) }));
          },
          close() {},
        });
        this.port1 = port();
        this.port2 = port();
        this.port1.other = this.port2;
        this.port2.other = this.port1;
      }
    };
    const errors = [];
    const found = [...WORLD.map((name) => globals[name]), on, documentOf(world, on), channel, class { constructor(_, { data }) { this.data = data; } }, (error) => errors.push(error)];
    const deliverer = delivery(...found);
    const opened = { ...outbox(...found, async () => deliverer), drain: deliverer.drain, agent, client, errors, fire: (type) => listeners[type]?.forEach((listen) => listen({})) };
    this.windows.push(client);
    this.pages.push(opened);
    return opened;
  }

  closePage(opened) {
    this.kill(opened.agent);
    this.windows = this.windows.filter((client) => client !== opened.client);
  }

  /** A row of the app's own store, made the way the app would. */
  app(name, version, upgrade) {
    return new Promise((resolve, reject) => {
      const request = this.indexedDB.open(name, version);
      request.onupgradeneeded = () => upgrade?.(request.result, request.transaction);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
    });
  }
}

function documentOf(world, on) {
  return {
    addEventListener: on,
    visibilityState: "visible",
    readyState: "loading",
    get cookie() {
      return world.cookies;
    },
  };
}

function cookieNamed(cookies, name) {
  const pairs = cookies.split("; ").map((pair) => pair.split("="));
  const [, value] = pairs.find(([known]) => known === name) ?? [];
  return value === undefined ? null : { name, value };
}

function channelClass(world, agent) {
  return class {
    constructor(name) {
      this.name = name;
      world.channels.add(this);
    }
    postMessage(data) {
      if (agent.dead) return;
      for (const other of world.channels) if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data }));
    }
    close() {
      world.channels.delete(this);
    }
  };
}

/** A server that honours idempotency keys, unless told otherwise, and answers from a script. */
export class Server {
  constructor(world) {
    this.world = world;
    this.requests = [];
    this.effects = [];
    this.known = new Map();
    this.honours = true;
    /** Called for every request; what it returns decides the answer. */
    this.script = () => ({});
  }

  bodies() {
    return this.effects.map(({ body }) => JSON.parse(body));
  }

  async fetch(agent, url, init) {
    if (agent.dead) return new Promise(() => undefined);
    if (url instanceof Request) {
      const request = url;
      return this.fetch(agent, request.url, { method: request.method, headers: Object.fromEntries(request.headers), body: await request.text(), signal: request.signal });
    }
    const key = Object.entries(init.headers).find(([name]) => name.toLowerCase() === "idempotency-key")?.[1];
    const sent = typeof init.body === "string" ? init.body : new TextDecoder().decode(init.body);
    const request = { url, method: init.method, headers: init.headers, body: sent, key };
    this.requests.push(request);
    const plan = this.script(request, this.requests.length) ?? {};
    if (plan.before) await plan.before(request);
    if (plan.lost === "request") throw new TypeError("Failed to fetch");
    if (plan.hang) {
      return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
    }
    const answer = this.answer(request, plan);
    if (plan.lost === "response") throw new TypeError("Failed to fetch");
    if (agent.dead) return new Promise(() => undefined);
    const { status = 201, body = '{"ok":true}', headers = {}, type = "basic" } = answer;
    const text = status === 204 ? "" : body;
    return {
      status: type === "opaqueredirect" ? 0 : status,
      ok: type !== "opaqueredirect" && status >= 200 && status < 300,
      type,
      redirected: false,
      url: plan.url ?? url,
      headers: new Headers({ "content-type": "application/json", ...headers }),
      text: async () => text,
    };
  }

  answer(request, plan) {
    const { status = 201 } = plan;
    if (status < 200 || status >= 300 || plan.type === "opaqueredirect" || plan.portal) return plan;
    if (this.honours && request.key && this.known.has(request.key)) return this.known.get(request.key);
    this.effects.push(request);
    this.known.set(request.key, plan);
    return plan;
  }
}

/** Everything in one store of a database. */
export async function rows(world, database, store) {
  const db = await world.app(database);
  const request = db.transaction(store).objectStore(store).getAll();
  const all = await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  db.close();
  return all;
}

/** Changes one store of a database. */
export async function change(world, database, store, work) {
  const db = await world.app(database);
  const transaction = db.transaction(store, "readwrite");
  work(transaction.objectStore(store));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  db.close();
}

export const OUTBOX = "notes:/app/:sync";
