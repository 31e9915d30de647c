//! Every diagnostic has a pwa.toml that causes it and the text that a person then sees.
//!
//! `SNAPSHOTS=overwrite cargo test --test ui` writes the texts anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::{Data, assert_data_eq};

#[test]
fn every_mistake_is_explained() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let folder = workshop(&goldens);
    for case in cases(&goldens) {
        let output = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .current_dir(&folder)
            .env("NO_COLOR", "1")
            .args(["plan", "--config", &case])
            .output()
            .expect("mdpwa starts");
        let shown = String::from_utf8(output.stderr).expect("messages are UTF-8");
        let golden = goldens.join(&case).with_extension("stderr");
        assert_data_eq!(shown, Data::read_from(&golden, None).raw());
    }
}

/// Copies the cases to where the files can lie that no repository should hold.
#[cfg(unix)]
fn workshop(goldens: &Path) -> PathBuf {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last run's copy goes");
    }
    copy(goldens, &folder);

    let linked = folder.join("linked");
    copy(&goldens.join("site"), &linked);
    symlink("gone.html", linked.join("nowhere.html")).expect("a link that leads nowhere");
    symlink("..", linked.join("sub/circle")).expect("a link that leads back");

    let odd = folder.join("odd");
    copy(&goldens.join("site"), &odd);
    fs::write(odd.join(OsStr::from_bytes(b"caf\xe9.html")), "").expect("a name that is not UTF-8");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

#[test]
fn every_code_has_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let shown: String = cases(&folder)
        .iter()
        .map(|case| {
            fs::read_to_string(folder.join(case).with_extension("stderr")).expect("a golden text")
        })
        .collect();
    let shown = shown + &of_migrations();
    let missing: Vec<String> = codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .into_iter()
        .filter(|code| !shown.contains(&format!("[{code}]")))
        .collect();
    assert!(missing.is_empty(), "no case in tests/ui shows {missing:?}");
}

/// What is said of configurations that are not pwa.toml; `tests/cli/migrate.rs` holds it.
fn of_migrations() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/migrate");
    let cases = fs::read_dir(folder).expect("tests/cli/migrate");
    let warned = cases.map(|case| case.expect("an entry").path().join("warned.txt"));
    warned
        .map(|path| fs::read_to_string(path).expect("a golden text"))
        .collect()
}

fn cases(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("tests/ui")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    names
}

/// Returns the codes that the sources give to `Diagnostic::error` and `Diagnostic::warning`.
fn codes(folder: &Path) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            codes.extend(self::codes(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            for call in ["Diagnostic::error(", "Diagnostic::warning("] {
                for rest in text.split(call).skip(1) {
                    let rest = rest.trim_start();
                    if let Some(code) = rest
                        .strip_prefix('"')
                        .and_then(|rest| rest.split('"').next())
                    {
                        codes.insert(code.to_owned());
                    }
                }
            }
        }
    }
    codes
}
