//! What a visitor downloads for the worker: its code, and its list of files.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use mdpwa::project::Overrides;
use mdpwa::{Bundle, Plan, Project};

#[test]
fn a_file_of_a_thousand_pages_takes_at_most_15_bytes_of_the_list() {
    let plan = plan("python");
    let files: usize = plan.assets.iter().map(|group| group.files.len()).sum();
    assert!(files > 1000, "only {files} files are kept");

    let list = gzipped(&worker(&plan)) - gzipped(&worker(&without_list(plan)));

    let each = list as f64 / files as f64;
    println!("{each:.1} bytes gzipped for each of {files} files");
    assert!(
        each <= 15.0,
        "{each:.1} bytes gzipped for each of {files} files"
    );
}

#[test]
fn a_worker_that_only_keeps_files_is_at_most_2_kilobytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let toml = "[app]\nname = \"Bare\"\n\n[pages]\nstrategy = \"instant\"\n";
    fs::write(folder.path().join("pwa.toml"), toml).expect("a file");
    fs::write(folder.path().join("index.html"), "<!doctype html>").expect("a file");

    let code = brotlied(&worker(&without_list(planned(
        &folder.path().join("pwa.toml"),
    ))));

    println!("{code} bytes in brotli");
    assert!(code <= 2000, "{code} bytes in brotli");
}

/// The plan of a site out of a published package.
fn plan(name: &str) -> Plan {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetched = Command::new(home.join("tests/trees/fetch"))
        .arg(name)
        .status()
        .expect("the script starts");
    assert!(fetched.success(), "{name} could not be fetched");

    planned(&home.join("target/trees").join(name).join("pwa.toml"))
}

fn planned(file: &Path) -> Plan {
    let project = Project::open(file).expect("it is there");
    let planned = project
        .plan(&Overrides::default())
        .expect("the site can be read");
    planned
        .plan
        .unwrap_or_else(|| panic!("{:?}", planned.diagnostics))
}

fn without_list(mut plan: Plan) -> Plan {
    plan.assets.clear();
    plan
}

fn worker(plan: &Plan) -> String {
    let bundle = Bundle::render(plan);
    let file = bundle
        .files
        .into_iter()
        .find(|file| file.path == plan.worker.file);
    let file = file.expect("a bundle holds the worker");
    file.text().expect("a script").to_owned()
}

fn gzipped(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it").len()
}

fn brotlied(text: &str) -> usize {
    let mut packed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &best).expect("memory takes it");
    packed.len()
}
