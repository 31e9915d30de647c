//! The rendered files, in memory: templates in, text out.

use askama::Template;
use serde::Serialize;

use crate::draft::Draft;
use crate::features::assets::{self, Install, List, Verify};
use crate::features::manifest::{Share, ShareFields, ShareRequest};
use crate::features::pages::Strategy;
use crate::features::periodic_sync::PeriodicSync;
use crate::features::push::{self, Prompt, Push};
use crate::features::routes::{self, Route};
use crate::features::update::{Check, Policy, Toast};
use crate::host::Rules;
use crate::minifier::Kind;
use crate::plan::Plan;
use crate::site::{Changed, Digest, Inject};
use crate::url_path::UrlPath;

mod script;
mod sync;

pub use script::Minified;
use script::{json, rendered, spaced};

/// The files of one build, in the order in which they are to be written: the worker last, since a worker must never
/// stand beside files older than itself.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub files: Vec<File>,
    /// Pages of the site that are rewritten where they lie.
    pub pages: Vec<Rewrite>,
    pub inject: Inject,
    /// What earlier builds have written and this one does not; relative to the root.
    pub obsolete: Vec<String>,
}

/// A page that is rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    pub path: UrlPath,
    /// What the worker knows it by.
    pub digest: Option<Digest>,
}

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the site's root, with `/` between folders.
    pub path: String,
    pub contents: Vec<u8>,
    /// Written also over a file of somebody else: pwa.toml says so.
    pub replaces: bool,
}

impl Bundle {
    /// Renders a plan without mistakes.
    pub fn render(plan: &Plan) -> Self {
        Self::render_again(plan, &mut Minified::default())
    }

    /// Renders as `render` does, with what an earlier rendering has made small.
    pub fn render_again(plan: &Plan, minified: &mut Minified) -> Self {
        let mut modules = page_modules(plan, minified);
        modules.extend(sync::modules(plan, minified));
        modules.push(registration(plan, false, minified));
        let manifest = manifest(plan);
        let needed = [modules.as_slice(), manifest.as_slice()].concat();
        let service_worker = service_worker(plan, &needed, minified);
        let mut files = beside(plan);
        files.extend(icons(plan));
        files.extend(manifest);
        files.append(&mut modules);
        files.extend(leaving_workers(plan, minified));
        files.push(File::of(plan, &plan.worker.file, service_worker));
        let mut obsolete = plan.own.clone();
        obsolete.retain(|own| files.iter().all(|file| file.path != *own));
        let changed = plan.html.iter().flat_map(|html| &html.changed);
        let rewrite = |page: &Changed| Rewrite {
            path: page.path.clone(),
            digest: Some(page.digest),
        };
        Self {
            files,
            obsolete,
            pages: changed.map(rewrite).collect(),
            inject: plan
                .html
                .as_ref()
                .map_or_else(Inject::default, |html| html.inject.clone()),
        }
    }

    /// Renders what takes the site's worker away from its visitors, with everything that it keeps. Work that still
    /// waits to be sent holds it up, unless `force` gives that up.
    pub fn retire(plan: &Plan, force: bool) -> Self {
        let minified = &mut Minified::default();
        let mut files = beside(plan);
        files.extend(sync::modules(plan, minified));
        files.push(registration(plan, true, minified));
        files.extend(leaving_workers(plan, minified));
        let worker = leaving_worker(plan, true, force, minified);
        files.push(File::of(plan, &plan.worker.file, worker));
        let marked = plan.html.iter().flat_map(|html| &html.marked);
        let rewrite = |path: &UrlPath| Rewrite {
            path: path.clone(),
            digest: None,
        };
        Self {
            files,
            obsolete: Vec::new(),
            pages: marked.map(rewrite).collect(),
            // Pages become what their owner wrote.
            inject: Inject::default(),
        }
    }
}

impl Rewrite {
    /// Relative to the site's root, with `/` between folders.
    pub fn file_name(&self) -> String {
        self.path.file_name()
    }
}

impl File {
    fn of(plan: &Plan, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        Self {
            replaces: plan.worker.replace.iter().any(|name| name == path),
            path: path.to_owned(),
            contents: contents.into(),
        }
    }

    /// Returns the contents as text, or nothing where they are a picture.
    pub fn text(&self) -> Option<&str> {
        str::from_utf8(&self.contents).ok()
    }
}

/// Returns what no browser loads: declarations and the line to paste.
fn beside(plan: &Plan) -> Vec<File> {
    let Plan { worker, update, .. } = plan;
    let update = update.as_ref();
    let types = Types {
        helped: plan.helped_install,
        groups: has_groups(plan),
        group_names: &union_of(&manual_groups(plan)),
        update: update.is_some(),
        register_sw: update.is_some_and(|update| update.register_sw),
        sync: !plan.sync.is_empty(),
        tags: &union_of(&tags(plan)),
        periodic_sync: !plan.periodic_sync.is_empty(),
        periodic_tags: &union_of(&periodic_tags(plan)),
        subscribes: subscribes(plan),
        notifies: notifies(plan),
        share: share(plan).is_some(),
        opens_files: opens_files(plan),
    };
    let snippet = Snippet {
        source: &format!("{}{}", plan.app.base, worker.register),
    };
    vec![
        File::of(plan, &worker.types, spaced(&rendered(types.render()))),
        File::of(plan, &worker.snippet, rendered(snippet.render())),
    ]
}

/// Returns the manifest, under the name that pages will ask for, and under those that they used to.
fn manifest(plan: &Plan) -> Vec<File> {
    let Some(manifest) = &plan.manifest else {
        return Vec::new();
    };
    let text = manifest.json(!plan.worker.minify);
    let replaced = manifest.replace.iter();
    let others = replaced.filter(|name| **name != manifest.file);
    let names = std::iter::once(&manifest.file).chain(others);
    names
        .map(|name| File {
            path: name.clone(),
            contents: text.clone().into_bytes(),
            replaces: manifest.replace.contains(name) || plan.worker.replace.contains(name),
        })
        .collect()
}

fn icons(plan: &Plan) -> impl Iterator<Item = File> {
    let icons = plan.icons.iter().flat_map(|icons| &icons.files);
    icons.map(|icon| File::of(plan, &icon.path, icon.contents.clone()))
}

/// Returns the page's module; a retired one has the same exports, and registers nothing.
fn registration(plan: &Plan, retired: bool, minified: &mut Minified) -> File {
    let Plan { worker, update, .. } = plan;
    let update = update.as_ref();
    let push = plan.push.as_ref();
    let render = |config: &str| {
        Register {
            config,
            retired,
            update: update.is_some(),
            when_safe: update.is_some_and(|update| update.policy == Policy::WhenSafe),
            toast: update.is_some_and(|update| update.toast.is_some()),
            register_sw: update.is_some_and(|update| update.register_sw),
            sync: sync::Rooms::of(&plan.sync),
            periodic_sync: !plan.periodic_sync.is_empty(),
            subscribes: subscribes(plan),
            notifies: notifies(plan),
            asks_at_load: push.is_some_and(|push| push.prompt == Prompt::Load),
            badge: push.is_some_and(|push| push.pointers.badge.is_some()),
            helped: plan.helped_install,
            groups: has_groups(plan),
            share: share(plan).is_some(),
            opens_files: opens_files(plan),
        }
        .render()
    };
    let module = minified.script(worker, Kind::Module, render, &page_config(plan));
    File::of(plan, &worker.register, module)
}

/// Returns a worker for every name under which the site had another tool's.
fn leaving_workers(plan: &Plan, minified: &mut Minified) -> impl Iterator<Item = File> {
    plan.retire.workers.iter().map(move |name| File {
        path: name.clone(),
        contents: leaving_worker(plan, false, false, minified).into_bytes(),
        replaces: true,
    })
}

fn leaving_worker(plan: &Plan, own: bool, force: bool, minified: &mut Minified) -> String {
    let config = RetireConfig {
        id: &plan.app.id,
        root: plan.worker.root_from_worker(),
        force,
        foreign_caches: &plan.retire.caches,
    };
    let render = |config: &str| RetireWorker { config, own }.render();
    minified.script(&plan.worker, Kind::Script, render, &config)
}

#[derive(Template)]
#[template(path = "service-worker.js", syntax = "js", escape = "none")]
struct ServiceWorker<'a> {
    config: &'a str,
    fresh: bool,
    instant: bool,
    shell: bool,
    /// Some answers are asked for in parts.
    ranges: bool,
    /// The host hides the endings of pages.
    clean_urls: bool,
    /// Some page stands in for those that can be had nowhere.
    offline_page: bool,
    /// A navigation is answered like any other file.
    everything_kept: bool,
    /// Pages of the network have nothing to stand in for them.
    only_network: bool,
    /// pwa.toml names files for what they are.
    named_files: bool,
    routes: bool,
    cache_first: bool,
    network_first: bool,
    stale_while_revalidate: bool,
    network_only: bool,
    cache_only: bool,
    /// Some answers are stored.
    keeps: bool,
    /// A write to a kept answer makes it old.
    writes: bool,
    sync: sync::Rooms,
    periodic_sync: bool,
    /// Some of what is fetched from time to time goes into a cache.
    periodic_caches: bool,
    /// Some of what is fetched from time to time goes into a store of the app's own.
    periodic_stores: bool,
    /// Somebody looks into JSON.
    pointers: bool,
    /// Something may be the occasion for a delivery…
    wakes: bool,
    /// …and is.
    woken: bool,
    push: bool,
    /// Visitors may subscribe to push messages.
    subscribes: bool,
    /// Open pages may belong to other versions than the worker's own.
    versions: bool,
    update: bool,
    /// Other tools' workers may have left something.
    retire: bool,
    /// A new version does not wait for the old one's pages to go.
    at_once: bool,
    helped: bool,
    /// Something in the files does not count.
    ignoring: bool,
    /// Some groups are not stored with the worker.
    groups: bool,
    /// Pages have something to say to the worker.
    messages: bool,
    /// Other apps share with this one.
    share: bool,
}

#[derive(Template)]
#[template(path = "register.js", syntax = "js", escape = "none")]
struct Register<'a> {
    config: &'a str,
    sync: sync::Rooms,
    periodic_sync: bool,
    /// Visitors may subscribe to push messages.
    subscribes: bool,
    /// Something is shown outside the page.
    notifies: bool,
    /// Permission for that is asked for without a click.
    asks_at_load: bool,
    /// Messages put a number on the app's icon.
    badge: bool,
    /// Has a part in the worker's install.
    helped: bool,
    /// Nothing is registered any more.
    retired: bool,
    update: bool,
    when_safe: bool,
    toast: bool,
    register_sw: bool,
    groups: bool,
    share: bool,
    opens_files: bool,
}

#[derive(Template)]
#[template(path = "retire.js", syntax = "js", escape = "none")]
struct RetireWorker<'a> {
    config: &'a str,
    /// In the place of the site's own worker, not of another tool's.
    own: bool,
}

#[derive(Template)]
#[template(path = "toast.js", syntax = "js", escape = "none")]
struct ToastModule<'a> {
    config: &'a str,
}

#[derive(Template)]
#[template(path = "downloads.js", syntax = "js", escape = "none")]
struct DownloadsModule {
    /// Something in the files does not count.
    ignoring: bool,
}

#[derive(Template)]
#[template(path = "workbox-window.js", syntax = "js", escape = "none")]
struct WorkboxModule<'a> {
    config: &'a str,
}

#[derive(Template)]
#[template(path = "register.d.ts", syntax = "js", escape = "none")]
struct Types<'a> {
    helped: bool,
    groups: bool,
    /// The names of the manual groups, as a union of types.
    group_names: &'a str,
    update: bool,
    register_sw: bool,
    sync: bool,
    /// The names of the tags, as a union of types.
    tags: &'a str,
    periodic_sync: bool,
    periodic_tags: &'a str,
    subscribes: bool,
    notifies: bool,
    share: bool,
    opens_files: bool,
}

#[derive(Template)]
#[template(path = "snippet.html")]
struct Snippet<'a> {
    source: &'a str,
}

#[derive(Template)]
#[template(path = "pwa.toml", syntax = "toml", escape = "none")]
struct PwaToml<'a> {
    draft: &'a Draft,
}

/// Returns the text of a pwa.toml.
pub fn pwa_toml(draft: &Draft) -> String {
    rendered(PwaToml { draft }.render())
}

/// `CONFIG` of the worker; its shape is `WorkerConfig` of `templates/types.d.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkerConfig<'a> {
    id: &'a str,
    root: String,
    version: String,
    parallel: u32,
    host: Rules,
    pages: WorkerPages<'a>,
    #[serde(skip_serializing_if = "<[Route]>::is_empty")]
    routes: &'a [Route],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sync: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "<[PeriodicSync]>::is_empty")]
    periodic_sync: &'a [PeriodicSync],
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<WorkerPush<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<&'a ShareRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_caches: Option<&'a [String]>,
    assets: Vec<WorkerGroup<'a>>,
}

/// What the worker has to know of the pages that its rooms do not say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkerPages<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shell: Option<&'a UrlPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<&'a UrlPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_found: Option<&'a UrlPath>,
    deny: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkerGroup<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    install: Option<Install>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ignore: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<Verify>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify_pages: Option<Verify>,
    #[serde(flatten)]
    list: List,
}

/// `CONFIG` of the page's module; its shape is `PageConfig` of `templates/types.d.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageConfig<'a> {
    id: &'a str,
    root: String,
    worker: &'a str,
    auto_register: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<&'a Check>,
    #[serde(skip_serializing_if = "Option::is_none")]
    toast: Option<ToastPointer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'a str>,
    /// The module that downloads for an installing worker, relative to the page's.
    #[serde(skip_serializing_if = "Option::is_none")]
    downloads: Option<String>,
    /// The module of queued work, relative to the page's.
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    periodic_sync: Vec<PeriodicPage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<Subscribing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<&'a ShareFields>,
}

/// What page and worker have to know of subscriptions.
#[derive(Serialize)]
struct Subscribing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribe: Option<&'a push::Request>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<&'a push::Request>,
}

/// What the worker has to know of push messages.
#[derive(Serialize)]
struct WorkerPush<'a> {
    #[serde(flatten)]
    subscribing: Subscribing<'a>,
    pointers: &'a push::Pointers,
    default: &'a push::Shown,
    click: &'a push::Click,
    actions: &'a [push::Action],
    drain: &'a [String],
}

/// What a page has to know of what is fetched from time to time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PeriodicPage<'a> {
    tag: &'a str,
    min_interval: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<u64>,
}

#[derive(Serialize)]
struct ToastPointer {
    /// Relative to the page's module.
    module: String,
    /// Also says that the site is ready to work offline.
    offline: bool,
}

/// `CONFIG` of a worker that leaves.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetireConfig<'a> {
    id: &'a str,
    root: String,
    force: bool,
    foreign_caches: &'a [String],
}

/// `CONFIG` of the module that asks about a new version.
#[derive(Serialize)]
struct ToastConfig<'a> {
    #[serde(flatten)]
    texts: &'a Toast,
    style: String,
}

/// `CONFIG` of the module for pages written for workbox-window.
#[derive(Serialize)]
struct WorkboxConfig {
    root: String,
    /// The page's module, relative to this one.
    register: String,
}

/// Returns the modules that pages load besides the registration module: those that not every visit needs.
fn page_modules(plan: &Plan, minified: &mut Minified) -> Vec<File> {
    let Plan { worker, update, .. } = plan;
    let mut modules = Vec::new();
    if plan.helped_install {
        let ignoring = ignores(plan);
        let render = |_: &str| DownloadsModule { ignoring }.render();
        let module = minified.script(worker, Kind::Module, render, &());
        modules.push(File::of(plan, &worker.downloads(), module));
    }
    let Some(update) = update else {
        return modules;
    };
    if let Some(texts) = &update.toast {
        let config = ToastConfig {
            texts,
            style: squeezed(include_str!("../templates/toast/toast.css")),
        };
        let render = |config: &str| ToastModule { config }.render();
        let module = minified.script(worker, Kind::Module, render, &config);
        modules.push(File::of(plan, &worker.toast(), module));
    }
    if update.workbox_window {
        let config = WorkboxConfig {
            root: worker.root_from_register(),
            register: neighbour(&worker.register),
        };
        let render = |config: &str| WorkboxModule { config }.render();
        let module = minified.script(worker, Kind::Module, render, &config);
        modules.push(File::of(plan, &worker.workbox(), module));
    }
    modules
}

/// Returns the way to a module from another in its folder.
fn neighbour(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("./{name}")
}

fn service_worker(plan: &Plan, needed: &[File], minified: &mut Minified) -> String {
    let mut own: Vec<assets::File> = needed
        .iter()
        .map(|file| asset(&file.path, &file.contents))
        .collect();
    let icons = plan.icons.iter().flat_map(|icons| &icons.files);
    let kept = icons.filter(|icon| icon.kept);
    own.extend(kept.map(|icon| asset(&icon.path, &icon.contents)));
    let first = plan
        .assets
        .iter()
        .position(|group| group.install == Install::Required);
    let groups: Vec<WorkerGroup> = plan
        .assets
        .iter()
        .enumerate()
        .map(|(index, group)| WorkerGroup {
            name: (group.install == Install::Manual).then_some(group.name.as_str()),
            install: Some(group.install).filter(|install| *install != Install::Required),
            ignore: &group.ignore,
            verify: Some(group.verify).filter(|verify| *verify != Verify::Strict),
            verify_pages: Some(group.verify_pages).filter(|verify| *verify != Verify::Strict),
            list: group.list(if first == Some(index) { &own } else { &[] }),
        })
        .collect();
    let config = WorkerConfig {
        id: &plan.app.id,
        root: plan.worker.root_from_worker(),
        version: version(&groups),
        parallel: plan.worker.parallel,
        host: plan.app.host.rules(),
        pages: WorkerPages {
            timeout: (plan.pages.strategy == Strategy::Fresh).then_some(plan.pages.timeout),
            shell: plan.pages.shell.as_ref(),
            offline: plan.pages.offline.as_ref(),
            not_found: plan.pages.not_found.as_ref(),
            deny: &plan.pages.deny,
        },
        routes: &plan.routes,
        sync: sync::for_worker(&plan.sync),
        periodic_sync: &plan.periodic_sync,
        push: plan.push.as_ref().map(WorkerPush::of),
        share: share(plan).map(|share| &share.request),
        foreign_caches: plan.retire.is_needed().then_some(&plan.retire.caches),
        assets: groups,
    };
    let strategy = plan.pages.strategy;
    let answers = |strategy| plan.routes.iter().any(|route| route.strategy == strategy);
    minified.script(
        &plan.worker,
        Kind::Script,
        |config| {
            ServiceWorker {
                config,
                fresh: strategy == Strategy::Fresh,
                instant: strategy == Strategy::Instant,
                shell: strategy == Strategy::Shell,
                ranges: plan.ranges,
                clean_urls: plan.app.host.rules().clean,
                offline_page: offline_page(plan),
                only_network: !offline_page(plan) && !everything_kept(plan),
                everything_kept: everything_kept(plan),
                named_files: offline_page(plan)
                    || strategy == Strategy::Shell
                    || !plan.routes.is_empty(),
                routes: !plan.routes.is_empty(),
                cache_first: answers(routes::Strategy::CacheFirst),
                network_first: answers(routes::Strategy::NetworkFirst),
                stale_while_revalidate: answers(routes::Strategy::StaleWhileRevalidate),
                network_only: answers(routes::Strategy::NetworkOnly),
                cache_only: answers(routes::Strategy::CacheOnly),
                keeps: plan.routes.iter().any(|route| route.max_entries.is_some()),
                writes: plan.routes.iter().any(|route| route.invalidate),
                sync: sync::Rooms::of(&plan.sync),
                periodic_sync: !plan.periodic_sync.is_empty(),
                periodic_caches: (plan.periodic_sync.iter())
                    .any(|task| task.cache.is_some() || task.route.is_some()),
                periodic_stores: stores_periodically(plan),
                pointers: stores_periodically(plan)
                    || plan.push.is_some()
                    || sync::Rooms::of(&plan.sync).pointers,
                wakes: !plan.periodic_sync.is_empty() || plan.push.is_some(),
                woken: woken(plan),
                push: plan.push.is_some(),
                subscribes: subscribes(plan),
                versions: plan.open_versions,
                update: plan.update.is_some(),
                retire: plan.retire.is_needed(),
                at_once: plan
                    .update
                    .as_ref()
                    .is_some_and(|update| update.policy != Policy::Prompt),
                helped: plan.helped_install,
                ignoring: ignores(plan),
                groups: has_groups(plan),
                messages: has_groups(plan)
                    || !plan.sync.is_empty()
                    || !plan.periodic_sync.is_empty()
                    || plan.update.is_some(),
                share: share(plan).is_some(),
            }
            .render()
        },
        &config,
    )
}

/// Returns the hash of all lists: the same files in the same groups are the same version.
fn version(groups: &[WorkerGroup]) -> String {
    let mut text = String::new();
    for WorkerGroup { list, .. } in groups {
        text.push_str(&list.files);
        text.push('\n');
        text.push_str(&list.digests);
        text.push('\n');
    }
    Digest::of(text.as_bytes()).short()
}

/// A file of ours as an asset of the worker: pages ask for it, so they cannot do without it offline.
fn asset(path: &str, contents: &[u8]) -> assets::File {
    assets::File {
        path: UrlPath::of_file(path).to_string(),
        digest: Digest::of(contents).short(),
        size: contents.len() as u64,
    }
}

fn share(plan: &Plan) -> Option<&Share> {
    plan.manifest.as_ref()?.share.as_ref()
}

fn opens_files(plan: &Plan) -> bool {
    plan.manifest
        .as_ref()
        .is_some_and(|manifest| manifest.opens_files)
}

fn tags(plan: &Plan) -> Vec<&str> {
    plan.sync.iter().map(|tag| tag.tag.as_str()).collect()
}

/// Says whether what waits is delivered on the occasion of something else.
fn woken(plan: &Plan) -> bool {
    let periodic = plan.periodic_sync.iter().flat_map(|task| &task.drain);
    let push = plan.push.iter().flat_map(|push| &push.drain);
    periodic.chain(push).next().is_some()
}

/// Says whether visitors may subscribe to push messages.
fn subscribes(plan: &Plan) -> bool {
    plan.push.as_ref().is_some_and(|push| push.key.is_some())
}

/// Says whether something is shown outside the page.
fn notifies(plan: &Plan) -> bool {
    !plan.sync.is_empty() || plan.push.is_some()
}

fn periodic_tags(plan: &Plan) -> Vec<&str> {
    let tags = plan.periodic_sync.iter().map(|task| task.tag.as_str());
    tags.collect()
}

/// Says whether what is fetched from time to time goes into a store of the app's own.
fn stores_periodically(plan: &Plan) -> bool {
    plan.periodic_sync.iter().any(|task| task.store.is_some())
}

/// Says whether the worker does nothing but answer with what is kept, pages and files alike.
fn everything_kept(plan: &Plan) -> bool {
    let plain = plan.pages.strategy == Strategy::Instant && plan.pages.deny.is_empty();
    plain && !plan.open_versions && !plan.ranges && plan.routes.is_empty() && !offline_page(plan)
}

/// Says whether some page stands in for those that can be had nowhere.
fn offline_page(plan: &Plan) -> bool {
    plan.pages.offline.is_some() || plan.pages.not_found.is_some()
}

/// Says whether a digest passes over something.
fn ignores(plan: &Plan) -> bool {
    plan.assets.iter().any(|group| !group.ignore.is_empty())
}

fn manual_groups(plan: &Plan) -> Vec<&str> {
    let manual = plan
        .assets
        .iter()
        .filter(|group| group.install == Install::Manual);
    manual.map(|group| group.name.as_str()).collect()
}

/// Says whether pages or time have a part in what is stored.
fn has_groups(plan: &Plan) -> bool {
    let with_worker = |install| matches!(install, Install::Required | Install::Lazy);
    !plan.assets.iter().all(|group| with_worker(group.install))
}

/// Returns names as a union of TypeScript's string literals; `never` for none.
fn union_of(names: &[&str]) -> String {
    if names.is_empty() {
        return "never".to_owned();
    }
    let literals: Vec<String> = names
        .iter()
        .map(|name| json(name, serde_json::to_string))
        .collect();
    literals.join(" | ")
}

fn page_config(plan: &Plan) -> PageConfig<'_> {
    PageConfig {
        id: &plan.app.id,
        root: plan.worker.root_from_register(),
        worker: &plan.worker.file,
        auto_register: plan.worker.auto_register,
        update: plan.update.as_ref().map(|update| &update.check),
        toast: toast(plan),
        groups: manual_groups(plan),
        downloads: (plan.helped_install).then(|| neighbour(&plan.worker.downloads())),
        outbox: (!plan.sync.is_empty()).then(|| neighbour(&plan.worker.outbox())),
        periodic_sync: plan.periodic_sync.iter().map(PeriodicPage::of).collect(),
        push: (plan.push.as_ref())
            .filter(|push| push.key.is_some())
            .map(Subscribing::of),
        share: share(plan).map(|share| &share.fields),
    }
}

impl<'a> Subscribing<'a> {
    fn of(push: &'a Push) -> Self {
        Self {
            key: push.key.as_deref(),
            subscribe: push.subscribe.as_ref(),
            unsubscribe: push.unsubscribe.as_ref(),
        }
    }
}

impl<'a> WorkerPush<'a> {
    fn of(push: &'a Push) -> Self {
        Self {
            subscribing: Subscribing::of(push),
            pointers: &push.pointers,
            default: &push.default,
            click: &push.click,
            actions: &push.actions,
            drain: &push.drain,
        }
    }
}

impl<'a> PeriodicPage<'a> {
    fn of(task: &'a PeriodicSync) -> Self {
        Self {
            tag: &task.tag,
            min_interval: task.min_interval,
            poll: task.poll,
        }
    }
}

fn toast(plan: &Plan) -> Option<ToastPointer> {
    let texts = plan.update.as_ref()?.toast.as_ref()?;
    Some(ToastPointer {
        module: neighbour(&plan.worker.toast()),
        offline: texts.offline.is_some(),
    })
}

/// Returns a style sheet without its comments and without the space that only people need.
fn squeezed(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    for part in css.split("/*") {
        let part = part.split_once("*/").map_or(part, |(_, after)| after);
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_suffix(" {") {
                Some(selector) => small.extend([selector, "{"]),
                None => small.push_str(&line.replace(": ", ":")),
            }
        }
    }
    small.replace(";}", "}")
}
