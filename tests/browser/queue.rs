//! The rest of `[[sync]]`: the app's own requests, files, people who take turns, and what people decide about work.

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_form_of_files_arrives_byte_for_byte everywhere,
    it_works::a_file_of_twenty_mebibytes_arrives_byte_for_byte everywhere,
    it_works::what_was_refused_is_listed_and_goes_again_or_for_good everywhere,
    it_works::nothing_of_one_person_is_sent_for_another everywhere,
    it_works::lanes_flow_past_one_that_is_held_up,
    it_works::a_token_from_a_cookie_goes_with_each_request everywhere,
    the_network_is_gone::the_apps_own_request_is_queued_and_arrives_once everywhere,
    the_network_is_gone::what_is_not_declared_fails_as_ever,
    the_network_is_gone::a_lost_answer_to_the_first_attempt_doubles_nothing everywhere,
    the_worker_is_killed_midway::a_captured_request_survives_it,
];

const TAGS: &str = r#"
[[sync]]
tag = "notes"
endpoint = "POST /markdowns"
capture = {}
auth = "context:token"
csrf = { from = "cookie:XSRF-TOKEN", header = "X-XSRF-TOKEN" }

[[sync]]
tag = "files"
endpoint = "POST /files"
encoding = "multipart"
limits = { max_body = "25MiB" }

[[sync]]
tag = "talk"
endpoint = "POST /rooms/{room}"
order = "lane"
lane = "room"
"#;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>queue</title>
<script type="module">
import * as pwa from "./register.js";
window.pwa = pwa;
window.post = (url, body) => fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
</script>"#;

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page.wait_for("window.pwa && true");
    page
}

fn site() -> Site {
    let site = Site::new(&[("index.html", PAGE)], TAGS);
    site.build();
    site
}

fn waiting(page: &Page, tag: &str) -> Value {
    page.evaluate(&format!(
        "pwa.list('{tag}').then((all) => all.map(({{ state }}) => state))"
    ))
}

mod it_works {
    use super::*;

    pub(super) fn a_form_of_files_arrives_byte_for_byte() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate(
            "pwa.enqueue('files', { title: 'a & b', file: new File([new Uint8Array([0, 255, 13, 10, 45, 45])], 'a.bin', { type: 'application/x-note' }) })",
        );
        server.wait_posts("/files", 1);
        let post = &server.posts("/files")[0];
        let kind = &post.headers["content-type"];
        let boundary = kind
            .strip_prefix("multipart/form-data; boundary=")
            .expect("a form with its boundary");
        let body = &post.body;
        let has = |bytes: &[u8]| body.windows(bytes.len()).any(|part| part == bytes);
        assert!(has(format!("--{boundary}--").as_bytes()));
        assert!(has(
            b"filename=\"a.bin\"\r\nContent-Type: application/x-note\r\n\r\n\x00\xff\r\n--\r\n"
        ));
        assert!(has(b"a & b"));
        eventually("an empty outbox", || {
            (waiting(&page, "files") == json!([])).then_some(())
        });
    }

    pub(super) fn a_file_of_twenty_mebibytes_arrives_byte_for_byte() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        page.evaluate(
            "pwa.enqueue('files', { file: new File([new Uint8Array(20 << 20).map((_, i) => i * 31 + (i >> 8))], 'long.bin') })",
        );
        server.accept();
        page.evaluate("void pwa.flush('files', { force: true })");
        eventually("an empty outbox", || {
            (waiting(&page, "files") == json!([])).then_some(())
        });
        let sent: Vec<u8> = (0..20 << 20_u32)
            .map(|i: u32| (i.wrapping_mul(31).wrapping_add(i >> 8) & 0xff) as u8)
            .collect();
        let posts = server.posts("/files");
        let body = &posts.last().expect("a post").body;
        let head = b"filename=\"long.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        let at = body.windows(head.len()).position(|part| part == head);
        let file = &body[at.expect("the file's part") + head.len()..];
        assert!(file.starts_with(&sent) && file[sent.len()..].starts_with(b"\r\n--"));
    }

    pub(super) fn what_was_refused_is_listed_and_goes_again_or_for_good() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::Status(400));
        page.evaluate("pwa.enqueue('notes', { n: 1 }, { id: 'one' })");
        page.evaluate("pwa.enqueue('notes', { n: 2 }, { id: 'two' })");
        eventually("two dead letters", || {
            (waiting(&page, "notes") == json!(["dead", "dead"])).then_some(())
        });
        let [first, ..] = &server.posts("/markdowns")[..] else {
            panic!("no request")
        };
        let refused = first.key().expect("a key").to_string();
        server.heal("/markdowns");
        assert_eq!(page.evaluate("pwa.discard('notes', ['two'])"), 1);
        assert_eq!(page.evaluate("pwa.retry('notes', ['one'])"), 1);
        server.wait_effects(1);
        eventually("an empty outbox", || {
            (waiting(&page, "notes") == json!([])).then_some(())
        });
        assert_eq!(server.effects(), [json!({ "n": 1 })]);
        assert_ne!(
            server
                .posts("/markdowns")
                .last()
                .and_then(|post| post.key()),
            Some(refused.as_str())
        );
    }

    pub(super) fn nothing_of_one_person_is_sent_for_another() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate("pwa.setPrincipal('ada', { context: { token: 'A' } })");
        server.refuse();
        page.evaluate("pwa.enqueue('notes', { of: 'ada' })");
        page.evaluate("pwa.setPrincipal('bob', { context: { token: 'B' } })");
        server.accept();
        page.evaluate("pwa.enqueue('notes', { of: 'bob' })");
        server.wait_effects(1);
        page.evaluate("pwa.flush('notes', { force: true })");
        assert_eq!(server.effects(), [json!({ "of": "bob" })]);
        page.evaluate("pwa.setPrincipal('ada', { context: { token: 'A2' } })");
        page.evaluate("pwa.flush('notes', { force: true })");
        server.wait_effects(2);
        for post in server.posts("/markdowns") {
            let of_ada = post.body == br#"{"of":"ada"}"#;
            let token = post.headers["authorization"].clone();
            assert_eq!(token.starts_with("Bearer A"), of_ada, "{token}");
        }
    }

    pub(super) fn lanes_flow_past_one_that_is_held_up() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/rooms/a", Fault::Status(500));
        for (room, n) in [("a", 1), ("b", 1), ("a", 2), ("b", 2)] {
            page.evaluate(&format!(
                "pwa.enqueue('talk', {{ room: '{room}', n: {n} }})"
            ));
        }
        server.wait_posts("/rooms/b", 2);
        server.heal("/rooms/a");
        page.evaluate("pwa.flush('talk', { force: true })");
        eventually("an empty outbox", || {
            (waiting(&page, "talk") == json!([])).then_some(())
        });
        let order: Vec<u64> = (server.posts("/rooms/a").iter())
            .map(|post| {
                serde_json::from_slice::<Value>(&post.body).expect("JSON")["n"]
                    .as_u64()
                    .expect("a number")
            })
            .collect();
        assert!(order.is_sorted() && order.last() == Some(&2), "{order:?}");
    }

    pub(super) fn a_token_from_a_cookie_goes_with_each_request() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate("document.cookie = 'XSRF-TOKEN=abc; path=/'");
        page.evaluate("pwa.enqueue('notes', { n: 1 })");
        server.wait_effects(1);
        assert_eq!(server.posts("/markdowns")[0].headers["x-xsrf-token"], "abc");
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_apps_own_request_is_queued_and_arrives_once() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        assert_eq!(
            page.evaluate("post('/markdowns', { n: 1 }).then(({ status }) => status)"),
            202
        );
        assert!(server.posts("/markdowns").is_empty());
        server.accept();
        page.evaluate("pwa.flush('notes', { force: true })");
        server.wait_effects(1);
        eventually("an empty outbox", || {
            (waiting(&page, "notes") == json!([])).then_some(())
        });
        assert_eq!(server.effects(), [json!({ "n": 1 })]);
    }

    pub(super) fn what_is_not_declared_fails_as_ever() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        // The last is on another host, which is down.
        for url in [
            "/markdowns?x=1",
            "/markdowns/1",
            "/files",
            "http://127.0.0.1:8081/markdowns",
        ] {
            let failed = page.evaluate(&format!(
                "post('{url}', {{}}).then(() => 'answered', ({{ name }}) => name)"
            ));
            assert_eq!(failed, "TypeError", "{url}");
        }
        assert_eq!(waiting(&page, "notes"), json!([]));
    }

    pub(super) fn a_lost_answer_to_the_first_attempt_doubles_nothing() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/markdowns", Fault::LoseAnswer);
        assert_eq!(
            page.evaluate("post('/markdowns', { n: 1 }).then(({ status }) => status)"),
            202
        );
        server.heal("/markdowns");
        page.evaluate("pwa.flush('notes', { force: true })");
        eventually("an empty outbox", || {
            (waiting(&page, "notes") == json!([])).then_some(())
        });
        assert_eq!(server.effects(), [json!({ "n": 1 })]);
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_captured_request_survives_it() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        assert_eq!(
            page.evaluate("post('/markdowns', { n: 1 }).then(({ status }) => status)"),
            202
        );
        browser.kill_workers();
        server.accept();
        page.evaluate("pwa.flush('notes', { force: true })");
        server.wait_effects(1);
        assert_eq!(server.effects(), [json!({ "n": 1 })]);
    }
}
