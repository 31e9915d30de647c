//! `[pages]`: how a navigation is answered: fresh from the network, instantly from the cache, or by one shell.

use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span, Table};
use crate::glob;
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    strategy: Option<At<Strategy>>,
    timeout: Option<At<u64>>,
    shell: Option<At<String>>,
    offline: Option<At<String>>,
    deny: Vec<At<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The network's answer; the kept page after `timeout`, on failure and on 5xx.
    Fresh,
    /// The kept page at once.
    Instant,
    /// One file answers every route that is not a file.
    Shell,
}

const STRATEGIES: [(&str, Strategy); 3] = [
    ("fresh", Strategy::Fresh),
    ("instant", Strategy::Instant),
    ("shell", Strategy::Shell),
];

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pages {
    pub strategy: Strategy,
    /// Milliseconds that the network is waited for when a page is kept.
    pub timeout: u64,
    /// The file that answers every route, with `strategy = "shell"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<UrlPath>,
    /// Shown when a page is neither reachable nor kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<UrlPath>,
    /// The site's own page for what it does not have, where every page it has is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_found: Option<UrlPath>,
    /// Regular expressions over paths from the root whose navigations are left to the browser.
    pub deny: Vec<String>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            span: table.span.clone(),
            strategy: table.choice("strategy", &STRATEGIES, report),
            timeout: table.duration("timeout", report),
            shell: table.text("shell", report),
            offline: table.text("offline", report),
            deny: table.texts("deny", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    pub fn decide(self, cx: &mut Context) -> Pages {
        let strategy = self
            .strategy
            .as_ref()
            .map_or(Strategy::Fresh, |at| at.value);
        let shell = match (&self.shell, strategy) {
            (Some(shell), Strategy::Shell) => cx.keep("shell", shell),
            (Some(shell), _) => {
                cx.report(shell_without_strategy(shell));
                None
            }
            (None, Strategy::Shell) => {
                let index = At::new("/index.html".to_owned(), self.span.clone());
                cx.keep("strategy = \"shell\"", &index)
            }
            (None, _) => None,
        };
        let offline = self.offline.as_ref().and_then(|at| cx.keep("offline", at));
        let deny = self
            .deny
            .iter()
            .filter_map(|pattern| glob::to_regex("deny", pattern, cx.report))
            .collect();
        Pages {
            strategy,
            timeout: self.timeout.map_or(3_000, |at| at.value),
            shell,
            offline,
            not_found: None,
            deny,
        }
    }
}

impl Pages {
    /// Says whether navigations to this path are left to the browser.
    pub fn denies(&self, path: &UrlPath) -> bool {
        let matches = |pattern: &String| {
            regress::Regex::new(pattern).is_ok_and(|regex| regex.find(path.as_str()).is_some())
        };
        self.deny.iter().any(matches)
    }
}

impl Default for Pages {
    /// Pages of a site without `[pages]`: fresh.
    fn default() -> Self {
        Self {
            strategy: Strategy::Fresh,
            timeout: 3_000,
            shell: None,
            offline: None,
            not_found: None,
            deny: Vec::new(),
        }
    }
}

fn shell_without_strategy(shell: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "pages-shell",
        "`shell` has no use with this strategy",
        shell.span.clone(),
    )
    .label("only one file that answers every route needs it")
    .help("add `strategy = \"shell\"`, or remove `shell`")
}
