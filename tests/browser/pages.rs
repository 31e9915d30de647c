//! `[pages]`: how navigations are answered, online and off, whatever a page is called.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Browser, Page, UNKNOWN};
use crate::devtools::eventually;
use crate::engine::Need;
use crate::runner;
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_fresh_page_is_the_servers_newest,
    it_works::an_instant_page_needs_no_request,
    it_works::a_shell_draws_every_route_and_leaves_files_alone,
    it_works::a_denied_path_belongs_to_the_server,
    it_works::an_unknown_page_is_the_servers_own_404,
    it_works::importing_the_module_registers_the_worker everywhere,
    it_works::the_module_can_be_told_to_wait,
    it_works::the_snippet_does_what_it_is_for,
    the_network_is_gone::every_spelling_of_a_page_opens everywhere,
    the_network_is_gone::awkward_file_names_open,
    the_network_is_gone::awkward_file_names_load_as_files,
    the_network_is_gone::a_query_names_no_other_page,
    the_network_is_gone::the_same_build_opens_under_another_base,
    the_network_is_gone::a_folder_without_its_slash_finds_its_files,
    the_network_is_gone::a_host_that_hides_html_is_understood,
    the_network_is_gone::an_unknown_page_gives_the_offline_page everywhere,
    the_network_is_gone::a_host_that_hides_endings_shows_the_pages_for_all_others,
    the_network_is_gone::without_an_offline_page_the_browser_says_so_itself,
    the_network_is_gone::a_server_error_gives_way_to_the_kept_page,
    the_network_is_gone::a_slow_server_gives_way_to_the_kept_page,
    the_network_is_gone::a_shell_draws_every_route,
    the_network_is_gone::a_denied_path_is_not_made_up,
    the_network_is_gone::a_page_in_a_frame_opens,
    the_worker_is_killed_midway::a_page_asked_for_meanwhile_arrives_at_the_next_try,
    the_worker_is_killed_midway::a_stopped_worker_answers_the_first_navigation,
];

fn page(name: &str) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{name}</title><link rel=\"stylesheet\" href=\"style.css\"><h1>{name}</h1>"
    )
}

fn site(toml: &str) -> Site {
    let site = Site::new(
        &[
            ("style.css", "h1 { color: teal }"),
            ("docs/style.css", "h1 { color: teal }"),
        ],
        toml,
    );
    for (file, name) in [
        ("index.html", "home"),
        ("about.html", "about"),
        ("offline.html", "offline"),
        ("docs/index.html", "docs"),
        ("docs/guide.html", "guide"),
    ] {
        site.write(file, &page(name));
    }
    site
}

fn install(browser: &Browser, server: &Server, base: &str) -> Page {
    let page = browser.open(&server.url(base));
    assert_eq!(page.register_worker(), "activated");
    page.wait_controlled();
    page
}

/// Where a browser lands and what it sees there.
fn visit(page: &Page, url: &str) -> (u64, String) {
    let arrival = page.goto(url);
    (
        arrival.status,
        page.evaluate("document.title")
            .as_str()
            .unwrap()
            .to_string(),
    )
}

/// What is to be seen, with its status where the engine tells it.
fn seen(status: u64, title: &str) -> (u64, String) {
    let told = runner::engine().has(Need::Status);
    (if told { status } else { UNKNOWN }, title.to_string())
}

/// Names that servers, URLs and careless code spell differently.
const AWKWARD: [&str; 24] = [
    "operator+=.html",
    "operator%2B.html",
    "a b.html",
    "50%.html",
    "100%25.html",
    "c#.html",
    "what?.html",
    "é.html",
    "e\u{301}.html",
    "日本.html",
    "quote'.html",
    "amp&.html",
    "semi;colon.html",
    "[x].html",
    "{x}.html",
    "pipe|.html",
    "caret^.html",
    "at@.html",
    "~tilde.html",
    "dollar$.html",
    "two.dots.html",
    "(x).html",
    "comma,.html",
    "struct.Vec<T>.html",
];

/// A path as a link in a page would have it: every character that means something in a URL is escaped.
fn escaped(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2E", ".")
}

fn awkward_site() -> Site {
    let site = site("");
    for name in AWKWARD {
        site.write(&format!("odd/{name}"), &page(name));
        site.write(&format!("odd/{}", name.replace(".html", ".txt")), name);
    }
    site.build();
    site
}

mod it_works {
    use super::*;

    pub(super) fn a_fresh_page_is_the_servers_newest() {
        let site = site("[pages]\nstrategy = \"fresh\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        site.write("about.html", &page("about, rewritten"));
        assert_eq!(
            visit(&tab, &server.url("/about.html")),
            seen(200, "about, rewritten")
        );
        server.refuse();
        assert_eq!(visit(&tab, &server.url("/about.html")), seen(200, "about"));
        assert_eq!(tab.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn an_instant_page_needs_no_request() {
        let site = site("[pages]\nstrategy = \"instant\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.forget_requests();
        assert_eq!(visit(&tab, &server.url("/about.html")), seen(200, "about"));
        assert!(server.requests_for("/about.html").is_empty());
        site.write("later.html", &page("later"));
        assert_eq!(visit(&tab, &server.url("/later.html")), seen(200, "later"));
    }

    pub(super) fn a_shell_draws_every_route_and_leaves_files_alone() {
        let site = site("[pages]\nstrategy = \"shell\"\nshell = \"/index.html\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.forget_requests();
        assert_eq!(visit(&tab, &server.url("/users/7/edit")), seen(200, "home"));
        assert_eq!(tab.evaluate("location.pathname"), "/users/7/edit");
        assert!(server.requests_for("/users/7/edit").is_empty());
        assert_eq!(tab.fetch("/style.css")["text"], "h1 { color: teal }");
        assert_eq!(tab.fetch("/users/7/photo.png")["status"], 404);
    }

    pub(super) fn a_denied_path_belongs_to_the_server() {
        for (strategy, port) in [("shell", 8080), ("instant", 8081), ("fresh", 8082)] {
            let site = site(&format!(
                "[pages]\nstrategy = \"{strategy}\"\ndeny = [\"/admin/**\"]\n"
            ));
            site.build();
            let server = Server::start_at(site.root(), port);
            site.write("admin/index.html", &page("admin"));
            let browser = Browser::launch();
            let tab = install(&browser, &server, "/");
            let arrival = tab.goto(&server.url("/admin/"));
            assert!(!arrival.from_worker, "{strategy}");
            assert_eq!(tab.evaluate("document.title"), "admin");
            assert_eq!(tab.goto(&server.url("/admin/users")).status, 404);
            std::fs::remove_dir_all(site.root().join("admin")).unwrap();
        }
    }

    pub(super) fn an_unknown_page_is_the_servers_own_404() {
        let site = site("[pages]\noffline = \"/offline.html\"\n");
        site.write("404.html", &page("not here"));
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        assert_eq!(
            visit(&tab, &server.url("/nowhere.html")),
            seen(404, "not here")
        );
    }

    pub(super) fn importing_the_module_registers_the_worker() {
        let site = site("");
        site.write("index.html", "<!doctype html><title>home</title><script type=\"module\" src=\"register.js\"></script>");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        let offers = tab.evaluate(
            "import('/register.js').then(({ register }) => Promise.all([register(), register()]))",
        );
        let offer = json!({ "serviceWorker": true, "backgroundSync": browser.has(Need::Sync) });
        assert_eq!(offers, json!([offer, offer]));
        server.refuse();
        assert!(tab.reload().from_worker);
        assert_eq!(tab.fetch("/register.js")["status"], 200);
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn the_module_can_be_told_to_wait() {
        let site = site("[worker]\nauto_register = false\n");
        site.write("index.html", "<!doctype html><title>home</title><script type=\"module\" src=\"register.js\"></script>");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.evaluate("import('/register.js').then(() => new Promise((done) => setTimeout(done, 300))).then(() => true)");
        assert_eq!(
            tab.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)"),
            0
        );
        tab.evaluate("import('/register.js').then(({ register }) => register())");
        tab.wait_controlled();
    }

    pub(super) fn the_snippet_does_what_it_is_for() {
        let site = site("");
        site.build();
        let snippet = std::fs::read_to_string(site.root().join("snippet.html")).unwrap();
        site.write(
            "index.html",
            &format!("<!doctype html><title>home</title>{snippet}"),
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn every_spelling_of_a_page_opens() {
        let site = site("");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        for (path, title) in [
            ("/", "home"),
            ("/index.html", "home"),
            ("/?", "home"),
            ("/about.html", "about"),
            ("/about%2Ehtml", "about"),
            ("/%61bout.html", "about"),
            ("/about.html#part", "about"),
            ("/docs/", "docs"),
            ("/docs/index.html", "docs"),
            ("/docs/guide.html", "guide"),
            ("/docs/../about.html", "about"),
        ] {
            assert_eq!(visit(&tab, &server.url(path)), seen(200, title), "{path}");
        }
    }

    pub(super) fn awkward_file_names_open() {
        let site = awkward_site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        // First with the server, to know that the test itself spells the names as a server reads them.
        for name in AWKWARD {
            assert_eq!(
                visit(&tab, &server.url(&format!("/odd/{}", escaped(name)))),
                seen(200, name)
            );
        }
        server.refuse();
        for name in AWKWARD {
            assert_eq!(
                visit(&tab, &server.url(&format!("/odd/{}", escaped(name)))),
                seen(200, name),
                "{name}"
            );
            // As people write them: only what cannot stand in a path is escaped, the rest is the browser's business.
            let careless = name
                .replace('%', "%25")
                .replace('#', "%23")
                .replace('?', "%3F");
            assert_eq!(
                visit(&tab, &server.url(&format!("/odd/{careless}"))),
                seen(200, name),
                "{careless}"
            );
        }
    }

    pub(super) fn awkward_file_names_load_as_files() {
        let site = awkward_site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        for name in AWKWARD {
            let file = escaped(&name.replace(".html", ".txt"));
            assert_eq!(tab.fetch(&format!("/odd/{file}"))["text"], name);
        }
    }

    pub(super) fn a_query_names_no_other_page() {
        let site = site("");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        for query in [
            "?utm_source=x&utm_medium=y",
            "?v=2",
            "?2022.1",
            "?",
            "?q=a%20b+c",
        ] {
            assert_eq!(
                visit(&tab, &server.url(&format!("/about.html{query}"))),
                seen(200, "about"),
                "{query}"
            );
            assert_eq!(
                tab.fetch(&format!("/style.css{query}"))["text"],
                "h1 { color: teal }",
                "{query}"
            );
        }
        visit(&tab, &server.url("/about.html?q=1"));
        assert_eq!(tab.evaluate("location.search"), "?q=1");
    }

    pub(super) fn the_same_build_opens_under_another_base() {
        let site = site("[pages]\noffline = \"/offline.html\"\n");
        site.build();
        let host = site.root().parent().unwrap().join("host");
        std::fs::create_dir(&host).unwrap();
        std::os::unix::fs::symlink(site.root(), host.join("repo")).unwrap();
        std::os::unix::fs::symlink(site.root(), host.join("other")).unwrap();
        let server = Server::start(&host);
        let browser = Browser::launch();
        let other = install(&browser, &server, "/other/");
        let tab = install(&browser, &server, "/repo/");
        server.refuse();
        for base in ["/repo", "/other"] {
            assert_eq!(
                visit(&tab, &server.url(&format!("{base}/"))),
                seen(200, "home")
            );
            assert_eq!(
                visit(&tab, &server.url(&format!("{base}/docs/guide.html"))),
                seen(200, "guide")
            );
            assert_eq!(
                tab.evaluate("getComputedStyle(document.querySelector('h1')).color"),
                "rgb(0, 128, 128)"
            );
            assert_eq!(
                visit(&tab, &server.url(&format!("{base}/nowhere"))).1,
                "offline"
            );
        }
        assert!(other.try_goto(&server.url("/elsewhere")).is_err());
    }

    pub(super) fn a_folder_without_its_slash_finds_its_files() {
        let site = site("");
        site.write("docs/style.css", "h1 { color: red }");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        assert_eq!(visit(&tab, &server.url("/docs?q=1")).1, "docs");
        assert_eq!(
            tab.evaluate("location.pathname + location.search"),
            "/docs/?q=1"
        );
        assert_eq!(
            tab.evaluate("getComputedStyle(document.querySelector('h1')).color"),
            "rgb(255, 0, 0)"
        );
    }

    pub(super) fn a_host_that_hides_html_is_understood() {
        let site = site("host = \"github-pages\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        assert_eq!(visit(&tab, &server.url("/about")), seen(200, "about"));
        assert_eq!(visit(&tab, &server.url("/docs/guide")), seen(200, "guide"));
        assert_eq!(visit(&tab, &server.url("/about.html")), seen(200, "about"));
    }

    pub(super) fn an_unknown_page_gives_the_offline_page() {
        for (strategy, port) in [("fresh", 8080), ("instant", 8081)] {
            let site = site(&format!(
                "[pages]\nstrategy = \"{strategy}\"\noffline = \"/offline.html\"\n"
            ));
            site.build();
            let server = Server::start_at(site.root(), port);
            let browser = Browser::launch();
            let tab = install(&browser, &server, "/");
            server.refuse();
            let nowhere = visit(&tab, &server.url("/nowhere.html"));
            assert_eq!(nowhere, seen(503, "offline"), "{strategy}");
            assert_eq!(tab.evaluate("location.pathname"), "/nowhere.html");
            // Only a page is a page: a script that is not there has to fail as a script.
            assert_eq!(tab.fetch("/nowhere.js")["error"], "TypeError");
        }
    }

    /// To such a host "/offline.html" is only the way to "/offline".
    pub(super) fn a_host_that_hides_endings_shows_the_pages_for_all_others() {
        for (pages, port, wanted) in [
            ("offline = \"/offline.html\"", 8080, seen(503, "offline")),
            (
                "strategy = \"shell\"\nshell = \"/about.html\"",
                8081,
                seen(200, "about"),
            ),
        ] {
            let site = Site::new(&[], &format!("host = \"cloudflare\"\n[pages]\n{pages}\n"));
            for name in ["index", "about", "offline"] {
                site.write(&format!("{name}.html"), &page(name));
            }
            site.build();
            let server = Server::start_at(site.root(), port);
            let browser = Browser::launch();
            let tab = install(&browser, &server, "/");
            server.refuse();
            assert_eq!(visit(&tab, &server.url("/nowhere")), wanted);
            assert_eq!(tab.evaluate("location.pathname"), "/nowhere");
        }
    }

    pub(super) fn without_an_offline_page_the_browser_says_so_itself() {
        let site = site("");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        assert_eq!(tab.fetch("/nowhere.css")["error"], "TypeError");
        assert!(tab.try_goto(&server.url("/nowhere.html")).is_err());
        // Not a word of the worker's own: to every page it is as if there were no worker.
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_server_error_gives_way_to_the_kept_page() {
        let site = site("[pages]\noffline = \"/offline.html\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        for status in [500, 502, 503, 504] {
            server.fault("*", Fault::Status(status));
            assert_eq!(
                visit(&tab, &server.url("/about.html")),
                seen(200, "about"),
                "{status}"
            );
            // Nothing is kept for this one: the server's own words are the truth about it.
            assert_eq!(
                tab.goto(&server.url("/nowhere.html")).status,
                u64::from(status)
            );
        }
    }

    pub(super) fn a_slow_server_gives_way_to_the_kept_page() {
        let site = site("[pages]\ntimeout = \"400ms\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.fault("/about.html", Fault::Hang);
        let started = Instant::now();
        assert_eq!(visit(&tab, &server.url("/about.html")), seen(200, "about"));
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        // Slow, but in time.
        site.write("docs/guide.html", &page("guide, rewritten"));
        server.fault("/docs/guide.html", Fault::Delay(Duration::from_millis(100)));
        assert_eq!(
            visit(&tab, &server.url("/docs/guide.html")),
            seen(200, "guide, rewritten")
        );
    }

    pub(super) fn a_shell_draws_every_route() {
        let site = site("[pages]\nstrategy = \"shell\"\nshell = \"/index.html\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        for route in ["/users/7", "/users/7/", "/a.b/c", "/search?q=x"] {
            assert_eq!(
                visit(&tab, &server.url(route)),
                seen(200, "home"),
                "{route}"
            );
        }
        assert_eq!(visit(&tab, &server.url("/about.html")), seen(200, "about"));
    }

    pub(super) fn a_denied_path_is_not_made_up() {
        let site = site(
            "[pages]\nstrategy = \"shell\"\noffline = \"/offline.html\"\ndeny = [\"/api/**\"]\n",
        );
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        assert!(tab.try_goto(&server.url("/api/report")).is_err());
        assert_eq!(visit(&tab, &server.url("/apis")), seen(200, "home"));
    }

    pub(super) fn a_page_in_a_frame_opens() {
        let site = site("");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.refuse();
        tab.evaluate("document.body.innerHTML = '<iframe src=\"/docs/guide.html\"></iframe>'");
        assert_eq!(
            tab.wait_for("document.querySelector('iframe').contentDocument?.title"),
            "guide"
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_page_asked_for_meanwhile_arrives_at_the_next_try() {
        let site = site("[pages]\ntimeout = \"10s\"\n");
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server, "/");
        server.fault("/about.html", Fault::Hang);
        tab.evaluate("void setTimeout(() => { location.href = '/about.html'; }, 0)");
        server.wait_requests("/about.html", 1);
        browser.kill_workers();
        server.refuse();
        eventually("the page", || {
            (tab.try_goto(&server.url("/about.html")).is_ok()).then_some(())
        });
        assert_eq!(tab.evaluate("document.title"), "about");
    }

    pub(super) fn a_stopped_worker_answers_the_first_navigation() {
        for (strategy, port) in [("fresh", 8080), ("instant", 8081), ("shell", 8082)] {
            let site = site(&format!("[pages]\nstrategy = \"{strategy}\"\n"));
            site.build();
            let server = Server::start_at(site.root(), port);
            let browser = Browser::launch();
            let tab = install(&browser, &server, "/");
            server.refuse();
            browser.kill_workers();
            assert_eq!(
                visit(&tab, &server.url("/about.html")),
                seen(200, "about"),
                "{strategy}"
            );
        }
    }
}
