/*! Written by mdpwa from pwa.toml. */

const CONFIG = /** @type {(config: WorkboxConfig) => WorkboxConfig} */ (Object.freeze)({
  "root": "./",
  "register": "./register.js"
});
const ROOT = new URL(CONFIG.root, import.meta.url);

/** How soon a worker that is not to wait has gone on; workbox-window's own figure. Milliseconds. */
const WAITS_FROM = 200;

/** For pages written for workbox-window. Addresses and options come from pwa.toml, whatever the page says. */
export class Workbox extends EventTarget {
  /** @type {ServiceWorkerRegistration | undefined} */
  #registration;
  /** @type {ServiceWorker | undefined} */
  #followed;

  constructor() {
    super();
    navigator.serviceWorker?.addEventListener("message", ({ data, ports, source }) => this.#tell("message", { data, ports, sw: source }));
  }

  /** @param {{ immediate?: boolean }} [options] */
  async register(options) {
    const { register } = await import(CONFIG.register);
    await register(options);
    const registration = await navigator.serviceWorker?.getRegistration(ROOT.href);
    if (registration && !this.#registration) this.#watch(registration);
    return registration;
  }

  async update() {
    await this.#registration?.update();
  }

  /** The newest worker. */
  async getSW() {
    const { installing = null, waiting = null } = this.#registration ?? {};
    return installing ?? waiting ?? this.active;
  }

  /**
   * @param {unknown} data
   * @returns {Promise<unknown>} the worker's answer
   */
  async messageSW(data) {
    const worker = await this.getSW();
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => resolve(event.data);
      worker?.postMessage(data, [port2]);
    });
  }

  messageSkipWaiting() {
    this.#registration?.waiting?.postMessage({ type: "SKIP_WAITING" });
  }

  get active() {
    return navigator.serviceWorker?.ready.then(({ active }) => active);
  }

  get controlling() {
    return this.active?.then(() => navigator.serviceWorker.controller);
  }

  /** @param {ServiceWorkerRegistration} registration */
  #watch(registration) {
    this.#registration = registration;
    this.#follow(registration.waiting, true);
    this.#follow(registration.installing);
    registration.addEventListener("updatefound", () => this.#follow(registration.installing));
  }

  /**
   * @param {ServiceWorker | null} worker
   * @param {true} [wasWaitingBeforeRegister]
   */
  #follow(worker, wasWaitingBeforeRegister) {
    // The first one is found twice: by registering, and by the event.
    if (!worker || worker === this.#followed) return;
    const facts = { sw: worker, isUpdate: Boolean(this.#registration?.active), isExternal: Boolean(this.#followed), wasWaitingBeforeRegister };
    this.#followed = worker;
    const tell = (/** @type {string} */ type) => this.#tell(type, facts);
    const tellIfWaiting = () => this.#registration?.waiting === worker && tell("waiting");
    const hear = () => {
      tell(worker.state);
      if (worker.state === "installed") setTimeout(tellIfWaiting, WAITS_FROM);
    };
    worker.addEventListener("statechange", hear);
    navigator.serviceWorker.addEventListener("controllerchange", () => navigator.serviceWorker.controller === worker && tell("controlling"));
    if (wasWaitingBeforeRegister) queueMicrotask(tellIfWaiting);
    else hear();
  }

  /**
   * @param {string} type
   * @param {object} facts
   */
  #tell(type, facts) {
    this.dispatchEvent(Object.assign(new Event(type), facts));
  }
}
