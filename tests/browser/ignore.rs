//! `[[assets]] ignore`: what every rebuild changes does not count.

use serde_json::json;

use crate::browser::{Browser, Page};
use crate::server::Server;
use crate::site::Site;

crate::tests![
    it_works::a_rebuild_that_changes_only_dates_is_no_new_version everywhere,
    it_works::a_rebuild_that_changes_more_downloads_only_that,
    it_works::a_page_with_a_newer_date_gets_the_kept_files,
    the_network_is_gone::the_kept_date_is_shown,
    the_worker_is_killed_midway::a_page_that_helps_passes_over_the_date_too,
];

const IGNORE: &str = "
[[assets]]
verify = \"strict\"
ignore = ['<footer>Last updated on [^<]*</footer>', 'version \\d+']
";

fn page(title: &str, date: &str) -> String {
    format!(
        "<!doctype html><title>{title}</title><h1>{title}</h1><p>vérsion ½ version 12</p><footer>Last updated on {date}</footer>"
    )
}

fn build(site: &Site, pages: usize, date: &str) {
    for number in 0..pages {
        site.write(
            &format!("{number}.html"),
            &page(&format!("page {number}"), date),
        );
    }
    site.write(
        "index.html",
        &(page("home", date) + "<script type=\"module\" src=\"register.js\"></script>"),
    );
    site.build();
}

fn site(pages: usize) -> Site {
    let site = Site::new(&[("late.js", "export default 1;")], IGNORE);
    build(&site, pages, "1 May");
    site
}

fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    assert_eq!(page.register_worker(), "activated");
    page.wait_controlled();
    page
}

mod it_works {
    use super::*;

    pub(super) fn a_rebuild_that_changes_only_dates_is_no_new_version() {
        let site = site(3);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = install(&browser, &server);
        build(&site, 3, "2 June");
        assert!(page.finds_nothing_new());
    }

    pub(super) fn a_rebuild_that_changes_more_downloads_only_that() {
        let site = site(3);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        build(&site, 3, "2 June");
        site.write("1.html", &page("another page 1", "2 June"));
        site.build();
        server.forget_requests();
        assert_eq!(tab.update_worker(), "installed");
        let asked: Vec<String> = server
            .requests()
            .iter()
            .map(|request| request.path().to_owned())
            .collect();
        assert_eq!(asked, ["/service-worker.js", "/1.html"]);
    }

    pub(super) fn a_page_with_a_newer_date_gets_the_kept_files() {
        let site = site(3);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        build(&site, 3, "2 June");
        site.write("late.js", "export default 2;");
        tab.goto(&server.url("/"));
        assert_eq!(
            tab.wait_for("document.querySelector('footer').textContent"),
            json!("Last updated on 2 June")
        );
        assert_eq!(tab.fetch("/late.js")["text"], "export default 1;");
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_kept_date_is_shown() {
        let site = site(3);
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        server.refuse();
        tab.goto(&server.url("/2.html"));
        assert_eq!(
            tab.wait_for("document.querySelector('footer').textContent"),
            json!("Last updated on 1 May")
        );
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    /// What is deployed is a rebuild of what the worker was built with.
    pub(super) fn a_page_that_helps_passes_over_the_date_too() {
        let site = site(60);
        for number in 0..60 {
            site.write(
                &format!("{number}.html"),
                &page(&format!("page {number}"), "2 June"),
            );
        }
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_controlled();
        browser.kill_workers();
        server.refuse();
        tab.goto(&server.url("/59.html"));
        assert_eq!(
            tab.wait_for("document.querySelector('footer').textContent"),
            json!("Last updated on 2 June")
        );
    }
}
