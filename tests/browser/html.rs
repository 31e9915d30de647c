//! Pages that know nothing of mdpwa: what is put into them makes them open without a network.

use serde_json::json;

use crate::browser::Browser;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_page_that_was_only_written_registers,
    it_works::a_strict_policy_of_the_server_lets_it,
    it_works::a_policy_of_the_page_with_a_nonce_lets_it,
    it_works::a_piece_of_a_page_stays_a_piece,
    it_works::a_page_that_was_only_written_can_be_installed,
    the_network_is_gone::every_page_opens,
    the_worker_is_killed_midway::a_rewritten_page_is_what_the_worker_expects,
];

const NAMED: &str = "default-src 'self'; require-trusted-types-for 'script'; trusted-types mdpwa";

const PAGES: [(&str, &str); 3] = [
    (
        "index.html",
        "<!doctype html>\n<html>\n<head>\n  <title>home</title>\n</head>\n<body><a href=\"sub/page.html\">on</a></body>\n</html>\n",
    ),
    (
        "sub/page.html",
        "<!doctype html><title>page</title><p>minified",
    ),
    ("piece.html", "<p>a piece of a page"),
];

fn site() -> Site {
    let site = Site::new(&PAGES, "[html]\ninject = true\n");
    site.build();
    site
}

mod it_works {
    use super::*;

    pub(super) fn a_page_that_was_only_written_registers() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        assert_eq!(
            tab.evaluate("[...document.head.children].map(({ localName }) => localName)"),
            json!(["title", "script"])
        );
        assert_eq!(
            tab.evaluate("document.querySelectorAll('body *').length"),
            1
        );
        assert!(tab.goto(&server.url("/sub/page.html")).from_worker);
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_strict_policy_of_the_server_lets_it() {
        let site = site();
        let server = Server::start(site.root());
        server.fault("/", Fault::Header("content-security-policy", NAMED));
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_policy_of_the_page_with_a_nonce_lets_it() {
        let policy = "script-src 'nonce-r4nd0m' 'strict-dynamic'; worker-src 'self'";
        let page = format!(
            "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\"><title>nonce</title><p>"
        );
        let site = Site::new(&[("index.html", &page)], "[html]\ninject = true\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        // The policy is in force: what has no nonce does not run.
        tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title = 1\">')");
        tab.wait_for("document.querySelector('img').complete");
        assert_eq!(tab.evaluate("document.title"), "nonce");
    }

    pub(super) fn a_piece_of_a_page_stays_a_piece() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        assert_eq!(tab.fetch("/piece.html")["text"], "<p>a piece of a page");
    }

    pub(super) fn a_page_that_was_only_written_can_be_installed() {
        let logo = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><circle cx='5' cy='5' r='3' fill='teal'/></svg>";
        let toml = "[html]\n[manifest]\ntheme_color = \"teal\"\n[icons]\nsource = \"logo.svg\"\n";
        let site = Site::new(&[PAGES[0], PAGES[1], ("../logo.svg", logo)], toml);
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        let answer = tab
            .devtools()
            .call("Page.getInstallabilityErrors", json!({}));
        assert_eq!(answer["installabilityErrors"], json!([]));
        let icons =
            "Promise.all([...document.querySelectorAll('link[rel*=icon]')].map(({ href }) => {
            const picture = new Image();
            picture.src = href;
            return picture.decode().then(() => true);
        }))";
        assert_eq!(tab.evaluate(icons), json!([true, true, true]));
        server.refuse();
        assert!(tab.goto(&server.url("/sub/page.html")).from_worker);
        assert_eq!(
            tab.evaluate("document.querySelector('meta[name=theme-color]').content"),
            "#008080"
        );
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn every_page_opens() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/sub/page.html"));
        tab.wait_controlled();
        server.refuse();
        for (path, title) in [("/", "home"), ("/sub/page.html", "page")] {
            assert!(tab.goto(&server.url(path)).from_worker);
            assert_eq!(tab.evaluate("document.title"), title);
        }
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    /// Bodies are verified as strictly as they can be: the worker's digests are those of the rewritten pages.
    pub(super) fn a_rewritten_page_is_what_the_worker_expects() {
        let site = Site::new(
            &PAGES,
            "[html]\ninject = true\n[[assets]]\nverify = \"strict\"\n",
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        browser.kill_workers();
        server.refuse();
        assert!(tab.goto(&server.url("/sub/page.html")).from_worker);
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }
}
