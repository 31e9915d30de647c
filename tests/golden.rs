//! Every folder of `tests/golden` is a site with its pwa.toml and, in `out`, what mdpwa renders for it.
//!
//! Rooms that stand in the output to the letter are folded to one line, so that a diff shows the case; `example` is
//! whole. `SNAPSHOTS=overwrite cargo test --test golden` writes them anew.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mdpwa::minifier::{self, Kind};
use mdpwa::project::Overrides;
use mdpwa::{Bundle, Plan, Project, report};
use snapbox::data::DataFormat;
use snapbox::{Data, assert_data_eq};

#[test]
fn every_site_is_rendered_as_it_was() {
    for case in cases() {
        let name = case
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let whole = name == "example";
        for file in render(&config_of(&case), true).files {
            let golden = case.join("out").join(&file.path);
            let shown = match file.text() {
                None => {
                    let picture = Data::read_from(&golden, Some(DataFormat::Binary));
                    assert_data_eq!(Data::binary(file.contents), picture.raw());
                    continue;
                }
                Some(text) if whole => text.to_owned(),
                Some(text) => folded(text),
            };
            assert_data_eq!(shown, Data::read_from(&golden, None).raw());
        }
        for (path, page) in rewritten(&config_of(&case)) {
            let golden = Data::read_from(&case.join("out").join(path), Some(DataFormat::Binary));
            assert_data_eq!(Data::binary(page), golden.raw());
        }
    }
}

#[test]
fn what_leaves_is_rendered_as_it_was() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/everything");
    for file in Bundle::retire(&plan(&case.join("pwa.toml"), true), false).files {
        if file.path.ends_with(".js") {
            let golden = case.join("retired").join(&file.path);
            let text = file.text().expect("a script");
            assert_data_eq!(folded(text), Data::read_from(&golden, None).raw());
        }
    }
}

#[test]
fn the_example_weighs_what_the_readme_says() {
    let mut ledger = format!(
        "{:<20} {:>7} {:>7} {:>7}\n",
        "bytes", "raw", "gzip", "brotli"
    );
    let plan = plan(&config_of(Path::new("example")), false);
    let mut codeless = plan.clone();
    for group in &mut codeless.assets {
        group.files.clear();
    }
    let whole = Bundle::render(&plan).files;
    let listless = Bundle::render(&codeless)
        .files
        .pop()
        .expect("the worker comes last");
    let weighed = whole
        .iter()
        .map(|file| (file.path.as_str(), file.contents.as_slice()))
        .filter(|(path, _)| path.ends_with(".js"))
        .chain([("worker without list", listless.contents.as_slice())]);
    for (name, bytes) in weighed {
        let (gzip, brotli) = (gzipped(bytes), brotlied(bytes));
        ledger.push_str(&format!(
            "{name:<20} {:>7} {gzip:>7} {brotli:>7}\n",
            bytes.len()
        ));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/example/sizes.txt");
    assert_data_eq!(ledger, Data::read_from(&golden, None).raw());
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes every byte");
    encoder.finish().expect("memory takes every byte").len()
}

fn brotlied(bytes: &[u8]) -> usize {
    let mut small = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut small, 1 << 16, 11, 22);
    encoder.write_all(bytes).expect("memory takes every byte");
    drop(encoder);
    small.len()
}

#[test]
fn every_script_is_javascript_minified_or_not() {
    for case in cases() {
        for no_minify in [false, true] {
            let plan = plan(&config_of(&case), no_minify);
            let leaving = Bundle::retire(&plan, false).files;
            for file in Bundle::render(&plan).files.into_iter().chain(leaving) {
                let kind = match file.path.as_str() {
                    path if path == plan.worker.file => Kind::Script,
                    _ if plan.retire.workers.contains(&file.path) => Kind::Script,
                    path if path.ends_with(".js") => Kind::Module,
                    _ => continue,
                };
                if let Err(error) = minifier::check(file.text().expect("a script"), kind) {
                    panic!("{} of {}: {error}", file.path, case.display());
                }
            }
        }
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for case in cases() {
        let first = render(&config_of(&case), false).files;
        assert_eq!(first, render(&config_of(&case), false).files);
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("tests/golden")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

/// Returns the pwa.toml of a case; `example` is the example itself.
fn config_of(case: &Path) -> PathBuf {
    if case.ends_with("example") {
        return Path::new(env!("CARGO_MANIFEST_DIR")).join("example/pwa.toml");
    }
    case.join("pwa.toml")
}

fn render(config: &Path, no_minify: bool) -> Bundle {
    Bundle::render(&plan(config, no_minify))
}

/// Returns the pages that are rewritten, with their names.
fn rewritten(config: &Path) -> Vec<(String, Vec<u8>)> {
    let project = Project::open(config).expect("a pwa.toml");
    let planned = project.plan(&Overrides::default()).expect("a site");
    let bundle = Bundle::render(&planned.plan.expect("a plan"));
    let pages = bundle.pages.iter().map(|page| {
        let (_, after) = report::rewritten(&planned.root, page, &bundle)
            .expect("a page")
            .expect("it changes");
        (page.file_name(), after)
    });
    pages.collect()
}

fn plan(config: &Path, no_minify: bool) -> Plan {
    let project = Project::open(config).expect("a pwa.toml");
    let overrides = Overrides {
        no_minify,
        ..Overrides::default()
    };
    let planned = project.plan(&overrides).expect("a site");
    planned
        .plan
        .unwrap_or_else(|| panic!("{}: {:?}", config.display(), planned.diagnostics))
}

/// Replaces every room by one line that names it.
fn folded(text: &str) -> String {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut text = text.to_owned();
    for folder in ["worker", "page", "push", "sync", "bodies", "retire"] {
        for room in rooms(&templates.join(folder)) {
            let source = fs::read_to_string(&room).expect("a room");
            let name = room
                .strip_prefix(&templates)
                .expect("a template")
                .display()
                .to_string();
            text = text.replace(source.trim(), &format!("// … {}", name.replace('\\', "/")));
        }
    }
    text
}

fn rooms(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(rooms(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
