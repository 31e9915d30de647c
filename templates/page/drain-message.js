// What the worker would have posted, to the ears that wait for it.

drained.push(({ clientMessage }, { dead }) => {
  if (clientMessage !== undefined && !dead) navigator.serviceWorker?.dispatchEvent(new MessageEvent("message", { data: clientMessage }));
});
