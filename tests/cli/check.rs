//! `mdpwa build --check`: is what is deployed what would be built?

use snapbox::str;

use crate::site::Site;

#[test]
fn a_fresh_site_passes_without_a_word() {
    let site = Site::built();
    let before = site.everything();

    site.mdpwa(["build", "--check"])
        .assert()
        .success()
        .stdout_eq("")
        .stderr_eq("");

    assert_eq!(site.everything(), before);
}

#[test]
fn a_stale_worker_is_shown_and_left_as_it_is() {
    let site = Site::new();
    site.mdpwa(["build", "--no-minify"]).assert().success();
    site.write("site/app.js", "document.title = \"changed\";\n");
    let before = site.everything();

    site.mdpwa(["build", "--no-minify", "--check"])
        .assert()
        .code(1)
        .stderr_eq("")
        .stdout_eq(str![[r#"
--- site/service-worker.js
+++ site/service-worker.js (as it would be)
@@ [..] @@
...
-[..]
...
+[..]
...
"#]]);

    assert_eq!(site.everything(), before);
}

#[test]
fn a_site_that_was_never_built_is_stale() {
    let site = Site::new();
    let before = site.everything();

    let output = site.mdpwa(["build", "--check"]).output().expect("it runs");

    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    for name in crate::site::OUTPUTS {
        assert!(
            shown.contains(&format!("+++ site/{name}")),
            "{name} in {shown}"
        );
    }
    assert_eq!(site.everything(), before);
}

#[test]
fn an_edited_output_is_stale() {
    let site = Site::built();
    let worker = site.read("site/service-worker.js");
    site.write(
        "site/service-worker.js",
        &format!("{worker}\nself.edited = true;\n"),
    );

    site.mdpwa(["build", "--check"]).assert().code(1);
    site.mdpwa(["build"]).assert().success();

    assert_eq!(site.read("site/service-worker.js"), worker);
}

#[test]
fn a_check_is_not_a_dry_run() {
    Site::new()
        .mdpwa(["build", "--check", "--dry-run"])
        .assert()
        .code(2);
}
