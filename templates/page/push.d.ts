
/** What this browser offers, and where the subscription stands. */
export interface PushState {
  /** On iPhones and iPads: only in an app on the Home Screen. */
  supported: boolean;
  permission: NotificationPermission;
  subscribed: boolean;
  /** The server has acknowledged it. Until then it is told again at every visit. */
  known: boolean;
}

/**
 * Asks for permission, if that is still undecided, and subscribes; call it from a click. Resolves also where permission was
 * not given or the server could not be told; rejects where the browser cannot subscribe.
 */
export function subscribePush(): Promise<PushState>;

/** Ends the subscription of this browser, and tells the server, now or at a later visit. */
export function unsubscribePush(): Promise<PushState>;

export function pushState(): Promise<PushState>;

/** Asks for notifications, if that is still undecided, and with `push` subscribes to them. Call it from a click. */
export function requestPermission(options?: { push?: boolean }): Promise<NotificationPermission>;
