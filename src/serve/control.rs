//! The control page: what the endpoints took, and the switches.
//!
//! It serves its own origin only. Another site can neither read it (no CORS, names other than addresses and
//! `localhost` are refused, so that no name can be turned to this machine) nor throw a switch (a POST must be JSON and
//! come from this very origin), nor frame it.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tiny_http::Request;

use super::records::Delivery;
use super::reply::{Asked, Reply, read_body};
use super::{Shared, State, Switch, lock};

/// What the page shows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    version: u64,
    switch: Switch,
    site: String,
    endpoints: Vec<EndpointView<'a>>,
    records: usize,
    keys: usize,
    deliveries: Vec<&'a Delivery>,
}

#[derive(Serialize)]
struct EndpointView<'a> {
    method: &'a str,
    path: &'a str,
}

/// What the page asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Command {
    Up,
    Down,
    Slow,
    Unavailable,
    ForgetKeys,
    ForgetRecords,
}

/// How long a question waits for news.
const PATIENCE: Duration = Duration::from_secs(20);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn answer(shared: &Shared, mut request: Request) {
    let asked = Asked::new(&request);
    let reply = if named_safely(&asked) {
        route(shared, &asked, &mut request)
    } else {
        Reply::text(421, "421: open this page by its address\n")
    };
    reply
        .header("Cache-Control", "no-store")
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Cross-Origin-Resource-Policy", "same-origin")
        .header("Referrer-Policy", "no-referrer")
        .send(request);
}

fn route(shared: &Shared, asked: &Asked, request: &mut Request) -> Reply {
    let file = |text: &str, media| Reply::bytes(200, text.into()).header("Content-Type", media);
    match (asked.method.as_str(), asked.path()) {
        ("GET" | "HEAD", "/") => file(
            include_str!("../../templates/serve/index.html"),
            "text/html; charset=utf-8",
        ),
        ("GET" | "HEAD", "/serve.css") => {
            file(include_str!("../../templates/serve/serve.css"), "text/css")
        }
        ("GET" | "HEAD", "/serve.js") => file(
            include_str!("../../templates/serve/serve.js"),
            "text/javascript",
        ),
        ("GET", "/state") => news(shared, asked),
        ("POST", "/command") if from_this_page(asked) => match read_body(request, 1024) {
            Ok(Some(body)) => command(shared, &body),
            Ok(None) => Reply::empty(413),
            Err(_) => Reply::empty(400),
        },
        ("POST", "/command") => Reply::text(403, "403: only this page itself may do that\n"),
        _ => Reply::text(404, "404: the control page is at /\n"),
    }
}

/// The state, as soon as it is another than the one that the page knows.
fn news(shared: &Shared, asked: &Asked) -> Reply {
    let known = asked
        .parameter("after")
        .and_then(|version| version.parse::<u64>().ok());
    let state = lock(&shared.state);
    let (state, _) = shared
        .changed
        .wait_timeout_while(state, PATIENCE, |state| {
            known == Some(state.version) && !state.stopping
        })
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match serde_json::to_string(&view(shared, &state)) {
        Ok(json) => Reply::json(200, json),
        Err(error) => Reply::text(500, &format!("500: {error}\n")),
    }
}

fn view<'a>(shared: &'a Shared, state: &'a State) -> View<'a> {
    View {
        version: state.version,
        switch: state.switch,
        site: shared.url(),
        endpoints: (shared.endpoints.iter())
            .map(|endpoint| EndpointView {
                method: &endpoint.method,
                path: &endpoint.path,
            })
            .collect(),
        records: state.records.count(),
        keys: state.records.count_keys(),
        deliveries: state.records.deliveries().collect(),
    }
}

fn command(shared: &Shared, body: &[u8]) -> Reply {
    let Ok(command) = serde_json::from_slice(body) else {
        return Reply::text(400, "400: no such command\n");
    };
    let switch = match command {
        Command::ForgetKeys => {
            shared.forget_keys();
            return Reply::empty(204);
        }
        Command::ForgetRecords => {
            shared.forget_records();
            return Reply::empty(204);
        }
        Command::Up => Switch::Up,
        Command::Down => Switch::Down,
        Command::Slow => Switch::Slow,
        Command::Unavailable => Switch::Unavailable,
    };
    match shared.set(switch) {
        Ok(()) => Reply::empty(204),
        Err(error) => Reply::text(
            409,
            &format!("the address of the site cannot be had again: {error}\n"),
        ),
    }
}

/// Whether the page was asked for by an address: a name could be one of another site that leads here.
fn named_safely(asked: &Asked) -> bool {
    let host = asked.header("host").unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Whether a POST comes from the page itself, or from a tool that is no browser.
fn from_this_page(asked: &Asked) -> bool {
    let origin = format!("http://{}", asked.header("host").unwrap_or_default());
    let json = asked
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/json"));
    let site = asked.header("sec-fetch-site").unwrap_or("same-origin");
    json && asked.header("origin").is_none_or(|from| from == origin) && site == "same-origin"
}
