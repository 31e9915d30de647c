//! `[manifest]`: what the app is called, how it opens and what it takes, so that it can be installed like any other.

use std::path::{Component, Path};

use serde::Serialize;

use super::context::Context;
use crate::color::Color;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span, Table};
use crate::host::Host;
use crate::page::Part;
use crate::site::{SIGNATURE, is_marked};
use crate::url_path::UrlPath;

mod handlers;
mod members;
mod obsolete;
mod pictures;
mod place;
mod reader;
mod relations;
mod share;

pub use members::{Members, Node};
pub use pictures::WrittenPicture;
pub use share::{Share, ShareFields, ShareRequest};

use handlers::{file_handler, protocol_handler, shortcut, tab_strip};
use pictures::{Role, is_large_enough, screenshot};
use place::{Place, not_from_the_root};
use reader::{DIRECTIONS, Reader};
use relations::{related_application, scope_extension};
use share::ShareTarget;

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

const CLIENT_MODES: [&str; 4] = [
    "auto",
    "focus-existing",
    "navigate-existing",
    "navigate-new",
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
        let dark = Dark::read(&mut read);
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

impl Dark {
    fn read(read: &mut Reader) -> Self {
        let Some(table) = read.table.table("color_scheme_dark", read.report) else {
            return Self::default();
        };
        let mut read = Reader::of(table, read.report);
        let dark = Self {
            theme_color: read.take_color("theme_color"),
            background_color: read.take_color("background_color"),
        };
        read.finish();
        dark
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

fn no_icon(section: Span) -> Diagnostic {
    Diagnostic::warning(
        "manifest-no-icon",
        "the app has no icon that browsers install it with",
        section,
    )
    .label("none of 144 pixels or more, for any purpose")
    .help("add `[icons]` with `source = \"logo.svg\"`, which draws them all")
}
