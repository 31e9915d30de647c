//! `mdpwa doctor` names what a server does wrong: each of these servers, on this machine, does one thing.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::site::Site;

/// What a server says, until its habit changes it.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
    }
}

type Habit = fn(&str, &mut Reply);

/// A server of this machine that has one habit.
struct Server {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(root: PathBuf, habit: Habit) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let root = root.clone();
                thread::spawn(move || answer(&stream.expect("a connection"), &root, habit));
            }
        });
        Self {
            port,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, which is waiting for a connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

fn answer(mut stream: &TcpStream, root: &Path, habit: Habit) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    if lines.find(|line| line.is_empty()).is_none() {
        return;
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut reply = file(root, &path);
    habit(&path, &mut reply);
    let mut head = format!(
        "HTTP/1.1 {} -\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // Who has seen enough hangs up.
    let _gone = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&reply.body));
}

fn file(root: &Path, path: &str) -> Reply {
    let name = if path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    match fs::read(root.join(name.trim_start_matches('/'))) {
        Ok(body) => Reply {
            status: 200,
            headers: vec![
                ("content-type", kind.to_owned()),
                ("cache-control", "no-cache".to_owned()),
            ],
            body,
        },
        Err(_) => Reply {
            status: 404,
            headers: vec![("content-type", "text/html".to_owned())],
            body: b"<h1>404</h1>".to_vec(),
        },
    }
}

fn built() -> Site {
    let site = Site::new();
    site.write(
        "site/index.html",
        "<!doctype html>\n<title>Notes</title>\n<script type=\"module\" src=\"/register.js\"></script>\n",
    );
    site.write("site/lib.wasm", "\0asm");
    site.mdpwa(["build"]).assert().success();
    site
}

/// The codes of what is found with a server of this habit, and the exit code.
fn codes(site: &Site, habit: Habit) -> (Vec<String>, i32) {
    let server = Server::start(site.path("site"), habit);
    let url = format!("http://127.0.0.1:{}/", server.port);
    let output = site
        .mdpwa(["doctor", &url, "--format", "json"])
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("ALL_PROXY")
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let findings = said["findings"].as_array().expect("a list").iter();
    let codes = findings.filter_map(|one| one["code"].as_str().map(str::to_owned));
    (
        codes.collect(),
        output.status.code().expect("it ends by itself"),
    )
}

#[test]
fn a_good_server_has_nothing_wrong() {
    assert_eq!(codes(&built(), |_, _| {}), (vec![], 0));
}

#[test]
fn each_misconfiguration_is_named() {
    let worker = |path: &str| path == "/service-worker.js";
    assert!(worker("/service-worker.js"));
    let table: [(&str, Habit); 20] = [
        ("doctor-home", |path, reply| {
            if path == "/" {
                reply.status = 500
            }
        }),
        ("doctor-worker-missing", |path, reply| {
            if path == "/service-worker.js" {
                reply.status = 404
            }
        }),
        ("doctor-worker-type", |path, reply| {
            if path == "/service-worker.js" {
                reply.set("content-type", "text/plain")
            }
        }),
        ("doctor-worker-redirect", |path, reply| {
            if path == "/service-worker.js" {
                reply.status = 302;
                reply.set("location", "/assets/service-worker.js");
            }
        }),
        ("doctor-worker-foreign", |path, reply| {
            if path == "/service-worker.js" {
                reply.body = b"self.skipWaiting()".to_vec()
            }
        }),
        ("doctor-worker-stale", |path, reply| {
            if path == "/service-worker.js" {
                reply.body.extend(b"// v1\n")
            }
        }),
        ("doctor-worker-cached", |path, reply| {
            if path == "/service-worker.js" {
                reply.set("cache-control", "public, max-age=31536000, immutable");
            }
        }),
        ("doctor-worker-edge", |path, reply| {
            if path == "/service-worker.js" {
                reply.set("age", "7200")
            }
        }),
        ("doctor-scope-refused", |path, reply| {
            if path == "/service-worker.js" {
                reply.set("service-worker-allowed", "/app/")
            }
        }),
        ("doctor-other-worker", |path, reply| {
            if path == "/sw.js" {
                reply.status = 200;
                reply.set("content-type", "text/javascript");
                reply.body = b"self.addEventListener('fetch', () => {})".to_vec();
            }
        }),
        ("doctor-fallback", |_, reply| {
            if reply.status == 404 {
                reply.status = 200;
                reply.body = b"<!doctype html>".to_vec();
            }
        }),
        ("doctor-not-found", |path, reply| {
            if reply.status == 404 && path.ends_with('/') {
                reply.status = 200
            }
        }),
        ("doctor-type", |path, reply| {
            if path.ends_with(".wasm") {
                reply.set("content-type", "application/octet-stream")
            }
        }),
        ("doctor-changed", |path, reply| {
            if path == "/app.js" {
                reply.body = String::from_utf8_lossy(&reply.body)
                    .replace('\n', "\r\n")
                    .into_bytes();
            }
        }),
        ("doctor-file-missing", |path, reply| {
            if path == "/sub/style.css" {
                reply.status = 403
            }
        }),
        ("doctor-redirect", |path, reply| {
            if path == "/index.html" {
                reply.status = 308;
                reply.set("location", "/");
            }
        }),
        ("doctor-clear-site-data", |path, reply| {
            if path == "/" {
                reply.set("clear-site-data", "\"storage\"")
            }
        }),
        ("doctor-csp-worker", |path, reply| {
            if path == "/" {
                reply.set(
                    "content-security-policy",
                    "default-src 'self'; worker-src 'none'",
                );
            }
        }),
        ("doctor-csp-script", |path, reply| {
            if path == "/" {
                reply.set(
                    "content-security-policy",
                    "script-src 'nonce-x'; worker-src 'self'",
                );
            }
        }),
        ("doctor-csp-trusted-types", |path, reply| {
            if path == "/" {
                reply.set(
                    "content-security-policy",
                    "require-trusted-types-for 'script'; trusted-types default",
                );
            }
        }),
    ];
    let site = built();
    let warnings = ["doctor-worker-edge", "doctor-not-found"];
    for (code, habit) in table {
        let (found, exit) = codes(&site, habit);
        assert!(
            found.iter().any(|one| one == code),
            "{code} is not among {found:?}"
        );
        assert_eq!(exit, i32::from(!warnings.contains(&code)), "{found:?}");
        let others = found.iter().filter(|one| *one != code).count();
        // A fallback for everything is also one for pages.
        assert!(
            others == 0 || code == "doctor-fallback",
            "{code}: {found:?}"
        );
    }
}

#[test]
fn what_pwa_toml_has_to_do_with_it_is_said() {
    let site = built();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nbase = \"/repo/\"\n",
    );
    let (found, _) = codes(&site, |_, _| {});
    assert!(found.contains(&"doctor-base".to_owned()), "{found:?}");

    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\n\n[worker]\nfile = \"sub/service-worker.js\"\n",
    );
    site.mdpwa(["build"]).assert().success();
    let (found, _) = codes(&site, |_, _| {});
    assert!(found.contains(&"doctor-scope".to_owned()), "{found:?}");
}

#[test]
fn who_is_not_there_is_unreachable() {
    let site = built();
    let server = Server::start(site.path("site"), |_, _| {});
    let url = format!("http://127.0.0.1:{}/", server.port);
    drop(server);
    let said = site.mdpwa(["doctor", &url]).assert().code(1);
    let text = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
    assert!(
        text.contains("error[doctor-unreachable]: the server cannot be reached"),
        "{text}"
    );
    site.mdpwa(["doctor", "example.com"]).assert().code(2);
}

#[test]
fn a_page_without_the_snippet_registers_nothing() {
    let site = Site::built();
    assert_eq!(
        codes(&site, |_, _| {}),
        (vec!["doctor-snippet".to_owned()], 0)
    );
}

#[test]
fn an_audit_looks_at_the_server_too_when_it_is_told_where() {
    let site = built();
    let server = Server::start(site.path("site"), |path, reply| {
        if path == "/service-worker.js" {
            reply.set("content-type", "text/plain");
        }
    });
    let url = format!("http://127.0.0.1:{}/", server.port);
    let output = site
        .mdpwa(["audit", "--url", &url, "--format", "json"])
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("ALL_PROXY")
        .assert()
        .code(1);
    let said: serde_json::Value =
        serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let findings = said["findings"].as_array().expect("a list");
    let of_the_server: Vec<(&str, &str)> = findings
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["file"].as_str().unwrap()))
        .filter(|(code, _)| code.starts_with("doctor-"))
        .collect();
    assert_eq!(of_the_server, [("doctor-worker-type", "service-worker.js")]);
    assert!(
        findings.len() > 1,
        "the bytes are looked at as well: {said}"
    );
}
