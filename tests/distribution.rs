//! What carries mdpwa to its users: the action, the archives of a release, the names they agree on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn the_action_builds_the_site_of_a_workflow() {
    let site = site();
    let built = action(&site, "build", "/repository");
    assert!(built.status.success(), "{built:?}");
    let snippet = fs::read_to_string(site.path().join("snippet.html")).expect("a snippet");
    assert!(snippet.contains("\"/repository/register.js\""), "{snippet}");

    let fresh = action(&site, "build --check", "/repository");
    assert_eq!(fresh.status.code(), Some(0), "{fresh:?}");
    fs::write(site.path().join("index.html"), "<!doctype html>new").expect("a page");
    let stale = action(&site, "build --check", "/repository");
    assert_eq!(stale.status.code(), Some(1), "{stale:?}");
}

#[test]
fn the_action_evaluates_nothing_of_what_a_workflow_says() {
    let site = site();
    let told = action(&site, "build $(touch evaluated) `touch evaluated`", "");
    assert!(!told.status.success(), "{told:?}");
    assert!(!site.path().join("evaluated").exists());
}

#[test]
fn a_runner_that_has_mdpwa_keeps_it() {
    let site = site();
    let installed = Command::new(home().join("action/install"))
        .env("PATH", with_mdpwa())
        .env("MDPWA_VERSION", "v0.0.0")
        .current_dir(site.path())
        .output()
        .expect("a script");
    assert!(installed.status.success(), "{installed:?}");
    assert!(installed.stdout.starts_with(b"mdpwa "), "{installed:?}");
}

#[cfg(unix)]
#[test]
fn an_archive_holds_the_binary_and_its_checksum_is_right() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(home().join(name), folder.path().join(name)).expect("a file");
    }
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("a program");
        assert!(output.status.success(), "{output:?}");
        output
    };
    let binary = Path::new(env!("CARGO_BIN_EXE_mdpwa"));
    let beside = binary.parent().expect("a folder").to_string_lossy();
    run(
        &home().join(".github/package"),
        &["x86_64-unknown-linux-musl", &beside],
    );
    let archive = "mdpwa-x86_64-unknown-linux-musl.tar.gz";
    run(
        "sha256sum".as_ref(),
        &["--check", &format!("{archive}.sha256")],
    );
    run("tar".as_ref(), &["-xzf", archive]);
    let version = run(&folder.path().join("mdpwa"), &["--version"]);
    assert!(version.stdout.starts_with(b"mdpwa "), "{version:?}");
}

#[test]
fn the_action_finds_what_a_release_packs() {
    let release = read(".github/workflows/release.yml");
    let install = read("action/install");
    let targets: Vec<&str> = release
        .split("target: ")
        .skip(1)
        .filter_map(|rest| rest.split([',', '\n']).next())
        .filter(|target| target.contains('-'))
        .collect();
    assert_eq!(targets.len(), 5, "{targets:?}");
    for target in targets {
        assert!(install.contains(target), "{target} cannot be installed");
    }
    let archive = "mdpwa-{ target }{ archive-suffix }";
    assert!(read("Cargo.toml").contains(archive));
    assert!(read(".github/package").contains("archive=\"mdpwa-$target.tar.gz\""));
}

#[test]
fn the_hooks_are_commands_of_mdpwa() {
    for entry in read(".pre-commit-hooks.yaml")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: mdpwa "))
    {
        let site = site();
        let words = entry.split(' ');
        let run = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .args(words)
            .current_dir(site.path())
            .output()
            .expect("a program");
        let code = run.status.code().expect("a code");
        assert_eq!(code, i32::from(entry.contains("--check")), "{run:?}");
    }
}

/// A site that has never been built.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("pwa.toml"),
        "[app]\nname = \"Herons\"\nroot = \".\"\n\n[[assets]]\ninclude = [\"*.html\"]\n",
    )
    .expect("a file");
    fs::write(folder.path().join("index.html"), "<!doctype html>").expect("a page");
    folder
}

fn action(site: &tempfile::TempDir, command: &str, base: &str) -> Output {
    Command::new(home().join("action/build"))
        .env("PATH", with_mdpwa())
        .env("MDPWA_COMMAND", command)
        .env("MDPWA_SERVED_UNDER", base)
        .env("MDPWA_DIRECTORY", ".")
        .current_dir(site.path())
        .output()
        .expect("a script")
}

fn with_mdpwa() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_mdpwa"))
        .parent()
        .expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(own.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(all).expect("a path")
}

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(home().join(name)).expect("a file of the project")
}
