// IndexedDB in memory, as far as the rooms use it, with every turn of events given to a scheduler.
// A transaction runs at one go: others could not see into it anyway. Its opening, its turn and its end are separate events.

export class IDBKeyRange {
  static bound(lower, upper, lowerOpen = false, upperOpen = false) {
    return Object.assign(new IDBKeyRange(), { lower, upper, lowerOpen, upperOpen });
  }
  static lowerBound(lower, open = false) {
    return IDBKeyRange.bound(lower, undefined, open);
  }
  static upperBound(upper, open = false) {
    return IDBKeyRange.bound(undefined, upper, false, open);
  }
  includes(key) {
    const low = this.lower === undefined ? 1 : compare(key, this.lower);
    const high = this.upper === undefined ? -1 : compare(key, this.upper);
    return (low > 0 || (low === 0 && !this.lowerOpen)) && (high < 0 || (high === 0 && !this.upperOpen));
  }
}

/** What is stored on one device, whoever opens it. */
export class Disk {
  constructor() {
    this.databases = new Map();
  }

  /** @param {{ schedule: (name: string, run: () => void) => void }} agent whose events go when it is killed */
  factory(agent) {
    return {
      open: (name, version) => {
        const request = new Request();
        agent.schedule(`open ${name}`, () => this.#open(agent, name, version, request));
        return request;
      },
      databases: async () => [...this.databases].map(([name, { version }]) => ({ name, version })),
    };
  }

  #open(agent, name, version, request) {
    let stored = this.databases.get(name);
    if (stored && version !== undefined && version < stored.version) return request.fail(new DOMException("older", "VersionError"));
    if (stored && version > stored.version) throw new Error("upgrades of what is there are not part of this");
    if (!stored) {
      stored = { version: version ?? 1, stores: new Map(), queue: [] };
      let aborted = false;
      request.result = new Database(agent, stored);
      request.transaction = { abort: () => (aborted = true) };
      request.onupgradeneeded?.({});
      if (aborted) return request.fail(new DOMException("aborted", "AbortError"));
      this.databases.set(name, stored);
    }
    request.succeed(new Database(agent, stored));
  }

  /** Everything in one store. */
  rows(name, store) {
    return (this.databases.get(name)?.stores.get(store)?.rows ?? []).map(({ value }) => value);
  }
}

class Request {
  succeed(value) {
    this.result = value;
    this.onsuccess?.({ target: this });
  }
  fail(error) {
    this.error = error;
    this.onerror?.({ target: this });
  }
}

class Database {
  constructor(agent, stored) {
    this.agent = agent;
    this.stored = stored;
  }
  get objectStoreNames() {
    return this.stored.stores.keys();
  }
  createObjectStore(name, { keyPath = null, autoIncrement = false } = {}) {
    const store = { keyPath, autoIncrement, next: 1, rows: [], indexes: new Map() };
    this.stored.stores.set(name, store);
    return { createIndex: (index, path, { unique = false } = {}) => store.indexes.set(index, { path, unique }) };
  }
  transaction(names, mode) {
    for (const name of names) if (!this.stored.stores.has(name)) throw new DOMException(name, "NotFoundError");
    const transaction = new Transaction(this, mode);
    const { queue } = this.stored;
    queue.push(transaction);
    transaction.offer();
    return transaction;
  }
  close() {}
}

class Transaction {
  constructor(database, mode) {
    Object.assign(this, { database, mode, error: null, waiting: [], undo: [], running: false, over: false });
  }

  /** Has its turn once it is the first in line. */
  offer() {
    const { queue } = this.database.stored;
    if (queue[0] !== this || this.offered) return;
    this.offered = true;
    const { agent } = this.database;
    agent.schedule("transaction", () => this.#run(), () => this.leave());
  }

  async #run() {
    const { agent } = this.database;
    this.running = true;
    for (const call of this.waiting) queueMicrotask(call);
    // All that follows from one request to the next happens before the next turn.
    await agent.turn();
    this.running = false;
    const aborted = this.over;
    this.over = true;
    this.leave();
    agent.schedule("transaction done", () => (aborted ? this.onabort?.({}) : this.oncomplete?.({})));
  }

  leave() {
    const { queue } = this.database.stored;
    const at = queue.indexOf(this);
    if (at >= 0) queue.splice(at, 1);
    queue[0]?.offer();
  }

  objectStore(name) {
    return new Store(this, this.database.stored.stores.get(name));
  }

  abort() {
    if (this.over) throw new DOMException("over", "InvalidStateError");
    this.over = true;
    for (const undo of this.undo.reverse()) undo();
  }

  request(work) {
    if (this.over) throw new DOMException("over", "TransactionInactiveError");
    const request = new Request();
    const call = () => {
      if (this.over) return;
      try {
        request.result = work();
      } catch (error) {
        this.error = error;
        request.fail(error);
        if (!this.over) this.abort();
        return;
      }
      request.onsuccess?.({ target: request });
    };
    if (this.running) queueMicrotask(call);
    else this.waiting.push(call);
    return request;
  }
}

class Store {
  constructor(transaction, data) {
    Object.assign(this, { transaction, data, keyPath: data.keyPath });
  }

  #place(key) {
    const { rows } = this.data;
    let at = 0;
    while (at < rows.length && compare(rows[at].key, key) < 0) at += 1;
    return { at, found: at < rows.length && compare(rows[at].key, key) === 0 };
  }

  #write(value, key, overwrite) {
    const { data, transaction } = this;
    if (transaction.mode === "readonly") throw new DOMException("read only", "ReadOnlyError");
    const copy = clone(value);
    return transaction.request(() => {
      let id = data.keyPath === null ? key : keyOf(copy, data.keyPath);
      if (id === undefined && data.autoIncrement) {
        id = data.next;
        data.next += 1;
        if (data.keyPath !== null) copy[data.keyPath] = id;
      }
      if (!isKey(id)) throw new DOMException("no key", "DataError");
      if (data.autoIncrement && typeof id === "number" && id >= data.next) data.next = Math.floor(id) + 1;
      const { at, found } = this.#place(id);
      if (found && !overwrite) throw new DOMException("there already", "ConstraintError");
      for (const { path, unique } of data.indexes.values()) {
        const wanted = unique ? keyOf(copy, path) : undefined;
        if (wanted === undefined) continue;
        const clash = data.rows.some((row) => compare(row.key, id) !== 0 && isKey(keyOf(row.value, path)) && compare(keyOf(row.value, path), wanted) === 0);
        if (clash) throw new DOMException("not unique", "ConstraintError");
      }
      const before = data.rows[at];
      data.rows.splice(at, found ? 1 : 0, { key: id, value: copy });
      transaction.undo.push(() => {
        const place = this.#place(id).at;
        data.rows.splice(place, 1, ...(found ? [before] : []));
      });
      return id;
    });
  }

  add(value, key) {
    return this.#write(value, key, false);
  }
  put(value, key) {
    return this.#write(value, key, true);
  }
  delete(keyOrRange) {
    const { data, transaction } = this;
    return transaction.request(() => {
      const wanted = matcher(keyOrRange);
      const before = data.rows;
      data.rows = before.filter(({ key }) => !wanted(key));
      const after = data.rows;
      if (after.length !== before.length) transaction.undo.push(() => (data.rows = before));
    });
  }
  get(key) {
    return this.transaction.request(() => {
      const { at, found } = this.#place(key);
      return found ? clone(this.data.rows[at].value) : undefined;
    });
  }
  #select(range, count = Infinity) {
    const wanted = matcher(range);
    const rows = [];
    for (const row of this.data.rows) {
      if (rows.length >= count) break;
      if (wanted(row.key)) rows.push(row);
    }
    return rows;
  }
  getAll(range, count) {
    return this.transaction.request(() => this.#select(range, count).map(({ value }) => clone(value)));
  }
  getAllKeys(range, count) {
    return this.transaction.request(() => this.#select(range, count).map(({ key }) => key));
  }
  count(range) {
    return this.transaction.request(() => this.#select(range).length);
  }
  openKeyCursor(range, direction) {
    return this.transaction.request(() => {
      const rows = this.#select(range ?? undefined);
      const row = direction === "prev" ? rows.at(-1) : rows[0];
      return row ? { key: row.key, primaryKey: row.key } : null;
    });
  }
  index(name) {
    const { path } = this.data.indexes.get(name);
    const select = (range, count = Infinity) => {
      const wanted = matcher(range);
      const rows = [];
      for (const row of this.data.rows) {
        const key = keyOf(row.value, path);
        if (isKey(key) && wanted(key)) rows.push({ ...row, index: key });
      }
      return rows.sort((a, b) => compare(a.index, b.index) || compare(a.key, b.key)).slice(0, count);
    };
    const ask = (work) => this.transaction.request(work);
    return {
      get: (key) => ask(() => clone(select(key, 1)[0]?.value)),
      getAll: (range, count) => ask(() => select(range, count).map(({ value }) => clone(value))),
      getAllKeys: (range, count) => ask(() => select(range, count).map(({ key }) => key)),
      count: (range) => ask(() => select(range).length),
    };
  }
}

function matcher(range) {
  if (range === undefined || range === null) return () => true;
  if (range instanceof IDBKeyRange) return (key) => range.includes(key);
  return (key) => compare(key, range) === 0;
}

function keyOf(value, path) {
  if (!Array.isArray(path)) return value?.[path];
  const parts = path.map((name) => value?.[name]);
  return parts.every(isKey) ? parts : undefined;
}

function isKey(value) {
  return typeof value === "string" || (typeof value === "number" && !Number.isNaN(value)) || (Array.isArray(value) && value.every(isKey));
}

/** Order of keys: numbers, then strings, then arrays. */
function compare(a, b) {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x - y;
  if (x < 2) return a < b ? -1 : a > b ? 1 : 0;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = compare(a[i], b[i]);
    if (order) return order;
  }
  return a.length - b.length;
}

function rank(key) {
  return typeof key === "number" ? 0 : typeof key === "string" ? 1 : 2;
}

/** A structured clone of plain data; functions cannot be cloned here either. */
function clone(value) {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function" || typeof value === "symbol") throw new DOMException("not data", "DataCloneError");
    return value;
  }
  if (Array.isArray(value)) return value.map(clone);
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  const copy = {};
  for (const name in value) copy[name] = clone(value[name]);
  return copy;
}
