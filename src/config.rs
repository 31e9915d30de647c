//! pwa.toml as written: one section per feature, no defaults applied, nothing looked up.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::document::{Shape, Table};
use crate::features::icons::{Around, Backgrounds, Icons};
use crate::features::{
    app, assets, budget, endpoints, host, html, icons, manifest, pages, periodic_sync, push,
    retire, routes, sync, update, worker,
};
use crate::page::Part;
use crate::site::Inject;

/// Every section that mdpwa knows.
#[derive(Debug, Default)]
pub struct Config {
    pub app: app::Section,
    pub worker: worker::Section,
    pub assets: Vec<assets::Section>,
    pub budget: budget::Section,
    pub pages: Option<pages::Section>,
    pub routes: Vec<routes::Section>,
    pub endpoints: Vec<endpoints::Section>,
    pub sync: Vec<sync::Section>,
    pub periodic_sync: Vec<periodic_sync::Section>,
    pub push: Option<push::Section>,
    pub update: Option<update::Section>,
    pub manifest: Option<manifest::Section>,
    pub icons: Option<icons::Section>,
    pub retire: retire::Section,
    pub html: Option<html::Section>,
    pub host: host::Section,
}

impl Config {
    /// Parses the text of a pwa.toml; every mistake is reported, and what could be read is returned.
    pub fn parse(text: &str, report: &mut Diagnostics) -> Self {
        match Table::parse(text, report) {
            Some(document) => Self::read(document, report),
            None => Self::default(),
        }
    }

    /// Returns everything that is asked of a pwa.toml.
    pub fn shape() -> Shape {
        let (document, shape) = Table::asking();
        Self::read(document, &mut Diagnostics::default());
        shape.take()
    }

    fn read(mut document: Table, report: &mut Diagnostics) -> Self {
        let sync_defaults = document
            .table("sync_defaults", report)
            .unwrap_or_else(|| Table::empty("[sync_defaults]"));
        let config = Self {
            app: match document.table("app", report) {
                Some(table) => app::Section::read(table, report),
                None => app::Section::default(),
            },
            worker: match document.table("worker", report) {
                Some(table) => worker::Section::read(table, report),
                None => worker::Section::default(),
            },
            assets: document
                .tables("assets", report)
                .into_iter()
                .map(|table| assets::Section::read(table, report))
                .collect(),
            budget: match document.table("budget", report) {
                Some(table) => budget::Section::read(table, report),
                None => budget::Section::default(),
            },
            pages: document
                .table("pages", report)
                .map(|table| pages::Section::read(table, report)),
            routes: document
                .tables("routes", report)
                .into_iter()
                .map(|table| routes::Section::read(table, report))
                .collect(),
            endpoints: document
                .table("endpoints", report)
                .map(|table| endpoints::Section::read_all(table, &sync_defaults, report))
                .unwrap_or_default(),
            sync: sync::Section::read_all(document.tables("sync", report), sync_defaults, report),
            periodic_sync: document
                .tables("periodic_sync", report)
                .into_iter()
                .map(|table| periodic_sync::Section::read(table, report))
                .collect(),
            push: document
                .table("push", report)
                .map(|table| push::Section::read(table, report)),
            update: document
                .table("update", report)
                .map(|table| update::Section::read(table, report)),
            manifest: document
                .table("manifest", report)
                .map(|table| manifest::Section::read(table, report)),
            icons: document
                .table("icons", report)
                .map(|table| icons::Section::read(table, report)),
            retire: match document.table("retire", report) {
                Some(table) => retire::Section::read(table, report),
                None => retire::Section::default(),
            },
            html: document
                .table("html", report)
                .map(|table| html::Section::read(table, report)),
            host: match document.table("host", report) {
                Some(table) => host::Section::read(table, report),
                None => host::Section::default(),
            },
        };
        document.finish(report);
        config
    }

    /// Draws the icons. Pages name them, so this comes before pages are read.
    pub fn icons(
        &self,
        sources: &BTreeMap<String, Vec<u8>>,
        favicon: bool,
        report: &mut Diagnostics,
    ) -> Option<Icons> {
        let (light, dark) = match &self.manifest {
            Some(manifest) => manifest.backgrounds(),
            None => (None, None),
        };
        let around = Around {
            manifest: Backgrounds { light, dark },
            sources,
            favicon,
        };
        self.icons.as_ref()?.decide(&around, report)
    }

    /// Returns what belongs into which pages, where `[html]` is written; `base` is the command line's word.
    pub fn inject(&self, base: Option<&str>, icons: Option<&Icons>) -> Option<Inject> {
        let html = self.html.as_ref()?;
        // What is wrong with these two is said when they are decided for good.
        let unheard = &mut Diagnostics::default();
        let base = self.app.clone().decide(base, unheard).base;
        let worker = self.worker.clone().decide(unheard);
        let mut parts = Vec::new();
        parts.extend(self.manifest.iter().flat_map(|one| one.parts(&base)));
        parts.extend(icons.iter().flat_map(|icons| icons.parts(&base)));
        parts.push(Part::Registration {
            url: format!("{base}{}", worker.register),
        });
        Some(html.inject(&base, parts))
    }
}
