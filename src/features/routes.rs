//! `[[routes]]`: what the visitor has loaded once is kept while it is used, so that it opens again without a network.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, one_of};
use crate::document::{At, Span, Table, Value, pick, wrong_kind};
use crate::glob;
use crate::minifier;
use crate::site::Digest;
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    name: Option<At<String>>,
    preset: Option<At<Preset>>,
    /// Says whether `preset` or `match` is there, readable or not.
    addressed: bool,
    r#match: Option<WrittenMatch>,
    strategy: Option<At<Strategy>>,
    timeout: Option<At<u64>>,
    fresh_for: Option<At<u64>>,
    max_age: Option<At<u64>>,
    max_entries: Option<At<u32>>,
    statuses: Option<At<Vec<u16>>>,
    ignore_params: Option<At<Vec<String>>>,
    opaque: Option<At<bool>>,
    invalidate: Option<At<bool>>,
    fallback: Vec<(At<&'static str>, At<String>)>,
}

#[derive(Debug, Default)]
struct WrittenMatch {
    span: Span,
    path: Option<At<String>>,
    regex: Option<At<String>>,
    hosts: Vec<At<String>>,
    destinations: Vec<At<&'static str>>,
    methods: Vec<At<Method>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The kept answer; the network only for what is not kept, or too old.
    CacheFirst,
    /// The network's answer; the kept one after `timeout`, on failure and on 5xx.
    NetworkFirst,
    /// The kept answer at once, and the network's for the next time.
    StaleWhileRevalidate,
    /// The network's answer or the fallback.
    NetworkOnly,
    /// What pages have put into the cache themselves.
    CacheOnly,
    /// The browser's own business: a `network-only` that has nothing to add.
    Leave,
}

const STRATEGIES: [(&str, Strategy); 5] = [
    ("cache-first", Strategy::CacheFirst),
    ("network-first", Strategy::NetworkFirst),
    ("stale-while-revalidate", Strategy::StaleWhileRevalidate),
    ("network-only", Strategy::NetworkOnly),
    ("cache-only", Strategy::CacheOnly),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// Returns the name of this method in HTTP.
    pub fn name(self) -> &'static str {
        let named = METHODS.iter().find(|(_, known)| *known == self);
        named.map_or("", |(name, _)| name)
    }
}

const METHODS: [(&str, Method); 7] = [
    ("GET", Method::Get),
    ("HEAD", Method::Head),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
    ("OPTIONS", Method::Options),
];

/// What a request is for, and how the browser calls it. What a script fetches is for nothing that the browser knows.
pub const DESTINATIONS: [(&str, &str); 20] = [
    ("fetch", ""),
    ("audio", "audio"),
    ("audioworklet", "audioworklet"),
    ("document", "document"),
    ("embed", "embed"),
    ("font", "font"),
    ("frame", "frame"),
    ("iframe", "iframe"),
    ("image", "image"),
    ("json", "json"),
    ("manifest", "manifest"),
    ("object", "object"),
    ("paintworklet", "paintworklet"),
    ("script", "script"),
    ("sharedworker", "sharedworker"),
    ("style", "style"),
    ("track", "track"),
    ("video", "video"),
    ("worker", "worker"),
    ("xslt", "xslt"),
];

/// Rules that everybody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preset {
    GoogleFonts,
    Images,
    Cdn,
}

const PRESETS: [(&str, Preset); 3] = [
    ("google-fonts", Preset::GoogleFonts),
    ("images", Preset::Images),
    ("cdn", Preset::Cdn),
];

/// What a rule says where pwa.toml says nothing.
struct Usual {
    name: &'static str,
    hosts: &'static [&'static str],
    destination: Option<&'static str>,
    strategy: Strategy,
    fresh_for: u64,
    max_age: u64,
    max_entries: u32,
}

const USUAL: Usual = Usual {
    name: "",
    hosts: &[],
    destination: None,
    strategy: Strategy::NetworkFirst,
    fresh_for: 0,
    max_age: FOREVER,
    max_entries: 100,
};

const GOOGLE_FONTS: [Usual; 2] = [
    Usual {
        name: "google-fonts-css",
        hosts: &["fonts.googleapis.com"],
        strategy: Strategy::StaleWhileRevalidate,
        fresh_for: DAY,
        max_entries: 20,
        ..USUAL
    },
    Usual {
        name: "google-fonts",
        hosts: &["fonts.gstatic.com"],
        strategy: Strategy::CacheFirst,
        max_age: 365 * DAY,
        max_entries: 30,
        ..USUAL
    },
];

const IMAGES: [Usual; 1] = [Usual {
    name: "images",
    destination: Some("image"),
    strategy: Strategy::CacheFirst,
    max_age: 30 * DAY,
    max_entries: 60,
    ..USUAL
}];

const CDN: [Usual; 1] = [Usual {
    name: "cdn",
    hosts: &[
        "cdn.jsdelivr.net",
        "cdnjs.cloudflare.com",
        "unpkg.com",
        "esm.sh",
        "ajax.googleapis.com",
        "code.jquery.com",
    ],
    strategy: Strategy::StaleWhileRevalidate,
    fresh_for: DAY,
    max_entries: 60,
    ..USUAL
}];

const DAY: u64 = 86_400_000;

/// Longer than anything is kept, and shorter than the age of what has no time of storing, which counts from 1970.
pub const FOREVER: u64 = 1_000_000_000_000;

/// As decided: its part of the worker's `CONFIG`. All durations in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// Of its cache, behind the owner.
    pub name: String,
    #[serde(flatten)]
    pub r#match: Match,
    pub strategy: Strategy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    pub fresh_for: u64,
    pub max_age: u64,
    /// Nothing where nothing is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_entries: Option<u32>,
    /// That are kept; 0 is the status of an opaque answer.
    pub statuses: Vec<u16>,
    /// A write to what is kept makes it old.
    pub invalidate: bool,
    /// By destination: the file of the site that stands in for what can be had neither from the network nor from the cache.
    pub fallback: BTreeMap<&'static str, UrlPath>,
}

/// Which requests a rule is for: all that is given here has to agree.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    pub methods: Vec<Method>,
    /// Any, where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<&'static str>,
    /// Regular expression over hosts; only the site itself where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Regular expression over paths: from the site's root, or from the root of a `host`.
    pub path: String,
    /// Regular expression over such a path and its query.
    pub regex: String,
    /// Regular expression over the names of parameters that make no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            addressed: table.has("preset") || table.has("match"),
            span: table.span.clone(),
            name: table.text("name", report),
            preset: table.choice("preset", &PRESETS, report),
            r#match: table
                .table("match", report)
                .map(|inner| WrittenMatch::read(inner, report)),
            strategy: table.choice("strategy", &STRATEGIES, report),
            timeout: table.duration("timeout", report),
            fresh_for: table.duration("fresh_for", report),
            max_age: table.duration("max_age", report),
            max_entries: table.count("max_entries", 1..=10_000, report),
            statuses: statuses(&mut table, report),
            ignore_params: ignore_params(&mut table, report),
            opaque: table.flag("opaque", report),
            invalidate: table.flag("invalidate", report),
            fallback: table
                .text_map("fallback", report)
                .unwrap_or_default()
                .into_iter()
                .filter_map(|(name, file)| {
                    Some((pick("fallback", name, &DESTINATIONS, report)?, file))
                })
                .collect(),
        };
        table.finish(report);
        section
    }

    /// Returns the rules that a section stands for: one, or those of its preset.
    fn decide(self, cx: &mut Context) -> Vec<(Route, Span)> {
        let fallback: BTreeMap<&'static str, UrlPath> = self
            .fallback
            .iter()
            .filter_map(|(destination, file)| Some((destination.value, cx.keep("fallback", file)?)))
            .collect();
        let usual: &[Usual] = match self.preset.as_ref().map(|at| at.value) {
            Some(Preset::GoogleFonts) => &GOOGLE_FONTS,
            Some(Preset::Images) => &IMAGES,
            Some(Preset::Cdn) => &CDN,
            None => &[USUAL],
        };
        match (&self.preset, &self.r#match) {
            (Some(preset), Some(written)) => cx.report(match_of_preset(preset, written)),
            (None, None) if !self.addressed => cx.report(matches_nothing(&self.span)),
            (Some(_), None) | (None, Some(_) | None) => {}
        }
        let written = self.matching(cx);
        usual
            .iter()
            .map(|usual| {
                let route = self.route(usual, written.clone(), fallback.clone(), cx);
                let span = self.name.as_ref().map_or(&self.span, |at| &at.span);
                (route, span.clone())
            })
            .collect()
    }

    /// Returns what `match` says.
    fn matching(&self, cx: &mut Context) -> Match {
        let nothing = WrittenMatch::default();
        let written = self.r#match.as_ref().unwrap_or(&nothing);
        if self.r#match.is_some() && written.is_empty() {
            cx.report(matches_nothing(&written.span));
        }
        for host in &written.hosts {
            check_host(host, cx.report);
        }
        let hosts: Vec<&str> = written.hosts.iter().map(|at| at.value.as_str()).collect();
        let path = (written.path.as_ref())
            .and_then(|path| glob::to_regex("path", path, cx.report))
            .unwrap_or_default();
        if let Some(regex) = &written.regex {
            check_regex(regex, cx.report);
        }
        let methods: Vec<Method> = written.methods.iter().map(|at| at.value).collect();
        Match {
            methods: if methods.is_empty() {
                vec![Method::Get]
            } else {
                methods
            },
            destinations: written.destinations.iter().map(|at| at.value).collect(),
            host: host_regex(&hosts),
            path,
            regex: (written.regex.as_ref()).map_or_else(String::new, |regex| regex.value.clone()),
            ignore: self.ignore_params.as_ref().map(|at| names_regex(&at.value)),
        }
    }

    fn route(
        &self,
        usual: &Usual,
        mut matching: Match,
        fallback: BTreeMap<&'static str, UrlPath>,
        cx: &mut Context,
    ) -> Route {
        if matching.host.is_none() {
            matching.host = host_regex(usual.hosts);
        }
        matching.destinations.extend(usual.destination);
        let strategy = self.strategy.as_ref().map_or(usual.strategy, |at| at.value);
        self.check(strategy, &matching, cx.report);

        let stores = stores(strategy);
        let opaque = self.opaque.as_ref().is_some_and(|at| at.value);
        let mut statuses =
            (self.statuses.as_ref()).map_or_else(|| vec![200], |at| at.value.clone());
        if opaque {
            statuses.insert(0, 0);
        }
        let timeout = self.timeout.as_ref().map(|at| at.value);
        let timeout = match strategy {
            Strategy::NetworkFirst => Some(timeout.unwrap_or(3_000)),
            _ => timeout,
        };
        let idle = strategy == Strategy::NetworkOnly && timeout.is_none() && fallback.is_empty();
        Route {
            name: match &self.name {
                Some(name) if usual.name.ends_with("-css") => format!("{}-css", name.value),
                Some(name) => name.value.clone(),
                None if !usual.name.is_empty() => usual.name.to_owned(),
                // Such a mistake has been reported, and says nothing about caches.
                None if self.r#match.as_ref().is_none_or(WrittenMatch::is_empty) => String::new(),
                None => content_name(&matching),
            },
            r#match: matching,
            strategy: if idle { Strategy::Leave } else { strategy },
            timeout,
            fresh_for: (self.fresh_for.as_ref()).map_or(usual.fresh_for, |at| at.value),
            max_age: (self.max_age.as_ref()).map_or(usual.max_age, |at| at.value),
            max_entries: stores
                .then(|| (self.max_entries.as_ref()).map_or(usual.max_entries, |at| at.value)),
            statuses: if stores { statuses } else { Vec::new() },
            invalidate: self.invalidate.as_ref().is_some_and(|at| at.value),
            fallback,
        }
    }

    /// Reports what cannot be together.
    fn check(&self, strategy: Strategy, matching: &Match, report: &mut Diagnostics) {
        if stores(strategy) || strategy == Strategy::CacheOnly {
            for method in self.r#match.iter().flat_map(|written| &written.methods) {
                if method.value != Method::Get {
                    report.report(method_cannot_be_kept(method, strategy));
                }
            }
        }
        for destination in self
            .r#match
            .iter()
            .flat_map(|written| &written.destinations)
        {
            if stores(strategy) && ["audio", "video"].contains(&destination.value) {
                report.report(parts_cannot_be_kept(destination));
            }
        }
        for (key, span, useful) in self.particular_keys() {
            if let Some(span) = span
                && !useful.contains(&strategy)
            {
                report.report(without_use(key, span, strategy, useful));
            }
        }
        if let Some(opaque) = self.opaque.as_ref().filter(|at| at.value) {
            if matching.host.is_none() {
                report.report(nothing_is_opaque(opaque));
            } else if self.max_entries.is_none() {
                report.report(opaque_without_limit(opaque));
            }
        }
        if let (Some(fresh_for), Some(max_age)) = (&self.fresh_for, &self.max_age)
            && fresh_for.value > max_age.value
        {
            report.report(fresh_and_too_old(fresh_for, max_age));
        }
    }

    /// Returns the keys that only some strategies know what to do with.
    fn particular_keys(&self) -> [(&'static str, Option<Span>, &'static [Strategy]); 9] {
        use Strategy::{CacheFirst, CacheOnly, NetworkFirst, NetworkOnly, StaleWhileRevalidate};
        const STORING: &[Strategy] = &[CacheFirst, NetworkFirst, StaleWhileRevalidate];
        const KEEPING: &[Strategy] = &[CacheFirst, NetworkFirst, StaleWhileRevalidate, CacheOnly];
        fn span<T>(written: &Option<At<T>>) -> Option<Span> {
            written.as_ref().map(|at| at.span.clone())
        }
        [
            ("name", span(&self.name), KEEPING),
            ("timeout", span(&self.timeout), &[NetworkFirst, NetworkOnly]),
            (
                "fresh_for",
                span(&self.fresh_for),
                &[NetworkFirst, StaleWhileRevalidate],
            ),
            ("max_age", span(&self.max_age), STORING),
            ("max_entries", span(&self.max_entries), STORING),
            ("statuses", span(&self.statuses), STORING),
            ("ignore_params", span(&self.ignore_params), KEEPING),
            ("opaque", span(&self.opaque), STORING),
            ("invalidate", span(&self.invalidate), STORING),
        ]
    }
}

impl WrittenMatch {
    fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let written = Self {
            span: table.span.clone(),
            path: table.text("path", report),
            regex: table.text("regex", report),
            hosts: words(&mut table, "host", report),
            destinations: words(&mut table, "destination", report)
                .into_iter()
                .filter_map(|word| pick("destination", word, &DESTINATIONS, report))
                .collect(),
            methods: words(&mut table, "methods", report)
                .into_iter()
                .filter_map(|word| pick("methods", word, &METHODS, report))
                .collect(),
        };
        table.finish(report);
        written
    }

    /// Says whether any request of the site would do.
    fn is_empty(&self) -> bool {
        self.path.is_none()
            && self.regex.is_none()
            && self.hosts.is_empty()
            && self.destinations.is_empty()
            && self.methods.is_empty()
    }
}

/// Decides all rules, of which the first that matches a request wins.
pub fn decide(sections: Vec<Section>, cx: &mut Context) -> Vec<Route> {
    let mut decided: Vec<(Route, Span)> = Vec::new();
    for section in sections {
        for (route, span) in section.decide(cx) {
            let keeps = |route: &Route| {
                !route.name.is_empty()
                    && !matches!(route.strategy, Strategy::NetworkOnly | Strategy::Leave)
            };
            let twin = decided
                .iter()
                .find(|(other, _)| keeps(other) && keeps(&route) && other.name == route.name);
            if let Some((_, twin)) = twin {
                cx.report(same_cache(&route.name, &span, twin.clone()));
            }
            decided.push((route, span));
        }
    }
    decided.into_iter().map(|(route, _)| route).collect()
}

fn stores(strategy: Strategy) -> bool {
    match strategy {
        Strategy::CacheFirst | Strategy::NetworkFirst | Strategy::StaleWhileRevalidate => true,
        Strategy::NetworkOnly | Strategy::CacheOnly | Strategy::Leave => false,
    }
}

/// Returns the name of a cache that nobody named: other requests, other cache.
fn content_name(matching: &Match) -> String {
    Digest::of(format!("{matching:?}").as_bytes()).short()
}

/// Returns one word or a list of words.
fn words(table: &mut Table, key: &'static str, report: &mut Diagnostics) -> Vec<At<String>> {
    let Some(value) = table.value(key) else {
        return Vec::new();
    };
    let items = match value.value {
        Value::List(items) => items,
        one => vec![At::new(one, value.span)],
    };
    let mut words = Vec::new();
    for item in items {
        match item.value {
            Value::Text(text) => words.push(At::new(text, item.span)),
            other => report.report(wrong_kind(
                key,
                "a string or a list of strings",
                &other,
                item.span,
            )),
        }
    }
    words
}

fn statuses(table: &mut Table, report: &mut Diagnostics) -> Option<At<Vec<u16>>> {
    let value = table.value("statuses")?;
    let Value::List(items) = value.value else {
        report.report(wrong_kind(
            "statuses",
            "a list of numbers",
            &value.value,
            value.span,
        ));
        return None;
    };
    let mut statuses = Vec::new();
    for item in items {
        match item.value {
            Value::Integer(number) => match u16::try_from(number) {
                // A part is not the whole, redirects are followed before, and an error must not take the place of an answer.
                Ok(status @ (200..=205 | 207..=299 | 400..=499)) => statuses.push(status),
                _ => report.report(status_cannot_be_kept(number, item.span)),
            },
            other => report.report(wrong_kind(
                "statuses",
                "a list of numbers",
                &other,
                item.span,
            )),
        }
    }
    Some(At::new(statuses, value.span))
}

fn ignore_params(table: &mut Table, report: &mut Diagnostics) -> Option<At<Vec<String>>> {
    let value = table.value("ignore_params")?;
    let items = match value.value {
        Value::Text(text) if text == "all" => {
            return Some(At::new(vec!["*".to_owned()], value.span));
        }
        Value::List(items) => items,
        other => {
            let wanted = "`\"all\"` or a list of names";
            report.report(wrong_kind("ignore_params", wanted, &other, value.span));
            return None;
        }
    };
    let mut names = Vec::new();
    for item in items {
        match item.value {
            Value::Text(text) if text.contains(['=', '&', '?', '#']) || text.is_empty() => {
                report.report(not_a_parameter(&text, item.span));
            }
            Value::Text(text) => names.push(text),
            other => report.report(wrong_kind(
                "ignore_params",
                "a list of names",
                &other,
                item.span,
            )),
        }
    }
    Some(At::new(names, value.span))
}

fn host_regex(hosts: &[&str]) -> Option<String> {
    (!hosts.is_empty()).then(|| names_regex(hosts))
}

/// Returns a regular expression of JavaScript for names in which `*` stands for anything.
fn names_regex<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| {
            let mut pattern = String::new();
            for c in name.as_ref().chars() {
                match c {
                    '*' => pattern.push_str(".*"),
                    c if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() => pattern.push(c),
                    other => pattern.extend(['\\', other]),
                }
            }
            pattern
        })
        .collect();
    match names.as_slice() {
        [one] => format!("^{one}$"),
        several => format!("^(?:{})$", several.join("|")),
    }
}

fn check_host(host: &At<String>, report: &mut Diagnostics) {
    let (name, port) = match host.value.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host.value.as_str(), None),
    };
    let name = name.strip_prefix("*.").unwrap_or(name);
    let named = name == "*"
        || !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    let ported = port.is_none_or(|port| port.parse::<u16>().is_ok());
    if !named || !ported {
        report.report(not_a_host(host));
    }
}

fn check_regex(regex: &At<String>, report: &mut Diagnostics) {
    if regex.value.contains("://") {
        report.report(host_in_regex(regex));
    } else if let Err(error) = minifier::check_regex(&regex.value) {
        report.report(not_a_regex(regex, error.offset, &error.message));
    }
}

fn spelled(strategy: Strategy) -> &'static str {
    let named = STRATEGIES.iter().find(|(_, known)| *known == strategy);
    named.map_or("network-only", |(name, _)| name)
}

fn matches_nothing(span: &Span) -> Diagnostic {
    Diagnostic::error(
        "routes-match",
        "this rule does not say which requests it is for",
        span.clone(),
    )
    .label("no `path`, `regex`, `host`, `destination` or `methods`")
    .help("add `match = { path = \"/api/**\" }`, or a `preset`")
}

fn match_of_preset(preset: &At<Preset>, written: &WrittenMatch) -> Diagnostic {
    Diagnostic::error(
        "routes-preset",
        "a preset brings its own `match`",
        written.span.clone(),
    )
    .label("which of the two is meant?")
    .other(preset.span.clone(), "the preset")
    .help("remove `match`, or write the rule without `preset`")
}

fn method_cannot_be_kept(method: &At<Method>, strategy: Strategy) -> Diagnostic {
    Diagnostic::error(
        "routes-method",
        format!(
            "`{}` cannot keep the answer to {}",
            spelled(strategy),
            method.value.name()
        ),
        method.span.clone(),
    )
    .label("only a GET can be answered from a cache")
    .help("leave `methods` out, or use `strategy = \"network-only\"`; what has to be sent later is a `[[sync]]`")
}

fn parts_cannot_be_kept(destination: &At<&str>) -> Diagnostic {
    Diagnostic::warning(
        "routes-media",
        "players ask for parts, and only a whole can be kept",
        destination.span.clone(),
    )
    .label("nothing of this would be kept, unless the server gives no parts")
    .help("match the `path` instead, and have the page `fetch` what it wants to keep; or put the files into an `[[assets]]` with `install = \"lazy\"`")
}

fn status_cannot_be_kept(status: i64, span: Span) -> Diagnostic {
    let help = match status {
        0 => "opaque answers are kept with `opaque = true` and a `max_entries`",
        206 => "ranges are cut from what is kept whole; remove it",
        _ => "the statuses that can be kept are 200 to 299, but for 206, and 400 to 499",
    };
    Diagnostic::error(
        "routes-status",
        format!("an answer with status {status} cannot be kept"),
        span,
    )
    .label("not the answer to a later request")
    .help(help)
}

fn not_a_parameter(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "routes-param",
        format!("`{name}` is not the name of a parameter"),
        span,
    )
    .label("`=`, `&`, `?` and `#` are never part of a name")
    .help("give the name alone; `*` stands for anything in it: `\"utm_*\"`")
}

fn not_a_host(host: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "routes-host",
        format!("`{}` is not the name of a host", host.value),
        host.span.clone(),
    )
    .label("small letters, digits, `-` and `.`, perhaps a port")
    .help("write `\"cdn.example.com\"`, `\"*.example.com\"` for the hosts below it, or `\"*\"` for any; paths go into `path`")
}

fn host_in_regex(regex: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "routes-regex-host",
        "this regular expression can match no request",
        regex.span.clone(),
    )
    .label("it is compared with the path and the query, not with the whole address")
    .help("write the host beside it: `match = { host = \"cdn.example.com\", regex = \"^/v[0-9]+/\" }`")
}

fn not_a_regex(regex: &At<String>, offset: usize, message: &str) -> Diagnostic {
    // One byte for the quotation mark; an escape in the string would shift it, and the whole is shown then.
    let whole = regex.span.clone();
    let at = whole.start + 1 + offset;
    let exact = whole.len() == regex.value.len() + 2 && at < whole.end;
    Diagnostic::error(
        "routes-regex",
        "this is not a regular expression of JavaScript",
        if exact { at..whole.end - 1 } else { whole },
    )
    .label(
        message
            .trim_start_matches("Invalid regular expression: ")
            .to_lowercase(),
    )
    .help("write it in single quotes, where `\\` needs no second one: `'\\.(png|jpg)$'`")
}

fn without_use(key: &str, span: Span, strategy: Strategy, useful: &[Strategy]) -> Diagnostic {
    let names: Vec<&str> = useful.iter().map(|one| spelled(*one)).collect();
    Diagnostic::error(
        "routes-unused",
        format!("`{key}` has no use with `{}`", spelled(strategy)),
        span,
    )
    .label("nothing would follow from it")
    .help(format!("remove it, or use {}", one_of(&names)))
}

fn nothing_is_opaque(opaque: &At<bool>) -> Diagnostic {
    Diagnostic::error(
        "routes-opaque-own",
        "answers of the site itself are never opaque",
        opaque.span.clone(),
    )
    .label("this rule matches no other host")
    .help("remove it, or add a `host` to `match`")
}

fn opaque_without_limit(opaque: &At<bool>) -> Diagnostic {
    Diagnostic::error(
        "routes-opaque",
        "opaque answers need a limit",
        opaque.span.clone(),
    )
    .label("browsers count each as several megabytes of the visitor's storage")
    .help("add `max_entries = 20`; better, have the host send `Access-Control-Allow-Origin`, and remove `opaque`")
}

fn fresh_and_too_old(fresh_for: &At<u64>, max_age: &At<u64>) -> Diagnostic {
    Diagnostic::error(
        "routes-fresh",
        "an answer would be fresh and too old at once",
        fresh_for.span.clone(),
    )
    .label("younger than this, the network is not asked")
    .other(max_age.span.clone(), "older than this, it is asked first")
    .help("make `fresh_for` the shorter of the two")
}

fn same_cache(name: &str, span: &Span, twin: Span) -> Diagnostic {
    Diagnostic::error("routes-name", format!("two rules keep in one cache, `{name}`"), span.clone())
        .label("the second")
        .other(twin, "the first")
        .help("give each a `name` of its own; of two rules with the same `match` the second is never reached")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_a_name_stands_for_anything() {
        assert_eq!(names_regex(&["utm_*"]), "^utm_.*$");
        assert_eq!(
            names_regex(&["*.example.com", "a-b"]),
            r"^(?:.*\.example\.com|a\-b)$"
        );
        assert_eq!(names_regex::<&str>(&[]), "^(?:)$");
    }

    #[test]
    fn every_strategy_has_a_name() {
        for (name, strategy) in STRATEGIES {
            assert_eq!(spelled(strategy), name);
            assert_eq!(
                serde_json::to_value(strategy).expect("a name"),
                serde_json::json!(name)
            );
        }
    }

    #[test]
    fn another_match_is_another_cache() {
        let matching = |path: &str| Match {
            methods: vec![Method::Get],
            destinations: Vec::new(),
            host: None,
            path: path.to_owned(),
            regex: String::new(),
            ignore: None,
        };
        assert_eq!(content_name(&matching("a")), content_name(&matching("a")));
        assert_ne!(content_name(&matching("a")), content_name(&matching("b")));
    }
}
