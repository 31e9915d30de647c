/**
 * The address with what the record has in the places of `{fields}`.
 * @param {string} url
 * @param {unknown} record
 */
function fillUrl(url, record) {
  return url.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = name.split(".").reduce(field, record);
    // Dots alone would climb out of the path, however they are encoded.
    if (/^\.*$/.test(String(value ?? ""))) throw new TypeError(`the record has no ${name} that an address can hold`);
    return encodeURIComponent(String(value));
  });
}
