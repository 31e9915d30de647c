//! The whole plan on one page: a map of what is kept, tables, and every decision, for a person to look at.

use std::collections::BTreeMap;

use askama::Template;

use crate::features::assets::human_size;
use crate::plan::Plan;
use crate::site::Digest;

/// A kept file: its path, its bytes, and its bytes after gzip.
pub type Weighed<'a> = (&'a str, u64, u64);

/// Returns the page; nothing in it needs a script, another host or another file.
pub fn page(plan: &Plan, weighed: &[Weighed]) -> String {
    let total = |files: &mut dyn Iterator<Item = &Weighed<'_>>| {
        files.fold((0, 0, 0), |(count, raw, gzip), file| {
            (count + 1, raw + file.1, gzip + file.2)
        })
    };
    let row = |name: &str, (files, raw, gzip): (usize, u64, u64)| Row {
        name: name.to_owned(),
        files,
        raw: human_size(raw),
        gzip: human_size(gzip),
    };
    let by_path: BTreeMap<&str, &Weighed> = weighed.iter().map(|file| (file.0, file)).collect();
    let groups = plan.assets.iter().map(|group| {
        let mut files = group
            .files
            .iter()
            .filter_map(|file| by_path.get(file.path.as_str()).copied());
        let install = serde_json::to_value(group.install).unwrap_or_default();
        let name = format!("{} ({})", group.name, install.as_str().unwrap_or_default());
        row(&name, total(&mut files))
    });
    let mut kinds: BTreeMap<usize, Vec<Weighed>> = BTreeMap::new();
    for file in weighed {
        kinds.entry(kind(file.0)).or_default().push(*file);
    }
    let kinds = kinds.iter().map(|(kind, files)| Kind {
        index: *kind,
        row: row(KINDS[*kind].0, total(&mut files.iter())),
    });
    let mut largest = weighed.to_vec();
    largest.sort_by_key(|(path, raw, gzip)| (u64::MAX - gzip, u64::MAX - raw, *path));
    let largest = largest
        .iter()
        .take(LARGEST)
        .map(|file| row(file.0, (1, file.1, file.2)));
    let style = STYLE.replace('\n', "");
    let page = Page {
        name: &plan.app.name,
        all: row("", total(&mut weighed.iter())),
        style_digest: base64_of(&style),
        style: &style,
        maps: vec![
            Map::of(weighed, "wide", 1200.0, 640.0),
            Map::of(weighed, "middle", 760.0, 560.0),
            Map::of(weighed, "narrow", 360.0, 520.0),
        ],
        groups: groups.collect(),
        kinds: kinds.collect(),
        largest: largest.collect(),
        decisions: decisions(plan),
    };
    match page.render() {
        Ok(text) => text,
        Err(error) => unreachable!("a template without values that can fail: {error}"),
    }
}

/// Files that the table of the largest names.
const LARGEST: usize = 40;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    name: &'a str,
    all: Row,
    style: &'a str,
    style_digest: String,
    maps: Vec<Map>,
    groups: Vec<Row>,
    kinds: Vec<Kind>,
    largest: Vec<Row>,
    decisions: Vec<Section>,
}

struct Section {
    title: String,
    facts: Vec<Fact>,
}

struct Fact {
    key: String,
    value: String,
}

struct Row {
    name: String,
    files: usize,
    raw: String,
    gzip: String,
}

struct Kind {
    index: usize,
    row: Row,
}

const STYLE: &str = include_str!("../templates/report.css");

/// What files are, and the endings of their names.
const KINDS: [(&str, &[&str]); 7] = [
    ("pages", &["html", "htm", "xhtml"]),
    ("scripts", &["js", "mjs", "wasm"]),
    ("styles", &["css"]),
    (
        "images",
        &["avif", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp"],
    ),
    ("fonts", &["otf", "ttf", "woff", "woff2"]),
    ("data", &["csv", "inv", "json", "txt", "webmanifest", "xml"]),
    ("other", &[]),
];

fn kind(path: &str) -> usize {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default();
    let known = KINDS
        .iter()
        .position(|(_, endings)| endings.contains(&ending.as_str()));
    known.unwrap_or(KINDS.len() - 1)
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(Digest::of(text.as_bytes()).0)
}

/// A picture in which the area of every file is as large as the file.
struct Map {
    /// On screens of this kind.
    class: &'static str,
    width: f64,
    height: f64,
    folders: Vec<Folder>,
}

/// The files of a folder, side by side.
struct Folder {
    place: Place,
    title: String,
    /// Where there is room for it.
    name: String,
    tiles: Vec<Tile>,
}

struct Tile {
    place: Place,
    kind: usize,
    title: String,
    /// Where there is room for it.
    label: String,
}

/// A rectangle as text.
struct Place {
    x: String,
    y: String,
    width: String,
    height: String,
}

/// A title, a size, and a kind.
type Area = (String, f64, usize);

/// From the left, from above, how wide, how high.
type Rectangle = [f64; 4];

/// Tiles for which there is room; what is smaller goes together.
const TILES: usize = 240;

/// What the name of a folder takes above its files.
const HEAD: f64 = 18.0;

/// Between two folders.
const GAP: f64 = 3.0;

impl Map {
    fn of(files: &[Weighed], class: &'static str, width: f64, height: f64) -> Self {
        let mut areas: Vec<(f64, &str, Vec<Area>)> = areas(files)
            .into_iter()
            .map(|(name, tiles)| (tiles.iter().map(|tile| tile.1).sum(), name, tiles))
            .collect();
        areas.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
        let sizes: Vec<f64> = areas.iter().map(|(size, ..)| *size).collect();
        let places = squarified(&sizes, [0.0, 0.0, width, height]);
        let folders = places.into_iter().zip(areas);
        Self {
            class,
            width,
            height,
            folders: folders
                .map(|(place, (_, name, tiles))| Folder::of(place, name, tiles))
                .collect(),
        }
    }
}

/// Returns what is to be shown folder by folder, so that what belongs together lies together.
fn areas<'a>(files: &[Weighed<'a>]) -> BTreeMap<&'a str, Vec<Area>> {
    let mut folders: BTreeMap<&str, Vec<Area>> = BTreeMap::new();
    let mut sorted = files.to_vec();
    sorted.sort_by_key(|(path, _, gzip)| (u64::MAX - gzip, *path));
    let (shown, rest) = sorted.split_at(sorted.len().min(TILES));
    for (path, raw, gzip) in shown {
        let (raw, size) = (human_size(*raw), human_size(*gzip));
        let title = format!("{path}: {raw}, {size} gzipped");
        let area = (title, *gzip as f64, kind(path));
        folders.entry(folder(path)).or_default().push(area);
    }
    let mut small: BTreeMap<(&str, usize), (usize, u64)> = BTreeMap::new();
    for (path, _, gzip) in rest {
        let sum = small.entry((folder(path), kind(path))).or_default();
        *sum = (sum.0 + 1, sum.1 + gzip);
    }
    for ((folder, kind), (count, gzip)) in small {
        let (name, size) = (KINDS[kind].0, human_size(gzip));
        let title = format!("{folder} {count} more {name}: {size} gzipped");
        let area = (title, gzip as f64, kind);
        folders.entry(folder).or_default().push(area);
    }
    folders
}

impl Folder {
    fn of([x, y, width, height]: Rectangle, name: &str, mut areas: Vec<Area>) -> Self {
        let (width, height) = ((width - GAP).max(0.3), (height - GAP).max(0.3));
        let size: f64 = areas.iter().map(|area| area.1).sum();
        let title = format!("{name}: {} gzipped", human_size(size as u64));
        // A name must not cost the files a part that one would notice.
        let name = match height >= 4.0 * HEAD {
            true => fitting(name, width),
            false => String::new(),
        };
        let head = if name.is_empty() { 0.0 } else { HEAD };
        areas.sort_by(|a, b| b.1.total_cmp(&a.1));
        let sizes: Vec<f64> = areas.iter().map(|area| area.1).collect();
        let places = squarified(&sizes, [x, y + head, width, height - head]);
        let tiles = places.into_iter().zip(areas);
        Self {
            place: Place::of([x, y, width, height]),
            title,
            name,
            tiles: tiles
                .map(|(place, (title, _, kind))| Tile::of(place, title, kind))
                .collect(),
        }
    }
}

impl Tile {
    fn of([x, y, width, height]: Rectangle, title: String, kind: usize) -> Self {
        let path = title.split(": ").next().unwrap_or_default();
        let name = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_start();
        let label = match height >= 18.0 {
            true => fitting(name, width),
            false => String::new(),
        };
        Self {
            place: Place::of([x, y, (width - 1.0).max(0.3), (height - 1.0).max(0.3)]),
            kind,
            title,
            label,
        }
    }
}

impl Place {
    fn of(rectangle: Rectangle) -> Self {
        let [x, y, width, height] = rectangle.map(|number| format!("{number:.1}"));
        Self {
            x,
            y,
            width,
            height,
        }
    }
}

/// Returns as much of a name as there is room for, its ending last; nothing where that says nothing.
fn fitting(name: &str, width: f64) -> String {
    // A letter is about seven wide.
    let room = ((width - 8.0) / 7.0).max(0.0) as usize;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let fits = |name: &&str| !name.is_empty() && name.chars().count() <= room;
    if let Some(whole) = [name, stem].into_iter().find(fits) {
        whole.to_owned()
    } else if room < 4 {
        String::new()
    } else {
        name.chars().take(room - 1).chain(['…']).collect()
    }
}

/// The first folder of a path.
fn folder(path: &str) -> &str {
    match path[1..].find('/') {
        Some(end) => &path[..end + 2],
        None => "/",
    }
}

/// Divides a rectangle by sizes, the largest first, into pieces that are as square as can be.
fn squarified(sizes: &[f64], [mut x, mut y, mut width, mut height]: Rectangle) -> Vec<Rectangle> {
    let total: f64 = sizes.iter().sum();
    let scale = if total > 0.0 {
        width * height / total
    } else {
        0.0
    };
    let mut places = Vec::with_capacity(sizes.len());
    let mut rest = sizes;
    while !rest.is_empty() {
        let side = width.min(height);
        let worst = |row: &[f64]| {
            let area: f64 = row.iter().sum::<f64>() * scale;
            let thickness = area / side;
            let ratio = |size: &f64| {
                let length = size * scale / thickness;
                (length / thickness).max(thickness / length)
            };
            row.iter().map(ratio).fold(0.0, f64::max)
        };
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count]) <= worst(&rest[..count]) {
            count += 1;
        }
        let (row, after) = rest.split_at(count);
        let area: f64 = row.iter().sum::<f64>() * scale;
        let thickness = if side > 0.0 { area / side } else { 0.0 };
        let mut at = 0.0;
        for size in row {
            let length = if thickness > 0.0 {
                size * scale / thickness
            } else {
                0.0
            };
            places.push(match width >= height {
                true => [x, y + at, thickness, length],
                false => [x + at, y, length, thickness],
            });
            at += length;
        }
        if width >= height {
            x += thickness;
            width = (width - thickness).max(0.0);
        } else {
            y += thickness;
            height = (height - thickness).max(0.0);
        }
        rest = after;
    }
    places
}

/// Everything that was decided but for the files, a table for each section.
fn decisions(plan: &Plan) -> Vec<Section> {
    let whole = serde_json::to_value(plan).unwrap_or_default();
    let mut sections = Vec::new();
    for (name, value) in whole.as_object().into_iter().flatten() {
        let items = match value {
            _ if name == "assets" => continue,
            serde_json::Value::Object(_) => vec![(name.clone(), value)],
            serde_json::Value::Array(items) => items
                .iter()
                .map(|item| {
                    let own = ["name", "tag"].iter().find_map(|key| item[key].as_str());
                    (format!("{name} {}", own.unwrap_or_default()), item)
                })
                .collect(),
            _ => continue,
        };
        for (title, item) in items {
            let facts = item
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| {
                    let said = match value {
                        serde_json::Value::Null => return None,
                        serde_json::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    (!["", "[]", "{}"].contains(&said.as_str())).then(|| Fact {
                        key: key.clone(),
                        value: said,
                    })
                });
            let facts: Vec<Fact> = facts.collect();
            if !facts.is_empty() {
                sections.push(Section { title, facts });
            }
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_ending_before_it_loses_more() {
        assert_eq!(fitting("stdtypes.html", 99.0), "stdtypes.html");
        assert_eq!(fitting("stdtypes.html", 70.0), "stdtypes");
        assert_eq!(fitting("stdtypes.html", 57.0), "stdtyp…");
        assert_eq!(fitting("stdtypes.html", 30.0), "");
    }

    #[test]
    fn areas_are_as_large_as_what_they_stand_for() {
        let sizes = [60.0, 30.0, 9.0, 1.0, 0.0];
        let places = squarified(&sizes, [10.0, 20.0, 40.0, 30.0]);
        for (size, [x, y, width, height]) in sizes.iter().zip(&places) {
            assert!(
                (width * height - size * 12.0).abs() < 0.001,
                "{size}: {places:?}"
            );
            assert!(*x >= 10.0 && x + width <= 50.001 && *y >= 20.0 && y + height <= 50.001);
        }
    }
}
