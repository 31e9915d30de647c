//! `[app]`: who owns the caches and databases, where the built site is, how its host names files.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Table};
use crate::host::{Host, NAMES};

/// As written.
#[derive(Clone, Debug, Default)]
pub struct Section {
    pub id: Option<At<String>>,
    pub name: Option<At<String>>,
    pub root: Option<At<String>>,
    pub base: Option<At<String>>,
    pub host: Option<At<Host>>,
    pub skip_when: Vec<At<String>>,
}

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Owner of every cache and database name.
    pub id: String,
    pub name: String,
    /// URL path that the site is served under; starts and ends with `/`.
    pub base: String,
    pub host: Host,
    /// Where one of these is so, such as on previews, nothing is built.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_when: Vec<Condition>,
}

/// A variable of the environment and what it has to be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub variable: String,
    pub value: String,
    /// Or else different.
    pub equal: bool,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            id: table.text("id", report),
            name: table.text("name", report),
            root: table.text("root", report),
            base: table.text("base", report),
            host: table.choice("host", &NAMES, report),
            skip_when: table.texts("skip_when", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    /// `base` is the command line's word, which wins over the file's.
    pub fn decide(self, base: Option<&str>, report: &mut Diagnostics) -> App {
        let name = self.name.map_or_else(|| "app".to_owned(), |at| at.value);
        let id = match self.id {
            Some(id) if is_id(&id.value) => id.value,
            Some(id) => {
                report.report(id_not_plain(&id));
                id.value
            }
            None => slug(&name),
        };
        let base = match (base, self.base) {
            (Some(base), _) => with_slashes(base),
            (None, Some(base)) => {
                if base.value.contains("://") || base.value.contains(['?', '#']) {
                    report.report(base_not_a_path(&base));
                }
                with_slashes(&base.value)
            }
            (None, None) => "/".to_owned(),
        };
        App {
            id,
            name,
            base,
            host: self.host.map_or(Host::Plain, |at| at.value),
            skip_when: (self.skip_when.iter())
                .filter_map(|written| condition(written, report))
                .collect(),
        }
    }
}

/// Reads `NAME=value` or `NAME!=value`.
fn condition(written: &At<String>, report: &mut Diagnostics) -> Option<Condition> {
    let parts = written.value.split_once('=');
    let (variable, value) = parts.unwrap_or_default();
    let equal = !variable.ends_with('!');
    let variable = variable.trim_end_matches('!').trim();
    if variable.is_empty() || variable.contains(char::is_whitespace) {
        report.report(not_a_condition(written));
        return None;
    }
    Some(Condition {
        variable: variable.to_owned(),
        value: value.trim().to_owned(),
        equal,
    })
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn slug(name: &str) -> String {
    let dashed: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        "app".to_owned()
    } else {
        parts.join("-")
    }
}

fn with_slashes(base: &str) -> String {
    match base.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

fn id_not_plain(id: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "app-id",
        "`id` has characters that names of caches should not have",
        id.span.clone(),
    )
    .label("letters, digits, `.`, `_` and `-` only, at most 64")
    .help(format!("write `\"{}\"`", slug(&id.value)))
}

fn not_a_condition(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "app-skip-when",
        "`skip_when` names no variable and its value",
        written.span.clone(),
    )
    .label("not `NAME=value` and not `NAME!=value`")
    .help("write `\"CONTEXT=deploy-preview\"`, or `\"CF_PAGES_BRANCH!=main\"`")
}

fn base_not_a_path(base: &At<String>) -> Diagnostic {
    Diagnostic::error("app-base", "`base` is not a URL path", base.span.clone())
        .label("this has more than a path")
        .help("give only the path that the site is served under, such as `\"/repo/\"`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id() {
        assert_eq!(slug("Mark & Down notes!"), "mark-down-notes");
        assert_eq!(slug("éé"), "app");
    }

    #[test]
    fn a_base_gets_both_slashes() {
        assert_eq!(with_slashes("repo"), "/repo/");
        assert_eq!(with_slashes("/"), "/");
        assert_eq!(with_slashes(""), "/");
    }
}
