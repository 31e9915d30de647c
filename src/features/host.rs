//! `[host]`: what the host may tell browsers of the site's files, so that updates arrive and nothing is asked for twice.

use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Table};
use crate::glob::Pattern;

/// As written.
#[derive(Debug, Default)]
pub struct Section {
    immutable: Vec<At<String>>,
}

/// As decided.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Headers {
    /// Files that are kept for good, besides those whose names hold a hash.
    #[serde(serialize_with = "written")]
    pub immutable: Vec<Pattern>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            immutable: table.texts("immutable", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    pub fn decide(self, cx: &mut Context) -> Headers {
        let mut immutable = Vec::new();
        for written in self.immutable {
            let Some(pattern) = Pattern::parse("immutable", written, cx.report) else {
                continue;
            };
            let mut names = cx.site.assets.iter().map(|asset| asset.path.file_name());
            if !names.any(|name| pattern.matches(&name)) && !cx.site.assets.is_empty() {
                cx.report(matches_nothing(&pattern.written));
            }
            immutable.push(pattern);
        }
        Headers { immutable }
    }
}

impl Headers {
    /// Says whether pwa.toml adds nothing.
    pub fn is_usual(&self) -> bool {
        self.immutable.is_empty()
    }

    /// Says whether a file, by its URL path, has another name whenever it has another content.
    pub fn is_forever(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let file = path.trim_start_matches('/');
        holds_a_hash(name) || self.immutable.iter().any(|pattern| pattern.matches(file))
    }
}

/// Says whether a part of a file's name is a hash beyond doubt: what is kept for a year by mistake cannot be taken back.
fn holds_a_hash(name: &str) -> bool {
    let mut parts = name.split(['.', '-', '_']).filter(|part| part.len() >= 8);
    parts.any(|part| {
        let kinds: Vec<u8> = part.bytes().map(kind).collect();
        let digits = kinds.iter().filter(|kind| **kind == b'0').count();
        let letters = part.len() - digits;
        let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mixed = kinds.contains(&b'A') && kinds.contains(&b'a');
        let turns = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        // Hexadecimal, or eight characters of base64 in which no word can be read.
        (hex && !mixed && digits >= 2 && letters >= 2)
            || (part.len() == 8 && mixed && digits >= 1 && turns >= 4 && !kinds.contains(&b'?'))
    })
}

fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' => b'a',
        b'A'..=b'Z' => b'A',
        _ => b'?',
    }
}

fn written<S: serde::Serializer>(patterns: &[Pattern], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(patterns.iter().map(|pattern| &pattern.written.value))
}

fn matches_nothing(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "host-no-match",
        format!("`{}` matches no file of the site", written.value),
        written.span.clone(),
    )
    .label("nothing found")
    .help("patterns are relative to `root`; `**/` crosses folders; remove the pattern if it is no longer needed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_a_hash_is_taken_for_one() {
        for name in [
            "main.3f2a1b9c.js",
            "app-BxK3d9fa.css",
            "storage-3a5871a4.js",
            "logo.5D41402A.svg",
            "d41d8cd98f00b204e9800998ecf8427e.png",
        ] {
            assert!(holds_a_hash(name), "{name}");
        }
        for name in [
            "jquery.datepicker.js",
            "report-20240131.html",
            "facade.css",
            "bootstrap.min.js",
            "deadbeef.js",
            "version-1.2.3.js",
            "service-worker.js",
            "release2024.js",
            "iPhone14.png",
            "README2024Final.txt",
        ] {
            assert!(!holds_a_hash(name), "{name}");
        }
    }
}
