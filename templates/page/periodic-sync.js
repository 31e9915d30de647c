// What is refreshed from time to time: by the browser where it does that for this app, else by a page while it is looked at.

/** What this device remembers of a task: when it was last polled for, or that it is not wanted. */
const OFF = "off";
/** @type {Record<string, string>} */
const memory = {};

/** @type {Set<PeriodicPage>} */
const polled = new Set();
/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const polls = new Map();

document.addEventListener("visibilitychange", () => polled.forEach(pollWhenDue));
on("registered", () => CONFIG.periodicSync.forEach(arrange));

/**
 * Has something of pwa.toml refreshed from time to time, as it is from the first visit on, or no longer; this device keeps to it.
 *
 * @param {string} tag
 * @param {boolean} on
 * @returns {Promise<PeriodicState>} who does it from now on
 */
export async function setPeriodic(tag, on) {
  const task = CONFIG.periodicSync.find((known) => known.tag === tag);
  if (!task) throw Object.assign(new Error(`pwa.toml has no [[periodic_sync]] with the tag ${tag}`), { name: "UnknownTagError" });
  if (!on) memorize(task, OFF);
  else if (recalled(task) === OFF) memorize(task, "0");
  return arrange(task);
}

/**
 * @param {PeriodicPage} task
 * @returns {Promise<PeriodicState>}
 */
async function arrange(task) {
  const { tag, minInterval, poll } = task;
  const { serviceWorker } = await register();
  const periodicSync = serviceWorker && (await navigator.serviceWorker.ready).periodicSync;
  stopPolling(task);
  if (recalled(task) === OFF) {
    if (periodicSync) await periodicSync.unregister(tag);
    return "off";
  }
  try {
    if (periodicSync) {
      await periodicSync.register(tag, { minInterval });
      return "periodicsync";
    }
  } catch {
    // The app is not installed, or this is switched off.
  }
  if (!serviceWorker || !poll) return "off";
  polled.add(task);
  pollWhenDue(task);
  return "polling";
}

/** @param {PeriodicPage} task */
function stopPolling(task) {
  polled.delete(task);
  clearTimeout(polls.get(task.tag));
}

/** @param {PeriodicPage} task */
function pollWhenDue(task) {
  clearTimeout(polls.get(task.tag));
  const last = recalled(task) ?? "0";
  if (document.visibilityState !== "visible" || last === OFF) return;
  // Another page of the site may have asked meanwhile; and clocks are set back.
  const since = Math.abs(Date.now() - Number(last));
  polls.set(task.tag, setTimeout(poll, Math.max(0, Number(task.poll) - since), task));
}

/** @param {PeriodicPage} task */
async function poll(task) {
  memorize(task, String(Date.now()));
  pollWhenDue(task);
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ type: "mdpwa:refresh", tag: task.tag });
}

/**
 * @param {PeriodicPage} task
 * @returns {string | undefined}
 */
function recalled({ tag }) {
  try {
    memory[tag] = localStorage.getItem(`${OWNER}:periodic:${tag}`) ?? memory[tag];
  } catch {
    // Storage is blocked: then it is remembered for as long as the page lives.
  }
  return memory[tag];
}

/**
 * @param {PeriodicPage} task
 * @param {string} text
 */
function memorize({ tag }, text) {
  memory[tag] = text;
  try {
    localStorage.setItem(`${OWNER}:periodic:${tag}`, text);
  } catch {
    // As above.
  }
}
