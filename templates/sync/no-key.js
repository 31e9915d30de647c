/**
 * No server of this site knows a repetition.
 * @type {(tag: SyncTag, key: string) => Record<string, string>}
 */
const keyHeader = () => ({});
