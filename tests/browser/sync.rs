//! `[[sync]]`: what was saved arrives, once, whatever happens meanwhile.

use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::chromium::Entry;
use crate::devtools::eventually;
use crate::engine::Need;
use crate::network;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::the_example_delivers_a_saved_markdown everywhere,
    it_works::a_notification_appears_when_permission_was_given everywhere needs(Permission),
    it_works::no_permission_is_no_reason_to_fail_or_to_send_again everywhere needs(Permission),
    it_works::what_is_enqueued_arrives_in_order_and_once everywhere,
    it_works::enqueue_resolves_before_any_network_is_asked,
    it_works::the_same_id_twice_is_one_entry everywhere,
    it_works::what_no_tag_takes_is_refused_at_once,
    it_works::every_open_page_hears_what_became_of_it,
    it_works::the_declared_message_reaches_every_page,
    it_works::a_pages_own_message_wakes_the_tag,
    it_works::an_empty_outbox_asks_nobody_and_shows_nothing,
    it_works::what_was_acknowledged_is_not_sent_again,
    it_works::a_note_edited_on_its_way_is_sent_again,
    it_works::a_first_visit_without_a_worker_can_enqueue everywhere,
    it_works::many_tabs_at_once_send_each_entry_once everywhere,
    the_network_is_gone::the_example_loads_with_the_server_stopped,
    the_network_is_gone::a_markdown_saved_meanwhile_is_delivered_exactly_once,
    the_network_is_gone::a_server_error_keeps_the_record_and_rejects_the_event,
    the_network_is_gone::after_the_browsers_last_attempt_the_next_load_delivers,
    the_network_is_gone::a_portals_page_is_no_success everywhere,
    the_network_is_gone::a_redirect_is_no_success,
    the_network_is_gone::a_busy_server_is_left_alone_as_long_as_it_asks everywhere,
    the_network_is_gone::a_refused_entry_does_not_hold_up_the_rest everywhere,
    the_network_is_gone::a_closed_tab_delivers_when_the_wifi_is_back,
    the_network_is_gone::a_crash_of_the_browser_loses_nothing everywhere needs(Profile),
    the_network_is_gone::without_background_sync_the_next_load_delivers everywhere,
    the_network_is_gone::without_background_sync_a_page_that_knows_nothing_of_it_delivers everywhere needs(Kill),
    the_network_is_gone::without_any_worker_the_page_delivers everywhere,
    the_network_is_gone::a_module_that_could_not_be_loaded_is_asked_for_again everywhere,
    the_network_is_gone::without_background_sync_being_online_again_delivers everywhere needs(Scripts),
    the_network_is_gone::without_background_sync_being_seen_again_delivers everywhere needs(Sight),
    the_network_is_gone::waiting_without_a_network_costs_no_work,
    the_worker_is_killed_midway::between_request_and_response_nothing_is_lost_or_doubled,
    the_worker_is_killed_midway::before_the_request_arrives_nothing_is_lost,
    the_worker_is_killed_midway::with_the_tab_closed_the_browser_delivers,
    the_worker_is_killed_midway::a_lost_answer_doubles_nothing,
    the_worker_is_killed_midway::an_update_in_flight_loses_nothing,
];

const NOTES: &str = r#"
[endpoints.markdowns]
url = "/markdowns"
method = "POST"

[[sync]]
tag = "notes"
endpoint = "markdowns"
body = "$payload"
batch = { max_records = 1 }
notification = { title = "{count} notes sent", title_one = "A note was sent" }
client_message = { type = "notes-sent" }
trigger = { message = "send-notes" }
"#;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>notes</title>
<script type="module">
import * as pwa from "./register.js";
window.pwa = pwa;
window.heard = [];
pwa.subscribe((event) => heard.push(event));
window.messages = [];
navigator.serviceWorker.addEventListener("message", ({ data }) => messages.push(data));
navigator.serviceWorker.startMessages();
</script>"#;

/// As a browser without Background Sync has it.
const NO_SYNC: &str = "delete window.SyncManager; delete ServiceWorkerRegistration.prototype.sync;";

fn notes() -> Site {
    let site = Site::new(&[("index.html", PAGE)], NOTES);
    site.build();
    site
}

fn example() -> Site {
    let site = Site::copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("example"),
        "public",
    );
    site.build();
    site
}

/// The site's page, with its worker in control.
fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

/// Writes and saves a note in the example.
fn save(page: &Page, markdown: &str) {
    page.fill("#editor", markdown);
    page.click("#save");
    page.wait_for("document.querySelector('#notes li')");
}

fn enqueue(page: &Page, payload: &Value) -> Value {
    page.evaluate(&format!("pwa.enqueue('notes', {payload})"))
}

/// A tab as in a browser without Background Sync.
fn tab_without_sync(browser: &Browser) -> Page {
    let page = browser.tab();
    if browser.has(Need::Sync) {
        page.before_scripts(NO_SYNC);
    }
    page
}

/// Nothing was delivered by an event of Background Sync.
fn assert_no_sync_event(browser: &Browser) {
    if browser.has(Need::Sync) {
        assert_eq!(browser.log(), []);
    }
}

/// How many entries wait for their delivery, for whatever reason.
fn pending(page: &Page) -> Value {
    page.evaluate(
        "pwa.getState().then(([{ pending, inFlight, parked }]) => pending + inFlight + parked)",
    )
}

/// The titles of the notifications that are shown.
fn notifications(page: &Page) -> Value {
    page.evaluate("navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map(({ title }) => title))")
}

/// The markdowns of the example that the server has saved, each as often as it was.
fn saved(server: &Server) -> Vec<String> {
    let effects = server.effects();
    let lists = effects
        .iter()
        .map(|effect| effect["markdowns"].as_array().expect("a list of markdowns"));
    lists
        .flatten()
        .map(|note| note["markdown"].as_str().unwrap().to_string())
        .collect()
}

/// All posts of one key are one request, to the byte.
fn assert_same_bytes_under_each_key(server: &Server) {
    let posts = server.posts("/markdowns");
    for post in &posts {
        let key = post.key().expect("a key for the server");
        for other in posts.iter().filter(|other| other.key() == Some(key)) {
            assert_eq!(post.body, other.body);
        }
    }
}

mod it_works {
    use super::*;

    pub(super) fn the_example_delivers_a_saved_markdown() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "# Hello\n\nA *note*.");
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        assert_eq!(saved(&server), ["# Hello\n\nA *note*."]);
        assert_eq!(
            page.evaluate("document.querySelector('#preview h1').textContent"),
            "Hello"
        );
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_notification_appears_when_permission_was_given() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = open(&browser, &server);
        save(&page, "# Hello");
        server.wait_effects(1);
        browser.wait_notification("Markdowns synced to server", 1);
        eventually("the notification", || {
            (notifications(&page) == json!(["Markdowns synced to server"])).then_some(())
        });
        // A second delivery takes the place of the first notice instead of piling up.
        page.click("#new");
        save(&page, "# Hello again");
        server.wait_effects(2);
        page.wait_for("document.querySelectorAll('#notes li[data-status=synced]').length === 2");
        browser.wait_notification("Markdowns synced to server", 2);
        eventually("one notification", || {
            (notifications(&page) == json!(["Markdowns synced to server"])).then_some(())
        });
    }

    pub(super) fn no_permission_is_no_reason_to_fail_or_to_send_again() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.deny("notifications", &server.origin());
        let page = open(&browser, &server);
        enqueue(&page, &json!({ "text": "a" }));
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.posts("/markdowns").len(), 1);
        if browser.has(Need::Sync) {
            browser.wait_log("Sync completed", "notes", 1);
            let failed = |entry: &Entry| entry.name == "sync event failed";
            assert!(!browser.log().iter().any(failed));
        }
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn what_is_enqueued_arrives_in_order_and_once() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate("(async () => { for (const n of [1, 2, 3, 4, 5]) await pwa.enqueue('notes', { n }); })()");
        server.wait_effects(5);
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.effects(), [1, 2, 3, 4, 5].map(|n| json!({ "n": n })));
        let keys: std::collections::BTreeSet<_> = server
            .posts("/markdowns")
            .iter()
            .map(|post| post.key().unwrap().to_string())
            .collect();
        assert_eq!(keys.len(), 5);
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn enqueue_resolves_before_any_network_is_asked() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Hang);
        let receipt = enqueue(&page, &json!({ "text": "a" }));
        assert_eq!(receipt["tag"], "notes");
        assert_eq!(receipt["state"], "pending");
        assert_eq!(pending(&page), 1);
        server.heal("/markdowns");
        server.wait_effects(1);
    }

    pub(super) fn the_same_id_twice_is_one_entry() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Hang);
        let twice = page.evaluate("Promise.all([1, 2].map(() => pwa.enqueue('notes', { text: 'a' }, { id: 'double-click' })))");
        assert_eq!(twice[0], twice[1]);
        assert_eq!(pending(&page), 1);
        server.heal("/markdowns");
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.effects().len(), 1);
    }

    pub(super) fn what_no_tag_takes_is_refused_at_once() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let refused = |call: &str| {
            page.evaluate(&format!(
                "{call}.then(() => 'taken', (error) => error.name)"
            ))
        };
        assert_eq!(refused("pwa.enqueue('nots', {})"), "UnknownTagError");
        assert_eq!(
            refused("pwa.enqueue('notes', { open: () => 1 })"),
            "PayloadError"
        );
        assert_eq!(refused("pwa.flush('nots')"), "UnknownTagError");
        assert_eq!(pending(&page), 0);
    }

    pub(super) fn every_open_page_hears_what_became_of_it() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let (one, other) = (open(&browser, &server), open(&browser, &server));
        // Its ears are in a module that comes after the page.
        other.evaluate("pwa.getState().then(() => true)");
        let receipt = enqueue(&one, &json!({ "text": "a" }));
        for page in [&one, &other] {
            page.wait_for("heard.some(({ type }) => type === 'drained')");
            let heard = page.evaluate("heard.map(({ type, tag, ids }) => [type, tag, ...ids])");
            let id = &receipt["id"];
            assert_eq!(
                heard,
                json!([
                    ["queued", "notes", id],
                    ["sent", "notes", id],
                    ["drained", "notes"]
                ])
            );
            assert_eq!(
                page.evaluate("heard.every(({ n }, i) => i === 0 || n > heard[i - 1].n)"),
                true
            );
        }
    }

    pub(super) fn the_declared_message_reaches_every_page() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let (one, other) = (open(&browser, &server), open(&browser, &server));
        enqueue(&one, &json!({ "text": "a" }));
        for page in [&one, &other] {
            page.wait_for("messages.some((message) => message?.type === 'notes-sent')");
        }
    }

    pub(super) fn a_pages_own_message_wakes_the_tag() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Status(500));
        enqueue(&page, &json!({ "text": "a" }));
        server.wait_posts("/markdowns", 1);
        server.heal("/markdowns");
        page.evaluate("navigator.serviceWorker.controller.postMessage({ type: 'send-notes' })");
        server.wait_effects(1);
    }

    pub(super) fn an_empty_outbox_asks_nobody_and_shows_nothing() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        browser.grant("notifications", &server.origin());
        let page = open(&browser, &server);
        page.evaluate("navigator.serviceWorker.ready.then((it) => it.sync.register('notes'))");
        browser.wait_log("Sync completed", "notes", 1);
        page.evaluate(
            "navigator.serviceWorker.ready.then((it) => it.sync.register('no-such-tag'))",
        );
        browser.wait_log("Sync completed", "no-such-tag", 1);
        assert!(server.posts("/markdowns").is_empty());
        assert_eq!(notifications(&page), json!([]));
    }

    pub(super) fn what_was_acknowledged_is_not_sent_again() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        save(&page, "# Hello");
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        let before = browser
            .log()
            .iter()
            .filter(|entry| entry.name == "Sync completed")
            .count();
        browser.fire_sync(&server.origin(), "persistToDatabase", false);
        page.evaluate(
            "navigator.serviceWorker.ready.then((it) => it.sync.register('persistToDatabase'))",
        );
        browser.wait_log("Sync completed", "persistToDatabase", before + 1);
        page.reload();
        page.evaluate("import('/register.js').then(({ flush }) => flush())");
        assert_eq!(server.posts("/markdowns").len(), 1);
    }

    pub(super) fn a_note_edited_on_its_way_is_sent_again() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        save(&page, "# First thought");
        server.wait_effects(1);
        save(&page, "# Second thought");
        page.wait_for(
            "document.querySelector('#notes .note-title').textContent === 'Second thought'",
        );
        server.heal("/markdowns");
        server.wait_effects(2);
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        assert_eq!(saved(&server), ["# First thought", "# Second thought"]);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn a_first_visit_without_a_worker_can_enqueue() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        server.fault("/service-worker.js", Fault::Hang);
        let page = browser.open(&server.url("/"));
        page.wait_for("window.pwa && true");
        enqueue(&page, &json!({ "text": "a" }));
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }

    pub(super) fn many_tabs_at_once_send_each_entry_once() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tabs: Vec<Page> = (0..4).map(|_| open(&browser, &server)).collect();
        server.refuse();
        let many = "Promise.all(Array.from({ length: 20 }, (_, n) => pwa.enqueue('notes', { n }))).then(() => true)";
        tabs[0].evaluate(many);
        server.accept();
        server.forget_requests();
        for tab in &tabs {
            tab.evaluate("void pwa.flush('notes', { force: true })");
        }
        if browser.has(Need::Sync) {
            browser.fire_sync(&server.origin(), "notes", false);
        }
        eventually("an empty outbox", || (pending(&tabs[0]) == 0).then_some(()));
        assert_eq!(
            server.effects(),
            (0..20).map(|n| json!({ "n": n })).collect::<Vec<_>>()
        );
        assert_eq!(server.posts("/markdowns").len(), 20);
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_example_loads_with_the_server_stopped() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        assert!(page.reload().from_worker);
        page.fill("#editor", "# Hello\n\nA *note*.");
        page.wait_for("document.querySelector('#preview em')?.textContent === 'note'");
        assert_eq!(page.wait_for("document.fonts.ready.then((fonts) => [...fonts].filter(({ status }) => status === 'error').length + 1)"), 1);
        assert!(
            page.answers()
                .iter()
                .skip_while(|answer| !answer.from_worker)
                .all(|answer| answer.status == 200)
        );
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
        // Another tab, and a browser that was restarted in between.
        browser.quit();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.fill("#editor", "# Again");
        page.wait_for("document.querySelector('#preview h1')?.textContent === 'Again'");
    }

    pub(super) fn a_markdown_saved_meanwhile_is_delivered_exactly_once() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        page.reload();
        save(&page, "# Written offline");
        assert_eq!(
            page.evaluate("document.querySelector('#notes li').dataset.status"),
            "waiting"
        );
        browser.wait_log("sync event failed", "persistToDatabase", 1);
        assert_eq!(
            page.evaluate("document.querySelector('#notes li').dataset.status"),
            "waiting"
        );
        server.accept();
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        browser.wait_log("Sync completed", "persistToDatabase", 1);
        assert_eq!(saved(&server), ["# Written offline"]);
        assert_same_bytes_under_each_key(&server);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_server_error_keeps_the_record_and_rejects_the_event() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Status(500));
        save(&page, "# Hello");
        browser.wait_log("sync event failed", "persistToDatabase", 2);
        assert!(
            browser
                .log()
                .iter()
                .all(|entry| entry.name != "Sync completed"),
            "{:#?}",
            browser.log()
        );
        assert_eq!(
            page.evaluate("document.querySelector('#notes li').dataset.status"),
            "waiting"
        );
        assert_eq!(saved(&server), Vec::<String>::new());
        server.heal("/markdowns");
        browser.wait_log("Sync completed", "persistToDatabase", 1);
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        assert_eq!(saved(&server), ["# Hello"]);
        assert_same_bytes_under_each_key(&server);
        // By which it asked the browser to come again.
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn after_the_browsers_last_attempt_the_next_load_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.wait_for("window.pwa && true");
        server.fault("/markdowns", Fault::Status(500));
        enqueue(&page, &json!({ "text": "a" }));
        browser.wait_log("sync event failed", "notes", 1);
        // The last attempt finds the work held back, as nobody asks a server that failed just now.
        browser.fire_sync(&server.origin(), "notes", true);
        assert_eq!(pending(&page), 1);
        assert!(server.effects().is_empty());
        server.heal("/markdowns");
        page.reload();
        server.wait_effects(1);
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_same_bytes_under_each_key(&server);
    }

    /// An answer that only looks like one: the entry stays until there is a real one.
    fn is_no_success(fault: Fault) {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", fault);
        enqueue(&page, &json!({ "text": "a" }));
        page.wait_for("heard.some(({ type }) => type === 'retrying')");
        assert_eq!(pending(&page), 1);
        server.heal("/markdowns");
        page.evaluate("pwa.flush('notes', { force: true })");
        assert_eq!(pending(&page), 0);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn a_portals_page_is_no_success() {
        is_no_success(Fault::Body(
            "text/html",
            "<!doctype html><title>Welcome to our wifi</title>",
        ));
    }

    pub(super) fn a_redirect_is_no_success() {
        is_no_success(Fault::Redirect("/index.html"));
    }

    pub(super) fn a_busy_server_is_left_alone_as_long_as_it_asks() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::StatusHeader(503, "retry-after", "9"));
        enqueue(&page, &json!({ "text": "a" }));
        server.wait_posts("/markdowns", 1);
        server.heal("/markdowns");
        // Neither impatience nor a visit nor the browser's own retry changes what the server has asked for.
        page.evaluate("void pwa.flush('notes', { force: true })");
        page.reload();
        thread::sleep(Duration::from_millis(2500));
        assert_eq!(server.posts("/markdowns").len(), 1);
        server.wait_effects(1);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn a_refused_entry_does_not_hold_up_the_rest() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Status(400));
        enqueue(&page, &json!({ "n": 1 }));
        page.wait_for("heard.some(({ type }) => type === 'dead')");
        server.heal("/markdowns");
        enqueue(&page, &json!({ "n": 2 }));
        server.wait_effects(1);
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(
            page.evaluate("pwa.getState().then(([{ dead }]) => dead)"),
            1
        );
        assert_eq!(server.effects(), [json!({ "n": 2 })]);
        let dead = page.evaluate("heard.find(({ type }) => type === 'dead').failure");
        assert_eq!(
            (&dead["status"], &dead["outcome"]),
            (&json!(400), &json!("rejected"))
        );
        // Nothing that a retry could help is left.
        if browser.has(Need::Sync) {
            browser.wait_log("Sync completed", "notes", 1);
        }
    }

    pub(super) fn a_closed_tab_delivers_when_the_wifi_is_back() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        network::wifi_off();
        page.wait_for("!navigator.onLine");
        save(&page, "# Written on the train");
        page.close();
        // The worker may be sitting out a short wait, and loopback is there without wifi.
        browser.kill_workers();
        server.accept();
        thread::sleep(Duration::from_millis(300));
        assert!(server.posts("/markdowns").is_empty());
        network::wifi_on();
        server.wait_effects(1);
        browser.wait_log("Sync completed", "persistToDatabase", 1);
        assert_eq!(saved(&server), ["# Written on the train"]);
        let page = browser.open(&server.url("/"));
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
    }

    pub(super) fn a_crash_of_the_browser_loses_nothing() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        enqueue(&page, &json!({ "text": "a" }));
        browser.crash();
        server.accept();
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.wait_for("window.pwa && true");
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
    }

    /// A tab as in a browser without Background Sync, with one entry that waits.
    fn waiting_without_sync(browser: &Browser, server: &Server) -> Page {
        let page = tab_without_sync(browser);
        page.goto(&server.url("/"));
        page.wait_controlled();
        server.refuse();
        assert_eq!(
            page.evaluate("pwa.register().then(({ backgroundSync }) => backgroundSync)"),
            false
        );
        enqueue(&page, &json!({ "text": "a" }));
        page.wait_for("heard.some(({ type }) => type === 'retrying')");
        assert_eq!(pending(&page), 1);
        page
    }

    pub(super) fn without_background_sync_the_next_load_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let before = waiting_without_sync(&browser, &server);
        let page = tab_without_sync(&browser);
        before.close();
        server.accept();
        page.goto(&server.url("/"));
        server.wait_effects(1);
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_no_sync_event(&browser);
    }

    pub(super) fn without_background_sync_a_page_that_knows_nothing_of_it_delivers() {
        let site = notes();
        site.write("plain.html", "<!doctype html><title>plain</title>");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        waiting_without_sync(&browser, &server).close();
        browser.kill_workers();
        server.accept();
        browser.open(&server.url("/plain.html"));
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
    }

    /// Some browsers have none in private windows, or where their owner wants it so.
    pub(super) fn without_any_worker_the_page_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        server.fault("/service-worker.js", Fault::Status(404));
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.wait_for("window.pwa && true");
        server.wait_requests("/register-drain.js", 1);
        enqueue(&page, &json!({ "text": "none" }));
        server.wait_effects(1);
        server.refuse();
        enqueue(&page, &json!({ "text": "a" }));
        page.wait_for("heard.some(({ type }) => type === 'retrying')");
        server.accept();
        server.wait_effects(2);
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(
            server.effects(),
            [json!({ "text": "none" }), json!({ "text": "a" })]
        );
        let workers = "navigator.serviceWorker.getRegistrations().then((all) => all.length)";
        assert_eq!(page.evaluate(workers), 0);
    }

    pub(super) fn a_module_that_could_not_be_loaded_is_asked_for_again() {
        let site = notes();
        let server = Server::start(site.root());
        server.fault("/service-worker.js", Fault::Status(404));
        for module in ["/register-sync.js", "/register-drain.js"] {
            server.fault(module, Fault::Status(503));
        }
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.wait_for("window.pwa && true");
        assert_eq!(
            page.evaluate("pwa.enqueue('notes', {}).catch(({ name }) => name)"),
            "TypeError"
        );
        server.heal("/register-sync.js");
        enqueue(&page, &json!({ "text": "a" }));
        server.wait_requests("/register-drain.js", 2);
        assert_eq!(pending(&page), 1);
        server.heal("/register-drain.js");
        page.evaluate("pwa.flush('notes').then(() => true)");
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
    }

    pub(super) fn without_background_sync_being_online_again_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = tab_without_sync(&browser);
        // A page's timers would deliver as well, only later.
        page.before_scripts("const real = setTimeout; window.setTimeout = (f, after, ...rest) => real(f, after + 120_000, ...rest);");
        page.goto(&server.url("/"));
        page.wait_controlled();
        server.refuse();
        network::wifi_off();
        page.wait_for("!navigator.onLine");
        enqueue(&page, &json!({ "text": "a" }));
        page.wait_for("heard.some(({ type }) => type === 'retrying')");
        server.accept();
        thread::sleep(Duration::from_millis(300));
        assert!(server.effects().is_empty());
        network::wifi_on();
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_no_sync_event(&browser);
    }

    pub(super) fn without_background_sync_being_seen_again_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = waiting_without_sync(&browser, &server);
        page.hide();
        server.accept();
        // The wait after the failure runs out unseen.
        thread::sleep(Duration::from_millis(2500));
        assert!(server.effects().is_empty());
        page.show();
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_no_sync_event(&browser);
    }

    pub(super) fn waiting_without_a_network_costs_no_work() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        network::wifi_off();
        page.wait_for("!navigator.onLine");
        enqueue(&page, &json!({ "text": "a" }));
        thread::sleep(Duration::from_secs(2));
        let tries = page
            .evaluate("heard.filter(({ type }) => type === 'retrying').length")
            .as_u64()
            .unwrap();
        assert!(
            tries <= 3,
            "tried {tries} times in two seconds without a network"
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn between_request_and_response_nothing_is_lost_or_doubled() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        save(&page, "# Hello");
        server.wait_effects(1);
        browser.kill_workers();
        assert_eq!(
            page.evaluate("document.querySelector('#notes li').dataset.status"),
            "waiting"
        );
        server.heal("/markdowns");
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        assert_eq!(saved(&server), ["# Hello"]);
        assert!(server.posts("/markdowns").len() > 1);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn before_the_request_arrives_nothing_is_lost() {
        let site = example();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Hang);
        save(&page, "# Hello");
        server.wait_posts("/markdowns", 1);
        server.refuse();
        browser.kill_workers();
        server.heal("/markdowns");
        server.accept();
        page.wait_for("document.querySelector('#notes li[data-status=synced]')");
        assert_eq!(saved(&server), ["# Hello"]);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn with_the_tab_closed_the_browser_delivers() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        enqueue(&page, &json!({ "text": "a" }));
        server.wait_effects(1);
        page.close();
        browser.kill_workers();
        server.heal("/markdowns");
        browser.wait_log("Sync completed", "notes", 1);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        let page = open(&browser, &server);
        page.wait_for("window.pwa && true");
        assert_eq!(pending(&page), 0);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn a_lost_answer_doubles_nothing() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::LoseAnswer);
        enqueue(&page, &json!({ "text": "a" }));
        browser.wait_log("sync event failed", "notes", 1);
        server.heal("/markdowns");
        browser.wait_log("Sync completed", "notes", 1);
        assert_eq!(pending(&page), 0);
        assert_eq!(server.effects(), [json!({ "text": "a" })]);
        assert_same_bytes_under_each_key(&server);
    }

    pub(super) fn an_update_in_flight_loses_nothing() {
        let site = notes();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::HoldAnswer);
        enqueue(&page, &json!({ "n": 1 }));
        server.wait_effects(1);
        // The new version has another body for the same tag; what is on its way keeps the old one.
        site.configure(&NOTES.replace("body = \"$payload\"", "body = { note = \"$payload\" }"));
        site.build();
        assert_eq!(page.update_worker(), "installed");
        browser.kill_workers();
        browser.leave_and_return(&page, &server.url("/"));
        page.wait_for("window.pwa && true");
        server.heal("/markdowns");
        enqueue(&page, &json!({ "n": 2 }));
        eventually("an empty outbox", || (pending(&page) == 0).then_some(()));
        assert_eq!(
            server.effects(),
            [json!({ "n": 1 }), json!({ "note": { "n": 2 } })]
        );
        assert_same_bytes_under_each_key(&server);
    }
}
