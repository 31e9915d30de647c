//! A small site in a folder of its own, and the real binary to run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use snapbox::cmd::Command;
use tempfile::TempDir;

pub(crate) const OUTPUTS: [&str; 4] = [
    "register.d.ts",
    "register.js",
    "service-worker.js",
    "snippet.html",
];

/// A folder with a pwa.toml and, in `site` below it, three files.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        site.write("pwa.toml", "[app]\nname = \"Notes\"\nroot = \"site\"\n");
        site.write("site/index.html", "<!doctype html>\n<title>Notes</title>\n");
        site.write("site/app.js", "document.title += \"!\";\n");
        site.write("site/sub/style.css", "body { margin: 0 }\n");
        site
    }

    pub(crate) fn built() -> Self {
        let site = Self::new();
        site.mdpwa(["build"]).assert().success();
        site
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, contents: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(path, contents).expect("a file");
    }

    pub(crate) fn read_bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Everything in the folder, by its path.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        everything(self.folder())
    }

    /// The command, started in the folder.
    pub(crate) fn mdpwa<const N: usize>(&self, words: [&str; N]) -> Command {
        mdpwa(self.folder(), words)
    }
}

/// The command, started in any folder.
pub(crate) fn mdpwa<const N: usize>(folder: &Path, words: [&str; N]) -> Command {
    Command::new(env!("CARGO_BIN_EXE_mdpwa"))
        .current_dir(folder)
        .env_remove("MDPWA_BASE")
        .env_remove("MDPWA_CONFIG")
        .env_remove("MDPWA_CACHE")
        .env_remove("MDPWA_FORMAT")
        .args(words)
}

pub(crate) fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let inside = entry.path().strip_prefix(folder).expect("inside");
            let contents = fs::read(entry.path()).expect("a readable file");
            (inside.to_owned(), contents)
        })
        .collect()
}
