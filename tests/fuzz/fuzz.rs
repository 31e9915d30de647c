//! Any text may be a pwa.toml: nothing panics, findings lie inside the text, what is rendered is JavaScript, and the
//! same text gives the same bytes.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use mdpwa::minifier::{self, Kind};
use mdpwa::site::{Asset, Digest};
use mdpwa::url_path::UrlPath;
use mdpwa::{Bundle, Config, Diagnostic, Diagnostics, Plan, Severity, Site};

/// Pages, a shell, names that URLs and JavaScript spell in another way.
const FILES: [&str; 12] = [
    "index.html",
    "offline.html",
    "404.html",
    "app.js",
    "style.css",
    "docs/index.html",
    "docs/operator+=.html",
    "docs/a b&c.html",
    "docs/</script>.html",
    "docs/é\u{2028}.html",
    "icons/icon-192.png",
    "_headers",
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let site = site();
    let (bundle, findings) = build(text, &site);

    for finding in &findings {
        check_finding(finding, text);
    }
    let Some(bundle) = bundle else {
        return;
    };
    let names: BTreeSet<&str> = bundle.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(names.len(), bundle.files.len(), "two files have one name");
    for file in &bundle.files {
        let inside = !file.path.is_empty()
            && !file.path.contains(['\\', '\0'])
            && file
                .path
                .split('/')
                .all(|part| !matches!(part, "" | "." | ".."));
        assert!(inside, "{:?} is not inside the site", file.path);
    }
    for script in bundle
        .files
        .iter()
        .filter(|file| file.path.ends_with(".js"))
    {
        check_script(script.text().expect("a script"));
    }

    let (again, _) = build(text, &site);
    let again = again.expect("it was a plan before");
    assert_eq!(again.files, bundle.files, "two runs differ");
});

fn build(text: &str, site: &Site) -> (Option<Bundle>, Vec<Diagnostic>) {
    let mut report = Diagnostics::default();
    let config = Config::parse(text, &mut report);
    let icons = config.icons(&site.sources, true, &mut report);
    let plan = Plan::decide(config, icons, None, site, &mut report);
    let findings = report.into_sorted();
    let sound = findings.iter().all(|one| one.severity != Severity::Error);
    (sound.then(|| Bundle::render(&plan)), findings)
}

fn site() -> Site {
    let mut assets: Vec<Asset> = FILES
        .iter()
        .map(|name| Asset {
            path: UrlPath::of_file(name),
            digest: Digest::of(name.as_bytes()),
            size: 1000,
        })
        .collect();
    assets.sort_by(|a, b| a.path.cmp(&b.path));
    Site {
        assets,
        ..Site::default()
    }
}

fn check_finding(finding: &Diagnostic, text: &str) {
    assert!(
        !finding.title.is_empty() && !finding.help.is_empty(),
        "{finding:?}"
    );
    let places = finding
        .span
        .iter()
        .chain(finding.other.as_ref().map(|(span, _)| span));
    for place in places {
        assert!(
            text.get(place.clone()).is_some(),
            "{finding:?} is outside of the text"
        );
    }
}

/// Workers are classic scripts, what pages import are modules.
fn check_script(source: &str) {
    let (script, module) = (
        minifier::check(source, Kind::Script),
        minifier::check(source, Kind::Module),
    );
    if let (Err(mistake), Err(_)) = (script, module) {
        panic!("{mistake} in\n{source}");
    }
}
