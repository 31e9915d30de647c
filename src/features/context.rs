//! What every `decide` is given: the site, the place to report to, and the files that others want kept.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::document::{At, Span};
use crate::site::Site;
use crate::url_path::UrlPath;

/// The facts that cross features.
pub struct Context<'a> {
    pub site: &'a Site,
    pub report: &'a mut Diagnostics,
    /// Files that a feature needs offline, whatever the groups include, and who asked.
    keep: BTreeMap<UrlPath, Span>,
}

impl<'a> Context<'a> {
    pub fn new(site: &'a Site, report: &'a mut Diagnostics) -> Self {
        Self {
            site,
            report,
            keep: BTreeMap::new(),
        }
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.report.report(diagnostic);
    }

    /// Asks for a file of the site to be kept offline; a file that is not there is a finding.
    pub fn keep(&mut self, key: &str, written: &At<String>) -> Option<UrlPath> {
        let path = self.find(key, written)?;
        self.keep
            .entry(path.clone())
            .or_insert(written.span.clone());
        Some(path)
    }

    /// Returns a file of the site; one that is not there is a finding.
    pub fn find(&mut self, key: &str, written: &At<String>) -> Option<UrlPath> {
        let path = UrlPath::of_request(&written.value);
        if !written.value.starts_with('/') {
            self.report(not_from_the_root(key, written));
            return None;
        }
        if self.site.find(&path).is_none() {
            self.report(not_in_the_site(key, written, self.site));
            return None;
        }
        Some(path)
    }

    pub fn is_kept(&self, path: &UrlPath) -> bool {
        self.keep.contains_key(path)
    }
}

fn not_from_the_root(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "path-relative",
        format!("`{key}` does not start at the site's root"),
        written.span.clone(),
    )
    .label("no leading `/`")
    .help(format!(
        "write `\"/{}\"`",
        written.value.trim_start_matches("./")
    ))
}

fn not_in_the_site(key: &str, written: &At<String>, site: &Site) -> Diagnostic {
    let paths = site.assets.iter().map(|asset| asset.path.as_str());
    let help = match nearest(&written.value, paths) {
        Some(near) => format!("the nearest file is `{near}`"),
        None => "build the site before mdpwa, or correct the path".to_owned(),
    };
    Diagnostic::error(
        "path-missing",
        format!("the site has no file `{}`", written.value),
        written.span.clone(),
    )
    .label(format!("`{key}` needs it"))
    .help(help)
}
