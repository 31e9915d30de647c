
/** Asks for notifications, if that is still undecided. Call it from a click. */
export function requestPermission(): Promise<NotificationPermission>;
