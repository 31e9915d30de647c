//! A desktop that shows notifications, as far as a browser needs one: a message bus with nothing on it but them.
//!
//! A click on what it shows is the system's own, so the worker may open windows for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::devtools::eventually;
use crate::runner;

/// Where the browser of a test looks for the bus of its desktop; most tests have none.
pub(crate) fn socket() -> PathBuf {
    runner::folder().join("bus")
}

pub(crate) struct Desktop {
    shown: Arc<Mutex<Vec<Notice>>>,
}

/// A notification that was shown, and by whom.
struct Notice {
    id: u32,
    title: String,
    /// The name and the text of what can be clicked; the whole is `default`.
    actions: Vec<String>,
    browser: UnixStream,
}

const BUS: &str = "org.freedesktop.DBus";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The name by which the bus knows the desktop.
const DESKTOP: &str = ":1.0";

impl Desktop {
    /// Has to be there before the browser starts.
    pub(crate) fn start() -> Desktop {
        let listener = UnixListener::bind(socket()).unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let place = Arc::clone(&shown);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, place) = (stream.unwrap(), Arc::clone(&place));
                // The browser ends the conversation when it ends.
                thread::spawn(move || converse(stream, &place));
            }
        });
        Desktop { shown }
    }

    /// Clicks on a notification with this title, or on its button with this text.
    pub(crate) fn click(&self, title: &str, button: Option<&str>) {
        eventually("the notification on the desktop", || {
            let mut shown = self.shown.lock().unwrap();
            let at = shown.iter().position(|notice| notice.title == title)?;
            let mut notice = shown.remove(at);
            let pairs = notice.actions.chunks(2);
            let mut named = pairs.filter(|pair| match button {
                Some(text) => pair[1] == text,
                None => pair[0] == "default",
            });
            let key = named
                .next()
                .unwrap_or_else(|| panic!("no {button:?} in {:?}", notice.actions))[0]
                .clone();
            let mut body = Body::default();
            body.number(notice.id);
            body.text(&key);
            let signal = message(SIGNAL, "ActionInvoked", None, "us", body);
            notice.browser.write_all(&signal).unwrap();
            Some(())
        });
    }
}

const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;

fn converse(stream: UnixStream, shown: &Mutex<Vec<Notice>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream.try_clone().ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_start_matches('\0').split_whitespace().next()? {
            "BEGIN" => break,
            "AUTH" => writer
                .write_all(b"OK 0123456789abcdef0123456789abcdef\r\n")
                .ok()?,
            _ => writer.write_all(b"ERROR\r\n").ok()?,
        }
    }
    loop {
        let call = Call::read(&mut reader)?;
        if call.kind == CALL {
            let answer = answer(&call, &stream, shown);
            writer.write_all(&answer).ok()?;
        }
    }
}

fn answer(call: &Call, stream: &UnixStream, shown: &Mutex<Vec<Notice>>) -> Vec<u8> {
    let mut body = Body::default();
    let mut arguments = call.arguments();
    let signature = match call.member.as_str() {
        "Hello" => {
            body.text(":1.1");
            "s"
        }
        "AddMatch" | "RemoveMatch" => "",
        "NameHasOwner" => {
            body.number(u32::from(arguments.text() == NOTIFICATIONS));
            "b"
        }
        "GetNameOwner" if arguments.text() == NOTIFICATIONS => {
            body.text(DESKTOP);
            "s"
        }
        "GetCapabilities" => {
            body.texts(&[
                "actions",
                "body",
                "body-markup",
                "icon-static",
                "persistence",
            ]);
            "as"
        }
        "GetServerInformation" => {
            for text in ["test", "test", "1", "1.2"] {
                body.text(text);
            }
            "ssss"
        }
        "Notify" => {
            let _app = arguments.text();
            let replaced = arguments.number();
            let _icon = arguments.text();
            let title = arguments.text();
            let _text = arguments.text();
            let actions = arguments.texts();
            let mut shown = shown.lock().unwrap();
            let id = if replaced == 0 { call.serial } else { replaced };
            shown.retain(|notice| notice.id != id);
            shown.push(Notice {
                id,
                title,
                actions,
                browser: stream.try_clone().unwrap(),
            });
            body.number(id);
            "u"
        }
        "CloseNotification" => {
            let id = arguments.number();
            shown.lock().unwrap().retain(|notice| notice.id != id);
            ""
        }
        _ => {
            body.text("nobody has that name");
            return message(ERROR, "", Some(call.serial), "s", body);
        }
    };
    message(RETURN, "", Some(call.serial), signature, body)
}

/// A message that came: what is asked for, and the bytes that say more.
struct Call {
    kind: u8,
    serial: u32,
    member: String,
    body: Vec<u8>,
}

impl Call {
    fn read(reader: &mut impl Read) -> Option<Call> {
        let mut head = [0; 16];
        reader.read_exact(&mut head).ok()?;
        assert_eq!(head[0], b'l', "browsers of this machine are little-endian");
        let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let (length, serial, fields) = (number(4), number(8), number(12) as usize);
        let mut bytes = vec![0; fields.next_multiple_of(8)];
        reader.read_exact(&mut bytes).ok()?;
        bytes.truncate(fields);
        let mut body = vec![0; length as usize];
        reader.read_exact(&mut body).ok()?;
        let mut member = String::new();
        let mut fields = Reader {
            bytes: &bytes,
            at: 0,
        };
        while fields.at < bytes.len() {
            fields.align(8);
            let code = fields.byte();
            let kind = fields.short();
            match (code, kind.as_str()) {
                (3, _) => member = fields.text(),
                (_, "s" | "o") => drop(fields.text()),
                (_, "g") => drop(fields.short()),
                (_, "u") => drop(fields.number()),
                (_, other) => panic!("a field of the kind {other}"),
            }
        }
        Some(Call {
            kind: head[1],
            serial,
            member,
            body,
        })
    }

    fn arguments(&self) -> Reader<'_> {
        Reader {
            bytes: &self.body,
            at: 0,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn number(&mut self) -> u32 {
        self.align(4);
        self.at += 4;
        u32::from_le_bytes(self.bytes[self.at - 4..self.at].try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let length = self.number() as usize;
        self.characters(length)
    }

    /// A text that says how long it is in one byte.
    fn short(&mut self) -> String {
        let length = self.byte().into();
        self.characters(length)
    }

    fn characters(&mut self, length: usize) -> String {
        let start = self.at;
        self.at += length + 1;
        String::from_utf8(self.bytes[start..start + length].to_vec()).unwrap()
    }

    fn texts(&mut self) -> Vec<String> {
        let end = self.number() as usize + self.at;
        let mut texts = Vec::new();
        while self.at < end {
            texts.push(self.text());
        }
        texts
    }
}

/// Bytes of a message, each value where it belongs.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, number: u32) {
        self.align(4);
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend(text.bytes());
        self.0.push(0);
    }

    fn short(&mut self, text: &str) {
        self.0.push(text.len() as u8);
        self.0.extend(text.bytes());
        self.0.push(0);
    }

    fn texts(&mut self, texts: &[&str]) {
        self.number(0);
        let start = self.0.len();
        for text in texts {
            self.text(text);
        }
        let length = (self.0.len() - start) as u32;
        self.0[start - 4..start].copy_from_slice(&length.to_le_bytes());
    }

    fn field(&mut self, code: u8, kind: &str, text: &str) {
        self.align(8);
        self.0.push(code);
        self.short(kind);
        match kind {
            "g" => self.short(text),
            _ => self.text(text),
        }
    }
}

/// A message of the desktop, or of the bus that it is on.
fn message(kind: u8, member: &str, answers: Option<u32>, signature: &str, body: Body) -> Vec<u8> {
    let mut fields = Body::default();
    if kind == SIGNAL {
        fields.field(1, "o", PATH);
        fields.field(2, "s", NOTIFICATIONS);
        fields.field(3, "s", member);
    }
    if kind == ERROR {
        fields.field(4, "s", "org.freedesktop.DBus.Error.NameHasNoOwner");
    }
    if let Some(serial) = answers {
        fields.align(8);
        fields.0.push(5);
        fields.short("u");
        fields.number(serial);
    }
    fields.field(7, "s", if kind == SIGNAL { DESKTOP } else { BUS });
    if !signature.is_empty() {
        fields.field(8, "g", signature);
    }
    let mut message = Body(vec![b'l', kind, 0, 1]);
    message.number(body.0.len() as u32);
    message.number(1);
    message.number(fields.0.len() as u32);
    message.0.extend(&fields.0);
    message.align(8);
    message.0.extend(body.0);
    message.0
}
