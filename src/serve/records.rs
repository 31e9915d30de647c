//! The endpoints' side of the preview: takes whatever is sent and remembers it, in memory.
//!
//! It is the cooperating server that the docs ask for: an idempotency key stands for one payload and one effect, so a
//! delivery that is repeated is answered again and not stored again.

use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};

/// An endpoint that the site declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub method: String,
    /// From the origin with a leading `/`, else from the site's root; `{field}` stands for any segment.
    pub path: String,
    /// The header that carries the idempotency key.
    pub key_header: String,
}

impl Endpoint {
    /// The endpoint with its whole path, for a site under `base`.
    pub(super) fn under(self, base: &str) -> Endpoint {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("{base}{}", path.trim_start_matches("./")),
        };
        Endpoint { path, ..self }
    }

    /// Whether the endpoint's whole path stands for this one.
    pub(super) fn stands_for(&self, path: &str) -> bool {
        let plain = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
        let (pattern, path) = (plain(&self.path), plain(path));
        let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
        loop {
            match (pattern.next(), path.next()) {
                (None, None) => return true,
                (Some(pattern), Some(path)) if pattern == path => {}
                (Some(pattern), Some(path)) if pattern.contains('{') && !path.is_empty() => {}
                _ => return false,
            }
        }
    }
}

/// What a request brought.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub method: String,
    pub path: String,
    pub key: Option<String>,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Everything that the endpoints took, and how.
#[derive(Debug, Default)]
pub struct Records {
    taken: Vec<Record>,
    keys: BTreeMap<(String, String, String), Effect>,
    deliveries: VecDeque<Delivery>,
    count: u64,
}

/// A stored record, as a GET of its endpoint lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub id: u64,
    /// Milliseconds since 1970.
    pub received_at: u64,
    pub method: String,
    pub path: String,
    pub idempotency_key: Option<String>,
    pub content_type: String,
    pub body: Value,
}

/// One request to an endpoint, as the page lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub number: u64,
    /// Milliseconds since 1970.
    pub received_at: u64,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub outcome: Outcome,
    pub idempotency_key: Option<String>,
    pub content_type: String,
    pub size: usize,
    /// The beginning of the body, where it is text.
    pub preview: Option<String>,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Taken and stored.
    Stored,
    /// Known by its key and payload: the first answer again.
    Replayed,
    /// Its key is known with another payload.
    Conflict,
    /// Turned away, because the preview was told to.
    Refused,
}

/// The answer to a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub status: u16,
    pub outcome: Outcome,
    /// JSON.
    pub body: String,
}

#[derive(Debug)]
struct Effect {
    payload: (String, Vec<u8>),
    status: u16,
    body: String,
}

/// Requests that the page can look back on.
const REMEMBERED: usize = 200;

/// Bytes of a body that the page shows.
const SHOWN: usize = 4096;

impl Records {
    /// Stores what came, once per idempotency key.
    pub fn take(&mut self, parcel: Parcel) -> Receipt {
        let receipt = self.settle(&parcel);
        self.note(parcel, &receipt);
        receipt
    }

    /// Turns the parcel away with a 503.
    pub fn refuse(&mut self, parcel: Parcel) -> Receipt {
        let receipt = Receipt {
            status: 503,
            outcome: Outcome::Refused,
            body: json!({ "error": "the preview was told to answer 503" }).to_string(),
        };
        self.note(parcel, &receipt);
        receipt
    }

    /// The records whose path `belongs`.
    pub fn list(&self, belongs: impl Fn(&str) -> bool) -> Vec<&Record> {
        self.taken
            .iter()
            .filter(|record| belongs(&record.path))
            .collect()
    }

    /// Recent requests, the newest first.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().rev()
    }

    pub fn count(&self) -> usize {
        self.taken.len()
    }

    pub fn count_keys(&self) -> usize {
        self.keys.len()
    }

    /// Forgets the keys and keeps the records, as a server does after its keys' time is over.
    pub fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Starts afresh.
    pub fn forget_all(&mut self) {
        *self = Records {
            count: self.count,
            ..Records::default()
        };
    }

    fn settle(&mut self, parcel: &Parcel) -> Receipt {
        let payload = comparable(&parcel.content_type, &parcel.body);
        let key = (parcel.key.as_ref())
            .map(|key| (parcel.method.clone(), parcel.path.clone(), key.clone()));
        if let Some(effect) = key.as_ref().and_then(|key| self.keys.get(key)) {
            return if effect.payload == payload {
                Receipt {
                    status: effect.status,
                    outcome: Outcome::Replayed,
                    body: effect.body.clone(),
                }
            } else {
                Receipt {
                    status: 422,
                    outcome: Outcome::Conflict,
                    body:
                        json!({ "error": "this idempotency key came before, with another payload" })
                            .to_string(),
                }
            };
        }
        let id = self.taken.len() as u64 + 1;
        self.taken.push(Record {
            id,
            received_at: now(),
            method: parcel.method.clone(),
            path: parcel.path.clone(),
            idempotency_key: parcel.key.clone(),
            content_type: parcel.content_type.clone(),
            body: value(&parcel.content_type, &parcel.body),
        });
        let status = if parcel.method == "POST" { 201 } else { 200 };
        let body = json!({ "id": id }).to_string();
        if let Some(key) = key {
            let body = body.clone();
            self.keys.insert(
                key,
                Effect {
                    payload,
                    status,
                    body,
                },
            );
        }
        Receipt {
            status,
            outcome: Outcome::Stored,
            body,
        }
    }

    fn note(&mut self, parcel: Parcel, receipt: &Receipt) {
        self.count += 1;
        if self.deliveries.len() == REMEMBERED {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(Delivery {
            number: self.count,
            received_at: now(),
            method: parcel.method,
            path: parcel.path,
            status: receipt.status,
            outcome: receipt.outcome,
            idempotency_key: parcel.key,
            content_type: parcel.content_type,
            size: parcel.body.len(),
            preview: preview(&parcel.body),
        });
    }
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A payload as the same payload sent again has it: a browser makes up a new multipart boundary for every request.
fn comparable(content_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let same = || (content_type.to_owned(), body.to_vec());
    let Some((kind, boundary)) = content_type.split_once("boundary=") else {
        return same();
    };
    let boundary = boundary.trim_matches('"').as_bytes();
    if boundary.is_empty() {
        return same();
    }
    let mut rest = body;
    let mut parts = Vec::with_capacity(body.len());
    while let Some(first) = rest.first() {
        rest = match rest.strip_prefix(boundary) {
            Some(rest) => rest,
            None => {
                parts.push(*first);
                &rest[1..]
            }
        };
    }
    (kind.to_owned(), parts)
}

/// The body as JSON, whatever it is: JSON as it stands, a form as its fields, text as a string, else base64.
fn value(content_type: &str, body: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(body) else {
        return json!({ "base64": STANDARD.encode(body) });
    };
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return fields(text);
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The fields of a form; one that comes several times is a list.
fn fields(form: &str) -> Value {
    let plain = |part: &str| {
        percent_decode_str(&part.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let mut fields = BTreeMap::<String, Vec<String>>::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.entry(plain(name)).or_default().push(plain(value));
    }
    fields
        .into_iter()
        .map(|(name, mut values)| match values.len() {
            1 => (name, values.remove(0).into()),
            _ => (name, values.into()),
        })
        .collect::<serde_json::Map<String, Value>>()
        .into()
}

fn preview(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let end = text.floor_char_boundary(SHOWN);
    let more = if end < text.len() { "…" } else { "" };
    Some(format!("{}{more}", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_stands_for_every_filling_of_its_fields() {
        let endpoint = |path: &str| {
            let (method, key_header) = ("PUT".to_owned(), String::new());
            Endpoint {
                method,
                path: path.to_owned(),
                key_header,
            }
            .under("/my%20repo/")
        };
        for (path, asked, expected) in [
            ("notes", "/my%20repo/notes", true),
            ("./notes?draft", "/my repo/notes", true),
            ("notes", "/notes", false),
            ("/notes", "/notes", true),
            ("/notes", "/notes/", false),
            ("/notes/{id}", "/notes/7", true),
            ("/notes/{id}", "/notes/", false),
            ("/notes/{id}", "/notes/7/8", false),
            ("/notes/note-{id}", "/notes/note-7", true),
        ] {
            assert_eq!(endpoint(path).stands_for(asked), expected, "{path} {asked}");
        }
    }

    fn parcel(key: &str, body: &str) -> Parcel {
        Parcel {
            method: "POST".to_owned(),
            path: "/notes".to_owned(),
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            content_type: "application/json".to_owned(),
            body: body.into(),
        }
    }

    #[test]
    fn a_repeated_delivery_is_stored_once_and_answered_alike() {
        let mut records = Records::default();
        let first = records.take(parcel("k", "{}"));
        let again = records.take(parcel("k", "{}"));
        assert_eq!((first.status, first.outcome), (201, Outcome::Stored));
        assert_eq!(
            (again.status, again.outcome, &again.body),
            (201, Outcome::Replayed, &first.body)
        );
        assert_eq!(records.count(), 1);
    }

    #[test]
    fn a_key_stands_for_one_payload_at_one_endpoint() {
        let mut records = Records::default();
        records.take(parcel("k", "{}"));
        assert_eq!(records.take(parcel("k", "[]")).status, 422);
        let elsewhere = Parcel {
            path: "/others".to_owned(),
            ..parcel("k", "[]")
        };
        assert_eq!(records.take(elsewhere).outcome, Outcome::Stored);
    }

    #[test]
    fn a_forgotten_key_is_a_new_one() {
        let mut records = Records::default();
        records.take(parcel("k", "{}"));
        records.forget_keys();
        assert_eq!(records.take(parcel("k", "[]")).outcome, Outcome::Stored);
        assert_eq!(records.count(), 2);
    }

    #[test]
    fn without_a_key_every_delivery_counts() {
        let mut records = Records::default();
        records.take(parcel("", "{}"));
        records.take(parcel("", "{}"));
        assert_eq!(records.count(), 2);
    }

    #[test]
    fn a_form_sent_again_is_the_same_form_though_its_boundary_changed() {
        let form = |boundary: &str| Parcel {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            body: format!("--{boundary}\r\nname=\"a\"\r\n\r\n1\r\n--{boundary}--").into(),
            ..parcel("k", "")
        };
        let mut records = Records::default();
        records.take(form("----WebKit1"));
        assert_eq!(
            records.take(form("----WebKit23")).outcome,
            Outcome::Replayed
        );
    }

    #[test]
    fn every_kind_of_body_is_listed_as_json() {
        assert_eq!(value("application/json", b"{\"a\":1}"), json!({ "a": 1 }));
        assert_eq!(value("text/plain", b"hi there"), json!("hi there"));
        assert_eq!(
            value("application/x-www-form-urlencoded", b"a=1&b=x+y&b=%C3%A9&c"),
            json!({ "a": "1", "b": ["x y", "\u{e9}"], "c": "" })
        );
        assert_eq!(
            value("image/png", &[0xff, 0x00]),
            json!({ "base64": "/wA=" })
        );
        assert_eq!(
            value("application/json", b"{ not json"),
            json!("{ not json")
        );
    }
}
