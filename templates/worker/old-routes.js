{
  onActivate(forgetOldRoutes);

  /** Deletes what rules kept that pwa.toml no longer has. */
  async function forgetOldRoutes() {
    const start = `${OWNER}:route`;
    const needed = CONFIG.routes.flatMap(({ name }) => [`${start}:${name}`, `${start}-uses`]);
    for (const name of await sw.caches.keys()) {
      if (name.startsWith(start) && !needed.includes(name)) await sw.caches.delete(name);
    }
  }
}
