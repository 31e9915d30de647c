{
  // A small message that asks for the new version, in a shadow of its own, so that neither side's styles reach the other.

  /** @type {HTMLElement | undefined} */
  let host;

  // Back to what this page shows: nothing to ask about any more.
  on("update", ({ from, to }) => (from === to ? hide() : show(CONFIG.toast.text, CONFIG.toast.accept)));
  on("offline-ready", () => CONFIG.toast.offline && show(CONFIG.toast.offline));

  /**
   * @param {string} text
   * @param {string} [accept] what accepts the new version, where there is one
   */
  function show(text, accept) {
    hide();
    host = document.createElement("mdpwa-toast");
    const shadow = host.attachShadow({ mode: "open" });
    // A sheet made here, and not a style element, since policies forbid those.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CONFIG.toast.style);
    shadow.adoptedStyleSheets = [sheet];
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.part.add("text");
    shadow.append(status);
    if (accept) shadow.append(button("accept", accept, applyUpdate));
    shadow.append(button("dismiss", CONFIG.toast.dismiss, hide));
    host.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
    document.body.append(host);
    // Read out only when it changes in a place that is already there.
    setTimeout(() => (status.textContent = text), 100);
  }

  /**
   * @param {string} part
   * @param {string} text
   * @param {() => void} onClick
   */
  function button(part, text, onClick) {
    const made = document.createElement("button");
    made.part.add(part);
    made.textContent = text;
    made.addEventListener("click", onClick);
    return made;
  }

  function hide() {
    host?.remove();
  }
}
