//! `mdpwa build --watch` follows the site, and never its own files; `--cache` remembers what was read.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::site::Site;

/// A build that goes on, and what it says line by line.
struct Watched {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watched {
    fn of(site: &Site) -> Self {
        Self::of_format(site, "human")
    }

    fn of_format(site: &Site, format: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .current_dir(site.folder())
            .env_remove("MDPWA_BASE")
            .args(["build", "--watch", "--format", format])
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
fn what_it_writes_is_what_a_build_writes() {
    let site = Site::new();
    site.write("site/logo.svg", &logo("teal"));
    site.write(
        "pwa.toml",
        "[app]
name = \"Notes\"
root = \"site\"

[icons]
source = \"site/logo.svg\"

[[assets]]
include = [\"**/*.html\", \"**/*.js\"]

[[assets]]
name = \"rest\"
install = \"lazy\"

[html]
inject = true
",
    );
    let _watched = Watched::of(&site);
    let page = "<!doctype html>\n<title>A page</title>\n";

    site.write("site/index.html", page);
    becomes_fresh(&site, "a page was edited");
    site.write("site/about.html", page);
    becomes_fresh(&site, "a page was added");
    site.write("site/a/b/c.html", page);
    site.write("site/a/b/c.css", "body { margin: 0 }\n");
    becomes_fresh(&site, "folders were added");
    rename(&site, "site/about.html", "site/a.html");
    becomes_fresh(&site, "a page was renamed");
    rename(&site, "site/a/b", "site/b");
    becomes_fresh(&site, "a folder was moved");
    site.write("site/app.js.tmp", "document.title += \"?\";\n");
    rename(&site, "site/app.js.tmp", "site/app.js");
    becomes_fresh(&site, "a file was replaced, as editors do");
    fs::remove_file(site.path("site/a.html")).expect("it is there");
    becomes_fresh(&site, "a page was removed");
    fs::remove_dir_all(site.path("site/b")).expect("it is there");
    becomes_fresh(&site, "a folder was removed");
    rename(&site, "site/sub/style.css", "site/sub.css");
    site.write("site/sub.html", page);
    becomes_fresh(&site, "several files have changed");
    site.write("site/logo.svg", &logo("maroon"));
    becomes_fresh(&site, "what the icons are drawn from was edited");
}

#[test]
fn what_it_writes_into_pages_is_no_news() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\n\n[html]\ninject = true\n",
    );
    let mut watched = Watched::of_format(&site, "json");
    for edition in ["One", "Two"] {
        let page = format!("<!doctype html>\n<title>{edition}</title>\n");
        site.write("site/index.html", &page);
        let lines = watched.until("service-worker.js");
        assert_eq!(lines.len(), 1, "{lines:#?}");
        becomes_fresh(&site, edition);
    }
}

#[test]
fn a_site_may_be_replaced_as_a_whole_and_meanwhile_be_missing() {
    let site = Site::new();
    let mut watched = Watched::of(&site);
    fs::remove_dir_all(site.path("site")).expect("it is there");
    site.write("site/index.html", "<!doctype html>\n<title>Again</title>\n");
    becomes_fresh(&site, "it was built anew");

    rename(&site, "site", "old");
    rename(&site, "old", "site");
    site.write("site/more.html", "<!doctype html>\n<title>More</title>\n");
    becomes_fresh(&site, "it was moved there and back");

    let elsewhere = "[app]\nname = \"Notes\"\nroot = \"public\"\n";
    site.write("pwa.toml", elsewhere);
    site.write(
        "public/index.html",
        "<!doctype html>\n<title>Else</title>\n",
    );
    becomes_fresh(&site, "it is built elsewhere");
    watched.until("public/service-worker.js");
}

#[cfg(unix)]
#[test]
fn a_file_changes_under_every_name_that_leads_to_it() {
    let site = Site::new();
    std::os::unix::fs::symlink("app.js", site.path("site/also.js")).expect("a link");
    let _watched = Watched::of(&site);

    site.write("site/app.js", "document.title += \"?\";\n");
    becomes_fresh(&site, "a file was edited that a link leads to");
    fs::remove_file(site.path("site/also.js")).expect("it is there");
    becomes_fresh(&site, "the link was removed");
    site.write("site/app.js", "document.title += \".\";\n");
    becomes_fresh(&site, "the file was edited again");
}

#[test]
fn who_only_reads_does_not_put_it_off() {
    let site = Site::new();
    let mut watched = Watched::of(&site);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                site.read("site/index.html");
            }
        });
        site.write("site/app.js", "document.title += \"?\";\n");
        watched.until("service-worker.js");
        done.store(true, Relaxed);
    });
}

fn logo(color: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><circle cx=\"4\" cy=\"4\" r=\"3\" fill=\"{color}\"/></svg>\n"
    )
}

fn rename(site: &Site, from: &str, to: &str) {
    fs::rename(site.path(from), site.path(to)).expect("it is there");
}

/// Waits until the files are those that a build would write; on a busy machine a change may take more than one rebuild.
#[track_caller]
fn becomes_fresh(site: &Site, when: &str) {
    let mut last = None;
    for _ in 0..100 {
        let check = site.mdpwa(["build", "--check"]).output();
        let check = check.expect("mdpwa starts");
        if check.status.success() {
            return;
        }
        last = Some(check);
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{when}: {last:#?}");
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
