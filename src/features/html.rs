//! `[html]`: what every page needs in its head is put there, so that no template and no theme has to be touched.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span, Table};
use crate::glob::Pattern;
use crate::page::{Injection, Kind, Left, Part, Reason};
use crate::site::{Changed, Inject, LeftPage, Site, is_page};
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    inject: Option<At<bool>>,
    include: Option<Vec<At<String>>>,
    exclude: Vec<At<String>>,
}

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Html {
    /// What belongs into the head of pages.
    pub parts: Vec<Part>,
    #[serde(skip)]
    pub inject: Inject,
    /// How many pages there are.
    pub pages: usize,
    /// Pages that are not yet as they should be.
    #[serde(serialize_with = "paths")]
    pub changed: Vec<Changed>,
    /// Pages that hold something of an earlier run.
    #[serde(skip)]
    pub marked: Vec<UrlPath>,
    pub left_alone: Vec<LeftPage>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            span: table.span.clone(),
            inject: table.flag("inject", report),
            include: table.texts("include", report),
            exclude: table.texts("exclude", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    /// Returns what is to be put into which pages; what is wrong with the patterns is said by `decide`.
    pub fn inject(&self, base: &str, parts: Vec<Part>) -> Inject {
        let patterns = |written: &[At<String>]| {
            let written = written.iter().cloned();
            written
                .filter_map(|at| Pattern::parse("", at, &mut Diagnostics::default()))
                .collect::<Vec<Pattern>>()
        };
        let inject = self.inject.as_ref().is_none_or(|at| at.value);
        Inject {
            include: match &self.include {
                Some(include) => patterns(include),
                None => Pattern::built_in("**/*").into_iter().collect(),
            },
            exclude: patterns(&self.exclude),
            injection: Injection {
                parts: if inject { parts } else { Vec::new() },
                base: base.to_owned(),
            },
        }
    }

    /// `inject` is what the pages were read with.
    pub fn decide(self, inject: Inject, cx: &mut Context) -> Html {
        let include = self.include.into_iter().flatten().map(|at| ("include", at));
        let exclude = self.exclude.into_iter().map(|at| ("exclude", at));
        for (key, written) in include.chain(exclude) {
            if let Some(pattern) = Pattern::parse(key, written, cx.report)
                && !matches_a_page(&pattern, cx.site)
            {
                cx.report(matches_nothing(&pattern.written));
            }
        }
        let span = self.inject.map_or(self.span, |at| at.span);
        let pages = &cx.site.pages;
        let wholly = |page: &&LeftPage| page.left.part.is_none();
        let left = pages.left.iter().filter(wholly).count();
        let refused = |page: &&LeftPage| {
            page.left.reason == Reason::Policy && page.left.part == Some(Kind::Registration)
        };
        let mut refused = pages.left.iter().filter(refused);
        if let Some(first) = refused.next() {
            cx.report(refused_by_policy(
                &first.path,
                refused.count(),
                span.clone(),
            ));
        }
        if !inject.injection.parts.is_empty() && left == pages.count && !cx.site.assets.is_empty() {
            cx.report(no_page(pages.count, span));
        }
        Html {
            parts: inject.injection.parts.clone(),
            inject,
            pages: pages.count,
            changed: pages.changed.clone(),
            marked: pages.marked.clone(),
            left_alone: pages.left.clone(),
        }
    }
}

impl Html {
    /// Returns what is left alone, by the reason: how often, and the first page.
    pub fn reasons(&self) -> BTreeMap<Left, (usize, &UrlPath)> {
        let mut reasons = BTreeMap::new();
        for page in &self.left_alone {
            reasons.entry(page.left).or_insert((0, &page.path)).0 += 1;
        }
        reasons
    }
}

fn paths<S: serde::Serializer>(changed: &[Changed], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(changed.iter().map(|page| &page.path))
}

fn matches_a_page(pattern: &Pattern, site: &Site) -> bool {
    let names = site.assets.iter().map(|asset| asset.path.file_name());
    let mut pages = names.filter(|name| is_page(name));
    pages.any(|name| pattern.matches(&name))
}

fn matches_nothing(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "html-no-match",
        format!("`{}` matches no page of the site", written.value),
        written.span.clone(),
    )
    .label("nothing found")
    .help("pages are the files that end in `.html` or `.htm`; patterns are relative to `root`; remove the pattern if it is no longer needed")
}

fn refused_by_policy(first: &UrlPath, others: usize, span: Span) -> Diagnostic {
    let others = match others {
        0 => String::new(),
        1 => " and 1 more page".to_owned(),
        others => format!(" and {others} more pages"),
    };
    Diagnostic::warning(
        "html-policy",
        format!("the content policy of `{first}`{others} lets no worker be registered"),
        span,
    )
    .label("left out there")
    .help("add `'self'` to `script-src` and `worker-src` in the page, and `mdpwa` to `trusted-types`; or name the page in `exclude`")
}

fn no_page(count: usize, span: Span) -> Diagnostic {
    let (title, help) = match count {
        0 => (
            "the site has no pages".to_owned(),
            "only files that end in `.html` or `.htm` are pages; remove `[html]` where there are none",
        ),
        count => (
            match count {
                1 => "the only page can take nothing in".to_owned(),
                count => format!("none of the {count} pages can take anything in"),
            },
            "`mdpwa plan` says why, page by page",
        ),
    };
    Diagnostic::warning("html-nowhere", title, span)
        .label("nothing is put anywhere")
        .help(help)
}
