// @ts-check
/** Markdown Notes: type on the left, read on the right, save on this device, sync when the server can be reached. */

import { flush, requestPermission, requestSync, subscribe } from "./register.js";
import { replaceWithCaption, setMarkdown, titleOf } from "./markdown.js";
import { deleteNote, listNotes, newId, restoreNote, saveNote } from "./notes.js";
import { SAMPLE } from "./sample.js";

/** @typedef {import("./notes.js").Note} Note */

/** The `[[sync]]` tag of pwa.toml. */
const TAG = "persistToDatabase";
const DRAFT = "markdown-notes:draft";
const MARKS = { waiting: "Waiting", synced: "Synced", refused: "Turned away" };

const editor = /** @type {HTMLTextAreaElement} */ (element("editor"));
const preview = element("preview");
const page = element("page");
const list = element("notes");

/** What is in the editor: `saved` is the text as it was last kept on this device. */
const current = { id: newId(), saved: "" };
/** @type {Note[]} */
let notes = [];
/** @type {"quiet" | "sending" | "unreachable"} */
let server = "quiet";
/**
 * Notes the server has looked at and turned away.
 * @type {Set<string>}
 */
const turnedAway = new Set();
/** How long the last preview took, in milliseconds: typing must not wait for a long text. */
let cost = 0;
let rendering = 0;
let refreshing = 0;
let drafting = 0;
let draftFails = false;
let hiding = 0;

editor.addEventListener("input", () => { showEditor(); renderSoon(); keepDraftSoon(); });
editor.addEventListener("scroll", followEditor, { passive: true });
list.addEventListener("click", (event) => choose(/** @type {Element} */ (event.target)));
preview.addEventListener("error", (event) => replaceFailedImage(event.target), { capture: true });
element("new").addEventListener("click", startNote);
element("save").addEventListener("click", save);
element("delete").addEventListener("click", remove);
element("sample").addEventListener("click", startFromSample);
element("copy").addEventListener("click", copyHtml);
element("sync-now").addEventListener("click", syncNow);
element("notify").addEventListener("click", askToNotify);
element("message-close").addEventListener("click", hideMessage);
element("tabs").addEventListener("click", (event) => changePane(/** @type {Element} */ (event.target)));
addEventListener("keydown", saveByKey);
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
addEventListener("pagehide", keepDraft);
document.addEventListener("visibilitychange", refreshWhenSeen);
subscribe(followSync, { since: 0 });

restoreDraft();
showNotify();
refresh();

// The editor

/** @returns {boolean} */
function isEdited() {
  return editor.value !== current.saved;
}

/**
 * Puts a text into the editor and its page beside it.
 * @param {string} id
 * @param {string} saved  The text as it is kept on this device.
 * @param {string} [text]
 */
function load(id, saved, text = saved) {
  Object.assign(current, { id, saved });
  editor.value = text;
  editor.setSelectionRange(0, 0);
  editor.scrollTop = 0;
  page.scrollTop = 0;
  render();
  showEditor();
  showNotes();
}

async function startNote() {
  if (!(await putAside())) return;
  load(newId(), "");
  keepDraft();
  showPane("write");
  editor.focus();
}

function startFromSample() {
  load(newId(), "", SAMPLE);
  keepDraft();
  if (!matchMedia("(max-width: 820px)").matches) return editor.focus();
  showPane("read");
}

/** @param {Element} target */
async function choose(target) {
  const id = target.closest("li")?.dataset.id;
  if (!id || !(await putAside())) return;
  const note = notes.find((each) => each.id === id);
  if (!note) return;
  load(note.id, note.markdown);
  keepDraft();
  showPane("read");
}

/**
 * Nobody should lose a text by looking at another one.
 * @returns {Promise<boolean>}  Whether the editor may be used for something else.
 */
async function putAside() {
  return !isEdited() || editor.value.trim() === "" || keep();
}

async function save() {
  if (editor.value.trim() === "") {
    say("There is nothing to save yet.");
    showPane("write");
    return editor.focus();
  }
  await keep();
}

/**
 * Saves on this device, then asks for a sync; the one never waits for the other.
 * @returns {Promise<boolean>}
 */
async function keep() {
  const { id, saved } = current;
  const markdown = editor.value;
  let keptAs;
  try {
    keptAs = await saveNote({ id, title: titleOf(markdown), markdown, before: saved });
  } catch (error) {
    say(whyNotKept(error), { stays: true });
    return false;
  }
  if (current.id === id) Object.assign(current, { id: keptAs, saved: markdown });
  if (markdown !== saved) turnedAway.delete(keptAs);
  hideMessage();
  if (keptAs !== id) say("This note was changed in another tab. Yours is kept beside it, as a note of its own.");
  keepDraft();
  await refresh();
  if (isWaiting(keptAs)) requestSync(TAG).catch(reportSyncFailure);
  return true;
}

async function remove() {
  const note = notes.find((each) => each.id === current.id);
  if (!note) return;
  try {
    await deleteNote(note.id);
  } catch (error) {
    return say(`This note could not be deleted: ${reason(error)}`, { stays: true });
  }
  const text = editor.value;
  load(newId(), "");
  keepDraft();
  await refresh();
  say(`“${note.title}” is deleted from this device.`, { action: "Undo", run: () => undoRemove(note, text) });
  editor.focus();
}

/**
 * @param {Note} note
 * @param {string} text
 */
async function undoRemove(note, text) {
  try {
    await restoreNote(note);
  } catch (error) {
    return say(whyNotKept(error), { stays: true });
  }
  if (await putAside()) load(note.id, note.markdown, text);
  await refresh();
  if (isWaiting(note.id)) requestSync(TAG).catch(reportSyncFailure);
}

/** @param {KeyboardEvent} event */
function saveByKey(event) {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  save();
}

function showEditor() {
  const known = notes.some((note) => note.id === current.id);
  const edited = isEdited();
  element("delete").hidden = !known;
  element("save-state").textContent = edited ? "Not saved" : known ? "Saved here" : "";
  document.body.dataset.edited = String(edited);
}

// The page beside it

function renderSoon() {
  clearTimeout(rendering);
  rendering = setTimeout(render, Math.min(600, 40 + cost * 2));
}

function render() {
  clearTimeout(rendering);
  const started = performance.now();
  const text = editor.value;
  preview.replaceChildren(setMarkdown(text));
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0;
  element("words").textContent = words ? `${words.toLocaleString("en")} ${words === 1 ? "word" : "words"}` : "";
  element("preview-empty").hidden = text.trim() !== "";
  element("copy").hidden = text.trim() === "";
  if (document.activeElement === editor) followEditor();
  cost = performance.now() - started;
}

function followEditor() {
  const room = editor.scrollHeight - editor.clientHeight;
  if (room > 0) page.scrollTop = (editor.scrollTop / room) * (page.scrollHeight - page.clientHeight);
}

/** @param {EventTarget | null} target */
function replaceFailedImage(target) {
  if (target instanceof HTMLImageElement) replaceWithCaption(target);
}

async function copyHtml() {
  try {
    await navigator.clipboard.writeText(preview.innerHTML);
    say("The HTML is on the clipboard.");
  } catch (error) {
    say(`The clipboard cannot be used here: ${reason(error)}`);
  }
}

// The list

/** Reads the store again: a sync, or another tab, may have changed it. */
async function refresh() {
  try {
    notes = await listNotes();
  } catch (error) {
    element("notes-empty-text").textContent = `This browser keeps nothing for this page (${reason(error)}). You can write and read, but not save.`;
  }
  const stored = notes.find((note) => note.id === current.id);
  if (stored && stored.markdown !== current.saved && !isEdited()) load(stored.id, stored.markdown);
  showNotes();
  showEditor();
  showConnection();
}

function showNotes() {
  element("notes-empty").hidden = notes.length > 0;
  element("notes-count").textContent = notes.length ? String(notes.length) : "";
  const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("#notes li"))?.dataset.id;
  list.replaceChildren(...notes.map(noteItem));
  if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${CSS.escape(focused)}"] button`))?.focus();
}

/** @param {Note} note */
function noteItem(note) {
  const title = piece("span", "note-title", note.title);
  const when = piece("time", "note-time", shortDate(note.updatedAt));
  when.setAttribute("datetime", note.updatedAt);
  const status = isRefused(note) ? "refused" : note.status;
  const mark = piece("span", "mark", MARKS[status]);
  const button = document.createElement("button");
  button.type = "button";
  button.append(title, when, mark);
  if (note.id === current.id) button.setAttribute("aria-current", "true");
  const item = document.createElement("li");
  item.dataset.id = note.id;
  item.dataset.status = status;
  item.append(button);
  return item;
}

/** @param {string} id */
function isWaiting(id) {
  return notes.some((note) => note.id === id && note.status === "waiting");
}

/** @param {Note} note */
function isRefused(note) {
  return note.status === "waiting" && turnedAway.has(note.id);
}

/** @param {string} iso */
function shortDate(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" });
}

// The sync

/** @param {{ tag: string, type: string, ids: string[] }} event */
function followSync({ tag, type, ids }) {
  if (tag !== TAG) return;
  if (type === "sent" || type === "drained") server = "quiet";
  if (type === "retrying" || type === "parked") server = "unreachable";
  for (const id of ids) {
    if (type === "dead") turnedAway.add(id);
    else turnedAway.delete(id);
  }
  // A page that opens hears all that happened before, at once.
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, 20);
}

async function syncNow() {
  server = "sending";
  showConnection();
  const { remaining } = await flush(TAG, { force: true }).catch((error) => {
    reportSyncFailure(error);
    return { remaining: 0 };
  });
  server = remaining ? "unreachable" : "quiet";
  if (remaining) say("The server did not answer. Your notes are safe here, and are tried again by themselves.");
  await refresh();
}

/** @param {unknown} error */
function reportSyncFailure(error) {
  say(`Saved on this device. The sync could not be started: ${reason(error)}`);
}

/** `navigator.onLine` is only trusted when it says no. */
function showConnection() {
  const waiting = notes.filter((note) => note.status === "waiting").length;
  const [state, text] = connection(waiting);
  element("connection").dataset.state = state;
  element("connection-text").textContent = text;
  element("sync-now").hidden = waiting === 0 || !navigator.onLine || server === "sending";
}

/**
 * @param {number} waiting
 * @returns {[state: string, text: string]}
 */
function connection(waiting) {
  const refused = notes.filter(isRefused).length;
  const count = `${waiting} ${waiting === 1 ? "note" : "notes"}`;
  if (!navigator.onLine) return ["offline", waiting ? `Offline, ${waiting} waiting` : "Offline"];
  if (server === "sending") return ["sending", "Syncing…"];
  if (refused) return ["refused", `${refused} turned away`];
  if (server === "unreachable" && waiting) return ["unreachable", `Server away, ${waiting} waiting`];
  if (waiting) return ["waiting", `${count} waiting`];
  return notes.length ? ["synced", "All synced"] : ["ready", "Ready"];
}

async function refreshWhenSeen() {
  if (document.visibilityState === "visible") return refresh();
  keepDraft();
}

// Asking to notify: only ever from a click

function showNotify() {
  element("notify").hidden = !("Notification" in window) || Notification.permission !== "default";
}

async function askToNotify() {
  const answer = await requestPermission();
  showNotify();
  if (answer === "granted") say("You will be told when your notes have reached the server.");
}

// The draft: what was typed survives a closed tab

function keepDraftSoon() {
  clearTimeout(drafting);
  drafting = setTimeout(keepDraft, 400);
}

function keepDraft() {
  clearTimeout(drafting);
  try {
    localStorage.setItem(DRAFT, JSON.stringify({ id: current.id, saved: current.saved, text: editor.value }));
    draftFails = false;
  } catch (error) {
    // Once is enough: the next key stroke will fail in the same way.
    if (!draftFails && isEdited()) say(`What you type is not kept until you save it: ${reason(error)}`, { stays: true });
    draftFails = true;
  }
}

function restoreDraft() {
  try {
    const draft = JSON.parse(localStorage.getItem(DRAFT) ?? "null");
    if (draft) return load(draft.id, draft.saved, draft.text);
  } catch {
    // A browser that forbids storage, or a draft of another app on this host: begin with an empty page.
  }
  load(current.id, "");
}

// Messages and panes

/**
 * @param {string} text
 * @param {{ stays?: boolean, action?: string, run?: () => void }} [how]
 */
function say(text, { stays = false, action = "", run } = {}) {
  clearTimeout(hiding);
  const button = element("message-action");
  button.hidden = !run;
  button.textContent = action;
  button.onclick = () => { hideMessage(); run?.(); };
  element("message-text").textContent = text;
  element("message").hidden = false;
  if (!stays) hiding = setTimeout(hideMessage, run ? 10_000 : 5_000);
}

function hideMessage() {
  element("message").hidden = true;
}

/** @param {unknown} error */
function whyNotKept(error) {
  const full = error instanceof DOMException && error.name === "QuotaExceededError";
  if (full) return "This device has no room left for the note. Delete some notes and save again; your text is still in the editor.";
  return `The note could not be saved: ${reason(error)}. Your text is still in the editor.`;
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}

/** @param {Element} target */
function changePane(target) {
  const name = /** @type {HTMLElement | null} */ (target.closest("[data-show]"))?.dataset.show;
  if (name) showPane(name);
}

/**
 * On a phone one pane fills the screen.
 * @param {string} name
 */
function showPane(name) {
  document.body.dataset.pane = name;
  for (const tab of element("tabs").children) {
    if (/** @type {HTMLElement} */ (tab).dataset.show === name) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * @param {string} name
 * @param {string} className
 * @param {string} text
 */
function piece(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
