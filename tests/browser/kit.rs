//! The kit itself: what every other spec takes for granted, shown with a worker written by hand.

use std::fs;

use crate::browser::Browser;
use crate::devtools::eventually;
use crate::network;
use crate::runner;
use crate::server::{Fault, Server};

crate::tests![
    it_works::a_sync_event_fires_and_the_browser_retries_by_itself,
    it_works::a_notification_appears,
    it_works::a_page_is_answered_by_the_worker_while_the_server_refuses everywhere,
    it_works::a_tag_survives_a_crash_of_the_browser,
    it_works::what_goes_wrong_is_known_of_whom everywhere needs(Errors),
    the_network_is_gone::a_sync_event_waits_for_the_wifi_with_the_tab_closed,
    the_worker_is_killed_midway::the_browser_fires_the_event_again,
];

const PAGE: &str = "<!doctype html><title>kit</title><h1>kit</h1>";

const WORKER: &str = r#"
addEventListener("install", (event) =>
    event.waitUntil(caches.open("kit").then((cache) => cache.add("/"))));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
    if (event.request.mode === "navigate") event.respondWith(caches.match("/"));
});
async function post(tag) {
    const response = await fetch("/markdowns", { method: "POST", body: JSON.stringify({ tag }) });
    if (!response.ok) throw new Error(`${response.status}`);
    if (Notification.permission === "granted") await registration.showNotification("sent", { body: tag });
}
addEventListener("sync", (event) => event.waitUntil(post(event.tag)));
addEventListener("message", ({ data }) => {
    Promise.reject(new Error(`rejected ${data}`));
    throw new Error(`thrown ${data}`);
});
"#;

fn start() -> Server {
    let site = runner::folder().join("site");
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("index.html"), PAGE).unwrap();
    fs::write(site.join("worker.js"), WORKER).unwrap();
    Server::start(&site)
}

const REGISTER: &str = "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => true)";

fn sync(tag: &str) -> String {
    format!(
        "navigator.serviceWorker.ready.then((registration) => registration.sync.register('{tag}'))"
    )
}

mod it_works {
    use super::*;

    pub(super) fn a_sync_event_fires_and_the_browser_retries_by_itself() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        server.fault("/markdowns", Fault::Status(500));
        page.evaluate(&sync("notes"));
        browser.wait_log("sync event failed", "notes", 2);
        assert!(server.effects().is_empty());
        server.heal("/markdowns");
        browser.wait_log("Sync completed", "notes", 1);
        assert_eq!(server.effects().len(), 1);
    }

    pub(super) fn a_notification_appears() {
        let server = start();
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        page.evaluate(&sync("notes"));
        browser.wait_notification("sent", 1);
        let shown = page.wait_for(
            "navigator.serviceWorker.ready
                .then((registration) => registration.getNotifications())
                .then((shown) => shown.length > 0 && shown.map(({ title }) => title))",
        );
        assert_eq!(shown, serde_json::json!(["sent"]));
    }

    pub(super) fn a_page_is_answered_by_the_worker_while_the_server_refuses() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        page.wait_controlled();
        server.refuse();
        assert!(page.goto(&server.url("/anything")).from_worker);
        assert_eq!(page.evaluate("document.title"), "kit");
        assert_eq!(page.fetch("/worker.js")["error"], "TypeError");
        server.accept();
        assert_eq!(page.fetch("/worker.js")["text"], WORKER);
    }

    pub(super) fn a_tag_survives_a_crash_of_the_browser() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        server.refuse();
        page.evaluate(&sync("notes"));
        browser.wait_log("sync event failed", "notes", 1);
        browser.crash();
        server.accept();
        let browser = Browser::launch();
        server.wait_effects(1);
        browser.wait_log("Sync completed", "notes", 1);
    }

    pub(super) fn what_goes_wrong_is_known_of_whom() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        page.wait_controlled();
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
        page.evaluate(
            "setTimeout(() => {
                navigator.serviceWorker.controller.postMessage('in the worker');
                Promise.reject(new Error('rejected in the page'));
                throw new Error('thrown in the page');
            }), true",
        );
        for (whose, complaints) in [
            ("page", &(|| page.complaints()) as &dyn Fn() -> Vec<String>),
            ("worker", &|| browser.worker_errors()),
        ] {
            eventually(&format!("what goes wrong in the {whose}"), || {
                let all = complaints();
                let foreign = all
                    .iter()
                    .find(|one| !one.contains(&format!("in the {whose}")));
                assert_eq!(foreign, None);
                let is_told = |deed: &str| all.iter().any(|one| one.contains(deed));
                (is_told("thrown") && is_told("rejected")).then_some(())
            });
        }
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_sync_event_waits_for_the_wifi_with_the_tab_closed() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        server.refuse();
        network::wifi_off();
        page.evaluate(&sync("notes"));
        page.close();
        assert!(
            browser
                .log()
                .iter()
                .all(|entry| entry.name == "Registered sync"),
            "{:?}",
            browser.log()
        );
        server.accept();
        assert!(server.posts("/markdowns").is_empty());
        network::wifi_on();
        server.wait_effects(1);
        browser.wait_log("Sync completed", "notes", 1);
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn the_browser_fires_the_event_again() {
        let server = start();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.evaluate(REGISTER);
        server.fault("/markdowns", Fault::HoldAnswer);
        page.evaluate(&sync("notes"));
        server.wait_effects(1);
        browser.kill_workers();
        browser.wait_log("sync event failed", "notes", 1);
        server.heal("/markdowns");
        browser.wait_log("Sync completed", "notes", 1);
        assert_eq!(server.effects().len(), 2);
        assert!(browser.worker_errors().is_empty());
    }
}
