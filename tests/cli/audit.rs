//! `mdpwa audit`: every folder of `tests/audit` is a site that is broken in one way, laid over the sound one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq};

use crate::site::mdpwa;

const SOUND: &str = "sound";

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sound site with another laid over it, built.
fn built(over: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for layer in [SOUND, over] {
        lay(&home().join("tests/audit").join(layer), folder.path());
    }
    mdpwa(folder.path(), ["build"]).assert().success();
    folder
}

fn lay(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("a readable folder");
        let target = to.join(entry.path().strip_prefix(from).expect("inside"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else if entry.file_name() != "said.txt" {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn broken() -> Vec<String> {
    let folders = fs::read_dir(home().join("tests/audit")).expect("a folder");
    let names = folders.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.into_string().expect("UTF-8"))
        .filter(|name| name != SOUND)
        .collect();
    names.sort();
    names
}

#[test]
fn every_fault_is_found_and_said() {
    for name in broken() {
        let site = built(&name);
        let audited = mdpwa(site.path(), ["audit"]).assert().code(1);
        let said = String::from_utf8_lossy(&audited.get_output().stdout).into_owned();
        assert!(said.contains(&format!("[{name}]")), "{name}: {said}");
        let golden = home().join("tests/audit").join(&name).join("said.txt");
        assert_data_eq!(said, Data::read_from(&golden, None).raw());
    }
}

#[test]
fn every_fault_that_is_known_has_a_broken_site() {
    let source = fs::read_to_string(home().join("src/audit.rs")).expect("a source");
    let codes: BTreeSet<&str> = source
        .split('"')
        .filter(|text| text.starts_with("audit-") && !text.contains(' '))
        .collect();
    let mut folders: BTreeSet<String> = broken().into_iter().collect();
    // What is built is never stale.
    folders.insert("audit-stale".to_owned());
    assert!(codes.len() > 15, "{codes:?}");
    assert_eq!(codes, folders.iter().map(String::as_str).collect());
}

#[test]
fn nothing_is_found_in_a_sound_site_and_in_the_example() {
    let example = tempfile::tempdir().expect("a temporary folder");
    lay(&home().join("example"), example.path());
    mdpwa(example.path(), ["build"]).assert().success();
    for site in [built(SOUND), example] {
        mdpwa(site.path(), ["audit"])
            .assert()
            .success()
            .stdout_eq("");
    }
}

#[test]
fn a_site_that_was_changed_after_its_build_is_stale() {
    let site = built(SOUND);
    let page = site.path().join("public/index.html");
    let text = fs::read_to_string(&page).expect("a page");
    fs::write(&page, text.replace("<h1>", "<h1>Not so ")).expect("a page");

    let audited = mdpwa(site.path(), ["audit"]).assert().code(1);

    let said = String::from_utf8_lossy(&audited.get_output().stdout).into_owned();
    assert!(said.contains("[audit-stale]"), "{said}");
}

#[test]
fn programs_read_json_and_sarif() {
    let site = built("audit-icon-size");
    let json = |words: &[&str]| -> serde_json::Value {
        let output = mdpwa(site.path(), ["audit"]).args(words).output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let found = &json(&["--format", "json"])["findings"][0];
    assert_eq!(found["code"], "audit-icon-size");
    assert_eq!(found["file"], "icons/192.png");

    let sarif = json(&["--sarif"]);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    let file: PathBuf = site.path().join(place.as_str().expect("a path"));
    assert!(file.is_file(), "{}", file.display());
}
