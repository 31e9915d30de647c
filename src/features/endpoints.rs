//! `[endpoints.NAME]`: where queued work is sent, written once for every tag that uses it.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Table, Value, wrong_kind};
use crate::endpoint::{self, Endpoint, Method, Written};

/// As written: one of them.
#[derive(Debug)]
pub struct Section {
    name: At<String>,
    method: Option<At<String>>,
    url: Option<At<String>>,
    rest: Written,
}

/// As decided, by name.
pub type Endpoints = BTreeMap<String, Endpoint>;

impl Section {
    /// Reads every table under `[endpoints]`.
    pub fn read_all(endpoints: Table, defaults: &Table, report: &mut Diagnostics) -> Vec<Self> {
        let mut sections = Vec::new();
        for (name, value) in endpoints.into_entries() {
            match value.value {
                Value::Table(mut table) => {
                    table.inherit(defaults, &endpoint::KEYS);
                    sections.push(Self::read(name, table, report));
                }
                other => report.report(wrong_kind(&name.value, "a table", &other, value.span)),
            }
        }
        sections
    }

    fn read(name: At<String>, mut table: Table, report: &mut Diagnostics) -> Self {
        endpoint::refuse_no_cors(&mut table, report);
        let section = Self {
            method: table.text("method", report),
            url: table.text("url", report),
            rest: Written::read(&mut table, report),
            name,
        };
        table.finish(report);
        section
    }

    fn decide(self, report: &mut Diagnostics) -> Option<(String, Endpoint)> {
        let method = match &self.method {
            Some(written) => endpoint::method(written, report),
            None => Some(Method::Post),
        };
        let Some(url) = self.url else {
            report.report(without_url(&self.name));
            return None;
        };
        let endpoint = self
            .rest
            .decide(method.unwrap_or(Method::Post), &url, report);
        Some((self.name.value, endpoint))
    }
}

pub fn decide(sections: Vec<Section>, report: &mut Diagnostics) -> Endpoints {
    sections
        .into_iter()
        .filter_map(|section| section.decide(report))
        .collect()
}

fn without_url(name: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "endpoints-url",
        format!("the endpoint `{}` has no address", name.value),
        name.span.clone(),
    )
    .label("nowhere to send to")
    .help("add `url = \"/path\"`")
}
