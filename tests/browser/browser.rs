//! A browser as a test sees it, whichever engine it is.

use std::thread;
use std::time::{Duration, Instant};
use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::chromium::{Chromium, Entry};
use crate::devtools::{PATIENCE, Session, eventually};
use crate::engine::{Engine, Need};
use crate::push_service::PushService;
use crate::runner;

/// What every engine does for a test.
pub(crate) trait Driver {
    fn open_tab(&self) -> Box<dyn Tab>;

    /// Gives or denies a site a permission: `granted` or `denied`.
    fn set_permission(&self, permission: &str, setting: &str, origin: &str);

    /// Stops all workers where they stand, in the middle of an event too.
    fn kill_workers(&self);

    /// Whether each worker either is in charge or has gone.
    fn workers_are_settled(&self) -> bool;

    /// What the workers themselves have complained of.
    fn worker_errors(&self) -> Vec<String>;

    /// Ends the browser as a person does, who will go on later.
    fn quit(&mut self);

    /// Ends the browser as a crash would; what it had not written is lost.
    fn crash(&mut self);

    /// Takes push messages from a service at another address.
    fn use_push_service(&self, _url: &str) {
        panic!("this browser has one push service and no other");
    }

    fn as_chromium(&self) -> Option<&Chromium> {
        None
    }
}

/// What every engine does with one of its tabs.
pub(crate) trait Tab {
    /// Goes to a page and waits for its `load` event, or says what the browser says when it cannot be reached.
    fn try_goto(&self, url: &str) -> Result<Arrival, String>;

    /// Goes where no page of any site is.
    fn leave(&self);

    /// Reloads as the button does.
    fn reload(&self) -> Arrival;

    /// Runs a script in every document before the document's own.
    fn before_scripts(&self, script: &str);

    /// The value of an expression, or of the promise that it gives.
    fn try_evaluate(&self, expression: &str) -> Result<Value, String>;

    /// What the page has complained of: uncaught errors, unhandled rejections, `console.error`.
    fn complaints(&self) -> Vec<String>;

    /// The URLs that this tab asked for, with how each was answered, in the order of the answers.
    fn answers(&self) -> Vec<Arrival>;

    /// A click of the mouse, in pixels from the page's corner.
    fn click_at(&self, x: f64, y: f64);

    /// Puts text where the cursor is, as typing would.
    fn insert(&self, text: &str);

    fn press(&self, key: Key);

    /// Lets somebody look at this tab, or at another.
    fn look(&self, here: bool);

    fn close(&self);

    /// A picture of the page, as PNG in base64.
    fn picture(&self) -> Result<String, String>;

    fn as_devtools(&self) -> Option<&Session> {
        None
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Key {
    Tab,
    Escape,
}

/// The status of a document, where an engine does not say it.
pub(crate) const UNKNOWN: u64 = 0;

/// How the document of a page came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) status: u64,
    pub(crate) from_worker: bool,
    pub(crate) url: String,
}

pub(crate) struct Browser {
    driver: Box<dyn Driver>,
}

impl Browser {
    /// Starts this test's browser with this test's profile; a second start finds what the first has left.
    pub(crate) fn launch() -> Browser {
        let driver = Engine::launch(runner::engine(), &runner::folder().join("profile"));
        Browser { driver }
    }

    /// Whether this engine has something that the test can do without.
    pub(crate) fn has(&self, need: Need) -> bool {
        runner::engine().has(need)
    }

    /// An empty tab, which somebody looks at.
    pub(crate) fn tab(&self) -> Page {
        Page {
            tab: self.driver.open_tab(),
        }
    }

    /// A tab that shows a page.
    pub(crate) fn open(&self, url: &str) -> Page {
        let page = self.tab();
        page.goto(url);
        page
    }

    /// Installs the app of a page and opens a file with it, as a double click would; returns the app's window.
    pub(crate) fn open_in_app(&self, url: &str, file: &Path) -> Page {
        Page {
            tab: self.chromium().open_in_app(url, file),
        }
    }

    pub(crate) fn grant(&self, permission: &str, origin: &str) {
        self.driver.set_permission(permission, "granted", origin);
    }

    pub(crate) fn deny(&self, permission: &str, origin: &str) {
        self.driver.set_permission(permission, "denied", origin);
    }

    /// Stops all workers where they stand, in the middle of an event too.
    pub(crate) fn kill_workers(&self) {
        self.driver.kill_workers();
    }

    /// Leaves the site and comes back, so that a waiting worker takes over; no other tab may show the site.
    pub(crate) fn leave_and_return(&self, page: &Page, url: &str) -> Arrival {
        page.tab.leave();
        eventually("the next worker's turn", || {
            self.driver.workers_are_settled().then_some(())
        });
        page.goto(url)
    }

    /// What the workers themselves have complained of.
    pub(crate) fn worker_errors(&self) -> Vec<String> {
        self.driver.worker_errors()
    }

    /// Ends the browser as a person does, who will go on later.
    pub(crate) fn quit(mut self) {
        self.driver.quit();
    }

    /// Ends the browser as a crash would; what it had not written is lost.
    pub(crate) fn crash(mut self) {
        self.driver.crash();
    }

    /// Fires a `sync` event as the browser would; its own retries stay as they are.
    pub(crate) fn fire_sync(&self, origin: &str, tag: &str, last_chance: bool) {
        self.chromium().fire_sync(origin, tag, last_chance);
    }

    /// Fires a `periodicsync` event as the browser would.
    pub(crate) fn fire_periodic_sync(&self, origin: &str, tag: &str) {
        self.chromium().fire_periodic_sync(origin, tag);
    }

    /// Hands the worker a push message as a push service would; nothing in it is a message without a payload.
    pub(crate) fn deliver_push(&self, origin: &str, data: &str) {
        self.chromium().deliver_push(origin, data);
    }

    /// Takes push messages from a service of the test's own from now on.
    pub(crate) fn use_push_service(&self, service: &PushService) {
        self.driver.use_push_service(&service.url());
    }

    /// The value of an expression in the worker that is running.
    pub(crate) fn evaluate_in_worker(&self, expression: &str) -> Value {
        self.chromium().evaluate_in_worker(expression)
    }

    /// The addresses of all tabs of a site, whoever has opened them.
    pub(crate) fn tabs(&self, origin: &str) -> Vec<String> {
        self.chromium().tabs(origin)
    }

    /// The browser's own record of `sync` events and notifications.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.chromium().log()
    }

    /// Waits until the browser's own record has at least so many entries of a name for a tag.
    pub(crate) fn wait_log(&self, name: &str, tag: &str, count: usize) {
        self.chromium().wait_log(name, tag, count);
    }

    /// Waits until a notification was shown so often, where the browser keeps a record of that.
    pub(crate) fn wait_notification(&self, title: &str, count: usize) {
        if let Some(chromium) = self.driver.as_chromium() {
            chromium.wait_notification(title, count);
        }
    }

    fn chromium(&self) -> &Chromium {
        self.driver
            .as_chromium()
            .expect("the test says that it needs this")
    }
}

pub(crate) struct Page {
    tab: Box<dyn Tab>,
}

impl Page {
    /// Goes to a page, which has to arrive, and waits for its `load` event.
    pub(crate) fn goto(&self, url: &str) -> Arrival {
        self.try_goto(url)
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Goes to a page, or says what the browser says when it cannot be reached.
    pub(crate) fn try_goto(&self, url: &str) -> Result<Arrival, String> {
        self.tab.try_goto(url)
    }

    /// Reloads as the button does.
    pub(crate) fn reload(&self) -> Arrival {
        self.tab.reload()
    }

    /// Runs a script in every document before the document's own.
    pub(crate) fn before_scripts(&self, script: &str) {
        self.tab.before_scripts(script);
    }

    /// The value of an expression, or of the promise that it gives.
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        self.tab
            .try_evaluate(expression)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"))
    }

    /// Waits until an expression, or the promise it gives, is true; a navigation meanwhile does no harm.
    pub(crate) fn wait_for(&self, expression: &str) -> Value {
        let mut last = Ok(Value::Null);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            last = self.tab.try_evaluate(expression);
            if let Ok(value) = &last
                && !["null", "false", "\"\""].contains(&value.to_string().as_str())
            {
                return value.clone();
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!(
            "{expression}: not true within {} s, but {last:?}",
            PATIENCE.as_secs()
        );
    }

    /// Waits until a worker controls this page.
    pub(crate) fn wait_controlled(&self) {
        self.wait_for(
            "navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))",
        );
    }

    /// Registers the worker, as a page that knows nothing of mdpwa would, and says how that ended: `activated` or `redundant`.
    pub(crate) fn register_worker(&self) -> String {
        let registered = "navigator.serviceWorker.register('service-worker.js')";
        self.last_state(&format!("{registered}.then(({{ installing, waiting, active }}) => installing ?? waiting ?? active)"), "activated")
    }

    /// Has the browser look for a new worker, which there is, and says what became of it: `installed` or `redundant`.
    pub(crate) fn update_worker(&self) -> String {
        // Some browsers end their search before the page has the new one in place, and it may have been found at the visit.
        let updated = "navigator.serviceWorker.ready.then(async (registration) => {
            const found = new Promise((resolve) => registration.addEventListener('updatefound', () => resolve(registration.installing)));
            await registration.update();
            const late = new Promise((resolve) => setTimeout(resolve, 2000)).then(() => registration.waiting ?? found);
            return registration.installing ?? Promise.race([found, late]);
        })";
        self.last_state(updated, "installed")
    }

    /// Whether the browser looks for a new worker in vain.
    pub(crate) fn finds_nothing_new(&self) -> bool {
        self.evaluate(
            "navigator.serviceWorker.ready.then(async (registration) => {
                let found = 0;
                registration.addEventListener('updatefound', () => (found += 1));
                await registration.update();
                await new Promise((resolve) => setTimeout(resolve, 500));
                return found === 0 && !registration.installing && !registration.waiting;
            })",
        ) == true
    }

    /// Follows a worker until it is in a state, beyond it, or redundant.
    fn last_state(&self, worker: &str, wanted: &str) -> String {
        let state = self.evaluate(&format!(
            "{worker}.then((worker) => new Promise((resolve) => {{
                const tell = () => [{}, 'activated', 'redundant'].includes(worker.state) && resolve(worker.state);
                worker.addEventListener('statechange', tell);
                tell();
            }}))",
            json!(wanted)
        ));
        state.as_str().unwrap().to_string()
    }

    /// What the page's own `fetch` gets: `{ status, text, type, url, headers }` or `{ error }`.
    pub(crate) fn fetch(&self, url: &str) -> Value {
        self.fetch_with(url, &json!({}))
    }

    pub(crate) fn fetch_with(&self, url: &str, options: &Value) -> Value {
        self.evaluate(&format!(
            "fetch({}, {options}).then(
                async (response) => ({{
                    status: response.status,
                    type: response.type,
                    url: response.url,
                    headers: Object.fromEntries(response.headers),
                    text: await response.text(),
                }}),
            ).catch((error) => ({{ error: error.name }}))",
            json!(url)
        ))
    }

    /// What the page has complained of: uncaught errors, unhandled rejections, `console.error`.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.tab.complaints()
    }

    /// The URLs that this tab asked for, with how each was answered, in the order of the answers.
    pub(crate) fn answers(&self) -> Vec<Arrival> {
        self.tab.answers()
    }

    pub(crate) fn click(&self, selector: &str) {
        let place = self.wait_for(&format!(
            "(() => {{
                const element = document.querySelector({});
                if (!element || element.disabled) return null;
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const box = element.getBoundingClientRect();
                return box.width > 0 && {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }};
            }})()",
            json!(selector)
        ));
        let pixels = |axis: &str| place[axis].as_f64().expect("a number");
        self.tab.click_at(pixels("x"), pixels("y"));
    }

    /// Replaces what stands in a field, as typing would.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.wait_for(&format!(
            "(() => {{
                const field = document.querySelector({});
                field?.focus();
                field?.select?.();
                return Boolean(field);
            }})()",
            json!(selector)
        ));
        self.tab.insert(text);
    }

    pub(crate) fn press(&self, key: Key) {
        self.tab.press(key);
    }

    /// Puts the page out of sight, as another tab before it would.
    pub(crate) fn hide(&self) {
        self.tab.look(false);
        self.wait_for("document.visibilityState === 'hidden'");
    }

    /// Brings the page to sight again.
    pub(crate) fn show(&self) {
        self.tab.look(true);
        self.wait_for("document.visibilityState === 'visible'");
    }

    pub(crate) fn close(self) {
        self.tab.close();
    }

    /// The DevTools session of this page.
    pub(crate) fn devtools(&self) -> &Session {
        self.tab
            .as_devtools()
            .expect("the test says that it needs this")
    }

    fn save_picture(&self, file: &Path) -> Result<(), String> {
        let picture = self.tab.picture()?;
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, picture)
            .map_err(|error| error.to_string())?;
        fs::create_dir_all(file.parent().unwrap())
            .and_then(|()| fs::write(file, bytes))
            .map_err(|error| error.to_string())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("complaints of the page: {:#?}", self.complaints());
            let file = runner::picture();
            match self.save_picture(&file) {
                Ok(()) => eprintln!("picture of the page: {}", file.display()),
                Err(error) => eprintln!("no picture of the page: {error}"),
            }
        }
    }
}
