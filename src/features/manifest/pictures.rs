//! Icons and screenshots: what pwa.toml says of a picture has to be what its file is.

use super::members::{Members, Node};
use super::obsolete::obsolete;
use super::place::Place;
use super::reader::{Reader, lacks};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::document::{At, Span, Value};
use crate::picture::{Kind, Picture};

/// A picture of the site, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenPicture {
    role: Role,
    pub(super) src: At<String>,
    sizes: Option<At<String>>,
    media_type: Option<At<String>>,
    purpose: Option<At<String>>,
    rest: Vec<(String, Node)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Icon,
    ShortcutIcon,
    Screenshot,
}

const PURPOSES: [&str; 3] = ["any", "maskable", "monochrome"];

const SCREENSHOT_PLATFORMS: [&str; 13] = [
    "android",
    "chromeos",
    "ipados",
    "ios",
    "kaios",
    "macos",
    "windows",
    "xbox",
    "chrome_web_store",
    "itunes",
    "microsoft-inbox",
    "microsoft-store",
    "play",
];

impl Reader<'_> {
    pub(super) fn pictures(&mut self, key: &'static str, role: Role) -> Vec<Node> {
        match self.table.value(key) {
            Some(value) => self.pictures_of(key, value, role),
            None => Vec::new(),
        }
    }

    pub(super) fn pictures_of(&mut self, key: &str, value: At<Value>, role: Role) -> Vec<Node> {
        match self.list_of(key, value, &|read, span| picture(read, span, role)) {
            Some(Node::List(pictures)) => pictures,
            _ => Vec::new(),
        }
    }
}

fn picture(read: &mut Reader, span: Span, role: Role) -> Option<Node> {
    let src = read.take_text("src");
    let sizes = read.take_text("sizes");
    let media_type = read.take_text("type");
    let purpose = read
        .take_text("purpose")
        .filter(|_| role != Role::Screenshot);
    for key in ["density", "platform"] {
        let known = role == Role::Screenshot && key == "platform";
        if known {
            continue;
        }
        if let Some(span) = read.table.take_wrong(key) {
            let was = "was taken out of the standard for icons";
            read.report.report(obsolete(key, span, was, "remove it"));
        }
    }
    read.text("label");
    if role == Role::Screenshot {
        read.choice("form_factor", &["narrow", "wide"]);
        read.choice("platform", &SCREENSHOT_PLATFORMS);
    }
    let Some(src) = src else {
        read.report.report(lacks(&read.table.name, "src", span));
        return None;
    };
    if let Some(purpose) = &purpose {
        check_purpose(purpose, read.report);
    }
    Some(Node::Picture(Box::new(WrittenPicture {
        role,
        src,
        sizes,
        media_type,
        purpose,
        rest: std::mem::take(&mut read.members),
    })))
}

pub(super) fn screenshot(read: &mut Reader) -> Option<Node> {
    picture(read, read.table.span.clone(), Role::Screenshot)
}

fn check_purpose(written: &At<String>, report: &mut Diagnostics) {
    let words: Vec<&str> = written.value.split_whitespace().collect();
    if let Some(word) = words.iter().find(|word| !PURPOSES.contains(*word)) {
        report.report(unknown_purpose(word, written));
    } else if words.contains(&"any") && words.contains(&"maskable") {
        report.report(two_purposes(written));
    }
}

impl Place<'_, '_, '_> {
    /// Returns the icons that mdpwa draws, then those of pwa.toml.
    pub(super) fn icons(&mut self, written: Vec<Node>) -> Vec<Node> {
        let drawn = self.around.icons.iter().map(|icon| {
            let mut members = Members::default();
            members.push("src", Node::Text(self.relative(&icon.path)));
            members.push("sizes", Node::Text(icon.sizes.clone()));
            members.push("type", Node::Text(icon.media_type.to_owned()));
            if icon.purpose != "any" {
                members.push("purpose", Node::Text(icon.purpose.to_owned()));
            }
            Node::Members(members)
        });
        let mut icons: Vec<Node> = drawn.collect();
        icons.extend(
            written
                .into_iter()
                .filter_map(|node| self.resolved("icons", node)),
        );
        icons
    }

    /// Returns a picture as its file says it is; what pwa.toml says otherwise is a finding.
    pub(super) fn picture(&mut self, written: WrittenPicture) -> Option<Node> {
        let path = self.cx.find("src", &written.src)?;
        let found = self
            .cx
            .site
            .sources
            .get(&written.src.value)
            .and_then(|bytes| Picture::of(bytes));
        let Some(picture) = found else {
            self.cx.report(no_picture(&written.src));
            return None;
        };
        let sizes = match picture.size {
            Some((width, height)) => format!("{width}x{height}"),
            None => "any".to_owned(),
        };
        if let Some(said) = &written.sizes {
            let fits = said
                .value
                .split_whitespace()
                .any(|size| size.eq_ignore_ascii_case(&sizes));
            if !fits && picture.kind != Kind::Svg && picture.kind != Kind::Ico {
                self.cx.report(another_size(said, &sizes));
            }
        }
        let media_type = picture.kind.media_type();
        if let Some(said) = &written.media_type
            && said.value != media_type
        {
            self.cx.report(another_type(said, media_type));
        }
        self.check_role(&written, &picture);
        let mut members = Members::default();
        members.push("src", Node::Text(self.relative(path.as_str())));
        let sizes = written.sizes.map_or(sizes, |at| at.value);
        members.push("sizes", Node::Text(sizes));
        members.push("type", Node::Text(media_type.to_owned()));
        if let Some(purpose) = written.purpose {
            members.push("purpose", Node::Text(purpose.value));
        }
        members.0.extend(written.rest);
        Some(Node::Members(members))
    }

    fn check_role(&mut self, written: &WrittenPicture, picture: &Picture) {
        let Some((width, height)) = picture.size else {
            if written.role == Role::Screenshot {
                self.cx
                    .report(unsuitable_screenshot(&written.src, "this is a drawing"));
            }
            return;
        };
        let (short, long) = (width.min(height), width.max(height));
        match written.role {
            Role::Icon if short != long => self.cx.report(oblong_icon(&written.src, width, height)),
            Role::ShortcutIcon if short < 96 => {
                self.cx.report(small_shortcut_icon(&written.src, short))
            }
            Role::Screenshot if short < 320 || long > 3840 => {
                self.cx.report(unsuitable_screenshot(
                    &written.src,
                    &format!("{width} by {height} pixels"),
                ));
            }
            Role::Screenshot if long * 10 > short * 23 => {
                self.cx.report(unsuitable_screenshot(
                    &written.src,
                    "more than 2.3 times as long as it is wide",
                ));
            }
            Role::Icon | Role::ShortcutIcon | Role::Screenshot => {}
        }
    }
}

/// Says whether an icon of a manifest is one that Chromium installs an app with.
pub(super) fn is_large_enough(icon: &Node) -> bool {
    let Node::Members(members) = icon else {
        return false;
    };
    let text = |key: &str| members.get(key).and_then(Node::text);
    let purpose = text("purpose").unwrap_or("any");
    let kinds = [Kind::Png, Kind::Svg, Kind::WebP].map(Kind::media_type);
    let large = |size: &str| {
        let width = size.split(['x', 'X']).next().unwrap_or_default();
        size == "any" || width.parse::<u32>().is_ok_and(|width| width >= 144)
    };
    purpose.split_whitespace().any(|word| word == "any")
        && text("type").is_some_and(|kind| kinds.contains(&kind))
        && text("sizes").is_some_and(|sizes| sizes.split_whitespace().any(large))
}

fn unknown_purpose(word: &str, written: &At<String>) -> Diagnostic {
    let help = match nearest(word, PURPOSES) {
        Some(near) => format!("the nearest is `{near}`"),
        None => "purposes are `any`, `maskable` and `monochrome`".to_owned(),
    };
    Diagnostic::error(
        "manifest-purpose",
        format!("an icon cannot be for `{word}`"),
        written.span.clone(),
    )
    .label("browsers would pass over the icon")
    .help(help)
}

fn two_purposes(written: &At<String>) -> Diagnostic {
    Diagnostic::warning(
        "manifest-purposes",
        "one icon is for every purpose",
        written.span.clone(),
    )
    .label("what can be cut looks small where nothing is")
    .help("give two icons; `[icons]` draws both")
}

fn no_picture(src: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-picture",
        format!("`{}` is not a picture", src.value),
        src.span.clone(),
    )
    .label("its contents say so, whatever its name says")
    .help("give a PNG, SVG, WebP, JPEG, AVIF or GIF")
}

fn another_size(said: &At<String>, sizes: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-size",
        "the picture has another size",
        said.span.clone(),
    )
    .label(format!("it is {sizes}"))
    .help(format!(
        "write `\"{sizes}\"`, or leave `sizes` out: mdpwa looks"
    ))
}

fn another_type(said: &At<String>, media_type: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-type",
        "the picture is of another kind",
        said.span.clone(),
    )
    .label(format!("it is {media_type}"))
    .help(format!(
        "write `\"{media_type}\"`, or leave `type` out: mdpwa looks"
    ))
}

fn oblong_icon(src: &At<String>, width: usize, height: usize) -> Diagnostic {
    Diagnostic::error("manifest-square", "an icon is not square", src.span.clone())
        .label(format!("{width} wide and {height} high"))
        .help("put it into the middle of a square")
}

fn small_shortcut_icon(src: &At<String>, edge: usize) -> Diagnostic {
    Diagnostic::warning(
        "manifest-shortcut-icon",
        "the icon of a shortcut is too small to be shown",
        src.span.clone(),
    )
    .label(format!("{edge} pixels"))
    .help("give one of 96 pixels or more")
}

fn unsuitable_screenshot(src: &At<String>, why: &str) -> Diagnostic {
    Diagnostic::warning(
        "manifest-screenshot",
        "browsers will not show this screenshot",
        src.span.clone(),
    )
    .label(why)
    .help("give a PNG or JPEG of 320 to 3840 pixels, at most 2.3 times as long as it is wide")
}
