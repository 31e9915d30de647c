//! `mdpwa explain` says what the browser does: hundreds of addresses of real sites, with a network and without.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::network;
use crate::runner::output;
use crate::server::Server;
use crate::trees::{Tree, register, wait_installed};

crate::tests![
    it_works::with_pages_fresh_from_the_network,
    it_works::with_pages_at_once_on_a_host_that_hides_endings,
    it_works::with_one_page_for_every_route,
];

const FRESH: &str = r#"
[app]
name = "Python manual"
root = "site"

[[assets]]
exclude = ["_sources/**", "_images/**", "whatsnew/**", "faq/**", "genindex-*.html", "_downloads/**"]

[[assets]]
name = "indexes"
include = ["genindex-*.html"]
install = "lazy"

[pages]
strategy = "fresh"
offline = "/about.html"
deny = ["/faq/**"]

[[routes]]
name = "images"
match = { path = "/_images/**" }
strategy = "cache-first"

[[routes]]
name = "sources"
match = { regex = '^/_sources/(library|c-api)/.*\.txt' }
fallback = { fetch = "/copyright.html" }

[[routes]]
match = { path = "/_downloads/**" }
strategy = "network-only"

[[routes]]
name = "tutorial"
match = { regex = '^/whatsnew/3\.[0-9]+' }
strategy = "stale-while-revalidate"
"#;

const INSTANT: &str = r#"
[app]
name = "Django manual"
root = "site"
host = "cloudflare"

[[assets]]
exclude = ["releases/1.*", "_modules/**"]

[pages]
strategy = "instant"
deny = ["/_modules/**"]
"#;

const SHELL: &str = r#"
[app]
name = "Vite inspector"
root = "site"
base = "/inspect/"
host = "github-pages"

[pages]
strategy = "shell"
deny = ["/api/**"]
"#;

/// An address and what the browser makes of it.
struct Asked {
    /// From the site's root.
    path: String,
    said: Value,
}

impl Asked {
    fn navigates(&self) -> bool {
        self.said["destination"] == "document"
    }
}

/// Every kind of address that leads to a file, or almost.
fn addresses(tree: &Tree) -> Vec<String> {
    let mut files: Vec<String> = vec![];
    for entry in walkdir::WalkDir::new(&tree.root) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(&tree.root).unwrap();
            files.push(format!("/{}", name.to_str().unwrap().replace('%', "%25")));
        }
    }
    let mut all = BTreeSet::new();
    for file in files {
        let name = file.rfind('/').unwrap() + 1;
        all.insert(format!("{file}?v=1"));
        all.insert(format!("{file}.missing"));
        all.insert(format!(
            "{}{}",
            &file[..name],
            file[name..].replace('e', "%65")
        ));
        all.insert(file[..name].to_string());
        if name > 1 {
            all.insert(file[..name - 1].to_string());
        }
        if let Some(stem) = file.strip_suffix(".html") {
            all.insert(stem.to_string());
            all.insert(format!("{stem}/"));
            all.insert(format!("{stem}?highlight=a%20b"));
        }
        all.insert(file);
    }
    for odd in [
        "/api/notes",
        "/a/deep/route",
        "/100%/x",
        "/index.html/../index.html",
    ] {
        all.insert(odd.to_string());
    }
    let hash = |path: &String| {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        hasher.finish()
    };
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort_by_key(hash);
    all
}

/// What mdpwa says of these addresses.
fn explained(tree: &Tree, paths: &[String], destination: &str) -> Vec<Asked> {
    let addresses = paths
        .iter()
        .map(|path| format!("{}{path}", tree.base.trim_end_matches('/')));
    let said = output(
        Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .arg("-C")
            .arg(tree.root.parent().unwrap())
            .args(["explain", "--format", "json", "--as", destination])
            .args(addresses),
    );
    let said: Value = serde_json::from_str(&said).unwrap();
    let said = said["addresses"].as_array().unwrap().iter().cloned();
    (paths.iter().cloned())
        .zip(said)
        .map(|(path, said)| Asked { path, said })
        .collect()
}

/// Fetches or visits all addresses, six at a time: `{ url, target, status, size, digest }`, or `{ error }`.
///
/// Pages are visited in frames without scripts, so that they ask for nothing but what they are made of.
const PROBE: &str = r#"(async (all) => {
    const results = [];
    const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    async function fetched(url) {
        const response = await fetch(url, { cache: "no-store" });
        const bytes = await response.arrayBuffer();
        return { url: response.url, status: response.status, size: bytes.byteLength, digest: hex(await crypto.subtle.digest("SHA-256", bytes)) };
    }
    async function visited(url) {
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-same-origin";
        const loaded = new Promise((resolve) => { frame.onload = resolve; });
        frame.src = url;
        document.body.append(frame);
        await loaded;
        try {
            const [entry] = frame.contentWindow.performance.getEntriesByType("navigation");
            return { url: frame.contentWindow.location.href, status: entry.responseStatus, size: entry.decodedBodySize };
        } finally {
            frame.remove();
        }
    }
    async function work() {
        for (let at = next++; at < all.length; at = next++) {
            const { url, visit } = all[at];
            const { pathname, search } = new URL(url);
            results[at] = await (visit ? visited : fetched)(url).catch((error) => ({ error: error.name }));
            results[at].target = pathname + search;
        }
    }
    let next = 0;
    await Promise.all([1, 2, 3, 4, 5, 6].map(work));
    return results;
})"#;

fn probe(page: &Page, server: &Server, tree: &Tree, asked: &[&Asked]) -> Vec<Value> {
    let all: Vec<Value> = asked
        .iter()
        .map(|one| json!({ "url": tree.url(server, &one.path), "visit": one.navigates() }))
        .collect();
    // A few at a time, which even a busy machine gets done while a test waits.
    let some = all
        .chunks(24)
        .map(|some| page.evaluate(&format!("{PROBE}({})", json!(some))));
    some.flat_map(|results| results.as_array().unwrap().clone())
        .collect()
}

/// What of an answer has come true, if this one was `asked_before` and these files are stored since.
fn settled(answer: &Value, asked_before: bool, stored: &BTreeSet<String>) -> Value {
    match answer["from"].as_str().unwrap() {
        "kept" if asked_before => json!({ "from": "before" }),
        "file"
            if answer["or"].is_object() && !stored.contains(answer["file"].as_str().unwrap()) =>
        {
            let mut or = settled(&answer["or"], false, stored);
            // The worker asks for the file by its own name, and stores it.
            or["stored"] = answer["file"].clone();
            or
        }
        "kept" => settled(&answer["or"], false, stored),
        "redirect" => {
            let mut then = settled(&answer["then"], asked_before, stored);
            then["at"] = answer["to"].clone();
            then
        }
        _ => answer.clone(),
    }
}

/// The file that answers in the end, if one does.
fn file_of(answer: &Value) -> Option<&str> {
    match answer["from"].as_str()? {
        "redirect" => file_of(&answer["then"]),
        "file" => answer["file"].as_str(),
        _ => None,
    }
}

/// Compares what was said of an address with what the browser got for it.
fn difference(
    tree: &Tree,
    said: &Value,
    got: &Value,
    at_server: bool,
    before: Option<&Value>,
) -> Option<String> {
    let expect = |what: &str, wanted: bool| (!wanted).then(|| what.to_string());
    let file = |name: &Value| fs::read(tree.file(name.as_str().unwrap())).unwrap();
    let is_file = |name: &Value, status: u64| {
        let bytes = file(name);
        let digest = got["digest"].as_str();
        got["status"] == status
            && got["size"] == bytes.len()
            && digest.is_none_or(|digest| digest == sha256(&bytes))
    };
    let place = || {
        let at = said["at"].as_str()?;
        let path = got["url"].as_str().unwrap_or_default();
        (!path.split('?').next().unwrap().ends_with(at)).then(|| format!("not at {at}"))
    };
    let found = match said["from"].as_str().unwrap() {
        "network" => expect("the server was not asked", at_server),
        "file" => expect("another file", is_file(&said["file"], 200))
            .or_else(|| expect("the server was asked", !at_server)),
        "page" => expect(
            "another page",
            is_file(&said["file"], said["status"].as_u64().unwrap()),
        ),
        "failure" => expect("there was an answer", got["error"].is_string()),
        "before" => before.and_then(|before| {
            expect(
                "not what it was",
                before["size"] == got["size"] && before["status"] == got["status"],
            )
        }),
        other => Some(format!("no test knows {other}")),
    };
    found.or_else(place)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks `mdpwa explain` and the browser about so many addresses of a tree, online and offline.
fn agrees(name: &str, toml: &str, count: usize, kinds: &[&str]) {
    let tree = Tree::build_as(name, Some(toml));
    let server = tree.serve();
    let browser = Browser::launch();
    let page = register(&browser, &server, &tree);
    wait_installed(&page, &tree);
    // A page without anything, from which all others are asked for.
    page.goto(&tree.url(&server, "/index.html"));
    page.wait_controlled();

    let paths: Vec<String> = addresses(&tree).into_iter().take(count).collect();
    assert_eq!(paths.len(), count, "{name} has too few addresses");
    // A page is visited, as about every third is, or fetched by a script.
    let is_page = |path: &str| {
        let name = path.split('?').next().unwrap().rsplit('/').next().unwrap();
        name.ends_with(".html") || !name.contains('.')
    };
    let visits = |(index, path): (usize, &String)| is_page(path) && index % 3 == 0;
    let (visited, fetched): (Vec<_>, Vec<_>) =
        paths.iter().enumerate().partition(|one| visits(*one));
    let plain = |list: Vec<(usize, &String)>| -> Vec<String> {
        list.into_iter().map(|(_, path)| path.clone()).collect()
    };
    let mut asked = explained(&tree, &plain(visited), "document");
    asked.extend(explained(&tree, &plain(fetched), "fetch"));

    let mut wrong = vec![];
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    // Some are asked for without a network only, so that nothing of them can have been kept.
    let online: Vec<&Asked> = asked
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 4 != 3)
        .map(|(_, one)| one)
        .collect();
    let mut before: BTreeMap<&str, Value> = BTreeMap::new();
    let mut compare = |state: &str,
                       asked: &[&Asked],
                       before: &BTreeMap<&'_ str, Value>,
                       stored: &BTreeSet<String>|
     -> Vec<Value> {
        server.forget_requests();
        let got = probe(&page, &server, &tree, asked);
        let requests: BTreeSet<String> = server
            .requests()
            .into_iter()
            .map(|request| request.target)
            .collect();
        for (one, got) in asked.iter().zip(&got) {
            let known = before.get(one.path.as_str());
            let said = settled(&one.said[state], known.is_some(), stored);
            *seen
                .entry(format!(
                    "{state} {} {}",
                    one.said["rule"]["kind"], said["from"]
                ))
                .or_default() += 1;
            let at_server = match said["stored"].as_str() {
                Some(file) => {
                    requests.contains(&format!("{}{file}", tree.base.trim_end_matches('/')))
                }
                None => requests.contains(got["target"].as_str().unwrap()),
            };
            if let Some(difference) = difference(&tree, &said, got, at_server, known) {
                wrong.push(format!(
                    "{state} {}: {difference}\n  got {got}\n  said {}",
                    one.path, one.said
                ));
            }
        }
        got
    };
    let got = compare("online", &online, &before, &BTreeSet::new());
    let files = online
        .iter()
        .filter_map(|one| file_of(&one.said["offline"]));
    let stored: BTreeSet<String> = files.map(str::to_owned).collect();
    for (one, got) in online.iter().zip(got) {
        if one.said["rule"]["kind"] != "routes" || got["status"] == 200 {
            before.insert(&one.path, got);
        }
    }
    server.refuse();
    network::wifi_off();
    let everything: Vec<&Asked> = asked.iter().collect();
    compare("offline", &everything, &before, &stored);

    println!("{name}: {} addresses; {seen:#?}", asked.len());
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for kind in kinds {
        assert!(
            seen.keys().any(|key| key.contains(kind)),
            "no {kind} among {seen:#?}"
        );
    }
}

mod it_works {
    use super::*;

    pub(super) fn with_pages_fresh_from_the_network() {
        let kinds = [
            "online \"pages\" \"network\"",
            "offline \"pages\" \"file\"",
            "offline \"pages\" \"page\"",
            "offline \"routes\" \"before\"",
            "offline \"routes\" \"file\"",
            "offline \"routes\" \"failure\"",
            "offline \"browser\" \"failure\"",
            "online \"assets\" \"file\"",
        ];
        agrees("python", FRESH, 250, &kinds);
    }

    pub(super) fn with_pages_at_once_on_a_host_that_hides_endings() {
        let kinds = [
            "online \"pages\" \"file\"",
            "offline \"pages\" \"file\"",
            "offline \"pages\" \"failure\"",
            "offline \"browser\" \"failure\"",
        ];
        agrees("sphinx", INSTANT, 170, &kinds);
    }

    pub(super) fn with_one_page_for_every_route() {
        let kinds = ["online \"pages\" \"file\"", "offline \"assets\" \"file\""];
        agrees("vite", SHELL, 80, &kinds);
    }
}
