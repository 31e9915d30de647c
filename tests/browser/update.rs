//! `[update]`: every deployment is announced once to every open page, and nobody's page is pulled away.

use serde_json::{Value, json};

use crate::browser::{Browser, Key, Page};
use crate::server::{Fault, Server};
use crate::site::Site;

crate::tests![
    it_works::five_deployments_are_announced_five_times everywhere,
    it_works::a_rebuild_without_change_announces_nothing,
    it_works::a_deployment_taken_back_is_announced_too,
    it_works::accepting_shows_the_newest_version,
    it_works::of_five_tabs_only_the_one_that_asked_reloads everywhere,
    it_works::a_tab_that_was_told_can_follow_later,
    it_works::a_page_that_has_the_new_version_already_is_not_asked,
    it_works::a_listener_that_comes_late_is_told,
    it_works::the_first_install_is_said_to_be_ready,
    it_works::an_install_that_was_over_before_its_page_heard_of_it_is_said_to_be_ready everywhere,
    it_works::a_page_looks_for_a_new_version_when_it_is_seen_again,
    it_works::a_page_looks_for_a_new_version_as_often_as_it_was_told,
    it_works::a_message_asks_and_accepts,
    it_works::a_message_is_closed_by_its_button_and_by_escape,
    it_works::a_message_says_what_pwa_toml_says,
    it_works::the_next_visit_brings_the_new_version,
    it_works::a_hidden_tab_comes_to_the_new_version_by_itself,
    it_works::a_hidden_tab_keeps_what_was_typed,
    it_works::a_page_in_the_middle_of_something_is_left_alone,
    it_works::a_page_written_for_workbox_window_is_understood,
    it_works::a_page_written_for_register_sw_is_understood,
    it_works::skip_waiting_is_honoured,
    the_network_is_gone::looking_for_a_new_version_in_vain_does_no_harm,
    the_network_is_gone::a_page_looks_for_a_new_version_when_the_network_is_back,
    the_network_is_gone::an_accepted_version_opens,
    the_network_is_gone::a_message_appears,
    the_network_is_gone::a_failed_install_is_told_and_the_next_is_announced,
    the_worker_is_killed_midway::a_deployment_is_announced_all_the_same,
    the_worker_is_killed_midway::accepting_goes_on,
];

/// Pages that keep a record of what they are told, and of how often they were loaded.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8">
<script type="module">
    import { onOfflineReady, onUpdate } from "/register.js";
    globalThis.updates = [];
    globalThis.ready = 0;
    onUpdate((update) => updates.push(update));
    onOfflineReady(() => (ready += 1));
    sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1;
</script>
<input>"#;

fn site(toml: &str) -> Site {
    let site = Site::new(&[], toml);
    deploy(&site, 1);
    site
}

/// Every version has its number in the title, and in a file that pages import late.
fn deploy(site: &Site, version: u32) {
    site.write("index.html", &format!("{PAGE}<title>{version}</title>"));
    site.write("late.js", &format!("export default {version};"));
    site.build();
}

/// A page that the worker controls and that is of the worker's version.
fn install(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    visit(browser, server)
}

/// One more tab.
fn visit(browser: &Browser, server: &Server) -> Page {
    let page = browser.open(&server.url("/"));
    page.wait_controlled();
    page.evaluate("import('/register.js').then(({ version }) => version())");
    page
}

/// Has the browser look, and waits until the page has been told so often.
fn announced(page: &Page, times: usize) -> Value {
    page.evaluate(LOOK);
    page.wait_for(&format!("globalThis.updates?.length >= {times}"));
    page.evaluate("updates")
}

const LOOK: &str =
    "navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)";
const ACCEPT: &str = "import('/register.js').then(({ applyUpdate }) => applyUpdate())";
const VERSION: &str = "import('/register.js').then(({ version }) => version())";
/// Time enough for what must not happen.
const A_WHILE: &str = "new Promise((resolve) => setTimeout(resolve, 1500)).then(() => true)";

fn title(page: &Page, version: u32) {
    page.wait_for(&format!("document.title === '{version}'"));
}

fn loads(page: &Page) -> Value {
    page.evaluate("Number(sessionStorage.loads)")
}

/// Lets a page believe that it is seen, or not.
fn show(page: &Page, visibility: &str) {
    page.evaluate(&format!(
        "Object.defineProperty(document, 'visibilityState', {{ configurable: true, get: () => '{visibility}' }});
        document.dispatchEvent(new Event('visibilitychange'))"
    ));
}

mod it_works {
    use super::*;

    pub(super) fn five_deployments_are_announced_five_times() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        let first = tab.evaluate(VERSION);
        let mut seen = vec![];
        for version in 2..=6 {
            deploy(&site, version);
            let updates = announced(&tab, version as usize - 1);
            let update = updates.as_array().unwrap().last().unwrap().clone();
            assert_eq!(update["from"], first);
            assert!(!seen.contains(&update["to"]) && update["to"] != first);
            seen.push(update["to"].clone());
        }
        tab.evaluate(A_WHILE);
        assert_eq!(tab.evaluate("updates.length"), 5);
        assert_eq!(tab.evaluate("document.title"), "1");
        tab.evaluate(ACCEPT);
        title(&tab, 6);
        tab.wait_for(&format!(
            "{VERSION}.then((version) => version === {})",
            seen[4]
        ));
        assert_eq!(tab.complaints(), Vec::<String>::new());
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_rebuild_without_change_announces_nothing() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        site.build();
        assert!(tab.finds_nothing_new());
        // Other settings make another worker, which shows nothing else.
        site.configure("[update]\n[worker]\nparallel = 4\n");
        site.build();
        tab.evaluate(LOOK);
        tab.wait_for("navigator.serviceWorker.ready.then(({ installing, waiting }) => !installing && !waiting)");
        tab.evaluate(A_WHILE);
        assert_eq!(tab.evaluate("updates"), json!([]));
        assert_eq!(loads(&tab), 1);
    }

    pub(super) fn a_deployment_taken_back_is_announced_too() {
        let site = site("[update]\ntoast = true\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        tab.wait_for("document.querySelector('mdpwa-toast') !== null");
        deploy(&site, 1);
        let updates = announced(&tab, 2);
        assert_eq!(updates[0]["from"], updates[1]["to"]);
        assert_ne!(updates[0]["to"], updates[1]["to"]);
        // This page is of that version: there is nothing to ask.
        tab.wait_for("document.querySelector('mdpwa-toast') === null");
        assert_eq!(loads(&tab), 1);
    }

    pub(super) fn accepting_shows_the_newest_version() {
        let site = site("[update]\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        deploy(&site, 3);
        announced(&tab, 2);
        tab.evaluate(ACCEPT);
        title(&tab, 3);
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 2);
        // Without anything new, accepting does nothing.
        tab.evaluate(ACCEPT);
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 2);
    }

    pub(super) fn of_five_tabs_only_the_one_that_asked_reloads() {
        let site = site("[update]\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let mut tabs = vec![install(&browser, &server)];
        tabs.extend((0..4).map(|_| visit(&browser, &server)));
        deploy(&site, 2);
        for tab in &tabs {
            assert_eq!(announced(tab, 1).as_array().unwrap().len(), 1);
        }
        tabs[2].evaluate(ACCEPT);
        title(&tabs[2], 2);
        tabs[2].evaluate(A_WHILE);
        for (number, tab) in tabs.iter().enumerate() {
            let (loaded, shown) = if number == 2 { (2, 2) } else { (1, 1) };
            assert_eq!(loads(tab), loaded, "tab {number}");
            let late = tab.evaluate("import('/late.js').then((module) => module.default)");
            assert_eq!(late, shown, "tab {number}");
        }
        for tab in &tabs {
            assert_eq!(tab.complaints(), Vec::<String>::new());
        }
    }

    pub(super) fn a_tab_that_was_told_can_follow_later() {
        let site = site("[update]\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let (one, other) = (install(&browser, &server), visit(&browser, &server));
        deploy(&site, 2);
        announced(&one, 1);
        announced(&other, 1);
        one.evaluate(ACCEPT);
        title(&one, 2);
        other.evaluate(ACCEPT);
        title(&other, 2);
        other.evaluate(A_WHILE);
        assert_eq!(loads(&other), 2);
    }

    /// Its worker follows without a word, and other pages are told.
    pub(super) fn a_page_that_has_the_new_version_already_is_not_asked() {
        let site = site("[update]\ntoast = true\n[pages]\nstrategy = \"fresh\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let old = install(&browser, &server);
        deploy(&site, 2);
        let new = browser.open(&server.url("/"));
        title(&new, 2);
        new.evaluate(LOOK);
        new.wait_for("navigator.serviceWorker.ready.then(({ installing, waiting }) => !installing && !waiting)");
        old.wait_for("updates.length === 1");
        new.evaluate(A_WHILE);
        assert_eq!(new.evaluate("updates"), json!([]));
        assert_eq!(
            new.evaluate("document.querySelector('mdpwa-toast')"),
            Value::Null
        );
        assert_eq!(loads(&new), 1);
        assert_eq!(loads(&old), 1);
        assert_eq!(new.evaluate(VERSION), old.evaluate("updates[0].to"));
    }

    pub(super) fn a_listener_that_comes_late_is_told() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        tab.evaluate(
            "addEventListener('mdpwa:update', ({ detail }) => (globalThis.heard = detail))",
        );
        deploy(&site, 2);
        let updates = announced(&tab, 1);
        assert_eq!(tab.evaluate("heard"), updates[0]);
        let late =
            tab.evaluate("import('/register.js').then(({ onUpdate }) => new Promise(onUpdate))");
        assert_eq!(late, updates[0]);
        // Who has had enough is told no more.
        tab.evaluate(
            "globalThis.calls = 0; import('/register.js').then(({ onUpdate }) => {
                const end = onUpdate(() => { calls += 1; end(); });
            }).then(() => true)",
        );
        deploy(&site, 3);
        announced(&tab, 2);
        assert_eq!(tab.evaluate("calls"), 1);
    }

    pub(super) fn the_first_install_is_said_to_be_ready() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_for("ready === 1");
        assert_eq!(tab.evaluate("updates"), json!([]));
        deploy(&site, 2);
        announced(&tab, 1);
        tab.evaluate(ACCEPT);
        title(&tab, 2);
        tab.evaluate(A_WHILE);
        assert_eq!(tab.evaluate("ready"), 0);
    }

    pub(super) fn an_install_that_was_over_before_its_page_heard_of_it_is_said_to_be_ready() {
        let site = site("[worker]\nauto_register = false\n[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_for("globalThis.ready === 0");
        let register = "import('/register.js').then(({ register }) => register()).then(() => true)";
        let elsewhere = "navigator.serviceWorker.register('/service-worker.js')
            .then(() => navigator.serviceWorker.ready)
            .then(({ active }) => new Promise((resolve) => {
                const tell = () => active.state === 'activated' && resolve(true);
                active.addEventListener('statechange', tell);
                tell();
            }))";
        tab.evaluate(elsewhere);
        tab.evaluate(register);
        tab.wait_for("ready === 1");
        tab.goto(&server.url("/"));
        tab.wait_for("globalThis.ready === 0");
        tab.evaluate(register);
        tab.evaluate(A_WHILE);
        assert_eq!(tab.evaluate("ready"), 0);
        assert_eq!(tab.evaluate("updates"), json!([]));
    }

    pub(super) fn a_page_looks_for_a_new_version_when_it_is_seen_again() {
        let site = site("[update]\ncheck = [\"visible\"]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        show(&tab, "visible");
        tab.wait_for("updates.length === 1");
        server.forget_requests();
        // Not at every glance.
        for _ in 0..5 {
            show(&tab, "hidden");
            show(&tab, "visible");
        }
        tab.evaluate("dispatchEvent(new Event('online'))");
        tab.evaluate(A_WHILE);
        assert!(server.requests_for("/service-worker.js").is_empty());
    }

    pub(super) fn a_page_looks_for_a_new_version_as_often_as_it_was_told() {
        let site = site("[update]\ncheck = [\"2h\"]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        install(&browser, &server).close();
        let tab = browser.tab();
        // Two hours pass in a second.
        tab.before_scripts(
            "const setIntervalOf = setInterval, now = Date.now, start = now();
            globalThis.setInterval = (task, pause) => setIntervalOf(task, pause / 7200);
            Date.now = () => start + (now() - start) * 7200;",
        );
        tab.goto(&server.url("/"));
        deploy(&site, 2);
        tab.wait_for("updates.length === 1");
        deploy(&site, 3);
        tab.wait_for("updates.length === 2");
    }

    pub(super) fn a_message_asks_and_accepts() {
        let site = site("[update]\ntoast = true\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        server.forget_requests();
        deploy(&site, 2);
        announced(&tab, 1);
        let toast = tab.wait_for(
            "(() => {
                const shadow = document.querySelector('mdpwa-toast')?.shadowRoot;
                const status = shadow?.querySelector('[role=status]').textContent;
                return status && [status, ...[...shadow.querySelectorAll('button')].map((button) => button.textContent)];
            })()",
        );
        assert_eq!(toast, json!(["A new version is ready", "Reload", "Later"]));
        // A click, not a stolen focus.
        assert_eq!(tab.evaluate("document.activeElement.localName"), "body");
        click_toast(&tab, "accept");
        title(&tab, 2);
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 2);
        assert_eq!(
            tab.evaluate("document.querySelector('mdpwa-toast')"),
            Value::Null
        );
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_message_is_closed_by_its_button_and_by_escape() {
        let site = site("[update]\ntoast = true\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        click_toast(&tab, "dismiss");
        tab.wait_for("document.querySelector('mdpwa-toast') === null");
        deploy(&site, 3);
        announced(&tab, 2);
        tab.wait_for("document.querySelector('mdpwa-toast') !== null");
        assert_eq!(
            tab.evaluate("document.querySelectorAll('mdpwa-toast').length"),
            1
        );
        // Into the page's only field, and on to the message's first button.
        tab.evaluate("document.querySelector('input').focus()");
        tab.press(Key::Tab);
        let focused = "document.activeElement.shadowRoot?.activeElement?.getAttribute('part')";
        assert_eq!(tab.evaluate(focused), "accept");
        tab.press(Key::Escape);
        tab.wait_for("document.querySelector('mdpwa-toast') === null");
        assert_eq!(loads(&tab), 1);
    }

    pub(super) fn a_message_says_what_pwa_toml_says() {
        let texts = "text = \"Neu </script> da\", accept = \"Laden\", dismiss = \"Später\", offline = \"Bereit\", close = \"Gut\"";
        let site = site(&format!("[update]\ntoast = {{ {texts} }}\n"));
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        let words = "[...document.querySelector('mdpwa-toast')?.shadowRoot.children ?? []].map((part) => part.textContent).filter(Boolean)";
        tab.wait_for(&format!("String({words}) === 'Bereit,Gut'"));
        deploy(&site, 2);
        announced(&tab, 1);
        tab.wait_for(&format!(
            "String({words}) === 'Neu </script> da,LadenSpäter'"
        ));
    }

    pub(super) fn the_next_visit_brings_the_new_version() {
        let site = site("[update]\npolicy = \"next-visit\"\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        tab.wait_for("navigator.serviceWorker.ready.then(({ installing, waiting }) => !installing && !waiting)");
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 1);
        assert_eq!(
            tab.evaluate("import('/late.js').then((module) => module.default)"),
            1
        );
        let next = visit(&browser, &server);
        title(&next, 2);
        tab.reload();
        title(&tab, 2);
    }

    pub(super) fn a_hidden_tab_comes_to_the_new_version_by_itself() {
        let site = site("[update]\npolicy = \"when-safe\"\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tabs = [install(&browser, &server), visit(&browser, &server)];
        for tab in &tabs {
            show(tab, "visible");
        }
        deploy(&site, 2);
        for tab in &tabs {
            announced(tab, 1);
        }
        // Nothing moves before somebody's eyes.
        tabs[0].evaluate(A_WHILE);
        assert_eq!(loads(&tabs[0]), 1);
        show(&tabs[0], "hidden");
        title(&tabs[0], 2);
        tabs[0].evaluate(A_WHILE);
        assert_eq!(loads(&tabs[0]), 2);
        assert_eq!(loads(&tabs[1]), 1);
        show(&tabs[1], "hidden");
        title(&tabs[1], 2);
        show(&tabs[1], "hidden");
        tabs[1].evaluate(A_WHILE);
        assert_eq!(loads(&tabs[1]), 2);
    }

    pub(super) fn a_hidden_tab_keeps_what_was_typed() {
        let site = site("[update]\npolicy = \"when-safe\"\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        show(&tab, "visible");
        tab.fill("input", "a long letter");
        deploy(&site, 2);
        announced(&tab, 1);
        show(&tab, "hidden");
        tab.evaluate(A_WHILE);
        assert_eq!(
            tab.evaluate("document.querySelector('input').value"),
            "a long letter"
        );
        assert_eq!(loads(&tab), 1);
        // Sent, and the field emptied: now nothing would be lost.
        tab.evaluate("document.querySelector('input').value = ''");
        show(&tab, "hidden");
        title(&tab, 2);
        tab.wait_for("Number(sessionStorage.loads) === 2");
    }

    pub(super) fn a_page_in_the_middle_of_something_is_left_alone() {
        let site = site("[update]\npolicy = \"when-safe\"\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        show(&tab, "visible");
        tab.evaluate("globalThis.busy = true; addEventListener('mdpwa:before-reload', (event) => busy && event.preventDefault())");
        deploy(&site, 2);
        announced(&tab, 1);
        show(&tab, "hidden");
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 1);
        tab.evaluate("globalThis.busy = false");
        show(&tab, "hidden");
        title(&tab, 2);
    }

    pub(super) fn a_page_written_for_workbox_window_is_understood() {
        let site = site(
            "[worker]\nauto_register = false\n[update]\ncompat = [\"workbox-window\"]\n[pages]\nstrategy = \"instant\"\n",
        );
        let page = |version: u32| {
            format!(
                "<!doctype html><title>{version}</title><script type=\"module\">
                import {{ Workbox }} from '/register-workbox.js';
                globalThis.told = [];
                const workbox = new Workbox('/sw.js', {{ scope: '/' }});
                for (const type of ['installing', 'installed', 'waiting', 'activating', 'activated', 'controlling', 'redundant']) {{
                    workbox.addEventListener(type, ({{ isUpdate, isExternal, wasWaitingBeforeRegister, sw }}) =>
                        told.push([type, isUpdate, isExternal, wasWaitingBeforeRegister ?? false, sw instanceof ServiceWorker]));
                }}
                workbox.addEventListener('waiting', () => {{
                    globalThis.accept = () => {{
                        workbox.addEventListener('controlling', () => location.reload());
                        workbox.messageSkipWaiting();
                    }};
                }});
                globalThis.look = () => workbox.update();
                workbox.register();
                </script>"
            )
        };
        site.write("index.html", &page(1));
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        let types = "told.map(([type]) => type).sort().join()";
        tab.wait_for(&format!(
            "{} === 'activated,activating,controlling,installed,installing'",
            types
        ));
        assert_eq!(
            tab.evaluate("told.every(([, isUpdate, isExternal]) => !isUpdate && !isExternal)"),
            true
        );
        for version in 2..=4 {
            site.write("index.html", &page(version));
            site.build();
            tab.evaluate("told.length = 0; look()");
            let ends = "told.filter(([type]) => type !== 'redundant').map(([type]) => type).join()";
            tab.wait_for(&format!("{ends} === 'installing,installed,waiting'"));
            assert_eq!(
                tab.evaluate("told.every(([, isUpdate, , , worker]) => isUpdate && worker)"),
                true
            );
        }
        // A tab that comes later finds it waiting.
        let later = browser.open(&server.url("/"));
        later.wait_for("told.length > 0");
        assert_eq!(
            later.evaluate("told"),
            json!([["waiting", true, false, true, true]])
        );
        tab.evaluate("accept()");
        title(&tab, 4);
        later.wait_for("told.some(([type]) => type === 'controlling')");
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    pub(super) fn a_page_written_for_register_sw_is_understood() {
        let site = site(
            "[worker]\nauto_register = false\n[update]\ncompat = [\"registerSW\"]\n[pages]\nstrategy = \"instant\"\n",
        );
        let page = |version: u32| {
            format!(
                "<!doctype html><title>{version}</title><script type=\"module\">
                import {{ registerSW }} from '/register.js';
                globalThis.told = [];
                globalThis.updateSW = registerSW({{
                    immediate: true,
                    onNeedRefresh: () => told.push('need refresh'),
                    onOfflineReady: () => told.push('offline ready'),
                    onRegisteredSW: (url, registration) => told.push(url, registration.scope),
                    onRegisterError: () => told.push('error'),
                }});
                </script>"
            )
        };
        site.write("index.html", &page(1));
        site.build();
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = browser.open(&server.url("/"));
        tab.wait_for("told.length === 3");
        let registered = [server.url("/service-worker.js"), server.url("/")];
        assert_eq!(
            tab.evaluate("told"),
            json!([registered[0], registered[1], "offline ready"])
        );
        for version in 2..=3 {
            site.write("index.html", &page(version));
            site.build();
            tab.evaluate(LOOK);
            tab.wait_for(&format!(
                "told.filter((word) => word === 'need refresh').length === {}",
                version - 1
            ));
        }
        tab.evaluate("updateSW(true)");
        title(&tab, 3);
        // Where there is none yet, and none to be had.
        let elsewhere = Server::start_at(site.root(), 8081);
        elsewhere.fault("/service-worker.js", Fault::Status(404));
        let failed = browser.open(&elsewhere.url("/"));
        failed.wait_for("told.includes('error')");
    }

    pub(super) fn skip_waiting_is_honoured() {
        let site = site("[update]\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        tab.evaluate("navigator.serviceWorker.ready.then(({ waiting }) => waiting.postMessage({ type: 'SKIP_WAITING' }))");
        tab.wait_for("navigator.serviceWorker.ready.then(({ waiting }) => !waiting)");
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 1);
        tab.reload();
        title(&tab, 2);
    }
}

fn click_toast(page: &Page, part: &str) {
    page.wait_for(&format!(
        "(() => {{
            const button = document.querySelector('mdpwa-toast')?.shadowRoot.querySelector('[part={part}]');
            button?.click();
            return Boolean(button);
        }})()"
    ));
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn looking_for_a_new_version_in_vain_does_no_harm() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        server.refuse();
        show(&tab, "visible");
        tab.evaluate(A_WHILE);
        let again = visit(&browser, &server);
        show(&again, "visible");
        again.evaluate(A_WHILE);
        for tab in [tab, again] {
            assert_eq!(tab.evaluate("updates"), json!([]));
            assert_eq!(tab.complaints(), Vec::<String>::new());
        }
        assert_eq!(browser.worker_errors(), Vec::<String>::new());
    }

    pub(super) fn a_page_looks_for_a_new_version_when_the_network_is_back() {
        let site = site("[update]\ncheck = [\"online\"]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        server.refuse();
        deploy(&site, 2);
        server.accept();
        tab.evaluate("dispatchEvent(new Event('online'))");
        tab.wait_for("updates.length === 1");
    }

    pub(super) fn an_accepted_version_opens() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        server.refuse();
        tab.evaluate(ACCEPT);
        title(&tab, 2);
        assert_eq!(
            tab.evaluate("import('/late.js').then((module) => module.default)"),
            2
        );
        assert_eq!(tab.complaints(), Vec::<String>::new());
    }

    /// What asks is kept with the site.
    pub(super) fn a_message_appears() {
        let site = site("[update]\ntoast = true\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        server.fault("/register-toast.js", Fault::Status(404));
        tab.evaluate(LOOK);
        tab.wait_for("document.querySelector('mdpwa-toast') !== null");
    }

    pub(super) fn a_failed_install_is_told_and_the_next_is_announced() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        tab.evaluate("addEventListener('mdpwa:install-failed', ({ detail }) => (globalThis.failed = detail.reason))");
        deploy(&site, 2);
        server.fault("/late.js", Fault::Status(500));
        assert_eq!(tab.update_worker(), "redundant");
        let reason = tab.wait_for("globalThis.failed");
        assert!(reason.as_str().unwrap().contains("/late.js"), "{reason}");
        assert_eq!(tab.evaluate("updates"), json!([]));
        server.heal("/late.js");
        announced(&tab, 1);
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn a_deployment_is_announced_all_the_same() {
        let site = site("[update]\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        server.fault("/late.js", Fault::Hang);
        tab.evaluate(
            "void navigator.serviceWorker.ready.then((registration) => registration.update())",
        );
        server.wait_requests("/late.js", 2);
        browser.kill_workers();
        server.heal("/late.js");
        announced(&tab, 1);
        browser.kill_workers();
        deploy(&site, 3);
        announced(&tab, 2);
    }

    pub(super) fn accepting_goes_on() {
        let site = site("[update]\n[pages]\nstrategy = \"instant\"\n");
        let server = Server::start(site.root());
        let browser = Browser::launch();
        let tab = install(&browser, &server);
        deploy(&site, 2);
        announced(&tab, 1);
        browser.kill_workers();
        tab.evaluate(ACCEPT);
        title(&tab, 2);
        tab.evaluate(A_WHILE);
        assert_eq!(loads(&tab), 2);
    }
}
