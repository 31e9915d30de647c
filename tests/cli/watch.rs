//! `mdpwa build --watch` follows the site, and never its own files; `--cache` remembers what was read.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::site::Site;

/// A build that goes on, and what it says line by line.
struct Watched {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watched {
    fn of(site: &Site) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .current_dir(site.folder())
            .env_remove("MDPWA_BASE")
            .args(["build", "--watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("mdpwa starts");
        let out = process.stdout.take().expect("it is piped");
        let mut watched = Self {
            process,
            lines: BufReader::new(out).lines(),
        };
        watched.until("watching");
        watched
    }

    /// Reads until a line has these words; all lines until then.
    fn until(&mut self, words: &str) -> Vec<String> {
        let mut read = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.expect("UTF-8");
            let found = line.contains(words);
            read.push(line);
            if found {
                return read;
            }
        }
        panic!("it ended before it said {words}: {read:#?}");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}

#[test]
fn each_change_is_one_rebuild_and_its_own_files_are_none() {
    let site = Site::new();
    let mut watched = Watched::of(&site);
    let worker = |site: &Site| site.read("site/service-worker.js");
    let first = worker(&site);

    site.write("site/app.js", "document.title += \"?\";\n");
    let lines = watched.until("service-worker.js");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let second = worker(&site);
    assert_ne!(first, second);

    fs::remove_file(site.path("site/app.js")).expect("it is there");
    let lines = watched.until("service-worker.js");
    assert_eq!(
        lines.len(),
        1,
        "a rebuild by its own files would have said more: {lines:#?}"
    );
    assert!(!worker(&site).contains("app.js"));

    site.write("site/new/page.html", "<p>New\n");
    watched.until("service-worker.js");
    assert!(worker(&site).contains("/new/"));

    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nid = \"other\"\n",
    );
    watched.until("service-worker.js");
    assert!(worker(&site).contains("\"other\""));

    drop(watched);
    site.mdpwa(["build", "--check"]).assert().success();
}

#[test]
fn a_mistake_does_not_end_it() {
    let site = Site::new();
    let mut watched = Watched::of(&site);
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nhots = \"plain\"\n",
    );
    // Long enough to be read; what follows does not depend on it.
    std::thread::sleep(Duration::from_millis(50));
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nid = \"again\"\n",
    );
    watched.until("service-worker.js");
    assert!(site.read("site/service-worker.js").contains("\"again\""));
}

#[test]
fn a_cache_changes_nothing_that_is_written() {
    let site = Site::new();
    site.mdpwa(["build", "--cache", ".mdpwa-cache"])
        .assert()
        .success();
    let first = site.everything();
    let remembered = site.read(".mdpwa-cache");
    assert!(remembered.contains(" /app.js\n"), "{remembered}");

    site.mdpwa(["build", "--cache", ".mdpwa-cache"])
        .assert()
        .success();
    assert_eq!(site.everything(), first);

    // Of the same size, and as soon after the build as can be.
    site.write("site/app.js", "document.title += \"?\";\n");
    site.mdpwa(["build", "--cache", ".mdpwa-cache"])
        .assert()
        .success();
    site.mdpwa(["build", "--check"]).assert().success();
}

#[test]
fn what_has_kept_its_size_and_time_is_not_read_again() {
    let site = Site::new();
    let file = fs::File::options()
        .write(true)
        .open(site.path("site/app.js"))
        .expect("it is there");
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(long_ago).expect("its own time");
    site.mdpwa(["build", "--cache", ".mdpwa-cache"])
        .assert()
        .success();
    let worker = site.read("site/service-worker.js");

    site.write("site/app.js", "document.title += \"?\";\n");
    let file = fs::File::options()
        .write(true)
        .open(site.path("site/app.js"))
        .expect("it is there");
    file.set_modified(long_ago).expect("its own time");
    site.mdpwa(["build", "--cache", ".mdpwa-cache"])
        .assert()
        .success();
    assert_eq!(site.read("site/service-worker.js"), worker, "remembered");
    site.mdpwa(["build"]).assert().success();
    assert_ne!(site.read("site/service-worker.js"), worker, "read");
}
