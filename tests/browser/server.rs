//! A web server that serves a folder and records markdowns, until it is told to misbehave.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::devtools::{PATIENCE, eventually};

/// Below the range from which outgoing connections take theirs, so that nobody takes it while the server is down.
const PORT: u16 = 8080;

/// How a request fares instead of getting what it asks for.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// A status, with a page of the server's own.
    Status(u16),
    /// No answer, until the fault is lifted or the browser gives up.
    Hang,
    /// The right answer, but late.
    Delay(Duration),
    /// The right answer's head and so many bytes of its body; then the connection breaks.
    Cut(usize),
    /// Other bytes, such as a login page's, with status 200.
    Body(&'static str, &'static str),
    /// The way to somewhere else.
    Redirect(&'static str),
    /// The right answer with one more header.
    Header(&'static str, &'static str),
    /// A status with one header, such as 503 with Retry-After.
    StatusHeader(u16, &'static str, &'static str),
    /// The effect of the request, but no answer.
    LoseAnswer,
    /// The effect of the request, and the answer only when the fault is lifted.
    HoldAnswer,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.headers.get("idempotency-key").map(String::as_str)
    }
}

pub(crate) struct Server {
    state: Arc<State>,
    port: u16,
    listening: Mutex<Option<Listening>>,
}

struct Listening {
    stop: Arc<Mutex<bool>>,
    thread: JoinHandle<()>,
}

struct State {
    root: PathBuf,
    inner: Mutex<Inner>,
    changed: Condvar,
}

struct Inner {
    faults: Vec<(String, Fault)>,
    requests: Vec<Request>,
    in_flight: usize,
    most_in_flight: usize,
    /// The answered keys, each with the body it was for.
    keys: HashMap<String, Vec<u8>>,
    effects: Vec<Value>,
    open: Vec<TcpStream>,
}

impl Server {
    /// Serves a folder at `http://127.0.0.1:8080/`.
    pub(crate) fn start(root: &Path) -> Server {
        Server::start_at(root, PORT)
    }

    /// Serves a folder at another port, which is another origin.
    pub(crate) fn start_at(root: &Path, port: u16) -> Server {
        let inner = Inner {
            faults: vec![],
            requests: vec![],
            in_flight: 0,
            most_in_flight: 0,
            keys: HashMap::new(),
            effects: vec![],
            open: vec![],
        };
        let state = Arc::new(State {
            root: root.to_path_buf(),
            inner: Mutex::new(inner),
            changed: Condvar::new(),
        });
        let server = Server {
            state,
            port,
            listening: Mutex::new(None),
        };
        server.accept();
        server
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Refuses connections from now on and breaks those that there are.
    pub(crate) fn refuse(&self) {
        let Some(listening) = self.listening.lock().unwrap().take() else {
            return;
        };
        *listening.stop.lock().unwrap() = true;
        // Wakes the listener, which is waiting for a connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        listening.thread.join().unwrap();
        for stream in self.state.lock().open.drain(..) {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
        self.state.changed.notify_all();
    }

    /// Accepts connections again, at the same port.
    pub(crate) fn accept(&self) {
        let mut listening = self.listening.lock().unwrap();
        if listening.is_some() {
            return;
        }
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let stop = Arc::new(Mutex::new(false));
        let (stopped, state) = (Arc::clone(&stop), Arc::clone(&self.state));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if *stopped.lock().unwrap() {
                    return;
                }
                let (stream, state) = (stream.unwrap(), Arc::clone(&state));
                state.lock().open.push(stream.try_clone().unwrap());
                thread::spawn(move || state.converse(stream));
            }
        });
        *listening = Some(Listening { stop, thread });
    }

    /// Lets requests for a path fail from now on; `*` stands for all that have no fault of their own.
    pub(crate) fn fault(&self, path: &str, fault: Fault) {
        let mut inner = self.state.lock();
        inner.faults.retain(|(known, _)| known != path);
        inner.faults.push((path.to_string(), fault));
        drop(inner);
        self.state.changed.notify_all();
    }

    /// Lifts a fault, and answers what hung by it.
    pub(crate) fn heal(&self, path: &str) {
        self.state.lock().faults.retain(|(known, _)| known != path);
        self.state.changed.notify_all();
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().requests.clone()
    }

    /// The requests for a path so far.
    pub(crate) fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| request.path() == path)
            .collect()
    }

    /// The POST requests for a path so far.
    pub(crate) fn posts(&self, path: &str) -> Vec<Request> {
        self.requests_for(path)
            .into_iter()
            .filter(|request| request.method == "POST")
            .collect()
    }

    pub(crate) fn forget_requests(&self) {
        let mut inner = self.state.lock();
        inner.requests.clear();
        inner.most_in_flight = 0;
    }

    /// The most requests that were open at one time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.state.lock().most_in_flight
    }

    /// What has been saved by `POST /markdowns`, in the order of its arrival.
    pub(crate) fn effects(&self) -> Vec<Value> {
        self.state.lock().effects.clone()
    }

    pub(crate) fn wait_requests(&self, path: &str, count: usize) {
        eventually(&format!("{count} requests for {path}"), || {
            (self.requests_for(path).len() >= count).then_some(())
        });
    }

    pub(crate) fn wait_posts(&self, path: &str, count: usize) {
        eventually(&format!("{count} posts to {path}"), || {
            (self.posts(path).len() >= count).then_some(())
        });
    }

    pub(crate) fn wait_effects(&self, count: usize) {
        eventually(&format!("{count} effects"), || {
            (self.effects().len() >= count).then_some(())
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            for request in self.requests() {
                let body = String::from_utf8_lossy(&request.body)
                    .chars()
                    .take(200)
                    .collect::<String>();
                eprintln!("{} {} {} {body}", self.port, request.method, request.target);
            }
        }
        self.refuse();
    }
}

/// What is sent back.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
        }
    }

    fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn converse(&self, stream: TcpStream) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A connection may be made and never used, or break in the middle.
        let Some(request) = read(&stream) else { return };
        let mut inner = self.lock();
        // Some browsers want a picture for the tab, whatever the page says.
        if request.path() != "/favicon.ico" {
            inner.requests.push(request.clone());
        }
        inner.in_flight += 1;
        inner.most_in_flight = inner.most_in_flight.max(inner.in_flight);
        drop(inner);
        if let Some((answer, bytes)) = self.answer(&request, &stream) {
            // The browser may have gone away meanwhile.
            let _gone = send(&stream, &answer, bytes);
        }
        self.lock().in_flight -= 1;
        let _gone = stream.shutdown(Shutdown::Both);
    }

    /// The answer and how many bytes of its body to send; nothing when the connection is to break.
    fn answer(&self, request: &Request, stream: &TcpStream) -> Option<(Answer, usize)> {
        let fault = self.fault(request.path());
        let whole = |answer: Answer| {
            let length = answer.body.len();
            Some((answer, length))
        };
        match fault {
            None => whole(self.right(request)),
            Some(Fault::Status(status)) => whole(Answer::new(
                status,
                "text/html",
                format!("<h1>{status}</h1>"),
            )),
            Some(Fault::StatusHeader(status, name, value)) => whole(
                Answer::new(status, "text/html", format!("<h1>{status}</h1>")).with(name, value),
            ),
            Some(Fault::Hang) => {
                self.hang(request, stream);
                whole(self.right(request))
            }
            Some(Fault::Delay(delay)) => {
                thread::sleep(delay);
                whole(self.right(request))
            }
            Some(Fault::Cut(bytes)) => {
                let answer = self.right(request);
                assert!(
                    bytes < answer.body.len(),
                    "{} is shorter than its cut",
                    request.target
                );
                Some((answer, bytes))
            }
            Some(Fault::Body(kind, body)) => whole(Answer::new(200, kind, body)),
            Some(Fault::Redirect(to)) => {
                whole(Answer::new(302, "text/html", "").with("location", to))
            }
            Some(Fault::Header(name, value)) => whole(self.right(request).with(name, value)),
            Some(Fault::LoseAnswer) => {
                self.right(request);
                None
            }
            Some(Fault::HoldAnswer) => {
                let answer = self.right(request);
                self.hang(request, stream);
                whole(answer)
            }
        }
    }

    fn fault(&self, path: &str) -> Option<Fault> {
        let inner = self.lock();
        let of = |wanted: &str| {
            inner
                .faults
                .iter()
                .find(|(path, _)| path == wanted)
                .map(|(_, fault)| fault.clone())
        };
        of(path).or_else(|| of("*"))
    }

    /// Waits until the fault is lifted or the browser has gone.
    fn hang(&self, request: &Request, stream: &TcpStream) {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until && !gone(stream) {
            if !matches!(
                self.fault(request.path()),
                Some(Fault::Hang | Fault::HoldAnswer)
            ) {
                return;
            }
            let inner = self.lock();
            drop(self.changed.wait_timeout(inner, Duration::from_millis(50)));
        }
    }

    fn right(&self, request: &Request) -> Answer {
        match (request.method.as_str(), request.path()) {
            ("POST", "/markdowns") => self.save(request),
            ("GET" | "HEAD", path) => self.file(path),
            ("POST" | "PUT", _) => Answer::new(200, "application/json", "{}"),
            _ => Answer::new(405, "text/html", "<h1>405</h1>"),
        }
    }

    /// Saves what was posted, once for each key.
    fn save(&self, request: &Request) -> Answer {
        let mut inner = self.lock();
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return Answer::new(
                400,
                "application/json",
                json!({ "error": "no JSON" }).to_string(),
            );
        };
        if let Some(key) = request.key().map(String::from) {
            match inner.keys.get(&key) {
                Some(known) if *known != request.body => {
                    return Answer::new(
                        422,
                        "application/json",
                        json!({ "error": "another body" }).to_string(),
                    );
                }
                Some(_) => {}
                None => {
                    inner.keys.insert(key, request.body.clone());
                    inner.effects.push(body);
                }
            }
        } else {
            inner.effects.push(body);
        }
        Answer::new(
            201,
            "application/json",
            json!({ "saved": true }).to_string(),
        )
    }

    /// A file as a plain host serves it: folders by their index, unknown paths by the site's own 404 page.
    fn file(&self, path: &str) -> Answer {
        let decoded = percent_encoding::percent_decode_str(path)
            .decode_utf8_lossy()
            .into_owned();
        let file = self.root.join(decoded.trim_start_matches('/'));
        if file.is_dir() && !path.ends_with('/') {
            return Answer::new(301, "text/html", "").with("location", &format!("{path}/"));
        }
        let file = if file.is_dir() {
            file.join("index.html")
        } else {
            file
        };
        match fs::read(&file) {
            Ok(body) => Answer::new(200, kind(&file), body),
            Err(_) => {
                let page = fs::read(self.root.join("404.html"));
                Answer::new(
                    404,
                    "text/html; charset=utf-8",
                    page.unwrap_or_else(|_| b"<h1>404</h1>".to_vec()),
                )
            }
        }
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("ico") => "image/x-icon",
        Some("woff") => "font/woff",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    }
}

/// The one request of a connection; nothing when it breaks off.
pub(crate) fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut text = String::new();
        reader
            .read_line(&mut text)
            .ok()
            .filter(|length| *length > 0)?;
        Some(text.trim_end().to_string())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_string(), words.next()?.to_string());
    let mut headers = BTreeMap::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}

/// Sends an answer with so many bytes of its body.
pub(crate) fn send(mut stream: &TcpStream, answer: &Answer, bytes: usize) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {} -\r\nconnection: close\r\ncontent-length: {}\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&answer.body[..bytes])?;
    stream.flush()
}

/// Says whether the other end has closed its half.
fn gone(stream: &TcpStream) -> bool {
    let mut byte = [0];
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let gone = matches!(stream.peek(&mut byte), Ok(0))
        || stream
            .peek(&mut byte)
            .is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock);
    gone || stream.set_nonblocking(false).is_err()
}
