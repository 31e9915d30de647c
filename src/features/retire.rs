//! `[retire]`: workers that this site used to have, whose visitors come over without losing or keeping anything by accident.

use std::path::{Component, Path};

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Table};

/// As written.
#[derive(Debug, Default)]
pub struct Section {
    workers: Vec<At<String>>,
    caches: Vec<At<String>>,
}

/// As decided.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retire {
    /// Under each of these names a worker is written that leaves; relative to the site's root.
    pub workers: Vec<String>,
    /// Names of caches that go with them, besides those that well-known tools make.
    pub caches: Vec<String>,
}

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            workers: table.texts("workers", report).unwrap_or_default(),
            caches: table.texts("caches", report).unwrap_or_default(),
        };
        table.finish(report);
        section
    }

    /// Returns the files that mdpwa writes for this section: they are never part of the site.
    pub fn outputs(&self) -> Vec<String> {
        self.workers.iter().map(relative).collect()
    }

    /// `own` is the worker that is written anyway.
    pub fn decide(self, own: &str, report: &mut Diagnostics) -> Retire {
        for worker in &self.workers {
            if !is_script(&relative(worker)) {
                report.report(not_a_worker(worker));
            }
            if relative(worker) == own {
                report.report(own_worker(worker));
            }
        }
        Retire {
            workers: self.workers.iter().map(relative).collect(),
            caches: self.caches.into_iter().map(|at| at.value).collect(),
        }
    }
}

impl Retire {
    /// Says whether another tool may have left something with visitors.
    pub fn is_needed(&self) -> bool {
        !self.workers.is_empty() || !self.caches.is_empty()
    }
}

fn relative(written: &At<String>) -> String {
    written.value.trim_start_matches("./").to_owned()
}

fn is_script(name: &str) -> bool {
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    inside && name.ends_with(".js") && !name.contains(['\\', '?', '#', '%'])
}

fn not_a_worker(worker: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "retire-path",
        format!("`{}` is not a script inside the root", worker.value),
        worker.span.clone(),
    )
    .label("written relative to the site's root, ending in `.js`")
    .help("give the path that pages registered, such as `\"sw.js\"`")
}

fn own_worker(worker: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "retire-own",
        format!("`{}` is the worker of this very site", worker.value),
        worker.span.clone(),
    )
    .label("it cannot be written and retired at once")
    .help("remove it here: the new worker takes the place of an old one of the same name; or run `mdpwa retire` to leave for good")
}
