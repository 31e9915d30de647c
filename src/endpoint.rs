//! What the server side of queued work is: an address, its headers, what counts as success, when to try again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics, nearest, one_of};
use crate::document::{At, Span, Table, pick};

/// As written, in an `[endpoints.NAME]` or in a `[[sync]]` that names its address in place.
#[derive(Debug, Default)]
pub struct Written {
    headers: Vec<(At<String>, At<String>)>,
    credentials: Option<At<Credentials>>,
    cors: Option<At<bool>>,
    idempotency: Option<WrittenIdempotency>,
    retry: WrittenRetry,
    success: Option<At<String>>,
    auth: Option<At<String>>,
    csrf: Option<WrittenCsrf>,
    status: Vec<(At<String>, At<String>)>,
    on_conflict: Option<At<OnConflict>>,
    /// Of the first key that was written.
    first: Option<Span>,
}

#[derive(Debug, Default)]
struct WrittenIdempotency {
    header: Option<At<String>>,
    format: Option<At<Format>>,
}

#[derive(Debug)]
struct WrittenCsrf {
    span: Span,
    from: Option<At<String>>,
    header: Option<At<String>>,
}

#[derive(Debug, Default)]
struct WrittenRetry {
    base: Option<At<u64>>,
    factor: Option<At<u32>>,
    max_delay: Option<At<u64>>,
    max_attempts: Option<At<u32>>,
    max_age: Option<At<u64>>,
    max_retry_after: Option<At<u64>>,
    timeout: Option<At<u64>>,
}

/// As decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    pub method: Method,
    /// Relative to the site's root; may hold `{field}`.
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub credentials: Credentials,
    /// Milliseconds that an answer is waited for.
    pub timeout: u64,
    pub idempotency: Option<Idempotency>,
    pub success: Success,
    /// Name of the token in the page's context that stands behind `Bearer`.
    pub auth: Option<String>,
    pub csrf: Option<Csrf>,
    /// What statuses mean, where they mean something else than usual.
    pub status: BTreeMap<String, Meaning>,
    pub retry: Retry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    SameOrigin,
    Include,
    Omit,
}

/// How a request says that it is the same as one before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Idempotency {
    pub header: String,
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A quoted string, as the standard's draft has it.
    Structured,
    /// The bare key, as many servers have it.
    Raw,
    Off,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Success {
    /// `*` for any; nothing: any but HTML, which portals and login pages answer with.
    pub content_type: Option<String>,
}

/// Where the token against forged requests comes from, and the header it goes into.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Csrf {
    pub from: TokenSource,
    /// Of the cookie or of the token in the context; an address to fetch from.
    pub name: String,
    /// Into the JSON that comes back from that address.
    pub pointer: String,
    pub header: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    Success,
    Retry,
    /// Wait until someone has signed in.
    Park,
    /// Refused for good.
    Dead,
}

/// What becomes of work that contradicts what the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    DeadLetter,
    Retry,
    /// What the server has is right: its answer counts as that to a delivery.
    AcceptServer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenSource {
    Cookie,
    Context,
    Fetch,
}

/// All durations in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    pub base: u64,
    pub factor: u32,
    pub max_delay: u64,
    /// 0: no limit.
    pub max_attempts: u32,
    /// Work that is older is given up, if the server's clock agrees.
    pub max_age: u64,
    pub max_retry_after: u64,
}

impl Method {
    /// Returns the name that goes over the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

const METHODS: [(&str, Method); 4] = [
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];

const CREDENTIALS: [(&str, Credentials); 3] = [
    ("same-origin", Credentials::SameOrigin),
    ("include", Credentials::Include),
    ("omit", Credentials::Omit),
];

const MEANINGS: [(&str, Meaning); 4] = [
    ("success", Meaning::Success),
    ("retry", Meaning::Retry),
    ("park", Meaning::Park),
    ("dead", Meaning::Dead),
];

const ON_CONFLICT: [(&str, OnConflict); 3] = [
    ("dead_letter", OnConflict::DeadLetter),
    ("retry", OnConflict::Retry),
    ("accept_server", OnConflict::AcceptServer),
];

const FORMATS: [(&str, Format); 3] = [
    ("structured", Format::Structured),
    ("raw", Format::Raw),
    ("off", Format::Off),
];

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The keys that concern the server.
pub const KEYS: [&str; 10] = [
    "headers",
    "credentials",
    "cors",
    "idempotency",
    "retry",
    "success",
    "csrf",
    "auth",
    "status",
    "on_conflict",
];

/// Takes out and reports the mode of a request that may reach any host, and whose answer nobody may read.
pub fn refuse_no_cors(table: &mut Table, report: &mut Diagnostics) {
    if table.peek("mode") == Some("no-cors")
        && let Some(mode) = table.value("mode")
    {
        report.report(unread_answers(mode.span));
    }
}

impl Written {
    /// Takes the keys that concern the server out of a table.
    pub fn read(table: &mut Table, report: &mut Diagnostics) -> Self {
        let mut written = Self {
            headers: table.text_map("headers", report).unwrap_or_default(),
            credentials: table.choice("credentials", &CREDENTIALS, report),
            cors: table.flag("cors", report),
            ..Self::default()
        };
        let headers = written.headers.first().map(|(name, _)| name.span.clone());
        let credentials = written.credentials.as_ref().map(|at| at.span.clone());
        let cors = written.cors.as_ref().map(|at| at.span.clone());
        written.first = headers.or(credentials).or(cors);

        if let Some(mut inner) = table.table("idempotency", report) {
            written.first.get_or_insert(inner.span.clone());
            written.idempotency = Some(WrittenIdempotency {
                header: inner.text("header", report),
                format: inner.choice("format", &FORMATS, report),
            });
            inner.finish(report);
        }
        if let Some(mut inner) = table.table("retry", report) {
            written.first.get_or_insert(inner.span.clone());
            written.retry = WrittenRetry {
                base: inner.duration("base", report),
                factor: inner.count("factor", 1..=10, report),
                max_delay: inner.duration("max_delay", report),
                max_attempts: inner.count("max_attempts", 0..=1_000, report),
                max_age: inner.duration("max_age", report),
                max_retry_after: inner.duration("max_retry_after", report),
                timeout: inner.duration("timeout", report),
            };
            inner.finish(report);
        }
        if let Some(mut inner) = table.table("success", report) {
            written.first.get_or_insert(inner.span.clone());
            written.success = inner.text("content_type", report);
            inner.finish(report);
        }
        if let Some(mut inner) = table.table("csrf", report) {
            written.first.get_or_insert(inner.span.clone());
            written.csrf = Some(WrittenCsrf {
                span: inner.span.clone(),
                from: inner.text("from", report),
                header: inner.text("header", report),
            });
            inner.finish(report);
        }
        written.status = table.text_map("status", report).unwrap_or_default();
        if let Some((name, _)) = written.status.first() {
            written.first.get_or_insert(name.span.clone());
        }
        written.on_conflict = table.choice("on_conflict", &ON_CONFLICT, report);
        if let Some(at) = &written.on_conflict {
            written.first.get_or_insert(at.span.clone());
        }
        written.auth = table.text("auth", report);
        if let Some(auth) = &written.auth {
            written.first.get_or_insert(auth.span.clone());
        }
        written
    }

    /// Returns the place of the first key, when there is one.
    pub fn first_key(&self) -> Option<Span> {
        self.first.clone()
    }

    pub fn decide(self, method: Method, url: &At<String>, report: &mut Diagnostics) -> Endpoint {
        check_url(url, self.cors.is_some_and(|at| at.value), report);
        for (name, value) in &self.headers {
            check_header(name, value, report);
            if name.value.contains('*') {
                report.report(header_wildcard(name, self.credentials.as_ref()));
            }
        }
        let idempotency = self.idempotency.unwrap_or_default();
        if let Some(header) = &idempotency.header
            && !is_token(&header.value)
        {
            report.report(header_name(header));
        }
        let format = idempotency.format.map_or(Format::Structured, |at| at.value);
        let retry = self.retry;
        if let Some(at) = &retry.max_age
            && at.value > 30 * DAY
        {
            report.report(older_than_browsers_keep(at));
        }
        let max_age = retry.max_age.map_or(30 * DAY, |at| at.value);
        let value = |written: Option<At<u64>>, usual: u64| written.map_or(usual, |at| at.value);
        Endpoint {
            method,
            url: url.value.clone(),
            headers: self
                .headers
                .into_iter()
                .map(|(name, value)| (name.value.to_ascii_lowercase(), value.value))
                .collect(),
            credentials: self
                .credentials
                .map_or(Credentials::SameOrigin, |at| at.value),
            timeout: value(retry.timeout, 30 * SECOND),
            idempotency: (format != Format::Off).then(|| Idempotency {
                header: idempotency
                    .header
                    .map_or_else(|| "Idempotency-Key".to_owned(), |at| at.value),
                format,
            }),
            status: meanings(self.status, self.on_conflict.map(|at| at.value), report),
            auth: self.auth.and_then(|at| auth_name(&at, report)),
            csrf: self.csrf.and_then(|csrf| csrf.decide(report)),
            success: Success {
                content_type: self.success.map(|at| at.value.to_ascii_lowercase()),
            },
            retry: Retry {
                base: value(retry.base, 2 * SECOND),
                factor: retry.factor.map_or(2, |at| at.value),
                max_delay: value(retry.max_delay, 15 * MINUTE),
                max_attempts: retry.max_attempts.map_or(0, |at| at.value),
                max_age,
                max_retry_after: value(retry.max_retry_after, 24 * HOUR),
            },
        }
    }
}

impl Endpoint {
    /// Returns the names between braces in the address.
    pub fn fields(&self) -> BTreeSet<&str> {
        fields(&self.url)
    }

    /// Says whether one request can be for both; `base` is the path of the site's root.
    pub fn overlaps(&self, other: &Endpoint, base: &str) -> bool {
        self.method == other.method && overlap(&steps(&self.url, base), &steps(&other.url, base))
    }

    /// Returns the path on the site's own host, as far as it is known before the fields are.
    pub fn own_path(&self, base: &str) -> Option<String> {
        let url = absolute(&self.url, base);
        let known = url.split('{').next().unwrap_or_default();
        (known.starts_with('/') && !known.starts_with("//")).then(|| known.to_owned())
    }
}

fn absolute(url: &str, base: &str) -> String {
    if url.starts_with('/') || url.contains("://") {
        url.to_owned()
    } else {
        format!("{base}{}", url.trim_start_matches("./"))
    }
}

/// What an address has in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    This(char),
    /// One character of a field.
    Any,
    /// The rest of a field, which may be nothing.
    More,
}

impl Step {
    fn meets(self, other: Step) -> bool {
        match (self, other) {
            (Step::This(one), Step::This(other)) => one == other,
            (Step::This(one), _) | (_, Step::This(one)) => !"/?#".contains(one),
            (Step::Any | Step::More, Step::Any | Step::More) => true,
        }
    }
}

fn steps(url: &str, base: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut in_field = false;
    for c in absolute(url, base).chars() {
        match c {
            '{' => {
                in_field = true;
                steps.extend([Step::Any, Step::More]);
            }
            '}' => in_field = false,
            _ if in_field => {}
            _ => steps.push(Step::This(c)),
        }
    }
    steps
}

/// Says whether some text is an address of both; from their ends, so that every question is asked once.
fn overlap(one: &[Step], other: &[Step]) -> bool {
    let mut below = vec![false; other.len() + 1];
    for i in (0..=one.len()).rev() {
        let mut row = vec![false; other.len() + 1];
        for j in (0..=other.len()).rev() {
            let (here, there) = (one.get(i).copied(), other.get(j).copied());
            let skips =
                (here == Some(Step::More) && below[j]) || (there == Some(Step::More) && row[j + 1]);
            row[j] = match (here, there) {
                (None, None) => true,
                (Some(here), Some(there)) if here.meets(there) => {
                    skips
                        || match (here, there) {
                            (Step::More, Step::More) => false,
                            (Step::More, _) => row[j + 1],
                            (_, Step::More) => below[j],
                            _ => below[j + 1],
                        }
                }
                _ => skips,
            };
        }
        below = row;
    }
    below[0]
}

fn meanings(
    written: Vec<(At<String>, At<String>)>,
    on_conflict: Option<OnConflict>,
    report: &mut Diagnostics,
) -> BTreeMap<String, Meaning> {
    let mut meanings = BTreeMap::new();
    let conflict = match on_conflict {
        None | Some(OnConflict::DeadLetter) => None,
        Some(OnConflict::Retry) => Some(Meaning::Retry),
        Some(OnConflict::AcceptServer) => Some(Meaning::Success),
    };
    if let Some(meaning) = conflict {
        meanings.extend(["409", "412"].map(|status| (status.to_owned(), meaning)));
    }
    for (status, meaning) in written {
        let known = status
            .value
            .parse::<u16>()
            .is_ok_and(|status| (200..=599).contains(&status));
        if !known {
            report.report(no_such_status(&status));
        }
        if let Some(meaning) = pick("status", meaning, &MEANINGS, report) {
            meanings.insert(status.value, meaning.value);
        }
    }
    meanings
}

impl WrittenCsrf {
    fn decide(self, report: &mut Diagnostics) -> Option<Csrf> {
        let (Some(from), Some(header)) = (self.from, self.header) else {
            report.report(half_a_token(self.span));
            return None;
        };
        if !is_token(&header.value) {
            report.report(header_name(&header));
        }
        let (kind, rest) = from.value.split_once(':').unwrap_or((&from.value, ""));
        let source = match kind {
            "cookie" => TokenSource::Cookie,
            "context" => TokenSource::Context,
            "fetch" => TokenSource::Fetch,
            _ => {
                report.report(no_such_token_source(&from));
                return None;
            }
        };
        let (name, pointer) = match source {
            TokenSource::Fetch => rest.split_once('#').unwrap_or((rest, "")),
            TokenSource::Cookie | TokenSource::Context => (rest, ""),
        };
        if name.is_empty() || !(pointer.is_empty() || pointer.starts_with('/')) {
            report.report(no_such_token_source(&from));
        }
        Some(Csrf {
            from: source,
            name: name.to_owned(),
            pointer: pointer.to_owned(),
            header: header.value.to_ascii_lowercase(),
        })
    }
}

fn auth_name(written: &At<String>, report: &mut Diagnostics) -> Option<String> {
    let name = written
        .value
        .strip_prefix("context:")
        .filter(|name| !name.is_empty());
    if name.is_none() {
        report.report(no_such_auth(written));
    }
    name.map(str::to_owned)
}

/// Returns the method of that name; a method that has nothing to send later is a finding.
pub fn method(written: &At<String>, report: &mut Diagnostics) -> Option<Method> {
    let found = METHODS.iter().find(|(name, _)| *name == written.value);
    if found.is_none() {
        report.report(method_cannot_wait(written));
    }
    found.map(|(_, method)| *method)
}

/// Takes `"METHOD url"` apart.
pub fn in_place(written: &At<String>) -> Option<(At<String>, At<String>)> {
    let (method, url) = written.value.split_once(' ')?;
    // One byte for the quotation mark; an escape in the string would shift it, and the whole is shown then.
    let whole = written.span.clone();
    let exact = whole.len() == written.value.len() + 2;
    let start = whole.start + 1;
    let at = |from: usize, len: usize| {
        if exact {
            start + from..start + from + len
        } else {
            whole.clone()
        }
    };
    Some((
        At::new(method.to_owned(), at(0, method.len())),
        At::new(url.trim().to_owned(), at(method.len() + 1, url.len())),
    ))
}

fn fields(url: &str) -> BTreeSet<&str> {
    url.split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}

/// Reports what no request can be sent to; another host needs `cors`.
pub fn check_url(url: &At<String>, cors: bool, report: &mut Diagnostics) {
    let text = &url.value;
    let elsewhere = text.starts_with("//")
        || text
            .split(['/', '?', '#'])
            .next()
            .is_some_and(|head| head.contains(':'));
    if text.is_empty() || text.contains([' ', '\\', '#']) {
        report.report(not_an_address(url));
    } else if elsewhere && !text.starts_with("https://") {
        report.report(not_https(url));
    } else if elsewhere && !cors {
        report.report(other_origin(url));
    }
    let balanced = text.matches('{').count() == text.matches('}').count();
    let named = |field: &&str| {
        !field.is_empty()
            && field
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c))
    };
    if !balanced || !fields(text).iter().all(named) {
        report.report(not_a_field(url));
    }
}

/// Names that browsers refuse to send.
const FORBIDDEN: [&str; 8] = [
    "connection",
    "content-length",
    "cookie",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "transfer-encoding",
];

fn check_header(name: &At<String>, value: &At<String>, report: &mut Diagnostics) {
    let lower = name.value.to_ascii_lowercase();
    if !is_token(&lower) || FORBIDDEN.contains(&lower.as_str()) {
        report.report(header_name(name));
    }
    if value.value.contains(['\r', '\n', '\0']) {
        report.report(header_value(value));
    }
    if lower == "authorization" {
        report.report(public_secret(value));
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

fn method_cannot_wait(written: &At<String>) -> Diagnostic {
    let names = METHODS.map(|(name, _)| name);
    let upper = written.value.to_ascii_uppercase();
    let (title, label, help) = if ["GET", "HEAD"].contains(&upper.as_str()) {
        (
            format!("the outbox cannot hold {upper} requests"),
            format!("a {upper} has nothing to send later"),
            format!("the method can be {}", one_of(&names)),
        )
    } else {
        let help = match nearest(&upper, names) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("the method can be {}", one_of(&names)),
        };
        (
            format!("`{}` is not a method that sends", written.value),
            "not one of the choices".to_owned(),
            help,
        )
    };
    Diagnostic::error("endpoint-method", title, written.span.clone())
        .label(label)
        .help(help)
}

fn not_an_address(url: &At<String>) -> Diagnostic {
    Diagnostic::error("endpoint-url", "this is not an address", url.span.clone())
        .label("spaces, `\\` and `#` have no place in it")
        .help("give a path such as `\"/api/notes\"`, or one relative to the site's root such as `\"api/notes\"`")
}

fn not_https(url: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-scheme",
        "browsers send nothing from a worker to this address",
        url.span.clone(),
    )
    .label("not `https://`")
    .help("give an address that begins with `https://`, or a path on the site's own host")
}

fn other_origin(url: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-origin",
        "this address is on another host",
        url.span.clone(),
    )
    .label("browsers ask that host for permission first (CORS)")
    .help("write `cors = true` beside it once that host allows your site's origin, the method and the headers")
}

fn not_a_field(url: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-field",
        "the braces in this address do not name a field",
        url.span.clone(),
    )
    .label("`{field}` takes its value from the record")
    .help("write the name of one field between `{` and `}`: letters, digits, `_`, `-` and `.`")
}

fn header_name(name: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-header",
        format!("browsers do not send a header `{}` for a page", name.value),
        name.span.clone(),
    )
    .label("set by the browser itself, or no name of a header")
    .help("remove it; cookies are sent as `credentials` says")
}

fn header_wildcard(name: &At<String>, credentials: Option<&At<Credentials>>) -> Diagnostic {
    let found = Diagnostic::error(
        "endpoint-header-wildcard",
        "a request sends its headers by their names",
        name.span.clone(),
    )
    .label("`*` names none")
    .help("write each header with its name and value");
    match credentials {
        Some(at) if at.value == Credentials::Include => found.other(
            at.span.clone(),
            "with cookies, that host has to allow each by its name, too",
        ),
        _ => found,
    }
}

fn unread_answers(span: Span) -> Diagnostic {
    Diagnostic::error(
        "endpoint-no-cors",
        "without CORS nobody learns whether work has arrived",
        span,
    )
    .label("browsers show no answer to such a request, and send no JSON with it")
    .help("let that host allow your site's origin, and write `cors = true` instead")
}

fn header_value(value: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-header-value",
        "a header is one line",
        value.span.clone(),
    )
    .label("this holds a line break")
    .help("write it in one line")
}

fn public_secret(value: &At<String>) -> Diagnostic {
    Diagnostic::warning(
        "endpoint-secret",
        "everybody can read this credential",
        value.span.clone(),
    )
    .label("the worker is a public file")
    .help("let the server set a cookie instead; `credentials` decides whether it is sent")
}

fn no_such_status(status: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-status",
        format!("`{}` is not the status of an answer", status.value),
        status.span.clone(),
    )
    .label("not a number from 200 to 599")
    .help("write one status each, such as `status = { \"404\" = \"retry\" }`")
}

fn half_a_token(span: Span) -> Diagnostic {
    Diagnostic::error("endpoint-csrf", "`csrf` needs `from` and `header`", span)
        .label("one of them is not given")
        .help("write `{ from = \"cookie:XSRF-TOKEN\", header = \"X-XSRF-TOKEN\" }`")
}

fn no_such_token_source(from: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-csrf-from",
        "there is no such place for a token",
        from.span.clone(),
    )
    .label("neither a cookie, nor the page's context, nor an address")
    .help(format!(
        "`from` can be {}",
        one_of(&["cookie:NAME", "context:NAME", "fetch:/url#/pointer"])
    ))
}

fn no_such_auth(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoint-auth",
        "`auth` names a token that the page hands over",
        written.span.clone(),
    )
    .label("does not begin with `context:`")
    .help("write `\"context:token\"`, and call `setPrincipal(id, { context: { token } })` in the page")
}

fn older_than_browsers_keep(at: &At<u64>) -> Diagnostic {
    Diagnostic::warning(
        "endpoint-max-age",
        "few servers remember a key for this long",
        at.span.clone(),
    )
    .label("more than 30 days")
    .help("a request sent again after the server forgot its key counts as a new one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_place_knows_where_its_parts_are() {
        let written = At::new("POST /notes".to_owned(), 10..23);
        let (method, url) = in_place(&written).expect("two parts");
        assert_eq!((method.value.as_str(), method.span), ("POST", 11..15));
        assert_eq!((url.value.as_str(), url.span), ("/notes", 16..22));
    }

    #[test]
    fn fields_are_the_names_between_braces() {
        assert_eq!(
            fields("/a/{id}/b/{other.id}"),
            BTreeSet::from(["id", "other.id"])
        );
        assert!(fields("/a").is_empty());
    }

    #[test]
    fn addresses_overlap_where_one_request_is_for_both() {
        let overlaps = |one, other| overlap(&steps(one, "/app/"), &steps(other, "/app/"));
        assert!(overlaps("notes", "/app/notes"));
        assert!(overlaps("/notes/{id}", "/notes/new"));
        assert!(overlaps("/{kind}/{id}", "/notes/{note}"));
        assert!(overlaps("/notes/{id}.json", "/notes/a{rest}"));
        assert!(overlaps("/{a}b{c}", "/{d}"));
        assert!(!overlaps("/notes", "/notes/"));
        assert!(!overlaps("/notes/{id}", "/notes/"));
        assert!(!overlaps("/notes/{id}", "/notes/a/b"));
        assert!(!overlaps("/notes/{id}", "/notes/a?b"));
        assert!(!overlaps("notes", "/notes"));
        assert!(!overlaps("/x{id}", "/x"));
    }
}
