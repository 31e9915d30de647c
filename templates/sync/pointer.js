/**
 * @param {any} json
 * @param {string} pointer into it, as RFC 6901 has it
 */
function at(json, pointer) {
  return pointer.split("/").slice(1).reduce((value, name) => value?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], json);
}
