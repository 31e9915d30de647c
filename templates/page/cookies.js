/**
 * One of the cookies that scripts of this page can see; empty when there is none.
 * @param {string} name
 */
function cookie(name) {
  const [, value = ""] = `; ${document.cookie}`.split(`; ${name}=`);
  return value.split(";")[0];
}
