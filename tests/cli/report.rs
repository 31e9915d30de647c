//! `mdpwa report` writes one page that needs nothing else.

use crate::site::Site;

#[test]
fn the_page_shows_every_file_and_needs_nothing_else() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes & <more>\"\nroot = \"site\"\n",
    );
    site.mdpwa(["report"])
        .assert()
        .success()
        .stdout_eq("        wrote  pwa-report.html\n");
    let page = site.read("pwa-report.html");
    for file in ["/index.html", "/app.js", "/sub/style.css"] {
        assert!(
            page.contains(&format!("<title>{file}: ")),
            "no area for {file}"
        );
        assert!(
            page.contains(&format!("<td>{file}</td>")),
            "no row for {file}"
        );
    }
    assert!(
        page.contains("<h1>Notes &#38; &#60;more&#62;</h1>"),
        "{page}"
    );
    for folder in ["/", "/sub/"] {
        assert!(
            page.contains(&format!("<title>{folder}: ")),
            "no area for {folder}"
        );
    }
    for screen in ["wide", "middle", "narrow"] {
        assert!(
            page.contains(&format!("<svg class=\"{screen}\"")),
            "no map for {screen} screens"
        );
    }
    assert!(page.contains("3 files are kept, "));
    for outside in [
        "<script", "src=", "href=", "url(", "http:", "https:", " style=",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    let digest = page
        .split("sha256-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next());
    let style = page
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    assert_eq!(
        digest.map(str::to_owned),
        style.map(sha256),
        "the policy lets its own style in"
    );

    site.mdpwa(["report", "-o", "else.html", "--format", "json"])
        .assert()
        .success();
    assert_eq!(site.read("else.html"), page, "the same site, the same page");
}

fn sha256(text: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text))
}
