//! A page of the site: what stands in its head, and how something is put there while every other byte stays as it is.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, EndTag, SourceLocation};
use lol_html::{
    HandlerResult, HtmlRewriter, Settings, doc_comments, doc_text, doctype, element, end_tag,
};
use serde::Serialize;

use crate::url_path::UrlPath;

/// The attribute of every element that mdpwa puts into a page: what has it is replaced when it is stale.
pub const MARK: &str = "data-mdpwa";

/// What belongs into the head of every page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Injection {
    pub parts: Vec<Part>,
    /// URL path that the site is served under, with both its slashes.
    #[serde(skip)]
    pub base: String,
}

/// One thing that belongs into the head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Part {
    /// The module that registers the worker.
    Registration { url: String },
    /// A file that the browser asks for, such as the manifest or an icon.
    Link {
        rel: &'static str,
        url: String,
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        media_type: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sizes: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        media: Option<String>,
    },
    Meta {
        name: &'static str,
        content: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        media: Option<&'static str>,
    },
}

/// What a part is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Registration,
    Manifest,
    ThemeColor,
    Icon,
    /// For the home screens of Apple's devices.
    TouchIcon,
    /// For Apple's devices, while the app starts.
    StartScreen,
}

/// Why a page, or a part of it, is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The page has its own.
    ByHand,
    /// Its content policy would not let it load.
    Policy,
    /// It only leads to another page.
    Redirect,
    /// No document: neither a doctype nor `<html>` nor `<head>`.
    Fragment,
    /// An element of its head does not end.
    Unclosed,
    /// Where a script ends depends on what surrounds it.
    Ambiguous,
    /// Its `<base>` leads to another host.
    OtherHost,
    NotUtf8,
    /// A link whose file is not in the site.
    OutOfSite,
}

/// Something that is left alone; without a part it is the whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Kind>,
    pub reason: Reason,
}

/// A page as it should be.
#[derive(Debug)]
pub struct Page<'a> {
    /// Borrowed when it already is as it should be.
    pub bytes: Cow<'a, [u8]>,
    /// It holds something that mdpwa has put there.
    pub was_marked: bool,
    pub left: Vec<Left>,
}

impl Injection {
    /// What belongs into pages that are to be as their owner wrote them.
    pub const NOTHING: &Self = &Self {
        parts: Vec::new(),
        base: String::new(),
    };

    /// Returns the page at `path` as it should be: what an earlier run has put there is gone, and every part that the
    /// page can take stands at the end of its head.
    pub fn page<'a>(&self, path: &UrlPath, bytes: &'a [u8]) -> Page<'a> {
        let alone = |reason| Page {
            bytes: Cow::Borrowed(bytes),
            was_marked: false,
            left: vec![Left { part: None, reason }],
        };
        let Ok(text) = str::from_utf8(bytes) else {
            return alone(Reason::NotUtf8);
        };
        if self.parts.is_empty() && !text.contains(MARK) {
            return Page {
                bytes: Cow::Borrowed(bytes),
                was_marked: false,
                left: Vec::new(),
            };
        }
        let Ok(found) = Found::look(text, &self.names()) else {
            return alone(Reason::Ambiguous);
        };
        let stripped = without(text, &found.ours);
        let was_marked = !found.ours.is_empty();
        let mut left = Vec::new();
        let mut out = stripped.to_string();
        match found.place(&stripped) {
            Err(reason) => left.push(Left { part: None, reason }),
            Ok(at) => {
                let mut markup = Vec::new();
                for part in &self.parts {
                    match self.markup(part, path, &found) {
                        Ok(text) => markup.push(text),
                        Err(reason) => left.push(Left {
                            part: Some(part.kind()),
                            reason,
                        }),
                    }
                }
                // Several parts of a kind fare alike.
                left.dedup();
                insert(&mut out, at, &markup);
                if out != text && !self.finds_again(&out, &stripped) {
                    return alone(Reason::Ambiguous);
                }
            }
        }
        if self.parts.is_empty() {
            left.clear();
        }
        Page {
            bytes: match out == text {
                true => Cow::Borrowed(bytes),
                false => Cow::Owned(out.into_bytes()),
            },
            was_marked,
            left,
        }
    }

    /// Says whether the next run could take out again what this one puts in.
    fn finds_again(&self, out: &str, stripped: &str) -> bool {
        let found = Found::look(out, &self.names());
        found.is_ok_and(|found| without(out, &found.ours) == stripped)
    }

    /// Texts that, anywhere in a page, may be of a part that somebody put there by hand.
    fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            match part {
                Part::Registration { url } => names.push(url.rsplit('/').next().unwrap_or(url)),
                part => names.extend(part.kind().traces()),
            }
        }
        names.dedup();
        names
    }

    fn markup(&self, part: &Part, path: &UrlPath, found: &Found) -> Result<String, Reason> {
        match part {
            Part::Registration { url } => {
                let folder = match &found.base {
                    Some(base) => resolve(base, &self.folder(path)),
                    None => self.folder(path),
                };
                let module = UrlPath::of_request(url);
                let same =
                    |source: &String| UrlPath::of_request(&resolve(source, &folder)) == module;
                if found.scripts.iter().any(same) {
                    return Err(Reason::ByHand);
                }
                let policies = || found.policies.iter().map(|text| Policy::parse(text));
                let nonce = match &found.nonce {
                    Some(nonce) => Some(nonce.clone()),
                    None => policies().find_map(|policy| policy.nonce().map(str::to_owned)),
                };
                let lets = |policy: Policy| policy.lets_register(nonce.is_some());
                if !policies().all(lets) {
                    return Err(Reason::Policy);
                }
                let nonce = match nonce {
                    Some(nonce) => format!(" nonce=\"{}\"", nonce.replace('"', "&quot;")),
                    None => String::new(),
                };
                let url = attribute(url);
                Ok(format!(
                    "<script type=\"module\" src=\"{url}\"{nonce} {MARK}></script>"
                ))
            }
            Part::Link { .. } | Part::Meta { .. } => {
                if found.by_hand.contains(&part.kind()) {
                    return Err(Reason::ByHand);
                }
                let mut policies = found.policies.iter().map(|text| Policy::parse(text));
                if !policies.all(|policy| policy.lets_load(part)) {
                    return Err(Reason::Policy);
                }
                Ok(part.element())
            }
        }
    }

    /// The URL path of the folder that a page lies in.
    fn folder(&self, path: &UrlPath) -> String {
        format!("{}{}", self.base, &path.split().0[1..])
    }
}

/// Returns the URL path that a reference leads to from a folder, whichever host it names.
pub fn resolve(reference: &str, folder: &str) -> String {
    let reference = reference.trim();
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    let absolute = match path.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.find('/').map_or("/", |at| &rest[at..]).to_owned()
        }
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{}{path}", &folder[..=folder.rfind('/').unwrap_or(0)]),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in absolute.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Part {
    pub fn kind(&self) -> Kind {
        match self {
            Part::Registration { .. } => Kind::Registration,
            Part::Link { rel, .. } => Kind::of_link(rel).unwrap_or(Kind::StartScreen),
            Part::Meta { name, .. } => Kind::of_meta(name).unwrap_or(Kind::StartScreen),
        }
    }

    /// Returns a link or a fact of the page as markup.
    fn element(&self) -> String {
        let (tag, attributes) = match self {
            Part::Registration { url } => ("script", vec![("src", Some(url.as_str()))]),
            Part::Link {
                rel,
                url,
                media_type,
                sizes,
                media,
            } => {
                let attributes = vec![
                    ("rel", Some(*rel)),
                    ("href", Some(url.as_str())),
                    ("type", *media_type),
                    ("sizes", sizes.as_deref()),
                    ("media", media.as_deref()),
                ];
                ("link", attributes)
            }
            Part::Meta {
                name,
                content,
                media,
            } => {
                let attributes = vec![
                    ("name", Some(*name)),
                    ("content", Some(content.as_str())),
                    ("media", *media),
                ];
                ("meta", attributes)
            }
        };
        let written: String = attributes
            .into_iter()
            .filter_map(|(name, value)| Some(format!(" {name}=\"{}\"", attribute(value?))))
            .collect();
        format!("<{tag}{written} {MARK}>")
    }
}

impl Kind {
    fn of_link(rel: &str) -> Option<Self> {
        rel.split_ascii_whitespace()
            .find_map(|kind| match kind.to_ascii_lowercase().as_str() {
                "manifest" => Some(Kind::Manifest),
                "icon" => Some(Kind::Icon),
                "apple-touch-icon" | "apple-touch-icon-precomposed" => Some(Kind::TouchIcon),
                "apple-touch-startup-image" => Some(Kind::StartScreen),
                _ => None,
            })
    }

    fn of_meta(name: &str) -> Option<Self> {
        name.eq_ignore_ascii_case("theme-color")
            .then_some(Kind::ThemeColor)
    }

    /// Returns texts, one of which is in every page that has something of this kind by hand.
    fn traces(self) -> &'static [&'static str] {
        match self {
            Kind::Registration => &[],
            Kind::Manifest => &["manifest"],
            Kind::ThemeColor => &["theme-color"],
            Kind::Icon => &["rel=icon", "rel=\"icon", "rel='icon", "shortcut icon"],
            Kind::TouchIcon => &["apple-touch-icon"],
            Kind::StartScreen => &["apple-touch-startup-image"],
        }
    }
}

/// What a page says of itself.
#[derive(Clone, Debug, Default)]
pub struct Head {
    pub links: Vec<Link>,
    /// Names and what they are given.
    pub metas: Vec<(String, String)>,
    /// What scripts are loaded from, anywhere in the page.
    pub scripts: Vec<String>,
}

/// An element `link`.
#[derive(Clone, Debug)]
pub struct Link {
    pub rel: String,
    pub href: String,
}

impl Link {
    /// Says whether the link is of a kind.
    pub fn is(&self, kind: &str) -> bool {
        let mut kinds = self.rel.split_ascii_whitespace();
        kinds.any(|one| one.eq_ignore_ascii_case(kind))
    }
}

/// Returns what a page says of itself; nothing where its head cannot be told from the rest.
pub fn head(text: &str) -> Option<Head> {
    let found = Walk::head(text).ok()?;
    found.end?;
    let all = Walk::everything(text).ok()?;
    Some(Head {
        links: found.links,
        metas: found.metas,
        scripts: all.all_scripts,
    })
}

/// What a page has that matters here.
#[derive(Debug, Default)]
struct Found {
    /// There is a doctype, `<html>` or `<head>`.
    document: bool,
    /// Where the head ends: nothing of a head comes after it. Nothing when some element of it does not end.
    end: Option<usize>,
    /// Every element that mdpwa has put there.
    ours: Vec<Range<usize>>,
    redirects: bool,
    base: Option<String>,
    policies: Vec<String>,
    /// As written, of the first script that has one.
    nonce: Option<String>,
    /// What scripts are loaded from.
    scripts: Vec<String>,
    /// What there is besides scripts and is not ours.
    by_hand: Vec<Kind>,
    links: Vec<Link>,
    metas: Vec<(String, String)>,
    /// The same, with ours.
    all_scripts: Vec<String>,
}

impl Found {
    /// Reads the head; the rest of the page only where its text says that there may be something in it.
    fn look(text: &str, names: &[&str]) -> Result<Self, RewritingError> {
        let mut found = Walk::head(text)?;
        let rest = &text[found.end.unwrap_or(text.len())..];
        let by_nonce = found.nonce.is_none() && rest.contains("nonce=");
        if by_nonce || rest.contains(MARK) || names.iter().any(|name| rest.contains(name)) {
            let all = Walk::everything(text)?;
            found.ours = all.ours;
            found.nonce = all.nonce;
            found.scripts = all.scripts;
            found.by_hand = all.by_hand;
        }
        found.ours = found
            .ours
            .into_iter()
            .map(|range| with_line(text, range))
            .collect();
        Ok(found)
    }

    /// Returns where in the page, once it is without ours, something may be put.
    fn place(&self, stripped: &str) -> Result<usize, Reason> {
        if !self.document {
            return Err(Reason::Fragment);
        }
        if self.redirects {
            return Err(Reason::Redirect);
        }
        if self.base.as_ref().is_some_and(|base| base.contains("//")) {
            return Err(Reason::OtherHost);
        }
        let end = self.end.ok_or(Reason::Unclosed)?;
        let before = self.ours.iter().filter(|range| range.start < end);
        let at = end - before.map(Range::len).sum::<usize>();
        // A line of its own, where the head ends on one.
        let line = stripped[..at].trim_end_matches([' ', '\t']);
        Ok(if line.ends_with('\n') { line.len() } else { at })
    }

    /// Takes down what the page says of itself, whoever has put it there.
    fn hear(&mut self, element: &Element) {
        let value = |name| element.get_attribute(name).map(|text| decoded(&text));
        match element.tag_name().as_str() {
            "link" => self.links.extend(value("href").map(|href| Link {
                rel: value("rel").unwrap_or_default(),
                href,
            })),
            "meta" => self.metas.extend(value("name").map(|name| {
                let content = value("content").unwrap_or_default();
                (name.to_ascii_lowercase(), content)
            })),
            "script" => self.all_scripts.extend(value("src")),
            _ => {}
        }
    }

    fn note(&mut self, element: &Element) {
        let value = |name| element.get_attribute(name);
        match element.tag_name().as_str() {
            "base" => {
                self.base = self
                    .base
                    .take()
                    .or(value("href").map(|text| decoded(&text)));
            }
            "meta" => {
                let content = decoded(&value("content").unwrap_or_default());
                self.by_hand
                    .extend(value("name").and_then(|name| Kind::of_meta(&name)));
                let name = value("http-equiv").unwrap_or_default().to_ascii_lowercase();
                match name.as_str() {
                    "content-security-policy" => self.policies.push(content),
                    "refresh" => self.redirects |= leads_away(&content),
                    _ => {}
                }
            }
            "link" if value("href").is_some() => {
                self.by_hand
                    .extend(value("rel").and_then(|rel| Kind::of_link(&rel)));
            }
            "script" => {
                let nonce = value("nonce").filter(|nonce| !nonce.is_empty());
                self.nonce = self.nonce.take().or(nonce);
                self.scripts.extend(value("src").map(|text| decoded(&text)));
            }
            _ => {}
        }
    }
}

/// The way of a parser through a page, up to the end of its head.
#[derive(Default)]
struct Walk {
    found: Found,
    /// How many elements are open whose content is no part of the head: titles, scripts, templates.
    depth: usize,
    /// All bytes before this have been seen.
    seen: usize,
}

/// Ends a walk before the end of the page.
#[derive(Debug)]
struct Enough;

impl std::fmt::Display for Enough {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing more is wanted of the page")
    }
}

impl std::error::Error for Enough {}

impl Walk {
    fn head(text: &str) -> Result<Found, RewritingError> {
        let walk = Rc::new(RefCell::new(Walk {
            seen: text.len() - text.trim_start_matches('\u{feff}').len(),
            ..Walk::default()
        }));
        let settings = Settings::new()
            .append_document_content_handler(doctype!(|it| {
                let mut walk = walk.borrow_mut();
                walk.pass(text, &it.source_location())?;
                walk.found.document |= walk.depth == 0;
                Ok(())
            }))
            .append_document_content_handler(doc_comments!(|it| {
                walk.borrow_mut().pass(text, &it.source_location())
            }))
            .append_document_content_handler(doc_text!(|it| {
                walk.borrow_mut().text(text, it.source_location().bytes())
            }))
            .append_element_content_handler(element!("*", |it| Walk::element(&walk, text, it)));
        let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
        let whole = match rewriter.write(text.as_bytes()) {
            Ok(()) => rewriter.end(),
            stopped => stopped,
        };
        match whole {
            // The handlers stop where the head ends.
            Err(RewritingError::ContentHandlerError(_)) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let mut walk = walk.borrow_mut();
                // Stops at the end tags that come last, if they end a head.
                if walk.gap(text, text.len()).is_ok() {
                    let end = walk.seen;
                    walk.found.end = Some(end);
                }
                if walk.depth > 0 {
                    walk.found.end = None;
                }
            }
        }
        Ok(walk.take().found)
    }

    /// Notes scripts, and what is ours, in the whole page.
    fn everything(text: &str) -> Result<Found, RewritingError> {
        let walk = Rc::new(RefCell::new(Walk::default()));
        let settings =
            Settings::new().append_element_content_handler(element!("script, link, meta", |it| {
                walk.borrow_mut().depth = 1;
                Walk::element_of_head(&walk, it)
            }));
        let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
        rewriter.write(text.as_bytes())?;
        rewriter.end()?;
        Ok(walk.take().found)
    }

    fn element(walk: &Rc<RefCell<Walk>>, page: &str, element: &mut Element) -> HandlerResult {
        let name = element.tag_name();
        let location = element.source_location();
        if walk.borrow().depth > 0 {
            if name == "template" {
                return Walk::open(walk, element, |_, _| {});
            }
            return Ok(());
        }
        walk.borrow_mut().gap(page, location.bytes().start)?;
        match name.as_str() {
            "html" | "head" => {
                let mut now = walk.borrow_mut();
                now.found.document = true;
                now.seen = location.bytes().end;
                drop(now);
                let walk = walk.clone();
                element.on_end_tag(end_tag!(move |tag| {
                    let mut walk = walk.borrow_mut();
                    match walk.depth {
                        // What nobody heard of may have ended it before.
                        0 => walk.ends_by(tag.source_location().bytes().start),
                        _ => Ok(()),
                    }
                }))
            }
            "base" | "basefont" | "bgsound" | "link" | "meta" | "script" => {
                Walk::element_of_head(walk, element)
            }
            "title" | "style" | "noscript" | "noframes" | "template" => {
                Walk::open(walk, element, |_, _| {})
            }
            _ => walk.borrow_mut().ends(location.bytes().start),
        }
    }

    fn element_of_head(walk: &Rc<RefCell<Walk>>, element: &mut Element) -> HandlerResult {
        let ours = element.has_attribute(MARK);
        let tag = element.source_location().bytes();
        walk.borrow_mut().seen = tag.end;
        walk.borrow_mut().found.hear(element);
        if !ours {
            walk.borrow_mut().found.note(element);
        }
        if element.tag_name() == "script" {
            return Walk::open(walk, element, move |found, end| {
                // A script that somebody has written into is ours no more.
                if ours && end.start == tag.end {
                    found.ours.push(tag.start..end.end);
                }
            });
        }
        if ours {
            walk.borrow_mut().found.ours.push(tag);
        }
        Ok(())
    }

    /// Passes over the content of an element; `closed` hears of its end tag.
    fn open(
        walk: &Rc<RefCell<Walk>>,
        element: &mut Element,
        closed: impl FnOnce(&mut Found, Range<usize>) + 'static,
    ) -> HandlerResult {
        walk.borrow_mut().depth += 1;
        let walk = walk.clone();
        let name = element.tag_name();
        element.on_end_tag(Box::new(move |tag: &mut EndTag<'_>| {
            // The end of an element around it ends a template only in the eyes of this parser.
            if tag.name() == name {
                let mut walk = walk.borrow_mut();
                let tag = tag.source_location().bytes();
                walk.depth -= 1;
                walk.seen = tag.end;
                closed(&mut walk.found, tag);
            }
            Ok(())
        }))
    }

    fn text(&mut self, page: &str, chunk: Range<usize>) -> HandlerResult {
        if self.depth > 0 {
            return Ok(());
        }
        self.gap(page, chunk.start)?;
        let start = chunk.start.max(self.seen);
        let written = page.get(start..chunk.end).unwrap_or_default();
        let rest = after_space(written);
        if rest.is_empty() {
            self.seen = self.seen.max(chunk.end);
            return Ok(());
        }
        self.ends(start + written.len() - rest.len())
    }

    /// Passes over a comment or a doctype.
    fn pass(&mut self, page: &str, location: &SourceLocation) -> HandlerResult {
        if self.depth == 0 {
            let tag = location.bytes();
            self.gap(page, tag.start)?;
            let written = page.get(tag.clone()).unwrap_or_default();
            let comment = written.starts_with("<!--");
            let ends = if comment { ["-->", "--!>"] } else { [">"; 2] };
            if !ends.into_iter().any(|end| written.ends_with(end)) {
                // The page ends before it does.
                self.depth = 1;
            }
            self.seen = tag.end;
        }
        Ok(())
    }

    /// Passes over end tags of what was never opened, of which nobody hears; some of those end a head.
    fn gap(&mut self, page: &str, next: usize) -> HandlerResult {
        let tags = page.get(self.seen..next).unwrap_or_default();
        let tags = tags.to_ascii_lowercase();
        let ending = ["</head", "</body", "</html", "</br"];
        match ending.iter().any(|tag| tags.contains(tag)) {
            true => self.ends(self.seen),
            false => {
                self.seen = self.seen.max(next);
                Ok(())
            }
        }
    }

    /// Ends at the end tag of the head, or before the tags just before it that nobody heard of.
    fn ends_by(&mut self, tag: usize) -> HandlerResult {
        self.ends(self.seen.min(tag))
    }

    fn ends(&mut self, at: usize) -> HandlerResult {
        self.found.end = Some(at);
        Err(Box::new(Enough))
    }
}

/// Returns the text from its first character that is no space; a space may be written by its number.
fn after_space(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\x0c', '\r']);
        let reference = rest.strip_prefix('&').and_then(|rest| rest.split_once(';'));
        match reference.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((' ' | '\t' | '\n' | '\x0c' | '\r', after)) => rest = after,
            _ => return rest,
        }
    }
}

/// Says whether the content of `<meta http-equiv="refresh">` leads to another page before this one is read.
fn leads_away(content: &str) -> bool {
    let (seconds, rest) = match content.trim().split_once([';', ',', ' ']) {
        Some((seconds, rest)) => (seconds, rest),
        None => return false,
    };
    let at_once = seconds.trim().parse().is_ok_and(|wait: f32| wait <= 1.0);
    at_once && rest.to_ascii_lowercase().contains("url")
}

/// Returns the place of an element together with the end of the line that it begins.
fn with_line(text: &str, range: Range<usize>) -> Range<usize> {
    let rest = &text[range.end..];
    let end = ["\n", "\r\n"].into_iter().find(|end| rest.starts_with(end));
    match end {
        Some(end) if text[..range.start].ends_with('\n') => range.start..range.end + end.len(),
        _ => range,
    }
}

/// Returns the page without these parts of it.
fn without<'a>(text: &'a str, ours: &[Range<usize>]) -> Cow<'a, str> {
    if ours.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ours {
        out.push_str(&text[at..range.start]);
        at = range.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// Puts elements at a place: on lines of their own where a line begins there, else one after the other.
fn insert(page: &mut String, at: usize, markup: &[String]) {
    let before = &page[..at];
    let end = match (before.ends_with("\r\n"), before.ends_with('\n')) {
        (true, _) => "\r\n",
        (_, true) => "\n",
        _ => "",
    };
    let text: String = markup.iter().flat_map(|one| [one.as_str(), end]).collect();
    page.insert_str(at, &text);
}

/// Returns text as the value of an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// Returns what the value of an attribute says, as far as the characters go that templates escape.
fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].split(';').next().unwrap_or_default();
        match character(name) {
            Some(c) => {
                out.push(c);
                rest = rest.get(name.len() + 2..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        },
        None => {
            let named = [
                ("amp", '&'),
                ("quot", '"'),
                ("apos", '\''),
                ("lt", '<'),
                ("gt", '>'),
            ];
            return named
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, c)| *c);
        }
    };
    number.ok().and_then(char::from_u32)
}

/// A content policy, by its directives.
struct Policy<'a>(Vec<(String, Vec<&'a str>)>);

impl<'a> Policy<'a> {
    fn parse(text: &'a str) -> Self {
        let directives = text.split(';').filter_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            let name = words.next()?.to_ascii_lowercase();
            Some((name, words.collect()))
        });
        Self(directives.collect())
    }

    /// Returns what the first of these directives lists that the policy has.
    fn sources(&self, names: &[&str]) -> Option<&[&'a str]> {
        names.iter().find_map(|name| {
            let mut directives = self.0.iter();
            let found = directives.find(|(known, _)| known == name);
            found.map(|(_, sources)| sources.as_slice())
        })
    }

    fn scripts(&self) -> Option<&[&'a str]> {
        self.sources(&["script-src-elem", "script-src", "default-src"])
    }

    /// Returns the nonce that the policy lets scripts have.
    fn nonce(&self) -> Option<&'a str> {
        let nonce = |source: &&'a str| {
            let inside = source.strip_prefix("'nonce-")?;
            inside.strip_suffix('\'')
        };
        self.scripts()?.iter().find_map(nonce)
    }

    /// Says whether a page with this policy can load what a link leads to.
    fn lets_load(&self, part: &Part) -> bool {
        let sources = match (part, part.kind()) {
            (Part::Meta { .. }, _) => return true,
            (_, Kind::Manifest) => self.sources(&["manifest-src", "default-src"]),
            _ => self.sources(&["img-src", "default-src"]),
        };
        sources.is_none_or(names_own_host)
    }

    /// Says whether a page with this policy can load the module, which then can register the worker.
    fn lets_register(&self, with_nonce: bool) -> bool {
        let script = self.scripts().is_none_or(|sources| {
            let nonce = with_nonce && sources.iter().any(|source| source.starts_with("'nonce-"));
            let strict = sources.contains(&"'strict-dynamic'");
            nonce || (!strict && names_own_host(sources))
        });
        let workers = ["worker-src", "child-src", "script-src", "default-src"];
        let worker = self
            .sources(&workers)
            .is_none_or(|sources| sources.contains(&"'strict-dynamic'") || names_own_host(sources));
        let types = self.sources(&["trusted-types"]).is_none_or(|names| {
            let wanted = self.sources(&["require-trusted-types-for"]).is_some();
            !wanted || names.contains(&"mdpwa") || names.contains(&"*")
        });
        script && worker && types
    }
}

/// Says whether the site itself is among the sources, or may be: a host by its name may be the site's own.
fn names_own_host(sources: &[&str]) -> bool {
    sources.iter().any(|source| match *source {
        "'self'" | "*" | "http:" | "https:" => true,
        other => !other.starts_with('\'') && !other.ends_with(':'),
    })
}
