//! Firefox, spoken to over WebDriver BiDi. What the protocol does not offer is asked of the browser's own scripts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::browser::{Arrival, Driver, Key, Tab};
use crate::devtools::{Pipe, START, Session, eventually, eventually_within};
use crate::runner;
use crate::watched::Watched;

const PREFERENCES: &[(&str, &str)] = &[
    // It is online when the link is.
    ("network.manage-offline-status", "true"),
    ("network.offline-mirrors-connectivity", "true"),
    // It asks for nothing that the test has not asked for.
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("network.http.speculative-parallel-limit", "0"),
    ("network.prefetch-next", "false"),
    ("browser.chrome.site_icons", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.topsites.contile.enabled", "false"),
    ("browser.search.update", "false"),
    ("extensions.update.enabled", "false"),
    ("extensions.getAddons.cache.enabled", "false"),
    ("app.normandy.enabled", "false"),
    ("app.update.disabledForTesting", "true"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("toolkit.telemetry.enabled", "false"),
    ("media.gmp-manager.updateEnabled", "false"),
    (
        "services.settings.server",
        "\"data:,#remote-settings-dummy/v1\"",
    ),
    // It starts with an empty page, and without processes in reserve.
    ("browser.startup.page", "0"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.newtabpage.enabled", "false"),
    ("browser.newtab.preload", "false"),
    ("browser.sessionstore.resume_from_crash", "false"),
    ("toolkit.startup.max_resumed_crashes", "-1"),
    ("dom.ipc.processPrelaunch.enabled", "false"),
    ("dom.ipc.processCount", "1"),
    // A page that was left is gone, and not kept for the way back.
    ("browser.sessionhistory.max_total_viewers", "0"),
    // It shows notifications itself, where there is no desktop to show them.
    ("alerts.useSystemBackend", "false"),
    // A push service may be one of this machine, and it comes back at once to one that has hung up.
    ("dom.push.testing.allowInsecureServerURL", "true"),
    ("dom.push.retryBaseInterval", "100"),
];

/// Names the file in which a starting browser says where it listens.
const ADDRESS: &str = "WebDriverBiDiServer.json";

/// All workers of all sites, as the browser's own scripts see them.
const REGISTRATIONS: &str = "(() => {
    const known = Cc['@mozilla.org/serviceworkers/manager;1'].getService(Ci.nsIServiceWorkerManager).getAllRegistrations();
    return Array.from({ length: known.length }, (_, i) => known.queryElementAt(i, Ci.nsIServiceWorkerRegistrationInfo));
})()";

/// What workers have thrown, of which the browser's console knows no more than the scope, and what they have rejected. The
/// latter looks like what pages have rejected, but for the name of the script.
const ERRORS_OF_WORKERS: &str = r"(() => {
    const told = Cc['@mozilla.org/consoleAPI-storage;1'].getService(Ci.nsIConsoleAPIStorage).getEvents();
    const thrown = told.filter(({ innerID, level }) => innerID === 'ServiceWorker' && level === 'error');
    const errors = Services.console.getMessageArray().filter((message) => message instanceof Ci.nsIScriptError);
    const rejected = errors.filter(({ flags, sourceName }) => flags === Ci.nsIScriptError.errorFlag && /(worker|sw)\.js$/.test(sourceName));
    return [
        ...thrown.map(({ ID, arguments: [text] }) => text || `something was thrown in the worker of ${ID}`),
        ...rejected.map(({ errorMessage }) => errorMessage),
    ];
})()";

pub(crate) struct Firefox {
    process: Watched,
    session: Session,
    /// The browser's own window, in which scripts may do what the browser may.
    chrome: String,
    /// The tab that it starts with, until somebody takes it.
    first: Mutex<Option<String>>,
}

impl Firefox {
    pub(crate) fn launch(program: &Path, profile: &Path) -> Firefox {
        if !profile.is_dir() {
            match runner::template() {
                Some(template) => copy(&template, profile),
                None => fs::create_dir_all(profile).unwrap(),
            }
        }
        let preferences = PREFERENCES
            .iter()
            .map(|(name, value)| format!("user_pref(\"{name}\", {value});\n"));
        fs::write(profile.join("user.js"), preferences.collect::<String>()).unwrap();
        let address = profile.join(ADDRESS);
        let _of_an_earlier_start = fs::remove_file(&address);
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-remote", "--remote-debugging-port=0"])
            .args(["--remote-allow-system-access", "--profile"])
            .arg(profile)
            .arg("about:blank")
            .env("HOME", profile);
        let process = Watched::start(&command, Path::new("/dev/null"));
        let port = eventually_within(START, "the browser's address", || {
            let address: Value = serde_json::from_slice(&fs::read(&address).ok()?).ok()?;
            u16::try_from(address["ws_port"].as_u64()?).ok()
        });
        let session = Session::browser(Pipe::of_web_socket(port, "/session"));
        session.first_call("session.new", json!({ "capabilities": {} }));
        let events = ["log.entryAdded", "network.responseCompleted"];
        session.call("session.subscribe", json!({ "events": events }));
        let first_of = |scope: &str| {
            let tree = json!({ "moz:scope": scope });
            let answer = session.call("browsingContext.getTree", tree);
            let first = &answer["contexts"][0]["context"];
            first.as_str().expect("a context").to_string()
        };
        Firefox {
            process,
            chrome: first_of("chrome"),
            first: Mutex::new(Some(first_of("content"))),
            session,
        }
    }

    fn errors_of_workers(&self) -> Result<Vec<String>, String> {
        let errors = evaluate(&self.session, &self.chrome, ERRORS_OF_WORKERS)?;
        let errors = errors.as_array().into_iter().flatten();
        Ok(errors
            .filter(|text| !is_the_browsers_own(text))
            .map(Value::to_string)
            .collect())
    }

    fn evaluate_in_chrome(&self, expression: &str) -> Value {
        evaluate(&self.session, &self.chrome, expression)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"))
    }
}

impl Driver for Firefox {
    fn open_tab(&self) -> Box<dyn Tab> {
        // A window of its own, since a tab behind another is hidden.
        let context = self.first.lock().unwrap().take().unwrap_or_else(|| {
            let window = json!({ "type": "window" });
            let answer = self.session.call("browsingContext.create", window);
            answer["context"].as_str().expect("a context").to_string()
        });
        Box::new(FirefoxTab {
            session: self.session.clone(),
            context,
            chrome: self.chrome.clone(),
        })
    }

    fn set_permission(&self, permission: &str, setting: &str, origin: &str) {
        self.session.call(
            "permissions.setPermission",
            json!({ "descriptor": { "name": permission }, "state": setting, "origin": origin }),
        );
    }

    fn kill_workers(&self) {
        self.evaluate_in_chrome(&format!(
            "Promise.all({REGISTRATIONS}
                .flatMap((one) => [one.evaluatingWorker, one.installingWorker, one.waitingWorker, one.activeWorker])
                .map((worker) => worker?.terminateWorker())).then(() => true)"
        ));
    }

    fn workers_are_settled(&self) -> bool {
        self.evaluate_in_chrome(&format!(
            "{REGISTRATIONS}.every(({{ evaluatingWorker, installingWorker, waitingWorker, activeWorker }}) =>
                !evaluatingWorker && !installingWorker && !waitingWorker &&
                (!activeWorker || activeWorker.state === Ci.nsIServiceWorkerInfo.STATE_ACTIVATED))"
        )) == true
    }

    fn worker_errors(&self) -> Vec<String> {
        self.errors_of_workers()
            .unwrap_or_else(|error| panic!("errors of workers: {error}"))
    }

    fn use_push_service(&self, url: &str) {
        self.evaluate_in_chrome(&format!(
            "Services.prefs.setStringPref('dom.push.serverURL', {});
            Services.prefs.setBoolPref('dom.push.connection.enabled', true)",
            json!(url)
        ));
    }

    fn crash(&mut self) {
        self.process.end();
    }

    fn quit(&mut self) {
        self.session.call("browser.close", json!({}));
        self.process.wait();
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("errors of workers: {:#?}", self.errors_of_workers());
        }
    }
}

struct FirefoxTab {
    session: Session,
    context: String,
    chrome: String,
}

impl FirefoxTab {
    fn call(&self, method: &str, mut params: Value) -> Result<Value, String> {
        params["context"] = json!(self.context);
        self.session.try_call(method, params)
    }

    /// How the document came that a navigation has led to, after all that sent it on.
    fn arrival(&self, from: usize, navigation: &Value) -> Arrival {
        let known = || {
            let events = self.session.events(from, "network.responseCompleted");
            let last = events
                .iter()
                .rfind(|event| event["navigation"] == *navigation)?;
            let arrival = arrival(last);
            (!(300..400).contains(&arrival.status)).then_some(arrival)
        };
        eventually("the document", known)
    }

    fn act(&self, source: Value) {
        self.call("input.performActions", json!({ "actions": [source] }))
            .unwrap();
    }
}

/// What a worker has answered counts for Firefox as cached, and the server of the tests lets it cache nothing else.
fn arrival(event: &Value) -> Arrival {
    let response = &event["response"];
    Arrival {
        status: response["status"].as_u64().unwrap(),
        from_worker: response["fromCache"] == true,
        url: response["url"].as_str().unwrap().to_string(),
    }
}

impl Tab for FirefoxTab {
    fn try_goto(&self, url: &str) -> Result<Arrival, String> {
        let from = self.session.now();
        let page = json!({ "url": url, "wait": "complete" });
        let answer = self.call("browsingContext.navigate", page)?;
        Ok(self.arrival(from, &answer["navigation"]))
    }

    fn leave(&self) {
        let nowhere = json!({ "url": "about:blank", "wait": "complete" });
        self.call("browsingContext.navigate", nowhere).unwrap();
    }

    fn reload(&self) -> Arrival {
        let from = self.session.now();
        let answer = self.call("browsingContext.reload", json!({ "wait": "complete" }));
        self.arrival(from, &answer.unwrap()["navigation"])
    }

    fn before_scripts(&self, script: &str) {
        self.session.call(
            "script.addPreloadScript",
            json!({ "functionDeclaration": format!("() => {{ {script} }}"), "contexts": [self.context] }),
        );
    }

    fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        evaluate(&self.session, &self.context, expression)
    }

    fn complaints(&self) -> Vec<String> {
        let entries = self.session.events(0, "log.entryAdded");
        let mine = entries
            .iter()
            .filter(|entry| entry["source"]["context"] == *self.context);
        let complaints = mine.filter(|entry| match entry["type"].as_str() {
            Some("console") => entry["level"] == "error" || entry["level"] == "warn",
            _ => entry["level"] == "error" && !is_the_browsers_own(&entry["text"]),
        });
        complaints.map(|entry| entry["text"].to_string()).collect()
    }

    fn answers(&self) -> Vec<Arrival> {
        let events = self.session.events(0, "network.responseCompleted");
        let mine = events
            .iter()
            .filter(|event| event["context"] == *self.context);
        mine.map(arrival).collect()
    }

    fn click_at(&self, x: f64, y: f64) {
        self.act(json!({ "type": "pointer", "id": "mouse", "actions": [
            { "type": "pointerMove", "x": x.round(), "y": y.round() },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ] }));
    }

    fn insert(&self, text: &str) {
        let typed = format!("document.execCommand('insertText', false, {})", json!(text));
        assert_eq!(self.try_evaluate(&typed), Ok(json!(true)), "typing {text}");
    }

    fn press(&self, key: Key) {
        let value = match key {
            Key::Tab => "\u{e004}",
            Key::Escape => "\u{e00c}",
        };
        let [down, up] = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": value }));
        self.act(json!({ "type": "key", "id": "keyboard", "actions": [down, up] }));
    }

    fn look(&self, here: bool) {
        let active = format!(
            "ChromeUtils.importESModule('chrome://remote/content/shared/NavigableManager.sys.mjs')
                .NavigableManager.getBrowsingContextById({}).isActive = {here}",
            json!(self.context)
        );
        evaluate(&self.session, &self.chrome, &active).unwrap();
    }

    fn close(&self) {
        self.call("browsingContext.close", json!({})).unwrap();
    }

    fn picture(&self) -> Result<String, String> {
        let answer = self.call("browsingContext.captureScreenshot", json!({}))?;
        Ok(answer["data"].as_str().unwrap_or_default().to_string())
    }
}

/// What Firefox itself says of requests that failed and of what a policy forbids; a script that minds has its own error.
fn is_the_browsers_own(text: &Value) -> bool {
    let signs = [
        "Failed to load ",
        "Failed to register/update ",
        "Content-Security-Policy: ",
    ];
    let text = text.as_str().unwrap_or_default();
    signs.iter().any(|sign| text.starts_with(sign))
}

fn evaluate(session: &Session, context: &str, expression: &str) -> Result<Value, String> {
    let answer = session.try_call(
        "script.evaluate",
        json!({ "expression": expression, "target": { "context": context }, "awaitPromise": true, "userActivation": true }),
    )?;
    match answer.get("exceptionDetails") {
        Some(thrown) => Err(thrown["text"].to_string()),
        None => Ok(plain(&answer["result"], &mut BTreeMap::new())),
    }
}

/// A value as JSON would have it, out of BiDi's own way to write one down: what occurs again is only referred to.
fn plain(remote: &Value, known: &mut BTreeMap<String, Value>) -> Value {
    let value = &remote["value"];
    let parts = value.as_array().into_iter().flatten();
    let id = remote["internalId"].as_str();
    let plain = match remote["type"].as_str().unwrap_or_default() {
        "string" | "boolean" => value.clone(),
        // Not a number, or infinite.
        "number" if value.is_string() => Value::Null,
        "number" => value.clone(),
        "null" | "undefined" => Value::Null,
        "array" | "object" if value.is_null() => {
            id.and_then(|id| known.get(id).cloned()).unwrap_or_default()
        }
        "array" => parts.map(|part| plain(part, known)).collect(),
        "object" => Value::Object(
            parts
                .map(|pair| {
                    let key = pair[0].as_str().unwrap_or_default();
                    (key.to_string(), plain(&pair[1], known))
                })
                .collect(),
        ),
        _ => json!({}),
    };
    if let Some(id) = id {
        known.insert(id.to_string(), plain.clone());
    }
    plain
}

/// A copy of a profile.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(status.unwrap().success());
}
