/** Asks for notifications, if that is still undecided. Browsers want a click to have led here. */
export async function requestPermission() {
  if (typeof Notification !== "function") return "denied";
  return Notification.permission === "default" ? Notification.requestPermission() : Notification.permission;
}
