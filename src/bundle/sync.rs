//! `[[sync]]` as it is rendered: the rooms that a site's tags need, and what those rooms read of a tag.

use askama::Template;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{File, Minified, neighbour};
use crate::endpoint::TokenSource;
use crate::features::sync::{Encoding, Mode, OnSuccess, Order, Tag};
use crate::minifier::Kind;
use crate::plan::Plan;

#[derive(Template)]
#[template(path = "outbox.js", syntax = "js", escape = "none")]
struct Outbox<'a> {
    config: &'a str,
    sync: Rooms,
}

#[derive(Template)]
#[template(path = "drain.js", syntax = "js", escape = "none")]
struct Drain<'a> {
    config: &'a str,
    sync: Rooms,
}

/// `CONFIG` of the module of queued work and of the one that delivers where there is no worker; its shapes are
/// `OutboxConfig` and `DrainConfig` of `templates/types.d.ts`.
#[derive(Serialize)]
struct Config<'a> {
    id: &'a str,
    root: String,
    /// The module that delivers, relative to the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    drain: Option<String>,
    sync: Vec<Json>,
}

/// Returns the modules of queued work that pages load beside the registration module.
pub(super) fn modules(plan: &Plan, minified: &mut Minified) -> Vec<File> {
    if plan.sync.is_empty() {
        return Vec::new();
    }
    let worker = &plan.worker;
    let sync = Rooms::of(&plan.sync);
    let config = |drain, sync| Config {
        id: &plan.app.id,
        root: worker.root_from_register(),
        drain,
        sync,
    };
    let outbox = config(Some(neighbour(&worker.drain())), for_outbox(&plan.sync));
    let outbox = minified.script(
        worker,
        Kind::Module,
        |config| Outbox { config, sync }.render(),
        &outbox,
    );
    let drain = config(None, for_drain(&plan.sync));
    let drain = minified.script(
        worker,
        Kind::Module,
        |config| Drain { config, sync }.render(),
        &drain,
    );
    vec![
        File::of(plan, &worker.outbox(), outbox),
        File::of(plan, &worker.drain(), drain),
    ]
}

/// What some tag of the site needs; a room for what none needs is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rooms {
    pub(super) any: bool,
    /// Pages hand work over, or it is captured.
    pub(super) outbox: bool,
    /// Stores of the app's own are looked at.
    pub(super) stores: bool,
    pub(super) records: bool,
    pub(super) snapshots: bool,
    /// Databases of the app's own are opened.
    pub(super) app_stores: bool,
    /// Something may overtake something else.
    pub(super) lanes: bool,
    /// Requests with several records.
    pub(super) batches: bool,
    /// Answers for each of them.
    pub(super) per_record: bool,
    /// A delivery has consequences in the app's own stores: for its records, and for what the server answered.
    pub(super) follow_up: bool,
    pub(super) marks: bool,
    pub(super) responses: bool,
    pub(super) credentials: bool,
    /// Tokens stand in cookies.
    pub(super) cookies: bool,
    /// Something is looked up in the JSON of an answer.
    pub(super) pointers: bool,
    /// Requests say that they are the same as one before.
    pub(super) keys: bool,
    /// Addresses speak of their record.
    pub(super) fields: bool,
    /// Some fields are not sent.
    pub(super) omit: bool,
    pub(super) notices: bool,
    pub(super) messages: bool,
    pub(super) triggers: bool,
    pub(super) capture: bool,
    /// Bodies other than JSON, and bodies that are more than their record.
    pub(super) encodings: bool,
    pub(super) bodies: bool,
}

impl Rooms {
    pub(super) fn of(tags: &[Tag]) -> Self {
        let any = |needs: fn(&Tag) -> bool| tags.iter().any(needs);
        let incremental = |tag: &Tag| tag.mode == Mode::Incremental;
        Self {
            any: !tags.is_empty(),
            outbox: any(|tag| tag.source.is_none()),
            stores: any(|tag| tag.source.is_some()),
            records: tags
                .iter()
                .any(|tag| tag.source.is_some() && incremental(tag)),
            snapshots: any(|tag| tag.mode == Mode::Snapshot),
            app_stores: any(|tag| tag.source.is_some() || tag.response.is_some()),
            lanes: any(|tag| tag.order != Order::Fifo),
            batches: tags
                .iter()
                .any(|tag| tag.batch.max_records > 1 && incremental(tag)),
            per_record: any(|tag| tag.batch.per_record),
            marks: any(|tag| tag.on_success != OnSuccess::Keep),
            responses: any(|tag| tag.response.is_some()),
            follow_up: any(|tag| tag.response.is_some() || tag.on_success != OnSuccess::Keep),
            credentials: any(|tag| tag.endpoint.auth.is_some() || tag.endpoint.csrf.is_some()),
            cookies: any(|tag| cookie_of(tag).is_some()),
            pointers: any(|tag| tag.response.is_some() || tag.endpoint.csrf.is_some()),
            keys: any(|tag| tag.endpoint.idempotency.is_some()),
            fields: any(|tag| !tag.endpoint.fields().is_empty()),
            omit: any(|tag| !tag.omit.is_empty()),
            notices: any(|tag| tag.notification.is_some()),
            messages: any(|tag| tag.client_message.is_some()),
            triggers: any(|tag| tag.trigger.is_some()),
            capture: any(|tag| tag.capture.is_some()),
            bodies: any(|tag| tag.body != "$payload" && tag.body != "$record"),
            encodings: any(|tag| tag.encoding != Encoding::Json),
        }
    }
}

/// Returns what the worker reads of the tags.
pub(super) fn for_worker(tags: &[Tag]) -> Vec<Json> {
    let config = |tag| {
        let mut config = unusual(tag);
        // How work is handed over is the page's affair, unless the worker captures it.
        if tag.capture.is_none() {
            for key in ["/lane", "/coalesce", "/limits"] {
                remove(&mut config, key);
            }
        }
        for key in ["/encoding", "/logout"] {
            remove(&mut config, key);
        }
        config
    };
    tags.iter().map(config).collect()
}

/// Returns what the module of queued work reads of the tags: what is done with work that was handed over is no affair
/// of its.
pub(super) fn for_outbox(tags: &[Tag]) -> Vec<Json> {
    let mut configs = without(
        tags,
        &[
            "/batch",
            "/capture",
            "/clientMessage",
            "/concurrency",
            "/endpoint/retry",
            "/endpoint/timeout",
            "/endpoint/csrf",
            "/notification",
            "/onDead",
            "/response",
            "/skipUnknown",
            "/trigger",
        ],
    );
    // Pages tell the worker what their cookies say; where other tokens come from is no affair of theirs.
    for (tag, config) in tags.iter().zip(&mut configs) {
        if let Some(name) = cookie_of(tag) {
            config["endpoint"]["csrf"] = json!({ "name": name });
        }
    }
    configs
}

/// Returns the cookie that a tag's token stands in.
fn cookie_of(tag: &Tag) -> Option<&str> {
    let csrf = tag.endpoint.csrf.as_ref()?;
    (csrf.from == TokenSource::Cookie).then_some(csrf.name.as_str())
}

/// Returns what the module that delivers without a worker reads of the tags.
pub(super) fn for_drain(tags: &[Tag]) -> Vec<Json> {
    without(
        tags,
        &[
            "/capture",
            "/coalesce",
            "/encoding",
            "/lane",
            "/limits",
            "/logout",
            "/trigger",
        ],
    )
}

fn without(tags: &[Tag], keys: &[&str]) -> Vec<Json> {
    let config = |tag| {
        let mut config = unusual(tag);
        for key in keys {
            remove(&mut config, key);
        }
        config
    };
    tags.iter().map(config).collect()
}

/// Returns a tag without what is as usual: the rooms take that for granted.
fn unusual(tag: &Tag) -> Json {
    let mut config = match serde_json::to_value(tag) {
        Ok(config) => config,
        Err(error) => unreachable!("plain data becomes JSON: {error}"),
    };
    if tag.source.is_none() {
        config["mode"] = json!("outbox");
    }
    for (pointer, value) in usual() {
        if config.pointer(pointer) == Some(&value) {
            remove(&mut config, pointer);
        }
    }
    config
}

/// Returns what the rooms take for granted, by its place in a tag.
fn usual() -> [(&'static str, Json); 33] {
    [
        ("/source", Json::Null),
        ("/source/index", Json::Null),
        ("/source/where", Json::Null),
        ("/onSuccess", json!("keep")),
        ("/omit", json!([])),
        ("/encoding", json!("json")),
        ("/capture", Json::Null),
        ("/capture/navigations", json!(false)),
        ("/order", json!("fifo")),
        ("/lane", Json::Null),
        ("/concurrency", json!(1)),
        ("/coalesce", Json::Null),
        ("/onDead", json!("skip")),
        ("/skipUnknown", json!(false)),
        ("/logout", json!("keep")),
        ("/batch/perRecord", json!(false)),
        ("/notification", Json::Null),
        ("/notification/titleOne", Json::Null),
        ("/notification/body", Json::Null),
        ("/notification/icon", Json::Null),
        ("/notification/when", json!("always")),
        ("/clientMessage", Json::Null),
        ("/trigger", Json::Null),
        ("/response", Json::Null),
        ("/endpoint/credentials", json!("same-origin")),
        ("/endpoint/idempotency", Json::Null),
        ("/endpoint/idempotency/format", json!("structured")),
        ("/endpoint/auth", Json::Null),
        ("/endpoint/csrf", Json::Null),
        ("/endpoint/headers", json!({})),
        ("/endpoint/status", json!({})),
        ("/endpoint/success", json!({ "contentType": null })),
        ("/endpoint/retry/maxAttempts", json!(0)),
    ]
}

fn remove(config: &mut Json, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    if let Some(Json::Object(table)) = config.pointer_mut(parent) {
        table.remove(key);
    }
}
