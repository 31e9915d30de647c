
/** Who refreshes something: the browser, also with the site closed; this page while it is looked at; nobody. */
export type PeriodicState = "periodicsync" | "polling" | "off";

/**
 * Has something of pwa.toml refreshed from time to time, as it is from the first visit on, or no longer; this device keeps to it.
 * Each time that something new was stored, the window gets an event `mdpwa:refreshed` whose `detail` has the `tag`.
 */
export function setPeriodic(tag: PeriodicTag, on: boolean): Promise<PeriodicState>;
