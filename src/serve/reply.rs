//! What is asked and what is answered, between the preview's rooms and tiny_http.

use std::io::{self, Cursor, Read};

use tiny_http::{Header, Request, Response, StatusCode};

use super::site::Range;

/// The head of a request.
pub struct Asked {
    pub method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    pub fn new(request: &Request) -> Asked {
        Asked {
            method: request.method().as_str().to_owned(),
            url: request.url().to_owned(),
            headers: (request.headers().iter())
                .map(|header| {
                    let name = header.field.as_str().as_str().to_ascii_lowercase();
                    (name, header.value.as_str().trim().to_owned())
                })
                .collect(),
        }
    }

    /// The path as it was written, and the rest from the `?` on.
    pub fn path_and_query(&self) -> (&str, &str) {
        let url = self.url.split('#').next().unwrap_or_default();
        url.split_at(url.find('?').unwrap_or(url.len()))
    }

    pub fn path(&self) -> &str {
        self.path_and_query().0
    }

    /// The value of a parameter of the query, undecoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.path_and_query().1.trim_start_matches('?');
        (query.split('&')).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Whether the client takes this content coding.
    pub fn accepts(&self, coding: &str) -> bool {
        let accepted = self.header("accept-encoding").unwrap_or_default();
        accepted.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight
                .trim()
                .strip_prefix("q=")
                .and_then(|weight| weight.parse().ok());
            name.trim().eq_ignore_ascii_case(coding) && weight.unwrap_or(1.0) > 0.0
        })
    }

    /// Whether the client has the content of this tag.
    pub fn knows(&self, tag: &str) -> bool {
        let known = self.header("if-none-match").unwrap_or_default();
        known.split(',').any(|known| {
            let known = known.trim();
            known == "*" || known.trim_start_matches("W/") == tag
        })
    }

    /// The part that is asked for of a content of this size and tag.
    pub fn range(&self, size: u64, tag: &str) -> Range {
        match (self.header("range"), self.header("if-range")) {
            (None, _) => Range::Whole,
            (Some(_), Some(known)) if known != tag => Range::Whole,
            (Some(range), _) => Range::parse(range, size),
        }
    }
}

/// A response to be sent.
pub struct Reply {
    pub status: u16,
    headers: Vec<(&'static str, String)>,
    body: Box<dyn Read + Send>,
    length: u64,
}

impl Reply {
    pub fn stream(status: u16, body: impl Read + Send + 'static, length: u64) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: Box::new(body),
            length,
        }
    }

    pub fn bytes(status: u16, body: Vec<u8>) -> Reply {
        let length = body.len() as u64;
        Reply::stream(status, Cursor::new(body), length)
    }

    pub fn empty(status: u16) -> Reply {
        Reply::bytes(status, Vec::new())
    }

    pub fn text(status: u16, text: &str) -> Reply {
        Reply::bytes(status, text.into()).header("Content-Type", "text/plain; charset=utf-8")
    }

    pub fn json(status: u16, json: String) -> Reply {
        Reply::bytes(status, json.into_bytes()).header("Content-Type", "application/json")
    }

    pub fn redirect(status: u16, to: &str) -> Reply {
        Reply::empty(status).header("Location", to)
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Reply {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends the reply. A client that has gone is no error of the preview's.
    pub fn send(self, request: Request) {
        // A header that is not ASCII cannot be sent, and none of ours has to be.
        let headers = (self.headers.iter())
            .filter_map(|(name, value)| Header::from_bytes(*name, value.as_bytes()).ok())
            .collect();
        let length = usize::try_from(self.length).ok();
        // Without this, tiny_http sends long bodies in chunks, and a range without its length.
        let response = Response::new(StatusCode(self.status), headers, self.body, length, None)
            .with_chunked_threshold(usize::MAX);
        drop(request.respond(response));
    }
}

/// The request's body, or nothing when it is longer than `limit`.
pub fn read_body(request: &mut Request, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    request.as_reader().take(limit + 1).read_to_end(&mut body)?;
    Ok(Some(body).filter(|body| body.len() as u64 <= limit))
}
