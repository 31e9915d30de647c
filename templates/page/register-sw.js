/**
 * For pages written for `virtual:pwa-register`.
 *
 * @param {RegisterSWOptions} [options]
 * @returns {(reload?: boolean) => Promise<void>} activates the newest version and reloads the page
 */
export function registerSW({ immediate, onNeedRefresh, onOfflineReady, onRegisteredSW, onRegisterError } = {}) {
  if (onNeedRefresh) on("update", ({ from, to }) => from !== to && onNeedRefresh());
  if (onOfflineReady) on("offline-ready", () => onOfflineReady());
  if (onRegisteredSW) on("registered", (registration) => onRegisteredSW(new URL(CONFIG.worker, ROOT).href, registration));
  if (onRegisterError) on("register-error", onRegisterError);
  register({ immediate });
  return async () => applyUpdate();
}
