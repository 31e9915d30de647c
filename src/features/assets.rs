//! `[[assets]]`: the files that are stored and verified when the worker installs, so that the site opens offline.

use rayon::prelude::*;
use regress::Regex;
use serde::Serialize;

use super::context::Context;
pub use crate::diagnostic::human_size;
use crate::diagnostic::{Diagnostic, Diagnostics, one_of};
use crate::document::{At, Span, Table};
use crate::glob::{Pattern, Patterns};
use crate::site::{Asset, Ignored, IgnoredInGroup};

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    name: Option<At<String>>,
    include: Option<Vec<At<String>>>,
    exclude: Vec<At<String>>,
    ignore: Vec<At<String>>,
    install: Option<At<Install>>,
    verify: Option<At<Verify>>,
    max_file: Option<At<u64>>,
}

/// When a group is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Install {
    /// With the worker: all of it is in place, or the version is not installed.
    Required,
    /// Soon after the worker, and again later where that failed.
    Optional,
    /// Each file on its first use.
    Lazy,
    /// When a page asks for the group.
    Manual,
}

const INSTALL: [(&str, Install); 4] = [
    ("required", Install::Required),
    ("optional", Install::Optional),
    ("lazy", Install::Lazy),
    ("manual", Install::Manual),
];

/// What happens when a body is not the one that was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// The install fails.
    Strict,
    /// It is stored, and the pages are told.
    Warn,
    /// Nobody looks.
    Off,
}

const VERIFY: [(&str, Verify); 3] = [
    ("strict", Verify::Strict),
    ("warn", Verify::Warn),
    ("off", Verify::Off),
];

/// As decided: a file belongs to the first group that matches it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    pub name: String,
    /// Regular expressions of JavaScript over the text of a file for what does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    pub install: Install,
    pub verify: Verify,
    /// For HTML, which hosts rewrite (analytics, e-mail obfuscation).
    pub verify_pages: Verify,
    pub files: Vec<File>,
}

/// A file of a group.
#[derive(Clone, Debug, Serialize)]
pub struct File {
    pub path: String,
    /// The first 72 bits of its SHA-256, base64url.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// The files of a group as the worker carries them: searched as text, never parsed while answering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct List {
    /// `" /|0 a.html b.html /sub/|2 c.html /"`: folders with the number of their first file, then the names.
    pub files: String,
    /// 12 characters a file, in the same order.
    pub digests: String,
}

const DEFAULT_MAX_FILE: u64 = 5 << 20;

/// What no page loads: source maps, hidden files, control files of hosts, compressed twins, lists for robots.
const NEVER: [&str; 19] = [
    "**/.*",
    "**/.*/**",
    "**/*.map",
    "**/*.{br,gz,zst}",
    "**/pwa.toml",
    "**/Thumbs.db",
    "_headers",
    "_redirects",
    "_routes.json",
    "_worker.js",
    "CNAME",
    "netlify.toml",
    "vercel.json",
    "wrangler.{toml,json,jsonc}",
    "staticwebapp.config.json",
    "firebase.json",
    "web.config",
    "robots.txt",
    "sitemap*.{xml,txt}",
];

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            span: table.span.clone(),
            name: table.text("name", report),
            include: table.texts("include", report),
            exclude: table.texts("exclude", report).unwrap_or_default(),
            ignore: table.texts("ignore", report).unwrap_or_default(),
            install: table.choice("install", &INSTALL, report),
            verify: table.choice("verify", &VERIFY, report),
            max_file: table.size("max_file", report),
        };
        table.finish(report);
        section
    }
}

/// How the worker reads the patterns of `ignore`, but for `g`, which does not change what matches.
pub const IGNORE_FLAGS: &str = "u";

/// Returns what does not count in the files of each group; what is wrong with the patterns is said by `decide`.
pub fn ignored(sections: &[Section]) -> Ignored {
    if sections.iter().all(|section| section.ignore.is_empty()) {
        return Ignored::default();
    }
    let patterns = |written: &[At<String>]| {
        let written = written.iter().cloned();
        written
            .filter_map(|at| Pattern::parse("", at, &mut Diagnostics::default()))
            .collect::<Vec<Pattern>>()
    };
    let of_group = |section: &Section| IgnoredInGroup {
        include: match &section.include {
            Some(include) => patterns(include),
            None => Pattern::built_in("**/*").into_iter().collect(),
        },
        exclude: patterns(&section.exclude),
        patterns: section
            .ignore
            .iter()
            .filter_map(|at| Regex::with_flags(&at.value, IGNORE_FLAGS).ok())
            .collect(),
    };
    Ignored(sections.iter().map(of_group).collect())
}

/// Decides every group at once, since a file belongs to the first that matches.
pub fn decide(sections: Vec<Section>, cx: &mut Context) -> Vec<Group> {
    if cx.site.assets.is_empty() {
        return Vec::new();
    }
    let sections = if sections.is_empty() {
        vec![Section::default()]
    } else {
        sections
    };
    let mut takers: Vec<Taker> = Vec::new();
    for section in sections {
        let taker = Taker::of(section, cx);
        if let Some(twin) = takers
            .iter()
            .find(|other| other.name.value == taker.name.value)
        {
            let twin = twin.name.span.clone();
            cx.report(same_name(&taker.name, twin));
        }
        takers.push(taker);
    }

    let never = Patterns::built_in(&NEVER);
    let first_required = takers
        .iter()
        .position(|taker| taker.install == Install::Required)
        .unwrap_or(0);
    let site = cx.site;
    let taker_of = |asset: &Asset| {
        let name = asset.path.file_name();
        let shunned = never.matches(&name);
        takers
            .iter()
            .position(|taker| taker.takes(&name, shunned))
            .filter(|taker| !cx.is_kept(&asset.path) || takers[*taker].install == Install::Required)
            // A file that a feature needs is kept with the worker, whatever the groups say.
            .or_else(|| cx.is_kept(&asset.path).then_some(first_required))
    };
    let taken: Vec<Option<usize>> = site.assets.par_iter().map(taker_of).collect();
    for (asset, taker) in site.assets.iter().zip(taken) {
        if let Some(taker) = taker {
            let taker = &mut takers[taker];
            if asset.size > taker.max_file.value {
                cx.report(too_large(asset, &taker.max_file));
            }
            taker.files.push(File {
                path: asset.path.as_str().to_owned(),
                digest: asset.digest.short(),
                size: asset.size,
            });
        }
    }

    for taker in &takers {
        for pattern in taker.include.iter().chain(&taker.exclude) {
            let matches = |asset: &Asset| pattern.matches(&asset.path.file_name());
            if !pattern.written.span.is_empty() && !site.assets.iter().any(matches) {
                cx.report(matches_nothing(&pattern.written));
            }
        }
    }
    let groups: Vec<Group> = takers.into_iter().map(Taker::into_group).collect();
    let empty = groups.iter().all(|group| group.files.is_empty());
    if empty && !cx.report.has_errors() {
        cx.report(nothing_kept());
    }
    groups
}

/// A group while files are given out.
struct Taker {
    name: At<String>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    ignore: Vec<String>,
    install: Install,
    verify: Option<Verify>,
    max_file: At<u64>,
    files: Vec<File>,
}

impl Taker {
    fn of(section: Section, cx: &mut Context) -> Self {
        let include = match section.include {
            Some(patterns) => patterns,
            None => vec![At::new("**/*".to_owned(), 0..0)],
        };
        let mut ignore = section.ignore;
        ignore.retain(
            |pattern| match Regex::with_flags(&pattern.value, IGNORE_FLAGS) {
                Ok(_) => true,
                Err(error) => {
                    cx.report(not_a_regex(pattern, &error.text));
                    false
                }
            },
        );
        let mut parse = |key, patterns: Vec<At<String>>| {
            patterns
                .into_iter()
                .filter_map(|written| Pattern::parse(key, written, cx.report))
                .collect()
        };
        Self {
            include: parse("include", include),
            exclude: parse("exclude", section.exclude),
            ignore: ignore.into_iter().map(|at| at.value).collect(),
            name: section
                .name
                .unwrap_or_else(|| At::new("site".to_owned(), section.span.clone())),
            install: section.install.map_or(Install::Required, |at| at.value),
            verify: section.verify.map(|at| at.value),
            max_file: section
                .max_file
                .unwrap_or_else(|| At::new(DEFAULT_MAX_FILE, section.span)),
            files: Vec::new(),
        }
    }

    /// What no page loads is taken only by a pattern that names it to the letter.
    fn takes(&self, name: &str, shunned: bool) -> bool {
        let included = self
            .include
            .iter()
            .any(|pattern| pattern.matches(name) && (!shunned || pattern.is_literal()));
        included && !self.exclude.iter().any(|pattern| pattern.matches(name))
    }

    fn into_group(self) -> Group {
        Group {
            name: self.name.value,
            ignore: self.ignore,
            install: self.install,
            verify: self.verify.unwrap_or(Verify::Strict),
            verify_pages: self.verify.unwrap_or(Verify::Warn),
            files: self.files,
        }
    }
}

impl Default for Section {
    /// The group of a site without `[[assets]]`: everything that pages load.
    fn default() -> Self {
        Self {
            span: 0..0,
            name: None,
            include: None,
            exclude: Vec::new(),
            ignore: Vec::new(),
            install: None,
            verify: None,
            max_file: None,
        }
    }
}

impl Group {
    /// Returns the group as the worker carries it, with the files that mdpwa writes itself.
    pub fn list(&self, own: &[File]) -> List {
        let mut sorted: Vec<(&str, &str, &str)> = self
            .files
            .iter()
            .chain(own)
            .map(|file| {
                let at = file.path.rfind('/').map_or(0, |at| at + 1);
                let (folder, name) = file.path.split_at(at);
                (folder, name, file.digest.as_str())
            })
            .collect();
        // Stable, since that is quick with what is nearly in order: the files come sorted by their whole paths.
        sorted.sort();

        let mut files = String::new();
        let mut digests = String::with_capacity(sorted.len() * 12);
        let mut open = "";
        for (index, (folder, name, digest)) in sorted.into_iter().enumerate() {
            if folder != open {
                files.push_str(&format!(" {folder}|{index}"));
                open = folder;
            }
            files.push(' ');
            files.push_str(name);
            digests.push_str(digest);
        }
        files.push_str(" /");
        List { files, digests }
    }
}

fn same_name(name: &At<String>, twin: Span) -> Diagnostic {
    Diagnostic::error(
        "assets-name",
        format!("two groups are called `{}`", name.value),
        name.span.clone(),
    )
    .label("the second")
    .other(twin, "the first")
    .help("give each `[[assets]]` a `name` of its own")
}

fn matches_nothing(pattern: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "assets-no-match",
        format!("`{}` matches no file of the site", pattern.value),
        pattern.span.clone(),
    )
    .label("nothing found")
    .help("patterns are relative to `root`; `**/` crosses folders; remove the pattern if it is no longer needed")
}

fn not_a_regex(pattern: &At<String>, why: &str) -> Diagnostic {
    Diagnostic::error(
        "assets-ignore",
        "`ignore` has a pattern that is no regular expression",
        pattern.span.clone(),
    )
    .label(why)
    .help("write it as for JavaScript's `new RegExp(pattern, \"u\")`, in single quotes, so that TOML leaves `\\` alone")
}

fn too_large(asset: &Asset, limit: &At<u64>) -> Diagnostic {
    let name = asset.path.file_name();
    let found = Diagnostic::error(
        "assets-max-file",
        format!(
            "`{name}` is larger than a file may be: {} of {}",
            human_size(asset.size),
            human_size(limit.value)
        ),
        limit.span.clone(),
    )
    .label("the limit that applies")
    .help(format!(
        "every visitor would download it: leave it out with {}, or allow it with {}",
        one_of(&[&format!("exclude = [\"{name}\"]")]),
        one_of(&[&format!(
            "max_file = \"{}MiB\"",
            asset.size.div_ceil(1 << 20)
        )]),
    ));
    if limit.span.is_empty() {
        found.of_site()
    } else {
        found
    }
}

fn nothing_kept() -> Diagnostic {
    Diagnostic::error("assets-empty", "no file would be kept offline", 0..0)
        .of_site()
        .help("let at least one `[[assets]]` group include the pages of the site")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_folder_once() {
        let file = |path: &str, digest: &str| File {
            path: path.to_owned(),
            digest: digest.to_owned(),
            size: 1,
        };
        let group = Group {
            name: "site".to_owned(),
            ignore: Vec::new(),
            install: Install::Required,
            verify: Verify::Strict,
            verify_pages: Verify::Warn,
            files: vec![
                file("/a/c.html", "333333333333"),
                file("/a.html", "111111111111"),
                file("/b.html", "222222222222"),
            ],
        };
        let list = group.list(&[]);
        assert_eq!(list.files, " /|0 a.html b.html /a/|2 c.html /");
        assert_eq!(list.digests, "111111111111222222222222333333333333");
    }
}
