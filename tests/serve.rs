//! Promises of the preview server, asked over real connections on loopback.
#![cfg(feature = "serve")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mdpwa::host::Host;
use mdpwa::serve::{Endpoint, Event, Options, Outcome, Server, Switch};
use serde_json::{Value, json};

struct Preview {
    server: Server,
    heard: Arc<Mutex<Vec<Event>>>,
    folder: tempfile::TempDir,
}

const FILES: [(&str, &str); 12] = [
    ("index.html", "<!doctype html><title>home</title>"),
    ("404.html", "<!doctype html><title>nothing here</title>"),
    ("about.html", "about"),
    ("docs/index.html", "docs"),
    ("a b/50% é.html", "awkward"),
    ("operator+=.html", "operator"),
    ("app.js", "0123456789"),
    ("app.wasm", "\0asm"),
    ("video.mp4", "0123456789"),
    (".secret", "secret"),
    (".well-known/security.txt", "contact"),
    ("../outside.txt", "outside"),
];

impl Preview {
    fn new(base: &str, host: Host) -> Preview {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        for (name, text) in FILES {
            let path = site.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(site.join("long.css"), "a{}".repeat(1000)).unwrap();
        fs::write(site.join("latin.txt"), b"caf\xe9").unwrap();
        let endpoint = |method: &str, path: &str| Endpoint {
            method: method.to_owned(),
            path: path.to_owned(),
            key_header: "Idempotency-Key".to_owned(),
        };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        let server = Server::start(Options {
            site,
            base: base.to_owned(),
            host,
            endpoints: vec![
                endpoint("POST", "markdowns"),
                endpoint("PUT", "/notes/{id}"),
                endpoint("POST", "about.html"),
            ],
            address: ([127, 0, 0, 1], 0).into(),
            control: ([127, 0, 0, 1], 0).into(),
            log: Box::new(move |event| ears.lock().unwrap().push(event)),
        })
        .unwrap();
        Preview {
            server,
            heard,
            folder,
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(self.server.address(), method, path, headers, body).unwrap()
    }

    fn control(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(self.server.control_address(), method, path, headers, body).unwrap()
    }

    fn post(&self, key: &str, body: &str) -> Answer {
        let headers = [
            ("Idempotency-Key", key),
            ("Content-Type", "application/json"),
        ];
        self.ask("POST", "/markdowns", &headers, body)
    }

    fn state(&self) -> Value {
        serde_json::from_str(&self.control("GET", "/state", &[], "").text()).unwrap()
    }
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end =
        (answer.windows(4).position(|at| at == b"\r\n\r\n")).ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let (status, lines) = head.split_once("\r\n").unwrap();
    Ok(Answer {
        status: status.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: lines
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    })
}

#[test]
fn files_come_with_their_types_and_are_always_asked_for_again() {
    let preview = Preview::new("/", Host::Plain);
    for (path, media, body) in [
        (
            "/",
            "text/html; charset=utf-8",
            "<!doctype html><title>home</title>",
        ),
        (
            "/app.js?v=1",
            "text/javascript; charset=utf-8",
            "0123456789",
        ),
        ("/app.wasm", "application/wasm", "\0asm"),
        (
            "/a%20b/50%25%20%C3%A9.html",
            "text/html; charset=utf-8",
            "awkward",
        ),
        ("/operator+=.html", "text/html; charset=utf-8", "operator"),
        (
            "/operator%2B%3D.html",
            "text/html; charset=utf-8",
            "operator",
        ),
        (
            "/.well-known/security.txt",
            "text/plain; charset=utf-8",
            "contact",
        ),
    ] {
        let answer = preview.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, media),
            "{path}"
        );
        assert_eq!(answer.text(), body, "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert_eq!(
            answer.header("content-length"),
            body.len().to_string(),
            "{path}"
        );
    }
}

#[test]
fn a_text_in_another_encoding_is_not_called_utf_8() {
    assert_eq!(
        Preview::new("/", Host::Plain)
            .get("/latin.txt")
            .header("content-type"),
        "text/plain"
    );
}

#[test]
fn a_head_has_the_headers_and_no_body() {
    let answer = Preview::new("/", Host::Plain).ask("HEAD", "/app.js", &[], "");
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, "10")
    );
    assert!(answer.body.is_empty());
}

#[test]
fn no_address_leads_out_of_the_site_or_to_hidden_files() {
    let preview = Preview::new("/", Host::Plain);
    assert_eq!(
        fs::read(preview.folder.path().join("outside.txt")).unwrap(),
        b"outside"
    );
    for path in [
        "/../outside.txt",
        "/docs/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/docs/%2e%2e%2f..%2foutside.txt",
        "//docs/",
        "/docs//index.html",
        "/./app.js",
        "/.secret",
        "/%2esecret",
        "/app.js%00",
        "/%ff",
        "/docs/index.html/",
    ] {
        let answer = preview.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.text().contains("nothing here") || answer.text().starts_with("404"),
            "{path}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_lead_where_they_lead_for_the_build() {
    let preview = Preview::new("/", Host::Plain);
    let site = preview.folder.path().join("site");
    std::os::unix::fs::symlink("../outside.txt", site.join("linked.txt")).unwrap();
    std::os::unix::fs::symlink("nowhere", site.join("dangling.txt")).unwrap();
    assert_eq!(preview.get("/linked.txt").text(), "outside");
    assert_eq!(preview.get("/dangling.txt").status, 404);
}

#[test]
fn hosts_differ_in_how_they_spell_pages() {
    for (host, path, status, location) in [
        (Host::Plain, "/about", 404, ""),
        (Host::GithubPages, "/about", 200, ""),
        (Host::GithubPages, "/about/", 404, ""),
        (Host::Netlify, "/about/?a=b", 301, "/about?a=b"),
        (Host::Cloudflare, "/about.html", 308, "/about"),
        (
            Host::Cloudflare,
            "/a%20b/50%25%20%C3%A9.html",
            308,
            "/a%20b/50%25%20%C3%A9",
        ),
        (Host::Vercel, "/docs", 200, ""),
        (Host::Nginx, "/docs?q", 301, "/docs/?q"),
        (Host::S3, "/docs", 302, "/docs/"),
    ] {
        let answer = Preview::new("/", host).get(path);
        let name = host.name();
        assert_eq!(
            (answer.status, answer.header("location")),
            (status, location),
            "{path} on {name}"
        );
    }
}

#[test]
fn a_base_is_part_of_every_address() {
    let preview = Preview::new("/my%20repo/", Host::GithubPages);
    assert!(preview.server.url().ends_with("/my%20repo/"));
    assert_eq!(preview.get("/my%20repo/app.js").status, 200);
    assert_eq!(preview.get("/my%20repo").header("location"), "/my%20repo/");
    assert_eq!(
        preview.get("/my%20repo/docs").header("location"),
        "/my%20repo/docs/"
    );
    assert_eq!(preview.get("/app.js").status, 404);
    assert_eq!(
        preview
            .ask("POST", "/my%20repo/markdowns", &[], "{}")
            .status,
        201
    );
    assert_eq!(preview.ask("POST", "/markdowns", &[], "{}").status, 405);
    assert_eq!(preview.ask("PUT", "/notes/7", &[], "{}").status, 200);
}

#[test]
fn unknown_pages_get_the_sites_own_404_page_with_its_status() {
    let answer = Preview::new("/", Host::Plain).get("/no/such/page");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("nothing here"));
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let preview = Preview::new("/", Host::Plain);
    for path in ["/app.js", "/app.wasm"] {
        let tag = preview.get(path).header("etag").to_owned();
        let again = preview.ask(
            "GET",
            path,
            &[("If-None-Match", &format!("\"other\", W/{tag}"))],
            "",
        );
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
    let tag = preview.get("/app.js").header("etag").to_owned();
    fs::write(preview.folder.path().join("site/app.js"), "changed").unwrap();
    assert_eq!(
        preview
            .ask("GET", "/app.js", &[("If-None-Match", &tag)], "")
            .text(),
        "changed"
    );
}

#[test]
fn texts_are_compressed_for_who_can_read_it() {
    let preview = Preview::new("/", Host::Plain);
    let answer = preview.ask("GET", "/long.css", &[("Accept-Encoding", "br, gzip")], "");
    assert_eq!(
        (answer.header("content-encoding"), answer.header("vary")),
        ("gzip", "Accept-Encoding")
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.body[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "a{}".repeat(1000));
    let plain = preview.ask("GET", "/long.css", &[("Accept-Encoding", "gzip;q=0")], "");
    assert_eq!(
        (plain.header("content-encoding"), plain.body.len()),
        ("", 3000)
    );
    assert_ne!(plain.header("etag"), answer.header("etag"));
}

#[test]
fn media_can_be_had_in_parts() {
    let preview = Preview::new("/", Host::Plain);
    let part = |range: &str| preview.ask("GET", "/video.mp4", &[("Range", range)], "");
    let first = part("bytes=0-1");
    assert_eq!((first.status, first.text().as_str()), (206, "01"));
    assert_eq!(first.header("content-range"), "bytes 0-1/10");
    assert_eq!(first.header("content-length"), "2");
    assert_eq!(part("bytes=-3").text(), "789");
    let beyond = part("bytes=10-");
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */10")
    );
    assert_eq!(part("bytes=0-1,3-4").status, 200);
    let stale = [("Range", "bytes=0-1"), ("If-Range", "\"old\"")];
    assert_eq!(
        preview.ask("GET", "/video.mp4", &stale, "").text(),
        "0123456789"
    );
    assert_eq!(
        preview
            .ask("GET", "/app.js", &[("Range", "bytes=2-3")], "")
            .text(),
        "23"
    );
}

#[test]
fn other_methods_are_told_what_is_there() {
    let preview = Preview::new("/", Host::Plain);
    let answer = preview.ask("DELETE", "/markdowns", &[], "");
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, "GET, HEAD, POST")
    );
    assert_eq!(preview.ask("POST", "/app.js", &[], "x").status, 405);
}

#[test]
fn an_endpoint_stores_what_it_is_sent_and_lists_it() {
    let preview = Preview::new("/", Host::Plain);
    assert_eq!(preview.get("/markdowns").json(), json!([]));
    let stored = preview.post("k1", r##"{ "markdowns": ["# hi"] }"##);
    assert_eq!((stored.status, stored.json()), (201, json!({ "id": 1 })));
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(
        preview.ask("POST", "/markdowns", &form, "a=b+c").status,
        201
    );
    let list = preview.get("/markdowns").json();
    assert_eq!(list[0]["body"], json!({ "markdowns": ["# hi"] }));
    assert_eq!(list[0]["idempotencyKey"], json!("k1"));
    assert_eq!(list[1]["body"], json!({ "a": "b c" }));
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[test]
fn an_endpoint_that_is_also_a_page_stays_a_page() {
    let preview = Preview::new("/", Host::Plain);
    assert_eq!(preview.ask("POST", "/about.html", &[], "{}").status, 201);
    assert_eq!(preview.get("/about.html").text(), "about");
}

#[test]
fn a_delivery_that_is_repeated_is_stored_once() {
    let preview = Preview::new("/", Host::Plain);
    let first = preview.post("k", "{}");
    let again = preview.post("k", "{}");
    assert_eq!((again.status, again.text()), (first.status, first.text()));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(preview.post("k", "[]").status, 422);
    assert_eq!(
        preview.get("/markdowns").json().as_array().unwrap().len(),
        1
    );
    preview.server.forget_keys();
    assert_eq!(preview.post("k", "[]").status, 201);
}

#[test]
fn a_server_that_is_down_refuses_and_cuts_connections_and_comes_back() {
    let preview = Preview::new("/", Host::Plain);
    let address = preview.server.address();
    let mut waiting = TcpStream::connect(address).unwrap();
    waiting
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut byte = [0];
    waiting.read_exact(&mut byte).unwrap();

    preview.server.set(Switch::Down).unwrap();
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let mut rest = Vec::new();
    waiting
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    match waiting.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    assert_eq!(preview.state()["switch"], "down");
    preview.server.set(Switch::Down).unwrap();

    preview.server.set(Switch::Up).unwrap();
    assert_eq!(preview.server.address(), address);
    assert_eq!(preview.get("/").status, 200);
}

#[test]
fn a_server_that_answers_503_stores_nothing() {
    let preview = Preview::new("/", Host::Plain);
    preview.server.set(Switch::Unavailable).unwrap();
    assert_eq!(preview.get("/").status, 503);
    let refused = preview.post("k", "{}");
    assert_eq!((refused.status, refused.header("retry-after")), (503, "5"));
    preview.server.set(Switch::Up).unwrap();
    assert_eq!(preview.get("/markdowns").json(), json!([]));
    assert_eq!(preview.post("k", "{}").status, 201);
}

#[test]
fn a_slow_server_answers_late_and_holds_up_nobody_else() {
    let preview = Preview::new("/", Host::Plain);
    preview.server.set(Switch::Slow).unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(preview.get("/").status, 200));
        }
    });
    let taken = start.elapsed();
    assert!(
        taken >= Duration::from_secs(2) && taken < Duration::from_secs(8),
        "{taken:?}"
    );
}

#[test]
fn a_browser_that_opens_many_connections_at_once_is_answered_on_each() {
    let preview = Preview::new("/", Host::Plain);
    let connections: Vec<_> = (0..12)
        .map(|_| TcpStream::connect(preview.server.address()).unwrap())
        .collect();
    for mut connection in &connections {
        connection
            .write_all(b"GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
    }
    // All stay open, as a browser keeps them.
    for mut connection in &connections {
        connection
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut start = [0; 12];
        connection.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
}

#[test]
fn an_acknowledgement_that_was_lost_is_given_again() {
    let preview = Preview::new("/", Host::Plain);
    preview.server.set(Switch::Slow).unwrap();
    let lost = std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let key = [("Idempotency-Key", "k")];
            ask(preview.server.address(), "POST", "/markdowns", &key, "{}")
        });
        while preview.state()["records"] == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        preview.server.set(Switch::Down).unwrap();
        sending.join().unwrap()
    });
    assert!(lost.is_err());
    preview.server.set(Switch::Up).unwrap();
    let key = [("Idempotency-Key", "k")];
    let again = preview.ask("POST", "/markdowns", &key, "{}");
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(
        preview.get("/markdowns").json().as_array().unwrap().len(),
        1
    );
}

#[test]
fn the_control_page_shows_deliveries_and_throws_switches() {
    let preview = Preview::new("/", Host::Plain);
    let page = preview.control("GET", "/", &[], "");
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "no-store")
    );
    for path in ["/serve.css", "/serve.js"] {
        assert!(page.text().contains(&path[1..]));
        assert_eq!(preview.control("GET", path, &[], "").status, 200);
    }
    preview.post("k", "{}");
    preview.post("k", "{}");
    let state = preview.state();
    assert_eq!((&state["records"], &state["keys"]), (&json!(1), &json!(1)));
    assert_eq!(state["deliveries"][0]["outcome"], "replayed");
    assert_eq!(state["deliveries"][1]["outcome"], "stored");

    let json = [("Content-Type", "application/json")];
    assert_eq!(
        preview
            .control("POST", "/command", &json, "\"down\"")
            .status,
        204
    );
    assert!(TcpStream::connect(preview.server.address()).is_err());
    assert_eq!(preview.state()["switch"], "down");
    assert_eq!(
        preview.control("POST", "/command", &json, "\"up\"").status,
        204
    );
    assert_eq!(
        preview
            .control("POST", "/command", &json, "\"forget-records\"")
            .status,
        204
    );
    assert_eq!(preview.get("/markdowns").json(), json!([]));
    assert_eq!(
        preview
            .control("POST", "/command", &json, "\"explode\"")
            .status,
        400
    );
}

#[test]
fn the_control_page_hears_of_changes_at_once() {
    let preview = Preview::new("/", Host::Plain);
    let version = preview.state()["version"].as_u64().unwrap();
    let start = Instant::now();
    let news = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            preview
                .control("GET", &format!("/state?after={version}"), &[], "")
                .json()
        });
        std::thread::sleep(Duration::from_millis(100));
        preview.post("k", "{}");
        waiting.join().unwrap()
    });
    assert_eq!(news["records"], 1);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn other_sites_cannot_reach_the_control_page() {
    let preview = Preview::new("/", Host::Plain);
    let own = format!("http://{}", preview.server.control_address());
    for headers in [
        [("Content-Type", "text/plain"), ("Origin", own.as_str())],
        [
            ("Content-Type", "application/json"),
            ("Origin", "http://example.com"),
        ],
        [("Content-Type", "application/json"), ("Origin", "null")],
        [
            ("Content-Type", "application/json"),
            ("Sec-Fetch-Site", "same-site"),
        ],
        [
            ("Content-Type", "application/json"),
            ("Sec-Fetch-Site", "cross-site"),
        ],
    ] {
        assert_eq!(
            preview
                .control("POST", "/command", &headers, "\"down\"")
                .status,
            403,
            "{headers:?}"
        );
    }
    for host in ["example.com", "127.0.0.1.example.com:80", ""] {
        assert_eq!(
            preview
                .control("GET", "/state", &[("Host", host)], "")
                .status,
            421,
            "{host}"
        );
    }
    let own = [
        ("Content-Type", "application/json"),
        ("Origin", &own),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    assert_eq!(
        preview.control("POST", "/command", &own, "\"slow\"").status,
        204
    );
    assert_eq!(preview.state()["switch"], "slow");
}

#[test]
fn what_happens_is_told() {
    let preview = Preview::new("/", Host::Plain);
    preview.get("/app.js?x");
    preview.post("k", "{}");
    preview.server.set(Switch::Slow).unwrap();
    preview.server.forget_keys();
    let told = preview.heard.lock().unwrap().clone();
    let (get, post) = ("GET".to_owned(), "POST".to_owned());
    assert_eq!(
        told,
        [
            Event::Answered {
                method: get,
                url: "/app.js?x".to_owned(),
                status: 200
            },
            Event::Delivered {
                method: post,
                url: "/markdowns".to_owned(),
                status: 201,
                outcome: Outcome::Stored
            },
            Event::Switched(Switch::Slow),
            Event::ForgotKeys,
        ]
    );
}

#[test]
fn a_stopped_preview_leaves_nothing_behind() {
    let preview = Preview::new("/", Host::Plain);
    let addresses = [preview.server.address(), preview.server.control_address()];
    assert_eq!(preview.get("/").status, 200);
    let start = Instant::now();
    preview.server.stop();
    assert!(start.elapsed() < Duration::from_secs(5));
    for address in addresses {
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_control_port_that_is_taken_is_exchanged_and_a_missing_site_is_an_error() {
    let first = Preview::new("/", Host::Plain);
    let options = |site| Options {
        site,
        base: "/".to_owned(),
        host: Host::Plain,
        endpoints: Vec::new(),
        address: ([127, 0, 0, 1], 0).into(),
        control: first.server.control_address(),
        log: Box::new(|_| {}),
    };
    let second = Server::start(options(first.folder.path().to_owned())).unwrap();
    assert_ne!(second.control_address(), first.server.control_address());
    assert!(Server::start(options(first.folder.path().join("nowhere"))).is_err());
}
