//! Chromium as a person uses it, and the few things only its DevTools can do.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::ops::Deref;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::devtools::{PATIENCE, Pipe, Session, eventually};
use crate::runner;

const NAMES: [&str; 3] = ["chromium", "google-chrome", "google-chrome-stable"];

const FLAGS: [&str; 15] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-pipe",
    // Its address bar is a web page of its own, which takes longer to start than all the rest.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--window-size=1280,900",
    // Chromium's own knobs for Background Sync: retries after one second instead of five minutes, ten instead of three.
    "--force-fieldtrials=BackgroundSync/Lab",
    "--force-fieldtrial-params=BackgroundSync.Lab:initial_retry_delay_sec/1/retry_delay_factor/1/max_sync_attempts/10\
     /max_sync_attempts_with_notification_permission/10/min_recovery_time_sec/1/max_sync_event_duration_sec/60\
     /min_periodic_sync_events_interval_sec/1",
];

/// Says how to install the browser where there is none.
pub(crate) fn missing() -> Option<String> {
    match find() {
        Some(_) => None,
        None => Some(format!(
            "none of {} is installed; on Debian: apt-get install -y --no-install-recommends chromium iproute2",
            NAMES.join(", ")
        )),
    }
}

fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

pub(crate) struct Browser {
    process: Child,
    session: Session,
    /// An empty tab from which workers are watched, so that a test's own tabs may close.
    desk: Session,
}

impl Browser {
    /// Starts the browser with this test's profile; a second start finds what the first has left.
    pub(crate) fn launch() -> Browser {
        let folder = runner::folder();
        let profile = folder.join("profile");
        fs::create_dir_all(&profile).unwrap();
        let mut process = Command::new("sh")
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
            ])
            .arg(find().expect("looked for before the first test"))
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .env("HOME", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = Pipe::new(
            process.stdin.take().unwrap(),
            process.stdout.take().unwrap(),
        );
        let session = Session::browser(pipe);
        let first = eventually("a first tab", || {
            targets(&session, "page").into_iter().next()
        });
        let desk = session.attach(&first.id);
        desk.call("ServiceWorker.enable", json!({}));
        for service in ["backgroundSync", "periodicBackgroundSync", "notifications"] {
            desk.call(
                "BackgroundService.startObserving",
                json!({ "service": service }),
            );
            desk.call(
                "BackgroundService.setRecording",
                json!({ "service": service, "shouldRecord": true }),
            );
        }
        Browser {
            process,
            session,
            desk,
        }
    }

    /// An empty tab.
    pub(crate) fn tab(&self) -> Page {
        let target = self
            .session
            .call("Target.createTarget", json!({ "url": "about:blank" }));
        let target = target["targetId"].as_str().unwrap().to_string();
        let session = self.session.attach(&target);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            session.call(&format!("{domain}.enable"), json!({}));
        }
        Page {
            session,
            target,
            browser: self.session.clone(),
        }
    }

    /// A tab that shows a page.
    pub(crate) fn open(&self, url: &str) -> Page {
        let page = self.tab();
        page.goto(url);
        page
    }

    pub(crate) fn grant(&self, permission: &str, origin: &str) {
        self.set_permission(permission, "granted", origin);
    }

    pub(crate) fn deny(&self, permission: &str, origin: &str) {
        self.set_permission(permission, "denied", origin);
    }

    fn set_permission(&self, permission: &str, setting: &str, origin: &str) {
        self.session.call(
            "Browser.setPermission",
            json!({ "permission": { "name": permission }, "setting": setting, "origin": origin }),
        );
    }

    /// Stops all workers where they stand, in the middle of an event too.
    pub(crate) fn kill_workers(&self) {
        let mut running = self.workers();
        running.retain(|_, worker| worker.running != "stopped");
        let from = self.desk.now();
        self.desk.call("ServiceWorker.stopAllWorkers", json!({}));
        // Some may have started again by the time we look.
        eventually("the end of all workers", || {
            for (version, worker) in
                versions(&self.desk.events(from, "ServiceWorker.workerVersionUpdated"))
            {
                if worker.running == "stopped" {
                    running.remove(&version);
                }
            }
            running.is_empty().then_some(())
        });
    }

    /// Leaves the site and comes back, so that a waiting worker takes over; no other tab may show the site.
    pub(crate) fn leave_and_return(&self, page: &Page, url: &str) -> Arrival {
        page.call("Page.navigate", json!({ "url": "about:blank" }));
        eventually("the next worker's turn", || {
            let over =
                |worker: &WorkerState| ["activated", "redundant"].contains(&worker.status.as_str());
            self.workers().values().all(over).then_some(())
        });
        page.goto(url)
    }

    /// The newest that is known of each version of each worker.
    pub(crate) fn workers(&self) -> BTreeMap<String, WorkerState> {
        versions(&self.desk.events(0, "ServiceWorker.workerVersionUpdated"))
            .into_iter()
            .collect()
    }

    /// What the workers themselves have complained of.
    pub(crate) fn worker_errors(&self) -> Vec<String> {
        let events = self.desk.events(0, "ServiceWorker.workerErrorReported");
        events
            .iter()
            .map(|event| event["errorMessage"]["errorMessage"].to_string())
            .collect()
    }

    /// Fires a `sync` event as the browser would; its own retries stay as they are.
    pub(crate) fn fire_sync(&self, origin: &str, tag: &str, last_chance: bool) {
        let event = json!({ "origin": origin, "registrationId": self.registration(), "tag": tag, "lastChance": last_chance });
        self.desk.call("ServiceWorker.dispatchSyncEvent", event);
    }

    /// Fires a `periodicsync` event as the browser would.
    pub(crate) fn fire_periodic_sync(&self, origin: &str, tag: &str) {
        let event = json!({ "origin": origin, "registrationId": self.registration(), "tag": tag });
        self.desk
            .call("ServiceWorker.dispatchPeriodicSyncEvent", event);
    }

    /// The number of the registration whose worker is active.
    fn registration(&self) -> String {
        eventually("an active worker", || {
            let mut workers = self.workers().into_values();
            let active = workers.find(|worker| worker.status == "activated")?;
            Some(active.registration)
        })
    }

    /// The browser's own record of `sync` events and notifications.
    pub(crate) fn log(&self) -> Vec<Entry> {
        let events = self
            .desk
            .events(0, "BackgroundService.backgroundServiceEventReceived");
        events
            .iter()
            .map(|event| Entry::of(&event["backgroundServiceEvent"]))
            .collect()
    }

    /// Waits until the browser's own record has at least so many entries of a name for a tag.
    pub(crate) fn wait_log(&self, name: &str, tag: &str, count: usize) {
        let known = || {
            self.log()
                .iter()
                .filter(|entry| entry.name == name && entry.tag == tag)
                .count()
        };
        let until = Instant::now() + PATIENCE;
        while known() < count {
            assert!(
                Instant::now() < until,
                "no {count} × “{name}” of {tag} in {:#?}",
                self.log()
            );
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Waits until the browser's own record says that a notification was shown so often. Asking a registration for its
    /// notifications earlier makes Chromium forget the one that it is about to show.
    pub(crate) fn wait_notification(&self, title: &str, count: usize) {
        let shown = |entry: &Entry| {
            entry.name == "Notification displayed"
                && entry
                    .details
                    .get("Title")
                    .is_some_and(|known| known == title)
        };
        eventually("the notification", || {
            let log = self.log();
            let known = log.iter().filter(|entry| shown(entry)).count();
            (known >= count).then_some(())
        });
    }

    /// Ends the browser as a crash would; what it had not written is lost.
    pub(crate) fn crash(mut self) {
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.signal(), Some(9));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "log of the browser's background services: {:#?}",
                self.log()
            );
            eprintln!("errors of workers: {:#?}", self.worker_errors());
        }
        let _gone_already = self.session.try_call("Browser.close", json!({}));
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if self.process.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}

#[derive(Debug)]
pub(crate) struct WorkerState {
    registration: String,
    /// `stopped`, `starting`, `running` or `stopping`.
    pub(crate) running: String,
    /// `new`, `installing`, `installed`, `activating`, `activated` or `redundant`.
    pub(crate) status: String,
}

/// What each event says of each version, in order.
fn versions(events: &[Value]) -> Vec<(String, WorkerState)> {
    let versions = events
        .iter()
        .flat_map(|event| event["versions"].as_array().into_iter().flatten());
    versions
        .map(|version| {
            let text = |key: &str| version[key].as_str().unwrap_or_default().to_string();
            let state = WorkerState {
                registration: text("registrationId"),
                running: text("runningStatus"),
                status: text("status"),
            };
            (text("versionId"), state)
        })
        .collect()
}

/// One line of the browser's own record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Such as `Dispatched sync event`.
    pub(crate) name: String,
    pub(crate) tag: String,
    pub(crate) details: BTreeMap<String, String>,
}

impl Entry {
    fn of(event: &Value) -> Entry {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let details = event["eventMetadata"].as_array().into_iter().flatten();
        Entry {
            name: text(&event["eventName"]),
            tag: text(&event["instanceId"]),
            details: details
                .map(|detail| (text(&detail["key"]), text(&detail["value"])))
                .collect(),
        }
    }
}

pub(crate) struct Page {
    session: Session,
    target: String,
    browser: Session,
}

/// How the document of a page came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) status: u64,
    pub(crate) from_worker: bool,
    pub(crate) url: String,
}

impl Page {
    /// Goes to a page, which has to arrive, and waits for its `load` event.
    pub(crate) fn goto(&self, url: &str) -> Arrival {
        self.try_goto(url)
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Goes to a page, or says what the browser says when it cannot be reached.
    pub(crate) fn try_goto(&self, url: &str) -> Result<Arrival, String> {
        let from = self.session.now();
        let answer = self.session.call("Page.navigate", json!({ "url": url }));
        if let Some(error) = answer["errorText"].as_str() {
            return Err(error.to_string());
        }
        Ok(self.arrival(from, answer["loaderId"].as_str()))
    }

    /// Reloads as the button does.
    pub(crate) fn reload(&self) -> Arrival {
        let from = self.session.now();
        self.session.call("Page.reload", json!({}));
        self.arrival(from, None)
    }

    fn arrival(&self, from: usize, loader: Option<&str>) -> Arrival {
        let arrival = self
            .session
            .wait_event(from, "Network.responseReceived", |event| {
                let wanted = event["type"] == "Document"
                    && loader.is_none_or(|loader| event["loaderId"] == loader);
                wanted.then(|| Arrival {
                    status: event["response"]["status"].as_u64().unwrap(),
                    from_worker: event["response"]["fromServiceWorker"] == true,
                    url: event["response"]["url"].as_str().unwrap().to_string(),
                })
            });
        self.session
            .wait_event(from, "Page.loadEventFired", |_| Some(()));
        arrival
    }

    /// Runs a script in every document before the document's own.
    pub(crate) fn before_scripts(&self, script: &str) {
        self.session.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        );
    }

    /// Waits until an expression, or the promise it gives, is true; a navigation meanwhile does no harm.
    pub(crate) fn wait_for(&self, expression: &str) -> Value {
        let mut last = Ok(Value::Null);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            last = self.session.try_evaluate(expression);
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

    /// Has the browser look for a new worker and says what became of it: `installed`, `redundant`, or `unchanged` without one.
    pub(crate) fn update_worker(&self) -> String {
        let updated = "navigator.serviceWorker.ready.then((registration) => registration.update())";
        self.last_state(
            &format!("{updated}.then(({{ installing }}) => installing)"),
            "installed",
        )
    }

    /// Follows a worker until it is in a state, beyond it, or redundant.
    fn last_state(&self, worker: &str, wanted: &str) -> String {
        let state = self.session.evaluate(&format!(
            "{worker}.then((worker) => worker ? new Promise((resolve) => {{
                const tell = () => [{}, 'activated', 'redundant'].includes(worker.state) && resolve(worker.state);
                worker.addEventListener('statechange', tell);
                tell();
            }}) : 'unchanged')",
            json!(wanted)
        ));
        state.as_str().unwrap().to_string()
    }

    /// What the page's own `fetch` gets: `{ status, text, type, url, headers }` or `{ error }`.
    pub(crate) fn fetch(&self, url: &str) -> Value {
        self.fetch_with(url, &json!({}))
    }

    pub(crate) fn fetch_with(&self, url: &str, options: &Value) -> Value {
        self.session.evaluate(&format!(
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
        let thrown = self.session.events(0, "Runtime.exceptionThrown");
        let thrown = thrown
            .iter()
            .map(|event| event["exceptionDetails"].to_string());
        let called = self.session.events(0, "Runtime.consoleAPICalled");
        let errors = called
            .iter()
            .filter(|event| event["type"] == "error" || event["type"] == "warning");
        thrown
            .chain(errors.map(|event| event["args"].to_string()))
            .collect()
    }

    /// The URLs that this tab asked for, with how each was answered, in the order of the answers.
    pub(crate) fn answers(&self) -> Vec<Arrival> {
        let events = self.session.events(0, "Network.responseReceived");
        events
            .iter()
            .map(|event| Arrival {
                status: event["response"]["status"].as_u64().unwrap(),
                from_worker: event["response"]["fromServiceWorker"] == true,
                url: event["response"]["url"].as_str().unwrap().to_string(),
            })
            .collect()
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
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1 });
            self.session.call("Input.dispatchMouseEvent", event);
        }
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
        self.session
            .call("Input.insertText", json!({ "text": text }));
    }

    pub(crate) fn close(self) {
        self.browser
            .call("Target.closeTarget", json!({ "targetId": self.target }));
        let gone = || {
            targets(&self.browser, "page")
                .iter()
                .all(|target| target.id != self.target)
        };
        eventually("the tab's end", || gone().then_some(()));
    }

    fn picture(&self, file: &Path) -> Result<(), String> {
        // A tab in the background is not painted.
        self.session.try_call("Page.bringToFront", json!({}))?;
        let answer = self
            .session
            .try_call("Page.captureScreenshot", json!({ "format": "png" }))?;
        let data = answer["data"].as_str().unwrap_or_default();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data)
            .map_err(|error| error.to_string())?;
        fs::create_dir_all(file.parent().unwrap())
            .and_then(|()| fs::write(file, bytes))
            .map_err(|error| error.to_string())
    }
}

impl Deref for Page {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("complaints of the page: {:#?}", self.complaints());
            let file = runner::picture();
            match self.picture(&file) {
                Ok(()) => eprintln!("picture of the page: {}", file.display()),
                Err(error) => eprintln!("no picture of the page: {error}"),
            }
        }
    }
}

struct Target {
    id: String,
}

fn targets(browser: &Session, kind: &str) -> Vec<Target> {
    let answer = browser.call("Target.getTargets", json!({}));
    let infos = answer["targetInfos"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    infos
        .iter()
        .filter(|info| info["type"] == kind)
        .map(|info| Target {
            id: info["targetId"].as_str().unwrap_or_default().to_string(),
        })
        .collect()
}
