// What the sync rooms agree on: the decided tags of pwa.toml, the rows of the outbox, and the words of the drain.
// Rows outlive the version that wrote them: a field may be added to a row, none may change its meaning under the same `v`.

/** One `[[sync]]` of pwa.toml, decided. */
interface SyncTag {
  tag: string;
  /** The app's own store, or null for the outbox. */
  source: SyncSource | null;
  mode: "incremental" | "snapshot";
  onSuccess: "keep" | "delete" | { set: Record<string, unknown> };
  /** JSON whose string leaves may be `$record`, `$records`, `$payload`, `$record.x`, `$payload.x`, `$key`, `$count`. */
  body: unknown;
  omit: string[];
  encoding: "json" | "form" | "multipart" | "raw";
  /** Requests of the app's own to this endpoint that are queued when they fail; statuses are text. */
  capture: { on: string[]; respond: "202" | "error"; navigations: boolean } | null;
  /** What waits for what: everything for what came before it, or within a lane, or nothing. */
  order: "fifo" | "lane" | "parallel";
  /** Field whose values are the lanes. */
  lane: string | null;
  /** Lanes that are sent at once. */
  concurrency: number;
  /** Field: the newest entry with one value takes the place of older ones that were not sent. */
  coalesce: string | null;
  /** What follows work that the server refused. */
  onDead: "skip" | "block";
  /** Whether to go on after work that was given up and may still arrive. */
  skipUnknown: boolean;
  /** What becomes of work of someone who signs out. */
  logout: "keep" | "discard" | "refuse";
  limits: { maxEntries: number; maxBytes: number; maxBody: number };
  /** perRecord: the server answers with one status for each record, in their order. */
  batch: { maxRecords: number; maxBytes: number; perRecord: boolean };
  endpoint: SyncEndpoint;
  notification: SyncNotice | null;
  /** Posted to every window once nothing waits and nothing is dead. */
  clientMessage: unknown;
  /** A page's own message that wakes the tag. */
  trigger: { message: string } | null;
  /** A store of the app's own for what the server answers, and the pointer to it in that. */
  response: { database: string; store: string; pointer: string } | null;
}

interface SyncSource {
  database: string;
  store: string;
  index: string | null;
  where: Record<string, unknown> | null;
}

interface SyncEndpoint {
  method: string;
  /** Relative to the site's root; may hold `{field}`. */
  url: string;
  headers: Record<string, string>;
  credentials: RequestCredentials;
  timeout: number;
  idempotency: { header: string; format: "structured" | "raw" } | null;
  /** A content type that a success must have, `*` for any; null: any but HTML. */
  success: { contentType: string | null };
  /** What statuses mean, where they mean something else than usual. */
  status: Record<string, "success" | "retry" | "park" | "dead">;
  /** Name of the token in the context that stands behind `Bearer`. */
  auth: string | null;
  /** Where the token against forged requests comes from; `name` is an address for `fetch`. */
  csrf: { from: "cookie" | "context" | "fetch"; name: string; pointer: string; header: string } | null;
  retry: SyncRetry;
}

/** All durations in milliseconds; `maxAttempts` 0 is no limit. */
interface SyncRetry {
  base: number;
  factor: number;
  maxDelay: number;
  maxAttempts: number;
  maxAge: number;
  maxRetryAfter: number;
}

interface SyncNotice {
  title: string;
  titleOne: string | null;
  body: string | null;
  icon: string | null;
  tag: string;
  when: "always" | "hidden";
}

/** Why work was not delivered. `unknown`: the server may have acted on it all the same. */
interface SyncFailure {
  class: "network" | "status" | "redirect" | "auth" | "storage" | "expired" | "too_large" | "conflict" | "payload";
  outcome: "rejected" | "unknown";
  message: string;
  status?: number;
  body?: string;
}

/** The object stores of the outbox. */
type SyncStores = Record<"entries" | "batches" | "ledger" | "dead" | "events" | "meta", IDBObjectStore>;

/** Bytes that are sent as they are. */
interface SyncBody {
  type: string;
  body: string | ArrayBuffer;
}

/** Row of `entries`: work handed over with `enqueue`, in the order of `seq`. */
interface SyncEntry {
  v: 1;
  seq: number;
  id: string;
  tag: string;
  /** Begins with the principal and a slash. */
  lane: string;
  payload: unknown;
  raw?: SyncBody;
  coalesce?: string;
  bytes: number;
  queuedAt: number;
  /** A request whose fate is unknown is sent again as it was. */
  frozen?: { key: string; request: SyncRequest };
}

/** What is about to be sealed. */
interface SyncPiece extends SyncMember {
  lane: string;
  record: unknown;
  queuedAt: number;
  raw?: SyncBody;
  frozen?: { key: string; request: SyncRequest };
}

/** One record or entry of a batch. */
interface SyncMember {
  /** Primary key of the app's record, or `seq` of the entry. */
  key: IDBValidKey;
  id: string;
  /** Of the content that was sent; null for entries, which never change. */
  digest: string | null;
  /** Of the content once success is written into it. */
  next: string | null;
  bytes: number;
}

/** A request as it was rendered once and is sent ever after. */
interface SyncRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | ArrayBuffer;
}

/** A time to wait, as seen from a clock that may be set back. */
interface SyncHold {
  since: number;
  wait: number;
  /** The server asked for it: nothing may go before. */
  firm: boolean;
}

/** Row of `batches`: at most one per tag and lane. `id` is the fence of every later step. */
interface SyncBatch {
  v: 1;
  tag: string;
  lane: string;
  id: string;
  key: string;
  /** Stuck: given up, and in the way of what follows. */
  state: "sealed" | "acked" | "stuck";
  members: SyncMember[];
  /** Records in the body; a snapshot has many, but one member. */
  count: number;
  /** Null where it could not be rendered: such a batch is never stored. */
  request: SyncRequest | null;
  queuedAt: number;
  attempts: number;
  /** How often in a row the last failure was of its class. */
  repeats: number;
  failure: SyncFailure | null;
  hold: SyncHold | null;
  /** What the server answered, until it is where it belongs. */
  response?: unknown;
  /** In memory only: the tokens to send it with. */
  context?: Record<string, string>;
}

/** Row of `ledger`: the content of an app's record that needs no sending. */
interface SyncLedgerRow {
  v: 1;
  tag: string;
  key: IDBValidKey;
  digest: string | null;
  /** It was rejected, not delivered. */
  dead: boolean;
}

/** Row of `dead`: work the server refused, kept until an explicit call. */
interface SyncDeadRow {
  v: 1;
  n: number;
  tag: string;
  lane: string;
  member: IDBValidKey;
  id: string;
  digest: string | null;
  /** As it was queued; a record of the app's is still in the app's store. */
  entry?: SyncEntry;
  queuedAt: number;
  diedAt: number;
  attempts: number;
  key: string;
  /** As it was sent; null when it could not be rendered. */
  request: SyncRequest | null;
  failure: SyncFailure;
}

/** Row of `events`: what a page that opens later still wants to hear. */
interface SyncEventRow {
  v: 1;
  n: number;
  at: number;
  type: SyncEventType;
  tag: string;
  ids: string[];
  response?: unknown;
  failure?: SyncFailure;
}

type SyncEventType = "queued" | "sent" | "retrying" | "parked" | "dead" | "drained" | "storage_error";

/** Row of `meta` for a tag. */
interface SyncMeta {
  v: 1;
  key: string;
  /** Changes with every seal and every purge: a read made before is stale. */
  epoch: number;
  /** Delivered since the tag was last empty. */
  sent: number;
  /** Of all its entries. */
  bytes: number;
  /** Most records of a batch, after the server refused a larger one. */
  cap: { records: number; firm: boolean } | null;
  parked: SyncFailure | null;
  /** The server asked the whole tag to wait. */
  gate: SyncHold | null;
}

/** Row of `meta`: who is signed in. */
interface SyncPrincipal {
  v: 1;
  key: "principal";
  hash: string;
  salt: string;
  context: Record<string, string>;
}

/** Where a tag stands. */
interface SyncSeen {
  meta: SyncMeta;
  batches: SyncBatch[];
  /** Of the lanes of who is signed in. */
  prefix: string;
}

/** What came back for one request, as plain facts. */
type SyncAnswer =
  | { error: string; offline: boolean }
  | {
      error: null;
      status: number;
      redirected: boolean;
      contentType: string;
      /** Milliseconds, already taken against the server's own clock; null when it said nothing usable. */
      retryAfter: number | null;
      /** What the server's clock said. */
      date: number | null;
      /** Start of the body of anything but a success. */
      text: string;
      /** The parsed body, when it is JSON. */
      json: unknown;
    };

type SyncVerdict =
  | { kind: "ack"; response: unknown }
  | { kind: "retry"; failure: SyncFailure; date: number | null; retryAfter: number | null; gate: boolean; offline: boolean }
  | { kind: "park"; failure: SyncFailure }
  | { kind: "dead"; failure: SyncFailure }
  | { kind: "split"; failure: SyncFailure }
  | { kind: "each"; verdicts: SyncVerdict[]; response: unknown };

type SyncStep =
  | { kind: "ack"; response: unknown }
  | { kind: "again"; failure: SyncFailure; hold: SyncHold; gate: boolean; attempts: number; repeats: number }
  | { kind: "park"; failure: SyncFailure; repeats: number }
  | { kind: "dead"; failure: SyncFailure }
  | { kind: "split"; failure: SyncFailure; cap: number }
  | { kind: "each"; verdicts: SyncVerdict[]; response: unknown; hold: SyncHold };

/** What started a drain. */
interface SyncWake {
  why: "sync" | "load" | "online" | "visible" | "timer" | "queued" | "flush" | "trigger";
  force: boolean;
}

/** One drain on its way. */
interface SyncRun {
  tag: SyncTag;
  wake: SyncWake;
  until: number;
  /** Lanes with a request on its way. */
  busy: Set<string>;
  /** Lanes that have to wait. */
  failed: Set<string>;
  /** Nothing gets through at all. */
  halted: boolean;
  tried: boolean;
  sent: number;
  /** Whether work that may go later is left. */
  left: boolean;
  /** Earliest time at which it may go; null when nothing but time is in the way. */
  due: number | null;
  /** Last primary key read in this pass over an app's store; undefined at its start. */
  after: IDBValidKey | undefined;
  /** The same for an index, whose order is another. */
  passed: Set<string>;
  /** Whether this pass found work, so that another must follow. */
  found: boolean;
  /** Whether the time was up. */
  unfinished: boolean;
}

/** What a drain did. */
interface SyncReport {
  tag: string;
  sent: number;
  /** At least as many: an app's store is not counted to its end. */
  remaining: number;
  /** Dead letters of the tag, of any drain. */
  dead: number;
  /** What remains waits for someone, not for time. */
  blocked: boolean;
  due: number | null;
  /** Nothing waits any more, and something was delivered since that was last so. */
  drained: number;
  /** Stopped by the time limit, not by a failure. */
  unfinished: boolean;
  error: string | null;
}

interface SyncReceipt {
  id: string;
  tag: string;
  seq: number;
  /** Coalesced: it took the place of older entries. */
  state: "pending" | "coalesced";
}

interface SyncTagState {
  tag: string;
  pending: number;
  inFlight: number;
  parked: number;
  dead: number;
  /** Of others than who is signed in. */
  foreign: number;
  /** Of a tag that pwa.toml has no more. */
  orphaned: number;
  bytes: number;
  oldest: number | null;
  nextAttempt: number | null;
  lastError: SyncFailure | null;
  wakeups: ("sync" | "page")[];
}

/** Work of a tag, one by one. */
interface SyncEntryView {
  id: string;
  tag: string;
  state: "pending" | "in_flight" | "parked" | "dead";
  attempts: number;
  queuedAt: number;
  payload: unknown;
  failure?: SyncFailure;
}

interface SyncEventDetail {
  n: number;
  type: SyncEventType;
  tag: string;
  ids: string[];
  response?: unknown;
  failure?: SyncFailure;
  state: SyncTagState;
}

// Background Sync is not part of TypeScript's libraries: one engine has it.
interface SyncManager {
  register(tag: string): Promise<void>;
  getTags(): Promise<string[]>;
}
interface ServiceWorkerRegistration {
  readonly sync?: SyncManager;
}
interface SyncEvent extends Event {
  readonly tag: string;
  readonly lastChance: boolean;
  waitUntil(work: Promise<unknown>): void;
}
interface ServiceWorkerGlobalScopeEventMap {
  sync: SyncEvent;
}
