//! Real sites out of published packages, as `tests/trees/fetch` leaves them: built without a change, read offline.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::devtools::eventually_within;
use crate::network;
use crate::runner::{self, output};
use crate::server::Server;

crate::tests![
    the_network_is_gone::the_cpp_reference_by_a_wiki,
    the_network_is_gone::a_large_set_of_icons,
    the_network_is_gone::the_django_manual_by_sphinx,
    the_network_is_gone::the_doxygen_manual_by_doxygen,
    the_network_is_gone::the_rust_book_by_mdbook,
    the_network_is_gone::the_rust_reference_by_rustdoc,
    the_network_is_gone::swagger_ui_by_webpack,
    the_network_is_gone::vite_inspect_by_vite,
    the_worker_is_killed_midway::the_install_of_a_large_site_goes_on_where_it_stopped,
];

/// Pages and other files that are looked at in each tree; names with unusual characters come on top.
const SAMPLE: usize = 12;

/// Long enough for the largest tree on two busy cores.
const INSTALL: Duration = Duration::from_secs(240);

/// A tree, built: its own folder, so that nothing of it is touched.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) base: String,
    pub(crate) strategy: String,
    /// The paths that are kept, as the worker spells them.
    pub(crate) kept: Vec<String>,
}

impl Tree {
    fn build(name: &str) -> Tree {
        Tree::build_as(name, None)
    }

    /// Builds a tree with another pwa.toml than its own.
    pub(crate) fn build_as(name: &str, toml: Option<&str>) -> Tree {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/trees")
            .join(name);
        assert!(
            from.join("site").is_dir(),
            "{} is not there; tests/trees/fetch fetches it",
            from.display()
        );
        let folder = runner::folder().join(name);
        let before = link(&from.join("site"), &folder.join("site"));
        match toml {
            Some(toml) => fs::write(folder.join("pwa.toml"), toml).unwrap(),
            None => drop(fs::copy(from.join("pwa.toml"), folder.join("pwa.toml")).unwrap()),
        }
        output(
            Command::new(env!("CARGO_BIN_EXE_mdpwa"))
                .arg("build")
                .arg(&folder),
        );
        for (file, length) in &before {
            assert_eq!(
                fs::metadata(file).unwrap().len(),
                *length,
                "{} was changed",
                file.display()
            );
        }
        Tree::of(&folder, folder.join("site"))
    }

    /// Looks at what has been built.
    pub(crate) fn of(folder: &Path, root: PathBuf) -> Tree {
        let plan = output(
            Command::new(env!("CARGO_BIN_EXE_mdpwa"))
                .args(["plan", "--format", "json"])
                .arg(folder),
        );
        let plan: Value = serde_json::from_str(&plan).unwrap();
        let plan = &plan["plan"];
        let text = |value: &Value| value.as_str().unwrap().to_string();
        let files = plan["assets"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| group["files"].as_array().unwrap());
        let kept: Vec<String> = files.map(|file| text(&file["path"])).collect();
        assert!(!kept.is_empty());
        Tree {
            root,
            base: text(&plan["app"]["base"]),
            strategy: text(&plan["pages"]["strategy"]),
            kept,
        }
    }

    /// Serves the tree under its base.
    pub(crate) fn serve(&self) -> Server {
        if self.base == "/" {
            return Server::start(&self.root);
        }
        let host = runner::folder().join("host");
        fs::create_dir(&host).unwrap();
        std::os::unix::fs::symlink(&self.root, host.join(self.base.trim_matches('/'))).unwrap();
        Server::start(&host)
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        let path = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .unwrap();
        self.root.join(path.trim_start_matches('/'))
    }

    fn has(&self, path: &str) -> bool {
        self.kept.iter().any(|kept| kept == path) || self.file(path).join("index.html").is_file()
    }

    pub(crate) fn url(&self, server: &Server, path: &str) -> String {
        server.url(&format!("{}{path}", self.base.trim_end_matches('/')))
    }

    /// A sample that is the same in every run, and all awkward names among the first of their kind.
    fn sample(&self, pages: bool) -> Vec<&str> {
        let hash = |path: &str| {
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            hasher.finish()
        };
        let mut of_kind: Vec<&str> = self
            .kept
            .iter()
            .map(String::as_str)
            .filter(|path| path.ends_with(".html") == pages)
            .collect();
        of_kind.sort_by_key(|path| hash(path));
        let awkward = |path: &&str| {
            path.bytes()
                .any(|byte| !byte.is_ascii_alphanumeric() && !b"/._-".contains(&byte))
        };
        let mut sample: Vec<&str> = of_kind
            .iter()
            .copied()
            .filter(awkward)
            .take(SAMPLE)
            .collect();
        sample.extend(
            of_kind
                .iter()
                .copied()
                .filter(|path| !awkward(path))
                .take(SAMPLE),
        );
        sample
    }
}

/// Copies a folder by hard links, which the build would break by writing; the files with their lengths.
pub(crate) fn link(from: &Path, to: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = vec![];
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.append(&mut link(&from, &to));
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from).unwrap(), &to).unwrap();
        } else {
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to).unwrap();
            }
            files.push((to, entry.metadata().unwrap().len()));
        }
    }
    files
}

/// A page of the tree, or a picture where it has no pages, from which the worker is registered.
pub(crate) fn register(browser: &Browser, server: &Server, tree: &Tree) -> Page {
    let start = [tree.sample(true), tree.sample(false)].concat()[0];
    let page = browser.open(&tree.url(server, start));
    page.evaluate(&format!(
        "navigator.serviceWorker.register('{}service-worker.js').then(() => true)",
        tree.base
    ));
    page
}

pub(crate) fn wait_installed(page: &Page, tree: &Tree) {
    let installed = format!(
        "navigator.serviceWorker.getRegistration('{}').then((it) => it ? Boolean(it.active) : 'failed')",
        tree.base
    );
    let answer = eventually_within(INSTALL, "the install", || {
        let answer = page.evaluate(&installed);
        (answer != false).then_some(answer)
    });
    assert_eq!(answer, true, "the install failed");
}

/// Base64 of what a fetch in the page gets, or what went wrong.
fn fetched(page: &Page, url: &str) -> Value {
    page.evaluate(&format!(
        "fetch({}).then(async (response) => {{
            if (response.status !== 200) return `status ${{response.status}}`;
            const reader = new FileReader();
            const read = new Promise((resolve) => {{ reader.onload = () => resolve(reader.result.split(',')[1] ?? ''); }});
            reader.readAsDataURL(await response.blob());
            return read;
        }}).catch(String)",
        json!(url)
    ))
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// Everything that a page asked this site for since an event, by path, and whether it got it.
fn loaded(page: &Page, from: usize, site: &str) -> BTreeMap<String, bool> {
    let ids = |method: &str, wanted: fn(&Value) -> bool| -> BTreeSet<String> {
        let events = page.devtools().events(from, method);
        let id = |event: &Value| event["requestId"].as_str().unwrap().to_string();
        events
            .iter()
            .filter(|event| wanted(event))
            .map(id)
            .collect()
    };
    let fine = ids("Network.responseReceived", |event| {
        event["response"]["status"] == 200
    });
    let given_up = ids("Network.loadingFailed", |event| event["canceled"] == true);
    let mut paths = BTreeMap::new();
    for event in page.devtools().events(from, "Network.requestWillBeSent") {
        let id = event["requestId"].as_str().unwrap();
        let address = event["request"]["url"].as_str().unwrap();
        if let Some(path) = address.strip_prefix(site)
            && !given_up.contains(id)
        {
            let path = path.split(['?', '#']).next().unwrap();
            *paths.entry(format!("/{path}")).or_default() |= fine.contains(id);
        }
    }
    paths
}

/// Waits until a page has got everything that it asks this site for.
pub(crate) fn everything_arrives(
    page: &Page,
    from: usize,
    server: &Server,
    tree: &Tree,
    path: &str,
) {
    let site = tree.url(server, "/");
    // What a script asks for may come after the page's `load` event; what is late is asked for below.
    let until = Instant::now() + Duration::from_millis(500);
    loop {
        let mut missing = loaded(page, from, &site);
        // A page may name what its own package does not have.
        missing.retain(|path, fine| !*fine && tree.has(path));
        if missing.is_empty() {
            break;
        }
        // A page that sends its reader on leaves requests behind of which the browser says nothing more.
        if Instant::now() > until {
            for file in missing.keys() {
                let answer = page.fetch(&tree.url(server, file));
                assert_eq!(answer["status"], 200, "{path} did not get {file}: {answer}");
            }
            break;
        }
        thread::sleep(Duration::from_millis(25));
    }
}

/// Builds a tree, installs it, cuts everything off, and reads.
fn is_read_offline(name: &str) {
    let tree = Tree::build(name);
    let server = tree.serve();
    let browser = Browser::launch();
    let page = register(&browser, &server, &tree);
    wait_installed(&page, &tree);
    server.refuse();
    // Without a network, so that what a page wants of other hosts fails at once.
    network::wifi_off();
    let mut looked_at = 0;
    for path in tree.sample(true) {
        let from = page.devtools().now();
        let arrival = page.goto(&tree.url(&server, path));
        assert!(
            arrival.from_worker && arrival.status == 200,
            "{path}: {arrival:?}"
        );
        everything_arrives(&page, from, &server, &tree, path);
    }
    if tree.strategy == "shell" {
        let arrival = page.goto(&tree.url(&server, "/some/route"));
        assert!(arrival.from_worker && arrival.status == 200);
    }
    for path in tree.sample(true).into_iter().chain(tree.sample(false)) {
        let url = tree.url(&server, path);
        assert_eq!(
            fetched(&page, &url),
            base64(&fs::read(tree.file(path)).unwrap()),
            "{path}"
        );
        looked_at += 1;
    }
    println!(
        "{name}: {} files kept, {looked_at} looked at",
        tree.kept.len()
    );
    assert_eq!(browser.worker_errors(), Vec::<String>::new());
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn the_cpp_reference_by_a_wiki() {
        is_read_offline("cppreference");
    }

    pub(super) fn a_large_set_of_icons() {
        is_read_offline("icons");
    }

    pub(super) fn the_django_manual_by_sphinx() {
        is_read_offline("sphinx");
    }

    pub(super) fn the_doxygen_manual_by_doxygen() {
        is_read_offline("doxygen");
    }

    pub(super) fn the_rust_book_by_mdbook() {
        is_read_offline("mdbook");
    }

    pub(super) fn the_rust_reference_by_rustdoc() {
        is_read_offline("rustdoc");
    }

    pub(super) fn swagger_ui_by_webpack() {
        is_read_offline("swagger-ui");
    }

    pub(super) fn vite_inspect_by_vite() {
        is_read_offline("vite");
    }
}

mod the_worker_is_killed_midway {
    use super::*;

    pub(super) fn the_install_of_a_large_site_goes_on_where_it_stopped() {
        let tree = Tree::build("doxygen");
        let server = tree.serve();
        let browser = Browser::launch();
        let page = register(&browser, &server, &tree);
        eventually_within(INSTALL, "a part of the install", || {
            (server.requests().len() > 200).then_some(())
        });
        browser.kill_workers();
        let first = server.requests();
        server.forget_requests();
        page.evaluate(&format!(
            "navigator.serviceWorker.register('{}service-worker.js').then(() => true)",
            tree.base
        ));
        wait_installed(&page, &tree);
        let asked_before = |path: &str| first.iter().any(|request| request.path() == path);
        let again: Vec<_> = server
            .requests()
            .into_iter()
            .filter(|request| asked_before(request.path()))
            .collect();
        // The worker itself, and what was on its way.
        assert!(again.len() < 12, "asked for again: {again:#?}");
        assert!(server.requests().len() > again.len());
        server.refuse();
        for path in tree.sample(false) {
            assert_eq!(
                fetched(&page, &tree.url(&server, path)),
                base64(&fs::read(tree.file(path)).unwrap()),
                "{path}"
            );
        }
    }
}
