//! `mdpwa serve`: a person tries the whole story with no server of their own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mdpwa::host::NAMES;
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::site::Site;

crate::tests![
    it_works::the_control_page_shows_what_arrives_and_how_it_was_answered,
    it_works::the_control_page_hears_from_the_terminal_and_other_tabs,
    the_network_is_gone::every_host_answers_every_spelling_as_its_worker_does_without_it,
    the_network_is_gone::a_server_that_is_down_is_down_for_the_app_and_not_for_the_control_page,
];

/// The preview of a site, run as a person runs it.
struct Preview {
    process: Child,
    site: String,
    control: String,
}

impl Preview {
    fn start(site: &Site) -> Preview {
        let mut process = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .args(["serve", "--port", "0", "--format", "json"])
            .arg(site.root().parent().unwrap_or(Path::new(".")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        // Kept open, since the preview goes on telling what happens.
        std::thread::spawn(move || output.lines().map_while(Result::ok).for_each(drop));
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let url = |name: &str| {
            said[name]
                .as_str()
                .unwrap()
                .trim_end_matches('/')
                .to_string()
        };
        Preview {
            site: url("site"),
            control: url("control"),
            process,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    fn control_page(&self, browser: &Browser) -> Page {
        let page = browser.open(&format!("{}/", self.control));
        page.wait_for("document.querySelector('#site').href !== ''");
        page
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        // The process may have ended by itself, when its test failed.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn page(name: &str) -> String {
    format!("<!doctype html><meta charset=\"utf-8\"><title>{name}</title><h1>{name}</h1>")
}

fn site(toml: &str) -> Site {
    let site = Site::new(&[], toml);
    for (file, name) in [
        ("index.html", "home"),
        ("404.html", "nothing"),
        ("file.html", "file"),
        ("folder/index.html", "folder"),
        ("both.html", "both"),
        ("both/index.html", "both as a folder"),
        ("a b/50% é.html", "awkward"),
    ] {
        site.write(file, &page(name));
    }
    site
}

fn install(browser: &Browser, preview: &Preview) -> Page {
    let page = browser.open(&preview.url("/"));
    assert_eq!(page.register_worker(), "activated");
    page.wait_controlled();
    page
}

fn switch(control: &Page, to: &str) {
    control.click(&format!("[data-command={to}]"));
    control.wait_for(&format!(
        "document.documentElement.dataset.switch === '{to}'"
    ));
}

fn rows(control: &Page) -> Value {
    control.evaluate(
        "[...document.querySelectorAll('summary .outcome')].map((one) => one.textContent)",
    )
}

fn wait_rows(control: &Page, count: usize) {
    control.wait_for(&format!(
        "document.querySelectorAll('#deliveries > li').length === {count}"
    ));
}

mod it_works {
    use super::*;

    const NOTES: &str = "[endpoints.notes]\nurl = \"/notes\"\n\
                         [[sync]]\ntag = \"notes\"\nendpoint = \"notes\"\nbody = \"$payload\"\n";

    /// Sends a note and gives the status of the answer.
    fn send(page: &Page, key: &str, text: &str) -> Value {
        let headers = json!({ "Idempotency-Key": key, "Content-Type": "application/json" });
        page.evaluate(&format!(
            "fetch('/notes', {{ method: 'POST', headers: {headers}, body: JSON.stringify({}) }}).then(({{ status }}) => status)",
            json!({ "text": text })
        ))
    }

    pub(super) fn the_control_page_shows_what_arrives_and_how_it_was_answered() {
        let preview = Preview::start(&site(NOTES));
        let browser = Browser::launch();
        let page = browser.open(&preview.url("/"));
        let control = preview.control_page(&browser);
        assert_eq!(
            control.evaluate("document.querySelector('#nothing').hidden"),
            json!(false)
        );

        assert_eq!(send(&page, "\"k\"", "<b>milk</b>"), json!(201));
        assert_eq!(send(&page, "\"k\"", "<b>milk</b>"), json!(201));
        assert_eq!(send(&page, "\"k\"", "bread"), json!(422));
        wait_rows(&control, 3);
        switch(&control, "unavailable");
        assert_eq!(send(&page, "\"l\"", "bread"), json!(503));
        wait_rows(&control, 4);
        assert_eq!(
            rows(&control),
            json!(["Refused", "Conflict", "Known", "Stored"])
        );
        let shown = control.evaluate("document.querySelectorAll('pre')[3].textContent");
        assert_eq!(shown, json!("{\n  \"text\": \"<b>milk</b>\"\n}"));

        switch(&control, "up");
        control.click("[data-command=forget-keys]");
        control.wait_for("document.querySelector('#counts').textContent === '1 record · 0 keys'");
        assert_eq!(send(&page, "\"k\"", "bread"), json!(201));
        let records = page.evaluate("fetch('/notes').then((list) => list.json()).then((list) => list.map(({ body }) => body.text))");
        assert_eq!(records, json!(["<b>milk</b>", "bread"]));
        control.click("[data-command=forget-records]");
        wait_rows(&control, 0);
        assert_eq!(control.complaints(), Vec::<String>::new());
    }

    pub(super) fn the_control_page_hears_from_the_terminal_and_other_tabs() {
        let preview = Preview::start(&site(""));
        let browser = Browser::launch();
        let first = preview.control_page(&browser);
        let second = preview.control_page(&browser);
        switch(&first, "slow");
        second.wait_for("document.querySelector('#status').textContent === 'The server is slow'");
        second.evaluate("dispatchEvent(new KeyboardEvent('keydown', { key: 'd' }))");
        first.wait_for("document.querySelector('[data-command=down]').ariaPressed === 'true'");
        drop(preview);
        first.wait_for("document.querySelector('#status').textContent === 'The preview has ended'");
    }
}

mod the_network_is_gone {
    use super::*;

    const PATHS: [&str; 14] = [
        "/",
        "/index.html",
        "/file",
        "/file/",
        "/file.html",
        "/folder",
        "/folder/",
        "/folder/index.html",
        "/both",
        "/both/",
        "/both.html",
        "/both/index.html",
        "/a%20b/50%25%20%C3%A9",
        "/a%20b/50%25%20%C3%A9.html",
    ];

    /// Where a path leads and what is there.
    fn visit(page: &Page, url: &str) -> Result<(u64, Value, Value), String> {
        let arrival = page.try_goto(url)?;
        let place = page.evaluate("location.pathname");
        Ok((arrival.status, place, page.evaluate("document.title")))
    }

    pub(super) fn every_host_answers_every_spelling_as_its_worker_does_without_it() {
        let browser = Browser::launch();
        for (name, _) in NAMES {
            let preview = Preview::start(&site(&format!("host = \"{name}\"\n")));
            let page = install(&browser, &preview);
            let control = preview.control_page(&browser);
            let online = PATHS.map(|path| visit(&page, &preview.url(path)));
            switch(&control, "down");
            for (path, online) in PATHS.into_iter().zip(online) {
                let offline = visit(&page, &preview.url(path));
                match &online {
                    Ok((200, ..)) => assert_eq!(offline, online, "{path} on {name}"),
                    _ => assert_ne!(
                        offline.map(|(status, ..)| status),
                        Ok(200),
                        "{path} on {name}"
                    ),
                }
            }
            page.close();
            control.close();
        }
    }

    pub(super) fn a_server_that_is_down_is_down_for_the_app_and_not_for_the_control_page() {
        let preview = Preview::start(&site(""));
        let browser = Browser::launch();
        let page = install(&browser, &preview);
        let control = preview.control_page(&browser);
        let ask = "fetch('/nowhere', { cache: 'no-store' }).then(({ status }) => status, () => 'refused')";
        assert_eq!(page.evaluate(ask), json!(404));
        switch(&control, "down");
        assert_eq!(page.evaluate(ask), json!("refused"));
        control.reload();
        control.wait_for("document.querySelector('#status').textContent === 'The server is down'");
        assert_eq!(
            visit(&page, &preview.url("/file.html")).map(|(status, ..)| status),
            Ok(200)
        );
        switch(&control, "up");
        assert_eq!(page.evaluate(ask), json!(404));
    }
}
