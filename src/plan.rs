//! What was decided: every default applied, every check done, nothing left to find out.

use serde::Serialize;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::features::app::App;
use crate::features::assets::{self, Group, Install};
use crate::features::budget::Download;
use crate::features::context::Context;
use crate::features::endpoints::{self, Endpoints};
use crate::features::host::Headers;
use crate::features::html::Html;
use crate::features::icons::{Icons, Purpose};
use crate::features::manifest::{self, Manifest};
use crate::features::pages::{Pages, Strategy};
use crate::features::periodic_sync::{self, PeriodicSync};
use crate::features::push::Push;
use crate::features::retire::Retire;
use crate::features::routes::{self, Route};
use crate::features::sync::{self, Tag};
use crate::features::update::Update;
use crate::features::worker::Worker;
use crate::site::Site;
use crate::url_path::UrlPath;

/// The decisions of one build; `mdpwa plan` prints it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub app: App,
    pub worker: Worker,
    pub pages: Pages,
    pub routes: Vec<Route>,
    pub endpoints: Endpoints,
    pub sync: Vec<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub periodic_sync: Vec<PeriodicSync>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icons: Option<Icons>,
    pub retire: Retire,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<Html>,
    #[serde(skip_serializing_if = "Headers::is_usual")]
    pub headers: Headers,
    pub assets: Vec<Group>,
    /// Open pages may belong to another version than the worker's own: to an earlier one, or to the network's.
    pub open_versions: bool,
    /// An open page downloads for the installing worker, which browsers hold back.
    pub helped_install: bool,
    /// Some of what is kept may be asked for in parts, as players do.
    pub ranges: bool,
    /// Files that an earlier build has written under names that say what is in them; relative to the root.
    #[serde(skip)]
    pub own: Vec<String>,
}

impl Plan {
    /// Decides everything; mistakes are reported, and a plan with mistakes must not be rendered. The icons are drawn
    /// before.
    pub fn decide(
        config: Config,
        icons: Option<Icons>,
        base: Option<&str>,
        site: &Site,
        report: &mut Diagnostics,
    ) -> Self {
        let inject = config.inject(base, icons.as_ref());
        let Config {
            app,
            worker,
            assets,
            budget,
            pages,
            routes,
            endpoints,
            sync,
            periodic_sync,
            push,
            update,
            manifest,
            icons: _,
            retire,
            html,
            host,
        } = config;
        let name = app.name.as_ref().map(|at| at.value.clone());
        let app = app.decide(base, report);
        let worker = worker.decide(report);
        let update = update.map(|section| section.decide(report));
        let retire = retire.decide(&worker.file, report);
        if let Some(foreign) = foreign_worker(&worker, site) {
            report.report(two_workers(foreign));
        }
        let mut cx = Context::new(site, report);
        let mut pages = match pages {
            Some(section) => section.decide(&mut cx),
            None => Pages::default(),
        };
        let routes = routes::decide(routes, &mut cx);
        let endpoints = endpoints::decide(endpoints, cx.report);
        let place = sync::Place {
            outbox: format!("{}:{}:sync", app.id, app.base),
            base: &app.base,
            scope: format!("{}{}", app.base, worker.folder()),
        };
        let sync = sync::decide(sync, &endpoints, &place, &mut cx);
        let tags: Vec<&str> = sync.iter().map(|tag| tag.tag.as_str()).collect();
        let storing = routes.iter().filter(|route| route.max_entries.is_some());
        let storing: Vec<&str> = storing.map(|route| route.name.as_str()).collect();
        let periodic_sync = periodic_sync::decide(periodic_sync, &tags, &storing, &mut cx);
        let push = push.map(|section| section.decide(&app.name, &tags, &mut cx));
        let headers = host.decide(&mut cx);
        let html = html
            .zip(inject)
            .map(|(section, inject)| section.decide(inject, &mut cx));
        let manifest = manifest.map(|section| {
            let around = manifest::Surroundings {
                name: name.as_deref(),
                base: &app.base,
                host: app.host,
                shell: pages.strategy == Strategy::Shell,
                icons: icons.iter().flat_map(listed).collect(),
            };
            section.decide(&around, &mut cx)
        });
        let manifest = manifest.map(|mut manifest| {
            // Navigations that are denied are left to the browser, and so to the server.
            let share = manifest.share.take();
            manifest.share = share.filter(|share| !pages.denies(&share.request.action));
            manifest
        });
        // Last, since the other sections ask for files to be kept.
        let assets = assets::decide(assets, &mut cx);
        budget.check(&downloads(&assets), report);
        let whole = keeps_every_page(&assets, site);
        let open_versions = pages.strategy == Strategy::Fresh || !whole || update.is_some();
        pages.not_found = not_found_page(&assets).filter(|_| whole);
        let files: usize = assets.iter().map(|group| group.files.len()).sum();
        let ranges = !routes.is_empty() || asked_for_in_parts(&assets);
        let helped_install = files > HELPED_FROM;
        Self {
            app,
            worker,
            pages,
            routes,
            endpoints,
            sync,
            periodic_sync,
            push,
            update,
            manifest,
            icons,
            retire,
            html,
            headers,
            assets,
            open_versions,
            helped_install,
            ranges,
            own: site.own.clone(),
        }
    }
}

impl Plan {
    /// Returns what mdpwa writes and pages load, such as scripts and icons: it is kept like files of the site.
    pub fn loaded(&self) -> Vec<String> {
        let mut loaded = Vec::new();
        if let Some(update) = &self.update {
            loaded.extend(update.toast.is_some().then(|| self.worker.toast()));
            loaded.extend(update.workbox_window.then(|| self.worker.workbox()));
        }
        loaded.extend(self.helped_install.then(|| self.worker.downloads()));
        if !self.sync.is_empty() {
            loaded.extend([self.worker.outbox(), self.worker.drain()]);
        }
        loaded.push(self.worker.register.clone());
        if let Some(manifest) = &self.manifest {
            loaded.push(manifest.file.clone());
            loaded.extend(
                manifest
                    .replace
                    .iter()
                    .filter(|name| **name != manifest.file)
                    .cloned(),
            );
        }
        let icons = self.icons.iter().flat_map(|icons| &icons.files);
        loaded.extend(icons.filter(|icon| icon.kept).map(|icon| icon.path.clone()));
        loaded
    }
}

/// Returns the icons that the manifest offers.
fn listed(icons: &Icons) -> impl Iterator<Item = manifest::DrawnIcon> {
    icons.listed().map(|(icon, purpose)| manifest::DrawnIcon {
        path: icon.path.clone(),
        sizes: icon.sizes.clone(),
        media_type: icon.media_type,
        purpose: match purpose {
            Purpose::Any => "any",
            Purpose::Maskable => "maskable",
            Purpose::Monochrome => "monochrome",
        },
    })
}

/// What tools call the workers that they write.
pub const USUAL_WORKERS: [&str; 7] = [
    "sw.js",
    "service-worker.js",
    "service_worker.js",
    "serviceworker.js",
    "serviceWorker.js",
    "ngsw-worker.js",
    "pwabuilder-sw.js",
];

/// Returns another tool's worker beside ours: of two workers in one folder, each would take the other's place.
fn foreign_worker<'a>(own: &Worker, site: &'a Site) -> Option<&'a str> {
    let folder = own.folder();
    let names = USUAL_WORKERS.iter().map(|name| format!("/{folder}{name}"));
    let found = names.filter_map(|name| site.find(&UrlPath::of_request(&name)));
    found.map(|asset| asset.path.as_str()).next()
}

fn two_workers(path: &str) -> Diagnostic {
    let name = path.trim_start_matches('/');
    Diagnostic::error(
        "worker-foreign",
        format!("the site has another service worker, `{name}`"),
        0..0,
    )
    .of_site()
    .help(format!(
        "if visitors may still have it, add `workers = [\"{name}\"]` to `[retire]`, which replaces it by one that leaves; \
         if the file is to stay as it is, add `replace = [\"{name}\"]` to `[worker]`"
    ))
}

/// Returns what every visitor downloads without asking for it.
pub fn downloads(groups: &[Group]) -> Vec<Download<'_>> {
    let at_once = |group: &&Group| matches!(group.install, Install::Required | Install::Optional);
    let files = groups.iter().filter(at_once).flat_map(|group| &group.files);
    files.map(|file| (file.path.as_str(), file.size)).collect()
}

/// Returns the page that static hosts send with status 404.
fn not_found_page(groups: &[Group]) -> Option<UrlPath> {
    let page = UrlPath::of_file("404.html");
    let required = groups
        .iter()
        .filter(|group| group.install == Install::Required);
    let mut kept = required.flat_map(|group| &group.files);
    kept.any(|file| file.path == page.as_str()).then_some(page)
}

/// Endings of files that are asked for as a whole.
const WHOLE: [&str; 22] = [
    "avif",
    "css",
    "csv",
    "gif",
    "htm",
    "html",
    "ico",
    "jpeg",
    "jpg",
    "js",
    "json",
    "md",
    "mjs",
    "otf",
    "png",
    "svg",
    "ttf",
    "txt",
    "webmanifest",
    "webp",
    "woff",
    "woff2",
];

fn asked_for_in_parts(groups: &[Group]) -> bool {
    let ending = |path: &str| {
        path.rsplit_once('.')
            .map_or(String::new(), |(_, ending)| ending.to_lowercase())
    };
    let mut files = groups.iter().flat_map(|group| &group.files);
    files.any(|file| !WHOLE.contains(&ending(&file.path).as_str()))
}

/// Files from which on the page's help is worth its code: fewer are in place within a second anyway.
const HELPED_FROM: usize = 12;

/// Says whether no page of the site can come from the network only.
fn keeps_every_page(groups: &[Group], site: &Site) -> bool {
    let is_page = |path: &str| path.ends_with(".html");
    let required = groups
        .iter()
        .filter(|group| group.install == Install::Required);
    let kept = required.flat_map(|group| &group.files);
    let kept = kept.filter(|file| is_page(&file.path)).count();
    let pages = site
        .assets
        .iter()
        .filter(|asset| is_page(asset.path.as_str()))
        .count();
    kept == pages
}
