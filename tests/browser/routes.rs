//! `[[routes]]`: what is kept of what the site's lists cannot name, and how it is answered, online and off.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::every_strategy_asks_the_network_as_it_says,
    it_works::what_is_fresh_is_not_asked_for_again,
    it_works::age_counts_from_storing_and_not_from_use,
    it_works::the_date_of_an_answer_says_nothing_about_its_age,
    it_works::what_a_wrong_clock_stored_is_asked_for_again,
    it_works::the_least_recently_used_go_first,
    it_works::who_asks_at_once_shares_one_request,
    it_works::only_the_named_statuses_are_kept,
    it_works::parameters_without_meaning_make_no_difference,
    it_works::an_answer_for_one_header_is_not_given_for_another,
    it_works::a_write_makes_old_what_it_changed,
    it_works::what_is_not_declared_is_not_touched,
    it_works::rules_are_told_apart,
    it_works::events_are_left_to_the_browser,
    it_works::files_of_the_site_come_before_the_rules,
    it_works::another_host_is_asked_for_readable_answers,
    it_works::a_rule_that_is_gone_leaves_nothing_behind,
    the_network_is_gone::every_strategy_answers_as_it_says everywhere,
    the_network_is_gone::old_beats_nothing_and_says_so everywhere,
    the_network_is_gone::a_server_error_gives_way_to_the_kept_answer,
    the_network_is_gone::a_slow_server_gives_way_to_the_kept_answer,
    the_network_is_gone::an_answer_that_broke_off_is_not_kept,
    the_network_is_gone::a_file_stands_in_for_what_cannot_be_had,
    the_network_is_gone::a_page_of_the_server_opens_again,
    the_network_is_gone::a_full_disk_is_survived,
    the_network_is_gone::a_full_disk_makes_room_for_the_site,
    the_network_is_gone::a_lost_book_is_written_anew,
    the_worker_is_killed_midway::an_answer_asked_for_meanwhile_arrives_at_the_next_try,
    the_worker_is_killed_midway::a_stopped_worker_still_knows_what_was_used,
];

const ANOTHER: u16 = 8081;

fn site(toml: &str) -> Site {
    Site::new(
        &[
            ("index.html", "<!doctype html><title>home</title>"),
            ("offline.html", "<!doctype html><title>offline</title>"),
            ("none.svg", &picture(7)),
        ],
        toml,
    )
}

/// A picture that can be told by its width.
fn picture(width: u32) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"1\"><rect width=\"9\" height=\"9\"/></svg>"
    )
}

struct Visit {
    site: Site,
    server: Server,
    browser: Browser,
    tab: Page,
}

/// A site with these rules, its worker in charge of one tab.
fn visit(toml: &str) -> Visit {
    started(site(toml))
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

impl Visit {
    /// Gives the server something that the worker's lists do not name.
    fn serve(&self, path: &str, text: &str) {
        self.site.write(path.trim_start_matches('/'), text);
    }

    fn text(&self, path: &str) -> Value {
        self.tab.fetch(path)["text"].clone()
    }

    fn asked(&self, path: &str) -> usize {
        self.server.requests_for(path).len()
    }

    /// The paths that the rules keep, sorted.
    fn kept(&self) -> Value {
        self.tab.evaluate(
            "caches.keys()
                .then((names) => names.filter((name) => name.includes(':route:')))
                .then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
                .then((keys) => keys.flat().map(({ url }) => new URL(url)).map(({ pathname, search }) => pathname + search).sort())",
        )
    }

    fn wait_kept(&self, paths: &[&str]) {
        let wanted = json!(paths);
        let mut last = Value::Null;
        eventually(&format!("{wanted} to be all that is kept"), || {
            last = self.kept();
            (last == wanted).then_some(())
        });
    }

    /// Loads a picture and says how wide it is; 0 stands for a broken one.
    fn width(&self, url: &str) -> Value {
        self.tab.evaluate(&format!(
            "new Promise((resolve) => {{
                const image = new Image();
                image.onload = image.onerror = () => resolve(image.naturalWidth);
                image.src = {};
            }})",
            json!(url)
        ))
    }

    /// Leaves so many more bytes to the site.
    fn limit(&self, bytes: u64) {
        let usage = "navigator.storage.estimate().then(({ usage }) => usage)";
        let used = self.tab.evaluate(usage).as_u64().unwrap();
        let quota = json!({ "origin": self.server.origin(), "quotaSize": used + bytes });
        self.tab
            .devtools()
            .call("Storage.overrideQuotaForOrigin", quota);
    }

    fn post(&self, path: &str) {
        assert_eq!(
            self.tab
                .fetch_with(path, &json!({ "method": "POST", "body": "{}" }))["status"],
            200
        );
    }

    fn is_silent(&self) {
        assert_eq!(self.tab.complaints(), Vec::<String>::new());
        assert_eq!(self.browser.worker_errors(), Vec::<String>::new());
    }
}

fn rule(path: &str, rest: &str) -> String {
    format!("[[routes]]\nmatch = {{ path = \"{path}\" }}\n{rest}\n")
}

/// Each strategy under a path of its own.
fn every_strategy() -> String {
    STRATEGIES
        .iter()
        .map(|strategy| {
            let name = match *strategy {
                "network-only" => "timeout = \"20s\"\n",
                _ => &format!("name = \"{strategy}\"\n"),
            };
            rule(
                &format!("/{strategy}/*"),
                &format!("strategy = \"{strategy}\"\n{name}"),
            )
        })
        .collect()
}

const STRATEGIES: [&str; 5] = [
    "cache-first",
    "network-first",
    "stale-while-revalidate",
    "network-only",
    "cache-only",
];

/// What a page does that fills a cache of the worker by itself.
const FILL: &str = "caches.open('test:/:route:cache-only')
    .then((cache) => cache.put('/cache-only/a', new Response('put there')))";

fn nothing() -> Value {
    json!({ "error": "TypeError" })
}

mod it_works {
    use super::*;

    pub(super) fn every_strategy_asks_the_network_as_it_says() {
        let visit = visit(&every_strategy());
        let paths = STRATEGIES.map(|strategy| format!("/{strategy}/a"));
        for path in &paths {
            visit.serve(path, "one");
        }
        for (path, first) in paths.iter().zip(["one", "one", "one", "one", ""]) {
            let answer = visit.tab.fetch(path);
            match first {
                "" => assert_eq!(answer, nothing()),
                text => assert_eq!(answer["text"], text, "{path}"),
            }
        }
        visit.tab.evaluate(FILL);
        visit.wait_kept(&[
            "/cache-first/a",
            "/cache-only/a",
            "/network-first/a",
            "/stale-while-revalidate/a",
        ]);
        for path in &paths {
            visit.serve(path, "two");
        }
        visit.server.forget_requests();
        for (path, second) in paths.iter().zip(["one", "two", "one", "two", "put there"]) {
            assert_eq!(visit.text(path), second, "{path}");
        }
        visit.server.wait_requests("/stale-while-revalidate/a", 1);
        for (path, asked) in paths.iter().zip([0, 1, 1, 1, 0]) {
            assert_eq!(visit.asked(path), asked, "{path}");
        }
        eventually("the revalidated answer", || {
            (visit.text("/stale-while-revalidate/a") == "two").then_some(())
        });
        visit.is_silent();
    }

    pub(super) fn what_is_fresh_is_not_asked_for_again() {
        let rules = ["network-first", "stale-while-revalidate"].map(|strategy| {
            rule(
                &format!("/{strategy}/*"),
                &format!("strategy = \"{strategy}\"\nfresh_for = \"1h\""),
            )
        });
        let visit = visit(&rules.concat());
        for path in ["/network-first/a", "/stale-while-revalidate/a"] {
            visit.serve(path, "one");
            assert_eq!(visit.text(path), "one");
        }
        visit.wait_kept(&["/network-first/a", "/stale-while-revalidate/a"]);
        for path in ["/network-first/a", "/stale-while-revalidate/a"] {
            visit.serve(path, "two");
            for _ in 0..3 {
                assert_eq!(visit.text(path), "one");
            }
            assert_eq!(visit.asked(path), 1, "{path}");
        }
    }

    pub(super) fn age_counts_from_storing_and_not_from_use() {
        let visit = visit(&rule("/a", "strategy = \"cache-first\"\nmax_age = \"2s\""));
        visit.serve("/a", "one");
        assert_eq!(visit.text("/a"), "one");
        let stored = Instant::now();
        visit.serve("/a", "two");
        while stored.elapsed() < Duration::from_millis(1_500) {
            assert_eq!(visit.text("/a"), "one");
            thread::sleep(Duration::from_millis(300));
        }
        thread::sleep(Duration::from_millis(2_100).saturating_sub(stored.elapsed()));
        assert_eq!(visit.text("/a"), "two");
    }

    pub(super) fn the_date_of_an_answer_says_nothing_about_its_age() {
        let visit = visit(&rule("/a", "strategy = \"cache-first\"\nmax_age = \"1h\""));
        visit.serve("/a", "one");
        let long_ago = Fault::Header("date", "Mon, 01 Jan 2001 00:00:00 GMT");
        visit.server.fault("/a", long_ago);
        for _ in 0..3 {
            assert_eq!(visit.text("/a"), "one");
        }
        assert_eq!(visit.asked("/a"), 1);
    }

    pub(super) fn what_a_wrong_clock_stored_is_asked_for_again() {
        let visit = visit(&rule(
            "/a",
            "strategy = \"cache-first\"\nmax_age = \"1h\"\nname = \"a\"",
        ));
        visit.serve("/a", "new");
        let stored_by_a_clock = |minutes: i64| {
            visit.tab.evaluate(&format!(
                "caches.open('test:/:route:a').then((cache) => cache.put(
                    new Request('/a', {{ headers: {{ 'x-mdpwa-stored': Date.now() + {} }} }}),
                    new Response('old')))",
                minutes * 60_000
            ));
        };
        for (minutes, text) in [(-59, "old"), (1, "old"), (-61, "new"), (61, "new")] {
            stored_by_a_clock(minutes);
            assert_eq!(visit.text("/a"), text, "{minutes}");
        }
    }

    pub(super) fn the_least_recently_used_go_first() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\"\nmax_entries = 3"));
        for path in ["/n/a", "/n/b", "/n/c", "/n/d"] {
            visit.serve(path, path);
        }
        for path in ["/n/a", "/n/b", "/n/c"] {
            assert_eq!(visit.text(path), path);
        }
        // What is on its way to its cache is in use.
        visit.wait_kept(&["/n/a", "/n/b", "/n/c"]);
        for path in ["/n/a", "/n/d"] {
            assert_eq!(visit.text(path), path);
        }
        visit.wait_kept(&["/n/a", "/n/c", "/n/d"]);
        // An answer that varies can be deleted like any other.
        visit.server.fault("/n/b", Fault::Header("vary", "accept"));
        for path in ["/n/b", "/n/a", "/n/c", "/n/d"] {
            assert_eq!(visit.text(path), path);
        }
        visit.wait_kept(&["/n/a", "/n/c", "/n/d"]);
        visit.is_silent();
    }

    pub(super) fn who_asks_at_once_shares_one_request() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\""));
        visit.serve("/n/a", "one");
        let late = Fault::Delay(Duration::from_millis(300));
        visit.server.fault("/n/a", late.clone());
        let texts = "Promise.all(Array.from({ length: 5 }, () => fetch('/n/a').then((response) => response.text())))";
        assert_eq!(
            visit.tab.evaluate(texts),
            json!(["one", "one", "one", "one", "one"])
        );
        assert_eq!(visit.asked("/n/a"), 1);
        // Who asks for something else does not.
        visit.serve("/n/b", "two");
        visit.server.fault("/n/b", late);
        let texts = "Promise.all(['text/plain', 'text/html'].map((accept) =>
            fetch('/n/b', { headers: { accept } }).then((response) => response.text())))";
        assert_eq!(visit.tab.evaluate(texts), json!(["two", "two"]));
        assert_eq!(visit.asked("/n/b"), 2);
    }

    pub(super) fn only_the_named_statuses_are_kept() {
        let visit = visit(&(rule("/usual/*", "") + &rule("/gone/*", "statuses = [200, 404]")));
        for path in ["/usual/x", "/gone/x"] {
            assert_eq!(visit.tab.fetch(path)["status"], 404);
        }
        visit.server.fault("/gone/y", Fault::Status(403));
        assert_eq!(visit.tab.fetch("/gone/y")["status"], 403);
        visit.wait_kept(&["/gone/x"]);
        visit.server.refuse();
        assert_eq!(visit.tab.fetch("/gone/x")["status"], 404);
        assert_eq!(visit.tab.fetch("/usual/x"), nothing());
    }

    pub(super) fn parameters_without_meaning_make_no_difference() {
        let visit = visit(
            &(rule(
                "/some/*",
                "strategy = \"cache-first\"\nignore_params = [\"utm_*\", \"v\", \"20*\"]",
            ) + &rule(
                "/all/*",
                "strategy = \"cache-first\"\nignore_params = \"all\"",
            )),
        );
        visit.serve("/some/a", "one");
        visit.serve("/all/a", "one");
        for path in [
            "/some/a?q=a%20b&utm_source=x",
            "/some/a?v=3&q=a%20b",
            "/some/a?2022.1&q=a%20b",
            "/all/a?b=1",
            "/all/a?",
            "/all/a",
        ] {
            assert_eq!(visit.text(path), "one", "{path}");
        }
        assert_eq!(visit.asked("/some/a"), 1);
        assert_eq!(visit.asked("/all/a"), 1);
        assert_eq!(visit.text("/some/a?q=c"), "one");
        assert_eq!(visit.asked("/some/a"), 2);
    }

    pub(super) fn an_answer_for_one_header_is_not_given_for_another() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\""));
        visit.serve("/n/a", "one");
        visit
            .server
            .fault("/n/a", Fault::Header("vary", "HX-Request"));
        let part = json!({ "headers": { "HX-Request": "true" } });
        assert_eq!(visit.tab.fetch_with("/n/a", &part)["text"], "one");
        visit.serve("/n/a", "two");
        assert_eq!(visit.text("/n/a"), "two");
        assert_eq!(visit.text("/n/a"), "two");
        assert_eq!(visit.asked("/n/a"), 2);
        // Chromium keeps one answer for an address, so the first may be gone; it is never taken for the second.
        visit.server.refuse();
        assert_eq!(visit.text("/n/a"), "two");
        assert_ne!(visit.tab.fetch_with("/n/a", &part)["text"], "two");
    }

    pub(super) fn a_write_makes_old_what_it_changed() {
        let visit = visit(&rule(
            "/api/**",
            "strategy = \"cache-first\"\ninvalidate = true",
        ));
        let all = [
            "/api/notes",
            "/api/notes?page=2",
            "/api/notes/7",
            "/api/notebooks",
        ];
        for path in ["/api/notebooks", "/api/notes/7"] {
            visit.serve(path, "one");
        }
        // A folder cannot be a file as well.
        let list = |text| Fault::Body("text/plain", text);
        visit.server.fault("/api/notes", list("one"));
        for path in all {
            assert_eq!(visit.text(path), "one");
        }
        for path in ["/api/notebooks", "/api/notes/7"] {
            visit.serve(path, "two");
        }
        visit.server.fault("/api/notes", list("two"));
        visit.server.fault("/api/notes/8", Fault::Status(422));
        let refused = json!({ "method": "POST", "body": "{}" });
        assert_eq!(
            visit.tab.fetch_with("/api/notes/8", &refused)["status"],
            422
        );
        for path in all {
            assert_eq!(visit.text(path), "one", "{path}");
        }
        visit.tab.evaluate("new Promise((resolve) => {
            document.body.innerHTML = '<iframe name=frame></iframe><form method=post action=/api/notes/7 target=frame></form>';
            document.querySelector('iframe').onload = () => resolve(true);
            document.querySelector('form').submit();
        })");
        for (path, text) in all.into_iter().zip(["two", "two", "two", "one"]) {
            assert_eq!(visit.text(path), text, "{path}");
        }
        // What is old is not gone.
        visit.post("/api/notes/7");
        visit.server.refuse();
        for (path, text) in all.into_iter().zip(["two", "two", "two", "one"]) {
            assert_eq!(visit.text(path), text, "{path}");
        }
        visit.is_silent();
    }

    pub(super) fn what_is_not_declared_is_not_touched() {
        let visit = visit(
            &(rule("/live/**", "strategy = \"network-only\"")
                + &rule("/**", "strategy = \"cache-first\"\nname = \"rest\"")),
        );
        visit.serve("/live/a", "one");
        visit.serve("/b", "one");
        assert_eq!(visit.text("/live/a"), "one");
        visit.post("/b");
        assert_eq!(
            visit.tab.fetch_with("/b", &json!({ "method": "HEAD" }))["status"],
            200
        );
        assert!(
            visit
                .tab
                .answers()
                .iter()
                .skip(1)
                .all(|answer| !answer.from_worker)
        );
        assert_eq!(visit.text("/b"), "one");
        assert!(visit.tab.answers().last().unwrap().from_worker);
        visit.wait_kept(&["/b"]);
    }

    pub(super) fn rules_are_told_apart() {
        let visit = visit(
            r#"
[[routes]]
name = "first"
match = { regex = '^/n/[0-9]+\?full$' }
strategy = "cache-first"
[[routes]]
name = "second"
match = { path = "/n/{1,2}*", destination = ["fetch", "style"] }
strategy = "cache-first"
[[routes]]
name = "pictures"
match = { destination = "image" }
strategy = "cache-first"
"#,
        );
        visit.serve("/n/12", "one");
        visit.serve("/n/3", "one");
        visit.serve("/n/1.svg", &picture(3));
        for path in ["/n/12?full", "/n/12?", "/n/12", "/n/3", "/n/1.svg"] {
            visit.text(path);
        }
        assert_eq!(visit.width("/n/1.svg"), 3);
        let kept = visit.tab.wait_for(
            "Promise.all(['first', 'second', 'pictures'].map((name) => caches.open(`test:/:route:${name}`)
                .then((cache) => cache.keys()).then((keys) => keys.map(({ url }) => url.slice(location.origin.length)))))
                .then((kept) => kept.every((keys) => keys.length) && kept)",
        );
        assert_eq!(
            kept,
            json!([
                ["/n/12?full"],
                ["/n/12?", "/n/12", "/n/1.svg"],
                ["/n/1.svg"]
            ])
        );
    }

    pub(super) fn events_are_left_to_the_browser() {
        let visit = visit(&rule("/n/*", "strategy = \"network-first\""));
        visit
            .server
            .fault("/n/a", Fault::Body("text/event-stream", "data: one\n\n"));
        let heard = visit.tab.evaluate(
            "new Promise((resolve) => {
                const events = new EventSource('/n/a');
                events.onmessage = ({ data }) => { events.close(); resolve(data); };
            })",
        );
        assert_eq!(heard, "one");
        assert!(!visit.tab.answers().last().unwrap().from_worker);
        visit.wait_kept(&[]);
    }

    pub(super) fn files_of_the_site_come_before_the_rules() {
        let visit = visit(&rule("/**", "strategy = \"network-first\""));
        visit.server.forget_requests();
        assert_eq!(visit.text("/none.svg"), picture(7));
        assert_eq!(visit.asked("/none.svg"), 0);
        visit.wait_kept(&[]);
    }

    pub(super) fn another_host_is_asked_for_readable_answers() {
        let visit = visit(
            r#"
[[routes]]
name = "readable"
match = { host = "127.0.0.1:8081", path = "/r/*" }
strategy = "cache-first"
[[routes]]
name = "opaque"
match = { host = "127.0.0.1:8081", path = "/o/*" }
strategy = "cache-first"
opaque = true
max_entries = 2
"#,
        );
        let elsewhere = Server::start_at(visit.site.root(), ANOTHER);
        for path in [
            "/r/open.svg",
            "/r/closed.svg",
            "/o/open.svg",
            "/o/closed.svg",
        ] {
            visit.serve(path, &picture(5));
        }
        for path in ["/r/open.svg", "/o/open.svg"] {
            elsewhere.fault(path, Fault::Header("access-control-allow-origin", "*"));
        }
        for path in [
            "/r/open.svg",
            "/o/open.svg",
            "/r/closed.svg",
            "/o/closed.svg",
        ] {
            assert_eq!(visit.width(&elsewhere.url(path)), 5, "{path}");
        }
        visit.wait_kept(&["/o/closed.svg", "/o/open.svg", "/r/open.svg"]);
        let types = visit.tab.evaluate(
            "Promise.all(['/r/open.svg', '/o/open.svg', '/o/closed.svg'].map((path) =>
                caches.match(`http://127.0.0.1:8081${path}`).then(({ type }) => type)))",
        );
        assert_eq!(types, json!(["cors", "cors", "opaque"]));
        // What cannot be read was asked for once in vain, and not again.
        assert_eq!(elsewhere.requests_for("/r/closed.svg").len(), 2);
        assert_eq!(elsewhere.requests_for("/o/closed.svg").len(), 1);
        elsewhere.refuse();
        // A page asks no worker for the pictures that it still has.
        visit.tab.reload();
        for (path, width) in [
            ("/r/open.svg", 5),
            ("/o/closed.svg", 5),
            ("/r/closed.svg", 0),
        ] {
            assert_eq!(visit.width(&elsewhere.url(path)), width, "{path}");
        }
    }

    pub(super) fn a_rule_that_is_gone_leaves_nothing_behind() {
        let one = rule("/n/*", "strategy = \"cache-first\"\nname = \"one\"");
        let visit = visit(&one);
        visit.serve("/n/a", "one");
        visit.text("/n/a");
        visit.wait_kept(&["/n/a"]);
        visit.tab.evaluate("Promise.all(['test:/sub/:route:one', 'route:one'].map((name) => caches.open(name))).then(() => true)");
        visit.site.configure(&one.replace("\"one\"", "\"two\""));
        std::fs::remove_dir_all(visit.site.root().join("n")).unwrap();
        visit
            .site
            .write("changed.html", "<!doctype html><title>changed</title>");
        visit.site.build();
        assert_eq!(visit.tab.update_worker(), "installed");
        visit
            .browser
            .leave_and_return(&visit.tab, &visit.server.url("/"));
        let mine = visit.tab.wait_for(
            "caches.keys().then((names) => !names.includes('test:/:route:one') && names.filter((name) => name.includes('route:')))",
        );
        assert_eq!(mine, json!(["test:/sub/:route:one", "route:one"]));
        visit.site.configure("");
        visit.site.build();
        assert_eq!(visit.tab.update_worker(), "installed");
        visit
            .browser
            .leave_and_return(&visit.tab, &visit.server.url("/"));
        visit.tab.wait_for(
            "caches.keys().then((names) => !names.some((name) => name.startsWith('test:/:route')))",
        );
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn every_strategy_answers_as_it_says() {
        let visit = visit(&every_strategy());
        for strategy in STRATEGIES {
            visit.serve(&format!("/{strategy}/a"), "one");
            visit.tab.fetch(&format!("/{strategy}/a"));
        }
        visit.tab.evaluate(FILL);
        visit.wait_kept(&[
            "/cache-first/a",
            "/cache-only/a",
            "/network-first/a",
            "/stale-while-revalidate/a",
        ]);
        visit.server.refuse();
        for (strategy, text) in STRATEGIES
            .into_iter()
            .zip(["one", "one", "one", "", "put there"])
        {
            let answer = visit.tab.fetch(&format!("/{strategy}/a"));
            match text {
                "" => assert_eq!(answer, nothing()),
                text => assert_eq!(answer["text"], text, "{strategy}"),
            }
            assert_eq!(visit.tab.fetch(&format!("/{strategy}/b")), nothing());
        }
        visit.is_silent();
    }

    pub(super) fn old_beats_nothing_and_says_so() {
        let rules = ["cache-first", "network-first", "stale-while-revalidate"].map(|strategy| {
            rule(
                &format!("/{strategy}"),
                &format!("strategy = \"{strategy}\"\nmax_age = \"1s\""),
            )
        });
        let visit = visit(&rules.concat());
        let paths = ["/cache-first", "/network-first", "/stale-while-revalidate"];
        for path in paths {
            visit.serve(path, "one");
            assert_eq!(
                visit.tab.fetch(path)["headers"]["cache-status"],
                Value::Null
            );
        }
        visit.wait_kept(&paths);
        thread::sleep(Duration::from_millis(1_600));
        visit.server.refuse();
        for path in paths {
            let answer = visit.tab.fetch(path);
            assert_eq!(answer["text"], "one", "{path}");
            let status = answer["headers"]["cache-status"].as_str().unwrap();
            assert!(status.starts_with("mdpwa; hit; ttl=-"), "{path}: {status}");
        }
        visit.is_silent();
    }

    pub(super) fn a_server_error_gives_way_to_the_kept_answer() {
        let visit = visit(&rule("/n/*", "strategy = \"network-first\""));
        visit.serve("/n/a", "one");
        visit.text("/n/a");
        visit.wait_kept(&["/n/a"]);
        for status in [500, 502, 503, 504] {
            visit.server.fault("*", Fault::Status(status));
            assert_eq!(visit.text("/n/a"), "one", "{status}");
            // Nothing is kept of this one: the server's own words are the truth about it.
            assert_eq!(visit.tab.fetch("/n/b")["status"], status);
        }
        visit.server.fault("*", Fault::Status(404));
        assert_eq!(visit.tab.fetch("/n/a")["status"], 404);
        visit.server.heal("*");
        assert_eq!(
            visit.tab.fetch("/n/a")["headers"]["cache-status"],
            Value::Null
        );
    }

    pub(super) fn a_slow_server_gives_way_to_the_kept_answer() {
        let visit = visit(
            &(rule("/n/*", "strategy = \"network-first\"\ntimeout = \"400ms\"")
                + &rule("/o/*", "strategy = \"network-only\"\ntimeout = \"400ms\"")),
        );
        visit.serve("/n/a", "one");
        visit.serve("/o/a", "one");
        assert_eq!(visit.text("/n/a"), "one");
        visit.wait_kept(&["/n/a"]);
        visit.serve("/n/a", "two");
        visit.server.fault("*", Fault::Hang);
        let started = Instant::now();
        assert_eq!(visit.text("/n/a"), "one");
        assert_eq!(visit.tab.fetch("/o/a"), nothing());
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
        // What comes late is for the next time, with the network or without.
        visit.server.heal("*");
        visit.tab.wait_for(
            "caches.match('/n/a').then((response) => response.text()).then((text) => text === 'two')",
        );
        visit.server.refuse();
        assert_eq!(visit.text("/n/a"), "two");
        visit.is_silent();
    }

    pub(super) fn an_answer_that_broke_off_is_not_kept() {
        let visit = visit(&rule("/n/*", "strategy = \"network-first\""));
        visit.serve("/n/a", &"one ".repeat(10_000));
        visit.serve("/n/b", "one");
        visit.server.fault("/n/a", Fault::Cut(5_000));
        assert_eq!(visit.tab.fetch("/n/a"), nothing());
        visit.text("/n/b");
        visit.wait_kept(&["/n/b"]);
        visit.server.heal("/n/a");
        visit.text("/n/a");
        visit.wait_kept(&["/n/a", "/n/b"]);
        visit.serve("/n/a", &"two ".repeat(10_000));
        visit.server.fault("/n/a", Fault::Cut(5_000));
        visit.tab.fetch("/n/a");
        visit.server.refuse();
        assert_eq!(visit.text("/n/a"), "one ".repeat(10_000));
    }

    pub(super) fn a_file_stands_in_for_what_cannot_be_had() {
        let visit = visit(&rule(
            "/pictures/*",
            "strategy = \"cache-first\"\nfallback = { image = \"/none.svg\" }",
        ));
        visit.serve("/pictures/a.svg", &picture(3));
        assert_eq!(visit.width("/pictures/a.svg"), 3);
        visit.wait_kept(&["/pictures/a.svg"]);
        visit.server.fault("/pictures/c.svg", Fault::Status(503));
        assert_eq!(visit.width("/pictures/c.svg"), 7);
        visit.server.refuse();
        assert_eq!(visit.width("/pictures/a.svg?2"), 7);
        assert_eq!(visit.width("/pictures/b.svg"), 7);
        // A script that asks for a picture wants the truth.
        assert_eq!(visit.tab.fetch("/pictures/b.svg"), nothing());
    }

    pub(super) fn a_page_of_the_server_opens_again() {
        let visit = visit(
            &("[pages]\noffline = \"/offline.html\"\n".to_owned()
                + &rule("/articles/*", "strategy = \"network-first\"")),
        );
        visit.serve(
            "/articles/one.html",
            "<!doctype html><title>article</title>",
        );
        visit.tab.goto(&visit.server.url("/articles/one.html"));
        visit.wait_kept(&["/articles/one.html"]);
        visit.server.refuse();
        let title = |path: &str| {
            let arrival = visit.tab.goto(&visit.server.url(path));
            (arrival.status, visit.tab.evaluate("document.title"))
        };
        assert_eq!(title("/articles/one.html"), (200, json!("article")));
        assert_eq!(title("/articles/two.html"), (503, json!("offline")));
        assert_eq!(title("/"), (200, json!("home")));
        visit.is_silent();
    }

    pub(super) fn a_full_disk_is_survived() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\""));
        visit.limit(2_000_000);
        let large = "x".repeat(300_000);
        for number in 10..30 {
            let path = format!("/n/{number}");
            visit.serve(&path, &large);
            assert!(visit.text(&path) == large, "{path}");
            // The first is used again and again, so it stays.
            assert!(visit.text("/n/10") == large);
        }
        assert_eq!(visit.asked("/n/10"), 1);
        visit.tab.wait_for("caches.match('/n/29').then(Boolean)");
        let kept = visit.kept();
        let kept = kept.as_array().unwrap();
        assert!(kept.contains(&json!("/n/10")), "{kept:?}");
        assert!((2..8).contains(&kept.len()), "{kept:?}");
        visit.is_silent();
    }

    pub(super) fn a_full_disk_makes_room_for_the_site() {
        let large = "x".repeat(300_000);
        let lazy = "[[assets]]\nname = \"site\"\nexclude = [\"lazy/*\"]\n[[assets]]\nname = \"lazy\"\ninclude = [\"lazy/*\"]\ninstall = \"lazy\"\n";
        let site = site(&format!(
            "{lazy}{}",
            rule("/n/*", "strategy = \"cache-first\"")
        ));
        site.write("lazy/a.txt", &large);
        let visit = started(site);
        visit.limit(2_000_000);
        let fill = || {
            for number in 10..20 {
                visit.serve(&format!("/n/{number}"), &large);
                visit.text(&format!("/n/{number}"));
            }
        };
        fill();
        assert!(visit.text("/lazy/a.txt") == large);
        fill();
        std::fs::remove_dir_all(visit.site.root().join("n")).unwrap();
        for name in ["one", "two", "three"] {
            visit
                .site
                .write(&format!("{name}.txt"), &format!("{name}{large}"));
        }
        visit.site.build();
        assert_eq!(visit.tab.update_worker(), "installed");
        // Nothing is left to make room for this one, and it arrives all the same.
        visit.tab.evaluate(
            "caches.keys().then((names) => Promise.all(names.filter((name) => /bodies|route/.test(name))
                .map((name) => caches.delete(name)))).then(() => true)",
        );
        visit.limit(1_000);
        assert!(visit.text("/lazy/a.txt") == large);
        visit.is_silent();
    }

    pub(super) fn a_lost_book_is_written_anew() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\"\nmax_entries = 2"));
        for (number, loss) in [
            "caches.delete('test:/:route-uses')",
            "caches.open('test:/:route-uses').then((cache) => cache.put('/', new Response('[{')))",
            "caches.open('test:/:route-uses').then((cache) => cache.put('/', Response.json({ nonsense: 1 })))",
        ]
        .into_iter()
        .enumerate()
        {
            let [a, b, c] = ["a", "b", "c"].map(|name| format!("/n/{number}{name}"));
            for path in [&a, &b] {
                visit.serve(path, path);
                assert_eq!(visit.text(path), *path);
            }
            visit.wait_kept(&[&a, &b]);
            let book = "caches.match('/', { cacheName: 'test:/:route-uses' }).then((book) => book.json())";
            visit.tab.wait_for(&format!("{book}.then((book) => `${{location.origin}}{b}` in book)"));
            visit.browser.kill_workers();
            visit.tab.evaluate(&format!("{loss}.then(() => true)"));
            visit.serve(&c, &c);
            assert_eq!(visit.text(&c), c);
            visit.wait_kept(&[&b, &c]);
            let entries = visit.tab.wait_for(&format!(
                "{book}.then((book) => `${{location.origin}}{c}` in book && Object.keys(book).length)"
            ));
            assert_eq!(entries, 2);
        }
        visit.is_silent();
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn an_answer_asked_for_meanwhile_arrives_at_the_next_try() {
        let visit = visit(&rule("/n/*", "strategy = \"stale-while-revalidate\""));
        visit.serve("/n/a", "one");
        visit.serve("/n/b", "one");
        visit.text("/n/b");
        visit.wait_kept(&["/n/b"]);
        visit.server.fault("/n/a", Fault::Hang);
        visit
            .tab
            .evaluate("void fetch('/n/a').catch(() => undefined)");
        visit.server.wait_requests("/n/a", 1);
        visit.browser.kill_workers();
        visit.server.heal("/n/a");
        assert_eq!(visit.text("/n/a"), "one");
        visit.wait_kept(&["/n/a", "/n/b"]);
        visit.server.refuse();
        visit.browser.kill_workers();
        assert_eq!(visit.text("/n/b"), "one");
    }

    pub(super) fn a_stopped_worker_still_knows_what_was_used() {
        let visit = visit(&rule("/n/*", "strategy = \"cache-first\"\nmax_entries = 3"));
        for path in ["/n/a", "/n/b", "/n/c", "/n/d"] {
            visit.serve(path, path);
        }
        for path in ["/n/a", "/n/b", "/n/c"] {
            assert_eq!(visit.text(path), path);
        }
        // What is on its way to its cache is in use.
        visit.wait_kept(&["/n/a", "/n/b", "/n/c"]);
        assert_eq!(visit.text("/n/a"), "/n/a");
        visit.tab.wait_for(
            "caches.match('/', { cacheName: 'test:/:route-uses' }).then((book) => book?.json())
                .then((book) => book?.[`${location.origin}/n/a`] > book?.[`${location.origin}/n/c`])",
        );
        visit.browser.kill_workers();
        assert_eq!(visit.text("/n/d"), "/n/d");
        visit.wait_kept(&["/n/a", "/n/c", "/n/d"]);
    }
}
