//! What a build leaves on disk.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use snapbox::str;

use crate::site::{OUTPUTS, Site, everything, mdpwa};

#[test]
fn a_build_writes_four_files_and_says_so() {
    let site = Site::new();
    let before = site.everything();

    site.mdpwa(["build"])
        .assert()
        .success()
        .stderr_eq("")
        .stdout_eq(str![[r#"
        wrote  site/register.d.ts  ([..] gzipped)
        wrote  site/snippet.html  ([..] gzipped)
        wrote  site/register.js  ([..] gzipped)
        wrote  site/service-worker.js  ([..] gzipped)
               3 files kept offline, [..]

"#]]);

    let mut after = site.everything();
    for output in OUTPUTS {
        let written = after.remove(&std::path::Path::new("site").join(output));
        assert!(
            written.is_some_and(|contents| !contents.is_empty()),
            "{output}"
        );
    }
    assert_eq!(
        after, before,
        "nothing else was touched, nothing was left behind"
    );
}

#[test]
fn a_second_build_changes_nothing() {
    let site = Site::built();
    let before = site.everything();
    let written = |name: &str| {
        fs::metadata(site.path(&format!("site/{name}")))
            .and_then(|file| file.modified())
            .expect("a time")
    };
    let times = OUTPUTS.map(written);

    site.mdpwa(["build"]).assert().success().stdout_eq(str![[r#"
    unchanged  site/register.d.ts  ([..] gzipped)
    unchanged  site/snippet.html  ([..] gzipped)
    unchanged  site/register.js  ([..] gzipped)
    unchanged  site/service-worker.js  ([..] gzipped)
               3 files kept offline, [..]

"#]]);

    assert_eq!(site.everything(), before);
    assert_eq!(OUTPUTS.map(written), times);
}

#[test]
fn two_folders_give_the_same_bytes() {
    let (one, two) = (Site::new(), Site::new());
    // In another order, so that the file system lists them in another.
    fs::remove_file(two.path("site/app.js")).expect("it is there");
    two.write("site/app.js", &one.read("site/app.js"));

    one.mdpwa(["build"]).assert().success();
    mdpwa(
        std::env::temp_dir().as_path(),
        ["build", &two.folder().display().to_string()],
    )
    .assert()
    .success();

    assert_eq!(one.everything(), two.everything());
}

#[test]
fn a_changed_file_changes_the_worker_only() {
    let site = Site::built();
    site.write("site/sub/style.css", "body { margin: 1em }\n");

    site.mdpwa(["build"]).assert().success().stdout_eq(str![[r#"
    unchanged  site/register.d.ts  ([..] gzipped)
    unchanged  site/snippet.html  ([..] gzipped)
    unchanged  site/register.js  ([..] gzipped)
      rewrote  site/service-worker.js  ([..] gzipped)
               3 files kept offline, [..]

"#]]);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let site = Site::new();
    let before = site.everything();

    site.mdpwa(["build", "--dry-run"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
  would write  site/register.d.ts  ([..] gzipped)
  would write  site/snippet.html  ([..] gzipped)
  would write  site/register.js  ([..] gzipped)
  would write  site/service-worker.js  ([..] gzipped)
               3 files kept offline, [..]

"#]]);

    assert_eq!(site.everything(), before);
}

#[test]
fn no_minify_writes_javascript_to_be_read() {
    let site = Site::built();
    let small = site.read("site/service-worker.js").len();

    site.mdpwa(["build", "--no-minify"]).assert().success();

    let worker = site.read("site/service-worker.js");
    assert!(worker.len() > 2 * small);
    assert!(worker.contains("/**"), "its comments are there");
}

#[test]
fn the_base_of_the_command_line_wins() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nbase = \"/file/\"\n",
    );

    site.mdpwa(["build"]).assert().success();
    assert!(site.read("site/snippet.html").contains("/file/register.js"));
    site.mdpwa(["build"])
        .env("MDPWA_BASE", "/environment/")
        .assert()
        .success();
    assert!(
        site.read("site/snippet.html")
            .contains("/environment/register.js")
    );
    site.mdpwa(["build", "--base", "/line"])
        .env("MDPWA_BASE", "/environment/")
        .assert()
        .success();
    assert!(site.read("site/snippet.html").contains("/line/register.js"));
}

#[test]
fn a_program_reads_json() {
    let site = Site::new();

    let output = site
        .mdpwa(["build", "--format", "json"])
        .output()
        .expect("it runs");

    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files: Vec<(&str, &str)> = said["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| {
            (
                file["path"].as_str().unwrap_or(""),
                file["state"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(files.len(), OUTPUTS.len());
    assert!(files.contains(&("service-worker.js", "new")), "{files:?}");
    assert_eq!(said["diagnostics"], serde_json::json!([]));
}

#[test]
fn a_plan_is_printed_and_nothing_written() {
    let site = Site::new();
    let before = site.everything();

    site.mdpwa(["plan"])
        .assert()
        .success()
        .stderr_eq("")
        .stdout_eq(str![[r#"
Notes (notes)
...
assets site (3 files, 79 B)
  zheFT7_9STS9  /app.js  23 B
  q1wT1DCfdMn9  /index.html  37 B
  tNXesvGaWcyG  /sub/style.css  19 B
...
"#]]);
    let output = site
        .mdpwa(["plan", "--format", "json"])
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");

    assert_eq!(said["plan"]["app"]["id"], "notes");
    assert_eq!(
        said["plan"]["assets"][0]["files"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(site.everything(), before);
}

#[test]
fn a_visitor_never_gets_half_a_worker() {
    let site = Site::built();
    let worker = site.path("site/service-worker.js");
    let old = fs::read(&worker).expect("a worker");
    site.write("site/app.js", "document.title += \"?\";\n");
    site.mdpwa(["build"]).assert().success();
    let new = fs::read(&worker).expect("a worker");
    assert_ne!(old, new);

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let visitor = scope.spawn(|| {
            let mut visits = 0;
            while !done.load(Ordering::Relaxed) {
                let seen = fs::read(&worker).expect("there is always a worker");
                assert!(
                    seen == old || seen == new,
                    "{} bytes of a worker",
                    seen.len()
                );
                visits += 1;
            }
            visits
        });
        for turn in 0..20 {
            let title = if turn % 2 == 0 { "!" } else { "?" };
            site.write("site/app.js", &format!("document.title += \"{title}\";\n"));
            site.mdpwa(["build"]).assert().success();
        }
        done.store(true, Ordering::Relaxed);
        assert!(visitor.join().expect("the visitor is content") > 20);
    });
    assert_eq!(everything(&site.path("site")).len(), 3 + OUTPUTS.len());
}

#[cfg(unix)]
#[test]
fn the_web_server_may_read_what_was_written() {
    use std::os::unix::fs::PermissionsExt as _;

    let site = Site::built();
    let mode = |name: &str| {
        let file = fs::metadata(site.path(&format!("site/{name}"))).expect("it is there");
        file.permissions().mode() & 0o777
    };
    assert_eq!(
        OUTPUTS.map(mode),
        [mode("index.html"); 4],
        "as any new file"
    );

    let owner_decided = fs::Permissions::from_mode(0o640);
    fs::set_permissions(site.path("site/service-worker.js"), owner_decided).expect("ours");
    site.write("site/app.js", "document.title = \"\";\n");
    site.mdpwa(["build"]).assert().success();
    assert_eq!(mode("service-worker.js"), 0o640, "as it was");
}
