//! `[[periodic_sync]]`: what a visitor finds without a network is hours old, not as old as the last visit.

use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::document::{At, Span, Table};
use crate::endpoint;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    tag: Option<At<String>>,
    min_interval: Option<At<u64>>,
    request: Option<At<String>>,
    cache: Option<At<String>>,
    route: Option<At<String>>,
    store: Option<WrittenStore>,
    drain: Vec<At<String>>,
    poll: Option<WrittenPoll>,
}

#[derive(Debug)]
struct WrittenStore {
    span: Span,
    database: Option<At<String>>,
    store: Option<At<String>>,
    pointer: Option<At<String>>,
}

#[derive(Debug)]
struct WrittenPoll {
    span: Span,
    interval: Option<At<u64>>,
}

/// As decided: its part of the worker's `CONFIG`. All durations in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodicSync {
    pub tag: String,
    pub min_interval: u64,
    /// What is fetched, relative to the site's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The answer may be HTML; elsewhere that is a portal's page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub html: bool,
    /// A cache of the app's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// The rule of `[[routes]]` whose cache it goes into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
    /// Tags of `[[sync]]` that are delivered on the occasion.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drain: Vec<String>,
    /// How often a page that is looked at asks, where the browser does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<u64>,
}

/// A place in a store of the app's own.
#[derive(Clone, Debug, Serialize)]
pub struct Store {
    pub database: String,
    pub store: String,
    /// Into the JSON of the answer; empty for the whole.
    pub pointer: String,
}

/// The one moment at which a page may poll: a hidden one costs battery for nobody.
const WHENS: [(&str, ()); 1] = [("visible", ())];

/// No browser fires more often, whatever it is asked for.
const FLOOR: u64 = 12 * 60 * 60 * 1000;

/// Asking more often burdens the server and the device for nothing.
const SHORTEST_POLL: u64 = 1_000;

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            span: table.span.clone(),
            tag: table.text("tag", report),
            min_interval: table.duration("min_interval", report),
            request: table.text("request", report),
            cache: table.text("cache", report),
            route: table.text("route", report),
            store: table.table("store", report).map(|mut inner| {
                let store = WrittenStore {
                    span: inner.span.clone(),
                    database: inner.text("database", report),
                    store: inner.text("store", report),
                    pointer: inner.text("pointer", report),
                };
                inner.finish(report);
                store
            }),
            drain: table.texts("drain", report).unwrap_or_default(),
            poll: table.table("poll", report).map(|mut inner| {
                let poll = WrittenPoll {
                    span: inner.span.clone(),
                    interval: inner.duration("interval", report),
                };
                inner.choice("when", &WHENS, report);
                inner.finish(report);
                poll
            }),
        };
        table.finish(report);
        section
    }

    fn decide(
        self,
        tags: &[&str],
        routes: &[&str],
        cx: &mut Context,
    ) -> Option<(At<String>, PeriodicSync)> {
        let Some(tag) = self.tag else {
            cx.report(without_tag(self.span));
            return None;
        };
        let interval = self.min_interval.as_ref().map_or(FLOOR, |at| at.value);
        if let (Some(at), true) = (&self.min_interval, interval < FLOOR) {
            cx.report(below_the_floor(at));
        }
        let url = match &self.request {
            Some(written) => Some(url_of(written, cx.report)?),
            None => None,
        };
        let kept = self.cache.is_some() || self.route.is_some() || self.store.is_some();
        match &self.request {
            None if kept || self.drain.is_empty() => cx.report(without_request(&tag)),
            Some(request) if !kept => cx.report(goes_nowhere(request)),
            _ => {}
        }
        if let Some(route) = &self.route
            && !routes.contains(&route.value.as_str())
        {
            cx.report(no_such_route(route, routes));
        }
        for name in &self.drain {
            if !tags.contains(&name.value.as_str()) {
                cx.report(no_such_tag(name, tags));
            }
        }
        let decided = PeriodicSync {
            tag: tag.value.clone(),
            min_interval: interval,
            html: url.as_deref().is_some_and(is_page),
            url,
            cache: self.cache.map(|at| at.value),
            route: self.route.map(|at| at.value),
            store: self.store.and_then(|store| store.decide(cx.report)),
            drain: self.drain.into_iter().map(|at| at.value).collect(),
            poll: self.poll.and_then(|poll| poll.decide(cx.report)),
        };
        Some((tag, decided))
    }
}

/// Decides every tag; `tags` are those of `[[sync]]`, `routes` the rules that store.
pub fn decide(
    sections: Vec<Section>,
    tags: &[&str],
    routes: &[&str],
    cx: &mut Context,
) -> Vec<PeriodicSync> {
    let mut names: Vec<At<String>> = Vec::new();
    let mut all = Vec::new();
    for section in sections {
        let Some((name, one)) = section.decide(tags, routes, cx) else {
            continue;
        };
        if let Some(twin) = names.iter().find(|other| other.value == name.value) {
            cx.report(same_tag(&name, twin.span.clone()));
        }
        names.push(name);
        all.push(one);
    }
    all
}

impl WrittenStore {
    fn decide(self, report: &mut Diagnostics) -> Option<Store> {
        let pointer = self.pointer.as_ref();
        if let Some(at) = pointer.filter(|at| !at.value.is_empty() && !at.value.starts_with('/')) {
            report.report(no_pointer(at));
        }
        let (Some(database), Some(store)) = (self.database, self.store) else {
            report.report(half_a_store(self.span));
            return None;
        };
        Some(Store {
            database: database.value,
            store: store.value,
            pointer: self.pointer.map(|at| at.value).unwrap_or_default(),
        })
    }
}

impl WrittenPoll {
    fn decide(self, report: &mut Diagnostics) -> Option<u64> {
        let Some(interval) = self.interval else {
            report.report(without_interval(self.span));
            return None;
        };
        if interval.value < SHORTEST_POLL {
            report.report(too_often(&interval));
        }
        Some(interval.value)
    }
}

fn url_of(written: &At<String>, report: &mut Diagnostics) -> Option<String> {
    let Some((method, url)) = endpoint::in_place(written) else {
        report.report(not_a_get(written.span.clone(), &written.value));
        return None;
    };
    if method.value != "GET" {
        report.report(not_a_get(method.span, &written.value));
        return None;
    }
    endpoint::check_url(&url, true, report);
    if url.value.contains(['{', '}']) {
        report.report(no_record(&url));
    }
    Some(url.value)
}

fn is_page(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.ends_with('/') || path.ends_with(".html") || path.ends_with(".htm")
}

fn without_tag(span: Span) -> Diagnostic {
    Diagnostic::error("periodic_sync-tag-missing", "`tag` is not given", span)
        .label("needs `tag`")
        .help("add `tag = \"refresh-news\"`")
}

fn same_tag(tag: &At<String>, twin: Span) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-tag-twice",
        format!("two `[[periodic_sync]]` have the tag `{}`", tag.value),
        tag.span.clone(),
    )
    .label("the second")
    .other(twin, "the first")
    .help("a browser keeps one interval for a tag; give each its own")
}

fn below_the_floor(at: &At<u64>) -> Diagnostic {
    Diagnostic::warning(
        "periodic_sync-floor",
        "no browser comes this often",
        at.span.clone(),
    )
    .label("rounded up to 12 hours, and more where the app is seldom used")
    .help("give `\"12h\"` or more; `poll = { interval = \"5m\" }` is for a page that is being looked at")
}

fn without_request(tag: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-request-missing",
        "there is nothing to do for this tag",
        tag.span.clone(),
    )
    .label("needs `request`")
    .help("add `request = \"GET /path\"`, or only `drain = [\"tag\"]` to deliver what waits")
}

fn goes_nowhere(request: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-nowhere",
        "the answer is kept nowhere",
        request.span.clone(),
    )
    .label("fetched, and then forgotten")
    .help("add `route = \"name\"` of a rule of `[[routes]]`, `cache = \"name\"` of a cache of the app's own, or `store = { database = \"…\", store = \"…\" }`")
}

fn not_a_get(span: Span, written: &str) -> Diagnostic {
    let url = written.split_once(' ').map_or(written, |(_, url)| url);
    Diagnostic::error(
        "periodic_sync-method",
        "what is asked for from time to time is a GET",
        span,
    )
    .label("not `GET url`")
    .help(format!(
        "write `\"GET {url}\"`; what sends something belongs to `[[sync]]`"
    ))
}

fn no_record(url: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-field",
        "there is no record to fill this address",
        url.span.clone(),
    )
    .label("`{field}` takes its value from a record")
    .help("write the address out")
}

fn no_such_route(route: &At<String>, routes: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-route",
        format!("no rule of `[[routes]]` keeps answers as `{}`", route.value),
        route.span.clone(),
    )
    .label("not the `name` of a rule that stores")
    .help(match nearest(&route.value, routes.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => {
            "give a rule of `[[routes]]` this `name`, or write `cache` for a cache of the app's own"
                .to_owned()
        }
    })
}

fn no_such_tag(tag: &At<String>, tags: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-drain",
        format!("there is no `[[sync]]` with the tag `{}`", tag.value),
        tag.span.clone(),
    )
    .label("nothing to deliver")
    .help(match nearest(&tag.value, tags.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => "name tags of `[[sync]]`".to_owned(),
    })
}

fn half_a_store(span: Span) -> Diagnostic {
    Diagnostic::error("periodic_sync-store", "the answer has no place to go", span)
        .label("needs `database` and `store`")
        .help("name a store of the app's own, such as `{ database = \"app\", store = \"news\" }`")
}

fn no_pointer(at: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-pointer",
        format!("`{}` leads nowhere", at.value),
        at.span.clone(),
    )
    .label("a pointer begins with `/`")
    .help(format!(
        "write `\"/{}\"`, or `\"\"` for the whole answer",
        at.value
    ))
}

fn without_interval(span: Span) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-interval",
        "`poll` does not say how often",
        span,
    )
    .label("needs `interval`")
    .help("write `poll = { interval = \"5m\" }`")
}

fn too_often(at: &At<u64>) -> Diagnostic {
    Diagnostic::error(
        "periodic_sync-often",
        "pages would ask without a pause",
        at.span.clone(),
    )
    .label("less than a second")
    .help("give a minute or more; `\"5m\"` is usual")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_an_answer_to_pages_only() {
        for page in ["/", "/news/", "news/?page=2", "/a.html", "/a.htm?b#c"] {
            assert!(is_page(page), "{page}");
        }
        for other in ["/api/news", "/news.json", "/a?b=/c/", "/html"] {
            assert!(!is_page(other), "{other}");
        }
    }
}
