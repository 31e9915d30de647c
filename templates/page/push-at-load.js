on("registered", async () => {
  // Who has decided once is not asked again.
  if ((await readBook()).wanted === undefined) await subscribePush().catch(() => undefined);
});
