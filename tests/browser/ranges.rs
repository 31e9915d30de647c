//! Parts of what is kept, as players ask for them: RFC 9110 for files of the site and for what rules keep.

use std::fs;

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_part_of_a_kept_file_needs_no_request,
    it_works::a_part_from_the_network_is_never_kept,
    it_works::who_holds_another_version_gets_the_whole,
    it_works::a_site_without_media_answers_with_the_whole,
    the_network_is_gone::every_form_of_range_is_understood everywhere,
    the_network_is_gone::a_recording_is_played_from_any_point,
    the_worker_is_killed_midway::a_stopped_worker_still_gives_parts,
];

/// A file of the site, one that a lazy group keeps, and one that a rule keeps.
const PATHS: [&str; 3] = ["/clip.bin", "/lazy/clip.bin", "/kept/clip.bin"];

const GROUPS: &str = r#"
[[assets]]
name = "site"
exclude = ["lazy/*"]
[[assets]]
name = "lazy"
include = ["lazy/*"]
install = "lazy"
"#;

const RULE: &str = r#"
[[routes]]
match = { path = "/kept/*" }
strategy = "cache-first"
"#;

/// A hundred bytes, each with its number's last digit.
fn clip() -> String {
    "0123456789".repeat(10)
}

struct Visit {
    site: Site,
    server: Server,
    browser: Browser,
    tab: Page,
}

fn visit(files: &[(&str, &str)], toml: &str) -> Visit {
    let site = Site::new(files, toml);
    site.write("index.html", "<!doctype html><title>home</title>");
    started(site)
}

fn started(site: Site) -> Visit {
    site.build();
    let server = Server::start(site.root());
    let browser = Browser::launch();
    let tab = browser.open(&server.url("/"));
    assert_eq!(tab.register_worker(), "activated");
    tab.wait_controlled();
    Visit {
        site,
        server,
        browser,
        tab,
    }
}

/// The site with its three clips, all of them kept.
fn clips() -> Visit {
    let files = [("clip.bin", &*clip()), ("lazy/clip.bin", &*clip())];
    let visit = visit(&files, &format!("{GROUPS}{RULE}"));
    visit.site.write("kept/clip.bin", &clip());
    for path in PATHS {
        assert_eq!(visit.tab.fetch(path)["text"], clip());
    }
    visit.wait_kept("/kept/clip.bin");
    visit
}

impl Visit {
    /// Waits until the rule keeps all of an answer.
    fn wait_kept(&self, path: &str) {
        self.tab
            .wait_for(&format!("caches.match('{path}').then(Boolean)"));
    }

    /// Status, `Content-Range`, `Content-Length` and text.
    fn part(&self, path: &str, range: &str) -> (u64, Value, Value, String) {
        let answer = self
            .tab
            .fetch_with(path, &json!({ "headers": { "range": range } }));
        let header = |name: &str| answer["headers"][name].clone();
        (
            answer["status"].as_u64().unwrap_or_default(),
            header("content-range"),
            header("content-length"),
            answer["text"].as_str().unwrap_or_default().to_string(),
        )
    }

    fn is_silent(&self) {
        assert_eq!(self.tab.complaints(), Vec::<String>::new());
        assert_eq!(self.browser.worker_errors(), Vec::<String>::new());
    }
}

mod it_works {
    use super::*;

    pub(super) fn a_part_of_a_kept_file_needs_no_request() {
        let visit = clips();
        visit.server.forget_requests();
        for path in PATHS {
            assert_eq!(visit.part(path, "bytes=20-24").3, "01234", "{path}");
            assert!(visit.server.requests_for(path).is_empty(), "{path}");
        }
    }

    pub(super) fn a_part_from_the_network_is_never_kept() {
        let visit = visit(&[], RULE);
        visit.site.write("kept/clip.bin", &clip());
        let part = Fault::StatusHeader(206, "content-range", "bytes 0-11/100");
        visit.server.fault("/kept/clip.bin", part);
        assert_eq!(visit.part("/kept/clip.bin", "bytes=0-11").0, 206);
        assert_eq!(visit.part("/kept/clip.bin", "bytes=0-11").0, 206);
        assert_eq!(visit.server.requests_for("/kept/clip.bin").len(), 2);
        visit.server.heal("/kept/clip.bin");
        assert_eq!(visit.tab.fetch("/kept/clip.bin")["text"], clip());
        visit.wait_kept("/kept/clip.bin");
        visit.server.refuse();
        assert_eq!(visit.part("/kept/clip.bin", "bytes=0-11").3, "012345678901");
    }

    pub(super) fn who_holds_another_version_gets_the_whole() {
        let visit = visit(&[], RULE);
        visit.site.write("kept/clip.bin", &clip());
        visit
            .server
            .fault("/kept/clip.bin", Fault::Header("etag", "\"one\""));
        visit.tab.fetch("/kept/clip.bin");
        visit.wait_kept("/kept/clip.bin");
        for (held, status) in [("\"one\"", 206), ("\"two\"", 200)] {
            let headers = json!({ "headers": { "range": "bytes=0-9", "if-range": held } });
            let answer = visit.tab.fetch_with("/kept/clip.bin", &headers);
            assert_eq!(answer["status"], status, "{held}");
        }
    }

    pub(super) fn a_site_without_media_answers_with_the_whole() {
        let visit = visit(&[("words.txt", &clip())], "");
        let worker = fs::read_to_string(visit.site.root().join("service-worker.js")).unwrap();
        assert!(!worker.contains("content-range"));
        assert_eq!(visit.part("/words.txt", "bytes=0-9").0, 200);
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn every_form_of_range_is_understood() {
        let visit = clips();
        visit.server.refuse();
        let whole = (0, 99);
        for (range, status, (first, last)) in [
            ("bytes=0-9", 206, (0, 9)),
            ("bytes=0-0", 206, (0, 0)),
            ("bytes=95-98", 206, (95, 98)),
            ("bytes=0-99", 206, whole),
            ("BYTES=0-9", 206, (0, 9)),
            // Clamped to what there is.
            ("bytes=0-100", 206, whole),
            ("bytes=90-9999", 206, (90, 99)),
            ("bytes=90-99999999999999999999999", 206, (90, 99)),
            // Open.
            ("bytes=0-", 206, whole),
            ("bytes=99-", 206, (99, 99)),
            // The last ones.
            ("bytes=-1", 206, (99, 99)),
            ("bytes=-10", 206, (90, 99)),
            ("bytes=-100", 206, whole),
            ("bytes=-500", 206, whole),
            // Beyond the end.
            ("bytes=100-", 416, whole),
            ("bytes=100-200", 416, whole),
            ("bytes=150-", 416, whole),
            ("bytes=-0", 416, whole),
            // Not one range of bytes.
            ("bytes=50-20", 200, whole),
            ("bytes=-", 200, whole),
            ("bytes=a-b", 200, whole),
            ("bytes=0-9,20-29", 200, whole),
            ("bytes=0-9, -5", 200, whole),
            ("lines=0-9", 200, whole),
            ("0-9", 200, whole),
        ] {
            let wanted = match status {
                206 => (
                    json!(format!("bytes {first}-{last}/100")),
                    &clip()[first..=last],
                ),
                416 => (json!("bytes */100"), ""),
                _ => (Value::Null, &*clip()),
            };
            for path in PATHS {
                let (was, place, length, text) = visit.part(path, range);
                assert_eq!(was, status, "{range} of {path}");
                assert_eq!((place, &*text), wanted.clone(), "{range} of {path}");
                if status == 206 {
                    assert_eq!(length, json!(text.len().to_string()), "{range} of {path}");
                }
            }
        }
        visit.is_silent();
    }

    pub(super) fn a_recording_is_played_from_any_point() {
        let site = Site::new(
            &[("index.html", "<!doctype html><title>home</title>")],
            RULE,
        );
        fs::write(site.root().join("sound.wav"), recording(600)).unwrap();
        let visit = started(site);
        fs::create_dir(visit.site.root().join("kept")).unwrap();
        fs::write(visit.site.root().join("kept/sound.wav"), recording(600)).unwrap();
        visit.tab.fetch("/kept/sound.wav");
        visit.wait_kept("/kept/sound.wav");
        visit.server.refuse();
        for path in ["/sound.wav", "/kept/sound.wav"] {
            let heard = visit.tab.evaluate(&format!(
                "new Promise((resolve) => {{
                    const sound = new Audio('{path}');
                    sound.preload = 'metadata';
                    sound.onerror = () => resolve(sound.error.message);
                    sound.onloadedmetadata = () => {{ sound.currentTime = 500; }};
                    sound.onseeked = () => resolve([sound.duration, sound.currentTime, sound.seekable.end(0)]);
                }})"
            ));
            assert_eq!(heard, json!([600, 500, 600]), "{path}");
        }
        visit.is_silent();
    }

    /// So many seconds of silence: a header and one byte for each of 8,000 samples a second.
    fn recording(seconds: u32) -> Vec<u8> {
        let length = seconds * 8_000;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((length + 36).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        for number in [16_u32, 0x0001_0001, 8_000, 8_000, 0x0008_0001] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"data");
        bytes.extend(length.to_le_bytes());
        bytes.resize(bytes.len() + length as usize, 128);
        bytes
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_stopped_worker_still_gives_parts() {
        let visit = clips();
        visit.server.refuse();
        for path in PATHS {
            visit.browser.kill_workers();
            assert_eq!(visit.part(path, "bytes=-3").3, "789", "{path}");
        }
    }
}
