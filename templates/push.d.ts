// What the rooms of [push] agree on.

/** `[push]` of pwa.toml, decided. Addresses are relative to the site's root. */
interface PushConfig {
  key?: string;
  subscribe?: PushRequest;
  unsubscribe?: PushRequest;
  pointers: PushPointers;
  /** What is shown where a payload says nothing. */
  default: { title: string; body?: string; icon?: string; url: string };
  click: PushClick;
  actions: { action: string; title: string; icon?: string; url?: string; click: PushClick }[];
  /** Tags that are delivered on the occasion. */
  drain: string[];
}

interface PushRequest {
  method: string;
  url: string;
}

/** Where a payload says what is shown. */
interface PushPointers {
  title: string;
  body: string;
  icon: string;
  url: string;
  tag: string;
  actions: string;
  badge?: string;
}

type PushClick = "focus" | "open" | "navigate" | { request: PushRequest };

/** What a notification keeps for its click. */
interface PushData {
  type: "mdpwa:push";
  /** One for each message, so that the server knows a repetition. */
  id: string;
  url?: string;
  /** By action. */
  urls: Record<string, string>;
  message: unknown;
}

interface PushButton {
  action: string;
  title: string;
  icon?: string;
}

/** What is written down of the subscription; subscriptions are JSON. */
interface PushBook {
  /** Somebody subscribed, or ended that. */
  wanted?: boolean;
  /** As the server acknowledged it, and when. */
  told?: string;
  at?: number;
  /** Over, which the server does not know yet. */
  gone: string[];
}

interface PushState {
  supported: boolean;
  permission: NotificationPermission;
  subscribed: boolean;
  known: boolean;
}

interface WorkerConfig {
  push: PushConfig;
}

interface PageConfig {
  push: Pick<PushConfig, "key" | "subscribe" | "unsubscribe">;
}
