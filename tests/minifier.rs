//! Programs do the same before and after minifying.
//!
//! Each of the small programs in `minifier/cases.mjs` is run in Node as it is and as minified; what they say must be equal.

use std::fs;
use std::path::Path;
use std::process::Command;

use mdpwa::minifier::{Kind, minify};
use rayon::prelude::*;

/// Programs that come out different. Nothing in `templates/` may ask what they ask.
const DIFFERENT: [(&str, &str); 5] = [
    ("fn-name", "reads the name of a shortened function"),
    (
        "global-leak-names",
        "looks for a declared name on the global object",
    ),
    (
        "globalThis-fn-assign",
        "calls a declared function through the global object",
    ),
    (
        "obj-proto-shorthand",
        "a renamed `{ __proto__ }` becomes `{ __proto__: e }`, which sets the prototype",
    ),
    ("string-escapes", "holds half of a surrogate pair"),
];

/// Programs that are not tried.
const NOT_TRIED: [(&str, &str); 1] = [(
    "mangle-keyword-names",
    "a sum of 4,000 constants takes the minifier minutes: its work grows with the cube of them",
)];

/// The files that the modules among the programs import.
const IMPORTED: [(&str, &str); 3] = [
    ("dep.mjs", "export const depv = 5; export default 6;"),
    ("pkg.json", "{ \"v\": 1 }"),
    ("side.mjs", "globalThis.sideLoaded = true;"),
];

#[derive(serde::Deserialize)]
struct Case(String, String, String);

#[test]
fn programs_do_the_same_before_and_after() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases = cases();
    assert!(
        cases.len() >= 222,
        "only {} programs were found",
        cases.len()
    );

    for (name, contents) in IMPORTED {
        fs::write(folder.path().join(name), contents).expect("the temporary folder takes a file");
    }

    let mut surprises: Vec<String> = cases
        .par_iter()
        .filter(|case| !NOT_TRIED.iter().any(|(name, _)| *name == case.0))
        .filter_map(|Case(name, kind, source)| {
            let before = run(folder.path(), &format!("{name}.before"), kind, source);
            let after = match minify(source, kind_of(kind)) {
                Ok(small) => run(folder.path(), &format!("{name}.after"), kind, &small),
                Err(mistake) => format!("does not parse: {mistake}"),
            };
            let known = DIFFERENT.iter().find(|(exception, _)| exception == name);
            match (before == after, known) {
                (true, None) | (false, Some(_)) => None,
                (false, None) => Some(format!("{name}: {before} became {after}")),
                (true, Some((_, reason))) => {
                    Some(format!("{name}: no longer an exception ({reason})"))
                }
            }
        })
        .collect();
    surprises.sort();

    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(
        DIFFERENT
            .iter()
            .chain(&NOT_TRIED)
            .all(|(exception, _)| cases.iter().any(|case| case.0 == *exception)),
        "an exception names no program"
    );
}

fn cases() -> Vec<Case> {
    let output = Command::new("node")
        .args(["--input-type=module", "--eval"])
        .arg("import { cases } from './cases.mjs'; process.stdout.write(JSON.stringify(cases))")
        .current_dir(folder_of_cases())
        .output()
        .expect("node starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("a list of programs")
}

/// What the program said, as one line of JSON.
fn run(folder: &Path, name: &str, kind: &str, source: &str) -> String {
    let extension = match kind_of(kind) {
        Kind::Script => "js",
        Kind::Module => "mjs",
    };
    let file = folder.join(format!("{name}.{extension}"));
    fs::write(&file, source).expect("the temporary folder takes a file");
    let output = Command::new("node")
        .arg(folder_of_cases().join("exec.mjs"))
        .arg(&file)
        .arg(kind)
        .output()
        .expect("node starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn kind_of(word: &str) -> Kind {
    match word {
        "script" => Kind::Script,
        "module" => Kind::Module,
        other => panic!("a program is a script or a module, not {other}"),
    }
}

fn folder_of_cases() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/minifier"))
}
