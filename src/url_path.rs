//! The URL path of a file, in the one spelling that both the build and the worker use.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// What JavaScript's `encodeURI` leaves alone, but for `?` and `#`, which end a path. The worker spells
/// requests with `encodeURI`, so both sides agree without a table.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A path from the site's root, starting with `/`, percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UrlPath(String);

impl UrlPath {
    /// Returns the path of a file by its name relative to the root, with `/` between folders.
    pub fn of_file(name: &str) -> Self {
        let name = name.trim_start_matches('/');
        Self(format!("/{}", utf8_percent_encode(name, ENCODED)))
    }

    /// Returns the path that a request path asks for, however it is spelled: `/a%2Bb`, `/a+b` and `/a b` are
    /// the files they decode to.
    pub fn of_request(path: &str) -> Self {
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        Self::of_file(&decoded)
    }

    /// Returns the URL path where the site is served under `base`, which has both its slashes.
    pub fn below(&self, base: &str) -> String {
        format!("{base}{}", &self.0[1..])
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of the file relative to the root, decoded.
    pub fn file_name(&self) -> String {
        percent_encoding::percent_decode_str(&self.0[1..])
            .decode_utf8_lossy()
            .into_owned()
    }

    /// Returns the folder, with both its slashes, and the name in it.
    pub fn split(&self) -> (&str, &str) {
        let at = self.0.rfind('/').map_or(0, |at| at + 1);
        self.0.split_at(at)
    }
}

impl std::fmt::Display for UrlPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_names_have_one_spelling() {
        assert_eq!(
            UrlPath::of_file("operator+=.html").as_str(),
            "/operator+=.html"
        );
        assert_eq!(
            UrlPath::of_file("a b/50%?#é|.html").as_str(),
            "/a%20b/50%25%3F%23%C3%A9%7C.html"
        );
        assert_eq!(
            UrlPath::of_request("/operator%2B%3D.html"),
            UrlPath::of_file("operator+=.html")
        );
        assert_eq!(UrlPath::of_file("a b/50%.html").file_name(), "a b/50%.html");
    }
}
