//! `[icons]`: every icon that an app needs, drawn from one source, so that it looks right on each home screen.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::color::{Color, NoColor};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span, Table};
use crate::drawing::{Drawing, Flaw, SAFE, SMALLEST};
use crate::page::Part;
use crate::site::Digest;
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub struct Section {
    span: Span,
    source: Option<At<String>>,
    maskable: Option<At<String>>,
    monochrome: Option<At<String>>,
    background: Option<At<String>>,
    folder: Option<At<String>>,
    splash: Option<At<bool>>,
}

/// As decided.
#[derive(Clone, Debug, Serialize)]
pub struct Icons {
    pub files: Vec<Icon>,
    /// What pages say in their heads.
    pub links: Vec<Link>,
    /// There are screens that Apple's devices show while the app starts; they want a page that says it is an app.
    pub splash: bool,
}

/// A picture that is written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Icon {
    /// Relative to the site's root, with `/` between folders.
    pub path: String,
    #[serde(skip)]
    pub contents: Vec<u8>,
    /// `192x192`, or `any`.
    pub sizes: String,
    #[serde(rename = "type")]
    pub media_type: &'static str,
    /// What the manifest offers it for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Needed without a network, too: pages and notifications show it.
    pub kept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    Any,
    /// Launchers cut it into their own shape.
    Maskable,
    /// Launchers and status bars tint it.
    Monochrome,
}

/// An element `link` of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    pub rel: &'static str,
    /// Relative to the site's root.
    pub path: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sizes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
}

/// The colours of the manifest that icons stand on where `[icons]` says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backgrounds {
    pub light: Option<Color>,
    pub dark: Option<Color>,
}

/// What has to be known of the rest before a page is read.
pub struct Around<'a> {
    pub manifest: Backgrounds,
    /// What was read, by the path in pwa.toml.
    pub sources: &'a BTreeMap<String, Vec<u8>>,
    /// The site has no `favicon.ico` of its own.
    pub favicon: bool,
}

const FOLDER: &str = "icons";

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            span: table.span.clone(),
            source: table.text("source", report),
            maskable: table.text("maskable", report),
            monochrome: table.text("monochrome", report),
            background: table.text("background", report),
            folder: table.text("folder", report),
            splash: table.flag("splash", report),
        };
        table.finish(report);
        section
    }

    /// Returns the files that are drawn from, relative to pwa.toml.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let written = [&self.source, &self.maskable, &self.monochrome];
        written.into_iter().flatten().map(|at| at.value.as_str())
    }

    /// Returns nothing where the source cannot be drawn from.
    pub fn decide(&self, around: &Around, report: &mut Diagnostics) -> Option<Icons> {
        let folder = match &self.folder {
            Some(written) if !is_folder(&written.value) => {
                report.report(not_a_folder(written));
                return None;
            }
            Some(written) => written.value.trim_matches('/'),
            None => FOLDER,
        };
        let background = match &self.background {
            Some(written) => color(written, report),
            None => None,
        };
        let Some(source) = &self.source else {
            report.report(no_source(self.span.clone()));
            return None;
        };
        let drawing = drawing_of("source", source, around, report)?;
        let mut other = |key, written: &Option<At<String>>| {
            let written = written.as_ref()?;
            drawing_of(key, written, around, report)
        };
        let maskable = other("maskable", &self.maskable);
        let monochrome = other("monochrome", &self.monochrome);
        let set = Set {
            folder,
            background,
            manifest: around.manifest,
            drawing: &drawing,
            maskable: maskable.as_ref(),
            monochrome: monochrome.as_ref(),
            favicon: around.favicon,
            splash: self.splash.as_ref().is_some_and(|at| at.value),
        };
        match (&maskable, &self.maskable) {
            (Some(drawing), Some(written)) => {
                let reach = drawing.reach(set.ground(drawing));
                if reach > SAFE + TOLERANCE {
                    report.report(out_of_the_safe_zone(written, reach));
                }
            }
            _ => {
                let scale = drawing.safe_scale(set.ground(&drawing));
                if scale < SMALL {
                    report.report(made_small(source, scale));
                }
            }
        }
        Some(set.drawn())
    }
}

impl Icons {
    /// Returns what belongs into the head of every page; `base` is the URL path that the site is served under.
    pub fn parts(&self, base: &str) -> Vec<Part> {
        let link = |link: &Link| Part::Link {
            rel: link.rel,
            url: UrlPath::of_file(&link.path).below(base),
            media_type: link.media_type,
            sizes: link.sizes.clone(),
            media: link.media.clone(),
        };
        let mut parts: Vec<Part> = self.links.iter().map(link).collect();
        if self.splash {
            // Without these, Apple's devices show the screens to nobody.
            parts.extend(
                ["mobile-web-app-capable", "apple-mobile-web-app-capable"].map(|name| Part::Meta {
                    name,
                    content: "yes".to_owned(),
                    media: None,
                }),
            );
        }
        parts
    }

    /// Returns what the manifest lists.
    pub fn listed(&self) -> impl Iterator<Item = (&Icon, Purpose)> {
        self.files
            .iter()
            .filter_map(|icon| icon.purpose.map(|purpose| (icon, purpose)))
    }
}

/// What browsers ask for that nobody told of an icon.
pub const FAVICON: &str = "favicon.ico";

/// What a reach may be too far without anybody seeing it, in edges of the icon.
const TOLERANCE: f64 = 0.015;

/// A drawing that has to be made smaller than this for launchers that cut should have another for them.
const SMALL: f64 = 0.6;

/// The part of an icon with rounded corners that a drawing takes up that does not fill the square.
const AIRY: f64 = 0.8;

const ANY: [u32; 3] = [48, 192, 512];
const MASKABLE: [u32; 2] = [192, 512];
const MONOCHROME: [u32; 2] = [96, 192];
const APPLE: u32 = 180;
const FAVICONS: [u32; 3] = [16, 32, 48];

/// The screens of Apple's devices: width, height, and pixels to each of theirs, held upright.
const SCREENS: [(u32, u32, u32); 22] = [
    (320, 568, 2),
    (375, 667, 2),
    (375, 812, 3),
    (390, 844, 3),
    (393, 852, 3),
    (402, 874, 3),
    (414, 736, 3),
    (414, 896, 2),
    (414, 896, 3),
    (420, 912, 3),
    (428, 926, 3),
    (430, 932, 3),
    (440, 956, 3),
    (744, 1133, 2),
    (768, 1024, 2),
    (810, 1080, 2),
    (820, 1180, 2),
    (834, 1112, 2),
    (834, 1194, 2),
    (834, 1210, 2),
    (1024, 1366, 2),
    (1032, 1376, 2),
];

/// All that has to be known to draw.
struct Set<'a> {
    folder: &'a str,
    background: Option<Color>,
    manifest: Backgrounds,
    drawing: &'a Drawing,
    maskable: Option<&'a Drawing>,
    monochrome: Option<&'a Drawing>,
    /// The site has none of its own.
    favicon: bool,
    splash: bool,
}

/// What is to be drawn, and what is said about it.
struct Order<'a> {
    stem: String,
    ending: &'static str,
    sizes: String,
    media_type: &'static str,
    purpose: Option<Purpose>,
    kept: bool,
    link: Option<Link>,
    draw: Box<dyn Fn() -> Option<Vec<u8>> + Sync + 'a>,
}

impl Set<'_> {
    /// Returns the colour under a drawing that must not let anything through.
    fn ground(&self, drawing: &Drawing) -> Color {
        let own = self.background.or_else(|| drawing.plate());
        own.or(self.manifest.light).unwrap_or(Color::WHITE)
    }

    fn drawn(&self) -> Icons {
        let mut orders = vec![self.svg()];
        orders.extend(ANY.map(|edge| self.any(edge)));
        orders.extend(MASKABLE.map(|edge| self.cut(edge)));
        orders.extend(MONOCHROME.map(|edge| self.tinted(edge)));
        orders.push(self.apple());
        if self.splash {
            orders.extend(self.screens());
        }
        let pictures: Vec<Option<Vec<u8>>> =
            orders.par_iter().map(|order| (order.draw)()).collect();
        let mut icons = Icons {
            files: Vec::new(),
            links: Vec::new(),
            splash: self.splash,
        };
        if self.favicon {
            icons.links.push(Link {
                rel: "icon",
                path: FAVICON.to_owned(),
                media_type: None,
                sizes: Some("32x32".to_owned()),
                media: None,
            });
            icons.files.push(self.ico());
        }
        let vector = pictures.first().is_some_and(Option::is_some);
        for (order, contents) in orders.into_iter().zip(pictures) {
            let Some(contents) = contents else { continue };
            let path = Digest::of(&contents).name(&order.stem, order.ending);
            let icon = Icon {
                path: format!("{}{path}", with_slash(self.folder)),
                contents,
                sizes: order.sizes,
                media_type: order.media_type,
                purpose: order.purpose,
                kept: order.kept,
            };
            // A page needs one icon: the drawing, where there is one.
            let link = order
                .link
                .filter(|link| link.rel != "icon" || link.sizes.is_none() || !vector);
            if let Some(link) = link {
                icons.links.push(Link {
                    path: icon.path.clone(),
                    ..link
                });
            }
            icons.files.push(icon);
        }
        icons
    }

    fn svg(&self) -> Order<'_> {
        Order {
            stem: "icon".to_owned(),
            ending: "svg",
            sizes: "any".to_owned(),
            media_type: "image/svg+xml",
            purpose: Some(Purpose::Any),
            kept: true,
            link: Some(link("icon", Some("image/svg+xml"), None)),
            draw: Box::new(|| self.drawing.svg()),
        }
    }

    fn any(&self, edge: u32) -> Order<'_> {
        Order {
            link: (edge == 192).then(|| link("icon", Some("image/png"), Some(square(edge)))),
            // Notifications show the middle one.
            kept: edge == 192,
            ..png("icon", edge, Some(Purpose::Any), move || {
                self.drawing.png(edge, 1.0, None)
            })
        }
    }

    fn cut(&self, edge: u32) -> Order<'_> {
        png(
            "maskable",
            edge,
            Some(Purpose::Maskable),
            move || match self.maskable {
                Some(drawing) => drawing.png(edge, 1.0, Some(self.ground(drawing))),
                None => {
                    let ground = self.ground(self.drawing);
                    self.drawing
                        .png(edge, self.drawing.safe_scale(ground), Some(ground))
                }
            },
        )
    }

    fn tinted(&self, edge: u32) -> Order<'_> {
        let drawing = self.monochrome.unwrap_or(self.drawing);
        Order {
            // The small one is the badge of notifications.
            kept: edge == 96,
            ..png("monochrome", edge, Some(Purpose::Monochrome), move || {
                drawing.monochrome(edge)
            })
        }
    }

    fn apple(&self) -> Order<'_> {
        Order {
            link: Some(link("apple-touch-icon", None, None)),
            ..png("apple-touch", APPLE, None, || {
                let drawing = self.maskable.unwrap_or(self.drawing);
                let ground = self.ground(drawing);
                let fills = self.maskable.is_some() || drawing.plate() == Some(ground);
                drawing.png(APPLE, if fills { 1.0 } else { AIRY }, Some(ground))
            })
        }
    }

    fn ico(&self) -> Icon {
        Icon {
            path: FAVICON.to_owned(),
            contents: self.drawing.ico(&FAVICONS),
            sizes: FAVICONS.map(square).join(" "),
            media_type: "image/x-icon",
            purpose: None,
            kept: true,
        }
    }

    fn screens(&self) -> Vec<Order<'_>> {
        let light = self
            .manifest
            .light
            .or(self.background)
            .unwrap_or(Color::WHITE);
        let schemes = match self.manifest.dark {
            None => vec![("", "", light)],
            // The last that fits is shown, so the dark one comes after.
            Some(dark) => vec![
                ("", "", light),
                ("-dark", " and (prefers-color-scheme: dark)", dark),
            ],
        };
        let mut orders = Vec::new();
        for (name, condition, ground) in schemes {
            for (width, height, ratio) in SCREENS {
                for upright in [true, false] {
                    let (wide, high) = if upright {
                        (width, height)
                    } else {
                        (height, width)
                    };
                    let (wide, high) = (wide * ratio, high * ratio);
                    let way = if upright { "portrait" } else { "landscape" };
                    let media = format!(
                        "screen and (device-width: {width}px) and (device-height: {height}px) and \
                         (-webkit-device-pixel-ratio: {ratio}) and (orientation: {way}){condition}"
                    );
                    orders.push(Order {
                        sizes: format!("{wide}x{high}"),
                        link: Some(Link {
                            media: Some(media),
                            ..link("apple-touch-startup-image", None, None)
                        }),
                        stem: format!("splash-{wide}x{high}{name}"),
                        ..png("", wide, None, move || {
                            self.drawing.screen(wide, high, ground)
                        })
                    });
                }
            }
        }
        orders
    }
}

fn png<'a>(
    stem: &str,
    edge: u32,
    purpose: Option<Purpose>,
    draw: impl Fn() -> Vec<u8> + Sync + 'a,
) -> Order<'a> {
    Order {
        stem: format!("{stem}-{edge}"),
        ending: "png",
        sizes: square(edge),
        media_type: "image/png",
        purpose,
        kept: false,
        link: None,
        draw: Box::new(move || Some(draw())),
    }
}

fn link(rel: &'static str, media_type: Option<&'static str>, sizes: Option<String>) -> Link {
    Link {
        rel,
        path: String::new(),
        media_type,
        sizes,
        media: None,
    }
}

fn square(edge: u32) -> String {
    format!("{edge}x{edge}")
}

fn with_slash(folder: &str) -> String {
    match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    }
}

fn is_folder(name: &str) -> bool {
    let inside = name
        .trim_matches('/')
        .split('/')
        .all(|part| !matches!(part, ".." | "."));
    inside && !name.contains(['\\', '?', '#', '%', ':'])
}

fn color(written: &At<String>, report: &mut Diagnostics) -> Option<Color> {
    match Color::parse(&written.value) {
        Ok(color) => Some(color),
        Err(why) => {
            report.report(no_color(written, why));
            None
        }
    }
}

/// Reads a drawing; what it lacks becomes a finding.
fn drawing_of(
    key: &str,
    written: &At<String>,
    around: &Around,
    report: &mut Diagnostics,
) -> Option<Drawing> {
    let Some(bytes) = around.sources.get(&written.value) else {
        report.report(not_there(key, written));
        return None;
    };
    match Drawing::parse(bytes) {
        Ok(drawing) => Some(drawing),
        Err(flaw) => {
            report.report(flawed(written, flaw));
            None
        }
    }
}

fn no_source(section: Span) -> Diagnostic {
    Diagnostic::error("icons-source", "`[icons]` has nothing to draw from", section)
        .label("no `source`")
        .help("add `source = \"logo.svg\"`: a square SVG, or a square PNG of 512 pixels or more, relative to pwa.toml")
}

fn not_there(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "icons-missing",
        format!("there is no file `{}`", written.value),
        written.span.clone(),
    )
    .label(format!("`{key}` needs it"))
    .help("give the way from pwa.toml to the picture")
}

fn flawed(written: &At<String>, flaw: Flaw) -> Diagnostic {
    let name = &written.value;
    let span = written.span.clone();
    match flaw {
        Flaw::Kind => Diagnostic::error(
            "icons-kind",
            format!("`{name}` is neither SVG nor PNG"),
            span,
        )
        .label("its contents say so, whatever its name says")
        .help("give an SVG, or a PNG of 512 pixels or more"),
        Flaw::Unreadable(why) => {
            Diagnostic::error("icons-broken", format!("`{name}` cannot be read"), span)
                .label(why)
                .help("save it anew with the program that made it")
        }
        Flaw::Text(line) => Diagnostic::error(
            "icons-text",
            format!("`{name}` has text in it"),
            span,
        )
        .label(format!("in line {line}"))
        .help(
            "turn the text into paths: fonts differ from machine to machine, and an icon must not",
        ),
        Flaw::Pictures(line) => Diagnostic::error(
            "icons-picture",
            format!("`{name}` has a picture in it"),
            span,
        )
        .label(format!("in line {line}"))
        .help("give that picture itself as a PNG, or draw it with paths"),
        Flaw::NotSquare(width, height) => {
            Diagnostic::error("icons-square", format!("`{name}` is not square"), span)
                .label(format!("{width} wide and {height} high"))
                .help("put it into the middle of a square")
        }
        Flaw::TooSmall(edge) => Diagnostic::error(
            "icons-small",
            format!("`{name}` is too small to draw from"),
            span,
        )
        .label(format!("{edge} pixels wide"))
        .help(format!(
            "give an SVG, or a PNG of {SMALLEST} pixels or more"
        )),
        Flaw::Empty => Diagnostic::error(
            "icons-empty",
            format!("nothing can be seen in `{name}`"),
            span,
        )
        .label("every pixel is transparent")
        .help("look at its `viewBox` and its colours; an `<img>` of it would be empty, too"),
        Flaw::LeftOut => Diagnostic::error("icons-source", "this mdpwa cannot draw", span)
            .label("it was built without its feature `icons`")
            .help("build it with `--features icons`, or remove `[icons]`"),
    }
}

fn not_a_folder(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "icons-folder",
        "`folder` is not a folder inside the root",
        written.span.clone(),
    )
    .label("written relative to the site's root")
    .help(format!("the usual folder is `\"{FOLDER}\"`"))
}

fn no_color(written: &At<String>, why: NoColor) -> Diagnostic {
    let label = match why {
        NoColor::Unknown => "no colour of CSS",
        NoColor::Transparent => "one can look through it",
    };
    Diagnostic::error(
        "icons-color",
        "`background` is not a colour to stand on",
        written.span.clone(),
    )
    .label(label)
    .help("give an opaque colour, such as `\"#f6f3ec\"`")
}

fn out_of_the_safe_zone(written: &At<String>, reach: f64) -> Diagnostic {
    Diagnostic::warning("icons-safe-zone", "launchers would cut something off", written.span.clone())
        .label(format!("the drawing reaches {:.0} % of the way from the centre to a side", reach * 200.0))
        .help("keep everything that matters within 80 %, in a circle, and let the background fill the square")
}

fn made_small(written: &At<String>, scale: f64) -> Diagnostic {
    Diagnostic::warning("icons-maskable", "the drawing is small where launchers cut icons", written.span.clone())
        .label(format!("made {:.0} % as large, so that nothing is cut off", scale * 100.0))
        .help("give `maskable` a drawing whose background fills the square; what matters in a circle of 80 % of its width")
}

#[cfg(all(test, feature = "icons"))]
mod tests {
    use super::*;

    const DOT: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><circle cx='5' cy='5' r='3'/></svg>";

    fn set(drawing: &Drawing) -> Set<'_> {
        Set {
            folder: "icons",
            background: None,
            manifest: Backgrounds::default(),
            drawing,
            maskable: None,
            monochrome: None,
            favicon: true,
            splash: false,
        }
    }

    #[test]
    fn names_say_what_is_in_the_files() {
        let drawing = Drawing::parse(DOT).expect("a drawing");
        for icon in set(&drawing).drawn().files {
            let hash = &Digest::of(&icon.contents).name("", "")[1..11];
            assert!(
                icon.path == FAVICON || icon.path.contains(hash),
                "{}",
                icon.path
            );
        }
    }

    #[test]
    fn every_screen_has_a_picture_in_both_schemes() {
        let drawing = Drawing::parse(DOT).expect("a drawing");
        let mut set = set(&drawing);
        set.manifest.dark = Some(Color::new(0, 0, 0));
        let screens = set.screens();
        assert_eq!(screens.len(), SCREENS.len() * 4);
        let dark = screens
            .iter()
            .filter(|order| order.stem.ends_with("-dark"))
            .count();
        assert_eq!(dark, screens.len() / 2);
        let first = screens
            .first()
            .and_then(|order| order.link.clone())
            .and_then(|link| link.media);
        assert_eq!(
            first.as_deref(),
            Some(
                "screen and (device-width: 320px) and (device-height: 568px) and \
                 (-webkit-device-pixel-ratio: 2) and (orientation: portrait)"
            )
        );
        let picture = (screens[1].draw)().expect("a picture");
        let found = crate::picture::Picture::of(&picture).and_then(|picture| picture.size);
        assert_eq!(found, Some((1136, 640)));
    }
}
