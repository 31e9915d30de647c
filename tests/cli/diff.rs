//! What `mdpwa diff` says of two builds.

use snapbox::str;

use crate::site::Site;

/// Two builds of one site: pages with a date and a version, of which one was edited.
fn rebuilt() -> Site {
    let site = Site::new();
    let page = |name: &str, date: &str, version: &str, text: &str| {
        format!(
            "<!doctype html>\n<title>{name}</title>\n<p>{text}\n<footer>Last updated on {date}.<b class=\"version\">{version}</b></footer>\n"
        )
    };
    for name in ["a", "b", "c", "d"] {
        let before = page(name, "Mar 04, 2026", "3.11.1", "Herons.");
        let text = if name == "d" {
            "Two herons."
        } else {
            "Herons."
        };
        let after = page(name, "Apr 12, 2026", "3.11.2", text);
        site.write(&format!("old/{name}.html"), &before);
        site.write(&format!("new/{name}.html"), &after);
    }
    for (file, text) in [("same.css", "a { color: red }\n"), ("logo.svg", "<svg/>\n")] {
        site.write(&format!("old/{file}"), text);
        site.write(&format!("new/{}", file.replace("logo", "img/logo")), text);
    }
    site.write("old/gone.html", "<p>Gone\n");
    site.write("new/fresh.html", "<p>Fresh\n");
    site
}

#[test]
fn a_returning_visitor_downloads_what_is_new_and_nothing_that_moved() {
    let site = rebuilt();
    site.mdpwa(["diff", "old", "new"])
        .assert()
        .success()
        .stderr_eq("")
        .stdout_eq(str![[r#"
        added  /fresh.html  (9 B, [..] gzipped)
      changed  /a.html  (120 B, [..] gzipped, as every rebuild)
      changed  /b.html  (120 B, [..] gzipped, as every rebuild)
      changed  /c.html  (120 B, [..] gzipped, as every rebuild)
      changed  /d.html  (124 B, [..] gzipped)
        moved  /logo.svg to /img/logo.svg
      removed  /gone.html

a returning visitor downloads 5 files, 493 B, [..] gzipped
  and of mdpwa's own 1 file, [..] gzipped

3 files, 360 B, [..] gzipped of it differ only in what every rebuild changes;
with this in [[assets]] they would not be downloaded again:

ignore = ['<b class="version">[^<]*', 'Last updated on [^<]*']

"#]]);
}

#[test]
fn with_the_suggested_patterns_nothing_is_left_but_what_was_edited() {
    let site = rebuilt();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\n\n[[assets]]\nignore = ['<b class=\"version\">[^<]*', 'Last updated on [^<]*']\n",
    );
    let output = site
        .mdpwa(["diff", "old", "new", "--format", "json"])
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let paths: Vec<&str> = said["changed"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|file| file["path"].as_str())
        .collect();
    assert_eq!(paths, ["/d.html"]);
    assert_eq!(said["volatile"]["files"], 0);
}

#[test]
fn saved_plans_are_compared_without_their_files() {
    let site = rebuilt();
    for name in ["old", "new"] {
        let plan = site
            .mdpwa(["plan", "--format", "json", "--root", name])
            .output()
            .expect("it runs");
        site.write(
            &format!("{name}.json"),
            &String::from_utf8_lossy(&plan.stdout),
        );
    }
    let output = site
        .mdpwa(["diff", "old.json", "new.json", "--format", "json"])
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        said["download"],
        serde_json::json!({ "files": 5, "raw": 493 })
    );
    assert_eq!(said["moved"][0]["to"], "/img/logo.svg");
    assert_eq!(said["removed"], serde_json::json!(["/gone.html"]));

    site.mdpwa(["diff", "pwa.toml", "new"]).assert().code(2);
}

#[test]
fn a_pull_request_gets_markdown_and_nobody_else() {
    let site = rebuilt();
    let output = site
        .mdpwa(["diff", "old", "new", "--format", "markdown"])
        .assert()
        .success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(
        text.starts_with("### What a returning visitor downloads: 5 files, 493 B, "),
        "{text}"
    );
    assert!(
        text.contains("| changed | 4 |\n| moved, nothing to download | 1 |\n"),
        "{text}"
    );
    assert!(text.contains("| `/d.html` | 124 B | "), "{text}");
    assert!(
        text.contains("```toml\nignore = ['<b class=\"version\">[^<]*'"),
        "{text}"
    );
    site.mdpwa(["plan", "--format", "markdown"])
        .assert()
        .code(2);
}

#[test]
fn two_equal_builds_differ_in_nothing() {
    let site = rebuilt();
    site.mdpwa(["diff", "old", "old"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
      changed  no kept file

a returning visitor downloads nothing

"#]]);
}
