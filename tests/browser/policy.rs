//! Strict content policies: the worker registers, updates and says so without breaking a single rule.

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::trusted_types_are_given,
    it_works::the_named_policy_is_enough everywhere needs(Answers),
    it_works::a_page_that_allows_no_policy_works_without_a_worker,
    it_works::the_message_is_drawn_and_accepts everywhere needs(Answers),
    it_works::nothing_is_asked_of_another_host,
    the_network_is_gone::a_strict_page_opens everywhere needs(Answers),
    the_worker_is_killed_midway::a_strict_page_is_told,
];

const STRICT: &str = "default-src 'self'; require-trusted-types-for 'script'";
const NAMED: &str = "default-src 'self'; require-trusted-types-for 'script'; trusted-types mdpwa";
const NONE: &str = "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

/// A page whose own script notes every violation, before ours runs.
fn site(toml: &str) -> Site {
    let site = Site::new(&[], toml);
    site.write(
        "violations.js",
        "globalThis.violations = [];
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push([violatedDirective, blockedURI]));",
    );
    deploy(&site, 1);
    site
}

fn deploy(site: &Site, version: u32) {
    site.write(
        "index.html",
        &format!(
            "<!doctype html><title>{version}</title><script src=\"violations.js\"></script><script type=\"module\" src=\"register.js\"></script>"
        ),
    );
    site.build();
}

fn start(site: &Site, policy: &'static str) -> (Server, Browser) {
    let server = Server::start(site.root());
    for path in ["/", "/index.html"] {
        server.fault(path, Fault::Header("content-security-policy", policy));
    }
    (server, Browser::launch())
}

/// A page of the worker's, under the same policy.
fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    assert!(page.goto(&server.url("/")).from_worker);
    page
}

fn violations(page: &Page) -> Value {
    page.evaluate("violations")
}

/// Has the browser look for what was deployed, and waits for the message.
fn wait_asked(page: &Page) {
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)");
    page.wait_for("document.querySelector('mdpwa-toast')?.shadowRoot.querySelector('[role=status]').textContent");
}

mod it_works {
    use super::*;

    pub(super) fn trusted_types_are_given() {
        let site = site("[update]\n");
        let (server, browser) = start(&site, STRICT);
        let tab = install(&browser, &server);
        // The policy is there, or this would not be refused.
        assert_eq!(
            tab.evaluate("navigator.serviceWorker.register('/service-worker.js').catch((error) => error.name)"),
            "TypeError"
        );
        assert_eq!(
            violations(&tab),
            json!([["require-trusted-types-for", "trusted-types-sink"]])
        );
        tab.goto(&server.url("/"));
        assert_eq!(violations(&tab), json!([]));
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn the_named_policy_is_enough() {
        let site = site("[update]\n");
        let (server, browser) = start(&site, NAMED);
        let tab = install(&browser, &server);
        assert_eq!(violations(&tab), json!([]));
        // It makes nothing of what others bring.
        assert_eq!(
            tab.evaluate("(() => { try { trustedTypes.createPolicy('mdpwa', {}); return 'made'; } catch { return 'refused'; } })()"),
            "refused"
        );
    }

    pub(super) fn a_page_that_allows_no_policy_works_without_a_worker() {
        let site = site("[update]\n");
        let (server, browser) = start(&site, NONE);
        let tab = browser.open(&server.url("/"));
        let offers = tab.evaluate("import('/register.js').then(({ register }) => register())");
        assert_eq!(
            offers,
            json!({ "serviceWorker": false, "backgroundSync": false })
        );
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn the_message_is_drawn_and_accepts() {
        let site = site("[update]\ntoast = true\ncompat = [\"workbox-window\"]\n");
        let (server, browser) = start(&site, NAMED);
        let tab = install(&browser, &server);
        tab.evaluate("import('/register-workbox.js').then(({ Workbox }) => new Workbox().register()).then(() => true)");
        deploy(&site, 2);
        wait_asked(&tab);
        let style = "(() => { const { position, borderRadius } = getComputedStyle(document.querySelector('mdpwa-toast')); return [position, borderRadius]; })()";
        assert_eq!(tab.evaluate(style), json!(["fixed", "16px"]));
        assert_eq!(violations(&tab), json!([]));
        // A page draws it its own way.
        tab.evaluate("document.documentElement.style.setProperty('--mdpwa-radius', '3px')");
        assert_eq!(tab.evaluate(style), json!(["fixed", "3px"]));
        tab.evaluate("document.querySelector('mdpwa-toast').shadowRoot.querySelector('[part=accept]').click()");
        tab.wait_for("document.title === '2' && globalThis.violations?.length === 0");
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn nothing_is_asked_of_another_host() {
        let site = site("[update]\ntoast = true\n");
        let (server, browser) = start(&site, STRICT);
        let tab = install(&browser, &server);
        deploy(&site, 2);
        wait_asked(&tab);
        let foreign: Vec<String> = tab
            .answers()
            .into_iter()
            .map(|answer| answer.url)
            .filter(|url| !url.starts_with(&server.origin()))
            .collect();
        assert_eq!(foreign, Vec::<String>::new());
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_strict_page_opens() {
        let site = site("[update]\ntoast = true\n");
        let (server, browser) = start(&site, NAMED);
        let tab = install(&browser, &server);
        server.refuse();
        assert!(tab.goto(&server.url("/")).from_worker);
        assert_eq!(tab.evaluate("document.title"), "1");
        // The kept page has kept its policy.
        tab.evaluate("document.body.append(Object.assign(document.createElement('script'), { async: true }))");
        let inline = "(() => { try { document.querySelector('script:last-of-type').textContent = 'x = 1'; return 'set'; } catch { return 'refused'; } })()";
        assert_eq!(tab.evaluate(inline), "refused");
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_strict_page_is_told() {
        let site = site("[update]\ntoast = true\n");
        let (server, browser) = start(&site, NAMED);
        let tab = install(&browser, &server);
        browser.kill_workers();
        deploy(&site, 2);
        wait_asked(&tab);
        assert_eq!(violations(&tab), json!([]));
    }
}
