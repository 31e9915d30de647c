delivery.wake = async (names) => {
  await Promise.all(CONFIG.sync.filter(({ tag }) => names.includes(tag)).map((tag) => drain(tag, { why: "trigger" })));
};
