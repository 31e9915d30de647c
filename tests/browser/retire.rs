//! Leaving: a worker goes within one visit with what it kept, and takes nothing of anybody else's along.

use std::process::Command;

use serde_json::json;

use crate::browser::{Browser, Page};
use crate::runner;
use crate::server::Server;
use crate::site::Site;

crate::tests![
    it_works::a_visitor_is_free_within_one_visit everywhere,
    it_works::others_keep_what_is_theirs,
    it_works::a_page_still_imports_the_module,
    it_works::a_page_with_a_fragment_is_loaded_anew,
    it_works::nobody_is_free_of_another_scope,
    it_works::another_tools_worker_gives_way_to_ours,
    it_works::another_tools_worker_leaves_under_its_own_name,
    it_works::a_page_that_registers_the_old_worker_again_is_not_reloaded_for_ever,
    the_network_is_gone::what_is_saved_there_is_delivered_first everywhere,
    the_network_is_gone::what_is_saved_there_can_be_given_up,
    the_worker_is_killed_midway::leaving_goes_on,
];

/// Counts how often it was loaded.
const PAGE: &str = r#"<!doctype html><title>site</title>
<script>sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1;</script>
<script type="module" src="/register.js"></script>"#;

const SYNC: &str =
    "[endpoints.notes]\nurl = \"/markdowns\"\n[[sync]]\ntag = \"notes\"\nendpoint = \"notes\"\n";

/// Where the browser does not come by itself, pages note when they asked last.
const PERIODIC: &str = r#"
[update]
[[routes]]
name = "news"
match = { path = "/news.json" }
strategy = "network-first"
[[periodic_sync]]
tag = "news"
min_interval = "12h"
request = "GET /news.json"
route = "news"
poll = { interval = "1s" }
"#;

fn site(toml: &str) -> Site {
    let site = Site::new(&[("index.html", PAGE)], toml);
    site.build();
    site
}

/// Renders what leaves into the site.
fn retire(site: &Site, arguments: &[&str]) -> String {
    let folder = site.root().parent().expect("a folder with a pwa.toml");
    runner::output(
        Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .arg("retire")
            .arg(folder)
            .args(arguments),
    )
}

fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page.evaluate("sessionStorage.loads = 0");
    page
}

const LEFT: &str = "Promise.all([
    navigator.serviceWorker.getRegistrations().then((all) => all.map(({ scope }) => scope)),
    caches.keys(),
    indexedDB.databases().then((all) => all.map(({ name }) => name)),
])";

/// Waits until nothing of ours is left, but for the empty outbox of a page that goes on saving.
fn wait_free(page: &Page) {
    page.wait_for(&format!(
        "!navigator.serviceWorker.controller && {LEFT}.then(([scopes, caches]) => !scopes.length && !caches.length)"
    ));
}

/// What another app of this origin has stored.
fn furnish(page: &Page) {
    page.evaluate(
        "Promise.all([
            caches.open('photos'), caches.open('test:/other/:bodies'), caches.open('test2:/:bodies'),
            caches.open('workbox-precache-v2-https://elsewhere.example/'),
            new Promise((resolve) => { indexedDB.open('app').onsuccess = resolve; }),
            new Promise((resolve) => { indexedDB.open('test2:/:sync').onsuccess = resolve; }),
            localStorage.setItem('theme', 'dark'), localStorage.setItem('test:/other/:periodic:news', 'off'),
        ]).then(() => true)",
    );
}

mod it_works {
    use super::*;

    pub(super) fn a_visitor_is_free_within_one_visit() {
        for (strategy, port) in [("instant", 8080), ("fresh", 8081)] {
            let site = site(&format!("[pages]\nstrategy = \"{strategy}\"\n[update]\n"));
            let server = Server::start_at(site.root(), port);
            let browser = Browser::launch();
            let tab = install(&browser, &server);
            let said = retire(&site, &[]);
            assert!(!said.contains("delivered"), "{said}");
            tab.goto(&server.url("/"));
            wait_free(&tab);
            assert_eq!(
                tab.evaluate("Number(sessionStorage.loads)"),
                2,
                "{strategy}"
            );
            assert!(!tab.goto(&server.url("/")).from_worker);
            tab.evaluate("new Promise((resolve) => setTimeout(resolve, 1000)).then(() => true)");
            assert_eq!(tab.evaluate(LEFT), json!([[], [], []]));
            assert_eq!(tab.complaints(), Vec::<String>::new());
            assert_eq!(browser.worker_errors(), Vec::<String>::new());
        }
    }

    pub(super) fn others_keep_what_is_theirs() {
        let site = site(PERIODIC);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        furnish(&tab);
        tab.wait_for("localStorage.getItem('test:/:periodic:news')");
        let before = tab.evaluate("Promise.all([caches.keys(), indexedDB.databases()])");
        assert_eq!(before[1].as_array().map(Vec::len), Some(2));
        retire(&site, &[]);
        tab.goto(&server.url("/"));
        tab.wait_for("!navigator.serviceWorker.controller && navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)");
        let mut left: Vec<String> = serde_json::from_value(tab.evaluate("caches.keys()")).unwrap();
        left.sort();
        let theirs = [
            "photos",
            "test2:/:bodies",
            "test:/other/:bodies",
            "workbox-precache-v2-https://elsewhere.example/",
        ];
        assert_eq!(left, theirs);
        let databases =
            tab.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name).sort())");
        assert_eq!(databases, json!(["app", "test2:/:sync"]));
        tab.wait_for("localStorage.getItem('test:/:periodic:news') === null");
        assert_eq!(
            tab.evaluate("Object.keys(localStorage).sort()"),
            json!(["test:/other/:periodic:news", "theme"])
        );
    }

    pub(super) fn a_page_still_imports_the_module() {
        let site = site(&format!("[update]\ncompat = [\"registerSW\"]\n{SYNC}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let names = "import('/register.js').then((module) => Object.keys(module).sort())";
        let tab = install(&browser, &server);
        let before = tab.evaluate(names);
        retire(&site, &[]);
        let fresh = Browser::tab(&browser);
        fresh.goto(&server.url("/"));
        wait_free(&fresh);
        assert_eq!(fresh.evaluate(names), before);
        let offers = fresh.evaluate("import('/register.js').then(({ register }) => register())");
        assert_eq!(
            offers,
            json!({ "serviceWorker": false, "backgroundSync": false })
        );
        assert_eq!(fresh.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_page_with_a_fragment_is_loaded_anew() {
        let site = site("[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        retire(&site, &[]);
        tab.goto(&server.url("/?q=1#part"));
        wait_free(&tab);
        tab.wait_for("Number(sessionStorage.loads) === 2");
        assert_eq!(tab.evaluate("location.search + location.hash"), "?q=1#part");
    }

    pub(super) fn nobody_is_free_of_another_scope() {
        let site = site("");
        let host = site.root().parent().unwrap().join("host");
        std::fs::create_dir(&host).unwrap();
        for base in ["one", "other"] {
            std::process::Command::new("cp")
                .arg("-r")
                .args([site.root(), host.join(base).as_path()])
                .status()
                .unwrap();
            let page = PAGE.replace("/register.js", "register.js");
            std::fs::write(host.join(base).join("index.html"), page).unwrap();
        }
        let server = Server::start(&host);
        let browser = Browser::launch();
        for base in ["/one/", "/other/"] {
            browser.open(&server.url(base)).wait_controlled();
        }
        retire(&site, &[]);
        for file in ["service-worker.js", "register.js"] {
            std::fs::copy(site.root().join(file), host.join("one").join(file)).unwrap();
        }
        let tab = browser.open(&server.url("/one/"));
        tab.wait_for("!navigator.serviceWorker.controller");
        let scopes = format!("{LEFT}.then(([scopes]) => scopes.join())");
        tab.wait_for(&format!(
            "{scopes}.then((scopes) => scopes === '{}')",
            server.url("/other/")
        ));
        let caches = "caches.keys().then((names) => names.length > 0 && names.every((name) => name.startsWith('test:/other/:')))";
        tab.wait_for(caches);
        server.refuse();
        assert!(
            browser
                .open(&server.url("/other/"))
                .evaluate("document.title")
                == "site"
        );
    }

    /// The page is new and comes from the network: our worker takes the other's place, and its caches go.
    pub(super) fn another_tools_worker_gives_way_to_ours() {
        let (site, server, browser) = foreign();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        site.configure("[retire]\nworkers = [\"sw.js\"]\ncaches = [\"images\"]\n[update]\n");
        site.write("index.html", PAGE);
        site.build();
        tab.goto(&server.url("/"));
        tab.wait_for(
            "navigator.serviceWorker.getRegistration().then(({ waiting }) => Boolean(waiting))",
        );
        browser.leave_and_return(&tab, &server.url("/"));
        assert_eq!(
            tab.evaluate("navigator.serviceWorker.controller.scriptURL"),
            server.url("/service-worker.js").as_str()
        );
        let theirs = "caches.keys().then((names) => names.filter((name) => !name.startsWith('test:/:')).sort())";
        tab.wait_for(&format!(
            "{theirs}.then((names) => names.join() === 'photos')"
        ));
    }

    /// The page is old and comes from the other worker's cache: it registers the old name, and finds there what leaves.
    pub(super) fn another_tools_worker_leaves_under_its_own_name() {
        let (site, server, browser) = foreign();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        tab.evaluate("caches.open('keeps pages').then((cache) => cache.add('/'))");
        site.configure("[retire]\nworkers = [\"sw.js\"]\ncaches = [\"images\", \"keeps pages\"]\n");
        site.write("index.html", PAGE);
        site.build();
        assert!(tab.goto(&server.url("/")).from_worker);
        tab.wait_for(
            "navigator.serviceWorker.controller?.scriptURL.endsWith('/service-worker.js')",
        );
        let theirs = "caches.keys().then((names) => names.filter((name) => !name.startsWith('test:/:')).sort())";
        assert_eq!(tab.evaluate(theirs), json!(["photos"]));
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_page_that_registers_the_old_worker_again_is_not_reloaded_for_ever() {
        let (site, server, browser) = foreign();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        site.configure("[retire]\nworkers = [\"sw.js\"]\n");
        site.build();
        tab.evaluate("sessionStorage.loads = 0");
        tab.goto(&server.url("/"));
        tab.wait_for("Number(sessionStorage.loads) === 2");
        tab.evaluate("new Promise((resolve) => setTimeout(resolve, 6000)).then(() => true)");
        assert_eq!(tab.evaluate("Number(sessionStorage.loads)"), 2);
    }

    /// A site whose worker was made by something else.
    fn foreign() -> (Site, Server, Browser) {
        let site = Site::new(&[], "");
        site.write(
            "sw.js",
            "addEventListener('install', (event) => event.waitUntil(Promise.all([
                `workbox-precache-v2-${registration.scope}`, `workbox-runtime-${registration.scope}`, 'ngsw:/:db:control', 'images', 'photos',
            ].map((name) => caches.open(name)))));
            addEventListener('activate', (event) => event.waitUntil(clients.claim()));
            addEventListener('fetch', (event) => event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request))));",
        );
        let page = PAGE.replace(
            "<script type=\"module\" src=\"/register.js\">",
            "<script>navigator.serviceWorker.register('/sw.js')",
        );
        site.write("index.html", &page);
        let server = Server::start(site.root());
        (site, server, Browser::launch())
    }
}

mod the_network_is_gone {
    use super::*;

    /// Saved while the server refuses the work, and only that.
    fn with_work_waiting(toml: &str) -> (Site, Server, Browser, Page) {
        let site = site(&format!("[pages]\nstrategy = \"instant\"\n{SYNC}{toml}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        server.fault("/markdowns", crate::server::Fault::Status(503));
        tab.evaluate("import('/register.js').then(({ enqueue }) => enqueue('notes', { text: 'kept' })).then(() => true)");
        server.wait_posts("/markdowns", 1);
        (site, server, browser, tab)
    }

    pub(super) fn what_is_saved_there_is_delivered_first() {
        let (site, server, _browser, tab) = with_work_waiting("");
        let said = retire(&site, &[]);
        assert!(said.contains("stays until it is delivered"), "{said}");
        tab.evaluate("addEventListener('mdpwa:retire-waits', ({ detail }) => (globalThis.waits = detail.entries))");
        tab.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)");
        assert_eq!(tab.wait_for("globalThis.waits"), 1);
        assert_eq!(
            tab.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)"),
            1
        );
        server.heal("/markdowns");
        tab.evaluate("import('/register.js').then(({ flush }) => flush(undefined, { force: true })).then(() => true)");
        server.wait_effects(1);
        tab.goto(&server.url("/"));
        wait_free(&tab);
        assert_eq!(server.effects(), [json!({ "text": "kept" })]);
    }

    pub(super) fn what_is_saved_there_can_be_given_up() {
        let (site, server, _browser, tab) = with_work_waiting("");
        let said = retire(&site, &["--force"]);
        assert!(said.contains("never delivered"), "{said}");
        tab.goto(&server.url("/"));
        wait_free(&tab);
        let state = tab.evaluate("import('/register.js').then(({ getState }) => getState())");
        assert_eq!(state[0]["pending"], 0);
        assert_eq!(server.effects(), Vec::<serde_json::Value>::new());
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn leaving_goes_on() {
        let site = site("[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        retire(&site, &[]);
        server.forget_requests();
        tab.goto(&server.url("/"));
        server.wait_requests("/service-worker.js", 1);
        // While it waits for a quiet moment.
        browser.kill_workers();
        tab.goto(&server.url("/"));
        wait_free(&tab);
    }
}
