//! What is wrong or doubtful: facts about pwa.toml and the site, before anybody draws them.

use std::ops::Range;

use serde::Serialize;

/// Bytes of pwa.toml.
pub type Span = Range<usize>;

/// One finding: a title that says what, a label that says why here, a help that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name, `<feature>-<what>`; each has a golden file under `tests/ui`.
    pub code: &'static str,
    pub severity: Severity,
    pub title: String,
    /// Place in pwa.toml, in bytes; `None` when the finding is about the site only.
    pub span: Option<Span>,
    /// Why, at that place; may be empty.
    pub label: String,
    /// A second place in pwa.toml that explains the first.
    pub other: Option<(Span, String)>,
    /// What to do.
    pub help: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// The work goes on.
    Warning,
}

impl Diagnostic {
    /// Returns an error at a place in pwa.toml.
    pub fn error(code: &'static str, title: impl Into<String>, span: Span) -> Self {
        Self {
            code,
            severity: Severity::Error,
            title: title.into(),
            span: Some(span),
            label: String::new(),
            other: None,
            help: String::new(),
        }
    }

    /// Returns a warning at a place in pwa.toml.
    pub fn warning(code: &'static str, title: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, title, span)
        }
    }

    /// Returns the same finding without a place: it is about the site, not about a line of pwa.toml.
    pub fn of_site(mut self) -> Self {
        self.span = None;
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub fn other(mut self, span: Span, label: impl Into<String>) -> Self {
        self.other = Some((span, label.into()));
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// Everything found in one run: checks report here and carry on.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|one| one.severity == Severity::Error)
    }

    /// Returns the findings in the order of the text, those without a place last.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by_key(|one| match &one.span {
            Some(span) => (0, span.start, span.end, one.severity, one.code),
            None => (1, 0, 0, one.severity, one.code),
        });
        self.0.dedup();
        self.0
    }
}

/// Returns the candidate that was probably meant.
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(written, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Returns "a", "a or b", "a, b or c", each in backticks.
pub fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Returns bytes for people: `612 B`, `4.2 KiB`.
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = "B";
    for larger in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{size:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_for_people() {
        assert_eq!(human_size(612), "612 B");
        assert_eq!(human_size(4_301), "4.2 KiB");
        assert_eq!(human_size(5 << 20), "5.0 MiB");
    }
}
