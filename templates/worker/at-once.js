{
  // Open pages keep the version that they came from, so nothing speaks for waiting.
  onInstall(() => sw.skipWaiting());
}
