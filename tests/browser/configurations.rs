//! The larger configurations of queued work, word for word as they are specified, each with the page that it is for.
//! The smallest, a page that asks for a sync by itself, is `lesson.rs`.

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::server::{Fault, Request, Server};
use crate::site::Site;

crate::tests![
    it_works::markdowns_arrive_one_by_one_and_are_marked everywhere,
    it_works::a_markdown_whose_message_was_lost_is_found everywhere,
    it_works::messages_files_and_receipts_arrive_as_they_are_declared everywhere,
    the_network_is_gone::markdowns_saved_meanwhile_arrive_once_and_in_order everywhere,
    the_network_is_gone::messages_keep_the_order_of_their_conversation everywhere,
    the_network_is_gone::of_receipts_the_newest_of_each_conversation_arrives everywhere,
    the_network_is_gone::the_pages_own_receipt_is_queued everywhere,
    the_network_is_gone::a_file_is_kept_until_the_server_takes_it everywhere,
    the_worker_is_killed_midway::a_markdown_on_its_way_is_marked_after_all,
    the_worker_is_killed_midway::a_message_on_its_way_arrives_once,
];

const MARKDOWNS: &str = r#"
[[sync]]
tag = "addMarkdown"
endpoint = "POST /api/v1/markdowns"
source = { database = "hotMark", store = "markdownFiles", version = 20, where = { status = "pendingSync" } }
on_success = { set = { status = "synced" } }
body = "$record"
batch = { max_records = 1 }
order = "fifo"
trigger = { message = "add-markdown" }
client_message = { type = "markdowns-synced" }
notification = { title = "New markdowns synced!" }
"#;

/// It knows nothing of mdpwa: it has its own database, and tells the worker when it has saved something.
const MARKDOWNS_PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>hotmark</title>
<script>
navigator.serviceWorker.register("./service-worker.js");
window.messages = [];
navigator.serviceWorker.addEventListener("message", ({ data }) => messages.push(data.type));
const open = () => new Promise((resolve, reject) => {
  const request = indexedDB.open("hotMark", 20);
  request.onupgradeneeded = () => request.result.createObjectStore("markdownFiles", { keyPath: "id", autoIncrement: true });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
async function inFiles(work) {
  const database = await open();
  const request = work(database.transaction("markdownFiles", "readwrite").objectStore("markdownFiles"));
  return new Promise((resolve) => (request.onsuccess = () => {
    database.close();
    resolve(request.result);
  }));
}
window.save = (content) => inFiles((store) => store.add({ content, status: "pendingSync" }));
window.tell = () => navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ type: "add-markdown" }));
window.statuses = () => inFiles((store) => store.getAll()).then((files) => files.map(({ status }) => status));
</script>"#;

const CHAT: &str = r#"
[sync_defaults]
csrf = { from = "cookie:XSRF-TOKEN", header = "X-XSRF-TOKEN" }
logout = "discard"
[[sync]]
tag = "send-message"
endpoint = "POST /api/conversations/{conversationId}/messages"
body = { text = "$payload.text", clientId = "$key", attachmentId = "$payload.attachmentId" }
order = "lane"
lane = "conversationId"
retry = { max_age = "7d" }
notification = { title_one = "Message sent", title = "{count} messages sent", when = "hidden" }
[[sync]]
tag = "upload-attachment"
endpoint = "POST /api/attachments"
encoding = "multipart"
batch = { max_records = 1 }
order = "parallel"
concurrency = 2
limits = { max_body = "25MiB", max_bytes = "200MiB" }
retry = { timeout = "120s" }
response = { save = { database = "chat", store = "attachments", pointer = "" } }
[[sync]]
tag = "mark-read"
endpoint = "PUT /api/conversations/{conversationId}/read"
body = { upTo = "$payload.messageId" }
coalesce = "conversationId"
capture = { on = ["network_error", "503"], respond = "202" }
"#;

const CHAT_PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>chat</title>
<script type="module">
import * as pwa from "./register.js";
window.pwa = pwa;
document.cookie = "XSRF-TOKEN=abc; path=/";
const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("chat", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("attachments", { keyPath: "id" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
window.attachments = async () => {
  const request = (await opened).transaction("attachments").objectStore("attachments").getAll();
  return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
};
window.upload = () => pwa.enqueue("upload-attachment", { file: new File([new Uint8Array([0, 255, 13, 10])], "a.png", { type: "image/png" }) });
window.say = (conversationId, text, attachmentId = null) => pwa.enqueue("send-message", { conversationId, text, attachmentId });
window.read = (conversationId, messageId) => pwa.enqueue("mark-read", { conversationId, messageId });
window.waiting = () => pwa.getState().then((tags) => tags.reduce((sum, { pending, inFlight, parked, dead }) => sum + pending + inFlight + parked + dead, 0));
await opened;
window.ready = true;
</script>"#;

const UPLOADS: &str = "/api/attachments";
const SAVED: &str = r#"{"id":"file-1"}"#;

fn markdowns() -> Site {
    let site = Site::new(&[("index.html", MARKDOWNS_PAGE)], MARKDOWNS);
    site.build();
    site
}

fn chat() -> Site {
    let site = Site::new(&[("index.html", CHAT_PAGE)], CHAT);
    site.build();
    site
}

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

fn open_chat(browser: &Browser, server: &Server) -> Page {
    server.fault(UPLOADS, Fault::Body("application/json", SAVED));
    let page = open(browser, server);
    page.wait_for("window.ready");
    page
}

/// The JSON of what was sent to a path, each request as often as it was.
fn sent(server: &Server, path: &str) -> Vec<Value> {
    let requests = server.requests_for(path);
    let body = |request: &Request| serde_json::from_slice(&request.body).expect("JSON");
    requests.iter().map(body).collect()
}

fn markdown(id: u64, content: &str) -> Value {
    json!({ "id": id, "content": content, "status": "pendingSync" })
}

fn wait_marked(page: &Page, count: usize) {
    page.wait_for(&format!("statuses().then((all) => all.length === {count} && all.every((status) => status === 'synced'))"));
}

fn deliver(page: &Page) {
    page.evaluate("pwa.flush(undefined, { force: true }).then(() => true)");
    eventually("an empty outbox", || {
        (page.evaluate("waiting()") == 0).then_some(())
    });
}

/// The values of one field, without repetitions of a request whose answer was not waited for.
fn each(server: &Server, path: &str, field: &str) -> Vec<Value> {
    let mut values: Vec<Value> = (sent(server, path).iter())
        .map(|body| body[field].clone())
        .collect();
    values.dedup();
    values
}

mod it_works {
    use super::*;

    pub(super) fn markdowns_arrive_one_by_one_and_are_marked() {
        let site = markdowns();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let other = open(&browser, &server);
        page.evaluate("save('one').then(() => save('two'))");
        page.evaluate("tell().then(() => true)");
        wait_marked(&page, 2);
        assert_eq!(
            sent(&server, "/api/v1/markdowns"),
            [markdown(1, "one"), markdown(2, "two")]
        );
        let posts = server.posts("/api/v1/markdowns");
        assert!(posts.iter().all(|post| post.key().is_some()));
        for each in [&page, &other] {
            each.wait_for("messages.includes('markdowns-synced')");
        }
        page.evaluate("tell().then(() => true)");
        page.reload();
        assert_eq!(server.posts("/api/v1/markdowns").len(), 2);
    }

    pub(super) fn a_markdown_whose_message_was_lost_is_found() {
        let site = markdowns();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        page.evaluate("save('one')");
        page.reload();
        wait_marked(&page, 1);
        assert_eq!(sent(&server, "/api/v1/markdowns"), [markdown(1, "one")]);
    }

    pub(super) fn messages_files_and_receipts_arrive_as_they_are_declared() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        page.evaluate("upload()");
        page.wait_for("attachments().then(([file]) => file?.id === 'file-1')");
        page.evaluate("say('a', 'look', 'file-1')");
        page.evaluate("read('a', 7)");
        server.wait_requests("/api/conversations/a/messages", 1);
        server.wait_requests("/api/conversations/a/read", 1);

        let upload = &server.posts(UPLOADS)[0];
        assert!(upload.headers["content-type"].starts_with("multipart/form-data; boundary="));
        let part =
            b"name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x00\xff\r\n\r\n--";
        assert!(upload.body.windows(part.len()).any(|bytes| bytes == part));
        let message = &server.posts("/api/conversations/a/messages")[0];
        let key = message.key().expect("a key").trim_matches('"');
        assert_eq!(
            sent(&server, "/api/conversations/a/messages"),
            [json!({ "text": "look", "clientId": key, "attachmentId": "file-1" })]
        );
        let receipt = &server.requests_for("/api/conversations/a/read")[0];
        assert_eq!(receipt.method, "PUT");
        assert_eq!(
            sent(&server, "/api/conversations/a/read"),
            [json!({ "upTo": 7 })]
        );
        for request in [upload, message, receipt] {
            assert_eq!(request.headers["x-xsrf-token"], "abc");
        }
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn markdowns_saved_meanwhile_arrive_once_and_in_order() {
        let site = markdowns();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.refuse();
        page.evaluate("save('one').then(() => save('two')).then(() => save('three'))");
        page.evaluate("tell().then(() => true)");
        assert_eq!(
            page.evaluate("statuses()"),
            json!(["pendingSync", "pendingSync", "pendingSync"])
        );
        server.accept();
        page.reload();
        wait_marked(&page, 3);
        assert_eq!(
            each(&server, "/api/v1/markdowns", "content"),
            ["one", "two", "three"]
        );
    }

    pub(super) fn messages_keep_the_order_of_their_conversation() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        server.refuse();
        for (conversation, text) in [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")] {
            page.evaluate(&format!("say('{conversation}', '{text}')"));
        }
        server.accept();
        deliver(&page);
        assert_eq!(
            each(&server, "/api/conversations/a/messages", "text"),
            ["1", "3", "4"]
        );
        assert_eq!(
            each(&server, "/api/conversations/b/messages", "text"),
            ["2"]
        );
    }

    pub(super) fn of_receipts_the_newest_of_each_conversation_arrives() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        server.refuse();
        for (conversation, message) in [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("a", 5)] {
            page.evaluate(&format!("read('{conversation}', {message})"));
        }
        server.accept();
        deliver(&page);
        let of_a = each(&server, "/api/conversations/a/read", "upTo");
        // The first may have been on its way already.
        assert!(
            of_a == [json!(5)] || of_a == [json!(1), json!(5)],
            "{of_a:?}"
        );
        assert_eq!(each(&server, "/api/conversations/b/read", "upTo"), [2]);
    }

    pub(super) fn the_pages_own_receipt_is_queued() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        server.refuse();
        for conversation in ["a", "b"] {
            let put = format!(
                "fetch('/api/conversations/{conversation}/read', {{ method: 'PUT', body: '{{\"upTo\":9}}', headers: {{ 'content-type': 'application/json' }} }})"
            );
            assert_eq!(
                page.evaluate(&format!("{put}.then(({{ status }}) => status)")),
                202
            );
        }
        server.accept();
        deliver(&page);
        for conversation in ["a", "b"] {
            let path = format!("/api/conversations/{conversation}/read");
            assert_eq!(each(&server, &path, "upTo"), [9]);
        }
    }

    pub(super) fn a_file_is_kept_until_the_server_takes_it() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        server.refuse();
        page.evaluate("upload()");
        page.reload();
        page.wait_for("window.ready");
        assert_eq!(page.evaluate("waiting()"), 1);
        server.accept();
        deliver(&page);
        page.wait_for("attachments().then(([file]) => file?.id === 'file-1')");
        let bodies: Vec<Vec<u8>> = server
            .posts(UPLOADS)
            .into_iter()
            .map(|post| post.body)
            .collect();
        assert!(bodies.iter().all(|body| *body == bodies[0]));
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_markdown_on_its_way_is_marked_after_all() {
        let site = markdowns();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        server.fault("/api/v1/markdowns", Fault::HoldAnswer);
        page.evaluate("save('one')");
        page.evaluate("tell().then(() => true)");
        server.wait_posts("/api/v1/markdowns", 1);
        browser.kill_workers();
        server.heal("/api/v1/markdowns");
        page.reload();
        wait_marked(&page, 1);
        assert_eq!(each(&server, "/api/v1/markdowns", "content"), ["one"]);
        let posts = server.posts("/api/v1/markdowns");
        assert!(posts.iter().all(|post| post.key() == posts[0].key()));
    }

    pub(super) fn a_message_on_its_way_arrives_once() {
        let site = chat();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open_chat(&browser, &server);
        let path = "/api/conversations/a/messages";
        server.fault(path, Fault::HoldAnswer);
        page.evaluate("say('a', 'once')");
        server.wait_posts(path, 1);
        browser.kill_workers();
        server.heal(path);
        page.reload();
        page.wait_for("window.ready");
        deliver(&page);
        assert_eq!(each(&server, path, "text"), ["once"]);
        assert_eq!(each(&server, path, "clientId").len(), 1);
    }
}
