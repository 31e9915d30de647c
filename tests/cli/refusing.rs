//! Exit code 2: something is wrong, it is said on standard error, and nothing is written.

use snapbox::cmd::Command;
use snapbox::str;

use crate::site::{Site, mdpwa};

/// Runs, expects a refusal and an untouched folder, returns what was said.
fn refused(site: &Site, command: Command) -> String {
    let before = site.everything();
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(site.everything(), before);
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn every_mistake_is_shown_in_one_run() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nnam = \"Notes\"\nroot = \"site\"\n\n[pages]\nstrategy = \"fresk\"\n",
    );

    let said = refused(&site, site.mdpwa(["build"]));

    for part in [
        "pwa.toml:2:1",
        "`name`",
        "pwa.toml:6:12",
        "`fresh`",
        "2 mistakes; nothing was written",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn mistakes_are_json_for_a_program() {
    let site = Site::new();
    site.write("pwa.toml", "[app]\nnam = \"Notes\"\nroot = \"site\"\n");

    let output = site
        .mdpwa(["build", "--format", "json"])
        .output()
        .expect("it runs");

    assert_eq!(output.status.code(), Some(2));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let place = &said["diagnostics"][0]["place"];
    assert_eq!(
        (&place["line"], &place["column"]),
        (&2.into(), &1.into()),
        "{said}"
    );
}

#[test]
fn a_worker_that_somebody_else_wrote_is_left_alone() {
    let site = Site::new();
    site.write("site/service-worker.js", "// mine\n");

    let said = refused(&site, site.mdpwa(["build"]));

    assert!(
        said.contains("service-worker.js was not written by mdpwa"),
        "{said}"
    );
}

#[test]
fn a_folder_in_the_way_stops_everything() {
    let site = Site::new();
    site.write("site/snippet.html/readme.txt", "a folder of this name\n");

    let said = refused(&site, site.mdpwa(["build"]));

    assert!(said.contains("snippet.html"), "{said}");
}

#[test]
fn without_a_pwa_toml_there_is_nothing_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");

    mdpwa(folder.path(), ["build"])
        .assert()
        .code(2)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: there is no pwa.toml in . or above it

"#]]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let site = Site::new();

    let said = refused(&site, site.mdpwa(["build", "--config", "other.toml"]));

    assert!(said.contains("other.toml"), "{said}");
}

#[test]
fn a_site_that_was_not_built_yet_is_said_so() {
    let site = Site::new();
    site.write("pwa.toml", "[app]\nname = \"Notes\"\nroot = \"public\"\n");

    let said = refused(&site, site.mdpwa(["build"]));

    assert!(said.contains("`public` is not a folder"), "{said}");
}

#[test]
fn an_unknown_word_is_a_matter_of_usage() {
    let site = Site::new();
    let said = refused(&site, site.mdpwa(["biuld"]));
    assert!(said.contains("build"), "{said}");
    refused(&site, site.mdpwa(["build", "--chekc"]));
}

#[test]
fn help_and_version_are_answers() {
    let site = Site::new();
    for words in [["--help"], ["--version"], ["help"]] {
        let output = site.mdpwa(words).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(
            output.stderr.is_empty() && !output.stdout.is_empty(),
            "{words:?}"
        );
    }
}
