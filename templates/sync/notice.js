// The words of a notification.

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 * @returns {{ title: string, options: NotificationOptions }}
 */
function noticeOf({ title, titleOne, body, icon, tag }, report) {
  const words = { count: report.drained, failed: report.dead, tag: report.tag };
  const say = (/** @type {string} */ text) => text.replace(/\{(count|failed|tag)\}/g, (_, name) => String(words[/** @type {"count"} */ (name)]));
  return {
    title: say(report.drained === 1 && titleOne ? titleOne : title),
    options: {
      // One place on the screen, however often there is something to say.
      tag,
      data: OUTBOX,
      body: body && say(body),
      icon: icon && new URL(icon, ROOT).href,
    },
  };
}
