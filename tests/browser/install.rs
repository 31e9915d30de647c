//! How a large install goes on: with the page's help, politely, and visibly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::a_page_downloads_for_the_worker,
    it_works::progress_goes_up_to_the_total everywhere needs(Scripts),
    it_works::a_page_that_knows_nothing_of_mdpwa_is_not_waited_for,
    it_works::an_update_of_many_files_gets_the_new_ones,
    the_network_is_gone::a_wrong_byte_that_the_page_met_fails_the_install,
    the_worker_is_killed_midway::a_page_that_closes_leaves_the_rest_to_the_worker,
];

const FILES: usize = 60;

fn site() -> Site {
    let site = Site::new(
        &[
            (
                "index.html",
                "<!doctype html><title>home</title><script type=\"module\" src=\"register.js\"></script>",
            ),
            ("bare.html", "<!doctype html><title>bare</title>"),
        ],
        "",
    );
    write_pictures(&site, 1);
    site.build();
    site
}

fn write_pictures(site: &Site, version: u32) {
    for number in 0..FILES {
        site.write(
            &format!("pictures/{number}.txt"),
            &format!("picture {number} of version {version}"),
        );
    }
}

fn delay_pictures(server: &Server, delay: Duration) {
    for number in 0..FILES {
        server.fault(&format!("/pictures/{number}.txt"), Fault::Delay(delay));
    }
}

/// Notes what the worker says of its install, from the first word on.
fn listen(page: &Page) {
    page.before_scripts(
        "globalThis.progress = [];
        navigator.serviceWorker.addEventListener('message', ({ data }) => {
            if (data.type === 'mdpwa:progress') progress.push(data);
            if (data.type === 'mdpwa:install-failed') globalThis.failure = data.reason;
        });",
    );
}

fn wait_installed(page: &Page) {
    page.wait_for(
        "navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')",
    );
}

mod it_works {
    use super::*;

    pub(super) fn a_page_downloads_for_the_worker() {
        let site = site();
        site.configure("[worker]\nparallel = 64\n");
        site.build();
        let server = Server::start(site.root());
        delay_pictures(&server, Duration::from_millis(100));
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        wait_installed(&page);
        // Chromium gives an installing worker three.
        assert!(
            (4..=6).contains(&server.most_in_flight()),
            "{}",
            server.most_in_flight()
        );
        server.refuse();
        assert_eq!(
            page.fetch("/pictures/7.txt")["text"],
            "picture 7 of version 1"
        );
    }

    pub(super) fn progress_goes_up_to_the_total() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.tab();
        listen(&page);
        page.goto(&server.url("/"));
        wait_installed(&page);
        let told = page.wait_for("progress.at(-1).done === progress.at(-1).total && progress");
        let told: Vec<(u64, u64, u64)> = told
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| {
                let number = |key: &str| one[key].as_u64().expect("a number");
                (number("done"), number("total"), number("bytes"))
            })
            .collect();
        assert!(told.len() > 10, "{told:?}");
        assert!(told.is_sorted(), "{told:?}");
        let total = told[0].1;
        assert!(told.iter().all(|one| one.1 == total), "{told:?}");
    }

    pub(super) fn a_page_that_knows_nothing_of_mdpwa_is_not_waited_for() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/bare.html"));
        let started = Instant::now();
        assert_eq!(page.register_worker(), "activated");
        assert!(started.elapsed() < Duration::from_secs(8));
        server.refuse();
        page.wait_controlled();
        assert_eq!(
            page.fetch("/pictures/59.txt")["text"],
            "picture 59 of version 1"
        );
    }

    pub(super) fn an_update_of_many_files_gets_the_new_ones() {
        let site = site();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        wait_installed(&page);
        page.goto(&server.url("/"));
        write_pictures(&site, 2);
        site.build();
        server.forget_requests();
        assert_eq!(page.update_worker(), "installed");
        let mut asked: Vec<String> = server
            .requests()
            .iter()
            .map(|request| request.path().to_owned())
            .filter(|path| path.starts_with("/pictures/"))
            .collect();
        asked.sort();
        let once = asked.len();
        asked.dedup();
        assert_eq!((asked.len(), once), (FILES, FILES));
        assert_eq!(
            page.fetch("/pictures/3.txt")["text"],
            "picture 3 of version 1"
        );
        page.close();
        let page = browser.open(&server.url("/"));
        server.refuse();
        assert_eq!(
            page.fetch("/pictures/3.txt")["text"],
            "picture 3 of version 2"
        );
    }
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_wrong_byte_that_the_page_met_fails_the_install() {
        let site = site();
        let server = Server::start(site.root());
        server.fault("/pictures/5.txt", Fault::Body("text/plain", "log in first"));
        let browser = Browser::launch();
        let page = browser.tab();
        listen(&page);
        page.goto(&server.url("/"));
        let reason = page.wait_for("globalThis.failure");
        assert!(
            reason.as_str().expect("a text").contains("/pictures/5.txt"),
            "{reason}"
        );
        let lists: Value = page.wait_for(
            "caches.keys().then((names) => ({ lists: names.filter((name) => name.includes(':list:')) }))",
        );
        assert_eq!(lists["lists"], json!([]));
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_page_that_closes_leaves_the_rest_to_the_worker() {
        let site = site();
        let server = Server::start(site.root());
        delay_pictures(&server, Duration::from_millis(150));
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        server.wait_requests("/pictures/50.txt", 1);
        let other = browser.open(&server.url("/bare.html"));
        page.close();
        other.wait_for(
            "navigator.serviceWorker.getRegistration().then((registration) => registration?.active?.state === 'activated')",
        );
        server.refuse();
        assert_eq!(
            browser
                .open(&server.url("/pictures/1.txt"))
                .wait_for("document.body.textContent"),
            json!("picture 1 of version 1")
        );
    }
}
