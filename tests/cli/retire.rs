//! Leaving: what `mdpwa retire` writes and says, and what it has to do with other tools' workers.

use crate::site::Site;

const QUEUE: &str = "[[sync]]\ntag = \"notes\"\nendpoint = \"POST /notes\"\n";

fn said<const N: usize>(site: &Site, arguments: [&str; N]) -> String {
    let output = site.mdpwa(arguments).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn a_worker_that_leaves_takes_the_place_of_the_one_before() {
    let site = Site::built();
    let before = site.read("site/service-worker.js");

    let text = said(&site, ["retire"]);

    assert!(text.contains("rewrote"), "{text}");
    assert!(!text.contains("delivered"), "{text}");
    let after = site.read("site/service-worker.js");
    assert!(after.contains("unregister") && !before.contains("unregister"));
    assert!(!site.read("site/register.js").contains(".register("));
}

#[test]
fn a_dry_run_leaves_nothing() {
    let site = Site::built();
    let before = site.everything();

    let text = said(&site, ["retire", "--dry-run"]);

    assert!(text.contains("would rewrite"), "{text}");
    assert_eq!(site.everything(), before);
}

#[test]
fn building_again_brings_the_worker_back() {
    let site = Site::built();
    let before = site.everything();
    said(&site, ["retire"]);

    said(&site, ["build"]);

    assert_eq!(site.everything(), before);
}

#[test]
fn what_would_be_lost_is_said_before_it_is() {
    let site = Site::built();
    site.write(
        "pwa.toml",
        &format!("[app]\nname = \"Notes\"\nroot = \"site\"\n{QUEUE}"),
    );

    let text = said(&site, ["retire"]);
    assert!(text.contains("stays until it is delivered"), "{text}");

    let text = said(&site, ["retire", "--force"]);
    assert!(text.contains("is deleted and never delivered"), "{text}");
}

#[test]
fn another_tools_worker_is_written_over_once_it_is_named() {
    let site = Site::new();
    site.write("site/sw.js", "// another tool's\n");
    site.write("site/service-worker.js", "// one more\n");
    site.write(
        "pwa.toml",
        "[app]\nroot = \"site\"\n[worker]\nreplace = [\"service-worker.js\"]\n[retire]\nworkers = [\"sw.js\"]\n",
    );

    said(&site, ["build"]);

    assert!(site.read("site/sw.js").contains("unregister"));
    let ours = site.read("site/service-worker.js");
    assert!(ours.contains("ritten by mdpwa") && !ours.contains(" sw.js"));
}

#[test]
fn another_tools_worker_may_lie_beside_ours_once_it_is_named() {
    let site = Site::new();
    site.write("site/sw.js", "// another tool's\n");
    site.write(
        "pwa.toml",
        "[app]\nroot = \"site\"\n[worker]\nreplace = [\"sw.js\"]\n",
    );

    said(&site, ["build"]);

    assert_eq!(site.read("site/sw.js"), "// another tool's\n");
    assert!(!site.read("site/service-worker.js").contains("sw.js"));
}
