/** Where the work of a tag comes from, by `mode`; the rooms of those that pwa.toml names put themselves in. */
const sources = /** @type {Record<SyncTag["mode"], SyncOrigin>} */ ({});
