// What is fetched from time to time, so that it is there when there is no network. The browser says when, or a page that is looked at.

/** How long the server may take; browsers end an event after five minutes. */
const REFRESH_WITHIN = 60_000;

/**
 * Where an answer is kept; each way puts itself in.
 *
 * @type {((task: PeriodicTask, answer: PeriodicAnswer) => Promise<unknown>)[]}
 */
const keepers = [];

sw.addEventListener("periodicsync", (event) => {
  const task = taskOf(event.tag);
  // A tag that pwa.toml has no more would wake the device for nothing, for ever.
  event.waitUntil(task ? refresh(task) : Promise.resolve(sw.registration.periodicSync?.unregister(event.tag)));
});

onMessage("mdpwa:refresh", async ({ data }) => {
  const task = taskOf(data.tag);
  // The page asks again by itself.
  await (task && refresh(task).catch(() => undefined));
});

/**
 * Rejects when nothing came that can be kept, so that the browser tries again.
 *
 * @param {PeriodicTask} task
 */
async function refresh(task) {
  const [kept] = await Promise.allSettled([keepAnswer(task), delivery.wake(task.drain ?? [])]);
  if (kept.status === "rejected") throw kept.reason;
}

/** @param {PeriodicTask} task */
async function keepAnswer(task) {
  if (task.url === undefined) return;
  const address = new URL(task.url, ROOT).href;
  const response = await fetch(address, { cache: "no-cache", signal: AbortSignal.timeout(REFRESH_WITHIN) });
  const portal = !task.html && /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
  if (response.status !== 200 || response.redirected || portal) throw new Error(`${address} answered ${response.status} from ${response.url}`);
  // All of it has to be there before anything is replaced.
  const body = await response.arrayBuffer();
  for (const keep of keepers) await keep(task, { address, response, body });
  await tellPages({ type: "mdpwa:refreshed", tag: task.tag });
}

/** @param {unknown} tag */
function taskOf(tag) {
  return CONFIG.periodicSync.find((task) => task.tag === tag);
}
