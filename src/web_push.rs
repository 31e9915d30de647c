//! Push messages from this side: a server's keys, the encryption of a message (RFC 8291) and its sending (RFC 8030, RFC 8292).

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use sha2::Sha256;

/// The keys by which a push service knows an application server.
pub struct KeyPair(SecretKey);

/// Where one browser is reached, and what only it can read.
#[derive(Debug)]
pub struct Subscription {
    pub endpoint: String,
    key: PublicKey,
    auth: Vec<u8>,
}

/// What is sent, and how the push service is to treat it.
#[derive(Clone, Debug)]
pub struct Message {
    pub payload: Vec<u8>,
    /// For how long it is kept for a device that is away.
    pub ttl: Duration,
    pub urgency: Urgency,
    /// A later message with the same topic takes the place of one that still waits.
    pub topic: Option<String>,
    /// Whom the push service may turn to: `mailto:` or `https:`.
    pub contact: Option<String>,
}

/// How much battery a message is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    VeryLow,
    Low,
    Normal,
    High,
}

/// Why a message was not taken.
#[derive(Debug)]
pub enum Refusal {
    /// Larger than push services have to take, or, with a status, than this one does.
    TooLarge { bytes: usize, status: Option<u16> },
    /// Nobody listens there any more.
    Gone { status: u16 },
    /// The push service does not accept the key, the signature or the contact.
    Key { status: u16, said: String },
    /// The push service wants fewer messages.
    TooMany { seconds: Option<u64> },
    /// The push service is out of order.
    Down { status: u16 },
    /// Anything else that it answers.
    Other { status: u16, said: String },
    /// There is no answer.
    Unreachable(String),
}

/// What every push service takes, encrypted; RFC 8030 asks no more of one.
const MAX_BODY: usize = 4096;
const SALT: usize = 16;
const POINT: usize = 65;
/// Salt, size of records, length of the key, key.
const HEAD: usize = SALT + 4 + 1 + POINT;
const TAG: usize = 16;
/// The largest payload: what is left of a body beside its head, the mark of the last record and the tag.
pub const MAX_PAYLOAD: usize = MAX_BODY - HEAD - 1 - TAG;

/// A signature is good for half a day; a whole one is the most that RFC 8292 allows.
const SIGNED_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// How long a push service may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl KeyPair {
    /// Makes a new pair.
    ///
    /// # Errors
    /// A system without randomness.
    pub fn generate() -> io::Result<Self> {
        loop {
            // One in four billion is no key of the curve.
            if let Ok(key) = SecretKey::from_slice(&random::<32>()?) {
                return Ok(Self(key));
            }
        }
    }

    /// Reads a private key as `private` writes it.
    ///
    /// # Errors
    /// A text that is no private key, with what it is instead where that is known.
    pub fn parse(text: &str) -> io::Result<Self> {
        let bytes = decode(text.trim()).unwrap_or_default();
        match SecretKey::from_slice(&bytes) {
            Ok(key) => Ok(Self(key)),
            Err(_) if bytes.len() == POINT => Err(unreadable(
                "this is a public key; the private key of the pair is needed",
            )),
            Err(_) => Err(unreadable(
                "this is no private key: 32 bytes in base64url, as `mdpwa vapid` writes them",
            )),
        }
    }

    /// Returns the key for pwa.toml and browsers, in base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(point(&self.0.public_key()))
    }

    /// Returns the key that stays on the server, in base64url.
    pub fn private(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }

    /// Returns the header that says who sends, for one push service and until a time.
    fn authorization(&self, audience: &str, expires: u64, contact: Option<&str>) -> String {
        let mut claims = json!({ "aud": audience, "exp": expires });
        if let Some(contact) = contact {
            claims["sub"] = contact.into();
        }
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let head = part(&json!({ "typ": "JWT", "alg": "ES256" }));
        let signed = format!("{head}.{}", part(&claims));
        let signature: Signature = SigningKey::from(&self.0).sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public())
    }
}

impl Subscription {
    /// Reads the JSON that `JSON.stringify(subscription)` gives in a page.
    ///
    /// # Errors
    /// What is missing or cannot be read.
    pub fn parse(text: &str) -> io::Result<Self> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| unreadable(format!("the subscription is no JSON: {error}")))?;
        let member = |pointer: &str| {
            let value = json.pointer(pointer).and_then(Value::as_str);
            value.ok_or_else(|| {
                let name = pointer.trim_start_matches('/').replace('/', ".");
                unreadable(format!(
                    "the subscription has no `{name}`; it is what `JSON.stringify(subscription)` gives in the page"
                ))
            })
        };
        let endpoint = member("/endpoint")?.to_owned();
        match origin(&endpoint) {
            None => {
                return Err(unreadable(format!(
                    "`{endpoint}` is not the address of a push service"
                )));
            }
            Some(origin) if !is_private(origin) => {
                return Err(unreadable(format!(
                    "`{endpoint}` is not encrypted on its way: push services have `https://`, and `http://` is for one on this machine"
                )));
            }
            Some(_) => {}
        }
        let key = decode(member("/keys/p256dh")?).unwrap_or_default();
        let key = PublicKey::from_sec1_bytes(&key)
            .map_err(|_| unreadable("`keys.p256dh` of the subscription is no public key"))?;
        let auth = decode(member("/keys/auth")?).unwrap_or_default();
        if auth.len() != 16 {
            return Err(unreadable(
                "`keys.auth` of the subscription is not 16 bytes",
            ));
        }
        Ok(Self {
            endpoint,
            key,
            auth,
        })
    }

    /// Encrypts for this browser alone, with a key and a salt that are used once.
    fn encrypt(&self, payload: &[u8], own: &SecretKey, salt: [u8; SALT]) -> Vec<u8> {
        let shared = own.diffie_hellman(&self.key);
        let (theirs, ours) = (point(&self.key), point(&own.public_key()));
        let info = [b"WebPush: info\0".as_slice(), &theirs, &ours].concat();
        let secret: [u8; 32] = derived(&self.auth, shared.raw_secret_bytes(), &info);
        let key: [u8; 16] = derived(&salt, &secret, b"Content-Encoding: aes128gcm\0");
        let nonce: [u8; 12] = derived(&salt, &secret, b"Content-Encoding: nonce\0");
        // The only record, so the last.
        let record = [payload, &[2]].concat();
        let sealed = match Aes128Gcm::new_from_slice(&key)
            .map_err(|_| aes_gcm::Error)
            .and_then(|cipher| cipher.encrypt(&Nonce::from(nonce), record.as_slice()))
        {
            Ok(sealed) => sealed,
            Err(error) => unreachable!("a key of 16 bytes and a short record: {error}"),
        };
        let mut body = salt.to_vec();
        body.extend((MAX_BODY as u32).to_be_bytes());
        body.push(POINT as u8);
        body.extend(ours);
        body.extend(sealed);
        body
    }
}

impl Message {
    /// Encrypts the message for one browser and hands it to its push service; returns the service's status.
    ///
    /// # Errors
    /// A system without randomness.
    pub fn send(&self, keys: &KeyPair, to: &Subscription) -> io::Result<Result<u16, Refusal>> {
        if self.payload.len() > MAX_PAYLOAD {
            let bytes = self.payload.len();
            let status = None;
            return Ok(Err(Refusal::TooLarge { bytes, status }));
        }
        let once = KeyPair::generate()?;
        let body = to.encrypt(&self.payload, &once.0, random()?);
        let audience = origin(&to.endpoint).unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let expires = now.unwrap_or_default() + SIGNED_FOR;
        let authorization =
            keys.authorization(audience, expires.as_secs(), self.contact.as_deref());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let mut request = agent
            .post(&to.endpoint)
            .header("authorization", authorization)
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("ttl", self.ttl.as_secs().to_string())
            .header("urgency", self.urgency.name());
        if let Some(topic) = &self.topic {
            request = request.header("topic", topic);
        }
        Ok(match request.send(body.as_slice()) {
            Ok(response) => judged(response, self.payload.len()),
            Err(error) => Err(Refusal::Unreachable(error.to_string())),
        })
    }
}

impl Urgency {
    /// Returns the urgency of that name; what has none is as urgent as most things.
    pub fn named(name: &str) -> Self {
        let known = [Self::VeryLow, Self::Low, Self::High];
        let found = known.into_iter().find(|one| one.name() == name);
        found.unwrap_or(Self::Normal)
    }

    pub fn name(self) -> &'static str {
        match self {
            Urgency::VeryLow => "very-low",
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::TooLarge {
                bytes,
                status: Some(status),
            } => write!(
                f,
                "the message is too large for this push service ({status}): {bytes} bytes; send an address, and let the worker fetch the rest"
            ),
            Refusal::TooLarge {
                bytes,
                status: None,
            } => write!(
                f,
                "the message is too large: {bytes} bytes, and push services take {MAX_PAYLOAD}; send an address, and let the worker fetch the rest"
            ),
            Refusal::Gone { status } => write!(
                f,
                "the subscription is gone ({status}): its visitor has left or subscribed anew; delete it from your records"
            ),
            Refusal::Key { status, said } => write!(
                f,
                "the push service does not accept this sender ({status}): the browser subscribed with another key than this pair's public one, or the service wants a `--contact`{}",
                quoted(said)
            ),
            Refusal::TooMany { seconds: None } => {
                write!(f, "the push service has had too many messages (429)")
            }
            Refusal::TooMany {
                seconds: Some(seconds),
            } => write!(
                f,
                "the push service has had too many messages (429): it wants to be left alone for {seconds} s"
            ),
            Refusal::Down { status } => write!(
                f,
                "the push service is out of order ({status}): send it again later"
            ),
            Refusal::Other { status, said } => write!(
                f,
                "the push service does not take the message ({status}){}",
                quoted(said)
            ),
            Refusal::Unreachable(why) => write!(f, "the push service cannot be reached: {why}"),
        }
    }
}

fn quoted(said: &str) -> String {
    match said.trim() {
        "" => String::new(),
        said => format!("; it says: {said}"),
    }
}

fn judged(mut response: ureq::http::Response<ureq::Body>, bytes: usize) -> Result<u16, Refusal> {
    let status = response.status().as_u16();
    let wait = response.headers().get("retry-after");
    let seconds = wait.and_then(|wait| wait.to_str().ok()?.parse().ok());
    let mut said = || {
        let body = response.body_mut().with_config().limit(2048);
        body.read_to_string().unwrap_or_default()
    };
    match status {
        200..=299 => Ok(status),
        404 | 410 => Err(Refusal::Gone { status }),
        401 | 403 => Err(Refusal::Key {
            status,
            said: said(),
        }),
        413 => Err(Refusal::TooLarge {
            bytes,
            status: Some(status),
        }),
        429 => Err(Refusal::TooMany { seconds }),
        500..=599 => Err(Refusal::Down { status }),
        _ => Err(Refusal::Other {
            status,
            said: said(),
        }),
    }
}

/// Returns scheme, host and port of an address.
fn origin(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (!host.is_empty()).then(|| &url[..url.len() - rest.len() + host.len()])
}

/// Whether nobody else can listen in on the way to an origin: it is encrypted, or leads no further than this machine.
fn is_private(origin: &str) -> bool {
    let Some(host) = origin.strip_prefix("http://") else {
        return true;
    };
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn derived<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    match Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => unreachable!("a short key can be derived: {error}"),
    }
}

fn point(key: &PublicKey) -> Vec<u8> {
    key.to_sec1_point(false).as_bytes().to_vec()
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| io::Error::other(format!("this system has no randomness: {error}")))?;
    Ok(bytes)
}

/// Reads base64 of either alphabet: browsers give one, some libraries the other.
fn decode(text: &str) -> Option<Vec<u8>> {
    let engines = [URL_SAFE_NO_PAD, URL_SAFE, STANDARD_NO_PAD, STANDARD];
    engines.iter().find_map(|engine| engine.decode(text).ok())
}

fn unreadable(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8291, section 5.
    #[test]
    fn a_message_is_encrypted_as_the_standard_shows() {
        let subscription = Subscription::parse(
            r#"{
                "endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
                "expirationTime": null,
                "keys": {
                    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg"
                }
            }"#,
        )
        .expect("a subscription");
        let own = KeyPair::parse("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").expect("a key");
        let salt = decode("DGv6ra1nlYgDCS1FRnbzlw").expect("bytes");
        let body = subscription.encrypt(
            b"When I grow up, I want to be a watermelon",
            &own.0,
            salt.try_into().expect("16 bytes"),
        );
        assert_eq!(
            URL_SAFE_NO_PAD.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
             AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_private_key_is_read_as_it_was_written() {
        let pair = KeyPair::generate().expect("randomness");
        let same = KeyPair::parse(&format!("{}\n", pair.private())).expect("a key");
        assert_eq!(same.public(), pair.public());
        assert_eq!(pair.public().len(), 87);
    }

    #[test]
    fn a_public_key_in_the_place_of_the_private_one_is_named() {
        let pair = KeyPair::generate().expect("randomness");
        let error = KeyPair::parse(&pair.public())
            .err()
            .expect("no private key");
        assert!(error.to_string().contains("public key"), "{error}");
    }

    #[test]
    fn the_audience_is_the_push_service_alone() {
        assert_eq!(
            origin("https://a.example:8443/x?y#z"),
            Some("https://a.example:8443")
        );
        assert_eq!(origin("http://127.0.0.1:1"), Some("http://127.0.0.1:1"));
        assert_eq!(origin("ftp://a.example/"), None);
        assert_eq!(origin("https:///x"), None);
    }

    #[test]
    fn what_is_not_encrypted_stays_on_this_machine() {
        for origin in [
            "https://a.example",
            "http://127.0.0.1:8091",
            "http://127.1.2.3",
            "http://localhost",
            "http://localhost:80",
            "http://[::1]:8091",
            "http://[::1]",
        ] {
            assert!(is_private(origin), "{origin}");
        }
        for origin in [
            "http://a.example",
            "http://127.0.0.1.a.example",
            "http://127.0.0.1@a.example",
            "http://localhost:80@a.example",
            "http://192.168.0.1:8091",
            "http://[2001:db8::1]",
        ] {
            assert!(!is_private(origin), "{origin}");
        }
    }
}
