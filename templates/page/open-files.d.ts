
/** Calls back with the files that somebody opens with the installed app, also with those it was started for; returns what ends it. */
export function onOpenFiles(callback: (files: FileSystemFileHandle[]) => unknown): () => void;
