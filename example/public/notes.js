// @ts-check
/** The notes of this device: one IndexedDB store, owned by this app and read by the service worker when it syncs. */

/**
 * @typedef {object} Note
 * @property {string} id
 * @property {string} title
 * @property {string} markdown
 * @property {"waiting" | "synced"} status  What the app writes is "waiting"; the sync writes "synced".
 * @property {number} revision  Counts the saves of this note.
 * @property {string} createdAt  ISO 8601, in UTC.
 * @property {string} updatedAt
 */

const DATABASE = "markdowns";
const STORE = "markdowns";

/**
 * All notes, the one changed last first.
 * @returns {Promise<Note[]>}
 */
export async function listNotes() {
  /** @type {Note[]} */
  const notes = await inStore("readonly", (store) => store.getAll());
  return notes.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.id.localeCompare(a.id));
}

/**
 * Keeps a note on this device, waiting to be synced. Saving what is already kept changes nothing.
 * A note that is no longer what it was when the editor took it up was changed in another tab: then both are kept.
 * @param {{ id: string, title: string, markdown: string, before: string }} draft
 * @returns {Promise<string>}  The id it is kept under.
 */
export async function saveNote({ id, title, markdown, before }) {
  let keptAs = id;
  await inStore("readwrite", (store) => {
    const reading = store.get(id);
    reading.onsuccess = () => {
      /** @type {Note | undefined} */
      let known = reading.result;
      if (known?.markdown === markdown) return;
      if (known && known.markdown !== before) {
        known = undefined;
        keptAs = newId();
      }
      const now = new Date().toISOString();
      /** @type {Note} */
      const note = {
        id: keptAs,
        title,
        markdown,
        status: "waiting",
        revision: (known?.revision ?? 0) + 1,
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
      };
      store.put(note);
    };
  });
  return keptAs;
}

/**
 * Puts a deleted note back as it was.
 * @param {Note} note
 * @returns {Promise<void>}
 */
export async function restoreNote(note) {
  await inStore("readwrite", (store) => store.put(note));
}

/**
 * Forgets a note on this device.
 * @param {string} id
 * @returns {Promise<void>}
 */
export async function deleteNote(id) {
  await inStore("readwrite", (store) => store.delete(id));
}

/** @returns {string} */
export function newId() {
  // `randomUUID` is kept from pages without https; on a phone in the home network the app should still write.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Runs `work` in one transaction and answers with the result of the request it returns, once all of it is on disk.
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest | void} work
 * @returns {Promise<any>}
 */
async function inStore(mode, work) {
  // A connection held open would block a later version of this app, and Safari drops idle ones silently.
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) throw new Error("it has no IndexedDB");
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
