{
  // Ours, and what pages send that were written for other tools.
  onMessage("mdpwa:activate", activate);
  onMessage("SKIP_WAITING", activate);
  onMessage("mdpwa:version", answerVersion);

  function activate() {
    return sw.skipWaiting();
  }

  /** @param {ExtendableMessageEvent} event of a page that asks for this worker's version, and for its own */
  async function answerVersion({ source, ports: [port] }) {
    const page = await versionOf(/** @type {Client} */ (source).id);
    port?.postMessage({ version: CONFIG.version, page: page ?? CONFIG.version });
  }
}
