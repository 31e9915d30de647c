// What the update rooms agree on.

interface PageConfig {
  /** When an open page looks for a new deployment; `every` in milliseconds. */
  update: { visible: boolean; online: boolean; every?: number };
  /** The module that asks, relative to this one; `offline`: it also says that the site is ready to work offline. */
  toast: { module: string; offline: boolean };
}

/** What is said to the page, by type: `mdpwa:update` and so on are events of the window that carry the same. */
interface Said {
  registered: ServiceWorkerRegistration;
  "register-error": unknown;
  update: { from: string | undefined; to: string };
  "offline-ready": undefined;
  [message: string]: any;
}

interface RegisterSWOptions {
  immediate?: boolean;
  onNeedRefresh?: () => unknown;
  onOfflineReady?: () => unknown;
  onRegisteredSW?: (url: string, registration: ServiceWorkerRegistration) => unknown;
  onRegisterError?: (error: unknown) => unknown;
}

/** Trusted Types, as far as they are used here. */
declare const trustedTypes: {
  createPolicy(name: string, rules: { createScriptURL: (text: string) => string }): { createScriptURL: (text: string) => string };
};

/** What pwa.toml decides about the message that asks. */
interface ToastConfig {
  text: string;
  accept: string;
  dismiss: string;
  offline?: string;
  close: string;
  /** CSS. */
  style: string;
}

/** What pwa.toml decides about the module for pages written for workbox-window. */
interface WorkboxConfig {
  /** The way from the module's folder to the site's root. */
  root: string;
  /** The page's module, relative to this one. */
  register: string;
}

interface WorkerConfig {
  /** Names of caches that another tool's worker has left. */
  foreignCaches: string[];
}

/** What pwa.toml decides about a worker that leaves. */
interface RetireConfig {
  id: string;
  /** The way from the worker's folder to the site's root. */
  root: string;
  /** Work that waits to be sent is given up. */
  force: boolean;
  foreignCaches: string[];
}
