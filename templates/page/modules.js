// Modules that are loaded only when they are needed.

/** @type {Map<string, Promise<any>>} */
const modules = new Map();
let failures = 0;

/**
 * Loads a neighbour of this module, once.
 * @param {string} module relative to this one
 */
function loadModule(module) {
  const known = modules.get(module);
  if (known) return known;
  // Browsers remember under its whole address that an import failed, until the page goes (whatwg/html issue 6768).
  const loading = import(failures ? `${module}#${failures}` : module);
  modules.set(module, loading);
  loading.catch(() => {
    failures++;
    modules.delete(module);
  });
  return loading;
}
