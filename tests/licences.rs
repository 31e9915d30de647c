//! Everything that ends up in the binary may be passed on under the licence of mdpwa.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for nothing but to be named.
const PERMISSIVE: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Of the list of certificates that browsers trust.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Files of these may be linked with anything, as long as they themselves stay open and unchanged.
const BY_FILE: [&str; 1] = ["MPL-2.0"];

#[test]
fn every_package_in_the_binary_may_be_passed_on() {
    let mut wrong = Vec::new();
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence) {
            wrong.push(format!("{} is under {licence}", package["id"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_knows_what_it_must_not_let_in() {
    for refused in ["GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0", "none"] {
        assert!(!is_allowed(refused), "{refused}");
    }
    for allowed in [
        "MIT OR GPL-3.0",
        "MIT/Apache-2.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert!(is_allowed(allowed), "{allowed}");
    }
}

/// Says whether some choice of an SPDX expression is allowed: all of the parts that `AND` joins, one of each `OR`.
fn is_allowed(expression: &str) -> bool {
    let all = expression.replace('/', " OR ");
    all.split(" AND ").all(|part| {
        let part = part.trim_matches(['(', ')', ' ']);
        part.split(" OR ").any(|one| {
            let one = one.trim_matches(['(', ')', ' ']);
            PERMISSIVE.contains(&one) || BY_FILE.contains(&one)
        })
    })
}

/// The packages that the binary is made of, by its normal dependencies on every system.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a list");
    let node = |id: &Value| nodes.iter().find(|node| node["id"] == *id);

    let mut found: Vec<Value> = vec![metadata["resolve"]["root"].clone()];
    let mut at = 0;
    while at < found.len() {
        let deps = node(&found[at]).expect("a node")["deps"].as_array();
        for dep in deps.into_iter().flatten() {
            let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
            let is_linked = kinds
                .into_iter()
                .any(|kind| kind["kind"].is_null() || kind["kind"] == "build");
            if is_linked && !found.contains(&dep["pkg"]) {
                found.push(dep["pkg"].clone());
            }
        }
        at += 1;
    }
    let packages = metadata["packages"].as_array().expect("a list");
    let linked = packages
        .iter()
        .filter(|package| found.contains(&package["id"]));
    linked.cloned().collect()
}
