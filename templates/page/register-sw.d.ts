
/** For pages written for `virtual:pwa-register`. */
export function registerSW(options?: {
  immediate?: boolean;
  onNeedRefresh?: () => unknown;
  onOfflineReady?: () => unknown;
  onRegisteredSW?: (url: string, registration: ServiceWorkerRegistration) => unknown;
  onRegisterError?: (error: unknown) => unknown;
}): (reload?: boolean) => Promise<void>;
