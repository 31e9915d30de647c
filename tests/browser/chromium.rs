//! Chromium, spoken to over the DevTools protocol, and the few things that only that can do.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Arrival, Driver, Key, Tab};
use crate::desktop;
use crate::devtools::{PATIENCE, Pipe, Session, eventually};
use crate::runner;

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

pub(crate) struct Chromium {
    process: Child,
    session: Session,
    /// An empty tab from which workers are watched, so that a test's own tabs may close.
    desk: Session,
}

impl Chromium {
    pub(crate) fn launch(program: &Path, profile: &Path) -> Chromium {
        fs::create_dir_all(profile).unwrap();
        let mut process = Command::new("sh")
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
            ])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .env("HOME", runner::folder())
            // Nothing is shown on the desktop of whoever runs the tests.
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", desktop::socket().display()),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (writer, reader) = (process.stdin.take(), process.stdout.take());
        let pipe = Pipe::of_pipes(writer.unwrap(), reader.unwrap());
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
        Chromium {
            process,
            session,
            desk,
        }
    }

    /// The newest that is known of each version of each worker.
    fn workers(&self) -> BTreeMap<String, WorkerState> {
        versions(&self.desk.events(0, "ServiceWorker.workerVersionUpdated"))
            .into_iter()
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

    /// Hands the worker a push message as a push service would.
    pub(crate) fn deliver_push(&self, origin: &str, data: &str) {
        let event =
            json!({ "origin": origin, "registrationId": self.registration(), "data": data });
        self.desk.call("ServiceWorker.deliverPushMessage", event);
    }

    /// The value of an expression in the worker that is running.
    pub(crate) fn evaluate_in_worker(&self, expression: &str) -> Value {
        let worker = eventually("a running worker", || {
            targets(&self.session, "service_worker").into_iter().next()
        });
        evaluate(&self.session.attach(&worker.id), expression)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"))
    }

    /// The addresses of all tabs of a site, whoever has opened them.
    pub(crate) fn tabs(&self, origin: &str) -> Vec<String> {
        let pages = targets(&self.session, "page").into_iter();
        let mut urls: Vec<String> = pages
            .map(|page| page.url)
            .filter(|url| url.starts_with(origin))
            .collect();
        urls.sort();
        urls
    }

    /// Installs the app of a page and opens a file with it.
    pub(crate) fn open_in_app(&self, url: &str, file: &Path) -> Box<dyn Tab> {
        let app = json!({ "manifestId": url, "installUrlOrBundleUrl": url });
        self.session.call("PWA.install", app);
        let before = targets(&self.session, "page");
        let launch = json!({ "manifestId": url, "files": [file] });
        self.session.call("PWA.launchFilesInApp", launch);
        // What the call returns is the tab around the page, which cannot be attached to.
        let window = eventually("the app's window", || {
            let mut pages = targets(&self.session, "page").into_iter();
            pages.find(|page| before.iter().all(|known| known.id != page.id))
        });
        self.tab_of(window.id)
    }

    fn tab_of(&self, target: String) -> Box<dyn Tab> {
        let session = self.session.attach(&target);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            session.call(&format!("{domain}.enable"), json!({}));
        }
        Box::new(ChromiumTab {
            session,
            target,
            browser: self.session.clone(),
            desk: self.desk.clone(),
        })
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
}

impl Driver for Chromium {
    fn open_tab(&self) -> Box<dyn Tab> {
        let target = self
            .session
            .call("Target.createTarget", json!({ "url": "about:blank" }));
        self.tab_of(target["targetId"].as_str().unwrap().to_string())
    }

    fn set_permission(&self, permission: &str, setting: &str, origin: &str) {
        self.session.call(
            "Browser.setPermission",
            json!({ "permission": { "name": permission }, "setting": setting, "origin": origin }),
        );
    }

    fn kill_workers(&self) {
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

    fn workers_are_settled(&self) -> bool {
        let over =
            |worker: &WorkerState| ["activated", "redundant"].contains(&worker.status.as_str());
        self.workers().values().all(over)
    }

    fn worker_errors(&self) -> Vec<String> {
        let events = self.desk.events(0, "ServiceWorker.workerErrorReported");
        events
            .iter()
            .map(|event| event["errorMessage"]["errorMessage"].to_string())
            .collect()
    }

    fn quit(&mut self) {
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

    fn crash(&mut self) {
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.signal(), Some(9));
    }

    fn as_chromium(&self) -> Option<&Chromium> {
        Some(self)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "log of the browser's background services: {:#?}",
                self.log()
            );
            eprintln!("errors of workers: {:#?}", self.worker_errors());
        }
        self.quit();
    }
}

#[derive(Debug)]
struct WorkerState {
    registration: String,
    /// `stopped`, `starting`, `running` or `stopping`.
    running: String,
    /// `new`, `installing`, `installed`, `activating`, `activated` or `redundant`.
    status: String,
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

struct ChromiumTab {
    session: Session,
    target: String,
    browser: Session,
    desk: Session,
}

impl ChromiumTab {
    fn arrival(&self, from: usize, loader: Option<&str>) -> Arrival {
        let arrival = self
            .session
            .wait_event(from, "Network.responseReceived", |event| {
                let wanted = event["type"] == "Document"
                    && loader.is_none_or(|loader| event["loaderId"] == loader);
                wanted.then(|| arrival(event))
            });
        self.session
            .wait_event(from, "Page.loadEventFired", |_| Some(()));
        arrival
    }
}

fn arrival(event: &Value) -> Arrival {
    Arrival {
        status: event["response"]["status"].as_u64().unwrap(),
        from_worker: event["response"]["fromServiceWorker"] == true,
        url: event["response"]["url"].as_str().unwrap().to_string(),
    }
}

impl Tab for ChromiumTab {
    fn try_goto(&self, url: &str) -> Result<Arrival, String> {
        let from = self.session.now();
        let answer = self.session.call("Page.navigate", json!({ "url": url }));
        if let Some(error) = answer["errorText"].as_str() {
            return Err(error.to_string());
        }
        Ok(self.arrival(from, answer["loaderId"].as_str()))
    }

    fn leave(&self) {
        self.session
            .call("Page.navigate", json!({ "url": "about:blank" }));
    }

    fn reload(&self) -> Arrival {
        let from = self.session.now();
        self.session.call("Page.reload", json!({}));
        self.arrival(from, None)
    }

    fn before_scripts(&self, script: &str) {
        self.session.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        );
    }

    fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        evaluate(&self.session, expression)
    }

    fn complaints(&self) -> Vec<String> {
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

    fn answers(&self) -> Vec<Arrival> {
        let events = self.session.events(0, "Network.responseReceived");
        events.iter().map(arrival).collect()
    }

    fn click_at(&self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.session.call("Input.dispatchMouseEvent", event);
        }
    }

    fn insert(&self, text: &str) {
        self.session
            .call("Input.insertText", json!({ "text": text }));
    }

    fn press(&self, key: Key) {
        let (name, code) = match key {
            Key::Tab => ("Tab", 9),
            Key::Escape => ("Escape", 27),
        };
        for kind in ["keyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code });
            self.session.call("Input.dispatchKeyEvent", event);
        }
    }

    fn look(&self, here: bool) {
        let in_front = if here { &self.session } else { &self.desk };
        in_front.call("Page.bringToFront", json!({}));
    }

    fn close(&self) {
        self.browser
            .call("Target.closeTarget", json!({ "targetId": self.target }));
        let gone = || {
            targets(&self.browser, "page")
                .iter()
                .all(|target| target.id != self.target)
        };
        eventually("the tab's end", || gone().then_some(()));
    }

    fn picture(&self) -> Result<String, String> {
        // A tab in the background is not painted.
        self.session.try_call("Page.bringToFront", json!({}))?;
        let answer = self
            .session
            .try_call("Page.captureScreenshot", json!({ "format": "png" }))?;
        Ok(answer["data"].as_str().unwrap_or_default().to_string())
    }

    fn as_devtools(&self) -> Option<&Session> {
        Some(&self.session)
    }
}

/// The value of an expression in a page or a worker.
fn evaluate(session: &Session, expression: &str) -> Result<Value, String> {
    let mut answer = session.try_call(
        "Runtime.evaluate",
        json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true }),
    )?;
    match answer.get("exceptionDetails") {
        Some(thrown) => Err(format!(
            "{}: {}",
            thrown["text"].as_str().unwrap_or_default(),
            thrown["exception"]["description"]
                .as_str()
                .map_or(thrown["exception"].to_string(), String::from)
        )),
        None => Ok(answer["result"]["value"].take()),
    }
}

struct Target {
    id: String,
    url: String,
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
            url: info["url"].as_str().unwrap_or_default().to_string(),
        })
        .collect()
}
