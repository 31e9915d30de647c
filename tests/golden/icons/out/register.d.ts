// Written by mdpwa from pwa.toml: change that and build again.

/** What this browser offers. */
export interface Registered {
  serviceWorker: boolean;
  backgroundSync: boolean;
}

/** Registers the service worker once the page has loaded, or `immediate`ly; importing this module does so by itself unless `auto_register = false`. */
export function register(options?: { immediate?: boolean }): Promise<Registered>;
