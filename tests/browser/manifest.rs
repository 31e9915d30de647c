//! `[manifest]`: an app that browsers install, that takes what other apps share, and that opens files.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::runner;
use crate::server::Server;
use crate::site::Site;

crate::tests![
    it_works::the_example_can_be_installed,
    it_works::the_browser_reads_what_was_written,
    it_works::the_app_is_found_under_another_base,
    it_works::what_is_shared_reaches_the_page_once everywhere,
    it_works::what_a_page_could_not_take_is_offered_again everywhere needs(Errors),
    it_works::a_denied_share_belongs_to_the_server everywhere,
    it_works::files_open_in_the_installed_app,
    the_network_is_gone::what_is_shared_waits_for_no_server everywhere,
    the_worker_is_killed_midway::a_stopped_worker_takes_a_share,
];

const MANIFEST: &str = r##"
[manifest]
short_name = "Test"
theme_color = "teal"
background_color = "white"
categories = ["utilities"]
shortcuts = [{ name = "About", url = "/about.html" }]

[manifest.share_target]
action = "/share"
params = { title = "headline", text = "body", url = "link", files = [{ name = "photos", accept = ["image/*", ".txt"] }] }

[[manifest.file_handlers]]
action = "/"
accept = { "text/markdown" = [".md"] }

[icons]
source = "site/logo.svg"
"##;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>home</title>
<link rel="manifest" href="manifest.webmanifest">
<script type="module">
import { onShared, onOpenFiles } from "./register.js";
window.shares = [];
window.opened = [];
window.take = async ({ title, text, url, files }) => {
  if (text === "not yet") throw new Error("not yet");
  shares.push([title, text, url, ...(await Promise.all(files.map(async (file) => `${file.name} ${file.type} ${await file.text()}`)))]);
};
onShared((share) => take(share));
onOpenFiles(async (files) => opened.push(...(await Promise.all(files.map(async (file) => [file.name, await (await file.getFile()).text()])))));
</script>"#;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><circle cx="50" cy="50" r="40" fill="#008080"/></svg>"##;

fn site(toml: &str) -> Site {
    let site = Site::new(
        &[
            ("index.html", PAGE),
            ("about.html", "<!doctype html><title>about</title>"),
            ("logo.svg", LOGO),
        ],
        toml,
    );
    site.build();
    site
}

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

/// Posts a form as the browser does for another app, and says where that led.
fn share(page: &Page, text: &str, file: &str) -> Value {
    // A page that still looks for shares would take this one along when it goes.
    page.wait_for(
        "navigator.locks.query().then(({ held, pending }) => held.length + pending.length === 0)",
    );
    page.evaluate(&format!(
        "(() => {{
            const form = document.createElement('form');
            form.method = 'post';
            form.action = 'share';
            form.enctype = 'multipart/form-data';
            for (const [name, value] of [['headline', 'Wéir'], ['body', {}], ['link', 'https://birds.example/heron']]) {{
                const field = form.appendChild(document.createElement('textarea'));
                field.name = name;
                field.value = value;
            }}
            const field = form.appendChild(document.createElement('input'));
            field.type = 'file';
            field.name = 'photos';
            const files = new DataTransfer();
            files.items.add(new File([{}], 'heron.txt', {{ type: 'text/plain' }}));
            field.files = files.files;
            document.body.append(form);
            document.title = 'leaving';
            form.submit();
        }})()",
        json!(text),
        json!(file)
    ));
    page.wait_for("document.title !== 'leaving' && document.readyState === 'complete'");
    page.evaluate("location.pathname")
}

fn taken(page: &Page, count: usize) -> Value {
    page.wait_for(&format!("window.shares?.length >= {count}"));
    page.evaluate("shares")
}

fn heron(text: &str) -> Value {
    json!([
        "Wéir",
        text,
        "https://birds.example/heron",
        "heron.txt text/plain two of them"
    ])
}

/// What keeps the browser from installing the site, by its own criteria.
fn hindrances(page: &Page) -> Value {
    page.devtools()
        .call("Page.getInstallabilityErrors", json!({}))["installabilityErrors"]
        .clone()
}

mod it_works {
    use super::*;

    pub(super) fn the_example_can_be_installed() {
        let site = Site::copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("example"),
            "public",
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        assert_eq!(hindrances(&page), json!([]));
        let manifest = page.devtools().call("Page.getAppManifest", json!({}));
        assert_eq!(manifest["errors"], json!([]));
        assert_eq!(manifest["manifest"]["name"], "Markdown Notes");
        assert!(page.complaints().is_empty(), "{:?}", page.complaints());
    }

    pub(super) fn the_browser_reads_what_was_written() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        assert_eq!(hindrances(&page), json!([]));
        let answer = page.devtools().call("Page.getAppManifest", json!({}));
        assert_eq!(answer["errors"], json!([]));
        let manifest = &answer["manifest"];
        assert_eq!(manifest["startUrl"], server.url("/"));
        assert_eq!(manifest["scope"], server.url("/"));
        assert_eq!(manifest["shortcuts"][0]["url"], server.url("/about.html"));
        assert_eq!(manifest["shareTarget"]["action"], server.url("/share"));
        assert_eq!(manifest["shareTarget"]["method"], "kPost");
    }

    pub(super) fn the_app_is_found_under_another_base() {
        let site = site(MANIFEST);
        for (file, to) in [
            ("manifest.webmanifest", "repo/manifest.webmanifest"),
            ("index.html", "repo/index.html"),
        ] {
            site.rename(file, to);
        }
        site.rename("icons", "repo/icons");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/repo/"));
        assert_eq!(hindrances(&page), json!([]));
        let manifest = page.devtools().call("Page.getAppManifest", json!({}))["manifest"].clone();
        assert_eq!(manifest["startUrl"], server.url("/repo/"));
        assert_eq!(manifest["scope"], server.url("/repo/"));
        assert_eq!(manifest["shareTarget"]["action"], server.url("/repo/share"));
    }

    pub(super) fn what_is_shared_reaches_the_page_once() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        assert_eq!(share(&page, "at the\nweir", "two of them"), "/");
        assert_eq!(taken(&page, 1), json!([heron("at the\r\nweir")]));
        assert!(server.posts("/share").is_empty());
        let kept = "caches.open('test:/:shared').then((shared) => shared.keys()).then((keys) => keys.length === 0)";
        page.wait_for(kept);
        page.reload();
        // The next share is the only one that comes then.
        assert_eq!(share(&page, "again", "two of them"), "/");
        assert_eq!(taken(&page, 1), json!([heron("again")]));
        page.wait_for(kept);
        assert!(page.complaints().is_empty(), "{:?}", page.complaints());
    }

    pub(super) fn what_a_page_could_not_take_is_offered_again() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        share(&page, "not yet", "two of them");
        page.wait_for("window.shares");
        // The page says that it failed, and everything stays where it was.
        eventually("the page's own complaint", || {
            let complaints = page.complaints();
            complaints
                .iter()
                .any(|text| text.contains("not yet"))
                .then_some(())
        });
        page.evaluate(
            "import('./register.js').then(({ onShared }) => onShared(async ({ text }) => shares.push(text)))",
        );
        assert_eq!(taken(&page, 1), json!(["not yet"]));
    }

    pub(super) fn a_denied_share_belongs_to_the_server() {
        let site = site(&format!("[pages]\ndeny = [\"/share\"]\n{MANIFEST}"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/about.html"));
        assert_eq!(page.register_worker(), "activated");
        page.wait_for("navigator.serviceWorker.ready.then(() => true)");
        assert_eq!(share(&page, "for the server", "two of them"), "/share");
        assert_eq!(server.posts("/share").len(), 1);
    }

    pub(super) fn files_open_in_the_installed_app() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let app = server.url("/");
        let note = runner::folder().join("heron.md");
        fs::write(&note, "# Two herons").unwrap();
        let window = browser.open_in_app(&app, &note);
        window.wait_for("window.opened?.length > 0");
        assert_eq!(
            window.evaluate("opened"),
            json!([["heron.md", "# Two herons"]])
        );
        drop(page);
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn what_is_shared_waits_for_no_server() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        assert_eq!(share(&page, "on the train", "two of them"), "/");
        assert_eq!(taken(&page, 1), json!([heron("on the train")]));
        let manifest = page.fetch("/manifest.webmanifest");
        assert_eq!(manifest["status"], 200);
        assert!(
            manifest["text"]
                .as_str()
                .unwrap()
                .contains("\"short_name\":\"Test\"")
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_stopped_worker_takes_a_share() {
        let site = site(MANIFEST);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        browser.kill_workers();
        assert_eq!(share(&page, "after a rest", "two of them"), "/");
        assert_eq!(taken(&page, 1), json!([heron("after a rest")]));
        assert!(browser.worker_errors().is_empty());
    }
}
