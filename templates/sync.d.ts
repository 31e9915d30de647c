// What the sync rooms agree on: the decided tags of pwa.toml, the rows of the outbox, and the words of the drain.
// Rows outlive the version that wrote them: a field may be added to a row, none may change its meaning under the same `v`.

/** One `[[sync]]` of pwa.toml, decided. What is as usual is left out, and so is what this side does not need. */
interface SyncTag {
  tag: string;
  /** Where its work comes from: pages hand it over, or a store of the app's own is looked at for changed records, or as a whole. */
  mode: "outbox" | "incremental" | "snapshot";
  /** The app's own store; none for the outbox. */
  source: SyncSource;
  /** What becomes of delivered records; nothing where they are kept. */
  onSuccess?: "delete" | { set: Record<string, unknown> };
  /** JSON whose string leaves may be `$record`, `$records`, `$payload`, `$record.x`, `$payload.x`, `$key`, `$count`. */
  body: unknown;
  omit?: string[];
  /** JSON without it. */
  encoding?: "form" | "multipart" | "raw";
  /** Requests of the app's own to this endpoint that are queued when they fail; statuses are text. */
  capture?: { on: string[]; respond: "202" | "error"; navigations?: boolean };
  /** What waits for what: what has the same value in the field `lane`, or nothing; without it, everything for what came before. */
  order?: "lane" | "parallel";
  lane?: string;
  /** Lanes that are sent at once. */
  concurrency?: number;
  /** Field: the newest entry with one value takes the place of older ones that were not sent. */
  coalesce?: string;
  /** Nothing follows work that the server refused. */
  onDead?: "block";
  /** Whether to go on after work that was given up and may still arrive. */
  skipUnknown?: boolean;
  /** What becomes of work of someone who signs out, unless it waits for them. */
  logout?: "discard" | "refuse";
  limits: { maxEntries: number; maxBytes: number; maxBody: number };
  /** perRecord: the server answers with one status for each record, in their order. */
  batch: { maxRecords: number; maxBytes: number; perRecord?: boolean };
  endpoint: SyncEndpoint;
  notification?: SyncNotice;
  /** Posted to every window once nothing waits and nothing is dead. */
  clientMessage?: unknown;
  /** A page's own message that wakes the tag. */
  trigger?: { message: string };
  /** A store of the app's own for what the server answers, and the pointer to it in that. */
  response?: { database: string; store: string; pointer: string };
}

interface SyncSource {
  database: string;
  store: string;
  index?: string;
  where?: Record<string, unknown>;
}

interface SyncEndpoint {
  method: string;
  /** Relative to the site's root; may hold `{field}`. */
  url: string;
  headers?: Record<string, string>;
  credentials?: RequestCredentials;
  timeout: number;
  idempotency?: { header: string; format?: "raw" };
  /** A content type that a success must have, `*` for any; without it, any but HTML. */
  success?: { contentType: string };
  /** What statuses mean, where they mean something else than usual. */
  status?: Record<string, "success" | "retry" | "park" | "dead">;
  /** Name of the token in the context that stands behind `Bearer`. */
  auth?: string;
  /** Where the token against forged requests comes from; `name` is an address for `fetch`. */
  csrf?: { from: "cookie" | "context" | "fetch"; name: string; pointer: string; header: string };
  retry: SyncRetry;
}

/** All durations in milliseconds. */
interface SyncRetry {
  base: number;
  factor: number;
  maxDelay: number;
  /** Any number without it. */
  maxAttempts?: number;
  maxAge: number;
  maxRetryAfter: number;
}

interface SyncNotice {
  title: string;
  titleOne?: string;
  body?: string;
  icon?: string;
  tag: string;
  /** Only while no page of the site is in view. */
  when?: "hidden";
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
  /** The records of an app's store have none of their own. */
  lane?: string;
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
  /** How many entries it has, whosever they are, and their bytes. */
  entries: number;
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

/** Where a tag stands, for who is signed in. */
interface SyncSeen {
  meta: SyncMeta;
  /** The batches of their lanes. */
  open: SyncBatch[];
  /** Of their lanes. */
  prefix: string;
  context?: Record<string, string>;
}

/** What came back for one request, as plain facts; where nothing came back, `error` and `offline` only. */
interface SyncAnswer {
  error?: string;
  offline?: boolean;
  status: number;
  redirected: boolean;
  contentType: string;
  /** Milliseconds, already taken against the server's own clock; null when it said nothing usable. */
  retryAfter: number | null;
  /** What the server's clock said; NaN when it did not. */
  date: number;
  /** Start of the body of anything but a success. */
  text: string;
  /** The parsed body, when it is JSON. */
  json: unknown;
}

/** What an answer means for its batch: what the pages hear of it, and what is written down. */
interface SyncStep {
  /** Nothing where only its size was wrong. */
  event?: "sent" | "retrying" | "parked" | "dead";
  failure?: SyncFailure;
  response?: unknown;
  /** Of the tag. */
  meta?: Partial<SyncMeta>;
  /** Without it, the batch goes. */
  batch?: Partial<SyncBatch>;
  /** One for each record, or nothing, where it was taken. */
  failures?: (SyncFailure | undefined)[];
  /** Of the records that were not. */
  hold?: SyncHold;
}

/** What comes next in a drain. */
interface SyncNext {
  batch?: SyncBatch;
  /** It was sealed just now. */
  sealed?: boolean;
  /** Something was put out of the way. */
  again?: boolean;
  /** The app's store has to be read first. */
  unread?: { epoch: number; most: number };
  /** Milliseconds until something may go. */
  wait?: number;
}

/** Where the work of a tag comes from. */
interface SyncOrigin {
  /** What is to be sealed next, of one lane; nothing where that has to be read first. */
  next(stores: SyncStores, run: SyncRun, seen: SyncSeen, most: number): Promise<SyncPiece[] | undefined>;
  /** Reads it: empty where there is none in this stretch, nothing at the end. */
  read?(run: SyncPass, most: number): Promise<SyncPiece[] | undefined>;
  /** Takes note of what was sealed. */
  sealed?(run: SyncRun, members: SyncMember[]): void;
  /** Whether there may be more, once everything was gone through. */
  again(run: SyncRun): boolean;
  /** Lets go of what was delivered, or of what was refused, and answers what would be gone otherwise. */
  release(stores: SyncStores, tag: SyncTag, member: SyncMember, failure?: SyncFailure): Promise<SyncEntry | void>;
  /** Of what waits, as far as it is counted. */
  count(stores: SyncStores, tag: string, prefix: string): Promise<number>;
}

/** What started a drain. */
interface SyncWake {
  why: "sync" | "load" | "online" | "visible" | "timer" | "queued" | "flush" | "trigger";
  force?: boolean;
}

/** One drain on its way. */
interface SyncRun extends SyncPass {
  wake: SyncWake;
  /** Whether parked work may go on. */
  unparks: boolean;
  until: number;
  /** Lanes with a request on its way. */
  busy: Set<string>;
  /** Lanes that have to wait. */
  failed: Set<string>;
  /** Nothing gets through at all. */
  halted?: boolean;
  tried?: boolean;
  /** Whether work that may go later is left. */
  left?: boolean;
  report: SyncReport;
}

/** How far an app's store was gone through. */
interface SyncPass {
  tag: SyncTag;
  /** Last primary key read in this pass; undefined at its start. */
  after?: IDBValidKey;
  /** The same for an index, whose order is another. */
  passed: Set<string>;
  /** Whether this pass found work, so that another must follow. */
  found?: boolean;
  /** What was read, and the epoch at that time. */
  read?: { epoch: number; pieces: SyncPiece[] };
}

/** What a drain did. */
interface SyncReport {
  tag: string;
  sent: number;
  /** At least as many: an app's store is not counted to its end. */
  remaining?: number;
  /** Dead letters of the tag, of any drain. */
  dead: number;
  /** What remains waits for someone, not for time. */
  blocked?: boolean;
  /** Earliest time at which what is left may go; null when nothing but time is in the way. */
  due: number | null;
  /** Nothing waits any more, and something was delivered since that was last so. */
  drained: number;
  /** Stopped by the time limit, not by a failure. */
  unfinished?: boolean;
  error?: string;
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
