//! `[push]`: something visible for every message, a click that leads somewhere, and a server that knows who subscribed.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::desktop::{self, Desktop};
use crate::devtools::eventually;
use crate::push_service::PushService;
use crate::runner;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_message_shows_the_declared_notification,
    it_works::what_cannot_be_read_shows_something_all_the_same,
    it_works::a_click_shows_the_page_that_has_the_address,
    it_works::a_click_without_such_a_page_opens_the_address,
    it_works::a_click_without_any_page_opens_the_usual_address,
    it_works::a_click_opens_a_window_of_its_own,
    it_works::a_click_takes_the_last_page_to_the_address,
    it_works::a_click_asks_the_server_and_opens_nothing,
    it_works::each_button_does_its_own,
    it_works::a_message_delivers_what_waits,
    it_works::a_message_counts_on_the_apps_icon_until_somebody_looks,
    it_works::a_click_subscribes_and_the_server_knows everywhere needs(Permission),
    it_works::a_visit_tells_the_server_again_only_when_that_is_due everywhere needs(Permission),
    it_works::a_subscription_of_another_key_is_replaced everywhere needs(Permission),
    it_works::a_subscription_that_the_browser_dropped_is_made_anew everywhere needs(Permission),
    it_works::unsubscribing_tells_the_server everywhere needs(Permission),
    it_works::asking_at_load_asks_once everywhere needs(Permission),
    it_works::without_permission_nothing_is_subscribed everywhere needs(Permission),
    it_works::a_message_comes_through_a_push_service everywhere needs(PushService),
    it_works::a_subscription_that_its_push_service_gave_up_is_made_anew_without_a_page everywhere needs(PushService),
    the_network_is_gone::a_server_that_was_not_told_is_told_later everywhere needs(Permission),
    the_network_is_gone::a_login_page_is_no_acknowledgement everywhere needs(Permission),
    the_network_is_gone::a_message_shows_its_picture,
    the_worker_is_killed_midway::the_next_message_is_shown,
];

/// The pair of keys of the example in RFC 8291; the private one is the server's.
const PRIVATE_KEY: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const KEY: &str =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
const OTHER_KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>news</title>
<script type="module">
import * as pwa from "./register.js";
window.pwa = pwa;
</script>"#;

const ICON: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>"#;

fn toml(more: &str) -> String {
    format!(
        r#"
[push]
application_server_key = "{KEY}"
subscribe = "POST /api/push"
unsubscribe = "POST /api/push/end"
default = {{ title = "News", body = "There is something new", icon = "/icon.svg", url = "news.html" }}
{more}
"#
    )
}

fn site(more: &str) -> Site {
    let files = [
        ("index.html", PAGE),
        ("news.html", PAGE),
        ("other.html", PAGE),
        ("icon.svg", ICON),
    ];
    let site = Site::new(&files, &toml(more));
    site.build();
    site
}

/// The site's page in a browser that may show notifications, with its worker in control.
fn open(browser: &Browser, server: &Server) -> Page {
    browser.grant("notifications", &server.origin());
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

/// What is shown, once the browser has said so.
fn shown(browser: &Browser, page: &Page, title: &str, count: usize) -> Value {
    browser.wait_notification(title, count);
    page.wait_for(&format!(
        "navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => {{
            const one = all.find(({{ title }}) => title === {});
            return one && {{ body: one.body, icon: one.icon, tag: one.tag, actions: one.actions?.map(({{ action, title }}) => [action, title]) }};
        }})",
        json!(title)
    ))
}

/// A push manager that needs no push service: Chromium's own wants Google's. It lives for as long as the profile.
const PUSH_SERVICE: &str = r#"
(() => {
  // An empty page has none.
  if (typeof PushManager !== "function") return;
  const KEPT = "push-service";
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0)).buffer;
  const made = ({ n, key }) => {
    const json = { endpoint: `https://push.example/${n}`, expirationTime: null, keys: { p256dh: "p", auth: "a" } };
    return {
      endpoint: json.endpoint,
      options: { userVisibleOnly: true, applicationServerKey: bytes(key) },
      toJSON: () => json,
      unsubscribe: async () => {
        localStorage.removeItem(KEPT);
        return true;
      },
    };
  };
  PushManager.prototype.getSubscription = async () => {
    const kept = localStorage.getItem(KEPT);
    return kept ? made(JSON.parse(kept)) : null;
  };
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey: key }) => {
    if (!userVisibleOnly) throw new DOMException("silent", "NotAllowedError");
    const n = Number(localStorage.getItem("push-count") ?? 0) + 1;
    localStorage.setItem("push-count", n);
    localStorage.setItem(KEPT, JSON.stringify({ n, key }));
    return made({ n, key });
  };
})();
"#;

/// A page in a browser with that push manager; notifications are allowed from then on.
fn with_push_service(browser: &Browser, server: &Server) -> Page {
    browser.grant("notifications", &server.origin());
    let page = browser.tab();
    page.before_scripts(PUSH_SERVICE);
    page.goto(&server.url("/"));
    page.wait_controlled();
    page
}

/// What the server was told at an address.
fn told(server: &Server, path: &str) -> Vec<Value> {
    let posts = server.posts(path);
    let bodies = posts.iter();
    bodies
        .map(|post| serde_json::from_slice(&post.body).expect("JSON"))
        .collect()
}

fn subscription(n: u32) -> Value {
    json!({
        "endpoint": format!("https://push.example/{n}"),
        "expirationTime": null,
        "keys": { "p256dh": "p", "auth": "a" },
    })
}

/// Sends a message as the site's server does.
fn send(subscription: &Value, payload: &Value) -> Output {
    let [to, key] = ["subscription.json", "key.txt"].map(|name| runner::folder().join(name));
    fs::write(&to, subscription.to_string()).unwrap();
    fs::write(&key, PRIVATE_KEY).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mdpwa"));
    command.arg("push").arg(to).arg("--key").arg(key);
    command.args(["--payload", &payload.to_string()]);
    // The push service is on this machine.
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

/// Until the page's module has done what it does at every visit.
fn settled(page: &Page) {
    page.evaluate("pwa.register().then(() => new Promise((resolve) => setTimeout(resolve, 500)))");
}

const SUBSCRIBED: &str = "pwa.subscribePush().then(({ permission, subscribed, known }) => [permission, subscribed, known])";

mod it_works {
    use super::*;

    pub(super) fn a_message_shows_the_declared_notification() {
        let site = site(
            r#"notification = { title = "/n/title", body = "/n/text", tag = "/n/topic", badge = "/unread" }
actions = [{ action = "read", title = "Mark as read" }, { action = "later", title = "Later" }]"#,
        );
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate(
            "addEventListener('mdpwa:push', ({ detail }) => { window.heard = detail.message })",
        );
        let message = json!({ "n": { "title": "Herons", "text": "Two at the weir", "topic": "weir" }, "unread": 2 });
        browser.deliver_push(&server.origin(), &message.to_string());
        assert_eq!(
            shown(&browser, &page, "Herons", 1),
            json!({
                "body": "Two at the weir",
                "icon": server.url("/icon.svg"),
                "tag": "weir",
                "actions": [["read", "Mark as read"], ["later", "Later"]],
            })
        );
        assert_eq!(page.wait_for("window.heard"), message);
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn what_cannot_be_read_shows_something_all_the_same() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let usual = json!({
            "body": "There is something new",
            "icon": server.url("/icon.svg"),
            "tag": "",
            "actions": [],
        });
        let unreadable = [
            "",
            "plain text",
            "[1]",
            "null",
            r#"{"title":{"a":1},"actions":[null,{"action":1}]}"#,
        ];
        for (count, payload) in unreadable.into_iter().enumerate() {
            browser.deliver_push(&server.origin(), payload);
            assert_eq!(
                shown(&browser, &page, "News", count + 1),
                usual,
                "{payload}"
            );
        }
        // What is there is shown, and nothing is made up for the rest.
        browser.deliver_push(
            &server.origin(),
            r#"{"title":"Herons","icon":"javascript:1"}"#,
        );
        assert_eq!(shown(&browser, &page, "Herons", 1)["body"], "");
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    /// A site whose worker shows one message while such pages are open, and a desktop to click on it.
    struct Shown {
        desktop: Desktop,
        server: Server,
        browser: Browser,
        pages: Vec<Page>,
    }

    fn shown_with(more: &str, payload: &Value, pages: &[&str]) -> Shown {
        let site = site(more);
        let server = Server::start(site.root());
        let desktop = Desktop::start();
        let browser = Browser::launch();
        let first = open(&browser, &server);
        let pages = pages.iter().map(|path| {
            let page = browser.open(&server.url(path));
            page.wait_controlled();
            page
        });
        let pages = pages.collect();
        first.close();
        browser.deliver_push(&server.origin(), &payload.to_string());
        Shown {
            desktop,
            server,
            browser,
            pages,
        }
    }

    impl Shown {
        fn wait_tabs(&self, paths: &[&str]) {
            let wanted: Vec<String> = paths.iter().map(|path| self.server.url(path)).collect();
            eventually("these tabs", || {
                (self.browser.tabs(&self.server.origin()) == wanted).then_some(())
            });
        }
    }

    pub(super) fn a_click_shows_the_page_that_has_the_address() {
        let payload = json!({ "title": "Herons", "url": "other.html" });
        let shown = shown_with("", &payload, &["/other.html", "/news.html"]);
        let other = &shown.pages[0];
        other.wait_for("!document.hasFocus()");
        shown.desktop.click("Herons", None);
        other.wait_for("document.hasFocus()");
        shown.wait_tabs(&["/news.html", "/other.html"]);
        // What was clicked is gone.
        other.wait_for("navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => !all.length)");
        assert_eq!(shown.browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_click_without_such_a_page_opens_the_address() {
        let payload = json!({ "title": "Herons", "url": "other.html" });
        let shown = shown_with("", &payload, &["/news.html"]);
        shown.desktop.click("Herons", None);
        shown.wait_tabs(&["/news.html", "/other.html"]);
    }

    pub(super) fn a_click_without_any_page_opens_the_usual_address() {
        let shown = shown_with("click = \"navigate\"", &json!({ "title": "Herons" }), &[]);
        shown.wait_tabs(&[]);
        shown.desktop.click("Herons", None);
        shown.wait_tabs(&["/news.html"]);
    }

    pub(super) fn a_click_opens_a_window_of_its_own() {
        let payload = json!({ "title": "Herons", "url": "other.html" });
        let shown = shown_with("click = \"open\"", &payload, &["/other.html"]);
        shown.desktop.click("Herons", None);
        shown.wait_tabs(&["/other.html", "/other.html"]);
    }

    pub(super) fn a_click_takes_the_last_page_to_the_address() {
        let payload = json!({ "title": "Herons", "url": "other.html#weir" });
        let shown = shown_with("click = \"navigate\"", &payload, &["/news.html"]);
        shown.desktop.click("Herons", None);
        shown.wait_tabs(&["/other.html#weir"]);
    }

    pub(super) fn a_click_asks_the_server_and_opens_nothing() {
        let payload = json!({ "title": "Herons", "id": 7 });
        let more = "click = { request = \"POST /api/seen\" }";
        for pages in [&["/other.html"][..], &[]] {
            let shown = shown_with(more, &payload, pages);
            shown.desktop.click("Herons", None);
            shown.server.wait_posts("/api/seen", 1);
            let url = shown.server.url("/news.html");
            assert_eq!(
                told(&shown.server, "/api/seen"),
                [json!({ "action": "", "url": url, "message": payload })]
            );
            assert!(shown.server.posts("/api/seen")[0].key().is_some());
            shown.wait_tabs(pages);
            std::fs::remove_file(desktop::socket()).unwrap();
        }
    }

    pub(super) fn each_button_does_its_own() {
        let payload = json!({
            "title": "Herons",
            "url": "other.html",
            "actions": [
                { "action": "read", "title": "Seen" },
                { "action": "map", "title": "Map", "url": "news.html?map" },
                { "title": "nameless" },
            ],
        });
        let more = r#"actions = [{ action = "read", title = "Mark as read", click = { request = "PUT /api/seen" } }]"#;
        let shown = shown_with(more, &payload, &["/other.html"]);
        shown.desktop.click("Herons", Some("Seen"));
        shown.server.wait_requests("/api/seen", 1);
        shown.wait_tabs(&["/other.html"]);
        shown
            .browser
            .deliver_push(&shown.server.origin(), &payload.to_string());
        shown.desktop.click("Herons", Some("Map"));
        shown.wait_tabs(&["/news.html?map", "/other.html"]);
        assert_eq!(shown.server.requests_for("/api/seen").len(), 1);
    }

    pub(super) fn a_message_delivers_what_waits() {
        let site =
            site("drain = [\"notes\"]\n[[sync]]\ntag = \"notes\"\nendpoint = \"POST /markdowns\"");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = browser.tab();
        // Nothing else is to wake the outbox.
        page.before_scripts(
            "delete window.SyncManager; delete ServiceWorkerRegistration.prototype.sync;",
        );
        page.goto(&server.url("/"));
        page.wait_controlled();
        server.fault("/markdowns", Fault::Status(503));
        page.evaluate("pwa.enqueue('notes', { text: 'a' })");
        server.wait_posts("/markdowns", 1);
        page.close();
        server.heal("/markdowns");
        browser.deliver_push(&server.origin(), "");
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
    }

    pub(super) fn a_message_counts_on_the_apps_icon_until_somebody_looks() {
        let site = site(r#"notification = { badge = "/unread" }"#);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = browser.tab();
        page.before_scripts(
            "window.cleared = 0; navigator.clearAppBadge = async () => { cleared += 1; };",
        );
        page.goto(&server.url("/"));
        page.wait_controlled();
        assert_eq!(page.evaluate("cleared"), 1);
        // As a browser does for an app that is not installed.
        browser.evaluate_in_worker(
            "self.counts = [];
            navigator.setAppBadge = async (count) => {
                counts.push(count);
                throw new DOMException('not installed', 'NotAllowedError');
            }, true",
        );
        page.evaluate(
            "addEventListener('mdpwa:push', () => { window.heard = (window.heard ?? 0) + 1; })",
        );
        page.hide();
        for payload in [
            r#"{"unread":2}"#,
            r#"{"unread":"3"}"#,
            "{}",
            r#"{"unread":0}"#,
        ] {
            browser.deliver_push(&server.origin(), payload);
        }
        page.wait_for("window.heard === 4");
        // What is no number is no count.
        assert_eq!(browser.evaluate_in_worker("counts"), json!([2, 0]));
        assert_eq!(page.evaluate("cleared"), 1);
        page.show();
        page.wait_for("cleared === 2");
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_message_comes_through_a_push_service() {
        let site = site("");
        let server = Server::start(site.root());
        let service = PushService::start();
        let browser = Browser::launch();
        browser.use_push_service(&service);
        let page = open(&browser, &server);
        assert_eq!(page.evaluate(SUBSCRIBED), json!(["granted", true, true]));
        let told = told(&server, "/api/push");
        assert_eq!(
            page.evaluate("navigator.serviceWorker.ready.then(({ pushManager }) => pushManager.getSubscription()).then((it) => it.toJSON())"),
            told[0]
        );
        let sent = send(
            &told[0],
            &json!({ "title": "Herons", "body": "Two at the weir" }),
        );
        assert!(sent.status.success(), "{sent:?}");
        service.wait_delivered(1);
        let one = shown(&browser, &page, "Herons", 1);
        assert_eq!(one["body"], "Two at the weir");
        assert_eq!(one["icon"], server.url("/icon.svg"));
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_subscription_that_its_push_service_gave_up_is_made_anew_without_a_page() {
        let site = site("");
        let server = Server::start(site.root());
        let service = PushService::start();
        let browser = Browser::launch();
        browser.use_push_service(&service);
        // Without any window the browser would end.
        let _empty = browser.tab();
        let page = open(&browser, &server);
        page.evaluate(SUBSCRIBED);
        page.close();
        service.forget_browser();
        server.wait_posts("/api/push", 2);
        let told_so_far = told(&server, "/api/push");
        let (old, new) = (&told_so_far[0], &told_so_far[1]);
        assert_ne!(new["endpoint"], old["endpoint"]);
        assert_eq!(new["replaces"], old["endpoint"]);
        let payload = json!({ "title": "Herons" });
        let refused = send(old, &payload);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("the subscription is gone"), "{said}");
        // A page finds everything in order.
        let page = open(&browser, &server);
        page.wait_for("pwa.pushState().then(({ known }) => known)");
        assert!(send(new, &payload).status.success());
        shown(&browser, &page, "Herons", 1);
        settled(&page);
        assert_eq!(told(&server, "/api/push").len(), 2);
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_click_subscribes_and_the_server_knows() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        let state = page.evaluate("pwa.pushState()");
        assert_eq!(
            state,
            json!({ "supported": true, "permission": "granted", "subscribed": false, "known": false })
        );
        assert_eq!(page.evaluate(SUBSCRIBED), json!(["granted", true, true]));
        assert_eq!(told(&server, "/api/push"), [subscription(1)]);
        // The same again is nothing new.
        assert_eq!(
            page.evaluate("pwa.requestPermission({ push: true })"),
            "granted"
        );
        assert_eq!(told(&server, "/api/push").len(), 1);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_visit_tells_the_server_again_only_when_that_is_due() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        page.evaluate(SUBSCRIBED);
        page.reload();
        settled(&page);
        assert_eq!(told(&server, "/api/push").len(), 1);
        // A day later.
        page.before_scripts(
            "{ const now = Date.now; Date.now = () => now() + 25 * 60 * 60 * 1000; }",
        );
        page.reload();
        server.wait_posts("/api/push", 2);
        assert_eq!(told(&server, "/api/push")[1], subscription(1));
    }

    pub(super) fn a_subscription_of_another_key_is_replaced() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        page.evaluate(SUBSCRIBED);
        site.configure(&toml("").replace(KEY, OTHER_KEY));
        site.build();
        browser.leave_and_return(&page, &server.url("/"));
        page.wait_controlled();
        page.update_worker();
        browser.leave_and_return(&page, &server.url("/"));
        server.wait_posts("/api/push", 2);
        let mut replaced = subscription(2);
        replaced["replaces"] = json!("https://push.example/1");
        assert_eq!(told(&server, "/api/push")[1], replaced);
    }

    pub(super) fn a_subscription_that_the_browser_dropped_is_made_anew() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        page.evaluate(SUBSCRIBED);
        page.evaluate("localStorage.removeItem('push-service')");
        page.reload();
        server.wait_posts("/api/push", 2);
        assert_eq!(
            told(&server, "/api/push")[1]["endpoint"],
            "https://push.example/2"
        );
    }

    pub(super) fn unsubscribing_tells_the_server() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        page.evaluate(SUBSCRIBED);
        assert_eq!(
            page.evaluate("pwa.unsubscribePush().then(({ subscribed }) => subscribed)"),
            false
        );
        assert_eq!(told(&server, "/api/push/end"), [subscription(1)]);
        page.reload();
        settled(&page);
        // Nobody subscribes those who left.
        assert_eq!(told(&server, "/api/push").len(), 1);
        assert_eq!(told(&server, "/api/push/end").len(), 1);
        assert_eq!(
            page.evaluate("pwa.pushState().then(({ subscribed }) => subscribed)"),
            false
        );
    }

    pub(super) fn asking_at_load_asks_once() {
        let site = site("prompt = \"load\"");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        server.wait_posts("/api/push", 1);
        page.evaluate("pwa.unsubscribePush()");
        page.reload();
        settled(&page);
        assert_eq!(told(&server, "/api/push").len(), 1);
    }

    pub(super) fn without_permission_nothing_is_subscribed() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.deny("notifications", &server.origin());
        let page = browser.tab();
        page.before_scripts(PUSH_SERVICE);
        page.goto(&server.url("/"));
        page.wait_controlled();
        assert_eq!(page.evaluate(SUBSCRIBED), json!(["denied", false, false]));
        assert_eq!(server.posts("/api/push").len(), 0);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_server_that_was_not_told_is_told_later() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        server.fault("/api/push", Fault::Status(503));
        assert_eq!(page.evaluate(SUBSCRIBED), json!(["granted", true, false]));
        server.heal("/api/push");
        page.evaluate("dispatchEvent(new Event('online'))");
        page.wait_for("pwa.pushState().then(({ known }) => known)");
        assert_eq!(
            told(&server, "/api/push"),
            [subscription(1), subscription(1)]
        );
        // So is one that was left meanwhile.
        server.refuse();
        page.evaluate("pwa.unsubscribePush().then(() => true)");
        server.accept();
        page.reload();
        server.wait_posts("/api/push/end", 1);
        assert_eq!(told(&server, "/api/push/end"), [subscription(1)]);
    }

    pub(super) fn a_login_page_is_no_acknowledgement() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = with_push_service(&browser, &server);
        for fault in [
            Fault::Body("text/html", "<h1>Log in</h1>"),
            Fault::Redirect("/news.html"),
        ] {
            server.fault("/api/push", fault);
            assert_eq!(page.evaluate(SUBSCRIBED), json!(["granted", true, false]));
        }
    }

    pub(super) fn a_message_shows_its_picture() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        browser.deliver_push(&server.origin(), r#"{"title":"Herons"}"#);
        assert_eq!(
            shown(&browser, &page, "Herons", 1)["icon"],
            server.url("/icon.svg")
        );
        assert!(
            page.fetch("/icon.svg")["text"]
                .as_str()
                .unwrap()
                .contains("svg")
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn the_next_message_is_shown() {
        let site =
            site("drain = [\"notes\"]\n[[sync]]\ntag = \"notes\"\nendpoint = \"POST /markdowns\"");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Hang);
        page.evaluate("pwa.enqueue('notes', { text: 'a' })");
        server.wait_posts("/markdowns", 1);
        browser.deliver_push(&server.origin(), r#"{"title":"Herons"}"#);
        // Shown first: the delivery that hangs does not hold it up.
        browser.wait_notification("Herons", 1);
        browser.kill_workers();
        browser.deliver_push(&server.origin(), r#"{"title":"Herons"}"#);
        browser.wait_notification("Herons", 2);
        server.heal("/markdowns");
        server.wait_effects(1);
    }
}
