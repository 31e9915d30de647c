//! Sites of real generators, as `tests/generators/build` leaves them: `mdpwa init --yes`, `mdpwa build`, and every page read
//! offline, at the root of a host and in a folder of one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::browser::Browser;
use crate::network;
use crate::runner::{self, output};
use crate::trees::{Tree, everything_arrives, link, register, wait_installed};

crate::tests![
    the_network_is_gone::a_blog_by_eleventy_at_the_root,
    the_network_is_gone::a_blog_by_eleventy_in_a_folder,
    the_network_is_gone::a_blog_by_hugo_at_the_root,
    the_network_is_gone::a_blog_by_hugo_in_a_folder,
    the_network_is_gone::a_book_by_mdbook_at_the_root,
    the_network_is_gone::a_book_by_mdbook_in_a_folder,
    the_network_is_gone::a_manual_by_mkdocs_at_the_root,
    the_network_is_gone::a_manual_by_mkdocs_in_a_folder,
    the_network_is_gone::a_manual_by_sphinx_at_the_root,
    the_network_is_gone::a_manual_by_sphinx_in_a_folder,
    the_network_is_gone::an_application_by_vite_at_the_root,
    the_network_is_gone::an_application_by_vite_in_a_folder,
];

/// What `mdpwa init` leaves out of such sites, and pages link to.
const LEFT_OUT: [&str; 2] = ["/print.html", "/_sources/"];

/// Builds a copy of a project with the pwa.toml that init writes for it.
fn initialized(name: &str, kind: &str) -> Tree {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/generators")
        .join(name)
        .join(kind);
    assert!(
        from.is_dir(),
        "{} is not there; tests/generators/build builds it",
        from.display()
    );
    let folder = runner::folder().join("project");
    link(&from, &folder);
    let mdpwa = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mdpwa"));
        command.current_dir(&folder);
        command
    };
    let said = output(mdpwa().args(["init", "--yes"]));
    assert!(said.contains("wrote  pwa.toml"), "{said}");
    let built = output(mdpwa().args(["build", "--format", "json"]));
    let built: Value = serde_json::from_str(&built).unwrap();
    assert_eq!(built["diagnostics"], serde_json::json!([]), "{name}");
    let root = PathBuf::from(built["root"].as_str().unwrap());
    Tree::of(&folder, folder.join(root))
}

/// Installs a site, cuts everything off, and goes to every page that is kept and along every link.
fn is_walked_offline(name: &str, kind: &str, base: &str) {
    let tree = initialized(name, kind);
    assert_eq!(tree.base, base, "init found another base for {name}");
    let server = tree.serve();
    let browser = Browser::launch();
    let page = register(&browser, &server, &tree);
    wait_installed(&page, &tree);
    server.refuse();
    network::wifi_off();

    let site = tree.url(&server, "/");
    let pages = tree.kept.iter().filter(|path| path.ends_with(".html"));
    let mut ahead: Vec<String> = pages.map(|path| tree.url(&server, path)).collect();
    ahead.push(site.clone());
    let all = ahead.len();
    let mut seen = BTreeSet::new();
    let mut followed = 0;
    while let Some(url) = ahead.pop() {
        let path = url[site.len() - 1..].to_string();
        let left_out = LEFT_OUT.iter().any(|start| path.starts_with(start));
        if left_out || !seen.insert(url.clone()) {
            continue;
        }
        let name_of_file = path.split('?').next().unwrap().rsplit('/').next().unwrap();
        if name_of_file.contains('.') && !name_of_file.ends_with(".html") {
            let answer = page.fetch(&url);
            assert_eq!(answer["status"], 200, "{url}: {answer}");
            continue;
        }
        let from = page.devtools().now();
        let arrival = page.goto(&url);
        assert!(
            arrival.from_worker && arrival.status == 200,
            "{url}: {arrival:?}"
        );
        everything_arrives(&page, from, &server, &tree, &path);
        if tree.strategy == "shell" && name_of_file.is_empty() {
            page.wait_for("document.querySelector('main').textContent === 'The weir'");
        }
        let links = page.evaluate("[...document.links].map((link) => link.href.split('#')[0])");
        let links = links
            .as_array()
            .unwrap()
            .iter()
            .map(|link| link.as_str().unwrap());
        let inside: Vec<String> = links
            .filter(|link| link.starts_with(&site))
            .map(str::to_string)
            .collect();
        followed += inside.len();
        ahead.extend(inside);
    }
    println!(
        "{name} at {base}: {all} pages kept, {followed} links, {} addresses looked at",
        seen.len()
    );
    assert!(
        all >= 2 && followed > 2,
        "{name} has {all} pages and {followed} links"
    );
    assert_eq!(browser.worker_errors(), Vec::<String>::new());
}

mod the_network_is_gone {
    use super::*;

    pub(super) fn a_blog_by_eleventy_at_the_root() {
        is_walked_offline("eleventy", "root", "/");
    }

    pub(super) fn a_blog_by_eleventy_in_a_folder() {
        is_walked_offline("eleventy", "repo", "/repo/");
    }

    pub(super) fn a_blog_by_hugo_at_the_root() {
        is_walked_offline("hugo", "root", "/");
    }

    pub(super) fn a_blog_by_hugo_in_a_folder() {
        is_walked_offline("hugo", "repo", "/repo/");
    }

    pub(super) fn a_book_by_mdbook_at_the_root() {
        is_walked_offline("mdbook", "root", "/");
    }

    pub(super) fn a_book_by_mdbook_in_a_folder() {
        is_walked_offline("mdbook", "repo", "/repo/");
    }

    pub(super) fn a_manual_by_mkdocs_at_the_root() {
        is_walked_offline("mkdocs", "root", "/");
    }

    pub(super) fn a_manual_by_mkdocs_in_a_folder() {
        is_walked_offline("mkdocs", "repo", "/repo/");
    }

    pub(super) fn a_manual_by_sphinx_at_the_root() {
        is_walked_offline("sphinx", "root", "/");
    }

    pub(super) fn a_manual_by_sphinx_in_a_folder() {
        is_walked_offline("sphinx", "repo", "/repo/");
    }

    pub(super) fn an_application_by_vite_at_the_root() {
        is_walked_offline("vite", "root", "/");
    }

    pub(super) fn an_application_by_vite_in_a_folder() {
        is_walked_offline("vite", "repo", "/repo/");
    }
}
