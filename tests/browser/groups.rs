//! `[[assets]] install`: what is stored with the worker, soon after it, on first use, and when a page asks.

use serde_json::json;

use crate::browser::{Browser, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::only_what_is_required_holds_up_the_worker,
    it_works::an_optional_group_follows_by_itself,
    it_works::a_lazy_file_is_kept_on_its_first_use,
    it_works::a_lazy_page_is_kept_on_its_first_visit everywhere,
    it_works::a_page_downloads_and_removes_a_group,
    it_works::a_file_that_two_groups_have_survives_the_removal_of_one,
    the_network_is_gone::an_optional_group_is_tried_again_at_the_next_visit,
    the_network_is_gone::a_download_that_fails_says_why_and_goes_on_later,
    the_network_is_gone::an_unknown_page_is_the_sites_own_404,
    the_network_is_gone::an_unknown_page_of_a_site_that_is_not_all_kept_is_no_404,
    the_worker_is_killed_midway::a_group_is_still_there,
];

const GROUPS: &str = "
[[assets]]
name = \"shell\"
include = [\"*.html\"]

[[assets]]
name = \"pictures\"
include = [\"pictures/*\"]
install = \"optional\"

[[assets]]
name = \"films\"
include = [\"films/*\"]
install = \"lazy\"

[[assets]]
name = \"german\"
include = [\"de/*\"]
install = \"manual\"
";

fn site() -> Site {
    let page = "<!doctype html><title>home</title><script type=\"module\">
        globalThis.pwa = await import('/register.js');</script>";
    let site = Site::new(
        &[
            ("index.html", page),
            ("pictures/1.txt", "picture 1"),
            ("films/1.txt", "film 1"),
            ("de/1.txt", "eins"),
            ("de/same.txt", "picture 1"),
        ],
        GROUPS,
    );
    site.build();
    site
}

fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page.wait_for("globalThis.pwa");
    page
}

fn text(page: &Page, path: &str) -> serde_json::Value {
    page.fetch(path)["text"].clone()
}

fn wait_kept(page: &Page, count: usize) {
    page.wait_for(&format!(
        "caches.open('test:/:bodies').then((bodies) => bodies.keys()).then((keys) => keys.length === {count})"
    ));
}

mod it_works {
    use super::*;

    pub(super) fn only_what_is_required_holds_up_the_worker() {
        let site = site();
        let server = Server::start(site.root());
        for path in ["/pictures/1.txt", "/films/1.txt", "/de/1.txt"] {
            server.fault(path, Fault::Status(500));
        }
        let browser = Browser::launch();
        let page = install(&browser, &server);
        wait_kept(&page, 2);
    }

    pub(super) fn an_optional_group_follows_by_itself() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        wait_kept(&page, 3);
        server.refuse();
        assert_eq!(text(&page, "/pictures/1.txt"), "picture 1");
    }

    pub(super) fn a_lazy_file_is_kept_on_its_first_use() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        wait_kept(&page, 3);
        assert!(server.requests_for("/films/1.txt").is_empty());
        assert_eq!(text(&page, "/films/1.txt"), "film 1");
        wait_kept(&page, 4);
        server.refuse();
        assert_eq!(text(&page, "/films/1.txt"), "film 1");
    }

    pub(super) fn a_lazy_page_is_kept_on_its_first_visit() {
        let lazy = "[pages]\nstrategy = \"fresh\"\n\n[[assets]]\nname = \"site\"\nexclude = [\"book/*\"]\n\n[[assets]]\nname = \"book\"\ninclude = [\"book/*\"]\ninstall = \"lazy\"\n";
        let pages = [
            (
                "index.html",
                "<!doctype html><script type=\"module\" src=\"/register.js\"></script>",
            ),
            ("book/1.html", "<!doctype html><title>one</title>"),
            ("book/2.html", "<!doctype html><title>two</title>"),
        ];
        let site = Site::new(&pages, lazy);
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        page.wait_controlled();
        wait_kept(&page, 2);
        page.goto(&server.url("/book/1.html"));
        wait_kept(&page, 3);
        server.refuse();
        page.goto(&server.url("/book/1.html"));
        assert_eq!(page.evaluate("document.title"), "one");
    }

    pub(super) fn a_page_downloads_and_removes_a_group() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        let is_there = "pwa.isDownloaded('german').then((there) => ({ there }))";
        assert_eq!(page.wait_for(is_there), json!({ "there": false }));
        page.wait_for("pwa.download('german').then(() => true)");
        assert_eq!(page.wait_for(is_there), json!({ "there": true }));
        server.refuse();
        assert_eq!(text(&page, "/de/1.txt"), "eins");
        page.wait_for("pwa.remove('german').then(() => true)");
        assert_eq!(page.wait_for(is_there), json!({ "there": false }));
        assert!(page.fetch("/de/1.txt")["error"].is_string());
    }

    pub(super) fn a_file_that_two_groups_have_survives_the_removal_of_one() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        wait_kept(&page, 3);
        page.wait_for("pwa.download('german').then(() => true)");
        page.wait_for("pwa.remove('german').then(() => true)");
        server.refuse();
        assert_eq!(text(&page, "/pictures/1.txt"), "picture 1");
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn an_optional_group_is_tried_again_at_the_next_visit() {
        let site = site();
        let server = Server::start(site.root());
        server.fault("/pictures/1.txt", Fault::Status(500));
        let browser = Browser::launch();
        let page = install(&browser, &server);
        server.wait_requests("/pictures/1.txt", 1);
        server.heal("/pictures/1.txt");
        page.goto(&server.url("/"));
        wait_kept(&page, 3);
    }

    pub(super) fn a_download_that_fails_says_why_and_goes_on_later() {
        let site = site();
        let server = Server::start(site.root());
        server.fault("/de/1.txt", Fault::Status(404));
        let browser = Browser::launch();
        let page = install(&browser, &server);
        let reason = page.wait_for("pwa.download('german').catch((error) => error.message)");
        assert!(
            reason
                .as_str()
                .expect("a text")
                .contains("/de/1.txt answered 404"),
            "{reason}"
        );
        server.heal("/de/1.txt");
        page.wait_for("pwa.download('german').then(() => true)");
        server.refuse();
        assert_eq!(text(&page, "/de/1.txt"), "eins");
    }

    pub(super) fn an_unknown_page_is_the_sites_own_404() {
        let site = Site::new(
            &[
                ("index.html", "home"),
                ("404.html", "<h1>No such page</h1>"),
            ],
            "",
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        assert_eq!(page.register_worker(), "activated");
        page.wait_controlled();
        server.refuse();
        let arrival = page.goto(&server.url("/nothing/here"));
        assert_eq!(arrival.status, 404);
        assert_eq!(
            page.wait_for("document.body.textContent"),
            json!("No such page")
        );
    }

    pub(super) fn an_unknown_page_of_a_site_that_is_not_all_kept_is_no_404() {
        let site = Site::new(
            &[
                ("index.html", "home"),
                ("404.html", "<h1>No such page</h1>"),
                ("news.html", "news"),
            ],
            "[[assets]]\nexclude = [\"news.html\"]\n",
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        assert_eq!(page.register_worker(), "activated");
        page.wait_controlled();
        server.refuse();
        assert!(page.try_goto(&server.url("/news.html")).is_err());
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_group_is_still_there() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        page.wait_for("pwa.download('german').then(() => true)");
        browser.kill_workers();
        server.refuse();
        assert_eq!(text(&page, "/de/1.txt"), "eins");
    }
}
