//! Where the command looks for pwa.toml, and that it does not matter from where.

use snapbox::str;

use crate::site::{OUTPUTS, Site, mdpwa};

#[test]
fn pwa_toml_is_found_in_the_folders_above() {
    let site = Site::new();

    mdpwa(&site.path("site/sub"), ["build"]).assert().success();

    for output in OUTPUTS {
        assert!(!site.read(&format!("site/{output}")).is_empty());
    }
}

#[test]
fn the_nearest_pwa_toml_is_taken() {
    let site = Site::new();
    site.write("site/sub/pwa.toml", "[app]\nname = \"Inner\"\n");

    mdpwa(&site.path("site/sub"), ["plan"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
Inner (inner)
...
"#]]);
}

#[test]
fn a_folder_a_file_and_a_place_to_start_say_the_same() {
    let site = Site::built();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let folder = site.folder().display().to_string();
    let file = site.path("pwa.toml").display().to_string();

    for words in [
        ["build", "--check", folder.as_str()].as_slice(),
        &["-C", &folder, "build", "--check"],
        &["--config", &file, "build", "--check"],
        &["build", "--check", "--config", &file],
    ] {
        let status = mdpwa(elsewhere.path(), [])
            .args(words)
            .output()
            .expect("it runs");
        assert_eq!(status.status.code(), Some(0), "{words:?}: {status:?}");
    }
    let status = mdpwa(elsewhere.path(), ["build", "--check"])
        .env("MDPWA_CONFIG", &file)
        .output()
        .expect("it runs");
    assert_eq!(status.status.code(), Some(0), "{status:?}");
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let site = Site::new();
    let text = site.read("pwa.toml");
    site.write("pwa.toml", &format!("\u{feff}{text}"));

    site.mdpwa(["build"]).assert().success();
}

#[test]
fn lines_may_end_in_either_way() {
    let (one, two) = (Site::new(), Site::new());
    two.write("pwa.toml", &one.read("pwa.toml").replace('\n', "\r\n"));

    one.mdpwa(["build"]).assert().success();
    two.mdpwa(["build"]).assert().success();

    assert_eq!(
        one.read("site/service-worker.js"),
        two.read("site/service-worker.js")
    );
}
