//! `[update]`: how a new deployment reaches the pages that are open: announced, looked for, taken over.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::document::{At, Span, Table, Value, milliseconds, wrong_kind};

/// As written.
#[derive(Debug)]
pub struct Section {
    policy: Option<At<Policy>>,
    check: Option<Vec<At<String>>>,
    toast: Option<At<WrittenToast>>,
    compat: Vec<At<String>>,
}

/// `toast = true`, or a table with some of its texts.
#[derive(Debug, Default)]
struct WrittenToast {
    text: Option<At<String>>,
    accept: Option<At<String>>,
    dismiss: Option<At<String>>,
    offline: Option<At<String>>,
    close: Option<At<String>>,
}

/// When an open page comes to the new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// When somebody there says so.
    Prompt,
    /// When the visitor goes on to another page.
    NextVisit,
    /// By itself, while nobody looks at it and nothing would be lost.
    WhenSafe,
}

const POLICIES: [(&str, Policy); 3] = [
    ("prompt", Policy::Prompt),
    ("next-visit", Policy::NextVisit),
    ("when-safe", Policy::WhenSafe),
];

/// As decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    pub policy: Policy,
    pub check: Check,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toast: Option<Toast>,
    /// Pages written for workbox-window are understood.
    pub workbox_window: bool,
    /// Pages written for `virtual:pwa-register` are understood.
    pub register_sw: bool,
}

/// When an open page looks for a new deployment, besides the browser's own look at every navigation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// When it is seen again.
    pub visible: bool,
    /// When the network is back.
    pub online: bool,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
}

/// The words of the small message that asks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Toast {
    pub text: String,
    pub accept: String,
    pub dismiss: String,
    /// Said once, after the first install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<String>,
    /// Takes that away again.
    pub close: String,
}

const VISIBLE: &str = "visible";
const ONLINE: &str = "online";

const WORKBOX_WINDOW: &str = "workbox-window";
const REGISTER_SW: &str = "registerSW";

/// Looking more often burdens the server and the device for nothing; milliseconds.
const SHORTEST: u64 = 60_000;

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            policy: table.choice("policy", &POLICIES, report),
            check: table.texts("check", report),
            toast: table
                .value("toast")
                .and_then(|value| WrittenToast::read(value, report)),
            compat: table.texts("compat", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    pub fn decide(self, report: &mut Diagnostics) -> Update {
        let policy = self.policy.as_ref().map_or(Policy::Prompt, |at| at.value);
        if let (Some(toast), Some(written)) = (&self.toast, &self.policy)
            && policy != Policy::Prompt
        {
            report.report(nobody_is_asked(toast.span.clone(), written));
        }
        let mut update = Update {
            policy,
            check: match self.check {
                Some(words) => Check::of(words, report),
                None => Check {
                    visible: true,
                    online: true,
                    every: Some(3_600_000),
                },
            },
            toast: self.toast.map(|at| at.value.decide()),
            workbox_window: false,
            register_sw: false,
        };
        for word in self.compat {
            match word.value.as_str() {
                WORKBOX_WINDOW => update.workbox_window = true,
                REGISTER_SW => update.register_sw = true,
                _ => report.report(not_among(
                    "compat",
                    &word,
                    &[WORKBOX_WINDOW, REGISTER_SW],
                    "give `\"workbox-window\"` or `\"registerSW\"`",
                )),
            }
        }
        update
    }
}

impl WrittenToast {
    fn read(value: At<Value>, report: &mut Diagnostics) -> Option<At<Self>> {
        let toast = match value.value {
            Value::Flag(false) => return None,
            Value::Flag(true) => Self::default(),
            Value::Table(mut table) => {
                let toast = Self {
                    text: table.text("text", report),
                    accept: table.text("accept", report),
                    dismiss: table.text("dismiss", report),
                    offline: table.text("offline", report),
                    close: table.text("close", report),
                };
                table.finish(report);
                toast
            }
            other => {
                let wanted = "`true`, `false` or a table of texts";
                report.report(wrong_kind("toast", wanted, &other, value.span));
                return None;
            }
        };
        Some(At::new(toast, value.span))
    }

    fn decide(self) -> Toast {
        let or = |written: Option<At<String>>, usual: &str| {
            written.map_or_else(|| usual.to_owned(), |at| at.value)
        };
        Toast {
            text: or(self.text, "A new version is ready"),
            accept: or(self.accept, "Reload"),
            dismiss: or(self.dismiss, "Later"),
            offline: self.offline.map(|at| at.value),
            close: or(self.close, "OK"),
        }
    }
}

impl Check {
    fn of(words: Vec<At<String>>, report: &mut Diagnostics) -> Self {
        let mut check = Self {
            visible: false,
            online: false,
            every: None,
        };
        for word in words {
            match (word.value.as_str(), milliseconds(&word.value)) {
                (VISIBLE, _) => check.visible = true,
                (ONLINE, _) => check.online = true,
                (_, Some(every)) if every < SHORTEST => report.report(too_often(&word)),
                (_, Some(every)) => check.every = Some(every),
                (_, None) => report.report(not_among(
                    "check",
                    &word,
                    &[VISIBLE, ONLINE],
                    "give `\"visible\"`, `\"online\"` or a time such as `\"1h\"`",
                )),
            }
        }
        check
    }
}

fn not_among(key: &str, word: &At<String>, words: &[&str], help: &str) -> Diagnostic {
    let help = match nearest(&word.value, words.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`; {help}"),
        None => help.to_owned(),
    };
    Diagnostic::error(
        "update-word",
        format!("`{key}` does not know `{}`", word.value),
        word.span.clone(),
    )
    .label("not one of the choices")
    .help(help)
}

fn too_often(word: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "update-often",
        "open pages would look for a new version too often",
        word.span.clone(),
    )
    .label("less than a minute")
    .help(
        "give a minute or more; `\"1h\"` is usual, since pages also look when they are seen again",
    )
}

fn nobody_is_asked(toast: Span, policy: &At<Policy>) -> Diagnostic {
    Diagnostic::error("update-toast", "`toast` has no use with this policy", toast)
        .label("asks whether to reload")
        .other(policy.span.clone(), "nobody is asked")
        .help("remove `toast`, or choose `policy = \"prompt\"`")
}
