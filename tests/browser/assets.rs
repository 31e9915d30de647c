//! `[[assets]]`: what is stored, how it is verified, and what an update costs.

use std::time::Duration;

use serde_json::json;

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::every_file_is_answered_from_the_cache everywhere,
    it_works::no_more_requests_are_in_flight_than_pwa_toml_allows everywhere,
    it_works::never_more_than_six_requests_are_in_flight_by_default,
    it_works::an_update_downloads_only_what_changed everywhere,
    it_works::a_file_that_moved_is_not_downloaded_again,
    it_works::a_rebuild_without_change_announces_no_update,
    it_works::cache_names_follow_the_content_alone,
    it_works::going_back_to_an_earlier_version_is_an_update_too,
    it_works::bodies_that_no_version_needs_are_deleted,
    it_works::other_caches_of_the_origin_are_left_alone everywhere,
    it_works::what_is_not_declared_goes_to_the_network_untouched everywhere needs(Answers),
    it_works::other_methods_go_to_the_network_untouched,
    it_works::an_evicted_file_is_fetched_and_kept_again everywhere,
    it_works::an_old_copy_in_the_http_cache_does_not_poison_the_install,
    it_works::an_open_tab_keeps_its_version,
    the_network_is_gone::a_wrong_byte_fails_the_install everywhere,
    the_network_is_gone::a_file_cut_short_fails_the_install,
    the_network_is_gone::a_login_page_in_place_of_a_script_fails_the_install everywhere,
    the_network_is_gone::a_redirect_to_a_login_page_fails_the_install,
    the_network_is_gone::a_missing_file_fails_the_install,
    the_network_is_gone::an_update_that_fails_leaves_the_old_version_serving everywhere,
    the_network_is_gone::a_portal_in_front_of_everything_leaves_the_old_version_serving everywhere,
    the_network_is_gone::a_deployment_in_the_middle_of_an_install_mixes_nothing everywhere,
    the_network_is_gone::an_install_that_was_cut_off_goes_on_where_it_stopped,
    the_network_is_gone::undeclared_requests_fail_as_without_a_worker,
    the_worker_is_killed_midway::a_killed_install_goes_on_where_it_stopped everywhere needs(Kill),
    the_worker_is_killed_midway::a_killed_update_leaves_the_old_version_serving,
    the_worker_is_killed_midway::a_killed_worker_answers_the_next_request,
];

const HOME: &str =
    "<!doctype html><title>home</title><link rel=\"stylesheet\" href=\"style.css\"><h1>home</h1>";

/// A page, a style and a script, and so many pictures that an install takes several rounds.
fn site(toml: &str) -> Site {
    let site = Site::new(
        &[
            ("index.html", HOME),
            ("style.css", "h1 { color: teal }"),
            ("app.js", "document.title = 'app of version 1';"),
        ],
        toml,
    );
    for number in 0..12 {
        site.write(&format!("pictures/{number}.svg"), &picture(number));
    }
    site.build();
    site
}

fn picture(number: usize) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>picture {number}</title></svg>")
}

/// A page of the site, with its worker in control.
fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    assert_eq!(page.register_worker(), "activated");
    page.wait_controlled();
    page
}

/// The paths that the server was asked for, each as often as it was.
fn asked(server: &Server) -> Vec<String> {
    let mut paths: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.path().to_string())
        .collect();
    paths.sort();
    paths
}

fn cache_names(page: &Page) -> serde_json::Value {
    page.evaluate("caches.keys().then((names) => names.sort())")
}

/// How many answers the caches of the origin hold.
fn stored(page: &Page) -> u64 {
    let counts = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).length)))",
    );
    let counts = counts.as_array().unwrap().iter();
    counts.map(|count| count.as_u64().unwrap()).sum()
}

/// Whether a text stands in any cache of the origin.
fn is_stored(page: &Page, text: &str) -> bool {
    let found = page.evaluate(&format!(
        "(async () => {{
            for (const name of await caches.keys()) {{
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {{
                    const response = await cache.match(request);
                    if ((await response.text()).includes({})) return true;
                }}
            }}
            return false;
        }})()",
        json!(text)
    ));
    found == true
}

mod it_works {
    use super::*;

    pub(super) fn every_file_is_answered_from_the_cache() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        server.refuse();
        for number in 0..12 {
            let answer = page.fetch(&format!("/pictures/{number}.svg"));
            assert_eq!(answer["text"], picture(number));
            assert_eq!(answer["status"], 200);
            assert_eq!(answer["headers"]["content-type"], "image/svg+xml");
        }
        assert_eq!(
            page.fetch("/style.css")["headers"]["content-type"],
            "text/css; charset=utf-8"
        );
        assert!(page.reload().from_worker);
        assert_eq!(
            page.evaluate("getComputedStyle(document.querySelector('h1')).color"),
            "rgb(0, 128, 128)"
        );
        assert_eq!(page.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn no_more_requests_are_in_flight_than_pwa_toml_allows() {
        let site = site("[worker]\nparallel = 2\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.forget_requests();
        server.fault("*", Fault::Delay(Duration::from_millis(60)));
        assert_eq!(page.register_worker(), "activated");
        assert_eq!(server.most_in_flight(), 2);
    }

    pub(super) fn never_more_than_six_requests_are_in_flight_by_default() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.forget_requests();
        server.fault("*", Fault::Delay(Duration::from_millis(60)));
        assert_eq!(page.register_worker(), "activated");
        let most = server.most_in_flight();
        assert!((2..=6).contains(&most), "{most}");
    }

    pub(super) fn an_update_downloads_only_what_changed() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        server.forget_requests();
        assert_eq!(page.update_worker(), "installed");
        assert_eq!(asked(&server), ["/app.js", "/service-worker.js"]);
        browser.leave_and_return(&page, &server.url("/"));
        server.refuse();
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 2';"
        );
        assert_eq!(page.fetch("/pictures/3.svg")["text"], picture(3));
    }

    pub(super) fn a_file_that_moved_is_not_downloaded_again() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.rename("pictures/3.svg", "art/three.svg");
        site.build();
        server.forget_requests();
        assert_eq!(page.update_worker(), "installed");
        assert_eq!(asked(&server), ["/service-worker.js"]);
        browser.leave_and_return(&page, &server.url("/"));
        server.refuse();
        assert_eq!(page.fetch("/art/three.svg")["text"], picture(3));
        assert_eq!(page.fetch("/pictures/3.svg")["error"], "TypeError");
    }

    pub(super) fn a_rebuild_without_change_announces_no_update() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.build();
        assert!(page.finds_nothing_new());
    }

    pub(super) fn cache_names_follow_the_content_alone() {
        let site = site("");
        let server = Server::start(site.root());
        let elsewhere = Server::start_at(site.root(), 8081);
        let browser = Browser::launch();
        let names = cache_names(&install(&browser, &server));
        assert_eq!(names, cache_names(&install(&browser, &elsewhere)));
        for name in names.as_array().unwrap() {
            assert!(name.as_str().unwrap().starts_with("test:/:"), "{name}");
        }
        let page = browser.open(&server.url("/"));
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        assert_eq!(page.update_worker(), "installed");
        assert_ne!(names, cache_names(&page));
    }

    pub(super) fn going_back_to_an_earlier_version_is_an_update_too() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        let names = cache_names(&page);
        for version in [2, 1] {
            site.write(
                "app.js",
                &format!("document.title = 'app of version {version}';"),
            );
            site.build();
            assert_eq!(page.update_worker(), "installed");
            browser.leave_and_return(&page, &server.url("/"));
            page.wait_for(&format!("fetch('/app.js').then((response) => response.text()).then((text) => text.includes({version}))"));
        }
        eventually("the caches of version 1 alone", || {
            (cache_names(&page) == names).then_some(())
        });
    }

    pub(super) fn bodies_that_no_version_needs_are_deleted() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        assert!(is_stored(&page, "app of version 1"));
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        assert_eq!(page.update_worker(), "installed");
        browser.leave_and_return(&page, &server.url("/"));
        eventually("version 1 deleted", || {
            (!is_stored(&page, "app of version 1")).then_some(())
        });
        assert!(is_stored(&page, "app of version 2"));
    }

    pub(super) fn other_caches_of_the_origin_are_left_alone() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        let others = [
            "another",
            "test",
            "test:/",
            "test:/notes/:bodies",
            "test2:/:bodies",
            "workbox-precache-v2-http://127.0.0.1:8080/",
        ];
        page.evaluate(&format!(
            "Promise.all({}.map((name) => caches.open(name).then((cache) => cache.put('/x', new Response('x')))))",
            json!(others)
        ));
        assert_eq!(page.register_worker(), "activated");
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        assert_eq!(page.update_worker(), "installed");
        browser.leave_and_return(&page, &server.url("/"));
        eventually("version 1 deleted", || {
            (!is_stored(&page, "app of version 1")).then_some(())
        });
        for name in others {
            let kept = page.evaluate(&format!(
                "caches.open('{name}').then((cache) => cache.match('/x')).then(Boolean)"
            ));
            assert_eq!(kept, true, "{name}");
        }
    }

    pub(super) fn what_is_not_declared_goes_to_the_network_untouched() {
        let site = site("");
        site.write("data/today.json", "1");
        site.configure("[[assets]]\nexclude = [\"data/**\"]\n");
        site.build();
        let server = Server::start(site.root());
        let elsewhere = Server::start_at(site.root(), 8081);
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("data/today.json", "2");
        assert_eq!(page.fetch("/data/today.json")["text"], "2");
        server.fault("/data/today.json", Fault::Status(503));
        assert_eq!(page.fetch("/data/today.json")["status"], 503);
        assert_eq!(page.fetch("/nowhere.js")["status"], 404);
        page.fetch_with(&elsewhere.url("/app.js"), &json!({ "mode": "no-cors" }));
        elsewhere.wait_requests("/app.js", 1);
        let untouched = ["/data/today.json", "/nowhere.js", "8081/app.js"];
        let touched = |url: &str| {
            page.answers()
                .iter()
                .any(|answer| answer.from_worker && answer.url.ends_with(url))
        };
        assert_eq!(untouched.map(touched), [false; 3]);
        let only = json!({ "cache": "only-if-cached", "mode": "same-origin" });
        assert_eq!(
            page.fetch_with("/data/nothing.json", &only)["error"],
            "TypeError"
        );
    }

    pub(super) fn other_methods_go_to_the_network_untouched() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        server.forget_requests();
        assert_eq!(
            page.fetch_with("/app.js", &json!({ "method": "POST", "body": "hello" }))["text"],
            "{}"
        );
        assert_eq!(
            page.fetch_with("/app.js", &json!({ "method": "DELETE" }))["status"],
            405
        );
        let seen: Vec<_> = server
            .requests_for("/app.js")
            .into_iter()
            .map(|request| (request.method, request.body))
            .collect();
        assert_eq!(
            seen,
            [
                ("POST".to_string(), b"hello".to_vec()),
                ("DELETE".to_string(), vec![])
            ]
        );
    }

    pub(super) fn an_evicted_file_is_fetched_and_kept_again() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        page.evaluate(
            "caches.keys().then((names) => Promise.all(names.map(async (name) => {
                const cache = await caches.open(name);
                const requests = await cache.keys();
                await Promise.all(requests.map((request) => cache.delete(request)));
            })))",
        );
        assert_eq!(page.fetch("/pictures/7.svg")["text"], picture(7));
        server.refuse();
        eventually("the file kept again", || {
            (page.fetch("/pictures/7.svg")["text"] == picture(7)).then_some(())
        });
    }

    pub(super) fn an_old_copy_in_the_http_cache_does_not_poison_the_install() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.fault(
            "/app.js",
            Fault::Header("cache-control", "max-age=31536000"),
        );
        page.fetch("/app.js");
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(page.register_worker(), "activated");
        page.wait_controlled();
        assert_eq!(
            page.fetch_with("/app.js", &json!({ "cache": "no-store" }))["text"],
            "document.title = 'app of version 2';"
        );
        server.refuse();
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 2';"
        );
    }

    pub(super) fn an_open_tab_keeps_its_version() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let old = install(&browser, &server);
        let other = browser.open(&server.url("/"));
        site.write("app.js", "document.title = 'app of version 2';");
        site.rename("pictures/1.svg", "pictures/one.svg");
        site.build();
        assert_eq!(other.update_worker(), "installed");
        other.goto(&server.url("/"));
        assert_eq!(
            old.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(old.fetch("/pictures/1.svg")["text"], picture(1));
        server.refuse();
        assert_eq!(
            old.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(old.fetch("/pictures/1.svg")["text"], picture(1));
    }
}

mod the_network_is_gone {
    use super::*;

    /// A first install meets a fault: there is no worker, nothing wrong is stored, and the next try works.
    fn fails_to_install(path: &str, fault: Fault, wrong: Option<&str>) {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.fault(path, fault);
        assert_eq!(page.register_worker(), "redundant");
        if let Some(wrong) = wrong {
            assert!(!is_stored(&page, wrong));
        }
        let registered = page.evaluate(
            "navigator.serviceWorker.getRegistration().then((it) => Boolean(it?.active))",
        );
        assert_eq!(registered, false);
        assert!(!page.goto(&server.url("/")).from_worker);
        server.heal(path);
        assert_eq!(page.register_worker(), "activated");
        page.wait_controlled();
        server.refuse();
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
    }

    pub(super) fn a_wrong_byte_fails_the_install() {
        let wrong = "document.title = 'app of version l';";
        fails_to_install(
            "/app.js",
            Fault::Body("text/javascript", wrong),
            Some(wrong),
        );
    }

    pub(super) fn a_file_cut_short_fails_the_install() {
        fails_to_install("/app.js", Fault::Cut(20), Some("document.title = 'ap"));
    }

    pub(super) fn a_login_page_in_place_of_a_script_fails_the_install() {
        let wrong = "<!doctype html><title>Log in</title>";
        fails_to_install("/app.js", Fault::Body("text/html", wrong), Some(wrong));
    }

    pub(super) fn a_redirect_to_a_login_page_fails_the_install() {
        fails_to_install("/app.js", Fault::Redirect("/style.css"), None);
    }

    pub(super) fn a_missing_file_fails_the_install() {
        fails_to_install("/pictures/5.svg", Fault::Status(404), Some("<h1>404</h1>"));
    }

    pub(super) fn an_update_that_fails_leaves_the_old_version_serving() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("app.js", "document.title = 'app of version 2';");
        site.write("style.css", "h1 { color: red }");
        site.build();
        server.fault("/app.js", Fault::Cut(10));
        assert_eq!(page.update_worker(), "redundant");
        server.refuse();
        browser.leave_and_return(&page, &server.url("/"));
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(page.fetch("/style.css")["text"], "h1 { color: teal }");
        for number in 0..12 {
            assert_eq!(
                page.fetch(&format!("/pictures/{number}.svg"))["text"],
                picture(number)
            );
        }
    }

    pub(super) fn a_portal_in_front_of_everything_leaves_the_old_version_serving() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("app.js", "document.title = 'app of version 2';");
        site.build();
        let portal = "<!doctype html><title>Log in to the hotel</title>";
        server.fault("*", Fault::Body("text/html", portal));
        let update =
            "navigator.serviceWorker.ready.then((it) => it.update()).catch(({ name }) => name)";
        assert_eq!(page.evaluate(update), "SecurityError");
        server.fault("/service-worker.js", Fault::Header("x-let-through", "1"));
        assert_eq!(page.update_worker(), "redundant");
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        // Whoever has to log in gets to see where, and it is not kept.
        page.goto(&server.url("/"));
        assert_eq!(page.evaluate("document.title"), "Log in to the hotel");
        server.refuse();
        page.goto(&server.url("/"));
        assert_eq!(page.evaluate("document.title"), "home");
        server.accept();
        server.heal("*");
        assert_eq!(page.update_worker(), "installed");
    }

    pub(super) fn a_deployment_in_the_middle_of_an_install_mixes_nothing() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("app.js", "document.title = 'app of version 2';");
        site.write("style.css", "h1 { color: red }");
        site.build();
        server.forget_requests();
        server.fault("/style.css", Fault::Hang);
        page.evaluate("navigator.serviceWorker.ready.then((it) => void it.update())");
        server.wait_requests("/style.css", 1);
        server.wait_requests("/app.js", 1);
        site.write("app.js", "document.title = 'app of version 3';");
        site.write("style.css", "h1 { color: blue }");
        site.build();
        server.heal("/style.css");
        page.wait_for("navigator.serviceWorker.ready.then((it) => !it.installing)");
        assert_eq!(page.fetch("/style.css")["text"], "h1 { color: teal }");
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(page.update_worker(), "installed");
        browser.leave_and_return(&page, &server.url("/"));
        server.refuse();
        assert_eq!(page.fetch("/style.css")["text"], "h1 { color: blue }");
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 3';"
        );
    }

    pub(super) fn an_install_that_was_cut_off_goes_on_where_it_stopped() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.fault("/pictures/9.svg", Fault::Hang);
        server.forget_requests();
        page.evaluate("navigator.serviceWorker.register('service-worker.js').then(() => true)");
        // The site has fifteen, and a build adds two modules.
        eventually("all files but the one that hangs", || {
            (stored(&page) == 16).then_some(())
        });
        server.refuse();
        eventually("the end of the install", || {
            let gone = page.evaluate("navigator.serviceWorker.getRegistration().then((it) => !it)");
            (gone == true).then_some(())
        });
        server.accept();
        server.heal("/pictures/9.svg");
        server.forget_requests();
        assert_eq!(page.register_worker(), "activated");
        assert_eq!(asked(&server), ["/pictures/9.svg", "/service-worker.js"]);
    }

    pub(super) fn undeclared_requests_fail_as_without_a_worker() {
        let site = site("");
        site.write("data/today.json", "1");
        site.configure("[[assets]]\nexclude = [\"data/**\"]\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        server.refuse();
        assert_eq!(page.fetch("/data/today.json")["error"], "TypeError");
        assert_eq!(
            page.fetch_with("/app.js", &json!({ "method": "POST" }))["error"],
            "TypeError"
        );
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_killed_install_goes_on_where_it_stopped() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.fault("/pictures/9.svg", Fault::Hang);
        server.forget_requests();
        page.evaluate("navigator.serviceWorker.register('service-worker.js').then(() => true)");
        eventually("all other files", || {
            (server.requests().len() >= 16).then_some(())
        });
        eventually("their storage", || {
            is_stored(&page, "picture 8").then_some(())
        });
        browser.kill_workers();
        server.heal("/pictures/9.svg");
        server.forget_requests();
        assert_eq!(page.register_worker(), "activated");
        let again: Vec<String> = asked(&server)
            .into_iter()
            .filter(|path| path.contains("svg"))
            .collect();
        assert_eq!(again, ["/pictures/9.svg"]);
        page.wait_controlled();
        server.refuse();
        assert_eq!(page.fetch("/pictures/9.svg")["text"], picture(9));
    }

    pub(super) fn a_killed_update_leaves_the_old_version_serving() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        site.write("app.js", "document.title = 'app of version 2';");
        site.write("style.css", "h1 { color: red }");
        site.build();
        server.fault("/app.js", Fault::Hang);
        page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)");
        server.wait_requests("/style.css", 1);
        server.wait_requests("/app.js", 1);
        browser.kill_workers();
        server.refuse();
        browser.leave_and_return(&page, &server.url("/"));
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        assert_eq!(page.fetch("/style.css")["text"], "h1 { color: teal }");
    }

    pub(super) fn a_killed_worker_answers_the_next_request() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        server.refuse();
        browser.kill_workers();
        assert_eq!(
            page.fetch("/app.js")["text"],
            "document.title = 'app of version 1';"
        );
        browser.kill_workers();
        assert!(page.goto(&server.url("/")).from_worker);
    }
}
