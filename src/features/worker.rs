//! `[worker]`: the names of the files that mdpwa writes, and how they are written.

use std::path::Path;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Table};

/// As written.
#[derive(Clone, Debug, Default)]
pub struct Section {
    file: Option<At<String>>,
    register: Option<At<String>>,
    minify: Option<At<bool>>,
    auto_register: Option<At<bool>>,
    parallel: Option<At<u32>>,
    replace: Vec<At<String>>,
}

/// As decided. Paths are relative to the site's root, with `/` between folders.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    pub file: String,
    pub register: String,
    /// Declarations for the registration module.
    pub types: String,
    /// The lines to paste into a page.
    pub snippet: String,
    pub minify: bool,
    pub auto_register: bool,
    /// Requests in flight while installing.
    pub parallel: u32,
    /// Files of other tools that ours may be written over, or that may lie beside ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<String>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            file: table.text("file", report),
            register: table.text("register", report),
            minify: table.flag("minify", report),
            auto_register: table.flag("auto_register", report),
            parallel: table.count("parallel", 1..=64, report),
            replace: table.texts("replace", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    /// Returns every file that mdpwa writes into the root, or that it replaces: they are never part of the site.
    pub fn outputs(&self) -> Vec<String> {
        let register = relative(self.register.as_ref(), REGISTER);
        let (types, snippet) = beside(register);
        let mut outputs = vec![
            relative(self.file.as_ref(), FILE).to_owned(),
            types,
            snippet,
            module_of(register, TOAST),
            module_of(register, WORKBOX),
            module_of(register, DOWNLOADS),
            module_of(register, OUTBOX),
            module_of(register, DRAIN),
            register.to_owned(),
        ];
        outputs.extend(
            self.replace
                .iter()
                .map(|at| relative(Some(at), "").to_owned()),
        );
        outputs
    }

    pub fn decide(self, report: &mut Diagnostics) -> Worker {
        for (key, written, usual) in [
            ("file", &self.file, FILE),
            ("register", &self.register, REGISTER),
        ] {
            if let Some(written) = written {
                check_output(key, written, usual, report);
            }
        }
        for replaced in &self.replace {
            check_output("replace", replaced, FILE, report);
        }
        let file = relative(self.file.as_ref(), FILE).to_owned();
        let register = relative(self.register.as_ref(), REGISTER).to_owned();
        let (types, snippet) = beside(&register);
        if let (true, Some(second)) = (file == register, self.register.or(self.file)) {
            report.report(same_output(&second));
        }
        Worker {
            types,
            snippet,
            minify: self.minify.is_none_or(|at| at.value),
            auto_register: self.auto_register.is_none_or(|at| at.value),
            parallel: self.parallel.map_or(6, |at| at.value),
            replace: self
                .replace
                .iter()
                .map(|at| relative(Some(at), "").to_owned())
                .collect(),
            file,
            register,
        }
    }
}

impl Worker {
    /// Returns the folder that the worker is in: what it is in charge of; ends with `/` unless it is the root.
    pub fn folder(&self) -> &str {
        self.file.rfind('/').map_or("", |at| &self.file[..=at])
    }

    /// Returns the way from the worker's folder to the root: `./`, `../`.
    pub fn root_from_worker(&self) -> String {
        root_from(&self.file)
    }

    /// Returns the module that asks about a new version.
    pub fn toast(&self) -> String {
        module_of(&self.register, TOAST)
    }

    /// Returns the module for pages written for workbox-window.
    pub fn workbox(&self) -> String {
        module_of(&self.register, WORKBOX)
    }

    /// Returns the module that downloads for an installing worker.
    pub fn downloads(&self) -> String {
        module_of(&self.register, DOWNLOADS)
    }

    /// Returns the module of queued work.
    pub fn outbox(&self) -> String {
        module_of(&self.register, OUTBOX)
    }

    /// Returns the module that delivers queued work where there is no worker.
    pub fn drain(&self) -> String {
        module_of(&self.register, DRAIN)
    }

    pub fn root_from_register(&self) -> String {
        root_from(&self.register)
    }
}

fn root_from(file: &str) -> String {
    match file.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    }
}

const FILE: &str = "service-worker.js";
const REGISTER: &str = "register.js";

fn relative<'a>(written: Option<&'a At<String>>, usual: &'a str) -> &'a str {
    written.map_or(usual, |at| at.value.trim_start_matches("./"))
}

const TOAST: &str = "toast";
const WORKBOX: &str = "workbox";
const DOWNLOADS: &str = "downloads";
const OUTBOX: &str = "sync";
const DRAIN: &str = "drain";

/// Returns a module that goes with the registration module: `register-toast.js`.
fn module_of(register: &str, what: &str) -> String {
    let stem = register.strip_suffix(".js").unwrap_or(register);
    format!("{stem}-{what}.js")
}

/// Returns the declarations and the snippet that go with a registration module.
fn beside(register: &str) -> (String, String) {
    let stem = register.strip_suffix(".js").unwrap_or(register);
    let folder = register.rfind('/').map_or("", |at| &register[..=at]);
    (format!("{stem}.d.ts"), format!("{folder}snippet.html"))
}

fn check_output(key: &str, written: &At<String>, usual: &str, report: &mut Diagnostics) {
    let name = written.value.trim_start_matches("./");
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if !inside || !name.ends_with(".js") || name.contains(['\\', '?', '#', '%']) {
        report.report(
            Diagnostic::error(
                "worker-path",
                format!("`{key}` is not a script inside the root"),
                written.span.clone(),
            )
            .label("written relative to the site's root, ending in `.js`")
            .help(format!("the usual name is `\"{usual}\"`")),
        );
    }
}

fn same_output(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "worker-same",
        "the worker and the registration module have one name",
        written.span.clone(),
    )
    .label("one would overwrite the other")
    .help("give `file` and `register` different names")
}
