//! An app with everything switched on: what visitors do every day leaves nothing in the console, with and without a server.

use crate::browser::{Browser, Page};
use crate::server::Server;
use crate::site::Site;

crate::tests![the_network_is_gone::the_console_stays_empty everywhere];

const TOML: &str = r#"
[update]
toast = true

[manifest]
short_name = "News"

[manifest.share_target]
action = "/share"
params = { title = "title", files = [{ name = "files", accept = ["image/*"] }] }

[icons]
source = "logo.svg"

[html]
inject = true

[push]
application_server_key = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
subscribe = "POST /api/push"
default = { title = "News" }
notification = { badge = "/unread" }

[[sync]]
tag = "notes"
endpoint = "POST /markdowns"

[[periodic_sync]]
tag = "news"
min_interval = "12h"
request = "GET /data/news.json"
route = "data"
poll = { interval = "1s", when = "visible" }

[[routes]]
name = "data"
match = { path = "/data/**" }
strategy = "network-first"
"#;

const PAGE: &str = "<!doctype html><html><head><title>news</title></head><body></body></html>";

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4.5" cy="4.5" r="4" fill="#008080"/></svg>"##;

const MODULE: &str = "import('/register.js')";

/// Until the page's module has done what it does at every visit.
fn settled(page: &Page) {
    page.wait_for(&format!(
        "{MODULE}.then(({{ register }}) => register()).then(() => new Promise((resolve) => setTimeout(resolve, 700))).then(() => true)"
    ));
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_console_stays_empty() {
        let files = [
            ("index.html", PAGE),
            ("data/news.json", "{}"),
            ("../logo.svg", LOGO),
        ];
        let site = Site::new(&files, TOML);
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let page = browser.open(&server.url("/"));
        let silent = |when: &str| {
            settled(&page);
            assert_eq!(page.complaints(), Vec::<String>::new(), "{when}");
            assert_eq!(browser.worker_errors(), Vec::<String>::new(), "{when}");
        };
        page.wait_controlled();
        silent("at the first visit");
        page.reload();
        silent("at the second");
        save(&page, 1);
        server.wait_effects(1);
        silent("when something is saved");
        server.refuse();
        page.reload();
        silent("at a visit without the server");
        save(&page, 2);
        silent("when something is saved without the server");
        server.accept();
        page.reload();
        save(&page, 3);
        server.wait_effects(3);
        silent("when it is back");
    }

    fn save(page: &Page, number: u32) {
        page.evaluate(&format!(
            "{MODULE}.then(({{ enqueue }}) => enqueue('notes', {{ number: {number} }})).then(() => true)"
        ));
    }
}
