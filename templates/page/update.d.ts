
export interface Update {
  /** The version that this page shows; `undefined` if its worker is not of this site. */
  from: string | undefined;
  /** The same as `from` when a deployment was taken back. */
  to: string;
}

/** Calls back once for each new deployment, also for the newest one found before; returns what ends it. */
export function onUpdate(callback: (update: Update) => unknown): () => void;

/** Calls back when everything is stored for the first time; returns what ends it. */
export function onOfflineReady(callback: () => unknown): () => void;

/** Activates the newest version and reloads this page, once; other pages keep theirs. Without an update it does nothing. */
export function applyUpdate(): void;

/** The version of the site that this page shows. */
export function version(): Promise<string | undefined>;

declare global {
  interface WindowEventMap {
    "mdpwa:registered": CustomEvent<ServiceWorkerRegistration>;
    "mdpwa:register-error": CustomEvent<unknown>;
    "mdpwa:update": CustomEvent<Update>;
    "mdpwa:offline-ready": CustomEvent<undefined>;
    /** Cancelable: a page that is in the middle of something is not reloaded. */
    "mdpwa:before-reload": CustomEvent<null>;
    "mdpwa:install-failed": CustomEvent<{ reason: string }>;
    "mdpwa:progress": CustomEvent<{ done: number; total: number; bytes: number }>;
    /** A file arrived other than it was built, and its group allows that. */
    "mdpwa:changed-in-transit": CustomEvent<{ url: string }>;
    /** The site wants to leave, and so much waits to be sent. */
    "mdpwa:retire-waits": CustomEvent<{ entries: number }>;
  }
}
