//! Messages to and from a browser: commands with their answers, and events. The DevTools protocol of Chromium sends them
//! over a pair of pipes, WebDriver BiDi over a web socket.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

/// How long anything in a browser may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a browser may take until it is there, which is the hardest thing that a busy machine is asked for.
pub(crate) const START: Duration = Duration::from_secs(180);

/// What sends a message, or says why it cannot.
type Sender = Box<dyn FnMut(String) -> Result<(), String> + Send>;

/// The way to the browser and back, shared by all sessions.
pub(crate) struct Pipe {
    sender: Mutex<Sender>,
    next: AtomicU64,
    heard: Mutex<Heard>,
    changed: Condvar,
}

/// All that came from the browser so far.
#[derive(Default)]
struct Heard {
    answers: HashMap<u64, Value>,
    events: Vec<Event>,
    closed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) session: Option<String>,
    pub(crate) method: String,
    pub(crate) params: Value,
}

impl Pipe {
    /// A pair of pipes, on which a byte that is nought ends each message.
    pub(crate) fn of_pipes(
        mut writer: impl Write + Send + 'static,
        reader: impl Read + Send + 'static,
    ) -> Arc<Pipe> {
        let send = move |message: String| {
            let bytes = [message.as_bytes(), b"\0"].concat();
            writer.write_all(&bytes).map_err(|error| error.to_string())
        };
        let mut reader = BufReader::new(reader);
        let receive = move || {
            let mut message = vec![];
            reader.read_until(0, &mut message).ok()?;
            (message.pop() == Some(0)).then_some(message)
        };
        Pipe::new(Box::new(send), receive)
    }

    /// A web socket at a port of this machine.
    pub(crate) fn of_web_socket(port: u16, path: &str) -> Arc<Pipe> {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let url = format!("ws://127.0.0.1:{port}{path}");
        let (mut reader, _) = tungstenite::client(url, stream).unwrap();
        let mut writer = writing_half(&reader, Role::Client);
        let send = move |message| {
            let sent = writer.send(Message::text(message));
            sent.map_err(|error| error.to_string())
        };
        let receive = move || {
            loop {
                if let Message::Text(text) = reader.read().ok()? {
                    return Some(text.as_bytes().to_vec());
                }
            }
        };
        Pipe::new(Box::new(send), receive)
    }

    fn new(sender: Sender, receive: impl FnMut() -> Option<Vec<u8>> + Send + 'static) -> Arc<Pipe> {
        let pipe = Arc::new(Pipe {
            sender: Mutex::new(sender),
            next: AtomicU64::new(1),
            heard: Mutex::default(),
            changed: Condvar::new(),
        });
        let listener = Arc::clone(&pipe);
        thread::spawn(move || listener.listen(receive));
        pipe
    }

    /// Takes what the browser says until it has gone.
    fn listen(&self, mut receive: impl FnMut() -> Option<Vec<u8>>) {
        while let Some(bytes) = receive() {
            let mut message: Value =
                serde_json::from_slice(&bytes).expect("the browser speaks JSON");
            let mut heard = self.heard.lock().unwrap();
            match message["id"].as_u64() {
                Some(id) => drop(heard.answers.insert(id, message)),
                None => heard.events.push(Event {
                    session: message["sessionId"].as_str().map(String::from),
                    method: message["method"].as_str().unwrap_or_default().to_string(),
                    params: message["params"].take(),
                }),
            }
            self.changed.notify_all();
        }
        self.heard.lock().unwrap().closed = true;
        self.changed.notify_all();
    }

    fn send(&self, session: Option<&str>, method: &str, params: Value) -> Result<u64, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let sent = (self.sender.lock().unwrap())(message.to_string());
        sent.map(|()| id)
            .map_err(|error| format!("{method}: the browser is gone: {error}"))
    }

    fn answer(&self, id: u64, method: &str, patience: Duration) -> Result<Value, String> {
        let mut answer = self
            .wait(patience, |heard| heard.answers.remove(&id))
            .ok_or_else(|| format!("{method}: no answer within {} s", patience.as_secs()))?;
        match &answer["error"] {
            Value::Null => Ok(answer["result"].take()),
            // BiDi has a word for it, and beside it the message.
            Value::String(word) => Err(format!("{method}: {word}: {}", answer["message"])),
            error => Err(format!("{method}: {}", error["message"])),
        }
    }

    fn wait<T>(
        &self,
        patience: Duration,
        mut find: impl FnMut(&mut Heard) -> Option<T>,
    ) -> Option<T> {
        let until = Instant::now() + patience;
        let mut heard = self.heard.lock().unwrap();
        loop {
            if let Some(found) = find(&mut heard) {
                return Some(found);
            }
            let left = until.checked_duration_since(Instant::now())?;
            if heard.closed {
                return None;
            }
            heard = self.changed.wait_timeout(heard, left).unwrap().0;
        }
    }
}

/// What another thread than the one that reads a web socket may write to.
pub(crate) fn writing_half(socket: &WebSocket<TcpStream>, role: Role) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(socket.get_ref().try_clone().unwrap(), role, None)
}

/// One partner at the other end: the browser itself, a page or a worker.
#[derive(Clone)]
pub(crate) struct Session {
    pipe: Arc<Pipe>,
    id: Option<String>,
}

impl Session {
    pub(crate) fn browser(pipe: Arc<Pipe>) -> Session {
        Session { pipe, id: None }
    }

    /// A session with one of the browser's targets.
    pub(crate) fn attach(&self, target: &str) -> Session {
        let answer = self.call(
            "Target.attachToTarget",
            json!({ "targetId": target, "flatten": true }),
        );
        Session {
            pipe: Arc::clone(&self.pipe),
            id: answer["sessionId"].as_str().map(String::from),
        }
    }

    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        self.try_call(method, params)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_call(&self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.pipe.send(self.id.as_deref(), method, params)?;
        self.pipe.answer(id, method, PATIENCE)
    }

    /// The first command to a browser that has just been started.
    pub(crate) fn first_call(&self, method: &str, params: Value) -> Value {
        let answer = self.pipe.send(self.id.as_deref(), method, params);
        let answer = answer.and_then(|id| self.pipe.answer(id, method, START));
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// How many events there were so far, of all sessions: the place to look on from.
    pub(crate) fn now(&self) -> usize {
        self.pipe.heard.lock().unwrap().events.len()
    }

    /// The events of this session so far, from a place on.
    pub(crate) fn events(&self, from: usize, method: &str) -> Vec<Value> {
        let heard = self.pipe.heard.lock().unwrap();
        let mine = |event: &&Event| event.method == method && event.session == self.id;
        heard.events[from..]
            .iter()
            .filter(mine)
            .map(|event| event.params.clone())
            .collect()
    }

    /// Waits for an event of this session, from a place on, that has what is asked for.
    pub(crate) fn wait_event<T>(
        &self,
        from: usize,
        method: &str,
        find: impl Fn(&Value) -> Option<T>,
    ) -> T {
        self.pipe
            .wait(PATIENCE, |heard| {
                let mine = |event: &&Event| event.method == method && event.session == self.id;
                heard.events[from..]
                    .iter()
                    .filter(mine)
                    .find_map(|event| find(&event.params))
            })
            .unwrap_or_else(|| panic!("{method}: no such event within {} s", PATIENCE.as_secs()))
    }
}

/// Asks again and again until there is an answer.
pub(crate) fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, ask)
}

pub(crate) fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let until = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            Instant::now() < until,
            "{what}: not within {} s",
            patience.as_secs()
        );
        thread::sleep(Duration::from_millis(25));
    }
}
