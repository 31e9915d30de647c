//! Real sites out of published packages build as they are; the browser tests then read them offline.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use walkdir::WalkDir;

const TREES: [&str; 9] = [
    "cppreference",
    "doxygen",
    "icons",
    "mdbook",
    "python",
    "rustdoc",
    "sphinx",
    "swagger-ui",
    "vite",
];

/// Pages that a pwa.toml of ours leaves out on purpose.
const LEFT_OUT: [&str; 1] = ["mdbook/print.html"];

#[test]
fn every_page_of_every_site_is_kept() {
    for name in TREES {
        let tree = fetched(name);
        let pages: BTreeSet<String> = files(&tree.join("site"))
            .into_iter()
            .filter(|file| file.ends_with(".html"))
            .filter(|file| !LEFT_OUT.contains(&format!("{name}/{file}").as_str()))
            .collect();

        let kept = kept(&tree);

        let missing: Vec<&String> = pages.difference(&kept).collect();
        assert!(missing.is_empty(), "{name} loses {missing:?}");
        assert!(kept.len() > 10, "{name} keeps only {kept:?}");
    }
}

#[test]
fn two_builds_in_two_places_are_equal_and_fresh() {
    for name in TREES {
        let tree = fetched(name);
        let (one, two) = (Copy::of(&tree), Copy::of(&tree));

        succeed(mdpwa().arg("build").arg(one.0.path()));
        succeed(mdpwa().arg("build").current_dir(two.0.path().join("site")));
        let check = succeed(mdpwa().args(["build", "--check"]).arg(two.0.path()));

        assert!(check.stdout.is_empty(), "{name} is stale at once");
        let written = one.added(&tree);
        for file in [
            "register.d.ts",
            "register.js",
            "service-worker.js",
            "snippet.html",
        ] {
            assert!(written.contains(file), "{name}: {written:?}");
        }
        assert_eq!(two.added(&tree), written);
        for file in written {
            let [here, there] = [&one, &two].map(|copy| {
                fs::read(copy.0.path().join("site").join(&file)).expect("it was written")
            });
            assert!(here == there, "{name}: {file} differs");
        }
    }
}

/// A copy of a tree that shares its files with it: they are never written to, only replaced.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(tree: &Path) -> Self {
        // Beside the original: links to files cannot leave a file system.
        let copies = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let copy = tempfile::tempdir_in(copies).expect("a temporary folder");
        for entry in WalkDir::new(tree) {
            let entry = entry.expect("a readable folder");
            let inside = entry.path().strip_prefix(tree).expect("inside");
            let target = copy.path().join(inside);
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).expect("a folder");
            } else if entry.file_type().is_file() {
                fs::hard_link(entry.path(), target).expect("a link");
            } else {
                let leads_to = fs::read_link(entry.path()).expect("a link");
                std::os::unix::fs::symlink(leads_to, target).expect("a link");
            }
        }
        Self(copy)
    }

    /// What is in the copy's site and not in the original's.
    fn added(&self, tree: &Path) -> BTreeSet<String> {
        let before = files(&tree.join("site"));
        let after = files(&self.0.path().join("site"));
        after.difference(&before).cloned().collect()
    }
}

fn fetched(name: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    succeed(Command::new(home.join("tests/trees/fetch")).arg(name));
    home.join("target/trees").join(name)
}

/// Names from the root, with `/` between folders.
fn files(root: &Path) -> BTreeSet<String> {
    WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let inside = entry.path().strip_prefix(root).expect("inside");
            inside.to_str().expect("UTF-8").to_owned()
        })
        .collect()
}

fn kept(tree: &Path) -> BTreeSet<String> {
    let output = succeed(mdpwa().args(["plan", "--format", "json"]).arg(tree));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let groups = said["plan"]["assets"].as_array().expect("groups");
    groups
        .iter()
        .flat_map(|group| group["files"].as_array().expect("files"))
        .map(|file| {
            let path = file["path"].as_str().expect("a path");
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
            decoded.expect("UTF-8").trim_start_matches('/').to_owned()
        })
        .collect()
}

fn mdpwa() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mdpwa"))
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
