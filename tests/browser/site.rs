//! A temporary site, built by the real binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::{self, output};

/// A folder with a pwa.toml and, in `site/` below it, the site itself.
pub(crate) struct Site {
    folder: PathBuf,
    root: PathBuf,
}

impl Site {
    /// A site of these files; `[app]` is written for it, the rest of pwa.toml is given.
    pub(crate) fn new(files: &[(&str, &str)], toml: &str) -> Site {
        let site = Site::empty("site");
        site.configure(toml);
        for (path, contents) in files {
            site.write(path, contents);
        }
        site
    }

    /// A copy of a folder with its own pwa.toml, whose root is `root`.
    pub(crate) fn copy(from: &Path, root: &str) -> Site {
        let site = Site::empty(root);
        copy(from, &site.folder);
        site
    }

    fn empty(root: &str) -> Site {
        let folder = runner::folder().join("built");
        let root = folder.join(root);
        fs::create_dir_all(&root).unwrap();
        Site { folder, root }
    }

    pub(crate) fn configure(&self, toml: &str) {
        let app = "[app]\nid = \"test\"\nname = \"Test\"\nroot = \"site\"\n";
        fs::write(self.folder.join("pwa.toml"), format!("{app}{toml}")).unwrap();
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn write(&self, path: &str, contents: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        let to = self.root.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.root.join(from), to).unwrap();
    }

    pub(crate) fn build(&self) {
        output(
            Command::new(env!("CARGO_BIN_EXE_mdpwa"))
                .arg("build")
                .arg(&self.folder),
        );
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
