// Written by mdpwa from pwa.toml: change that and build again.

/** What this browser offers. */
export interface Registered {
  serviceWorker: boolean;
  backgroundSync: boolean;
}

/** Registers the service worker once the page has loaded, or `immediate`ly; importing this module does so by itself unless `auto_register = false`. */
export function register(options?: { immediate?: boolean }): Promise<Registered>;

/** Calls back while files are stored for use offline; returns what stops it. Bytes are those stored so far. */
export function onProgress(callback: (progress: { done: number; total: number; bytes: number }) => void): () => void;

/** The tags of pwa.toml. */
export type Tag = "persistToDatabase";

/** Why work was not delivered. `unknown`: the server may have acted on it all the same. */
export interface Failure {
  class: "network" | "status" | "redirect" | "auth" | "storage" | "expired" | "too_large" | "conflict" | "payload";
  outcome: "rejected" | "unknown";
  message: string;
  status?: number;
  /** The start of the server's answer. */
  body?: string;
}

export interface Receipt {
  id: string;
  tag: Tag;
  seq: number;
  state: "pending" | "coalesced";
}

export interface TagState {
  tag: Tag;
  /** Waiting to be sent. */
  pending: number;
  /** Sent, or about to be, with no answer yet. */
  inFlight: number;
  /** Waiting for someone to sign in, or for `flush`. */
  parked: number;
  /** Refused by the server. */
  dead: number;
  /** Queued by others than who is signed in. */
  foreign: number;
  /** Queued for a tag that pwa.toml has no more; kept until it is back, or discarded. */
  orphaned: number;
  /** Of everything in the outbox. */
  bytes: number;
  /** When the oldest of them was queued. */
  oldest: number | null;
  nextAttempt: number | null;
  lastError: Failure | null;
  wakeups: ("sync" | "page")[];
}

/** Work of a tag, one by one. */
export interface EntryView {
  id: string;
  tag: Tag;
  state: "pending" | "in_flight" | "parked" | "dead";
  attempts: number;
  queuedAt: number;
  /** As it was queued; nothing for a refused record, which is still in the app's store. */
  payload: unknown;
  failure?: Failure;
}

export interface SyncEventDetail {
  /** Rises with every event. */
  n: number;
  type: "queued" | "sent" | "retrying" | "parked" | "dead" | "drained" | "storage_error";
  tag: Tag;
  ids: string[];
  /** The JSON that the server answered with, of a `sent`. */
  response?: unknown;
  failure?: Failure;
  state: TagState;
}

/**
 * Stores a payload for a tag; resolves once it is safe on this device, before any network is asked.
 * Rejects with an error named `UnknownTagError`, `PayloadError`, `QueueFullError` or `StorageError`, and then nothing is stored.
 * The same `id` twice is the same entry.
 */
export function enqueue(tag: Tag, payload: unknown, options?: { id?: string }): Promise<Receipt>;

/** Says that a store of the page's own has changed; resolves once the wake-up is recorded. */
export function requestSync(tag: Tag): Promise<void>;

/**
 * Delivers now what can be delivered now, of one tag or of all; resolves with what came of it, also after a failure.
 * `force` does not wait after failures, unless the server asked for it.
 */
export function flush(tag?: Tag, options?: { force?: boolean }): Promise<{ sent: number; remaining: number; dead: number }>;

/** What waits, and for what, tag by tag. */
export function getState(): Promise<TagState[]>;

/**
 * Hears of everything that happens to queued work, in any tab and in the worker; answers a function that ends it.
 * `since` replays: events after a number, or those that no page has heard yet.
 */
export function subscribe(hear: (event: SyncEventDetail) => void, options?: { since?: number | "unseen" }): () => void;

/** The work of a tag, oldest first. */
export function list(tag: Tag, options?: { state?: EntryView["state"]; after?: string; limit?: number }): Promise<EntryView[]>;

/**
 * Sends refused work again, or lets parked work go on; resolves with how many.
 * It keeps its idempotency key where the server may have acted on it, and gets a new one where it was refused.
 */
export function retry(tag: Tag, which: string[] | "dead" | "parked"): Promise<number>;

/**
 * Gives work up for good; resolves with how many. Nothing else ever deletes queued work.
 * What is on its way stays, and so do the records of an app's own store.
 */
export function discard(tag: Tag, which: string[] | "dead" | "all"): Promise<number>;

/**
 * Says who is signed in from now on, or with null that nobody is: work is sent only for the one who queued it.
 * `context` holds tokens for `auth` and `csrf`; `onPending` overrides what `logout` says in pwa.toml.
 * Rejects with an error named `PendingError` where signing out is refused while work waits.
 */
export function setPrincipal(
  id: string | null,
  options?: { context?: Record<string, string>; onPending?: "keep" | "discard" | "refuse" },
): Promise<void>;

/** Asks for notifications, if that is still undecided. Call it from a click. */
export function requestPermission(): Promise<NotificationPermission>;
