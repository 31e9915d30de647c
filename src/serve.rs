//! Previews the built site as its host would serve it, with its endpoints answered from memory.
//!
//! The whole story of an app that works offline can be tried without a backend: the server can be made to go away, to
//! be slow and to answer 503, by a call and from a page of its own. That page has a port of its own, so it stays there
//! when the site does not, and no worker of the site can ever reach it.

mod control;
mod gate;
mod records;
mod reply;
mod site;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use tiny_http::Request;

use self::gate::Gate;
pub use self::records::{Endpoint, Outcome};
use self::records::{Parcel, Records};
use self::reply::{Asked, Reply, read_body};
use self::site::Folder;
use crate::host::Host;

/// What to serve, and where.
pub struct Options {
    /// The built site.
    pub site: PathBuf,
    /// The URL path of its root, which starts and ends with `/`.
    pub base: String,
    pub host: Host,
    pub endpoints: Vec<Endpoint>,
    /// Where the site is served; port 0 is any free one.
    pub address: SocketAddr,
    /// Where its control page is served; another port where this one is taken.
    pub control: SocketAddr,
    /// Hears what happens, on any thread.
    pub log: Box<dyn Fn(Event) + Send + Sync>,
}

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Answers.
    #[default]
    Up,
    /// Is not there: connections are refused, open ones are cut.
    Down,
    /// Does everything at once and answers two seconds later.
    Slow,
    /// Answers everything with a 503.
    Unavailable,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A request for one of the site's URLs was answered.
    Answered {
        method: String,
        url: String,
        status: u16,
    },
    /// A request to an endpoint was answered.
    Delivered {
        method: String,
        url: String,
        status: u16,
        outcome: Outcome,
    },
    /// The server behaves differently now.
    Switched(Switch),
    /// The idempotency keys were forgotten.
    ForgotKeys,
    /// The records and their keys were forgotten.
    ForgotRecords,
}

/// A preview that runs until it is stopped or dropped.
pub struct Server {
    shared: Arc<Shared>,
    control: Mutex<Gate>,
    running: Vec<(Arc<tiny_http::Server>, Option<JoinHandle<()>>)>,
}

struct Shared {
    folder: Folder,
    endpoints: Vec<Endpoint>,
    address: SocketAddr,
    gate: Mutex<Gate>,
    state: Mutex<State>,
    changed: Condvar,
    log: Box<dyn Fn(Event) + Send + Sync>,
}

#[derive(Default)]
struct State {
    switch: Switch,
    records: Records,
    /// Grows with every change, so that the page can wait for the next.
    version: u64,
    stopping: bool,
}

/// How much later a slow server answers.
const DELAY: Duration = Duration::from_secs(2);

/// Bytes that an endpoint takes at once.
const LONGEST_BODY: u64 = 64 * 1024 * 1024;

impl Server {
    /// Starts to serve.
    ///
    /// # Errors
    /// An address that cannot be had.
    pub fn start(options: Options) -> io::Result<Server> {
        let Options {
            site,
            base,
            host,
            endpoints,
            address,
            control,
            log,
        } = options;
        if !site.is_dir() {
            let text = format!("{}: no such folder", site.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        let (site_http, gate) = listen(address)?;
        let (control_http, control) = match listen(control) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                listen(SocketAddr::new(control.ip(), 0))?
            }
            other => other?,
        };
        let folder = Folder::new(site, &base, host);
        let shared = Arc::new(Shared {
            endpoints: (endpoints.into_iter())
                .map(|endpoint| endpoint.under(folder.base()))
                .collect(),
            folder,
            address: gate.address(),
            gate: Mutex::new(gate),
            state: Mutex::default(),
            changed: Condvar::new(),
            log,
        });
        let running = vec![
            run(site_http, shared.clone(), answer),
            run(control_http, shared.clone(), control::answer),
        ];
        Ok(Server {
            shared,
            control: Mutex::new(control),
            running,
        })
    }

    /// Where the site is.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The URL of the site's root.
    pub fn url(&self) -> String {
        self.shared.url()
    }

    /// Where the control page is.
    pub fn control_address(&self) -> SocketAddr {
        lock(&self.control).address()
    }

    /// The URL of the control page.
    pub fn control_url(&self) -> String {
        format!("http://{}/", self.control_address())
    }

    /// Makes the server behave so from now on.
    ///
    /// # Errors
    /// The site's address, when another process has taken it while the server was down.
    pub fn set(&self, switch: Switch) -> io::Result<()> {
        self.shared.set(switch)
    }

    /// Forgets the idempotency keys and keeps the records.
    pub fn forget_keys(&self) {
        self.shared.forget_keys();
    }

    /// Ends the preview: nothing listens any more.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.change(|state| state.stopping = true);
        lock(&self.shared.gate).shut();
        lock(&self.control).shut();
        for (http, thread) in &mut self.running {
            http.unblock();
            if let Some(thread) = thread.take() {
                // A thread that panicked has ended too.
                drop(thread.join());
            }
        }
    }
}

/// An HTTP server behind a gate at this address.
fn listen(address: SocketAddr) -> io::Result<(tiny_http::Server, Gate)> {
    let listener = gate::without_delay(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)?;
    let inside = listener.local_addr()?;
    let http = tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?;
    let gate = Gate::open(address, inside)
        .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?;
    Ok((http, gate))
}

/// Answers every request on a thread of its own, so that a slow answer holds up no other.
fn run(
    http: tiny_http::Server,
    shared: Arc<Shared>,
    answer: fn(&Shared, Request),
) -> (Arc<tiny_http::Server>, Option<JoinHandle<()>>) {
    let http = Arc::new(http);
    let thread = {
        let http = http.clone();
        thread::spawn(move || {
            for request in http.incoming_requests() {
                let shared = shared.clone();
                thread::spawn(move || answer(&shared, request));
            }
        })
    };
    (http, Some(thread))
}

fn answer(shared: &Shared, mut request: Request) {
    let asked = Asked::new(&request);
    let (reply, event) = shared.answer(&asked, &mut request);
    (shared.log)(event);
    if lock(&shared.state).switch == Switch::Slow {
        thread::sleep(DELAY);
    }
    reply
        .header("Cache-Control", "no-cache")
        .header("X-Content-Type-Options", "nosniff")
        .send(request);
}

impl Shared {
    fn answer(&self, asked: &Asked, request: &mut Request) -> (Reply, Event) {
        let method = asked.method.clone();
        let url = request.url().to_owned();
        if let Some(endpoint) = self.endpoint(asked) {
            let (reply, outcome) = match self.deliver(endpoint, asked, request) {
                Ok(receipt) => receipt,
                Err(reply) => (reply, Outcome::Refused),
            };
            let status = reply.status;
            return (
                reply,
                Event::Delivered {
                    method,
                    url,
                    status,
                    outcome,
                },
            );
        }
        let reply = if lock(&self.state).switch == Switch::Unavailable {
            unavailable(Reply::text(503, "503: the preview was told to answer so\n"))
        } else {
            self.page(asked)
        };
        let status = reply.status;
        (
            reply,
            Event::Answered {
                method,
                url,
                status,
            },
        )
    }

    /// The declared endpoint that takes this request. A GET takes nothing: it asks for the records.
    fn endpoint(&self, asked: &Asked) -> Option<&Endpoint> {
        (self.endpoints.iter())
            .filter(|endpoint| endpoint.method != "GET")
            .find(|endpoint| endpoint.method == asked.method && endpoint.stands_for(asked.path()))
    }

    fn deliver(
        &self,
        endpoint: &Endpoint,
        asked: &Asked,
        request: &mut Request,
    ) -> Result<(Reply, Outcome), Reply> {
        let body = read_body(request, LONGEST_BODY)
            .map_err(|error| Reply::text(400, &format!("400: {error}\n")))?
            .ok_or_else(|| Reply::text(413, "413: the preview takes 64 MiB at once\n"))?;
        let parcel = Parcel {
            method: asked.method.clone(),
            path: percent_decode_str(asked.path())
                .decode_utf8_lossy()
                .into_owned(),
            key: asked
                .header(&endpoint.key_header.to_ascii_lowercase())
                .map(str::to_owned),
            content_type: asked.header("content-type").unwrap_or_default().to_owned(),
            body,
        };
        let receipt = self.change(|state| match state.switch {
            Switch::Unavailable => state.records.refuse(parcel),
            Switch::Up | Switch::Down | Switch::Slow => state.records.take(parcel),
        });
        let reply = Reply::json(receipt.status, receipt.body);
        let reply = match receipt.outcome {
            Outcome::Refused => unavailable(reply),
            Outcome::Replayed => reply.header("Idempotency-Replayed", "true"),
            Outcome::Stored | Outcome::Conflict => reply,
        };
        Ok((reply, receipt.outcome))
    }

    /// A page of the site; where an endpoint has no page of its own, its records.
    fn page(&self, asked: &Asked) -> Reply {
        let path = asked.path();
        let methods: Vec<&str> = (self.endpoints.iter())
            .filter(|endpoint| endpoint.stands_for(path))
            .map(|endpoint| endpoint.method.as_str())
            .collect();
        match asked.method.as_str() {
            "GET" | "HEAD" if methods.is_empty() || self.folder.has(path) => {
                self.folder.answer(asked)
            }
            "GET" | "HEAD" => self.list(path),
            _ => Reply::text(405, "405: neither a page nor a declared endpoint\n").header(
                "Allow",
                &[&["GET", "HEAD"], &methods[..]].concat().join(", "),
            ),
        }
    }

    fn list(&self, path: &str) -> Reply {
        let state = lock(&self.state);
        let path = percent_decode_str(path).decode_utf8_lossy();
        let records = state.records.list(|taken| taken == path);
        match serde_json::to_string_pretty(&records) {
            Ok(json) => Reply::json(200, json),
            Err(error) => Reply::text(500, &format!("500: {error}\n")),
        }
    }

    fn url(&self) -> String {
        format!("http://{}{}", self.address, self.folder.base())
    }

    fn set(&self, switch: Switch) -> io::Result<()> {
        {
            let mut gate = lock(&self.gate);
            match switch {
                Switch::Down => gate.shut(),
                Switch::Up | Switch::Slow | Switch::Unavailable => gate.reopen()?,
            }
            self.change(|state| state.switch = switch);
        }
        (self.log)(Event::Switched(switch));
        Ok(())
    }

    fn forget_keys(&self) {
        self.change(|state| state.records.forget_keys());
        (self.log)(Event::ForgotKeys);
    }

    fn forget_records(&self) {
        self.change(|state| state.records.forget_all());
        (self.log)(Event::ForgotRecords);
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        state.version += 1;
        self.changed.notify_all();
        result
    }
}

fn unavailable(reply: Reply) -> Reply {
    reply.header("Retry-After", "5")
}

/// A thread that panicked leaves a state that is as good as any: every change is one assignment or one push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
