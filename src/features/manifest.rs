//! `[manifest]`: what the app is called, how it opens and what it takes, so that it can be installed like any other.

use std::path::{Component, Path};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::context::Context;
use crate::color::{Color, NoColor};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::document::{At, Span, Table, Value, wrong_kind};
use crate::host::{Answer, Host};
use crate::page::Part;
use crate::picture::{Kind, Picture};
use crate::site::{SIGNATURE, is_marked};
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    file: Option<At<String>>,
    replace: Vec<At<String>>,
    name: Option<At<String>>,
    id: Option<At<String>>,
    start_url: Option<At<String>>,
    scope: Option<At<String>>,
    display: Option<At<&'static str>>,
    theme_color: Option<At<Color>>,
    background_color: Option<At<Color>>,
    dark: Dark,
    icons: Vec<Node>,
    share_target: Option<ShareTarget>,
    /// The rest, as it will stand in the manifest.
    members: Vec<(String, Node)>,
}

#[derive(Debug, Default)]
struct Dark {
    theme_color: Option<At<Color>>,
    background_color: Option<At<Color>>,
}

#[derive(Debug)]
struct ShareTarget {
    action: At<String>,
    post: bool,
    multipart: bool,
    /// The names under which a title, a text and a URL arrive.
    params: Vec<(String, Node)>,
    files: Vec<(String, Node)>,
}

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Relative to the site's root, with `/` between folders.
    pub file: String,
    /// Manifests of other tools, over which the same is written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme_color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark_theme_color: Option<Color>,
    /// What the worker takes from other apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// The page's module hands files over that were opened with the app.
    pub opens_files: bool,
    pub members: Members,
}

/// What other apps share with this one by posting it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    pub request: ShareRequest,
    pub fields: ShareFields,
}

/// A request of another app that the worker answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareRequest {
    /// The path from the site's root that is posted to.
    pub action: UrlPath,
    /// The page that is shown then, from the site's root.
    pub page: String,
}

/// The names under which it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub files: Vec<String>,
}

/// An icon that mdpwa draws itself.
#[derive(Clone, Debug)]
pub struct DrawnIcon {
    /// Relative to the site's root.
    pub path: String,
    pub sizes: String,
    pub media_type: &'static str,
    pub purpose: &'static str,
}

/// What the manifest has to know of the rest of pwa.toml.
pub struct Surroundings<'a> {
    /// As written in `[app]`.
    pub name: Option<&'a str>,
    pub base: &'a str,
    pub host: Host,
    /// Every path that is no file has a page.
    pub shell: bool,
    pub icons: Vec<DrawnIcon>,
}

/// What stands in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    Flag(bool),
    Number(i64),
    List(Vec<Node>),
    Members(Members),
    Raw(serde_json::Value),
    /// A page of the app, from the site's root.
    Page(At<String>),
    Picture(Box<WrittenPicture>),
}

/// The members of an object, in the order in which people would look for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(pub Vec<(String, Node)>);

/// A picture of the site, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenPicture {
    role: Role,
    src: At<String>,
    sizes: Option<At<String>>,
    media_type: Option<At<String>>,
    purpose: Option<At<String>>,
    rest: Vec<(String, Node)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Icon,
    ShortcutIcon,
    Screenshot,
}

const FILE: &str = "manifest.webmanifest";

/// What tools call the manifests that they write.
pub const USUAL: [&str; 5] = [
    "manifest.webmanifest",
    "manifest.json",
    "site.webmanifest",
    "app.webmanifest",
    "site.manifest",
];

const DISPLAYS: [&str; 4] = ["fullscreen", "standalone", "minimal-ui", "browser"];

const DISPLAY_OVERRIDES: [&str; 7] = [
    "fullscreen",
    "standalone",
    "minimal-ui",
    "browser",
    "window-controls-overlay",
    "tabbed",
    "borderless",
];

const ORIENTATIONS: [&str; 8] = [
    "any",
    "natural",
    "landscape",
    "landscape-primary",
    "landscape-secondary",
    "portrait",
    "portrait-primary",
    "portrait-secondary",
];

const DIRECTIONS: [&str; 3] = ["ltr", "rtl", "auto"];

const PURPOSES: [&str; 3] = ["any", "maskable", "monochrome"];

const CLIENT_MODES: [&str; 4] = [
    "auto",
    "focus-existing",
    "navigate-existing",
    "navigate-new",
];

const CATEGORIES: [&str; 28] = [
    "books",
    "business",
    "education",
    "entertainment",
    "finance",
    "fitness",
    "food",
    "games",
    "government",
    "health",
    "kids",
    "lifestyle",
    "magazines",
    "medical",
    "music",
    "navigation",
    "news",
    "personalization",
    "photo",
    "politics",
    "productivity",
    "security",
    "shopping",
    "social",
    "sports",
    "travel",
    "utilities",
    "weather",
];

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

/// Members that nothing reads any more or ever did, and what to write instead.
const OBSOLETE: [(&str, &str, &str); 25] = [
    (
        "gcm_sender_id",
        "was Chrome's way to push messages until 2018",
        "remove it: push needs a public key of your own, and no member of the manifest",
    ),
    (
        "gcm_user_visible_only",
        "was Chrome's way to push messages until 2018",
        "remove it",
    ),
    (
        "serviceworker",
        "was a proposal that browsers dropped",
        "remove it: `register.js` registers the worker",
    ),
    (
        "splash_pages",
        "was never read by a browser",
        "remove it: browsers make the screen of `name`, `background_color` and an icon; `splash = true` in `[icons]` draws it for Apple's devices",
    ),
    (
        "splash_screens",
        "was a draft that browsers dropped",
        "remove it: browsers make the screen of `name`, `background_color` and an icon; `splash = true` in `[icons]` draws it for Apple's devices",
    ),
    (
        "url_handlers",
        "was a trial that Chrome dropped",
        "use `scope_extensions`",
    ),
    (
        "capture_links",
        "was a trial that Chrome dropped",
        "use `launch_handler = { client_mode = \"navigate-existing\" }`",
    ),
    (
        "user_preferences",
        "was a draft that browsers dropped",
        "use `color_scheme_dark = { theme_color = \"…\", background_color = \"…\" }`",
    ),
    (
        "theme_colors",
        "was a draft that browsers dropped",
        "use `color_scheme_dark = { theme_color = \"…\" }`",
    ),
    (
        "translations",
        "was a draft that browsers dropped",
        "use `name_localized`, `short_name_localized` and their like",
    ),
    (
        "chrome_related_applications",
        "is of no browser",
        "use `related_applications`",
    ),
    (
        "web_share_target",
        "was a draft of `share_target`",
        "use `share_target`",
    ),
    (
        "supports_share",
        "was a draft of `share_target`",
        "use `share_target`",
    ),
    (
        "platform",
        "belongs to a screenshot or a related application",
        "move it into `screenshots` or `related_applications`",
    ),
    (
        "density",
        "was taken out of the standard",
        "give `sizes` in real pixels",
    ),
    ("launch_path", "was of Firefox OS", "use `start_url`"),
    (
        "appcache_path",
        "was of Firefox OS",
        "remove it: the worker keeps the files",
    ),
    ("installs_allowed_from", "was of Firefox OS", "remove it"),
    ("default_locale", "is of browser extensions", "use `lang`"),
    ("developer", "is of browser extensions", "remove it"),
    (
        "permissions",
        "is of browser extensions",
        "remove it: pages ask for permissions when they need them",
    ),
    ("manifest_version", "is of browser extensions", "remove it"),
    (
        "version",
        "is of browser extensions",
        "remove it: a new version is known by its files",
    ),
    (
        "minimum_chrome_version",
        "is of browser extensions",
        "remove it",
    ),
    (
        "background",
        "is of browser extensions",
        "remove it, or use `background_color`",
    ),
];

impl Section {
    pub fn read(table: Table, report: &mut Diagnostics) -> Self {
        let span = table.span.clone();
        let mut read = Reader::of(table, report);
        let file = read.take_text("file");
        let replace = read.table.texts("replace", read.report).unwrap_or_default();
        let name = read.take_text("name");
        read.language_texts("name_localized");
        read.text("short_name");
        read.language_texts("short_name_localized");
        read.text("description");
        read.language_texts("description_localized");
        read.language("lang");
        read.choice("dir", &DIRECTIONS);
        let id = read.take_text("id");
        let start_url = read.take_text("start_url");
        let scope = read.take_text("scope");
        let display = read.take_choice("display", &DISPLAYS);
        read.choices("display_override", &DISPLAY_OVERRIDES);
        read.choice("orientation", &ORIENTATIONS);
        let theme_color = read.take_color("theme_color");
        let background_color = read.take_color("background_color");
        let dark = read.dark();
        read.categories();
        let icons = read.pictures("icons", Role::Icon);
        read.language_map("icons_localized", &|read, key, value| {
            Some(Node::List(read.pictures_of(key, value, Role::Icon)))
        });
        read.list("screenshots", &|read, _| screenshot(read));
        read.list("shortcuts", &|read, _| shortcut(read));
        read.language_map("shortcuts_localized", &|read, key, value| {
            read.list_of(key, value, &|read, _| shortcut(read))
        });
        let share_target = read.share_target();
        read.list("file_handlers", &|read, span| file_handler(read, span));
        read.list("protocol_handlers", &|read, span| {
            protocol_handler(read, span)
        });
        read.inner("launch_handler", &|read| {
            read.choice_or_choices("client_mode", &CLIENT_MODES)
        });
        read.list("related_applications", &|read, span| {
            related_application(read, span)
        });
        read.prefer_related();
        read.text("iarc_rating_id");
        read.list("scope_extensions", &|read, span| {
            scope_extension(read, span)
        });
        read.choice("handle_links", &["auto", "preferred", "not-preferred"]);
        read.inner("note_taking", &|read| read.page("new_note_url"));
        read.inner("edge_side_panel", &|read| {
            read.number("preferred_width", 1..=10_000)
        });
        read.inner("tab_strip", &tab_strip);
        read.migration();
        read.extra();
        let members = read.finish();
        Self {
            span,
            file,
            replace,
            name,
            id,
            start_url,
            scope,
            display,
            theme_color,
            background_color,
            dark,
            icons,
            share_target,
            members,
        }
    }

    /// Returns every file that mdpwa writes into the root for this section: they are never part of the site.
    pub fn outputs(&self) -> Vec<String> {
        let mut outputs = vec![self.file().to_owned()];
        outputs.extend(self.replace.iter().map(relative));
        outputs
    }

    /// Returns the files of the site that have to be looked into, from its root.
    pub fn sources(&self) -> Vec<String> {
        let mut sources = Vec::new();
        for node in self
            .icons
            .iter()
            .chain(self.members.iter().map(|(_, node)| node))
        {
            node.sources(&mut sources);
        }
        sources.extend(self.rivals());
        sources
    }

    /// Returns the colours that icons stand on, in light and in the dark.
    pub fn backgrounds(&self) -> (Option<Color>, Option<Color>) {
        let value = |color: &Option<At<Color>>| color.as_ref().map(|at| at.value);
        (
            value(&self.background_color),
            value(&self.dark.background_color),
        )
    }

    /// Returns what belongs into the head of every page; `base` is the URL path that the site is served under.
    pub fn parts(&self, base: &str) -> Vec<Part> {
        let mut parts = vec![Part::Link {
            rel: "manifest",
            url: UrlPath::of_file(self.file()).below(base),
            media_type: None,
            sizes: None,
            media: None,
        }];
        let schemes = match (&self.theme_color, &self.dark.theme_color) {
            (light, None) => [(light, None), (&None, None)],
            (light, dark) => [
                (light, Some("(prefers-color-scheme: light)")),
                (dark, Some("(prefers-color-scheme: dark)")),
            ],
        };
        for (color, media) in schemes {
            parts.extend(color.as_ref().map(|color| Part::Meta {
                name: "theme-color",
                content: color.value.to_string(),
                media,
            }));
        }
        parts
    }

    pub fn decide(self, around: &Surroundings, cx: &mut Context) -> Manifest {
        let file = self.file().to_owned();
        for written in self.file.iter().chain(&self.replace) {
            if !is_file(&relative(written)) {
                cx.report(not_a_file(written));
            }
        }
        let folder = |name: &str| name.rfind('/').map_or(0, |at| at + 1);
        for written in &self.replace {
            let name = relative(written);
            if name[..folder(&name)] != file[..folder(&file)] {
                cx.report(in_another_folder(written));
            }
        }
        for rival in self.rivals() {
            if cx
                .site
                .sources
                .get(&rival)
                .is_some_and(|text| is_manifest(text))
            {
                cx.report(two_manifests(rival.trim_start_matches('/')));
            }
        }
        let scope = match &self.scope {
            Some(scope) if !scope.value.starts_with('/') => {
                cx.report(not_from_the_root("scope", scope));
                "/"
            }
            Some(scope) if !scope.value.ends_with('/') || scope.value.contains(['?', '#']) => {
                cx.report(scope_without_end(scope));
                "/"
            }
            Some(scope) => scope.value.as_str(),
            None => "/",
        };
        let mut place = Place {
            way: "../".repeat(file.matches('/').count()),
            scope,
            around,
            cx,
        };
        if place.way.is_empty() {
            place.way.push_str("./");
        }
        let mut members = Members::default();
        let name = self.name.as_ref().map(|at| at.value.trim()).or(around.name);
        match name {
            Some(name) if !name.trim().is_empty() => {
                members.push("name", Node::Text(name.trim().to_owned()))
            }
            _ => place.cx.report(no_name(&self.name, self.span.clone())),
        }
        if let Some(id) = &self.id
            && let Some(id) = place.id(id)
        {
            members.push("id", Node::Text(id));
        }
        let start = self
            .start_url
            .clone()
            .unwrap_or_else(|| At::new(scope.to_owned(), self.span.clone()));
        if let Some(start) = place.page("start_url", &start) {
            members.push("start_url", start);
        }
        members.push("scope", Node::Text(place.relative(scope)));
        let display = self.display.as_ref().map_or("standalone", |at| at.value);
        members.push("display", Node::Text(display.to_owned()));
        let mut color = |key: &str, color: &Option<At<Color>>| {
            if let Some(color) = color {
                members.push(key, Node::Text(color.value.to_string()));
            }
        };
        color("theme_color", &self.theme_color);
        color("background_color", &self.background_color);
        let mut dark = Members::default();
        if let Some(color) = &self.dark.theme_color {
            dark.push("theme_color", Node::Text(color.value.to_string()));
        }
        if let Some(color) = &self.dark.background_color {
            dark.push("background_color", Node::Text(color.value.to_string()));
        }
        if !dark.0.is_empty() {
            members.push("color_scheme_dark", Node::Members(dark));
        }
        let icons = place.icons(self.icons);
        if !icons.iter().any(is_large_enough) {
            place.cx.report(no_icon(self.span.clone()));
        }
        if !icons.is_empty() {
            members.push("icons", Node::List(icons));
        }
        for (key, node) in self.members {
            if let Some(node) = place.resolved(&key, node) {
                members.push(&key, node);
            }
        }
        let share = self.share_target.and_then(|target| {
            let (node, share) = place.share_target(target, &start.value)?;
            members.push("share_target", node);
            share
        });
        Manifest {
            theme_color: self.theme_color.map(|at| at.value),
            dark_theme_color: self.dark.theme_color.map(|at| at.value),
            share,
            opens_files: members.0.iter().any(|(key, _)| key == "file_handlers"),
            members: members.sorted(),
            replace: self.replace.iter().map(relative).collect(),
            file,
        }
    }

    fn file(&self) -> &str {
        self.file
            .as_ref()
            .map_or(FILE, |at| at.value.trim_start_matches("./"))
    }

    /// Returns where other tools would have put a manifest beside ours, from the root.
    fn rivals(&self) -> Vec<String> {
        let file = self.file();
        let folder = file.rfind('/').map_or("", |at| &file[..=at]);
        let own = self.outputs();
        let names = USUAL.iter().map(|name| format!("{folder}{name}"));
        names
            .filter(|name| !own.contains(name))
            .map(|name| format!("/{name}"))
            .collect()
    }
}

impl Manifest {
    /// Returns the manifest as JSON; where comments would be, it says whose it is.
    pub fn json(&self, pretty: bool) -> String {
        let mut members = Members::default();
        members.push("//", Node::Text(format!("{SIGNATURE}.")));
        members.0.extend(self.members.0.iter().cloned());
        let text = match pretty {
            true => serde_json::to_string_pretty(&members).map(|text| text + "\n"),
            false => serde_json::to_string(&members),
        };
        match text {
            Ok(text) => text,
            Err(error) => unreachable!("plain data becomes JSON: {error}"),
        }
    }
}

impl Members {
    fn push(&mut self, key: &str, node: Node) {
        self.0.push((key.to_owned(), node));
    }

    fn get(&self, key: &str) -> Option<&Node> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }

    /// Returns the members of a manifest in the order in which people look for them.
    fn sorted(mut self) -> Self {
        let rank = |key: &str| {
            ORDER
                .iter()
                .position(|known| *known == key)
                .unwrap_or(ORDER.len())
        };
        self.0.sort_by_key(|(key, _)| rank(key));
        self
    }
}

const ORDER: [&str; 20] = [
    "name",
    "name_localized",
    "short_name",
    "short_name_localized",
    "description",
    "description_localized",
    "lang",
    "dir",
    "id",
    "start_url",
    "scope",
    "display",
    "display_override",
    "orientation",
    "theme_color",
    "background_color",
    "color_scheme_dark",
    "categories",
    "icons",
    "icons_localized",
];

impl ShareFields {
    fn of(params: &Members) -> Self {
        let text = |key: &str| params.get(key).and_then(Node::text).map(str::to_owned);
        let files = match params.get("files") {
            Some(Node::List(files)) => files.as_slice(),
            _ => &[],
        };
        let name = |file: &Node| match file {
            Node::Members(members) => members.get("name").and_then(Node::text).map(str::to_owned),
            _ => None,
        };
        Self {
            title: text("title"),
            text: text("text"),
            url: text("url"),
            files: files.iter().filter_map(name).collect(),
        }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, node) in &self.0 {
            map.serialize_entry(key, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Text(text) => serializer.serialize_str(text),
            Node::Page(written) => serializer.serialize_str(&written.value),
            Node::Picture(picture) => serializer.serialize_str(&picture.src.value),
            Node::Flag(flag) => serializer.serialize_bool(*flag),
            Node::Number(number) => serializer.serialize_i64(*number),
            Node::List(items) => items.serialize(serializer),
            Node::Members(members) => members.serialize(serializer),
            Node::Raw(value) => value.serialize(serializer),
        }
    }
}

impl Node {
    fn sources(&self, sources: &mut Vec<String>) {
        match self {
            Node::Picture(picture) => sources.push(picture.src.value.clone()),
            Node::List(items) => items.iter().for_each(|item| item.sources(sources)),
            Node::Members(members) => members.0.iter().for_each(|(_, node)| node.sources(sources)),
            Node::Text(_) | Node::Flag(_) | Node::Number(_) | Node::Raw(_) | Node::Page(_) => {}
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A table of pwa.toml that becomes an object of the manifest.
struct Reader<'r> {
    table: Table,
    members: Vec<(String, Node)>,
    report: &'r mut Diagnostics,
}

/// Reads the items of a list that are tables.
type ReadItem<'f> = &'f dyn Fn(&mut Reader, Span) -> Option<Node>;

/// Reads what stands for something in a language.
type ReadValue<'f> = &'f dyn Fn(&mut Reader, &str, At<Value>) -> Option<Node>;

impl<'r> Reader<'r> {
    fn of(table: Table, report: &'r mut Diagnostics) -> Self {
        Self {
            table,
            members: Vec::new(),
            report,
        }
    }

    fn push(&mut self, key: &str, node: Node) {
        self.members.push((key.to_owned(), node));
    }

    /// Refuses every key that is left, the obsolete ones with what became of them.
    fn finish(mut self) -> Vec<(String, Node)> {
        for (key, was, instead) in OBSOLETE {
            if let Some(span) = self.table.take_wrong(key) {
                self.report.report(obsolete(key, span, was, instead));
            }
        }
        self.table.finish(self.report);
        self.members
    }

    fn take_text(&mut self, key: &'static str) -> Option<At<String>> {
        let written = self.table.text(key, self.report)?;
        if written.value.trim().is_empty() {
            self.report.report(empty(key, written.span));
            return None;
        }
        Some(written)
    }

    fn text(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            self.push(key, Node::Text(written.value.trim().to_owned()));
        }
    }

    /// Refuses a table that lacks this.
    fn needs(&mut self, key: &str, whole: &Span) -> bool {
        let there = self.members.iter().any(|(known, _)| known == key);
        if !there {
            self.report
                .report(lacks(&self.table.name, key, whole.clone()));
        }
        there
    }

    fn take_choice(
        &mut self,
        key: &'static str,
        choices: &[&'static str],
    ) -> Option<At<&'static str>> {
        let choices: Vec<(&'static str, &'static str)> =
            choices.iter().map(|choice| (*choice, *choice)).collect();
        self.table.choice(key, &choices, self.report)
    }

    fn choice(&mut self, key: &'static str, choices: &[&'static str]) {
        if let Some(choice) = self.take_choice(key, choices) {
            self.push(key, Node::Text(choice.value.to_owned()));
        }
    }

    fn choices(&mut self, key: &'static str, choices: &[&'static str]) {
        let pairs: Vec<(&'static str, &'static str)> =
            choices.iter().map(|choice| (*choice, *choice)).collect();
        let Some(written) = self.table.texts(key, self.report) else {
            return;
        };
        let picked = written
            .into_iter()
            .filter_map(|at| crate::document::pick(key, at, &pairs, self.report));
        let list = picked.map(|at| Node::Text(at.value.to_owned())).collect();
        self.push(key, Node::List(list));
    }

    fn choice_or_choices(&mut self, key: &'static str, choices: &[&'static str]) {
        self.table.takes_several_kinds(key);
        match self.table.peek(key) {
            Some(_) => self.choice(key, choices),
            None => self.choices(key, choices),
        }
    }

    fn take_color(&mut self, key: &'static str) -> Option<At<Color>> {
        let written = self.table.text(key, self.report)?;
        match Color::parse(&written.value) {
            Ok(color) => Some(At::new(color, written.span)),
            Err(why) => {
                self.report.report(no_color(key, &written, why));
                None
            }
        }
    }

    fn dark(&mut self) -> Dark {
        let Some(table) = self.table.table("color_scheme_dark", self.report) else {
            return Dark::default();
        };
        let mut read = Reader::of(table, self.report);
        let dark = Dark {
            theme_color: read.take_color("theme_color"),
            background_color: read.take_color("background_color"),
        };
        read.finish();
        dark
    }

    fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<u32>) {
        if let Some(number) = self.table.count(key, range, self.report) {
            self.push(key, Node::Number(number.value.into()));
        }
    }

    fn language(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key)
            && checked_language(&written, self.report)
        {
            self.push(key, Node::Text(written.value));
        }
    }

    fn page(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            self.push(key, Node::Page(written));
        }
    }

    fn categories(&mut self) {
        let Some(written) = self.table.texts("categories", self.report) else {
            return;
        };
        for category in &written {
            if !CATEGORIES.contains(&category.value.as_str()) {
                self.report.report(unknown_category(category));
            }
        }
        let list = written.into_iter().map(|at| Node::Text(at.value)).collect();
        self.push("categories", Node::List(list));
    }

    fn prefer_related(&mut self) {
        if let Some(prefer) = self.table.flag("prefer_related_applications", self.report) {
            if prefer.value {
                self.report.report(another_is_preferred(prefer.span));
            }
            self.push("prefer_related_applications", Node::Flag(prefer.value));
        }
    }

    /// Reads a table inside this one.
    fn inner(&mut self, key: &'static str, read: &dyn Fn(&mut Reader)) {
        if let Some(table) = self.table.table(key, self.report) {
            let mut inner = Reader::of(table, self.report);
            read(&mut inner);
            let members = Members(inner.finish());
            self.push(key, Node::Members(members));
        }
    }

    fn list(&mut self, key: &'static str, read: ReadItem) {
        if let Some(value) = self.table.value(key)
            && let Some(list) = self.list_of(key, value, read)
        {
            self.push(key, list);
        }
    }

    fn list_of(&mut self, key: &str, value: At<Value>, read: ReadItem) -> Option<Node> {
        let items = match value.value {
            Value::List(items) => items,
            other => {
                self.report
                    .report(wrong_kind(key, "a list of tables", &other, value.span));
                return None;
            }
        };
        let mut list = Vec::new();
        for item in items {
            match item.value {
                Value::Table(mut table) => {
                    table.name = format!("[[manifest.{key}]]");
                    let mut inner = Reader::of(table, self.report);
                    let node = read(&mut inner, item.span);
                    let members = Members(inner.finish());
                    list.extend(
                        node.or_else(|| (!members.0.is_empty()).then_some(Node::Members(members))),
                    );
                }
                other => self
                    .report
                    .report(wrong_kind(key, "a list of tables", &other, item.span)),
            }
        }
        Some(Node::List(list))
    }

    /// Reads a table from languages to what stands for something there.
    fn language_map(&mut self, key: &'static str, read: ReadValue) {
        let Some(table) = self.table.table(key, self.report) else {
            return;
        };
        let mut map = Members::default();
        for (language, value) in table.into_entries_of_several_kinds() {
            if checked_language(&language, self.report)
                && let Some(node) = read(self, key, value)
            {
                map.push(&language.value, node);
            }
        }
        self.push(key, Node::Members(map));
    }

    fn language_texts(&mut self, key: &'static str) {
        self.language_map(key, &|read, key, value| match value.value {
            Value::Text(text) if text.trim().is_empty() => {
                read.report.report(empty(key, value.span));
                None
            }
            Value::Text(text) => Some(Node::Text(text.trim().to_owned())),
            Value::Table(table) => {
                let mut inner = Reader::of(table, read.report);
                inner.text("value");
                inner.language("lang");
                inner.choice("dir", &DIRECTIONS);
                inner.needs("value", &value.span);
                Some(Node::Members(Members(inner.finish())))
            }
            other => {
                let wanted = "a text, or a table with `value`, `lang` and `dir`";
                read.report
                    .report(wrong_kind(key, wanted, &other, value.span));
                None
            }
        });
    }

    fn pictures(&mut self, key: &'static str, role: Role) -> Vec<Node> {
        match self.table.value(key) {
            Some(value) => self.pictures_of(key, value, role),
            None => Vec::new(),
        }
    }

    fn pictures_of(&mut self, key: &str, value: At<Value>, role: Role) -> Vec<Node> {
        match self.list_of(key, value, &|read, span| picture(read, span, role)) {
            Some(Node::List(pictures)) => pictures,
            _ => Vec::new(),
        }
    }

    fn share_target(&mut self) -> Option<ShareTarget> {
        let table = self.table.table("share_target", self.report)?;
        let span = table.span.clone();
        let mut read = Reader::of(table, self.report);
        if let Some(span) = read.table.take_wrong("url_template") {
            let instead = "use `action` and `params`";
            read.report.report(obsolete(
                "url_template",
                span,
                "was a draft of `share_target`",
                instead,
            ));
        }
        let action = read.take_text("action");
        let method = read.take_choice("method", &["GET", "POST"]);
        let enctype = read.take_choice(
            "enctype",
            &["application/x-www-form-urlencoded", "multipart/form-data"],
        );
        let mut params = Vec::new();
        let mut files = Vec::new();
        if let Some(table) = read.table.table("params", read.report) {
            let mut inner = Reader::of(table, read.report);
            for key in ["title", "text", "url"] {
                inner.text(key);
            }
            params = std::mem::take(&mut inner.members);
            inner.list("files", &|read, span| {
                read.text("name");
                read.one_or_more("accept");
                read.needs("name", &span);
                read.needs("accept", &span);
                None
            });
            files = inner.finish();
        }
        read.finish();
        let Some(action) = action else {
            self.report
                .report(lacks("[manifest.share_target]", "action", span));
            return None;
        };
        if params.is_empty() && files.is_empty() {
            self.report.report(nothing_shared(span));
            return None;
        }
        // Files travel in one way only, which need not be said.
        let post = method
            .as_ref()
            .map_or(!files.is_empty(), |at| at.value == "POST");
        let multipart = enctype
            .as_ref()
            .map_or(post, |at| at.value == "multipart/form-data");
        let by_get = multipart && !post;
        let outside = !files.is_empty() && !multipart;
        if by_get || outside {
            let span = enctype
                .map(|at| at.span)
                .or(method.map(|at| at.span))
                .unwrap_or(span);
            self.report.report(files_by_get(span));
            return None;
        }
        Some(ShareTarget {
            action,
            post,
            multipart,
            params,
            files,
        })
    }

    /// Reads a text or a list of texts.
    fn one_or_more(&mut self, key: &'static str) {
        self.table.takes_several_kinds(key);
        let texts = match self.table.peek(key) {
            Some(_) => self.table.text(key, self.report).map(|at| vec![at]),
            None => self.table.texts(key, self.report),
        };
        if let Some(texts) = texts {
            let list = texts.into_iter().map(|at| Node::Text(at.value)).collect();
            self.push(key, Node::List(list));
        }
    }

    fn migration(&mut self) {
        if let Some(value) = self.table.value("migrate_from") {
            let items = match value.value {
                Value::List(items) => items,
                other => vec![At::new(other, value.span)],
            };
            let list: Vec<Node> = items
                .into_iter()
                .filter_map(|item| self.migrated_app(item))
                .collect();
            self.push("migrate_from", Node::List(list));
        }
        if let Some(table) = self.table.table("migrate_to", self.report) {
            let span = table.span.clone();
            let mut read = Reader::of(table, self.report);
            read.address("id");
            read.address("install_url");
            read.needs("id", &span);
            read.needs("install_url", &span);
            let members = Members(read.finish());
            self.push("migrate_to", Node::Members(members));
        }
    }

    fn migrated_app(&mut self, item: At<Value>) -> Option<Node> {
        match item.value {
            Value::Text(text) if is_address(&text) => Some(Node::Text(text)),
            Value::Text(text) => {
                self.report
                    .report(no_address("migrate_from", &At::new(text, item.span)));
                None
            }
            Value::Table(table) => {
                let mut read = Reader::of(table, self.report);
                read.address("id");
                read.address("install_url");
                read.choice("behavior", &["suggest", "force"]);
                read.needs("id", &item.span);
                Some(Node::Members(Members(read.finish())))
            }
            other => {
                let wanted =
                    "a list of addresses, or of tables with `id`, `install_url` and `behavior`";
                self.report
                    .report(wrong_kind("migrate_from", wanted, &other, item.span));
                None
            }
        }
    }

    /// Reads an address of another site.
    fn address(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            if is_address(&written.value) {
                self.push(key, Node::Text(written.value));
            } else {
                self.report.report(no_address(key, &written));
            }
        }
    }

    /// Reads what mdpwa does not know, as it is; what it knows has to stand in its own place.
    fn extra(&mut self) {
        let Some(table) = self.table.table("extra", self.report) else {
            return;
        };
        for (key, value) in table.into_entries_of_several_kinds() {
            if self.table.knows(&key.value) || OBSOLETE.iter().any(|(old, ..)| *old == key.value) {
                self.report.report(not_extra(&key));
            } else {
                self.push(&key.value, Node::Raw(value.value.to_json()));
            }
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

fn screenshot(read: &mut Reader) -> Option<Node> {
    picture(read, read.table.span.clone(), Role::Screenshot)
}

fn shortcut(read: &mut Reader) -> Option<Node> {
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

fn file_handler(read: &mut Reader, span: Span) -> Option<Node> {
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

fn protocol_handler(read: &mut Reader, span: Span) -> Option<Node> {
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

fn related_application(read: &mut Reader, span: Span) -> Option<Node> {
    read.text("platform");
    read.text("url");
    read.text("id");
    read.text("min_version");
    if read.needs("platform", &span)
        && !read
            .members
            .iter()
            .any(|(key, _)| key == "url" || key == "id")
    {
        read.report.report(lacks(&read.table.name, "id", span));
    }
    None
}

fn scope_extension(read: &mut Reader, span: Span) -> Option<Node> {
    read.choice("type", &["origin", "site"]);
    if let Some(origin) = read.take_text("origin") {
        let host = origin.value.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            read.report.report(no_origin(&origin));
        }
        read.push("origin", Node::Text(origin.value));
    }
    if !read.members.iter().any(|(key, _)| key == "type") {
        read.members
            .insert(0, ("type".to_owned(), Node::Text("origin".to_owned())));
    }
    read.needs("origin", &span);
    None
}

fn tab_strip(read: &mut Reader) {
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

/// Where the manifest lies, and everything it speaks of.
struct Place<'p, 'c, 's> {
    /// From the manifest's folder to the root: `./`, `../`.
    way: String,
    scope: &'p str,
    around: &'p Surroundings<'p>,
    cx: &'c mut Context<'s>,
}

impl Place<'_, '_, '_> {
    /// Returns the way to a path from the root, so that the app works under any base.
    fn relative(&self, path: &str) -> String {
        format!("{}{}", self.way, path.trim_start_matches('/'))
    }

    /// Returns an identity, which browsers resolve against the origin and not the manifest.
    fn id(&mut self, written: &At<String>) -> Option<String> {
        if written.value.starts_with('/') {
            let id = written.value.trim_start_matches('/');
            return Some(format!("{}{id}", self.around.base));
        }
        self.cx.report(not_from_the_root("id", written));
        None
    }

    /// Resolves everything in a node that the site has to hold.
    fn resolved(&mut self, key: &str, node: Node) -> Option<Node> {
        Some(match node {
            Node::Page(written) => self.page(key, &written)?,
            Node::Picture(picture) => self.picture(*picture)?,
            Node::List(items) => Node::List(
                items
                    .into_iter()
                    .filter_map(|item| self.resolved(key, item))
                    .collect(),
            ),
            Node::Members(Members(members)) => Node::Members(Members(
                members
                    .into_iter()
                    .filter_map(|(key, node)| self.resolved(&key, node).map(|node| (key, node)))
                    .collect(),
            )),
            plain => plain,
        })
    }

    /// Returns the way to a page of the site that is in the app's scope.
    fn page(&mut self, key: &str, written: &At<String>) -> Option<Node> {
        self.in_scope(key, written)?;
        if !self.is_page(&written.value) {
            self.cx.report(no_page(key, written));
            return None;
        }
        Some(Node::Text(self.relative(&written.value)))
    }

    fn in_scope(&mut self, key: &str, written: &At<String>) -> Option<()> {
        if !written.value.starts_with('/') || written.value.starts_with("//") {
            self.cx.report(not_from_the_root(key, written));
            return None;
        }
        if !written.value.starts_with(self.scope) {
            self.cx.report(out_of_scope(key, written, self.scope));
            return None;
        }
        Some(())
    }

    fn is_page(&self, url: &str) -> bool {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let exists = |path: &str| self.cx.site.find(&UrlPath::of_request(path)).is_some();
        let answer = self.around.host.answer(path, &exists);
        // What a handler puts into the path is known to nobody before.
        let open = path.contains("%s") || self.around.shell;
        open || !matches!(answer, Answer::NotFound(_)) || self.cx.site.assets.is_empty()
    }

    /// Returns the icons that mdpwa draws, then those of pwa.toml.
    fn icons(&mut self, written: Vec<Node>) -> Vec<Node> {
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
    fn picture(&mut self, written: WrittenPicture) -> Option<Node> {
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

    /// Returns the member, and what the worker takes where a page could not: what is posted.
    fn share_target(&mut self, target: ShareTarget, start: &str) -> Option<(Node, Option<Share>)> {
        let ShareTarget {
            action,
            post,
            multipart,
            params,
            files,
        } = target;
        self.in_scope("action", &action)?;
        let is_page = self.is_page(&action.value);
        if !post && !is_page {
            self.cx.report(no_page("action", &action));
            return None;
        }
        let mut members = Members::default();
        members.push("action", Node::Text(self.relative(&action.value)));
        if post {
            members.push("method", Node::Text("POST".to_owned()));
            let enctype = if multipart {
                "multipart/form-data"
            } else {
                "application/x-www-form-urlencoded"
            };
            members.push("enctype", Node::Text(enctype.to_owned()));
        }
        let mut all = Members(params);
        all.0.extend(files);
        let share = post.then(|| Share {
            request: ShareRequest {
                action: UrlPath::of_request(
                    action.value.split(['?', '#']).next().unwrap_or_default(),
                ),
                page: if is_page {
                    action.value
                } else {
                    start.to_owned()
                },
            },
            fields: ShareFields::of(&all),
        });
        members.push("params", Node::Members(all));
        Some((Node::Members(members), share))
    }
}

/// Says whether an icon of a manifest is one that Chromium installs an app with.
fn is_large_enough(icon: &Node) -> bool {
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

/// Says whether a file is the manifest of an app and not, say, a bundler's list of files.
fn is_manifest(text: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(text) else {
        return false;
    };
    ["start_url", "display", "short_name"]
        .iter()
        .any(|key| members.contains_key(*key))
        && !is_marked(text)
}

fn relative(written: &At<String>) -> String {
    written.value.trim_start_matches("./").to_owned()
}

fn is_file(name: &str) -> bool {
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let known = [".webmanifest", ".json", ".manifest"]
        .iter()
        .any(|ending| name.ends_with(ending));
    inside && known && !name.contains(['\\', '?', '#', '%'])
}

fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").unwrap_or_default();
    !host.is_empty() && !host.starts_with('/') && !host.contains(' ')
}

/// Says whether a tag is one of BCP 47, by its form.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(plain)
}

fn checked_language(tag: &At<String>, report: &mut Diagnostics) -> bool {
    let known = is_language(&tag.value);
    if !known {
        report.report(no_language(tag));
    }
    known
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

fn is_protocol(text: &str) -> bool {
    let own = text.strip_prefix("web+").unwrap_or_default();
    SCHEMES.contains(&text) || !own.is_empty() && own.bytes().all(|b| b.is_ascii_lowercase())
}

fn check_purpose(written: &At<String>, report: &mut Diagnostics) {
    let words: Vec<&str> = written.value.split_whitespace().collect();
    if let Some(word) = words.iter().find(|word| !PURPOSES.contains(*word)) {
        report.report(unknown_purpose(word, written));
    } else if words.contains(&"any") && words.contains(&"maskable") {
        report.report(two_purposes(written));
    }
}

fn obsolete(key: &str, span: Span, was: &str, instead: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-obsolete",
        format!("no browser reads `{key}`"),
        span,
    )
    .label(format!("it {was}"))
    .help(instead)
}

fn empty(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error("manifest-empty", format!("`{key}` is empty"), span)
        .label("nothing but space")
        .help(format!("write something, or remove `{key}`"))
}

fn lacks(table: &str, key: &str, span: Span) -> Diagnostic {
    Diagnostic::error("manifest-lacks", format!("{table} lacks `{key}`"), span)
        .label("browsers would pass over all of it")
        .help(format!("add `{key}`"))
}

fn no_name(name: &Option<At<String>>, section: Span) -> Diagnostic {
    let span = name.as_ref().map_or(section, |at| at.span.clone());
    Diagnostic::error("manifest-name", "the app has no name", span)
        .label("browsers install nothing without one")
        .help("add `name` here or in `[app]`")
}

fn not_a_file(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-path",
        format!("`{}` is not a manifest inside the root", written.value),
        written.span.clone(),
    )
    .label("written relative to the site's root, ending in `.webmanifest` or `.json`")
    .help(format!("the usual name is `\"{FILE}\"`"))
}

fn in_another_folder(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-folder",
        format!("`{}` is not in the folder of the manifest", written.value),
        written.span.clone(),
    )
    .label("addresses in a manifest begin at its own folder")
    .help("give `file` this very name, and let pages ask for it there")
}

fn two_manifests(name: &str) -> Diagnostic {
    Diagnostic::error("manifest-foreign", format!("the site has another manifest, `{name}`"), 0..0)
        .of_site()
        .help(format!(
            "if pages ask for it, add `replace = [\"{name}\"]` to `[manifest]`, which writes the same over it; \
             otherwise take it out of the site"
        ))
}

fn not_from_the_root(key: &str, written: &At<String>) -> Diagnostic {
    let (label, help) = if written.value.contains("://") || written.value.starts_with("//") {
        (
            "this is another site's, or may be",
            "give only the path: the site may be served from anywhere".to_owned(),
        )
    } else {
        (
            "no leading `/`",
            format!("write `\"/{}\"`", written.value.trim_start_matches("./")),
        )
    };
    Diagnostic::error(
        "manifest-url",
        format!("`{key}` does not start at the site's root"),
        written.span.clone(),
    )
    .label(label)
    .help(help)
}

fn scope_without_end(scope: &At<String>) -> Diagnostic {
    let folder = scope
        .value
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('/');
    Diagnostic::error(
        "manifest-scope",
        "`scope` is not a folder",
        scope.span.clone(),
    )
    .label("browsers compare letter by letter: this has more in it than meant")
    .help(format!("write `\"{folder}/\"`"))
}

fn out_of_scope(key: &str, written: &At<String>, scope: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-out-of-scope",
        format!("`{key}` is not in the app's scope"),
        written.span.clone(),
    )
    .label(format!("does not start with `{scope}`"))
    .help(format!(
        "give a path that starts with `{scope}`, or let `scope` take in more"
    ))
}

fn no_page(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-page",
        format!("the site has no page `{}`", written.value),
        written.span.clone(),
    )
    .label(format!("`{key}` would open nothing"))
    .help("build the site before mdpwa, or correct the path")
}

fn no_color(key: &str, written: &At<String>, why: NoColor) -> Diagnostic {
    let label = match why {
        NoColor::Unknown => "no colour of CSS",
        NoColor::Transparent => "one can look through it, and there is nothing behind",
    };
    Diagnostic::error(
        "manifest-color",
        format!("`{key}` is not a colour that can be used"),
        written.span.clone(),
    )
    .label(label)
    .help("give an opaque colour, such as `\"#1d5c53\"`")
}

fn no_language(tag: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-language",
        format!("`{}` is not a language", tag.value),
        tag.span.clone(),
    )
    .label("browsers would pass over it")
    .help("give a tag of BCP 47, such as `fr` or `pt-BR`")
}

fn unknown_category(written: &At<String>) -> Diagnostic {
    let help = match nearest(&written.value, CATEGORIES) {
        Some(near) => format!("the nearest known one is `{near}`"),
        None => format!("known are {}", CATEGORIES.join(", ")),
    };
    Diagnostic::warning(
        "manifest-category",
        format!("stores do not know the category `{}`", written.value),
        written.span.clone(),
    )
    .label("not one of the list of the W3C")
    .help(help)
}

fn another_is_preferred(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "manifest-prefer-related",
        "browsers will offer another app instead of this one",
        span,
    )
    .label("no installation of the site is offered")
    .help("remove it, unless the app of a store is the better one")
}

fn nothing_shared(span: Span) -> Diagnostic {
    Diagnostic::error("manifest-share", "`share_target` takes nothing", span)
        .label("no `params`")
        .help("add, for example, `params = { title = \"title\", text = \"text\", url = \"url\" }`")
}

fn files_by_get(span: Span) -> Diagnostic {
    Diagnostic::error(
        "manifest-share-files",
        "files cannot be shared in this way",
        span,
    )
    .label("only what is posted as `multipart/form-data` holds files")
    .help("write `method = \"POST\"` and `enctype = \"multipart/form-data\"`, or neither")
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

fn no_origin(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-origin",
        format!("`{}` is not an origin", written.value),
        written.span.clone(),
    )
    .label("`https://` and a host, nothing more")
    .help("write, for example, `\"https://notes.example\"`")
}

fn no_address(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-address",
        format!("`{key}` is not the address of a site"),
        written.span.clone(),
    )
    .label("does not start with `https://`")
    .help("write the whole address: it is that of another origin")
}

fn not_extra(key: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-extra",
        format!("`{}` is no extra", key.value),
        key.span.clone(),
    )
    .label("mdpwa knows it")
    .help("move it to `[manifest]`, where it is checked")
}

fn no_icon(section: Span) -> Diagnostic {
    Diagnostic::warning(
        "manifest-no-icon",
        "the app has no icon that browsers install it with",
        section,
    )
    .label("none of 144 pixels or more, for any purpose")
    .help("add `[icons]` with `source = \"logo.svg\"`, which draws them all")
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
