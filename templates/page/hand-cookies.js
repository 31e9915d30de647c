// Some browsers show a worker no cookies: it is told those that hold a token, and never stores them.

beforehand.push(() => {
  const read = CONFIG.sync.flatMap(({ endpoint: { csrf } }) => (csrf ? [csrf.name] : []));
  return { type: "mdpwa:cookies", cookies: read.map((name) => [name, cookie(name)]) };
});
