//! A push service of the test's own, on loopback: to browsers it speaks as Mozilla's does to Firefox, in JSON over a web
//! socket; servers send it their messages as RFC 8030 has it.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

use crate::devtools::{eventually, writing_half};
use crate::server::{self, Answer, Request};

const BROWSERS: u16 = 8090;
const SERVERS: u16 = 8091;

/// What a browser answers when it has read a message and handed it on.
const DELIVERED: u64 = 100;

pub(crate) struct PushService {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The way to the browser, while there is one.
    browser: Option<WebSocket<TcpStream>>,
    /// How often the browser was forgotten: what it is called here.
    forgotten: usize,
    /// The channel of each subscription, with the public key of the server that may use it.
    channels: BTreeMap<String, String>,
    /// How many messages were handed on.
    sent: usize,
    /// What the browser has said of each.
    verdicts: Vec<u64>,
}

impl PushService {
    pub(crate) fn start() -> PushService {
        let state = Arc::default();
        listen(BROWSERS, &state, serve_browser);
        listen(SERVERS, &state, serve_server);
        PushService { state }
    }

    /// Where browsers turn to.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{BROWSERS}/")
    }

    /// Waits until the browser has read so many messages and handed them on.
    pub(crate) fn wait_delivered(&self, count: usize) {
        eventually(&format!("{count} messages that were read"), || {
            let verdicts = self.state.lock().unwrap().verdicts.clone();
            assert!(
                verdicts.iter().all(|code| *code == DELIVERED),
                "{verdicts:?}"
            );
            (verdicts.len() >= count).then_some(())
        });
    }

    /// Hangs up and forgets the browser with all its subscriptions. When it comes back, it is told that it is a new one.
    pub(crate) fn forget_browser(&self) {
        let mut state = self.state.lock().unwrap();
        state.forgotten += 1;
        state.channels.clear();
        let browser = state.browser.take().expect("a browser");
        browser.get_ref().shutdown(Shutdown::Both).unwrap();
    }
}

/// Serves everybody who comes to a port; it ends with the process of the test.
fn listen(port: u16, state: &Arc<Mutex<State>>, serve: fn(TcpStream, &Mutex<State>)) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let state = Arc::clone(state);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, state) = (stream.unwrap(), Arc::clone(&state));
            thread::spawn(move || serve(stream, &state));
        }
    });
}

fn serve_browser(stream: TcpStream, state: &Mutex<State>) {
    // It may have gone again already.
    let Ok(mut socket) = tungstenite::accept(stream) else {
        return;
    };
    state.lock().unwrap().browser = Some(writing_half(&socket, Role::Server));
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            let said = serde_json::from_str(&text).expect("browsers speak JSON");
            state.lock().unwrap().hear(&said);
        }
    }
}

fn serve_server(stream: TcpStream, state: &Mutex<State>) {
    let Some(request) = server::read(&stream) else {
        return;
    };
    let status = state.lock().unwrap().forward(&request);
    // It may not want to know.
    let _gone = server::send(&stream, &Answer::new(status, "text/plain", ""), 0);
}

impl State {
    fn hear(&mut self, said: &Value) {
        let channel = said["channelID"].as_str().unwrap_or_default();
        match said["messageType"].as_str() {
            Some("hello") => {
                let name = format!("browser-{}", self.forgotten);
                self.say(json!({ "messageType": "hello", "status": 200, "uaid": name, "use_webpush": true }));
            }
            Some("register") => {
                let key = said["key"].as_str().unwrap_or_default();
                self.channels
                    .insert(channel.into(), key.trim_end_matches('=').into());
                let endpoint = format!("http://127.0.0.1:{SERVERS}/{channel}");
                self.say(json!({ "messageType": "register", "status": 200, "channelID": channel, "pushEndpoint": endpoint }));
            }
            Some("unregister") => {
                self.channels.remove(channel);
                self.say(
                    json!({ "messageType": "unregister", "status": 200, "channelID": channel }),
                );
            }
            Some("ack") => {
                let updates = said["updates"].as_array().into_iter().flatten();
                self.verdicts
                    .extend(updates.filter_map(|update| update["code"].as_u64()));
            }
            // What a worker made of a message, when that went wrong.
            Some("nack") => self.verdicts.extend(said["code"].as_u64()),
            // Whether we are still there.
            None => self.say(json!({})),
            Some(_) => {}
        }
    }

    fn say(&mut self, message: Value) {
        if let Some(browser) = &mut self.browser {
            // It may have gone meanwhile.
            let _gone = browser.send(Message::text(message.to_string()));
        }
    }

    /// Hands a server's message on to the browser, and returns the status that the server is answered with.
    fn forward(&mut self, request: &Request) -> u16 {
        let channel = request.path().trim_start_matches('/');
        let Some(key) = self.channels.get(channel) else {
            return 410;
        };
        let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
        if !header("authorization").ends_with(&format!("k={key}")) {
            return 403;
        }
        if header("ttl").parse::<u32>().is_err() {
            return 400;
        }
        self.sent += 1;
        self.say(json!({
            "messageType": "notification",
            "channelID": channel,
            "version": self.sent.to_string(),
            "headers": { "encoding": header("content-encoding") },
            "data": URL_SAFE_NO_PAD.encode(&request.body),
        }));
        201
    }
}
