//! How a template becomes a script: its data put in as JSON, and made small.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::features::worker::Worker;
use crate::minifier::{self, Kind};

/// Scripts without their data, as they are and made small. They follow from pwa.toml, so a build that goes on makes each
/// small once.
#[derive(Debug, Default)]
pub struct Minified(BTreeMap<(Kind, String), String>);

/// The name that stands for the data while a script is minified, so that the minifier never sees a value of pwa.toml.
const DATA: &str = "MDPWA_CONFIG";

impl Minified {
    /// Returns a template with its data in place.
    pub(super) fn script(
        &mut self,
        worker: &Worker,
        kind: Kind,
        render: impl Fn(&str) -> askama::Result<String>,
        data: &impl Serialize,
    ) -> String {
        if !worker.minify {
            return spaced(&rendered(render(&json(data, serde_json::to_string_pretty))));
        }
        let small = self.small(kind, rendered(render(DATA)));
        small.replacen(DATA, &json(data, serde_json::to_string), 1)
    }

    fn small(&mut self, kind: Kind, source: String) -> &str {
        let minify = |(kind, source): &(Kind, String)| match minifier::minify(source, *kind) {
            Ok(small) => small,
            Err(error) => unreachable!("the templates are JavaScript: {error}"),
        };
        self.0.entry((kind, source)).or_insert_with_key(minify)
    }
}

/// Returns the text with one blank line where rooms that were left out leave several.
pub(super) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push('\n');
        }
        blank = false;
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// What ends a script element, or a line in old JavaScript.
const UNSAFE: [char; 6] = ['<', '>', '&', '\'', '\u{2028}', '\u{2029}'];

/// Returns JSON that is also safe inside a script element and as JavaScript.
pub(super) fn json<T: Serialize>(
    value: &T,
    print: impl Fn(&T) -> serde_json::Result<String>,
) -> String {
    let text = match print(value) {
        Ok(text) => text,
        Err(error) => unreachable!("plain data becomes JSON: {error}"),
    };
    let mut safe = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, found) in text.match_indices(UNSAFE) {
        safe.push_str(&text[copied..at]);
        safe.extend(found.chars().map(|c| format!("\\u{:04x}", u32::from(c))));
        copied = at + found.len();
    }
    safe.push_str(&text[copied..]);
    safe
}

pub(super) fn rendered(result: askama::Result<String>) -> String {
    match result {
        Ok(text) => text,
        Err(error) => unreachable!("templates without values that can fail: {error}"),
    }
}
