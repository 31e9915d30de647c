// Chromium over its DevTools pipe. A library would attach itself to every worker, which delays the very starts that are
// measured here.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
  "--ignore-certificate-errors",
  "--remote-debugging-pipe",
];

/** How long the browser may take to answer a call; installs that wait for Workbox are longer than most. */
const PATIENCE = 600_000;

export class Browser {
  #profile = mkdtempSync(join(tmpdir(), "mdpwa-bench-"));
  #process;
  #next = 1;
  #calls = new Map();
  #listeners = new Set();

  constructor() {
    this.#process = spawn("chromium", [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    let text = "";
    this.#process.stdio[4].setEncoding("utf8").on("data", (part) => {
      const messages = (text + part).split("\0");
      text = messages.pop();
      for (const message of messages) this.#hear(JSON.parse(message));
    });
    this.#process.on("exit", () => {
      for (const { reject } of this.#calls.values()) reject(new Error("the browser is gone"));
    });
  }

  #hear({ id, result, error, ...event }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call?.reject(new Error(error.message));
    else if (call) call.resolve(result);
    else for (const listener of this.#listeners) listener(event);
  }

  call(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      setTimeout(() => reject(new Error(`${method}: no answer`)), PATIENCE).unref();
    });
  }

  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async page() {
    const { targetId } = await this.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    await page.call("Page.enable");
    return page;
  }

  async close() {
    const gone = new Promise((resolve) => this.#process.on("exit", resolve));
    await this.call("Browser.close").catch(() => undefined);
    await gone;
    // Helper processes write a little longer.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

class Page {
  constructor(browser, session, target) {
    this.browser = browser;
    this.session = session;
    this.target = target;
  }

  call(method, params) {
    return this.browser.call(method, params, this.session);
  }

  /** Opens an address, and returns the browser's error or `undefined` once all of it has loaded. */
  async open(url) {
    let stop = () => {};
    const loaded = new Promise((resolve) => {
      stop = this.browser.listen(({ method, sessionId }) => {
        if (method === "Page.loadEventFired" && sessionId === this.session) resolve();
      });
    });
    const { errorText } = await this.call("Page.navigate", { url });
    if (!errorText) await loaded;
    stop();
    return errorText;
  }

  /** Runs a function in the page, which sees its arguments only. */
  async run(task, ...values) {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      expression: `(${task})(...${JSON.stringify(values)})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  close() {
    return this.browser.call("Target.closeTarget", { targetId: this.target });
  }
}

/** Stops every worker of the browser, in the middle of an event too, and waits until each has stopped once. */
export async function stopWorkers(page) {
  const running = new Set();
  let stopping = false;
  const stop = page.browser.listen(({ method, params, sessionId }) => {
    if (method !== "ServiceWorker.workerVersionUpdated" || sessionId !== page.session) return;
    for (const { versionId, runningStatus } of params.versions) {
      if (runningStatus === "stopped") running.delete(versionId);
      else if (!stopping) running.add(versionId);
    }
  });
  // Enabling tells the state of all workers.
  await page.call("ServiceWorker.enable");
  await after(50);
  // One that has something to do may start again before it is looked at.
  stopping = true;
  await page.call("ServiceWorker.stopAllWorkers");
  for (let tries = 0; running.size; tries += 1) {
    if (tries === 200) throw new Error("the workers do not stop");
    await after(25);
  }
  stop();
  await page.call("ServiceWorker.disable");
}

/** Fires `sync` events for a page's worker as the browser would; its own go on as they do. */
export async function fireSync(page, origin, tag) {
  const active = new Promise((resolve) => {
    const stop = page.browser.listen(({ method, params, sessionId }) => {
      if (method !== "ServiceWorker.workerVersionUpdated" || sessionId !== page.session) return;
      const version = params.versions.find(({ status, scriptURL }) => status === "activated" && scriptURL.startsWith(`${origin}/`));
      if (!version) return;
      stop();
      resolve(version);
    });
  });
  // Enabling tells the state of all workers.
  await page.call("ServiceWorker.enable");
  const { registrationId } = await active;
  await page.call("ServiceWorker.dispatchSyncEvent", { origin, registrationId, tag, lastChance: false });
  await page.call("ServiceWorker.disable");
}
