//! Programs do the same before and after minifying.
//!
//! Each of the small programs in `minifier/cases.mjs` is run in Node as it is and as minified; what they say must be equal.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mdpwa::minifier::{Kind, minify};

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

    let tried: Vec<&Case> = cases
        .iter()
        .filter(|case| !NOT_TRIED.iter().any(|(name, _)| *name == case.0))
        .collect();
    let programs: Vec<Program> = tried
        .iter()
        .flat_map(|Case(name, kind, source)| {
            // What cannot be minified becomes a program that says so.
            let small = minify(source, kind_of(kind))
                .unwrap_or_else(|mistake| format!("log({:?})", mistake.to_string()));
            [("before", source), ("after", &small)]
                .map(|(when, source)| Program::write(folder.path(), name, when, kind, source))
        })
        .collect();
    let said = run(&programs);
    assert_eq!(said.len(), 2 * tried.len());
    let silent = said.iter().position(|said| said == &["NOTHING"]);
    assert_eq!(silent, None, "a thread ended without a word");

    let mut surprises = Vec::new();
    for (Case(name, ..), said) in tried.iter().zip(said.chunks_exact(2)) {
        let (before, after) = (&said[0], &said[1]);
        let known = DIFFERENT.iter().find(|(exception, _)| exception == name);
        match (before == after, known) {
            (true, None) | (false, Some(_)) => {}
            (false, None) => surprises.push(format!("{name}: {before:?} became {after:?}")),
            (true, Some((_, reason))) => {
                surprises.push(format!("{name}: no longer an exception ({reason})"));
            }
        }
    }
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

/// A program on disk.
#[derive(serde::Serialize)]
struct Program {
    file: PathBuf,
    kind: String,
}

impl Program {
    fn write(folder: &Path, name: &str, when: &str, kind: &str, source: &str) -> Self {
        let extension = match kind_of(kind) {
            Kind::Script => "js",
            Kind::Module => "mjs",
        };
        let file = folder.join(format!("{name}.{when}.{extension}"));
        fs::write(&file, source).expect("the temporary folder takes a file");
        Self {
            file,
            kind: kind.to_owned(),
        }
    }
}

/// What each program said.
fn run(programs: &[Program]) -> Vec<Vec<String>> {
    let mut node = Command::new("node")
        .arg(folder_of_cases().join("run.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let list = serde_json::to_vec(programs).expect("plain data");
    let mut stdin = node.stdin.take().expect("it is piped");
    stdin.write_all(&list).expect("node reads");
    drop(stdin);
    let output = node.wait_with_output().expect("node ends");
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).expect("what each program said")
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
