// A notification once a tag has nothing left.

drained.push(async ({ notification }, report) => {
  if (!notification || typeof Notification !== "function" || Notification.permission !== "granted") return;
  if (notification.when && (await windowsOpen()).some((client) => client.visibilityState === "visible")) return;
  const { title, options } = noticeOf(notification, report);
  try {
    await sw.registration.showNotification(title, options);
  } catch {
    // The work is delivered, whether or not that can be shown.
  }
});

sw.addEventListener("notificationclick", (event) => {
  if (event.notification.data !== OUTBOX) return;
  event.notification.close();
  event.waitUntil(openSite());
});

async function openSite() {
  const [client] = await windowsOpen();
  return client ? client.focus() : sw.clients.openWindow(ROOT.href);
}
