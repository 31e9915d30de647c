//! `[html]`: pages are rewritten where they lie, once, and nothing of them is lost.

use std::fs;

use snapbox::str;

use crate::site::Site;

const SCRIPT: &str = "<script type=\"module\" src=\"/register.js\" data-mdpwa></script>\n";

/// A site of three pages, of which one is a piece.
fn site() -> Site {
    let site = Site::new();
    configure(&site, "[html]\ninject = true\n");
    site.write("site/sub/page.html", "<html><head></head><p>é</html>");
    site.write("site/sub/piece.html", "<p>a piece\n");
    site
}

fn configure(site: &Site, html: &str) {
    site.write(
        "pwa.toml",
        &format!("[app]\nname = \"Notes\"\nroot = \"site\"\n{html}"),
    );
}

#[test]
fn every_page_gets_what_it_needs_and_says_so() {
    let site = site();
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
      rewrote  site/index.html
      rewrote  site/sub/page.html
   left alone  /sub/piece.html: a piece of a page, without doctype, <html> and <head>
               5 files kept offline, [..]

"#]]);

    assert_eq!(
        site.read("site/index.html"),
        format!("<!doctype html>\n<title>Notes</title>\n{SCRIPT}")
    );
    assert_eq!(
        site.read("site/sub/page.html"),
        format!("<html><head>{}</head><p>é</html>", SCRIPT.trim_end())
    );
    let after = site.everything();
    for (path, contents) in &before {
        let rewritten = path.ends_with("index.html") || path.ends_with("page.html");
        assert!(rewritten || after[path] == *contents, "{}", path.display());
    }
    assert_eq!(after.len(), before.len() + crate::site::OUTPUTS.len());
}

#[test]
fn a_second_build_touches_no_page() {
    let site = site();
    site.mdpwa(["build"]).assert().success();
    let before = site.everything();
    let time = |name| {
        let file = fs::metadata(site.path(name)).expect("a page");
        file.modified().expect("a time")
    };
    let times = [time("site/index.html"), time("site/service-worker.js")];

    site.mdpwa(["build"]).assert().success();
    site.mdpwa(["build", "--check"])
        .assert()
        .success()
        .stdout_eq("");

    assert_eq!(site.everything(), before);
    assert_eq!(
        [time("site/index.html"), time("site/service-worker.js")],
        times
    );
}

#[test]
fn the_worker_knows_the_pages_as_they_will_be() {
    let (one, two) = (site(), site());
    two.mdpwa(["build"]).assert().success();
    fs::copy(two.path("site/index.html"), one.path("site/index.html")).expect("a page");

    one.mdpwa(["build"]).assert().success();

    assert_eq!(one.everything(), two.everything());
}

#[test]
fn a_check_shows_the_pages_that_would_change() {
    let site = site();
    site.mdpwa(["build"]).assert().success();
    site.write("site/index.html", "<!doctype html>\n<title>Notes</title>\n");
    let before = site.everything();

    site.mdpwa(["build", "--check"])
        .assert()
        .code(1)
        .stdout_eq(str![[r#"
--- site/index.html
+++ site/index.html (as it would be)
@@ -1,2 +1,3 @@
 <!doctype html>
 <title>Notes</title>
+<script type="module" src="/register.js" data-mdpwa></script>

"#]]);
    let dry = site.mdpwa(["build", "--dry-run"]).assert().success();
    let said = String::from_utf8_lossy(&dry.get_output().stdout).into_owned();

    assert!(said.contains("would rewrite  site/index.html"), "{said}");
    assert!(!said.contains("page.html"), "{said}");
    assert_eq!(site.everything(), before);
}

#[test]
fn what_is_stale_is_replaced_and_what_is_excluded_is_given_back() {
    let site = site();
    let before = site.read("site/sub/page.html");
    site.mdpwa(["build"]).assert().success();

    configure(
        &site,
        "base = \"/repo\"\n[html]\nexclude = [\"sub/page.html\"]\n",
    );
    site.mdpwa(["build"]).assert().success();

    assert_eq!(
        site.read("site/index.html"),
        format!("<!doctype html>\n<title>Notes</title>\n{SCRIPT}").replace("/reg", "/repo/reg")
    );
    assert_eq!(site.read("site/sub/page.html"), before);
}

#[test]
fn pages_are_given_back_when_nothing_is_wanted_in_them_and_when_mdpwa_leaves() {
    let site = site();
    let pages = ["site/index.html", "site/sub/page.html"];
    let before = pages.map(|name| site.read(name));
    let off = "[html]\ninject = false\n";

    site.mdpwa(["build"]).assert().success();
    assert_ne!(pages.map(|name| site.read(name)), before);
    configure(&site, off);
    site.mdpwa(["build"]).assert().success();
    assert_eq!(pages.map(|name| site.read(name)), before);

    configure(&site, "[html]\n");
    site.mdpwa(["build"]).assert().success();
    let dry = site.mdpwa(["retire", "--dry-run"]).assert().success();
    let said = String::from_utf8_lossy(&dry.get_output().stdout).into_owned();
    assert!(said.contains("would rewrite  site/index.html"), "{said}");
    site.mdpwa(["retire"]).assert().success();
    assert_eq!(pages.map(|name| site.read(name)), before);
}

#[test]
fn without_the_section_no_page_is_looked_into() {
    let site = site();
    configure(&site, "");
    let old = format!("<!doctype html>\n{SCRIPT}");
    site.write("site/index.html", &old);

    site.mdpwa(["build"]).assert().success();

    assert_eq!(site.read("site/index.html"), old);
}

#[test]
fn a_program_reads_which_pages_and_why_not() {
    let site = site();
    let json = |words: [&str; 3]| -> serde_json::Value {
        let output = site.mdpwa(words).output().expect("it runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };

    let plan = &json(["plan", "--format", "json"])["plan"]["html"];
    assert_eq!(
        *plan,
        serde_json::json!({
            "parts": [{ "kind": "registration", "url": "/register.js" }],
            "pages": 3,
            "changed": ["/index.html", "/sub/page.html"],
            "leftAlone": [{ "path": "/sub/piece.html", "reason": "fragment" }],
        })
    );
    let build = json(["build", "--format", "json"]);
    assert_eq!(
        build["pages"],
        serde_json::json!(["index.html", "sub/page.html"])
    );
    site.mdpwa(["plan"]).assert().success().stdout_eq(str![[r#"
...
html (3 pages, 0 to be rewritten)
  registration  /register.js
  left alone  /sub/piece.html: a piece of a page, without doctype, <html> and <head>
...
"#]]);
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_what_lies_outside_is_not_touched() {
    use std::os::unix::fs::symlink;

    let site = site();
    site.write(
        "elsewhere/page.html",
        "<!doctype html><title>not ours</title>",
    );
    symlink("../elsewhere", site.path("site/outside")).expect("a link");
    symlink("sub", site.path("site/latest")).expect("a link");
    symlink("sub/page.html", site.path("site/alias.html")).expect("a link");

    let said = site.mdpwa(["build"]).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();

    assert!(
        said.contains("/outside/page.html: a link that leads out of the site"),
        "{said}"
    );
    assert_eq!(
        site.read("elsewhere/page.html"),
        "<!doctype html><title>not ours</title>"
    );
    assert!(site.path("site/alias.html").is_symlink() && site.path("site/latest").is_symlink());
    assert_eq!(site.read("site/alias.html").matches("<script").count(), 1);
    assert_eq!(
        site.read("site/alias.html"),
        site.read("site/sub/page.html")
    );
    site.mdpwa(["build", "--check"]).assert().success();
}

#[cfg(unix)]
#[test]
fn a_page_keeps_who_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let site = site();
    let page = site.path("site/index.html");
    fs::set_permissions(&page, fs::Permissions::from_mode(0o640)).expect("ours");

    site.mdpwa(["build"]).assert().success();

    let mode = fs::metadata(&page).expect("a page").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_visitor_never_gets_half_a_page() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let site = site();
    let page = site.path("site/index.html");
    let bare = format!(
        "<!doctype html>\n<title>Notes</title>\n{}",
        "<p>long\n".repeat(20_000)
    );
    fs::write(&page, &bare).expect("a page");
    let whole = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.replace(SCRIPT, "") == bare
    };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let visitor = scope.spawn(|| {
            let mut visits = 0;
            while !done.load(Ordering::Relaxed) {
                assert!(whole(&fs::read(&page).expect("there is always a page")));
                visits += 1;
            }
            visits
        });
        for turn in 0..10 {
            configure(&site, &format!("[html]\ninject = {}\n", turn % 2 == 0));
            site.mdpwa(["build"]).assert().success();
        }
        done.store(true, Ordering::Relaxed);
        assert!(visitor.join().expect("the visitor is content") > 10);
    });
}

#[test]
fn every_page_names_the_manifest_and_the_icons_that_there_are() {
    let site = site();
    let drawing = |color: &str| {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><circle cx='5' cy='5' r='3' fill='{color}'/></svg>"
        )
    };
    let app = "[html]\n[manifest]\ntheme_color = \"teal\"\n[icons]\nsource = \"logo.svg\"\n";
    site.write("logo.svg", &drawing("teal"));
    configure(&site, app);
    site.mdpwa(["build"]).assert().success().stderr_eq("");

    let first = site.read("site/index.html");
    let files: Vec<&str> = named(&first);
    assert_eq!(files.len(), 5, "{first}");
    for file in files {
        assert!(!site.read_bytes(&format!("site{file}")).is_empty());
    }
    assert!(first.contains("<meta name=\"theme-color\" content=\"#008080\" data-mdpwa>"));
    site.mdpwa(["build", "--check"]).assert().success();
    let plan = site.mdpwa(["plan"]).output().expect("a plan");
    let plan = String::from_utf8_lossy(&plan.stdout);
    for line in [
        "manifest manifest.webmanifest",
        "icons (10 files, ",
        "  theme-color  #008080",
    ] {
        assert!(plan.contains(&format!("\n{line}")), "{plan}");
    }

    site.write("logo.svg", &drawing("tomato"));
    site.mdpwa(["build", "--check"]).assert().failure();
    site.mdpwa(["build"]).assert().success().stderr_eq("");
    let second = site.read("site/index.html");
    for file in named(&second) {
        assert!(!site.read_bytes(&format!("site{file}")).is_empty());
    }
    assert_ne!(first, second);

    configure(&site, "[html]\n");
    site.mdpwa(["build"]).assert().success().stderr_eq("");
    assert_eq!(
        site.read("site/index.html"),
        format!("<!doctype html>\n<title>Notes</title>\n{SCRIPT}")
    );
}

/// The files that a page names.
fn named(page: &str) -> Vec<&str> {
    let references = page.split(['"']).filter(|text| text.starts_with('/'));
    references.collect()
}
