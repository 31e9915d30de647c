
/** What another app has shared. It may be anybody's: take nothing in it for granted. */
export interface Shared {
  title: string | undefined;
  text: string | undefined;
  url: string | undefined;
  files: File[];
}

/** Calls back for everything that was shared and no page has taken yet, the oldest first; what the callback does not reject for is taken. Returns what ends it. */
export function onShared(callback: (share: Shared) => unknown): () => void;
