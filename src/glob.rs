//! Path patterns: checked where they stand in pwa.toml, matched here, or handed to the worker as a regular expression.

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span};
use crate::url_path::UrlPath;

/// A pattern over file names relative to the root.
#[derive(Clone, Debug)]
pub struct Pattern {
    matcher: GlobMatcher,
    pub written: At<String>,
}

impl Pattern {
    pub fn parse(key: &str, written: At<String>, report: &mut Diagnostics) -> Option<Self> {
        let relative = written
            .value
            .trim_start_matches("./")
            .trim_start_matches('/');
        let glob = compile(key, &written, relative, report)?;
        Some(Self {
            matcher: glob.compile_matcher(),
            written,
        })
    }

    /// Returns a pattern that mdpwa brings itself; it matches nothing when it is not a glob.
    pub fn built_in(glob: &str) -> Option<Self> {
        Self::parse(
            "",
            At::new(glob.to_owned(), Span::default()),
            &mut Diagnostics::default(),
        )
    }

    pub fn matches(&self, file_name: &str) -> bool {
        self.matcher.is_match(file_name)
    }

    /// Says whether the pattern can match one name only.
    pub fn is_literal(&self) -> bool {
        !self.written.value.contains(['*', '?', '[', '{'])
    }
}

/// Patterns that mdpwa brings itself, all tried at once.
pub struct Patterns(GlobSet);

impl Patterns {
    pub fn built_in(globs: &[&str]) -> Self {
        let written = |glob: &&str| At::new((*glob).to_owned(), Span::default());
        let globs = globs
            .iter()
            .filter_map(|glob| compile("", &written(glob), glob, &mut Diagnostics::default()));
        Self(GlobSet::new(globs).unwrap_or_default())
    }

    pub fn matches(&self, file_name: &str) -> bool {
        self.0.is_match(file_name)
    }
}

/// Returns the pattern as the source of a JavaScript regular expression over URL paths from the root.
pub fn to_regex(key: &str, written: &At<String>, report: &mut Diagnostics) -> Option<String> {
    if !written.value.starts_with('/') {
        report.report(
            Diagnostic::error(
                "glob-relative",
                "this pattern can match no URL path",
                written.span.clone(),
            )
            .label("no leading `/`")
            .help(format!("write `\"/{}\"`", written.value)),
        );
        return None;
    }
    // The worker compares percent-encoded paths, so what is literal in the pattern is encoded like them.
    let encoded = encode_literals(&written.value);
    let glob = compile(key, written, &encoded, report)?;
    Some(glob.regex().trim_start_matches("(?-u)").replace('/', "\\/"))
}

fn encode_literals(pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '/' | '*' | '?' | '[' | ']' | '{' | '}' | '!' | ',' | '\\' => c.to_string(),
            other => UrlPath::of_file(&other.to_string()).as_str()[1..].to_owned(),
        })
        .collect()
}

fn compile(key: &str, written: &At<String>, glob: &str, report: &mut Diagnostics) -> Option<Glob> {
    if let Some(braces) = spaced_braces(glob) {
        report.report(
            Diagnostic::error(
                "glob-spaces",
                format!("`{key}` has spaces in `{{{braces}}}`"),
                written.span.clone(),
            )
            .label("the spaces are part of the names, so only the first can match")
            .help(format!("write `{{{}}}`", braces.replace(' ', ""))),
        );
        return None;
    }
    if glob.split('/').any(|part| part == "..") {
        report.report(
            Diagnostic::error(
                "glob-above",
                format!("`{key}` reaches above the root"),
                written.span.clone(),
            )
            .label("`..` is not in the site")
            .help("patterns are relative to `root`; set `root` to the folder that holds all files"),
        );
        return None;
    }
    let compiled = GlobBuilder::new(glob)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    match compiled {
        Ok(glob) => Some(glob),
        Err(error) => {
            report.report(
                Diagnostic::error("glob-syntax", format!("`{key}` is not a glob"), written.span.clone())
                    .label(error.kind().to_string())
                    .help("`*` matches within a folder, `**` across folders, `{a,b}` either, `[ab]` one character"),
            );
            None
        }
    }
}

/// Returns the inside of the first braces that hold a comma and a space beside it.
fn spaced_braces(glob: &str) -> Option<&str> {
    let start = glob.find('{')? + 1;
    let inside = &glob[start..start + glob[start..].find('}')?];
    (inside.contains(", ") || inside.contains(" ,")).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At<String> {
        At::new(text.to_owned(), 0..text.len())
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let pattern = Pattern::built_in("*.html").expect("a glob");
        assert!(pattern.matches("a.html"));
        assert!(!pattern.matches("b/a.html"));
    }

    #[test]
    fn a_pattern_becomes_a_regular_expression_of_javascript() {
        let mut report = Diagnostics::default();
        let regex = to_regex("deny", &at("/api/**"), &mut report);
        assert_eq!(regex.as_deref(), Some(r"^\/api\/.*$"));
        let regex = to_regex("deny", &at("/é *"), &mut report);
        assert_eq!(regex.as_deref(), Some(r"^\/%C3%A9%20[^\/]*$"));
    }

    #[test]
    fn braces_with_spaces_are_refused() {
        let mut report = Diagnostics::default();
        assert!(Pattern::parse("include", at("**/*.{html, css}"), &mut report).is_none());
        assert_eq!(report.into_sorted()[0].help, "write `{html,css}`");
    }
}
