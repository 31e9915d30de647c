//! `mdpwa vapid` and `mdpwa push`: keys that are made once, and messages that a browser can read and a push service checks.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use snapbox::cmd::OutputAssert;

use crate::site::Site;

/// A push service that takes one message and answers as it is told.
struct Service {
    endpoint: String,
    taken: JoinHandle<Taken>,
}

struct Taken {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Service {
    fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let taken = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("both ways"));
            let mut line = || {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                line.trim_end().to_owned()
            };
            let path = line();
            let mut headers = BTreeMap::new();
            loop {
                let header = line();
                let Some((name, value)) = header.split_once(": ") else {
                    break;
                };
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            let length = headers["content-length"].parse().expect("a number");
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            write!(
                stream,
                "HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            .expect("an answer");
            Taken {
                path,
                headers,
                body,
            }
        });
        Self {
            endpoint: format!("http://{address}/push/JzLQ3raZ"),
            taken,
        }
    }

    fn taken(self) -> Taken {
        self.taken.join().expect("one message")
    }
}

/// The independent browser.
fn node(arguments: &[&str], input: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/receive.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut stdin = node.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the message cannot be opened");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A site with a pair of keys in `key.txt` and a subscription in `subscription.json`.
fn subscribed(endpoint: &str) -> (Site, Value) {
    let site = Site::built();
    site.mdpwa(["vapid", "key.txt"]).assert().success();
    let browser = node(&["subscribe", endpoint], "");
    site.write("subscription.json", &browser["subscription"].to_string());
    (site, browser)
}

fn sent(site: &Site, more: &[&str]) -> OutputAssert {
    let mut command = site.mdpwa(["push", "subscription.json", "--key", "key.txt"]);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command = command
            .env_remove(name)
            .env_remove(name.to_ascii_uppercase());
    }
    command.args(more).assert()
}

fn opened(browser: &Value, taken: &Taken) -> Value {
    let message = json!({
        "subscription": browser["subscription"],
        "secret": browser["secret"],
        "headers": taken.headers,
        "body": URL_SAFE_NO_PAD.encode(&taken.body),
    });
    node(&["open"], &message.to_string())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_private_key_is_for_its_owner_alone_and_never_overwritten() {
    let site = Site::new();
    let first = site.mdpwa(["vapid", "keys/push.txt"]).assert().success();
    let public = text(&first.get_output().stdout).trim().to_owned();
    assert_eq!(
        URL_SAFE_NO_PAD.decode(&public).expect("base64url").len(),
        65
    );
    let private = site.read("keys/push.txt");
    assert_eq!(
        URL_SAFE_NO_PAD
            .decode(private.trim())
            .expect("base64url")
            .len(),
        32
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(site.path("keys/push.txt"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let second = site.mdpwa(["vapid", "keys/push.txt"]).assert().code(2);
    let said = text(&second.get_output().stderr);
    assert!(said.contains("keys/push.txt"), "{said}");
    assert_eq!(site.read("keys/push.txt"), private);
}

#[test]
fn a_pair_is_printed_where_that_is_asked_for() {
    let site = Site::new();
    let output = site
        .mdpwa(["vapid", "-", "--format", "json"])
        .assert()
        .success();
    let pair: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let length = |key: &str| {
        let text = pair[key].as_str().expect("a text");
        URL_SAFE_NO_PAD.decode(text).expect("base64url").len()
    };
    assert_eq!((length("publicKey"), length("privateKey")), (65, 32));
}

#[test]
fn the_public_key_belongs_into_pwa_toml() {
    let site = Site::new();
    let output = site.mdpwa(["vapid", "key.txt"]).assert().success();
    let public = text(&output.get_output().stdout);
    let toml = format!(
        "{}\n[push]\napplication_server_key = \"{}\"\n",
        site.read("pwa.toml"),
        public.trim()
    );
    site.write("pwa.toml", &toml);
    site.mdpwa(["build"]).assert().success();
    // The other half is refused before anybody can read it.
    let private = toml.replace(public.trim(), site.read("key.txt").trim());
    site.write("pwa.toml", &private);
    let refused = site.mdpwa(["build"]).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("push-key-private"));
}

#[test]
fn a_message_can_be_read_by_its_browser_and_checked_by_its_push_service() {
    let service = Service::answering("201 Created");
    let (site, browser) = subscribed(&service.endpoint);
    let origin = service
        .endpoint
        .trim_end_matches("/push/JzLQ3raZ")
        .to_owned();
    let payload = r#"{"title":"Zwei Graureiher am Wehr – 🐦"}"#;
    sent(
        &site,
        &[
            "--payload",
            payload,
            "--ttl",
            "3600",
            "--urgency",
            "high",
            "--topic",
            "herons",
            "--contact",
            "mailto:me@example.org",
        ],
    )
    .success();
    let taken = service.taken();
    assert_eq!(taken.path, "POST /push/JzLQ3raZ HTTP/1.1");
    let header = |name: &str| taken.headers.get(name).map(String::as_str);
    assert_eq!(header("content-encoding"), Some("aes128gcm"));
    assert_eq!(header("ttl"), Some("3600"));
    assert_eq!(header("urgency"), Some("high"));
    assert_eq!(header("topic"), Some("herons"));
    let opened = opened(&browser, &taken);
    assert_eq!(opened["payload"], payload);
    assert_eq!(
        opened["sender"],
        json!({
            "genuine": true,
            "key": text(&site.mdpwa(["vapid", "--public", "key.txt"]).assert().success().get_output().stdout).trim(),
            "alg": "ES256",
            "typ": "JWT",
            "aud": origin,
            "sub": "mailto:me@example.org",
            "inTime": true,
        })
    );
}

#[test]
fn without_a_payload_the_message_fits_what_pwa_toml_shows() {
    let service = Service::answering("201 Created");
    let (site, browser) = subscribed(&service.endpoint);
    let toml = site.read("pwa.toml");
    site.write(
        "pwa.toml",
        &format!("{toml}\n[push]\nnotification = {{ title = \"/notification/title\", body = \"/text\" }}\n"),
    );
    sent(&site, &[]).success();
    let payload = opened(&browser, &service.taken())["payload"].clone();
    let payload: Value = serde_json::from_str(payload.as_str().expect("a text")).expect("JSON");
    assert_eq!(payload["notification"]["title"], "Notes");
    assert!(payload["text"].is_string(), "{payload}");
}

#[test]
fn the_largest_message_arrives_and_a_larger_one_is_not_sent() {
    let service = Service::answering("201 Created");
    let (site, browser) = subscribed(&service.endpoint);
    sent(&site, &["--payload", &"x".repeat(3993)]).success();
    let taken = service.taken();
    assert_eq!(taken.body.len(), 4096);
    assert_eq!(opened(&browser, &taken)["payload"], "x".repeat(3993));
    // Nobody listens any more, and nobody is asked.
    let refused = sent(&site, &["--payload", &"x".repeat(3994)]).code(1);
    let said = text(&refused.get_output().stderr);
    assert!(
        said.contains("too large") && said.contains("3993"),
        "{said}"
    );
}

#[test]
fn what_a_push_service_refuses_is_said_in_plain_words() {
    let cases = [
        ("410 Gone", "the subscription is gone (410)"),
        ("404 Not Found", "the subscription is gone (404)"),
        ("413 Payload Too Large", "too large"),
        ("403 Forbidden", "another key"),
        ("429 Too Many Requests\r\nretry-after: 120", "120 s"),
        ("503 Service Unavailable", "out of order (503)"),
        (
            "302 Found\r\nlocation: /elsewhere",
            "does not take the message (302)",
        ),
    ];
    for (answer, words) in cases {
        let service = Service::answering(answer);
        let (site, _) = subscribed(&service.endpoint);
        let refused = sent(&site, &[]).code(1);
        let said = text(&refused.get_output().stderr);
        assert!(said.contains(words), "{answer}: {said}");
        service.taken();
    }
}

#[test]
fn a_push_service_that_is_not_there_is_no_success() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let (site, _) = subscribed(&format!("http://{address}/push/x"));
    let refused = sent(&site, &[]).code(1);
    assert!(text(&refused.get_output().stderr).contains("cannot be reached"));
}

#[test]
fn what_is_no_subscription_or_no_key_is_refused() {
    let (site, browser) = subscribed("http://127.0.0.1:9/push/x");
    let refused = |site: &Site, words: &str| {
        let said = text(&sent(site, &[]).code(2).get_output().stderr);
        assert!(said.contains(words), "{said}");
    };
    let mut subscription = browser["subscription"].clone();
    subscription["keys"]["auth"] = json!("AAAA");
    site.write("subscription.json", &subscription.to_string());
    refused(&site, "16 bytes");
    site.write(
        "subscription.json",
        r#"{"endpoint":"https://push.example/1"}"#,
    );
    refused(&site, "keys.p256dh");
    let mut subscription = browser["subscription"].clone();
    subscription["endpoint"] = json!("http://push.example/1");
    site.write("subscription.json", &subscription.to_string());
    refused(&site, "not encrypted");
    site.write("subscription.json", "gone");
    refused(&site, "no JSON");
    site.write("key.txt", "not a key\n");
    refused(&site, "no private key");
}
