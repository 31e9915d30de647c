{
  // Reloads an outdated page when nobody looks at it and nothing would be lost.

  /** Leaving a page hides it, too, and must not turn into a reload. Milliseconds. */
  const HIDDEN_FOR = 1_000;

  /** @type {Set<any>} */
  const typed = new Set();

  addEventListener("input", (event) => typed.add(event.composedPath()[0]), true);
  document.addEventListener("visibilitychange", soon);
  on("update", soon);

  function soon() {
    setTimeout(reloadIfSafe, HIDDEN_FOR);
  }

  function reloadIfSafe() {
    if (newest === shown || document.visibilityState === "visible" || isInUse()) return;
    // The page knows best what else it is in the middle of.
    if (dispatchEvent(new CustomEvent("mdpwa:before-reload", { cancelable: true }))) applyUpdate();
  }

  /** Whether something typed has not gone anywhere, or something can be heard. */
  function isInUse() {
    const isUnsaved = (/** @type {any} */ field) => field.isConnected && field.value !== "";
    const isHeard = (/** @type {HTMLMediaElement} */ media) => !media.paused && !media.muted;
    return [...typed].some(isUnsaved) || [...document.querySelectorAll("audio, video")].some((media) => isHeard(/** @type {any} */ (media)));
  }
}
