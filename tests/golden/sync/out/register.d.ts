// Written by mdpwa from pwa.toml: change that and build again.

/** What this browser offers. */
export interface Registered {
  serviceWorker: boolean;
  backgroundSync: boolean;
}

/** Registers the service worker once the page has loaded, or `immediate`ly; importing this module does so by itself unless `auto_register = false`. */
export function register(options?: { immediate?: boolean }): Promise<Registered>;

/** The tags of pwa.toml. */
export type Tag = "persistToDatabase" | "addMarkdown" | "send-message" | "upload-attachment" | "mark-read";

// … page/sync.d.ts

// … page/permission.d.ts
