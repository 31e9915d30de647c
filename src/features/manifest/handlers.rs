//! What the app is opened for from outside, or beside its pages: shortcuts, files, addresses, tabs.

use super::members::{Members, Node};
use super::pictures::Role;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::document::{At, Span, Value};

pub(super) fn shortcut(read: &mut Reader) -> Option<Node> {
    let span = read.table.span.clone();
    read.text("name");
    read.language_texts("name_localized");
    read.text("short_name");
    read.language_texts("short_name_localized");
    read.text("description");
    read.language_texts("description_localized");
    read.page("url");
    let icons = read.pictures("icons", Role::ShortcutIcon);
    if !icons.is_empty() {
        read.push("icons", Node::List(icons));
    }
    read.language_map("icons_localized", &|read, key, value| {
        Some(Node::List(read.pictures_of(key, value, Role::ShortcutIcon)))
    });
    read.needs("name", &span);
    read.needs("url", &span);
    None
}

pub(super) fn file_handler(read: &mut Reader, span: Span) -> Option<Node> {
    read.page("action");
    read.text("name");
    if let Some(table) = read.table.table("accept", read.report) {
        let mut accept = Members::default();
        for (kind, value) in table.into_entries_of_several_kinds() {
            if !is_media_type(&kind.value) {
                read.report.report(no_media_type(&kind));
            }
            let items = match value.value {
                Value::List(items) => items,
                other => vec![At::new(other, value.span)],
            };
            let mut endings = Vec::new();
            for item in items {
                match item.value {
                    Value::Text(text) if is_ending(&text) => endings.push(Node::Text(text)),
                    _ => read.report.report(no_ending(item.span)),
                }
            }
            accept.push(&kind.value, Node::List(endings));
        }
        read.push("accept", Node::Members(accept));
    }
    let icons = read.pictures("icons", Role::Icon);
    if !icons.is_empty() {
        read.push("icons", Node::List(icons));
    }
    read.choice("launch_type", &["single-client", "multiple-clients"]);
    read.needs("action", &span);
    read.needs("accept", &span);
    None
}

pub(super) fn protocol_handler(read: &mut Reader, span: Span) -> Option<Node> {
    if let Some(protocol) = read.take_text("protocol") {
        if is_protocol(&protocol.value) {
            read.push("protocol", Node::Text(protocol.value));
        } else {
            read.report.report(no_protocol(&protocol));
        }
    }
    if let Some(url) = read.take_text("url") {
        if !url.value.contains("%s") {
            read.report.report(no_placeholder(&url));
        }
        read.push("url", Node::Page(url));
    }
    read.needs("url", &span);
    None
}

pub(super) fn tab_strip(read: &mut Reader) {
    read.inner("home_tab", &|read| {
        let icons = read.pictures("icons", Role::Icon);
        if !icons.is_empty() {
            read.push("icons", Node::List(icons));
        }
        read.list("scope_patterns", &|read, span| {
            read.text("pathname");
            read.text("search");
            read.text("hash");
            read.needs("pathname", &span);
            None
        });
    });
    read.inner("new_tab_button", &|read| read.page("url"));
}

fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-*".contains(&b))
    };
    const TOP: [&str; 10] = [
        "application",
        "audio",
        "example",
        "font",
        "haptics",
        "image",
        "message",
        "model",
        "text",
        "video",
    ];
    text.split_once('/')
        .is_some_and(|(top, sub)| TOP.contains(&top) && token(sub))
}

fn is_ending(text: &str) -> bool {
    let rest = text.strip_prefix('.').unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "+.-_".contains(c);
    !rest.is_empty() && text.len() <= 16 && !rest.ends_with('.') && rest.chars().all(plain)
}

/// Schemes that a site may handle without the prefix `web+`.
const SCHEMES: [&str; 27] = [
    "bitcoin",
    "ethereum",
    "ftp",
    "ftps",
    "geo",
    "im",
    "irc",
    "ircs",
    "magnet",
    "mailto",
    "matrix",
    "mms",
    "news",
    "nntp",
    "openpgp4fpr",
    "sftp",
    "sip",
    "sms",
    "smsto",
    "ssb",
    "ssh",
    "tel",
    "urn",
    "webcal",
    "wtai",
    "xmpp",
    "did",
];

fn is_protocol(text: &str) -> bool {
    let own = text.strip_prefix("web+").unwrap_or_default();
    SCHEMES.contains(&text) || !own.is_empty() && own.bytes().all(|b| b.is_ascii_lowercase())
}

fn no_media_type(kind: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-media-type",
        format!("`{}` is not a media type", kind.value),
        kind.span.clone(),
    )
    .label("browsers would pass over it")
    .help("write, for example, `\"text/markdown\" = [\".md\"]`")
}

fn no_ending(span: Span) -> Diagnostic {
    Diagnostic::error("manifest-ending", "this is not the ending of a file", span)
        .label("a point and at most 15 characters")
        .help("write, for example, `\".md\"`")
}

fn no_protocol(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-protocol",
        format!("a site cannot handle `{}`", written.value),
        written.span.clone(),
    )
    .label("neither of the web's list nor its own")
    .help(format!(
        "one's own start with `web+` and have small letters only, such as `web+{}`",
        written
            .value
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_lowercase)
            .collect::<String>()
    ))
}

fn no_placeholder(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-placeholder",
        "`url` has no place for the address",
        written.span.clone(),
    )
    .label("no `%s`")
    .help("write, for example, `\"/open?url=%s\"`")
}
