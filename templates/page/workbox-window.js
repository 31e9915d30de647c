/** How soon a worker that is not to wait has gone on; workbox-window's own figure. Milliseconds. */
const WAITS_FROM = 200;

/** For pages written for workbox-window. Addresses and options come from pwa.toml, whatever the page says. */
export class Workbox extends EventTarget {
  constructor() {
    super();
    let found = 0;
    on("worker", ({ worker, isUpdate, wasWaiting }) => {
      const facts = { sw: worker, isUpdate, isExternal: found++ > 0, wasWaitingBeforeRegister: wasWaiting || undefined };
      const tell = (/** @type {string} */ type) => this.dispatchEvent(Object.assign(new Event(type), facts));
      const hear = () => {
        tell(worker.state);
        if (worker.state === "installed") setTimeout(() => watched?.waiting === worker && tell("waiting"), wasWaiting ? 0 : WAITS_FROM);
      };
      navigator.serviceWorker.addEventListener("controllerchange", () => navigator.serviceWorker.controller === worker && tell("controlling"));
      worker.addEventListener("statechange", hear);
      hear();
    });
    navigator.serviceWorker?.addEventListener("message", ({ data, ports, source }) => {
      this.dispatchEvent(Object.assign(new Event("message"), { data, ports, sw: source }));
    });
  }

  /** @param {{ immediate?: boolean }} [options] */
  async register(options) {
    await register(options);
    return watched;
  }

  async update() {
    await watched?.update();
  }

  async getSW() {
    return watched?.installing ?? watched?.waiting ?? this.active;
  }

  /** @param {unknown} data */
  async messageSW(data) {
    const worker = await this.getSW();
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => resolve(event.data);
      worker?.postMessage(data, [port2]);
    });
  }

  messageSkipWaiting() {
    if (watched?.waiting) activate(watched.waiting);
  }

  get active() {
    return navigator.serviceWorker?.ready.then(({ active }) => active);
  }

  get controlling() {
    return this.active.then(() => navigator.serviceWorker.controller);
  }
}
