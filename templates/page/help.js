/** @param {MessageEvent} event in which an installing worker asks for files */
async function help({ data, ports: [port] }) {
  if (data?.type !== "mdpwa:help") return;
  port.postMessage({});
  try {
    const { download } = await loadModule(CONFIG.downloads);
    await download(data, port);
  } catch {
    // The worker will meet the same failure, and tell of it.
  }
  port.postMessage({ done: true });
}

navigator.serviceWorker?.addEventListener("message", help);
// Without a worker there will be one that asks: by then it is there.
if (!navigator.serviceWorker?.controller) on("registered", () => loadModule(CONFIG.downloads).catch(() => undefined));
