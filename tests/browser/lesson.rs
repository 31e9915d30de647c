//! A page that knows nothing of mdpwa: it owns its database, registers a worker by name and asks for a sync.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::network;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::the_whole_store_is_sent_as_one_list,
    it_works::a_notification_appears,
    it_works::an_unchanged_store_is_not_sent_again,
    it_works::a_worker_that_runs_first_does_not_make_the_database,
    it_works::the_version_of_the_database_stays_as_it_is,
    it_works::an_upgrade_by_the_page_is_not_held_up_by_a_drain,
    it_works::rows_saved_before_there_was_a_worker_are_sent,
    the_network_is_gone::the_page_loads_with_the_server_stopped,
    the_network_is_gone::what_is_saved_meanwhile_is_delivered_once,
    the_network_is_gone::a_server_error_keeps_the_rows_and_rejects_the_event,
    the_network_is_gone::a_closed_tab_delivers_when_the_wifi_is_back,
    the_worker_is_killed_midway::between_request_and_response_nothing_is_lost,
];

const TAG: &str = "persistToDatabase";

/// The lesson's page, and one that only registers the worker and does not touch the database.
fn lesson() -> Site {
    let site = Site::copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/sites/lesson"),
        "public",
    );
    site.write("blank.html", "<!doctype html><title>blank</title><script>navigator.serviceWorker.register('./service-worker.js')</script>");
    site.build();
    site
}

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

fn save(page: &Page, markdown: &str) {
    let before = page.evaluate("document.querySelectorAll('#files li').length");
    page.fill("#editor", markdown);
    page.click("#save");
    page.wait_for(&format!(
        "document.querySelectorAll('#files li').length > {before}"
    ));
    page.wait_for("document.querySelector('#status').textContent === 'Saved, sync requested'");
}

/// What the server has been given, list by list.
fn lists(server: &Server) -> Vec<Vec<String>> {
    let text = |file: &Value| file["content"].as_str().unwrap().to_string();
    let effects = server.effects();
    let lists = effects
        .iter()
        .map(|effect| effect["markdowns"].as_array().expect("a list of markdowns"));
    lists.map(|list| list.iter().map(text).collect()).collect()
}

fn databases(page: &Page) -> Value {
    page.evaluate("indexedDB.databases().then((all) => all.filter(({ name }) => name === 'mdFileHistory').map(({ version }) => version))")
}

fn rows(page: &Page) -> Value {
    page.evaluate("inHistory('readonly', (store) => store.count())")
}

mod it_works {
    use super::*;

    pub(super) fn the_whole_store_is_sent_as_one_list() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "one");
        browser.wait_log("Sync completed", TAG, 1);
        save(&page, "two");
        browser.wait_log("Sync completed", TAG, 2);
        assert_eq!(lists(&server), [vec!["one"], vec!["one", "two"]]);
        assert!(
            server
                .posts("/markdowns")
                .iter()
                .all(|post| post.key().is_none())
        );
        assert_eq!(rows(&page), 2);
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_notification_appears() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = open(&browser, &server);
        save(&page, "one");
        browser.wait_notification("Markdowns synced to server", 1);
        let shown = page.wait_for(
            "navigator.serviceWorker.ready
                .then((registration) => registration.getNotifications())
                .then((shown) => shown.length > 0 && shown.map(({ title }) => title))",
        );
        assert_eq!(shown, json!(["Markdowns synced to server"]));
    }

    pub(super) fn an_unchanged_store_is_not_sent_again() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "one");
        browser.wait_log("Sync completed", TAG, 1);
        page.evaluate(&format!(
            "navigator.serviceWorker.ready.then((it) => it.sync.register('{TAG}'))"
        ));
        browser.wait_log("Sync completed", TAG, 2);
        page.reload();
        assert_eq!(server.posts("/markdowns").len(), 1);
    }

    pub(super) fn a_worker_that_runs_first_does_not_make_the_database() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/blank.html"));
        page.wait_controlled();
        page.evaluate(&format!(
            "navigator.serviceWorker.ready.then((it) => it.sync.register('{TAG}'))"
        ));
        browser.wait_log("Sync completed", TAG, 1);
        browser.kill_workers();
        page.goto(&server.url("/blank.html"));
        browser.fire_sync(&server.origin(), TAG, false);
        assert_eq!(databases(&page), json!([]));
        assert!(server.posts("/markdowns").is_empty());
        page.goto(&server.url("/"));
        save(&page, "one");
        browser.wait_log("Sync completed", TAG, 2);
        assert_eq!(databases(&page), json!([8]));
        assert_eq!(lists(&server), [vec!["one"]]);
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn the_version_of_the_database_stays_as_it_is() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "one");
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(databases(&page), json!([8]));
        let stores = "openHistory().then((history) => { const names = [...history.objectStoreNames]; history.close(); return names; })";
        assert_eq!(page.evaluate(stores), json!(["mdFiles"]));
        assert_eq!(rows(&page), 1);
    }

    pub(super) fn an_upgrade_by_the_page_is_not_held_up_by_a_drain() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        save(&page, "one");
        server.wait_effects(1);
        let upgraded = page.evaluate(
            "new Promise((resolve) => {
                const request = indexedDB.open('mdFileHistory', 9);
                request.onblocked = () => resolve('blocked');
                request.onsuccess = () => { request.result.close(); resolve('upgraded'); };
                request.onerror = () => resolve(request.error.name);
            })",
        );
        assert_eq!(upgraded, "upgraded");
        server.heal("/markdowns");
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(databases(&page), json!([9]));
    }

    pub(super) fn rows_saved_before_there_was_a_worker_are_sent() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        server.fault("/service-worker.js", Fault::Status(404));
        let page = browser.open(&server.url("/"));
        for text in ["one", "two"] {
            page.evaluate(&format!("inHistory('readwrite', (store) => store.put({{ createdAt: '{text}', content: '{text}' }})).then(() => true)"));
        }
        server.heal("/service-worker.js");
        page.goto(&server.url("/"));
        page.wait_controlled();
        page.evaluate(&format!(
            "navigator.serviceWorker.ready.then((it) => it.sync.register('{TAG}'))"
        ));
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(lists(&server), [vec!["one", "two"]]);
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_page_loads_with_the_server_stopped() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "one");
        server.refuse();
        assert!(page.reload().from_worker);
        page.wait_for("document.querySelector('#files li')?.textContent === 'one'");
        assert_eq!(page.complaints(), Vec::<String>::new());
    }

    pub(super) fn what_is_saved_meanwhile_is_delivered_once() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        save(&page, "one");
        browser.wait_log("sync event failed", TAG, 1);
        server.accept();
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(lists(&server), [vec!["one"]]);
        assert_eq!(rows(&page), 1);
    }

    pub(super) fn a_server_error_keeps_the_rows_and_rejects_the_event() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Status(500));
        save(&page, "one");
        browser.wait_log("sync event failed", TAG, 2);
        assert_eq!(rows(&page), 1);
        assert!(
            browser
                .log()
                .iter()
                .all(|entry| entry.name != "Sync completed"),
            "{:#?}",
            browser.log()
        );
        server.heal("/markdowns");
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(lists(&server), [vec!["one"]]);
    }

    pub(super) fn a_closed_tab_delivers_when_the_wifi_is_back() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        network::wifi_off();
        save(&page, "one");
        page.close();
        server.accept();
        network::wifi_on();
        browser.wait_log("Sync completed", TAG, 1);
        assert_eq!(lists(&server), [vec!["one"]]);
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn between_request_and_response_nothing_is_lost() {
        let site = lesson();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        save(&page, "one");
        server.wait_effects(1);
        browser.kill_workers();
        assert_eq!(rows(&page), 1);
        server.heal("/markdowns");
        browser.wait_log("Sync completed", TAG, 1);
        // A snapshot may arrive twice, as this server replaces its list; but never another one.
        let mut known = lists(&server);
        known.dedup();
        assert_eq!(known, [vec!["one"]]);
        eventually("the rows as they were", || (rows(&page) == 1).then_some(()));
    }
}
