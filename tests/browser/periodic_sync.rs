//! `[[periodic_sync]]`: what was fetched meanwhile is there without a network; where no browser does it, a page that is looked at does.

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_periodic_event_fetches_and_stores,
    it_works::what_comes_goes_where_the_rule_looks,
    it_works::records_are_put_into_the_apps_own_store,
    it_works::an_event_delivers_what_waits,
    it_works::an_installed_app_leaves_it_to_the_browser_until_it_is_switched_off,
    it_works::without_permission_a_visible_page_polls_and_a_hidden_one_does_not everywhere needs(Sight),
    it_works::polling_that_was_switched_off_stays_off everywhere,
    it_works::a_tag_that_is_declared_no_more_is_given_back,
    the_network_is_gone::the_browser_comes_by_itself_and_again_after_a_failure,
    the_network_is_gone::an_error_replaces_nothing,
    the_network_is_gone::a_portals_page_replaces_nothing,
    the_network_is_gone::a_redirect_replaces_nothing,
    the_worker_is_killed_midway::what_was_kept_stays_and_the_next_event_renews_it,
];

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>news</title>
<script type="module">
import * as pwa from "./register.js";
window.pwa = pwa;
window.refreshed = [];
addEventListener("mdpwa:refreshed", ({ detail }) => refreshed.push(detail.tag));
</script>"#;

const NEWS: &str = r#"
[[periodic_sync]]
tag = "news"
min_interval = "12h"
request = "GET /data/news.json"
cache = "data-v1"
"#;

const POLL: &str = "poll = { interval = \"1s\", when = \"visible\" }\n";

fn site(toml: &str) -> Site {
    let files = [("index.html", PAGE), ("data/news.json", "{\"items\":[1]}")];
    let site = Site::new(
        &files,
        &format!("[[assets]]\nexclude = [\"data/*\"]\n{toml}"),
    );
    site.build();
    site
}

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

/// The text that a cache holds for the news.
fn kept(page: &Page, cache: &str) -> Value {
    page.evaluate(&format!(
        "caches.open('{cache}').then((it) => it.match('/data/news.json')).then((it) => it ? it.text() : null)"
    ))
}

fn wait_kept(page: &Page, cache: &str, text: &str) {
    eventually("the kept answer", || {
        (kept(page, cache) == text).then_some(())
    });
}

fn asked(server: &Server) -> usize {
    server.requests_for("/data/news.json").len()
}

mod it_works {
    use super::*;

    pub(super) fn a_periodic_event_fetches_and_stores() {
        let site = site(NEWS);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        assert_eq!(kept(&page, "data-v1"), Value::Null);
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1]}");
        assert_eq!(
            page.wait_for("refreshed.length > 0 && refreshed"),
            json!(["news"])
        );
        site.write("data/news.json", "{\"items\":[1,2]}");
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1,2]}");
        // A page is not needed.
        site.write("data/news.json", "{\"items\":[]}");
        page.close();
        browser.fire_periodic_sync(&server.origin(), "news");
        eventually("a third request", || (asked(&server) == 3).then_some(()));
        let page = open(&browser, &server);
        wait_kept(&page, "data-v1", "{\"items\":[]}");
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn what_comes_goes_where_the_rule_looks() {
        let rule = "[[routes]]\nname = \"data\"\nmatch = { path = \"/data/**\" }\nstrategy = \"network-first\"\n";
        let site = site(&format!(
            "{rule}{}",
            NEWS.replace("cache = \"data-v1\"", "route = \"data\"")
        ));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        browser.fire_periodic_sync(&server.origin(), "news");
        page.wait_for("refreshed.length > 0");
        server.refuse();
        let answer = page.fetch("/data/news.json");
        assert_eq!(answer["text"], "{\"items\":[1]}");
        // The rule knows how old it is.
        let status = answer["headers"]["cache-status"].as_str().unwrap();
        let ttl: i64 = status.rsplit_once('=').unwrap().1.parse().unwrap();
        assert!(status.starts_with("mdpwa; hit") && ttl > -60, "{status}");
    }

    pub(super) fn records_are_put_into_the_apps_own_store() {
        let store = "store = { database = \"app\", store = \"news\", pointer = \"/items\" }";
        let site = site(&NEWS.replace("cache = \"data-v1\"", store));
        site.write("data/news.json", r#"{"items":[{"id":1,"a":1},{"id":2}]}"#);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        // An app that has no database yet does not get one.
        browser.fire_periodic_sync(&server.origin(), "news");
        page.wait_for("refreshed.length === 1");
        assert_eq!(page.evaluate("indexedDB.databases()"), json!([]));
        page.evaluate(
            "window.app = new Promise((resolve, reject) => {
                const request = indexedDB.open('app', 3);
                request.onupgradeneeded = () => request.result.createObjectStore('news', { keyPath: 'id' });
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            }).then(() => true)",
        );
        browser.fire_periodic_sync(&server.origin(), "news");
        page.wait_for("refreshed.length === 2");
        let rows = "new Promise((resolve) => {
            const request = indexedDB.open('app');
            request.onsuccess = () => {
                const all = request.result.transaction('news').objectStore('news').getAll();
                all.onsuccess = () => resolve(all.result);
            };
        })";
        assert_eq!(
            page.evaluate(rows),
            json!([{ "id": 1, "a": 1 }, { "id": 2 }])
        );
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn an_event_delivers_what_waits() {
        let site = site(
            "[[sync]]\ntag = \"notes\"\nendpoint = \"POST /markdowns\"\n\n[[periodic_sync]]\ntag = \"late\"\ndrain = [\"notes\"]\n",
        );
        let server = Server::start(site.root());
        let browser = Browser::launch();
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
        browser.fire_periodic_sync(&server.origin(), "late");
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
    }

    pub(super) fn an_installed_app_leaves_it_to_the_browser_until_it_is_switched_off() {
        let site = site(&format!("{NEWS}{POLL}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        // As an installed app has it.
        browser.grant("periodic-background-sync", &server.origin());
        let page = open(&browser, &server);
        let tags = "navigator.serviceWorker.ready.then((it) => it.periodicSync.getTags())";
        // Registered without a word of the page's.
        page.wait_for(&format!("{tags}.then((all) => all.includes('news'))"));
        assert_eq!(
            page.evaluate("pwa.setPeriodic('news', true)"),
            "periodicsync"
        );
        assert_eq!(page.evaluate("pwa.setPeriodic('news', false)"), "off");
        assert_eq!(page.evaluate(tags), json!([]));
        page.reload();
        page.wait_controlled();
        assert_eq!(page.evaluate("pwa.register().then(() => true)"), true);
        assert_eq!(page.evaluate(tags), json!([]));
        assert_eq!(
            page.evaluate("pwa.setPeriodic('news', true)"),
            "periodicsync"
        );
        assert_eq!(page.evaluate(tags), json!(["news"]));
        // While the browser sees to it, the page does not poll.
        assert_eq!(asked(&server), 0);
        assert_eq!(
            page.evaluate("pwa.setPeriodic('nwes', true).catch(({ name }) => name)"),
            "UnknownTagError"
        );
    }

    pub(super) fn without_permission_a_visible_page_polls_and_a_hidden_one_does_not() {
        let site = site(&format!("{NEWS}{POLL}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        assert_eq!(page.evaluate("pwa.setPeriodic('news', true)"), "polling");
        server.wait_requests("/data/news.json", 3);
        wait_kept(&page, "data-v1", "{\"items\":[1]}");
        page.hide();
        // What was under way arrives; then there is silence for several intervals.
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))");
        let before = asked(&server);
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 3_500))");
        assert_eq!(asked(&server), before);
        page.show();
        server.wait_requests("/data/news.json", before + 2);
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn polling_that_was_switched_off_stays_off() {
        let site = site(&format!("{NEWS}{POLL}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.wait_requests("/data/news.json", 1);
        assert_eq!(page.evaluate("pwa.setPeriodic('news', false)"), "off");
        page.reload();
        page.wait_controlled();
        assert_eq!(page.evaluate("pwa.register().then(() => true)"), true);
        let before = asked(&server);
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 2_500))");
        assert_eq!(asked(&server), before);
    }

    pub(super) fn a_tag_that_is_declared_no_more_is_given_back() {
        let site = site(NEWS);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("periodic-background-sync", &server.origin());
        let page = open(&browser, &server);
        page.evaluate("navigator.serviceWorker.ready.then((it) => it.periodicSync.register('olds', { minInterval: 1 }))");
        browser.fire_periodic_sync(&server.origin(), "olds");
        page.wait_for("navigator.serviceWorker.ready.then((it) => it.periodicSync.getTags()).then((all) => !all.includes('olds'))");
    }
}

mod the_network_is_gone {
    use super::*;

    fn nothing_is_replaced(break_it: impl Fn(&Server), mend_it: impl Fn(&Server)) {
        let site = site(NEWS);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1]}");
        site.write("data/news.json", "{\"items\":[1,2]}");
        break_it(&server);
        // By the end of the second attempt the first is over.
        for answered in 2..4 {
            browser.fire_periodic_sync(&server.origin(), "news");
            server.wait_requests("/data/news.json", answered);
        }
        assert_eq!(kept(&page, "data-v1"), "{\"items\":[1]}");
        assert_eq!(page.evaluate("refreshed"), json!(["news"]));
        mend_it(&server);
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1,2]}");
    }

    pub(super) fn the_browser_comes_by_itself_and_again_after_a_failure() {
        let site = site(&NEWS.replace("12h", "1s"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("periodic-background-sync", &server.origin());
        server.fault("/data/news.json", Fault::Status(503));
        let page = open(&browser, &server);
        browser.wait_log("periodicsync event failed", "news", 1);
        assert_eq!(kept(&page, "data-v1"), Value::Null);
        server.heal("/data/news.json");
        wait_kept(&page, "data-v1", "{\"items\":[1]}");
        browser.wait_log("periodicsync event completed", "news", 1);
    }

    pub(super) fn an_error_replaces_nothing() {
        nothing_is_replaced(
            |server| server.fault("/data/news.json", Fault::Status(500)),
            |server| server.heal("/data/news.json"),
        );
    }

    pub(super) fn a_portals_page_replaces_nothing() {
        let portal = Fault::Body("text/html; charset=utf-8", "<h1>Log in</h1>");
        nothing_is_replaced(
            |server| server.fault("/data/news.json", portal.clone()),
            |server| server.heal("/data/news.json"),
        );
    }

    pub(super) fn a_redirect_replaces_nothing() {
        nothing_is_replaced(
            |server| server.fault("/data/news.json", Fault::Redirect("/register.js")),
            |server| server.heal("/data/news.json"),
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn what_was_kept_stays_and_the_next_event_renews_it() {
        let site = site(NEWS);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1]}");
        site.write("data/news.json", "{\"items\":[1,2]}");
        server.fault("/data/news.json", Fault::Hang);
        browser.fire_periodic_sync(&server.origin(), "news");
        server.wait_requests("/data/news.json", 2);
        browser.kill_workers();
        assert_eq!(kept(&page, "data-v1"), "{\"items\":[1]}");
        server.heal("/data/news.json");
        browser.fire_periodic_sync(&server.origin(), "news");
        wait_kept(&page, "data-v1", "{\"items\":[1,2]}");
    }
}
