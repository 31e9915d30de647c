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

/// A picture in which every area is as large as what it stands for.
struct Map {
    /// On screens of this kind.
    class: &'static str,
    width: f64,
    height: f64,
    tiles: Vec<Tile>,
}

struct Tile {
    x: String,
    y: String,
    width: String,
    height: String,
    kind: usize,
    title: String,
    /// Where there is room for it.
    label: String,
    label_x: String,
    label_y: String,
}

/// A title, a size, and a kind.
type Area = (String, f64, usize);

/// Tiles for which there is room; what is smaller goes together.
const TILES: usize = 240;

impl Map {
    fn of(files: &[Weighed], class: &'static str, width: f64, height: f64) -> Self {
        // Folder by folder, so that what belongs together lies together.
        let mut folders: BTreeMap<&str, Vec<Area>> = BTreeMap::new();
        let mut sorted = files.to_vec();
        sorted.sort_by_key(|(path, _, gzip)| (u64::MAX - gzip, *path));
        let (shown, rest) = sorted.split_at(sorted.len().min(TILES));
        for (path, raw, gzip) in shown {
            let title = format!(
                "{path}: {}, {} gzipped",
                human_size(*raw),
                human_size(*gzip)
            );
            folders
                .entry(folder(path))
                .or_default()
                .push((title, *gzip as f64, kind(path)));
        }
        let mut small: BTreeMap<(&str, usize), (usize, u64)> = BTreeMap::new();
        for (path, _, gzip) in rest {
            let sum = small.entry((folder(path), kind(path))).or_default();
            *sum = (sum.0 + 1, sum.1 + gzip);
        }
        for ((folder, kind), (count, gzip)) in small {
            let title = format!(
                "{folder} {count} more {}: {} gzipped",
                KINDS[kind].0,
                human_size(gzip)
            );
            folders
                .entry(folder)
                .or_default()
                .push((title, gzip as f64, kind));
        }
        let mut areas: Vec<(f64, Vec<Area>)> = folders
            .into_values()
            .map(|tiles| (tiles.iter().map(|tile| tile.1).sum(), tiles))
            .collect();
        areas.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let sizes: Vec<f64> = areas.iter().map(|(size, _)| *size).collect();
        let mut tiles = Vec::new();
        for (area, (_, mut inside)) in squarified(&sizes, [0.0, 0.0, width, height])
            .into_iter()
            .zip(areas)
        {
            inside.sort_by(|a, b| b.1.total_cmp(&a.1));
            let sizes: Vec<f64> = inside.iter().map(|tile| tile.1).collect();
            for (place, (title, _, kind)) in squarified(&sizes, area).into_iter().zip(inside) {
                tiles.push(Tile::of(place, title, kind));
            }
        }
        Self {
            class,
            width,
            height,
            tiles,
        }
    }
}

impl Tile {
    fn of([x, y, width, height]: [f64; 4], title: String, kind: usize) -> Self {
        let path = title.split(": ").next().unwrap_or_default();
        let name = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        // A letter is about seven wide.
        let room = ((width - 8.0) / 7.0).max(0.0) as usize;
        let label = if height < 18.0 || room < 4 {
            String::new()
        } else if name.chars().count() <= room {
            name.to_owned()
        } else {
            name.chars().take(room - 1).chain(['…']).collect()
        };
        let one = |number: f64| format!("{number:.1}");
        Self {
            x: one(x),
            y: one(y),
            width: one((width - 1.0).max(0.3)),
            height: one((height - 1.0).max(0.3)),
            kind,
            title,
            label,
            label_x: one(x + 4.0),
            label_y: one(y + 14.0),
        }
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
fn squarified(sizes: &[f64], [mut x, mut y, mut width, mut height]: [f64; 4]) -> Vec<[f64; 4]> {
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
