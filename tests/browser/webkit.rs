//! WebKit as GTK has it, spoken to over classic WebDriver, in front of a screen that nobody sees.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Arrival, Driver, Key, Tab, UNKNOWN};
use crate::devtools::{PATIENCE, START, eventually_within};
use crate::watched::Watched;

/// Of the driver; no other test sees it.
const PORT: u16 = 4444;

pub(crate) struct WebKit {
    driver: Arc<WebDriver>,
    /// The window that it starts with, until somebody takes it.
    first: Mutex<Option<String>>,
    /// The driver and the screen, which end in this order.
    _programs: [Watched; 2],
}

impl WebKit {
    pub(crate) fn launch(program: &Path, profile: &Path) -> WebKit {
        fs::create_dir_all(profile).unwrap();
        let number = profile.join("display");
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x900x24"]);
        command.args(["-nolisten", "tcp"]);
        let screen = Watched::start(&command, &number);
        let display = eventually_within(START, "the screen", || {
            let said = fs::read_to_string(&number).ok()?;
            said.lines()
                .find_map(|line| line.parse::<u32>().ok())
                .filter(|_| said.ends_with('\n'))
        });
        let mut command = Command::new(program);
        command
            .arg(format!("--port={PORT}"))
            .env("DISPLAY", format!(":{display}"));
        for folder in ["HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(folder, profile);
        }
        let process = Watched::start(&command, Path::new("/dev/null"));
        eventually_within(START, "the driver", || {
            ask("GET", "/status", &Value::Null).ok()
        });
        let browser = json!({ "binary": mini_browser(), "args": ["--automation"] });
        let wanted = json!({ "alwaysMatch": { "webkitgtk:browserOptions": browser } });
        let answer = ask("POST", "/session", &json!({ "capabilities": wanted }))
            .unwrap_or_else(|error| panic!("{error}"));
        let session = answer["sessionId"].as_str().expect("a session");
        let path = format!("/session/{session}");
        let patience = u64::try_from(PATIENCE.as_millis()).expect("less than ages");
        let timeouts = json!({ "script": patience, "pageLoad": patience });
        ask("POST", &format!("{path}/timeouts"), &timeouts).unwrap();
        let first = ask("GET", &format!("{path}/window"), &Value::Null).unwrap();
        let first = first.as_str().expect("a window").to_string();
        WebKit {
            driver: Arc::new(WebDriver {
                path,
                window: Mutex::new(first.clone()),
            }),
            first: Mutex::new(Some(first)),
            _programs: [process, screen],
        }
    }
}

/// The browser that comes with the driver.
fn mini_browser() -> PathBuf {
    let folders = ["/usr/lib", "/usr/libexec"].into_iter().map(Path::new);
    let browsers = folders.flat_map(|folder| {
        let below = fs::read_dir(folder).into_iter().flatten().flatten();
        let below = below.map(|entry| entry.path());
        below.chain([folder.to_path_buf()]).collect::<Vec<_>>()
    });
    let candidates = browsers.flat_map(|folder| {
        ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"]
            .map(|name| folder.join(name).join("MiniBrowser"))
    });
    candidates
        .into_iter()
        .find(|file| file.is_file())
        .expect("a MiniBrowser beside WebKitWebDriver")
}

impl Driver for WebKit {
    fn open_tab(&self) -> Box<dyn Tab> {
        let window = self.first.lock().unwrap().take().unwrap_or_else(|| {
            let window = json!({ "type": "window" });
            let answer = self.driver.call("POST", "/window/new", &window).unwrap();
            answer["handle"].as_str().expect("a window").to_string()
        });
        Box::new(WebKitTab {
            driver: Arc::clone(&self.driver),
            window,
        })
    }

    fn set_permission(&self, _: &str, _: &str, _: &str) {
        unknown("permissions");
    }

    fn kill_workers(&self) {
        unknown("an end of workers");
    }

    /// This driver does not tell, but they have not far to go.
    fn workers_are_settled(&self) -> bool {
        thread::sleep(Duration::from_secs(1));
        true
    }

    fn worker_errors(&self) -> Vec<String> {
        vec![]
    }

    fn quit(&mut self) {
        unknown("profiles");
    }

    fn crash(&mut self) {
        unknown("profiles");
    }
}

/// A test that gets here does not say what it needs.
fn unknown(what: &str) {
    panic!("this driver knows nothing of {what}");
}

impl Drop for WebKit {
    fn drop(&mut self) {
        let _gone_already = self.driver.call("DELETE", "", &Value::Null);
    }
}

/// A session, whose commands all go to one window at a time.
struct WebDriver {
    path: String,
    window: Mutex<String>,
}

impl WebDriver {
    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        ask(method, &format!("{}{path}", self.path), body)
    }

    fn call_in(
        &self,
        window: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let mut current = self.window.lock().unwrap();
        if *current != window {
            self.call("POST", "/window", &json!({ "handle": window }))?;
            *current = window.to_string();
        }
        self.call(method, path, body)
    }
}

/// One command, over a connection of its own.
fn ask(method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("{method} {path}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", PORT)).map_err(failed)?;
    stream.set_read_timeout(Some(START)).map_err(failed)?;
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .map_err(failed)?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).map_err(failed)?;
    let head = answer
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .ok_or_else(|| format!("{method} {path}: no answer"))?;
    let done = answer.starts_with(b"HTTP/1.1 200 ");
    let mut answer: Value = serde_json::from_slice(&answer[head + 4..])
        .map_err(|error| format!("{method} {path}: {error}"))?;
    match done {
        true => Ok(answer["value"].take()),
        false => Err(format!("{method} {path}: {}", answer["value"])),
    }
}

/// Whether no semicolon stands between statements.
fn is_one_expression(text: &str) -> bool {
    let (mut depth, mut quote) = (0, None);
    let mut characters = text.trim().chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (_, '\\') => drop(characters.next()),
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ';') if depth == 0 => return false,
            (None, _) => {}
        }
    }
    true
}

struct WebKitTab {
    driver: Arc<WebDriver>,
    window: String,
}

impl WebKitTab {
    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.driver.call_in(&self.window, method, path, body)
    }

    /// This driver does not say with which status a document came, and of a worker's answers only those that needed no
    /// network are told from the network's.
    fn arrival(&self) -> Result<Arrival, String> {
        let seen = "(({ name, workerStart, transferSize }) => [name, workerStart > 0 || transferSize === 0])\
            (performance.getEntriesByType('navigation')[0])";
        let seen = self.try_evaluate(seen)?;
        Ok(Arrival {
            status: UNKNOWN,
            from_worker: seen[1] == true,
            url: seen[0].as_str().unwrap_or_default().to_string(),
        })
    }

    fn act(&self, source: Value) {
        self.call("POST", "/actions", &json!({ "actions": [source] }))
            .unwrap();
    }

    fn execute(&self, script: &str, argument: &str) -> Result<Value, String> {
        let script = json!({ "script": script, "args": [argument] });
        self.call("POST", "/execute/sync", &script)
    }
}

impl Tab for WebKitTab {
    fn try_goto(&self, url: &str) -> Result<Arrival, String> {
        self.call("POST", "/url", &json!({ "url": url }))?;
        // What cannot be reached leaves an empty page.
        match self.call("GET", "/url", &Value::Null)? == "about:blank" {
            true => Err("not reached".to_string()),
            false => self.arrival(),
        }
    }

    fn leave(&self) {
        self.call("POST", "/url", &json!({ "url": "about:blank" }))
            .unwrap();
    }

    fn reload(&self) -> Arrival {
        self.call("POST", "/refresh", &json!({})).unwrap();
        self.arrival().unwrap()
    }

    fn before_scripts(&self, _: &str) {
        unknown("scripts before scripts");
    }

    fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        match is_one_expression(expression) {
            // Where a policy forbids to make scripts of text, this is none.
            true => self.execute(&format!("return (\n{expression}\n)"), ""),
            false => self.execute("return (0, eval)(arguments[0])", expression),
        }
    }

    /// This driver does not tell.
    fn complaints(&self) -> Vec<String> {
        vec![]
    }

    fn answers(&self) -> Vec<Arrival> {
        unknown("answers");
        vec![]
    }

    fn click_at(&self, x: f64, y: f64) {
        self.act(json!({ "type": "pointer", "id": "mouse", "actions": [
            { "type": "pointerMove", "x": x.round(), "y": y.round(), "duration": 0 },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ] }));
    }

    fn insert(&self, text: &str) {
        let typed = format!("document.execCommand('insertText', false, {})", json!(text));
        assert_eq!(self.try_evaluate(&typed), Ok(json!(true)), "typing {text}");
    }

    fn press(&self, key: Key) {
        let value = match key {
            Key::Tab => "\u{e004}",
            Key::Escape => "\u{e00c}",
        };
        let [down, up] = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": value }));
        self.act(json!({ "type": "key", "id": "keyboard", "actions": [down, up] }));
    }

    fn look(&self, _: bool) {
        unknown("who looks at what");
    }

    fn close(&self) {
        self.call("DELETE", "/window", &Value::Null).unwrap();
    }

    fn picture(&self) -> Result<String, String> {
        let picture = self.call("GET", "/screenshot", &Value::Null)?;
        Ok(picture.as_str().unwrap_or_default().to_string())
    }
}
