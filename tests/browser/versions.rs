//! Which version an open page gets its files from: its own, whatever was deployed since.

use serde_json::json;

use crate::browser::{Browser, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_page_that_the_network_has_newer_gets_the_networks_files everywhere,
    it_works::a_page_that_did_not_change_gets_the_kept_files,
    it_works::a_page_that_is_not_kept_gets_the_networks_files,
    it_works::pages_that_the_host_rewrites_get_the_kept_files,
    it_works::a_tab_keeps_its_version_through_two_accepted_updates everywhere,
    it_works::a_rule_for_everything_leaves_an_old_tab_its_files,
    the_network_is_gone::a_kept_page_gets_the_kept_files_whatever_was_deployed,
    the_network_is_gone::a_page_that_came_too_late_gets_the_kept_files,
    the_worker_is_killed_midway::a_newer_page_is_remembered,
    the_worker_is_killed_midway::an_old_tab_keeps_its_version,
];

const REWRITTEN: &str =
    "<!doctype html><link rel=\"stylesheet\" href=\"/style.css\"><h1>1</h1><!-- counted -->";
/// The colour of the heading tells the version of the style.
const STYLE: &str = "getComputedStyle(document.querySelector('h1')).color";

fn page(version: u32) -> String {
    format!(
        "<!doctype html><title>{version}</title><link rel=\"stylesheet\" href=\"/style.css\"><h1>{version}</h1>"
    )
}

fn style(version: u32) -> String {
    format!("h1 {{ color: rgb({version}, 0, 0) }}")
}

fn site(toml: &str) -> Site {
    let site = Site::new(&[("news.html", &(page(1) + "<p>news</p>"))], toml);
    deploy(&site, 1);
    site
}

/// A version whose files all differ from those of every other.
fn deploy(site: &Site, version: u32) {
    site.write("index.html", &page(version));
    site.write("style.css", &style(version));
    site.write(
        &format!("chunk-{version}.js"),
        &format!("export default {version};"),
    );
    site.write("late.js", &format!("export default {version};"));
    if version > 1 {
        std::fs::remove_file(site.root().join(format!("chunk-{}.js", version - 1)))
            .expect("the old chunk");
    }
    site.build();
}

fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    assert_eq!(page.register_worker(), "activated");
    page.wait_controlled();
    page.goto(&server.url("/"));
    page
}

/// Installs what was deployed and has it take over, as another tool's page would.
fn accept_update(page: &Page) {
    page.wait_for(
        "navigator.serviceWorker.ready.then(async (registration) => {
            const pause = () => new Promise((resume) => setTimeout(resume, 20));
            await registration.update();
            while (registration.installing || !registration.waiting) await pause();
            const next = registration.waiting;
            next.postMessage({ type: 'SKIP_WAITING' });
            while (next.state !== 'activated') await pause();
            return true;
        })",
    );
}

mod it_works {
    use super::*;

    pub(super) fn a_page_that_the_network_has_newer_gets_the_networks_files() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        tab.goto(&server.url("/"));
        assert_eq!(tab.wait_for("document.title"), json!("2"));
        assert_eq!(tab.wait_for(STYLE), json!("rgb(2, 0, 0)"));
        assert_eq!(tab.fetch("/late.js")["text"], "export default 2;");
    }

    pub(super) fn a_page_that_did_not_change_gets_the_kept_files() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        site.write("style.css", &style(2));
        site.build();
        tab.goto(&server.url("/"));
        assert_eq!(tab.wait_for(STYLE), json!("rgb(1, 0, 0)"));
    }

    pub(super) fn a_page_that_is_not_kept_gets_the_networks_files() {
        let site = site("[[assets]]\nexclude = [\"news.html\"]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        site.write("style.css", &style(2));
        site.build();
        tab.goto(&server.url("/news.html"));
        assert_eq!(tab.wait_for(STYLE), json!("rgb(2, 0, 0)"));
    }

    /// The host adds the same line to every page that it sends.
    pub(super) fn pages_that_the_host_rewrites_get_the_kept_files() {
        let site = site("");
        let server = Server::start(site.root());
        for path in ["/", "/index.html"] {
            server.fault(path, Fault::Body("text/html", REWRITTEN));
        }
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        site.write("style.css", &style(2));
        tab.goto(&server.url("/"));
        assert_eq!(tab.wait_for(STYLE), json!("rgb(1, 0, 0)"));
    }

    pub(super) fn a_tab_keeps_its_version_through_two_accepted_updates() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let old = install(&browser, &server);
        let other = browser.open(&server.url("/"));
        for version in [2, 3] {
            deploy(&site, version);
            accept_update(&other);
        }
        assert_eq!(old.fetch("/style.css")["text"], style(1));
        assert_eq!(old.fetch("/late.js")["text"], "export default 1;");
        assert_eq!(
            old.wait_for("import('/chunk-1.js').then((chunk) => chunk.default)"),
            json!(1)
        );
        other.goto(&server.url("/"));
        assert_eq!(other.wait_for(STYLE), json!("rgb(3, 0, 0)"));

        old.close();
        other.goto(&server.url("/"));
        other.wait_for(
            "caches.keys().then((names) => names.filter((name) => name.includes(':list:')).length === 1)",
        );
        other.wait_for(
            "caches.open('test:/:bodies').then((bodies) => bodies.keys()).then((keys) => keys.length === 5)",
        );
    }

    pub(super) fn a_rule_for_everything_leaves_an_old_tab_its_files() {
        let site = site("[update]\n[[routes]]\nmatch = { path = \"/**\" }\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let old = install(&browser, &server);
        let other = browser.open(&server.url("/"));
        deploy(&site, 2);
        accept_update(&other);
        browser.kill_workers();
        assert_eq!(old.fetch("/chunk-1.js")["text"], "export default 1;");
        site.write("answer.json", "1");
        assert_eq!(old.fetch("/answer.json")["text"], "1");
        server.refuse();
        assert_eq!(old.fetch("/chunk-1.js")["text"], "export default 1;");
        old.wait_for(
            "fetch('/answer.json').then((answer) => answer.text()).then((text) => text === '1')",
        );
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_kept_page_gets_the_kept_files_whatever_was_deployed() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        server.refuse();
        tab.goto(&server.url("/"));
        server.accept();
        assert_eq!(tab.wait_for(STYLE), json!("rgb(1, 0, 0)"));
        assert_eq!(tab.fetch("/late.js")["text"], "export default 1;");
    }

    pub(super) fn a_page_that_came_too_late_gets_the_kept_files() {
        let site = site("[pages]\ntimeout = \"100ms\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        server.fault("/", Fault::Delay(std::time::Duration::from_secs(1)));
        tab.goto(&server.url("/"));
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert_eq!(tab.wait_for("document.title"), json!("1"));
        assert_eq!(tab.fetch("/late.js")["text"], "export default 1;");
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_newer_page_is_remembered() {
        let site = site("");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        tab.goto(&server.url("/"));
        assert_eq!(tab.wait_for(STYLE), json!("rgb(2, 0, 0)"));
        browser.kill_workers();
        assert_eq!(tab.fetch("/late.js")["text"], "export default 2;");
    }

    pub(super) fn an_old_tab_keeps_its_version() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let old = install(&browser, &server);
        let other = browser.open(&server.url("/"));
        deploy(&site, 2);
        accept_update(&other);
        browser.kill_workers();
        assert_eq!(old.fetch("/late.js")["text"], "export default 1;");
        assert_eq!(
            old.wait_for("import('/chunk-1.js').then((chunk) => chunk.default)"),
            json!(1)
        );
    }
}
