// A message for the pages once nothing waits and nothing was refused.

drained.push(async ({ clientMessage }, { dead }) => {
  if (clientMessage !== undefined && !dead) await tellPages(clientMessage);
});
