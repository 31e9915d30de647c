//! Which rule answers an address, and with what: while the network is well, while it is slow, and without one.
//!
//! It is the order of the worker's rooms once more, over the plan alone; `tests/browser/explain.rs` holds the two
//! together.

use std::collections::BTreeMap;

use regress::Regex;
use serde::Serialize;

use crate::features::assets::{Group, Install};
use crate::features::pages::Strategy;
use crate::features::routes::{self, DESTINATIONS, Route};
use crate::features::sync::{Capture, Respond, Tag};
use crate::host;
use crate::plan::Plan;
use crate::url_path::UrlPath;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Absolute, from the host's root (`/repo/a`), or from the site's root (`a`).
    pub address: String,
    /// `GET` where nothing is said.
    pub method: Option<String>,
    /// What for, in the words of `match.destination`; guessed from the name where nothing is said.
    pub destination: Option<String>,
    /// Of the site, such as `https://example.com`, for absolute addresses.
    pub origin: Option<String>,
}

/// The rule, the three answers and the reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    pub address: String,
    pub method: String,
    /// What for, in the words of `match.destination`.
    pub destination: String,
    pub rule: Rule,
    pub online: Answer,
    pub slow: Answer,
    pub offline: Answer,
    pub because: Vec<String>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Rule {
    /// `[[assets]]`: a file that is not a page.
    Assets {
        group: String,
    },
    Pages {
        strategy: Strategy,
    },
    Routes {
        name: String,
        strategy: routes::Strategy,
    },
    /// `[[sync]] capture`.
    Sync {
        tag: String,
    },
    /// A write to what rules of `[[routes]]` keep.
    Writes {
        routes: Vec<String>,
    },
    /// The worker takes no part.
    Browser,
}

/// What a page gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Answer {
    /// Whatever the server says.
    Network,
    /// A file of the site as it was built, status 200.
    File {
        file: String,
        /// Where it was not stored yet, since it is not stored with the worker.
        #[serde(skip_serializing_if = "Option::is_none")]
        or: Option<Box<Answer>>,
    },
    /// What a rule has kept of an earlier answer; where there is nothing, `or`.
    Kept {
        or: Box<Answer>,
    },
    Redirect {
        to: String,
        then: Box<Answer>,
    },
    /// The site's own page for pages that can be had nowhere.
    Page {
        file: String,
        status: u16,
    },
    /// Sent later; nothing: the page gets the failure, and it is sent later all the same.
    Queued {
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// The network's own failure.
    Failure,
}

/// How the network is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Well,
    /// It answers, but later than anybody waits.
    Slow,
    Gone,
}

/// A plan, ready for questions.
pub struct Guide<'a> {
    plan: &'a Plan,
    /// Every kept file with its group.
    files: BTreeMap<String, &'a Group>,
}

impl<'a> Guide<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        let mut files = BTreeMap::new();
        for group in &plan.assets {
            for file in &group.files {
                files.entry(file.path.clone()).or_insert(group);
            }
        }
        let with_worker = |group: &&Group| group.install == Install::Required;
        if let Some(group) = plan.assets.iter().find(with_worker) {
            for loaded in plan.loaded() {
                files.insert(UrlPath::of_file(&loaded).to_string(), group);
            }
        }
        Self { plan, files }
    }

    /// Answers one question.
    pub fn explain(&self, question: &Question) -> Explanation {
        let mut because = Vec::new();
        let address = self.address(question, &mut because);
        let method = question.method.as_deref().unwrap_or("GET").to_uppercase();
        let destination = match &question.destination {
            Some(word) => word.clone(),
            None => self.guessed(&address).to_owned(),
        };
        let request = Request {
            address,
            method,
            destination,
        };
        let found = self.found(&request, &mut because);
        self.reasons(&request, &found, &mut because);
        let answer = |network| self.answer(&request, &found, network);
        Explanation {
            address: question.address.clone(),
            rule: self.rule(&found),
            online: answer(Network::Well),
            slow: answer(Network::Slow),
            offline: answer(Network::Gone),
            method: request.method,
            destination: request.destination,
            because,
        }
    }

    fn address(&self, question: &Question, because: &mut Vec<String>) -> Address {
        let base = &self.plan.app.base;
        let mut address = Address::parse(&question.address, base);
        let Some(origin) = &address.origin else {
            return address;
        };
        if let Some(own) = &question.origin {
            if Address::parse(own, base).origin.as_ref() == Some(origin) {
                address.origin = None;
            }
            return address;
        }
        let named = |route: &Route| {
            let host = route.r#match.host.as_deref();
            host.is_some_and(|host| is_match(host, &origin.host))
        };
        let in_site = self
            .path_on_own_host(&address)
            .is_some_and(|path| self.locate(&path).is_some());
        if in_site && !self.plan.routes.iter().any(named) {
            because.push(format!(
                "`{}` is taken for the site's own host, since the site has this path; `--origin` says otherwise",
                origin.host
            ));
            address.origin = None;
        }
        address
    }

    /// Returns what an address of this name is most likely asked for.
    fn guessed(&self, address: &Address) -> &'static str {
        let path = self.path(address);
        if let Some(host::Answer::File(file)) = path.and_then(|path| self.locate(&path))
            && file.ends_with(".html")
        {
            return "document";
        }
        let name = address.path.rsplit('/').next().unwrap_or_default();
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_lowercase());
        match ending.as_deref() {
            None | Some("html" | "htm" | "xhtml") => "document",
            Some("css") => "style",
            Some("js" | "mjs") => "script",
            Some("avif" | "gif" | "ico" | "jpeg" | "jpg" | "png" | "svg" | "webp") => "image",
            Some("otf" | "ttf" | "woff" | "woff2") => "font",
            Some("aac" | "flac" | "m4a" | "mp3" | "ogg" | "opus" | "wav") => "audio",
            Some("mp4" | "ogv" | "webm") => "video",
            Some("vtt") => "track",
            Some("webmanifest") => "manifest",
            Some(_) => "fetch",
        }
    }

    /// Returns the first room of the worker that takes the request.
    fn found(&self, request: &Request, because: &mut Vec<String>) -> Found<'a> {
        let Request {
            address, method, ..
        } = request;
        let path = self.path(address);
        if request.navigates() && !self.is_controlled(address) {
            because.push(match &address.origin {
                Some(origin) => format!("`{}` is taken for another site", origin.host),
                None => format!(
                    "no page outside of `{}` is controlled by the worker, which lies in that folder",
                    self.scope()
                ),
            });
            return Found::Browser;
        }
        if let Some(found) = self.captured(request) {
            return found;
        }
        if !["GET", "HEAD", "OPTIONS"].contains(&method.as_str()) {
            let routes = self.plan.routes.iter();
            let routes: Vec<&Route> = routes
                .filter(|route| {
                    route.invalidate && self.mismatch_of_address(route, address).is_none()
                })
                .collect();
            if !routes.is_empty() {
                return Found::Writes(routes);
            }
        }
        let place = path.as_deref().and_then(|path| self.locate(path));
        if place.is_none() {
            for route in &self.plan.routes {
                match self.mismatch(route, request) {
                    None => return Found::Route(route),
                    Some(why) => {
                        because.push(format!("the rule `{}` is not for it: {why}", route.name));
                    }
                }
            }
        }
        if method != "GET" {
            because.push(format!("nothing kept answers {method}"));
            return Found::Browser;
        }
        let Some(path) = path else {
            because.push(match &address.origin {
                Some(origin) => format!("`{}` is another host, and no rule names it", origin.host),
                None => format!("it is outside of the site's base, `{}`", self.plan.app.base),
            });
            return Found::Browser;
        };
        if !request.navigates() {
            if place.is_none() {
                because.push(format!("no kept file answers `{path}`"));
            }
            return place.map_or(Found::Browser, |place| Found::File { path, place });
        }
        let mut deny = self.plan.pages.deny.iter();
        if let Some(pattern) = deny.find(|pattern| is_match(pattern, &path)) {
            because.push(format!(
                "`deny` of [pages] leaves it to the browser: {}",
                readable(pattern)
            ));
            return Found::Browser;
        }
        Found::Page { path, place }
    }

    fn captured(&self, request: &Request) -> Option<Found<'a>> {
        self.plan.sync.iter().find_map(|tag| {
            let capture = tag.capture.as_ref()?;
            let endpoint = &tag.endpoint;
            let wanted = endpoint.method.name() == request.method
                && self.is_endpoint(&endpoint.url, &request.address)
                && (capture.navigations || !request.navigates());
            wanted.then_some(Found::Capture(tag, capture))
        })
    }

    /// Says whether this is the address of an endpoint, whose fields in braces stand for one part of a path each.
    fn is_endpoint(&self, url: &str, address: &Address) -> bool {
        let pattern = Address::parse(&url.replace(['{', '}'], "~"), &self.plan.app.base);
        let mut regex = String::from("^");
        for (index, part) in pattern.href().split('~').enumerate() {
            match index % 2 {
                0 => regex.push_str(&escaped(part)),
                _ => regex.push_str("[^/?#]+"),
            }
        }
        regex.push('$');
        is_match(&regex, &address.href())
    }

    /// Says why a rule is not for a request.
    fn mismatch(&self, route: &Route, request: &Request) -> Option<String> {
        let methods: Vec<&str> = route.r#match.methods.iter().map(|one| one.name()).collect();
        if !methods.contains(&request.method.as_str()) {
            return Some(format!("its methods are {}", methods.join(", ")));
        }
        let destinations = &route.r#match.destinations;
        if !destinations.is_empty() && !destinations.contains(&request.browser_word()) {
            return Some(format!("asked for as `{}`", request.destination));
        }
        self.mismatch_of_address(route, &request.address)
    }

    fn mismatch_of_address(&self, route: &Route, address: &Address) -> Option<String> {
        let matching = &route.r#match;
        let own = match (&matching.host, &address.origin) {
            (Some(host), Some(origin)) if is_match(host, &origin.host) => spelled(&address.path),
            // Hosts are compared with the site's own too, which no plan knows.
            (Some(_), Some(_)) => return Some("another host".to_owned()),
            (Some(_), None) => return Some("it is for another host".to_owned()),
            (None, _) => match self.path(address) {
                Some(path) => path,
                None => return Some("it is for this site".to_owned()),
            },
        };
        if !is_match(&matching.path, &own) {
            return Some(format!(
                "the path does not match {}",
                readable(&matching.path)
            ));
        }
        let whole = format!("{own}{}", address.search);
        (!is_match(&matching.regex, &whole))
            .then(|| format!("path and query do not match {}", readable(&matching.regex)))
    }

    /// Returns the path from the site's root as the worker spells it; nothing for what is not of this site.
    fn path(&self, address: &Address) -> Option<String> {
        match address.origin {
            Some(_) => None,
            None => self.path_on_own_host(address),
        }
    }

    fn path_on_own_host(&self, address: &Address) -> Option<String> {
        let inside = address.path.strip_prefix(self.plan.app.base.as_str())?;
        Some(spelled(&format!("/{inside}")))
    }

    fn locate(&self, path: &str) -> Option<host::Answer> {
        let host = self.plan.app.host;
        host.locate(path, &|file| self.files.contains_key(file))
    }

    /// Returns the path of the worker's folder, below which it controls pages.
    fn scope(&self) -> String {
        let file = &self.plan.worker.file;
        let folder = file.rfind('/').map_or("", |at| &file[..=at]);
        format!("{}{folder}", self.plan.app.base)
    }

    fn is_controlled(&self, address: &Address) -> bool {
        address.origin.is_none() && address.path.starts_with(&self.scope())
    }

    fn answer(&self, request: &Request, found: &Found, network: Network) -> Answer {
        let asked = match network {
            Network::Well | Network::Slow => Answer::Network,
            Network::Gone => Answer::Failure,
        };
        match found {
            Found::Browser | Found::Writes(_) => asked,
            Found::Capture(_, capture) => match network {
                Network::Gone if capture.on.iter().any(|on| on == "network_error") => {
                    Answer::Queued {
                        status: match capture.respond {
                            Respond::Error => None,
                            Respond::Accepted if request.navigates() => Some(303),
                            Respond::Accepted => Some(202),
                        },
                    }
                }
                Network::Well | Network::Slow | Network::Gone => asked,
            },
            Found::Route(route) => self.answer_of_rule(request, route, network),
            Found::File { place, .. } => self.answer_from(request, place, network, asked),
            Found::Page { place, .. } => self.answer_of_page(request, place.as_ref(), network),
        }
    }

    fn answer_of_page(
        &self,
        request: &Request,
        place: Option<&host::Answer>,
        network: Network,
    ) -> Answer {
        let pages = &self.plan.pages;
        match (place, pages.strategy, network) {
            (_, Strategy::Fresh, Network::Well) => Answer::Network,
            (Some(place), Strategy::Fresh, Network::Slow) => {
                self.answer_from(request, place, network, Answer::Network)
            }
            (Some(place), Strategy::Fresh, Network::Gone) => {
                self.answer_from(request, place, network, self.offline_page())
            }
            (Some(place), Strategy::Instant | Strategy::Shell, Network::Gone) => {
                self.answer_from(request, place, network, Answer::Failure)
            }
            (Some(place), Strategy::Instant | Strategy::Shell, Network::Well | Network::Slow) => {
                self.answer_from(request, place, network, Answer::Network)
            }
            (None, Strategy::Shell, _) => Answer::File {
                file: pages
                    .shell
                    .as_ref()
                    .map(UrlPath::to_string)
                    .unwrap_or_default(),
                or: None,
            },
            (None, Strategy::Fresh | Strategy::Instant, Network::Gone) => self.offline_page(),
            (None, Strategy::Fresh | Strategy::Instant, Network::Well | Network::Slow) => {
                Answer::Network
            }
        }
    }

    /// Returns what stands in for a page that can be had nowhere.
    fn offline_page(&self) -> Answer {
        let pages = &self.plan.pages;
        let page = |file: &UrlPath, status| Answer::Page {
            file: file.to_string(),
            status,
        };
        match (&pages.not_found, &pages.offline) {
            (Some(file), _) => page(file, 404),
            (None, Some(file)) => page(file, 503),
            (None, None) => Answer::Failure,
        }
    }

    /// `otherwise` is for files that are not stored yet.
    fn answer_from(
        &self,
        request: &Request,
        place: &host::Answer,
        network: Network,
        otherwise: Answer,
    ) -> Answer {
        match place {
            host::Answer::File(file) => {
                let group = self.files.get(file);
                let sure = group.is_some_and(|group| group.install == Install::Required);
                Answer::File {
                    file: file.clone(),
                    or: (!sure).then(|| Box::new(otherwise)),
                }
            }
            host::Answer::Redirect(to, _) => {
                let target = Request {
                    address: Address {
                        path: format!("{}{}", self.plan.app.base, &to[1..]),
                        ..request.address.clone()
                    },
                    ..request.clone()
                };
                let found = self.found(&target, &mut Vec::new());
                Answer::Redirect {
                    to: target.address.path.clone(),
                    then: Box::new(self.answer(&target, &found, network)),
                }
            }
            host::Answer::NotFound(_) => otherwise,
        }
    }

    fn answer_of_rule(&self, request: &Request, route: &Route, network: Network) -> Answer {
        let fallback = match route.fallback.get(request.browser_word()) {
            Some(file) => Answer::File {
                file: file.to_string(),
                or: None,
            },
            None if request.navigates() => self.offline_page(),
            None => Answer::Failure,
        };
        let otherwise = match network {
            Network::Well | Network::Slow => Answer::Network,
            Network::Gone => fallback.clone(),
        };
        let kept = |or: Answer| Answer::Kept { or: Box::new(or) };
        match (route.strategy, network) {
            (routes::Strategy::CacheFirst | routes::Strategy::StaleWhileRevalidate, _) => {
                kept(otherwise)
            }
            (routes::Strategy::NetworkFirst, Network::Well) => Answer::Network,
            (routes::Strategy::NetworkFirst, Network::Slow | Network::Gone) => kept(otherwise),
            (routes::Strategy::CacheOnly, _) => kept(fallback),
            (routes::Strategy::NetworkOnly, Network::Slow) if route.timeout.is_some() => fallback,
            (routes::Strategy::NetworkOnly, _) => otherwise,
            (routes::Strategy::Leave, Network::Gone) => Answer::Failure,
            (routes::Strategy::Leave, Network::Well | Network::Slow) => Answer::Network,
        }
    }

    fn rule(&self, found: &Found) -> Rule {
        match found {
            Found::Capture(tag, _) => Rule::Sync {
                tag: tag.tag.clone(),
            },
            Found::Writes(routes) => Rule::Writes {
                routes: routes.iter().map(|route| route.name.clone()).collect(),
            },
            Found::Route(route) => Rule::Routes {
                name: route.name.clone(),
                strategy: route.strategy,
            },
            Found::Page { .. } => Rule::Pages {
                strategy: self.plan.pages.strategy,
            },
            Found::File { place, .. } => Rule::Assets {
                group: self.group(place),
            },
            Found::Browser => Rule::Browser,
        }
    }

    /// Returns the name of the group that a file belongs to, or the one that a redirect leads to.
    fn group(&self, place: &host::Answer) -> String {
        let file = match place {
            host::Answer::File(file) => Some(file.clone()),
            host::Answer::Redirect(to, _) => match self.locate(to) {
                Some(host::Answer::File(file)) => Some(file),
                _ => None,
            },
            host::Answer::NotFound(_) => None,
        };
        let group = file.and_then(|file| self.files.get(&file));
        group.map_or(String::new(), |group| group.name.clone())
    }

    fn reasons(&self, request: &Request, found: &Found, because: &mut Vec<String>) {
        match found {
            Found::Browser => {}
            Found::Capture(tag, capture) => because.push(format!(
                "`capture` of the tag `{}` queues {} {} on {}",
                tag.tag,
                request.method,
                tag.endpoint.url,
                capture.on.join(", ")
            )),
            Found::Writes(_) => because.push(
                "a write that succeeds makes old what these rules have kept of its address (`invalidate`)".to_owned(),
            ),
            Found::Route(route) => {
                let rule = format!("`{}` is the first rule that matches", route.name);
                because.push(match (route.strategy, route.timeout) {
                    (routes::Strategy::Leave, _) => {
                        format!("{rule}, and leaves it to the browser: `network-only` without a timeout or a fallback")
                    }
                    (routes::Strategy::NetworkFirst, Some(timeout)) => {
                        format!("{rule}; the network has {} once something is kept", time(timeout))
                    }
                    (routes::Strategy::NetworkOnly, Some(timeout)) => {
                        format!("{rule}; the network has {}", time(timeout))
                    }
                    _ => rule,
                });
                if route.fresh_for > 0 {
                    because.push(format!(
                        "what was stored less than {} ago answers without asking the network",
                        time(route.fresh_for)
                    ));
                }
                if route.max_age < routes::FOREVER && route.max_entries.is_some() {
                    because.push(format!(
                        "what is older than {} is given only where the network cannot be had",
                        time(route.max_age)
                    ));
                }
            }
            Found::File { path, place } => self.place(path, Some(place), because),
            Found::Page { path, place } => {
                self.place(path, place.as_ref(), because);
                let pages = &self.plan.pages;
                because.push(match (pages.strategy, place) {
                    (Strategy::Fresh, Some(_)) => format!(
                        "`strategy = \"fresh\"`: the network has {}; after that, on failure and on 5xx, the kept page answers",
                        time(pages.timeout)
                    ),
                    (Strategy::Fresh, None) => "`strategy = \"fresh\"`: nothing is kept, so the network is waited for".to_owned(),
                    (Strategy::Instant, Some(_)) => "`strategy = \"instant\"`: the kept page answers at once".to_owned(),
                    (Strategy::Instant, None) => "`strategy = \"instant\"`: only the network has it".to_owned(),
                    (Strategy::Shell, Some(_)) => "`strategy = \"shell\"`: a file of the site answers as itself".to_owned(),
                    (Strategy::Shell, None) => "`strategy = \"shell\"`: one page answers every route".to_owned(),
                });
            }
        }
    }

    /// Says how the host, and the worker like it, comes from a path to a file.
    fn place(&self, path: &str, place: Option<&host::Answer>, because: &mut Vec<String>) {
        let host = self.plan.app.host.name();
        match place {
            Some(host::Answer::File(file)) => {
                if file != path {
                    because.push(format!(
                        "a host like `{host}` answers `{path}` with `{file}`"
                    ));
                }
                if let Some(group) = self.files.get(file) {
                    let install = match group.install {
                        Install::Required => "stored with the worker",
                        Install::Optional => "stored soon after the worker",
                        Install::Lazy => "stored when it is first used",
                        Install::Manual => "stored when a page asks for the group",
                    };
                    because.push(format!(
                        "`{file}` is in the group `{}`, {install}",
                        group.name
                    ));
                }
            }
            Some(host::Answer::Redirect(to, _)) => {
                because.push(format!("a host like `{host}` redirects `{path}` to `{to}`"));
            }
            Some(host::Answer::NotFound(_)) | None => {
                because.push(format!(
                    "no kept file answers `{path}` on a host like `{host}`"
                ));
            }
        }
    }
}

/// A request as the worker gets it.
#[derive(Clone)]
struct Request {
    address: Address,
    method: String,
    /// In the words of pwa.toml.
    destination: String,
}

impl Request {
    fn navigates(&self) -> bool {
        ["document", "iframe", "frame", "embed", "object"].contains(&self.destination.as_str())
    }

    fn browser_word(&self) -> &'static str {
        let known = DESTINATIONS
            .iter()
            .find(|(word, _)| *word == self.destination);
        known.map_or("", |(_, word)| word)
    }
}

/// The room that takes a request.
enum Found<'a> {
    Capture(&'a Tag, &'a Capture),
    Writes(Vec<&'a Route>),
    Route(&'a Route),
    Page {
        path: String,
        place: Option<host::Answer>,
    },
    File {
        path: String,
        place: host::Answer,
    },
    Browser,
}

/// The parts of a URL that decide.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    /// Nothing for the site's own.
    origin: Option<Origin>,
    path: String,
    /// With its `?`; empty for none.
    search: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    /// With its port, unless it is the scheme's own.
    host: String,
}

impl Address {
    /// Reads an address as a browser does that is at the site's root.
    fn parse(text: &str, base: &str) -> Self {
        let text = text.trim().split('#').next().unwrap_or_default();
        let (text, search) = text.split_once('?').unwrap_or((text, ""));
        let text = text.replace('\\', "/");
        let (origin, path) = match text.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(Origin::of(scheme, host)), path.to_owned())
            }
            None if text.starts_with('/') => (None, text),
            None => (None, format!("{base}{text}")),
        };
        Self {
            origin,
            path: without_dots(&path),
            search: if search.is_empty() {
                String::new()
            } else {
                format!("?{}", encoded_query(search))
            },
        }
    }

    fn href(&self) -> String {
        let origin = self.origin.as_ref();
        let origin = origin.map_or(String::new(), |one| {
            format!("{}://{}", one.scheme, one.host)
        });
        format!("{origin}{}{}", self.path, self.search)
    }
}

impl Origin {
    fn of(scheme: &str, host: &str) -> Self {
        let scheme = scheme.to_lowercase();
        let host = host.rsplit('@').next().unwrap_or_default().to_lowercase();
        let usual = if scheme == "http" { ":80" } else { ":443" };
        Self {
            host: host.strip_suffix(usual).unwrap_or(&host).to_owned(),
            scheme,
        }
    }
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.trim_start_matches('/').split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part.replace("%2e", ".").replace("%2E", ".").as_str() {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Encodes what a browser encodes in a query.
fn encoded_query(query: &str) -> String {
    let mut encoded = String::new();
    for c in query.chars() {
        if c.is_ascii() && !c.is_ascii_control() && !" \"<>'".contains(c) {
            encoded.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    encoded
}

/// Returns a path in the worker's spelling: a stray `%` leaves all of it as it is.
fn spelled(path: &str) -> String {
    let stray = path.split('%').skip(1).any(|after| {
        !after
            .as_bytes()
            .get(..2)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    match decoded {
        Ok(decoded) if !stray => UrlPath::of_file(&decoded).to_string(),
        _ => UrlPath::of_file(path).to_string(),
    }
}

/// Says whether a regular expression of JavaScript matches somewhere in a text.
fn is_match(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.find(text).is_some())
}

/// Returns a regular expression without what only JavaScript's own notation needs.
fn readable(pattern: &str) -> String {
    pattern.replace("\\/", "/")
}

fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if ".*+?^${}()|[]\\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Returns milliseconds for people, in the words of pwa.toml.
fn time(milliseconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ];
    let whole = UNITS
        .iter()
        .find(|(unit, _)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{}{name}", milliseconds / unit),
        None => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::diagnostic::Diagnostics;
    use crate::site::{Asset, Digest, Site};

    /// The plan of a site of empty files.
    fn plan(toml: &str, files: &[&str]) -> Plan {
        let asset = |name: &&str| Asset {
            path: UrlPath::of_file(name),
            digest: Digest::of(name.as_bytes()),
            size: 0,
        };
        let mut site = Site {
            assets: files.iter().map(asset).collect(),
            ..Site::default()
        };
        site.assets.sort_by(|a, b| a.path.cmp(&b.path));
        let mut report = Diagnostics::default();
        let config = Config::parse(toml, &mut report);
        let plan = Plan::decide(config, None, None, &site, &mut report);
        assert!(!report.has_errors(), "{:?}", report.into_sorted());
        plan
    }

    fn explained(toml: &str, address: &str) -> Explanation {
        let plan = plan(toml, &["index.html", "a.css", "offline.html"]);
        let question = Question {
            address: address.to_owned(),
            ..Question::default()
        };
        Guide::of(&plan).explain(&question)
    }

    #[test]
    fn modules_that_mdpwa_writes_are_kept_like_files_of_the_site() {
        let toml =
            "[update]\ntoast = true\n[[sync]]\ntag = \"notes\"\nendpoint = \"POST /api/notes\"\n";
        for name in ["", "-sync", "-drain", "-toast"] {
            let said = explained(toml, &format!("/register{name}.js"));
            assert_ne!(said.offline, Answer::Failure, "register{name}.js");
        }
    }

    #[test]
    fn a_page_that_is_nowhere_gets_the_offline_page() {
        let said = explained(
            "[pages]\noffline = \"/offline.html\"\n[[assets]]\nexclude = [\"index.html\"]\n",
            "/guide",
        );
        assert_eq!(said.online, Answer::Network);
        let page = Answer::Page {
            file: "/offline.html".to_owned(),
            status: 503,
        };
        assert_eq!(said.offline, page);
    }

    #[test]
    fn the_rule_of_another_host_is_found_and_passed_rules_are_named() {
        let toml = "[[routes]]\nname = \"api\"\nmatch = { path = \"/api/**\" }\n\
                    [[routes]]\npreset = \"google-fonts\"\n";
        let said = explained(toml, "https://fonts.gstatic.com/s/a.woff2");
        let rule = Rule::Routes {
            name: "google-fonts".to_owned(),
            strategy: routes::Strategy::CacheFirst,
        };
        assert_eq!(said.rule, rule);
        assert_eq!(
            said.because[0],
            "the rule `api` is not for it: it is for this site"
        );
    }

    #[test]
    fn a_pasted_address_is_taken_for_the_site_s_own_where_the_site_has_it() {
        let said = explained("", "https://notes.example/a.css?v=2#top");
        assert!(matches!(said.rule, Rule::Assets { .. }), "{said:?}");
        let said = explained("", "https://notes.example/b.css");
        assert_eq!(said.rule, Rule::Browser);
    }

    #[test]
    fn a_captured_post_is_queued_without_a_network() {
        let toml = "[[sync]]\ntag = \"notes\"\nendpoint = \"POST /api/{project}/notes\"\ncapture = { on = [\"network_error\"] }\n";
        let plan = plan(toml, &["index.html"]);
        let question = |address: &str| Question {
            address: address.to_owned(),
            method: Some("post".to_owned()),
            destination: Some("fetch".to_owned()),
            origin: None,
        };
        let said = Guide::of(&plan).explain(&question("/api/7/notes"));
        assert_eq!(said.offline, Answer::Queued { status: Some(202) });
        let said = Guide::of(&plan).explain(&question("/api/7/8/notes"));
        assert_eq!((said.rule, said.offline), (Rule::Browser, Answer::Failure));
    }

    #[test]
    fn a_write_is_named_with_the_rules_that_it_makes_old() {
        let toml =
            "[[routes]]\nname = \"api\"\nmatch = { path = \"/api/**\" }\ninvalidate = true\n";
        let plan = plan(toml, &["index.html"]);
        let question = Question {
            address: "/api/notes".to_owned(),
            method: Some("PUT".to_owned()),
            ..Question::default()
        };
        let said = Guide::of(&plan).explain(&question);
        assert_eq!(
            said.rule,
            Rule::Writes {
                routes: vec!["api".to_owned()]
            }
        );
    }

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        let parsed = |text: &str| Address::parse(text, "/repo/");
        assert_eq!(parsed("a/../b?x=é#c").href(), "/repo/b?x=%C3%A9");
        assert_eq!(parsed("/a/%2e%2E/./").path, "/");
        assert_eq!(
            parsed("HTTPS://Example.com:443/x").href(),
            "https://example.com/x"
        );
        assert_eq!(spelled("/a%2Bb/%C3%A9"), "/a+b/%C3%A9");
        assert_eq!(spelled("/100%/%41"), "/100%25/%2541");
    }
}
