//! `[push]`: a visitor hears from the app while it is closed, and a click on that leads to the right place.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, one_of};
use crate::document::{At, Span, Table, Value, pick, wrong_kind};
use crate::endpoint::{self, Method};

/// As written.
#[derive(Debug)]
pub struct Section {
    application_server_key: Option<At<String>>,
    subscribe: Option<At<String>>,
    unsubscribe: Option<At<String>>,
    prompt: Option<At<Prompt>>,
    notification: WrittenPointers,
    default: WrittenDefault,
    click: Option<At<Value>>,
    actions: Vec<WrittenAction>,
    drain: Vec<At<String>>,
}

#[derive(Debug, Default)]
struct WrittenPointers {
    title: Option<At<String>>,
    body: Option<At<String>>,
    icon: Option<At<String>>,
    url: Option<At<String>>,
    tag: Option<At<String>>,
    actions: Option<At<String>>,
    badge: Option<At<String>>,
}

#[derive(Debug, Default)]
struct WrittenDefault {
    title: Option<At<String>>,
    body: Option<At<String>>,
    icon: Option<At<String>>,
    url: Option<At<String>>,
}

#[derive(Debug)]
struct WrittenAction {
    span: Span,
    action: Option<At<String>>,
    title: Option<At<String>>,
    icon: Option<At<String>>,
    url: Option<At<String>>,
    click: Option<At<Value>>,
}

/// When the visitor is asked for permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Prompt {
    /// When the page calls for it, out of a click.
    Call,
    /// As soon as the page has loaded.
    Load,
}

const PROMPTS: [(&str, Prompt); 2] = [("call", Prompt::Call), ("load", Prompt::Load)];

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// The server's public key; without it nobody can subscribe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Is told of a new subscription, of every visitor's once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<Request>,
    /// Is told of one that is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Request>,
    pub prompt: Prompt,
    pub pointers: Pointers,
    pub default: Shown,
    pub click: Click,
    pub actions: Vec<Action>,
    /// Tags of `[[sync]]` that are delivered on the occasion.
    pub drain: Vec<String>,
}

/// What the server is asked with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    pub method: Method,
    /// Relative to the site's root.
    pub url: String,
}

/// Where a payload says what is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Pointers {
    pub title: String,
    pub body: String,
    pub icon: String,
    pub url: String,
    pub tag: String,
    pub actions: String,
    /// Of the number on the app's icon; nothing: it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge: Option<String>,
}

/// What is shown where a payload says nothing, since something has to be.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Relative to the site's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    pub url: String,
}

/// What a click does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Click {
    /// Shows the page that has the address already, else opens it.
    Focus,
    /// Opens the address in a window of its own.
    Open,
    /// Takes the page that was used last to the address, else opens it.
    Navigate,
    /// Asks the server for something, and opens nothing.
    Request(Request),
}

/// A button of a notification.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    pub action: String,
    pub title: String,
    /// Relative to the site's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub click: Click,
}

const CLICKS: [&str; 3] = ["focus", "open", "navigate"];

const METHODS: [(&str, Method); 4] = [
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];

/// Buttons that every system has room for.
const ROOM: usize = 2;

/// An uncompressed point of P-256: its mark and two coordinates.
const POINT: usize = 65;
const POINT_MARK: u8 = 4;
const PRIVATE_KEY: usize = 32;

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            application_server_key: table.text("application_server_key", report),
            subscribe: table.text("subscribe", report),
            unsubscribe: table.text("unsubscribe", report),
            prompt: table.choice("prompt", &PROMPTS, report),
            notification: WrittenPointers::read(&mut table, report),
            default: WrittenDefault::read(&mut table, report),
            click: table.value("click"),
            actions: (table.tables("actions", report).into_iter())
                .map(|inner| WrittenAction::read(inner, report))
                .collect(),
            drain: table.texts("drain", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    /// Decides; `app` is the name that stands where a payload has no title, `tags` are those of `[[sync]]`.
    pub fn decide(self, app: &str, tags: &[&str], cx: &mut Context) -> Push {
        let key = self.application_server_key;
        if let Some(written) = &key {
            check_key(written, cx.report);
        }
        if let (None, Some(written)) = (&key, self.subscribe.as_ref().or(self.unsubscribe.as_ref()))
        {
            cx.report(without_key(written));
        }
        let mut request = |key: &'static str, written: Option<At<String>>| {
            written.and_then(|written| request_of(key, &written, cx.report))
        };
        let subscribe = request("subscribe", self.subscribe);
        let unsubscribe = request("unsubscribe", self.unsubscribe);
        let prompt = self.prompt.as_ref().map_or(Prompt::Call, |at| at.value);
        if let (Some(at), Prompt::Load) = (&self.prompt, prompt) {
            cx.report(asked_at_once(at));
        }
        for tag in &self.drain {
            if !tags.contains(&tag.value.as_str()) {
                cx.report(no_such_tag(tag, tags));
            }
        }
        let mut actions: Vec<Action> = Vec::new();
        for written in self.actions {
            let span = written.span.clone();
            let Some(action) = written.decide(cx) else {
                continue;
            };
            if actions.iter().any(|other| other.action == action.action) {
                cx.report(same_action(&action.action, span.clone()));
            }
            actions.push(action);
            if actions.len() == ROOM + 1 {
                cx.report(no_room(span));
            }
        }
        Push {
            key: key.map(|at| at.value),
            subscribe,
            unsubscribe,
            prompt,
            pointers: self.notification.decide(cx.report),
            default: self.default.decide(app, cx),
            click: click_of(self.click, cx.report).unwrap_or(Click::Focus),
            actions,
            drain: self.drain.into_iter().map(|at| at.value).collect(),
        }
    }
}

impl WrittenPointers {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Self {
        let Some(mut inner) = table.table("notification", report) else {
            return Self::default();
        };
        let pointers = Self {
            title: inner.text("title", report),
            body: inner.text("body", report),
            icon: inner.text("icon", report),
            url: inner.text("url", report),
            tag: inner.text("tag", report),
            actions: inner.text("actions", report),
            badge: inner.text("badge", report),
        };
        inner.finish(report);
        pointers
    }

    /// What is not written is the member of the same name.
    fn decide(self, report: &mut Diagnostics) -> Pointers {
        let mut pointer = |written: Option<At<String>>, usual: &str| {
            let Some(at) = written else {
                return usual.to_owned();
            };
            if !at.value.starts_with('/') {
                report.report(no_pointer(&at));
            }
            at.value
        };
        Pointers {
            title: pointer(self.title, "/title"),
            body: pointer(self.body, "/body"),
            icon: pointer(self.icon, "/icon"),
            url: pointer(self.url, "/url"),
            tag: pointer(self.tag, "/tag"),
            actions: pointer(self.actions, "/actions"),
            badge: self.badge.map(|at| pointer(Some(at), "")),
        }
    }
}

impl WrittenDefault {
    fn read(table: &mut Table, report: &mut Diagnostics) -> Self {
        let Some(mut inner) = table.table("default", report) else {
            return Self::default();
        };
        let shown = Self {
            title: inner.text("title", report),
            body: inner.text("body", report),
            icon: inner.text("icon", report),
            url: inner.text("url", report),
        };
        inner.finish(report);
        shown
    }

    fn decide(self, app: &str, cx: &mut Context) -> Shown {
        if let Some(url) = &self.url {
            endpoint::check_url(url, true, cx.report);
        }
        Shown {
            title: self.title.map_or_else(|| app.to_owned(), |at| at.value),
            body: self.body.map(|at| at.value),
            icon: self.icon.and_then(|icon| kept(&icon, cx)),
            url: self.url.map(|at| at.value).unwrap_or_default(),
        }
    }
}

impl WrittenAction {
    fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let action = Self {
            span: table.span.clone(),
            action: table.text("action", report),
            title: table.text("title", report),
            icon: table.text("icon", report),
            url: table.text("url", report),
            click: table.value("click"),
        };
        table.finish(report);
        action
    }

    fn decide(self, cx: &mut Context) -> Option<Action> {
        if let Some(url) = &self.url {
            endpoint::check_url(url, true, cx.report);
        }
        let icon = self.icon.and_then(|icon| kept(&icon, cx));
        let click = click_of(self.click, cx.report).unwrap_or(Click::Focus);
        let (Some(action), Some(title)) = (self.action, self.title) else {
            cx.report(half_an_action(self.span));
            return None;
        };
        Some(Action {
            action: action.value,
            title: title.value,
            icon,
            url: self.url.map(|at| at.value),
            click,
        })
    }
}

/// Has a picture kept, so that there is one without a network; returns its way from the root.
fn kept(icon: &At<String>, cx: &mut Context) -> Option<String> {
    let path = cx.keep("icon", icon)?;
    Some(path.as_str().trim_start_matches('/').to_owned())
}

fn click_of(written: Option<At<Value>>, report: &mut Diagnostics) -> Option<Click> {
    let written = written?;
    match written.value {
        Value::Text(text) => match text.as_str() {
            "focus" => Some(Click::Focus),
            "open" => Some(Click::Open),
            "navigate" => Some(Click::Navigate),
            _ => {
                report.report(no_such_click(&text, written.span));
                None
            }
        },
        Value::Table(mut table) => {
            let request = table.text("request", report);
            table.finish(report);
            let Some(request) = request else {
                report.report(no_such_click("", written.span));
                return None;
            };
            request_of("request", &request, report).map(Click::Request)
        }
        other => {
            let wanted = "the name of what a click does, or a table with a `request`";
            report.report(wrong_kind("click", wanted, &other, written.span));
            None
        }
    }
}

fn request_of(key: &str, written: &At<String>, report: &mut Diagnostics) -> Option<Request> {
    let Some((method, url)) = endpoint::in_place(written) else {
        report.report(no_request(key, written));
        return None;
    };
    let method = pick("the method", method, &METHODS, report)?;
    endpoint::check_url(&url, true, report);
    if url.value.contains(['{', '}']) {
        report.report(no_record(&url));
    }
    Some(Request {
        method: method.value,
        url: url.value,
    })
}

fn check_key(written: &At<String>, report: &mut Diagnostics) {
    match URL_SAFE_NO_PAD.decode(&written.value) {
        Ok(bytes) if bytes.len() == POINT && bytes[0] == POINT_MARK => {}
        Ok(bytes) if bytes.len() == PRIVATE_KEY => report.report(private_key(written)),
        _ => report.report(no_key(written)),
    }
}

fn no_key(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-key",
        "this is not the key of an application server",
        written.span.clone(),
    )
    .label("not 65 bytes in base64url, the first of them 4")
    .help("`mdpwa vapid FILE` makes a pair of keys and prints the public one, which belongs here")
}

fn private_key(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-key-private",
        "this is a private key, and everybody could read it here",
        written.span.clone(),
    )
    .label("32 bytes; the public key has 65")
    .help("keep it on the server, and give the public key of the pair; if this one was ever deployed, make a new pair with `mdpwa vapid FILE`")
}

fn without_key(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-key-missing",
        "nobody can subscribe without a key",
        written.span.clone(),
    )
    .label("there would be nothing to tell")
    .help("add `application_server_key = \"…\"`; `mdpwa vapid FILE` makes one")
}

fn no_request(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-request",
        format!("`{key}` is not a request"),
        written.span.clone(),
    )
    .label("needs a method and an address")
    .help(format!(
        "write `\"POST {}\"`",
        if written.value.starts_with('/') {
            &written.value
        } else {
            "/path"
        }
    ))
}

fn no_record(url: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-field",
        "there is no record to fill this address",
        url.span.clone(),
    )
    .label("`{field}` takes its value from a record")
    .help("write the address out; what it is about stands in the body")
}

fn asked_at_once<T>(at: &At<T>) -> Diagnostic {
    Diagnostic::warning(
        "push-prompt-load",
        "visitors are asked before they know why",
        at.span.clone(),
    )
    .label("Firefox and Safari do not ask at all without a click")
    .help("remove it, and call `subscribePush()` when a button is clicked; a visitor who says no is never asked again")
}

fn no_pointer(at: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "push-pointer",
        format!("`{}` leads nowhere", at.value),
        at.span.clone(),
    )
    .label("a pointer into the payload begins with `/`")
    .help(format!(
        "write `\"/{}\"`; a fixed text belongs to `default`",
        at.value
    ))
}

fn no_such_click(written: &str, span: Span) -> Diagnostic {
    let choices = one_of(&[
        "\"focus\"",
        "\"open\"",
        "\"navigate\"",
        "{ request = \"POST /path\" }",
    ]);
    let help = match nearest(written, CLICKS) {
        Some(near) => format!("the nearest is `{near}`; it can be {choices}"),
        None => format!("it can be {choices}"),
    };
    Diagnostic::error("push-click", "`click` cannot be this", span)
        .label("not one of the choices")
        .help(help)
}

fn half_an_action(span: Span) -> Diagnostic {
    Diagnostic::error("push-action", "a button needs a name and a text", span)
        .label("needs `action` and `title`")
        .help("write `{ action = \"read\", title = \"Mark as read\" }`")
}

fn same_action(action: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "push-action-twice",
        format!("two buttons are called `{action}`"),
        span,
    )
    .label("the second")
    .help("give each its own `action`, by which a click is known")
}

fn no_room(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "push-action-room",
        "most systems show two buttons and leave the rest out",
        span,
    )
    .label("the third")
    .help("name the two that matter first")
}

fn no_such_tag(tag: &At<String>, tags: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "push-drain",
        format!("there is no `[[sync]]` with the tag `{}`", tag.value),
        tag.span.clone(),
    )
    .label("nothing to deliver")
    .help(match nearest(&tag.value, tags.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => "name tags of `[[sync]]`".to_owned(),
    })
}
