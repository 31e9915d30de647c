// @ts-check
/** Markdown to what may stand in the page. */

import { marked } from "./vendor/marked/marked.esm.js";
import "./vendor/dompurify/purify.min.js";

/** @type {{ sanitize(dirty: string, options: object): DocumentFragment }} */
const purifier = /** @type {any} */ (globalThis).DOMPurify;

const ALLOWED = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: ["style", "form", "button", "select", "textarea", "dialog", "audio", "video"],
  // Ids and names of a note could stand in for those of the app.
  FORBID_ATTR: ["style", "class", "id", "name", "autofocus", "popover", "tabindex"],
  RETURN_DOM_FRAGMENT: true,
};

/**
 * The page of a Markdown text, safe to be shown.
 * @param {string} markdown
 * @returns {DocumentFragment}
 */
export function setMarkdown(markdown) {
  const page = purifier.sanitize(toHtml(markdown), ALLOWED);
  for (const link of page.querySelectorAll("a[href]")) openBeside(link);
  for (const image of page.querySelectorAll("img")) loadGently(image);
  for (const input of page.querySelectorAll("input")) keepTaskBox(input);
  for (const table of page.querySelectorAll("table")) letScroll(table);
  return page;
}

/**
 * The first words of a text, as its name.
 * @param {string} markdown
 * @returns {string}
 */
export function titleOf(markdown) {
  for (const line of markdown.slice(0, 2000).split("\n")) {
    const words = purifier.sanitize(toHtml(line.trim()), { ...ALLOWED, FORBID_TAGS: ["img"] }).textContent?.trim();
    if (words) return words.slice(0, 120);
  }
  return "Untitled";
}

/**
 * Stands in for a picture that cannot be shown: no network, or not there.
 * @param {HTMLImageElement} image
 */
export function replaceWithCaption(image) {
  const caption = document.createElement("span");
  caption.className = "missing";
  caption.textContent = image.alt || "Picture";
  caption.title = image.getAttribute("src") ?? "";
  image.replaceWith(caption);
}

/**
 * @param {string} markdown
 * @returns {string}
 */
function toHtml(markdown) {
  try {
    return marked.parse(markdown, { async: false });
  } catch {
    // Thousands of nested quotes or lists are deeper than the parser can go; the text itself is still worth seeing.
    const plain = document.createElement("pre");
    plain.textContent = markdown;
    return plain.outerHTML;
  }
}

/** @param {Element} link */
function openBeside(link) {
  if (link.getAttribute("href")?.startsWith("#")) return;
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

/** @param {HTMLImageElement} image */
function loadGently(image) {
  const allowed = /^(https|data):/.test(image.src) || image.src.startsWith(`${location.origin}/`);
  if (!allowed) return replaceWithCaption(image);
  image.loading = "lazy";
  image.decoding = "async";
  image.referrerPolicy = "no-referrer";
}

/** @param {HTMLInputElement} input */
function keepTaskBox(input) {
  if (input.type !== "checkbox") return input.remove();
  input.disabled = true;
  input.closest("li")?.classList.add("task");
}

/** @param {HTMLTableElement} table */
function letScroll(table) {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
