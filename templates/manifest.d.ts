// What the rooms of the manifest agree on.

interface WorkerConfig {
  share: ShareRequest;
}

interface PageConfig {
  share: ShareFields;
}

/** A request of another app that the worker answers; paths from the site's root. */
interface ShareRequest {
  action: string;
  /** Shown then. */
  page: string;
}

/** The names under which another app's share arrives in a form. */
interface ShareFields {
  title?: string;
  text?: string;
  url?: string;
  files: string[];
}

interface Shared {
  title: string | undefined;
  text: string | undefined;
  url: string | undefined;
  files: File[];
}

interface Window {
  /** Files that the system hands to the installed app. */
  launchQueue?: { setConsumer(consumer: (launch: { files: readonly FileSystemFileHandle[] }) => void): void };
}
