// Who looks at the app has seen what its icon counts.
document.addEventListener("visibilitychange", clearBadge);
clearBadge();

function clearBadge() {
  // Where there are no badges, there is none to take away.
  if (document.visibilityState === "visible") navigator.clearAppBadge?.().catch(() => undefined);
}
