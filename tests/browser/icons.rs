//! `[icons]`: pictures that the browser takes for what the manifest says they are, online and off.

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::server::Server;
use crate::site::Site;

crate::tests![
    it_works::every_picture_has_the_size_that_is_promised everywhere,
    it_works::a_launcher_cuts_nothing_off,
    it_works::what_counts_of_a_monochrome_icon_is_its_opacity,
    it_works::a_new_drawing_has_new_names,
    the_network_is_gone::the_icons_of_pages_are_there everywhere,
    the_worker_is_killed_midway::a_stopped_worker_gives_an_icon,
];

const TOML: &str = "
[manifest]
[icons]
source = \"logo.svg\"
";

const PAGE: &str = "<!doctype html><meta charset=\"utf-8\"><title>home</title>
<link rel=\"manifest\" href=\"manifest.webmanifest\">
<script type=\"module\" src=\"register.js\"></script>";

/// A white ring on a teal plate with round corners.
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
  <rect width="100" height="100" rx="22" fill="#008080"/>
  <circle cx="50" cy="50" r="44" fill="none" stroke="#fff" stroke-width="8"/>
</svg>"##;

fn site(logo: &str) -> Site {
    let site = Site::new(&[("index.html", PAGE), ("../logo.svg", logo)], TOML);
    site.build();
    site
}

fn open(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page
}

/// The icons of the manifest, as it lists them.
fn listed(page: &Page) -> Vec<Value> {
    let manifest = page.evaluate("fetch('manifest.webmanifest').then((answer) => answer.json())");
    manifest["icons"].as_array().unwrap().clone()
}

/// The way to the icon for a purpose and a size.
fn icon(page: &Page, purpose: &str, size: &str) -> String {
    let icons = listed(page);
    let found = icons
        .iter()
        .find(|icon| icon["sizes"] == size && icon["purpose"].as_str().unwrap_or("any") == purpose);
    found.expect("such an icon")["src"]
        .as_str()
        .unwrap()
        .to_string()
}

/// Red, green, blue and opacity of a pixel of a picture, as the browser draws it.
fn pixel(page: &Page, src: &str, x: u32, y: u32) -> Value {
    page.evaluate(&format!(
        "(async () => {{
            const picture = new Image();
            picture.src = {};
            await picture.decode();
            const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight).getContext('2d');
            canvas.drawImage(picture, 0, 0);
            return [...canvas.getImageData({x}, {y}, 1, 1).data];
        }})()",
        json!(src)
    ))
}

mod it_works {
    use super::*;

    pub(super) fn every_picture_has_the_size_that_is_promised() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let icons = listed(&page);
        assert!(icons.len() >= 7, "{icons:?}");
        for icon in &icons {
            let size = page.evaluate(&format!(
                "(async () => {{
                    const picture = new Image();
                    picture.src = {};
                    await picture.decode();
                    return `${{picture.naturalWidth}}x${{picture.naturalHeight}}`;
                }})()",
                icon["src"]
            ));
            let drawing = icon["type"] == "image/svg+xml" && icon["sizes"] == "any";
            assert!(drawing || icon["sizes"] == size, "{icon} is {size}");
        }
        let favicon = "(async () => { const picture = new Image(); picture.src = 'favicon.ico'; await picture.decode(); return picture.naturalWidth; })()";
        assert!(
            [16, 32, 48]
                .map(Value::from)
                .contains(&page.evaluate(favicon))
        );
    }

    pub(super) fn a_launcher_cuts_nothing_off() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let maskable = icon(&page, "maskable", "192x192");
        let teal = json!([0, 128, 128, 255]);
        for (x, y) in [(0, 0), (191, 0), (0, 191), (191, 191), (96, 10), (10, 96)] {
            assert_eq!(pixel(&page, &maskable, x, y), teal, "{x} {y}");
        }
        // The ring is there, within the circle that nobody cuts.
        let row = page.evaluate(&format!(
            "(async () => {{
                const picture = new Image();
                picture.src = {};
                await picture.decode();
                const canvas = new OffscreenCanvas(192, 192).getContext('2d');
                canvas.drawImage(picture, 0, 0);
                const row = canvas.getImageData(0, 96, 192, 1).data;
                return row.filter((value, at) => at % 4 === 0).indexOf(255);
            }})()",
            json!(maskable)
        ));
        let left = row.as_i64().unwrap();
        assert!((19..40).contains(&left), "the ring begins at {left}");
    }

    pub(super) fn what_counts_of_a_monochrome_icon_is_its_opacity() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let monochrome = icon(&page, "monochrome", "192x192");
        assert_eq!(pixel(&page, &monochrome, 96, 96)[3], 0, "the plate");
        assert_eq!(pixel(&page, &monochrome, 12, 96)[3], 255, "the ring");
    }

    pub(super) fn a_new_drawing_has_new_names() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let before = icon(&page, "any", "192x192");
        site.write("../logo.svg", &LOGO.replace("008080", "800000"));
        site.build();
        let page = browser.open(&server.url("/?new"));
        let after = page.evaluate(
            "fetch('manifest.webmanifest', { cache: 'reload' }).then((answer) => answer.text())",
        );
        assert!(!after.as_str().unwrap().contains(&before), "{after}");
        assert!(!site.root().join(&before).exists(), "the old one is gone");
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_icons_of_pages_are_there() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let icons = [
            icon(&page, "any", "any"),
            icon(&page, "any", "192x192"),
            "favicon.ico".to_string(),
        ];
        server.refuse();
        page.reload();
        for icon in icons {
            assert_eq!(page.fetch(&icon)["status"], 200, "{icon}");
        }
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_stopped_worker_gives_an_icon() {
        let site = site(LOGO);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = open(&browser, &server);
        let icon = icon(&page, "any", "192x192");
        server.refuse();
        browser.kill_workers();
        assert_eq!(pixel(&page, &icon, 96, 96), json!([0, 128, 128, 255]));
        assert!(browser.worker_errors().is_empty());
    }
}
