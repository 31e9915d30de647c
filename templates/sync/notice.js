// The words of a notification.

/**
 * @param {SyncNotice} notice
 * @param {SyncReport} report
 * @returns {{ title: string, options: NotificationOptions }}
 */
function noticeOf(notice, report) {
  /** @param {string} text */
  const say = (text) =>
    text.replace(/\{(count|failed|tag)\}/g, (_, name) => String({ count: report.drained, failed: report.dead, tag: report.tag }[/** @type {"count"} */ (name)]));
  return {
    title: say(report.drained === 1 && notice.titleOne !== null ? notice.titleOne : notice.title),
    options: {
      // One place on the screen, however often there is something to say.
      tag: notice.tag,
      data: OUTBOX,
      ...(notice.body !== null && { body: say(notice.body) }),
      ...(notice.icon !== null && { icon: new URL(notice.icon, ROOT).href }),
    },
  };
}
