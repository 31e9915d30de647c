// What the rooms of [[periodic_sync]] agree on.

/** One `[[periodic_sync]]` of pwa.toml, decided. All durations in milliseconds. */
interface PeriodicTask {
  tag: string;
  minInterval: number;
  /** Relative to the site's root; nothing where there is only something to deliver. */
  url?: string;
  /** The answer may be HTML; elsewhere that is a portal's page. */
  html?: boolean;
  /** A cache of the app's own. */
  cache?: string;
  /** The rule whose cache it goes into. */
  route?: string;
  store?: PeriodicStore;
  /** Tags that are delivered on the occasion. */
  drain?: string[];
  /** How often a page that is looked at asks, where the browser does not. */
  poll?: number;
}

/** What came, whole. */
interface PeriodicAnswer {
  address: string;
  /** Its body was read. */
  response: Response;
  body: ArrayBuffer;
}

/** A place in a store of the app's own, and the pointer into the answer. */
interface PeriodicStore {
  database: string;
  store: string;
  pointer: string;
}

/** What a page has to know of it. */
type PeriodicPage = Pick<PeriodicTask, "tag" | "minInterval" | "poll">;

/** Who refreshes: the browser, this page, nobody. */
type PeriodicState = "periodicsync" | "polling" | "off";

interface WorkerConfig {
  periodicSync: PeriodicTask[];
}

interface PageConfig {
  periodicSync: PeriodicPage[];
}

// Periodic Background Sync is not part of TypeScript's libraries: one engine has it.
interface PeriodicSyncManager {
  register(tag: string, options: { minInterval: number }): Promise<void>;
  unregister(tag: string): Promise<void>;
  getTags(): Promise<string[]>;
}
interface ServiceWorkerRegistration {
  readonly periodicSync?: PeriodicSyncManager;
}
interface PeriodicSyncEvent extends Event {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}
interface ServiceWorkerGlobalScopeEventMap {
  periodicsync: PeriodicSyncEvent;
}
