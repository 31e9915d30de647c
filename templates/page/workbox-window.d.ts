
/** For pages written for workbox-window: its events, with `sw`, `isUpdate`, `isExternal` and `wasWaitingBeforeRegister`. */
export class Workbox extends EventTarget {
  /** The address and the options come from pwa.toml, whatever is given here. */
  constructor(url?: unknown, options?: unknown);
  register(options?: { immediate?: boolean }): Promise<ServiceWorkerRegistration | undefined>;
  update(): Promise<void>;
  getSW(): Promise<ServiceWorker | undefined>;
  messageSW(data: unknown): Promise<unknown>;
  messageSkipWaiting(): void;
  get active(): Promise<ServiceWorker | null> | undefined;
  get controlling(): Promise<ServiceWorker | null> | undefined;
}
