//! `[[sync]]`: what a visitor saves without a network reaches the server once there is one.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, one_of};
use crate::document::{At, Span, Table, Value, wrong_kind};
use crate::endpoint::{self, Endpoint, Method, Written};

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    tag: Option<At<String>>,
    endpoint: Option<At<String>>,
    in_place: Written,
    source: Option<WrittenSource>,
    mode: Option<At<Mode>>,
    on_success: Option<At<OnSuccess>>,
    body: Option<At<Value>>,
    omit: Vec<At<String>>,
    encoding: Option<At<Encoding>>,
    capture: Option<WrittenCapture>,
    batch: WrittenBatch,
    order: Option<At<Order>>,
    lane: Option<At<String>>,
    concurrency: Option<At<u32>>,
    coalesce: Option<At<String>>,
    on_dead: Option<At<OnDead>>,
    skip_unknown: Option<At<bool>>,
    limits: WrittenLimits,
    logout: Option<At<Logout>>,
    notification: Option<WrittenNotification>,
    client_message: Option<At<Value>>,
    trigger: Option<At<String>>,
    response: Option<WrittenResponse>,
}

#[derive(Debug)]
struct WrittenSource {
    span: Span,
    database: Option<At<String>>,
    store: Option<At<String>>,
    index: Option<At<String>>,
    r#where: Vec<(String, Json)>,
}

#[derive(Debug, Default)]
struct WrittenBatch {
    max_records: Option<At<u32>>,
    max_bytes: Option<At<u64>>,
    response: Option<At<bool>>,
}

#[derive(Debug)]
struct WrittenResponse {
    span: Span,
    database: Option<At<String>>,
    store: Option<At<String>>,
    pointer: Option<At<String>>,
}

#[derive(Debug)]
struct WrittenCapture {
    span: Span,
    on: Option<Vec<At<String>>>,
    respond: Option<At<Respond>>,
    navigations: Option<At<bool>>,
}

#[derive(Debug, Default)]
struct WrittenLimits {
    max_entries: Option<At<u32>>,
    max_bytes: Option<At<u64>>,
    max_body: Option<At<u64>>,
}

#[derive(Debug)]
struct WrittenNotification {
    span: Span,
    title: Option<At<String>>,
    title_one: Option<At<String>>,
    body: Option<At<String>>,
    icon: Option<At<String>>,
    tag: Option<At<String>>,
    when: Option<At<When>>,
}

/// As decided: its part of the worker's and of the page's `CONFIG`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    pub tag: String,
    /// The app's own store; nothing: the outbox.
    pub source: Option<Source>,
    pub mode: Mode,
    pub order: Order,
    /// Field whose values are the lanes.
    pub lane: Option<String>,
    /// Lanes that are sent at once.
    pub concurrency: u32,
    /// Field: the newest entry with one value takes the place of older ones that were not sent.
    pub coalesce: Option<String>,
    pub on_dead: OnDead,
    /// Whether to go on after work that was given up and may still arrive.
    pub skip_unknown: bool,
    pub limits: Limits,
    pub logout: Logout,
    pub on_success: OnSuccess,
    /// JSON whose text leaves may be placeholders.
    pub body: Json,
    pub omit: Vec<String>,
    pub encoding: Encoding,
    /// Requests of the app's own that are queued when they fail.
    pub capture: Option<Capture>,
    pub batch: Batch,
    pub endpoint: Endpoint,
    pub notification: Option<Notification>,
    /// Posted to every window once nothing waits and nothing was refused.
    pub client_message: Option<Json>,
    /// A page's own message that wakes the tag.
    pub trigger: Option<Trigger>,
    /// Where the server's answer is kept.
    pub response: Option<Response>,
}

/// A store of the app's own.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    pub database: String,
    pub store: String,
    pub index: Option<String>,
    /// Fields that a record must have.
    pub r#where: Option<BTreeMap<String, Json>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Records that differ from what was last acknowledged.
    Incremental,
    /// The whole selection in one body.
    Snapshot,
}

/// What waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Everything for what was queued before it.
    Fifo,
    /// What has the same value in one field.
    Lane,
    /// Nothing.
    Parallel,
}

/// What follows work that the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDead {
    Skip,
    Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Json,
    Form,
    Multipart,
    Raw,
}

#[derive(Clone, Debug, Serialize)]
pub struct Capture {
    /// `network_error` and statuses.
    pub on: Vec<String>,
    pub respond: Respond,
    pub navigations: bool,
}

/// What the app is told when its request was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Respond {
    #[serde(rename = "202")]
    Accepted,
    #[serde(rename = "error")]
    Error,
}

/// What becomes of work of someone who signs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Logout {
    /// It waits for them.
    Keep,
    Discard,
    /// Signing out fails while work waits.
    Refuse,
}

/// How much may wait in the outbox.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub max_entries: u32,
    pub max_bytes: u64,
    pub max_body: u64,
}

/// What happens to a delivered record in the app's store, if it is still what was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnSuccess {
    Keep,
    Delete,
    Set(BTreeMap<String, Json>),
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    pub max_records: u32,
    pub max_bytes: u64,
    /// The server answers with one status for each record.
    pub per_record: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    pub title: String,
    pub title_one: Option<String>,
    pub body: Option<String>,
    /// Relative to the site's root.
    pub icon: Option<String>,
    /// One place on the screen.
    pub tag: String,
    pub when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    Always,
    /// Only while no page of the site is in view.
    Hidden,
}

#[derive(Clone, Debug, Serialize)]
pub struct Trigger {
    pub message: String,
}

/// A place in a store of the app's own for what the server answers.
#[derive(Clone, Debug, Serialize)]
pub struct Response {
    pub database: String,
    pub store: String,
    /// Into the JSON of the answer; empty for the whole.
    pub pointer: String,
}

/// The keys of `[[sync]]` that `[sync_defaults]` can give for all of them, beside those of the endpoints.
const SHARED: [&str; 15] = [
    "mode",
    "on_success",
    "omit",
    "encoding",
    "capture",
    "batch",
    "order",
    "concurrency",
    "on_dead",
    "skip_unknown",
    "limits",
    "logout",
    "notification",
    "client_message",
    "response",
];

const MODES: [(&str, Mode); 2] = [
    ("incremental", Mode::Incremental),
    ("snapshot", Mode::Snapshot),
];

const ORDERS: [(&str, Order); 3] = [
    ("fifo", Order::Fifo),
    ("lane", Order::Lane),
    ("parallel", Order::Parallel),
];

const ENCODINGS: [(&str, Encoding); 4] = [
    ("json", Encoding::Json),
    ("form", Encoding::Form),
    ("multipart", Encoding::Multipart),
    ("raw", Encoding::Raw),
];

const RESPONDS: [(&str, Respond); 2] = [("202", Respond::Accepted), ("error", Respond::Error)];

const RESPONSES: [(&str, bool); 2] = [("all_or_nothing", false), ("per_record", true)];

const NETWORK_ERROR: &str = "network_error";

const LOGOUTS: [(&str, Logout); 3] = [
    ("keep", Logout::Keep),
    ("discard", Logout::Discard),
    ("refuse", Logout::Refuse),
];

const ON_DEAD: [(&str, OnDead); 2] = [("skip", OnDead::Skip), ("block", OnDead::Block)];

const WHENS: [(&str, When); 2] = [("always", When::Always), ("hidden", When::Hidden)];

const CONCURRENCY: u32 = 4;
const MAX_RECORDS: u32 = 50;
const MAX_BYTES: u64 = 256 << 10;

impl Section {
    /// Reads every `[[sync]]`; what it does not say, `[sync_defaults]` may.
    pub fn read_all(
        tables: Vec<Table>,
        mut defaults: Table,
        report: &mut Diagnostics,
    ) -> Vec<Self> {
        let sections = tables
            .into_iter()
            .map(|mut table| {
                table.inherit(&defaults, &SHARED);
                // Keys of an endpoint that is declared elsewhere reach it there.
                if table
                    .peek("endpoint")
                    .is_some_and(|endpoint| endpoint.contains(' '))
                {
                    table.inherit(&defaults, &endpoint::KEYS);
                }
                Self::read(table, report)
            })
            .collect();
        for key in SHARED.into_iter().chain(endpoint::KEYS) {
            defaults.value(key);
        }
        defaults.finish(report);
        sections
    }

    fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        endpoint::refuse_no_cors(&mut table, report);
        let section = Self {
            span: table.span.clone(),
            tag: table.text("tag", report),
            endpoint: table.text("endpoint", report),
            source: WrittenSource::read(&mut table, report),
            mode: table.choice("mode", &MODES, report),
            on_success: read_on_success(&mut table, report),
            body: table.value("body"),
            omit: table.texts("omit", report).unwrap_or_default(),
            encoding: table.choice("encoding", &ENCODINGS, report),
            capture: WrittenCapture::read(&mut table, report),
            batch: WrittenBatch::read(&mut table, report),
            order: table.choice("order", &ORDERS, report),
            lane: table.text("lane", report),
            concurrency: table.count("concurrency", 1..=32, report),
            coalesce: table.text("coalesce", report),
            on_dead: table.choice("on_dead", &ON_DEAD, report),
            skip_unknown: table.flag("skip_unknown", report),
            limits: WrittenLimits::read(&mut table, report),
            logout: table.choice("logout", &LOGOUTS, report),
            notification: WrittenNotification::read(&mut table, report),
            client_message: table.value("client_message"),
            trigger: table.table("trigger", report).and_then(|mut inner| {
                let message = inner.text("message", report);
                inner.finish(report);
                message
            }),
            response: WrittenResponse::read(&mut table, report),
            in_place: Written::read(&mut table, report),
        };
        table.finish(report);
        section
    }

    fn decide(
        self,
        endpoints: &BTreeMap<String, Endpoint>,
        place: &Place,
        cx: &mut Context,
    ) -> Option<(At<String>, Tag)> {
        let Some(tag) = self.tag else {
            cx.report(without(
                "sync-tag-missing",
                "tag",
                self.span,
                "tag = \"send-note\"",
            ));
            return None;
        };
        if !is_tag(&tag.value) {
            cx.report(tag_not_plain(&tag));
        }
        let Some(written) = self.endpoint else {
            cx.report(without(
                "sync-endpoint-missing",
                "endpoint",
                tag.span,
                "endpoint = \"POST /path\"",
            ));
            return None;
        };
        let endpoint = find_endpoint(&written, self.in_place, endpoints, cx.report);
        let from_outbox = self.source.is_none();
        let source = self
            .source
            .map(|source| source.decide(&place.outbox, cx.report));

        let mode = self.mode.as_ref().map_or(Mode::Incremental, |at| at.value);
        if let (Some(at), true, Mode::Snapshot) = (&self.mode, from_outbox, mode) {
            cx.report(snapshot_of_outbox(at));
        }
        if let Some(at) = &self.on_success {
            if from_outbox {
                cx.report(success_of_outbox(at));
            } else if mode == Mode::Snapshot && at.value != OnSuccess::Keep {
                cx.report(success_of_snapshot(at));
            }
        }
        let order = self.order.as_ref().map_or(Order::Fifo, |at| at.value);
        match (order, &self.lane, &self.order) {
            (Order::Lane, None, Some(at)) => cx.report(lane_without_field(at)),
            (Order::Fifo | Order::Parallel, Some(lane), _) => cx.report(lane_without_order(lane)),
            _ => {}
        }
        if let (Order::Fifo, Some(at)) = (order, &self.concurrency) {
            cx.report(one_at_a_time(at));
        }
        if !from_outbox {
            let bytes = |at: &&At<Encoding>| at.value != Encoding::Json;
            let of_outbox = [
                Some(
                    self.encoding
                        .as_ref()
                        .filter(bytes)
                        .map(|at| ("encoding", at.span.clone())),
                ),
                Some(
                    self.capture
                        .as_ref()
                        .map(|capture| ("capture", capture.span.clone())),
                ),
                (order != Order::Fifo)
                    .then(|| self.order.as_ref().map(|at| ("order", at.span.clone()))),
                Some(
                    self.coalesce
                        .as_ref()
                        .map(|at| ("coalesce", at.span.clone())),
                ),
            ];
            for (key, span) in of_outbox.into_iter().flatten().flatten() {
                cx.report(only_of_outbox(key, span));
            }
        }
        if let (Some(capture), Some(endpoint)) = (&self.capture, &endpoint)
            && let Some(at) = capture.navigations.as_ref().filter(|at| at.value)
            && !place.sees_navigations_to(endpoint)
        {
            cx.report(out_of_sight(at, &written, &place.scope));
        }
        let limits = self.limits.decide(cx.report);
        let body = self.body;
        let uses = body
            .as_ref()
            .map(|at| Uses::of(at, from_outbox, cx.report))
            .unwrap_or_default();
        let one = body.is_none() && mode == Mode::Incremental || uses.one;
        let endpoint = endpoint?;
        let addressed = !endpoint.fields().is_empty();
        if mode == Mode::Snapshot && (uses.one || addressed) {
            let place = body.as_ref().map_or(&written.span, |at| &at.span);
            cx.report(one_of_snapshot(if uses.one {
                place
            } else {
                &written.span
            }));
        }
        let encoding = self.encoding.as_ref().map_or(Encoding::Json, |at| at.value);
        let single = mode == Mode::Incremental && (one || addressed || encoding != Encoding::Json);
        let max_records = match self.batch.max_records {
            Some(at) if single && at.value > 1 => {
                cx.report(batch_of_one(&at, addressed));
                1
            }
            _ if single => 1,
            Some(at) => at.value,
            None => MAX_RECORDS,
        };
        if endpoint.idempotency.is_none()
            && endpoint.method == Method::Post
            && mode == Mode::Incremental
        {
            cx.report(without_key(&written));
        }
        let decided = Tag {
            tag: tag.value.clone(),
            source,
            mode,
            order,
            lane: self.lane.map(|at| at.value),
            concurrency: match order {
                Order::Fifo => 1,
                Order::Lane | Order::Parallel => {
                    self.concurrency.map_or(CONCURRENCY, |at| at.value)
                }
            },
            coalesce: self.coalesce.map(|at| at.value),
            on_dead: self.on_dead.map_or(OnDead::Skip, |at| at.value),
            skip_unknown: self.skip_unknown.is_some_and(|at| at.value),
            limits,
            logout: self.logout.map_or(Logout::Keep, |at| at.value),
            on_success: self.on_success.map_or(OnSuccess::Keep, |at| at.value),
            body: body.map_or_else(|| usual_body(from_outbox, mode), |at| at.value.to_json()),
            omit: self.omit.into_iter().map(|at| at.value).collect(),
            encoding,
            capture: self.capture.map(|capture| capture.decide(cx.report)),
            batch: Batch {
                max_records,
                max_bytes: self.batch.max_bytes.map_or(MAX_BYTES, |at| at.value),
                per_record: self.batch.response.is_some_and(|at| at.value),
            },
            endpoint,
            notification: self
                .notification
                .map(|written| written.decide(&tag.value, cx)),
            client_message: self.client_message.map(|at| at.value.to_json()),
            trigger: self.trigger.map(|at| Trigger { message: at.value }),
            response: self
                .response
                .and_then(|response| response.decide(cx.report)),
        };
        Some((tag, decided))
    }
}

/// Where the site and its worker are, as far as queued work is concerned.
pub struct Place<'a> {
    /// The database that queued work is kept in.
    pub outbox: String,
    /// Path of the site's root.
    pub base: &'a str,
    /// Path below which navigations are the worker's.
    pub scope: String,
}

impl Place<'_> {
    fn sees_navigations_to(&self, endpoint: &Endpoint) -> bool {
        endpoint.own_path(self.base).is_some_and(|path| {
            path.starts_with(&self.scope)
                || (!endpoint.fields().is_empty() && self.scope.starts_with(&path))
        })
    }
}

/// Decides every tag.
pub fn decide(
    sections: Vec<Section>,
    endpoints: &BTreeMap<String, Endpoint>,
    place: &Place,
    cx: &mut Context,
) -> Vec<Tag> {
    let mut names: Vec<At<String>> = Vec::new();
    let mut tags: Vec<Tag> = Vec::new();
    for section in sections {
        let Some((name, tag)) = section.decide(endpoints, place, cx) else {
            continue;
        };
        if let Some(twin) = names.iter().find(|other| other.value == name.value) {
            let twin = twin.span.clone();
            cx.report(same_tag(&name, twin));
        }
        let rival = |other: &&Tag| {
            tag.capture.is_some()
                && other.capture.is_some()
                && tag.endpoint.overlaps(&other.endpoint, place.base)
        };
        if let Some(at) = tags.iter().position(|other| rival(&other)) {
            cx.report(captured_twice(&name, &names[at]));
        }
        names.push(name);
        tags.push(tag);
    }
    tags
}

impl WrittenSource {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Option<Self> {
        let written = table.value("source")?;
        let mut table = match written.value {
            Value::Table(table) => table,
            Value::Text(text) => {
                if text != "outbox" {
                    report.report(no_such_source(&At::new(text, written.span)));
                }
                return None;
            }
            other => {
                report.report(wrong_kind(
                    "source",
                    "`\"outbox\"` or a table",
                    &other,
                    written.span,
                ));
                return None;
            }
        };
        let source = Self {
            span: written.span,
            database: table.text("database", report),
            store: table.text("store", report),
            index: table.text("index", report),
            r#where: table
                .table("where", report)
                .map(|table| read_where(table, report))
                .unwrap_or_default(),
        };
        // Said for the reader: a database is opened as it is, whatever its version.
        table.count("version", 1..=u32::MAX, report);
        table.finish(report);
        Some(source)
    }

    fn decide(self, own: &str, report: &mut Diagnostics) -> Source {
        let mut name = |key: &'static str, written: Option<At<String>>| match written {
            Some(at) => at,
            None => {
                let example = format!("{key} = \"…\"");
                report.report(without("sync-source", key, self.span.clone(), &example));
                At::new(String::new(), self.span.clone())
            }
        };
        let database = name("database", self.database);
        let store = name("store", self.store);
        if database.value == own {
            report.report(own_database(&database));
        }
        Source {
            database: database.value,
            store: store.value,
            index: self.index.map(|at| at.value),
            r#where: (!self.r#where.is_empty()).then(|| self.r#where.into_iter().collect()),
        }
    }
}

fn read_where(table: Table, report: &mut Diagnostics) -> Vec<(String, Json)> {
    let mut pairs = Vec::new();
    for (name, value) in table.into_entries() {
        match value.value {
            Value::Text(_) | Value::Flag(_) | Value::Integer(_) | Value::Float(_) => {
                pairs.push((name.value, value.value.to_json()));
            }
            other => report.report(wrong_kind(
                &name.value,
                "a string, a number or a boolean",
                &other,
                value.span,
            )),
        }
    }
    pairs
}

fn read_on_success(table: &mut Table, report: &mut Diagnostics) -> Option<At<OnSuccess>> {
    let written = table.value("on_success")?;
    let span = written.span.clone();
    let choice = match written.value {
        Value::Text(text) if text == "keep" => OnSuccess::Keep,
        Value::Text(text) if text == "delete" => OnSuccess::Delete,
        Value::Text(text) if text == "cursor" => {
            report.report(no_cursor(span));
            return None;
        }
        Value::Table(mut inner) => {
            let set = inner.table("set", report);
            inner.finish(report);
            OnSuccess::Set(
                set?.into_entries()
                    .map(|(name, value)| (name.value, value.value.to_json()))
                    .collect(),
            )
        }
        other => {
            report.report(no_such_success(&other, span));
            return None;
        }
    };
    Some(At::new(choice, span))
}

impl WrittenBatch {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Self {
        let Some(mut inner) = table.table("batch", report) else {
            return Self::default();
        };
        let batch = Self {
            max_records: inner.count("max_records", 1..=10_000, report),
            max_bytes: inner.size("max_bytes", report),
            response: inner.choice("response", &RESPONSES, report),
        };
        inner.finish(report);
        batch
    }
}

impl WrittenResponse {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Option<Self> {
        let mut outer = table.table("response", report)?;
        let mut inner = outer.table("save", report)?;
        let response = Self {
            span: inner.span.clone(),
            database: inner.text("database", report),
            store: inner.text("store", report),
            pointer: inner.text("pointer", report),
        };
        inner.finish(report);
        outer.finish(report);
        Some(response)
    }

    fn decide(self, report: &mut Diagnostics) -> Option<Response> {
        if let Some(at) = &self.pointer
            && !at.value.is_empty()
            && !at.value.starts_with('/')
        {
            report.report(no_pointer(at));
        }
        let (Some(database), Some(store)) = (self.database, self.store) else {
            report.report(nowhere_to_save(self.span));
            return None;
        };
        Some(Response {
            database: database.value,
            store: store.value,
            pointer: self.pointer.map(|at| at.value).unwrap_or_default(),
        })
    }
}

impl WrittenCapture {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Option<Self> {
        let mut inner = table.table("capture", report)?;
        let capture = Self {
            span: inner.span.clone(),
            on: inner.texts("on", report),
            respond: inner.choice("respond", &RESPONDS, report),
            navigations: inner.flag("navigations", report),
        };
        inner.finish(report);
        Some(capture)
    }

    fn decide(self, report: &mut Diagnostics) -> Capture {
        let on = match self.on {
            None => vec![NETWORK_ERROR.to_owned()],
            Some(written) => {
                for at in &written {
                    let status = at
                        .value
                        .parse::<u16>()
                        .is_ok_and(|status| (400..=599).contains(&status));
                    if at.value != NETWORK_ERROR && !status {
                        report.report(no_failure(at));
                    }
                }
                written.into_iter().map(|at| at.value).collect()
            }
        };
        Capture {
            on,
            respond: self.respond.map_or(Respond::Accepted, |at| at.value),
            navigations: self.navigations.is_some_and(|at| at.value),
        }
    }
}

impl WrittenLimits {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Self {
        let Some(mut inner) = table.table("limits", report) else {
            return Self::default();
        };
        let limits = Self {
            max_entries: inner.count("max_entries", 1..=1_000_000, report),
            max_bytes: inner.size("max_bytes", report),
            max_body: inner.size("max_body", report),
        };
        inner.finish(report);
        limits
    }

    fn decide(self, report: &mut Diagnostics) -> Limits {
        let max_bytes = self.max_bytes.as_ref().map_or(50 << 20, |at| at.value);
        let max_body = self.max_body.as_ref().map_or(10 << 20, |at| at.value);
        if let (Some(at), true) = (self.max_bytes.or(self.max_body), max_bytes < max_body) {
            report.report(less_than_one_body(&at));
        }
        Limits {
            max_entries: self.max_entries.map_or(10_000, |at| at.value),
            max_bytes,
            max_body,
        }
    }
}

impl WrittenNotification {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Option<Self> {
        let mut inner = table.table("notification", report)?;
        let notification = Self {
            span: inner.span.clone(),
            title: inner.text("title", report),
            title_one: inner.text("title_one", report),
            body: inner.text("body", report),
            icon: inner.text("icon", report),
            tag: inner.text("tag", report),
            when: inner.choice("when", &WHENS, report),
        };
        inner.finish(report);
        Some(notification)
    }

    fn decide(self, tag: &str, cx: &mut Context) -> Notification {
        for text in [&self.title, &self.title_one, &self.body]
            .into_iter()
            .flatten()
        {
            for word in braced(&text.value) {
                if !WORDS.contains(&word) {
                    cx.report(no_such_word(text, word));
                }
            }
        }
        if self.title.is_none() {
            cx.report(without(
                "sync-notification",
                "title",
                self.span,
                "title = \"Notes sent\"",
            ));
        }
        let icon = self.icon.as_ref().and_then(|icon| cx.keep("icon", icon));
        Notification {
            title: self.title.map(|at| at.value).unwrap_or_default(),
            title_one: self.title_one.map(|at| at.value),
            body: self.body.map(|at| at.value),
            icon: icon.map(|path| path.as_str().trim_start_matches('/').to_owned()),
            tag: self.tag.map_or_else(|| tag.to_owned(), |at| at.value),
            when: self.when.map_or(When::Always, |at| at.value),
        }
    }
}

/// What the texts of a notification may say.
const WORDS: [&str; 3] = ["count", "failed", "tag"];

fn braced(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
}

fn find_endpoint(
    written: &At<String>,
    in_place: Written,
    endpoints: &BTreeMap<String, Endpoint>,
    report: &mut Diagnostics,
) -> Option<Endpoint> {
    if let Some((method, url)) = endpoint::in_place(written) {
        let method = endpoint::method(&method, report)?;
        return Some(in_place.decide(method, &url, report));
    }
    if let Some(first) = in_place.first_key() {
        report.report(belongs_to_the_endpoint(first, written));
    }
    let found = endpoints.get(&written.value);
    if found.is_none() {
        report.report(no_such_endpoint(written, endpoints));
    }
    found.cloned()
}

fn usual_body(from_outbox: bool, mode: Mode) -> Json {
    match (from_outbox, mode) {
        (true, _) => "$payload".into(),
        (false, Mode::Incremental) => "$record".into(),
        (false, Mode::Snapshot) => "$records".into(),
    }
}

/// What a body speaks of.
#[derive(Default)]
struct Uses {
    /// One record only.
    one: bool,
}

impl Uses {
    fn of(body: &At<Value>, from_outbox: bool, report: &mut Diagnostics) -> Self {
        let mut uses = Self::default();
        uses.look(body, from_outbox, report);
        uses
    }

    fn look(&mut self, at: &At<Value>, from_outbox: bool, report: &mut Diagnostics) {
        match &at.value {
            Value::Text(text) if text.starts_with('$') => {
                let name = text.split('.').next().unwrap_or(text);
                let takes_field = ["$record", "$payload"].contains(&name);
                let has_field = text.len() > name.len() + 1;
                if !PLACEHOLDERS.contains(&name)
                    || (text.contains('.') && !(takes_field && has_field))
                {
                    report.report(no_such_placeholder(text, &at.span));
                } else if name == "$payload" && !from_outbox {
                    report.report(payload_of_store(&at.span));
                } else if takes_field {
                    self.one = true;
                }
            }
            Value::List(items) => {
                for item in items {
                    self.look(item, from_outbox, report);
                }
            }
            Value::Table(table) => {
                for (_, item) in table.clone().into_entries() {
                    self.look(&item, from_outbox, report);
                }
            }
            Value::Text(_)
            | Value::Flag(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Date(_) => {}
        }
    }
}

const PLACEHOLDERS: [&str; 5] = ["$record", "$records", "$payload", "$key", "$count"];

fn is_tag(tag: &str) -> bool {
    !tag.is_empty()
        && tag.len() <= 128
        && tag
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c))
}

fn without(code: &'static str, key: &str, span: Span, example: &str) -> Diagnostic {
    Diagnostic::error(code, format!("`{key}` is not given"), span)
        .label(format!("needs `{key}`"))
        .help(format!("add `{example}`"))
}

fn tag_not_plain(tag: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-tag",
        "this tag has characters that tags should not have",
        tag.span.clone(),
    )
    .label("letters, digits, `.`, `_`, `:` and `-` only, at most 128")
    .help("browsers keep tags and show them; use a short plain word such as `\"send-note\"`")
}

fn same_tag(tag: &At<String>, twin: Span) -> Diagnostic {
    Diagnostic::error(
        "sync-tag-twice",
        format!("two `[[sync]]` have the tag `{}`", tag.value),
        tag.span.clone(),
    )
    .label("the second")
    .other(twin, "the first")
    .help("a browser keeps one wake-up for a tag; give each `[[sync]]` its own")
}

fn no_such_endpoint(written: &At<String>, endpoints: &BTreeMap<String, Endpoint>) -> Diagnostic {
    let names: Vec<&str> = endpoints.keys().map(String::as_str).collect();
    let help = match nearest(&written.value, names.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!(
            "add `[endpoints.{}]` with a `url`, or write `\"POST /path\"` here",
            written.value
        ),
    };
    Diagnostic::error(
        "sync-endpoint",
        format!("there is no endpoint `{}`", written.value),
        written.span.clone(),
    )
    .label("not declared under `[endpoints]`")
    .help(help)
}

fn belongs_to_the_endpoint(first: Span, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-endpoint-keys",
        "this key belongs to the endpoint",
        first,
    )
    .label("has no effect here")
    .other(written.span.clone(), "the endpoint is declared elsewhere")
    .help(format!("move it to `[endpoints.{}]`", written.value))
}

fn no_such_source(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-source",
        format!("there is no source `{}`", written.value),
        written.span.clone(),
    )
    .label("neither the outbox nor a store")
    .help(
        "write `\"outbox\"`, or `{ database = \"…\", store = \"…\" }` for a store of the app's own",
    )
}

fn own_database(database: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-own-database",
        "this database holds the outbox itself",
        database.span.clone(),
    )
    .label("not the app's own")
    .help("leave `source` out: work handed over with `enqueue` is sent without it")
}

fn no_such_success(found: &Value, span: Span) -> Diagnostic {
    let choices = one_of(&["\"keep\"", "\"delete\"", "{ set = { … } }"]);
    let help = match found {
        Value::Text(text) => match nearest(text, ["keep", "delete"]) {
            Some(near) => format!("the nearest is `{near}`; it can be {choices}"),
            None => format!("it can be {choices}"),
        },
        _ => format!("it can be {choices}"),
    };
    Diagnostic::error("sync-on-success", "`on_success` cannot be this", span)
        .label("not one of the choices")
        .help(help)
}

fn no_cursor(span: Span) -> Diagnostic {
    Diagnostic::error(
        "sync-cursor",
        "a cursor would pass records over",
        span,
    )
    .label("right only for keys that the store itself counts up, and for records that never change")
    .help("use `on_success = \"keep\"`: of every record, the worker remembers what was delivered, and sends what is new or has changed")
}

fn success_of_outbox<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-success-outbox",
        "`on_success` is for stores of the app's own",
        at.span.clone(),
    )
    .label("the outbox has none")
    .help("remove it: delivered entries leave the outbox by themselves")
}

fn success_of_snapshot<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-success-snapshot",
        "a snapshot changes no record",
        at.span.clone(),
    )
    .label("the next snapshot would differ by this alone")
    .help("use `on_success = \"keep\"`, or `mode = \"incremental\"`")
}

fn snapshot_of_outbox<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-snapshot-outbox",
        "the outbox has no snapshot",
        at.span.clone(),
    )
    .label("entries are sent one after the other")
    .help("remove `mode`, or name a store with `source`")
}

fn one_of_snapshot(span: &Span) -> Diagnostic {
    Diagnostic::error(
        "sync-snapshot-one",
        "a snapshot has no single record",
        span.clone(),
    )
    .label("this speaks of one")
    .help("use `$records` in `body` and no `{field}` in the address, or `mode = \"incremental\"`")
}

fn batch_of_one(at: &At<u32>, addressed: bool) -> Diagnostic {
    let why = if addressed { "the address" } else { "the body" };
    Diagnostic::error(
        "sync-batch-one",
        "these requests hold one record each",
        at.span.clone(),
    )
    .label(format!("{why} speaks of one record"))
    .help("remove `max_records`, or use `$records` in `body` and no `{field}` in the address")
}

fn lane_without_field<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-lane",
        "lanes need a field that tells them apart",
        at.span.clone(),
    )
    .label("needs `lane`")
    .help("add `lane = \"conversationId\"`, the field of the payload whose values are the lanes")
}

fn lane_without_order(lane: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-lane-order",
        "`lane` has no use in this order",
        lane.span.clone(),
    )
    .label("only lanes need it")
    .help("add `order = \"lane\"`, or remove `lane`")
}

fn one_at_a_time<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-concurrency",
        "in one queue, one request is on its way at a time",
        at.span.clone(),
    )
    .label("no use with `order = \"fifo\"`")
    .help("add `order = \"lane\"` or `order = \"parallel\"`, or remove `concurrency`")
}

fn only_of_outbox(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "sync-order-store",
        format!("`{key}` is for the outbox"),
        span,
    )
    .label("records of a store are sent as JSON, in the order of their keys")
    .help("remove it, or hand the work over with `enqueue` and leave `source` out")
}

fn no_pointer(at: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-pointer",
        format!("`{}` leads nowhere", at.value),
        at.span.clone(),
    )
    .label("a pointer begins with `/`")
    .help(format!(
        "write `\"/{}\"`, or `\"\"` for the whole answer",
        at.value
    ))
}

fn nowhere_to_save(span: Span) -> Diagnostic {
    Diagnostic::error("sync-response", "the answer has no place to go", span)
        .label("needs `database` and `store`")
        .help("name a store of the app's own, as `source` does")
}

fn no_failure(at: &At<String>) -> Diagnostic {
    let near = nearest(&at.value, [NETWORK_ERROR]);
    Diagnostic::error(
        "sync-capture",
        format!("`{}` is no failure of a request", at.value),
        at.span.clone(),
    )
    .label("neither `network_error` nor a status from 400 to 599")
    .help(match near {
        Some(near) => format!("the nearest is `{near}`"),
        None => "write `\"network_error\"`, or a status such as `\"503\"`".to_owned(),
    })
}

fn captured_twice(tag: &At<String>, first: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "sync-capture-twice",
        "two tags capture the same request",
        tag.span.clone(),
    )
    .label("its address and method fit both")
    .other(first.span.clone(), "takes it first")
    .help("remove `capture` from one of them, or give them endpoints that no request has in common")
}

fn out_of_sight(at: &At<bool>, endpoint: &At<String>, scope: &str) -> Diagnostic {
    Diagnostic::error(
        "sync-capture-scope",
        "the worker never sees a navigation to this endpoint",
        at.span.clone(),
    )
    .label(format!("browsers ask it for pages below `{scope}` only"))
    .other(endpoint.span.clone(), "is not below it")
    .help("give an address below that, or let a script send the form with `fetch`, and remove `navigations`")
}

fn less_than_one_body<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::error(
        "sync-limits",
        "the whole outbox holds less than one body may",
        at.span.clone(),
    )
    .label("`max_bytes` is below `max_body`")
    .help("raise `max_bytes`, which is for all entries together, or lower `max_body`, which is for one")
}

fn no_such_placeholder(text: &str, span: &Span) -> Diagnostic {
    let name = text.split('.').next().unwrap_or(text);
    let help = match nearest(name, PLACEHOLDERS) {
        Some(near) if near != name => format!("the nearest is `{near}`"),
        _ => format!(
            "placeholders are {}; `$record.x` and `$payload.x` are fields",
            one_of(&PLACEHOLDERS).replace(" or ", " and ")
        ),
    };
    Diagnostic::error(
        "sync-placeholder",
        format!("there is no placeholder `{text}`"),
        span.clone(),
    )
    .label("a text that begins with `$` is one")
    .help(help)
}

fn payload_of_store(span: &Span) -> Diagnostic {
    Diagnostic::error("sync-payload", "a store has no payloads", span.clone())
        .label("this speaks of the outbox")
        .help("use `$record` or `$records`")
}

fn no_such_word(text: &At<String>, word: &str) -> Diagnostic {
    let help = match nearest(word, WORDS) {
        Some(near) => format!("the nearest is `{{{near}}}`"),
        None => format!("it can say {}", one_of(&["{count}", "{failed}", "{tag}"])),
    };
    Diagnostic::error(
        "sync-notification-word",
        format!("a notification cannot say `{{{word}}}`"),
        text.span.clone(),
    )
    .label("nothing to put there")
    .help(help)
}

fn without_key(written: &At<String>) -> Diagnostic {
    Diagnostic::warning("sync-no-key", "work may arrive twice", written.span.clone())
        .label("when an answer is lost, the server cannot tell a repetition from a new request")
        .help("let the server honour `Idempotency-Key`, and remove `format = \"off\"`")
}
