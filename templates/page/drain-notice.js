// A notification once a tag has nothing left.

drained.push(({ notification }, report) => {
  if (!notification || typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notification.when && document.visibilityState === "visible") return;
  const { title, options } = noticeOf(notification, report);
  try {
    new Notification(title, options);
  } catch {
    // Some browsers show notifications of workers only. The work is delivered all the same.
  }
});
