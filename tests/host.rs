//! The build, the preview and the worker agree on what a host answers to every spelling of a page.

use std::io::Write as _;
use std::process::{Command, Stdio};

use mdpwa::host::{Answer, NAMES};
use serde_json::{Value, json};

const FILES: [&str; 5] = ["/index.html", "/a", "/a.html", "/a/index.html", "/a/b.html"];

const PATHS: [&str; 16] = [
    "/",
    "/index",
    "/index.html",
    "/index/",
    "/a",
    "/a/",
    "/a.html",
    "/a.html/",
    "/a/index",
    "/a/index.html",
    "/a/b",
    "/a/b/",
    "/a/b.html",
    "/a/c",
    "/.html",
    "/myindex.html",
];

/// Asks the worker's `locate` about every case that comes in, with a list of files for an existence test.
const WORKER: &str = r#"
    const read = (name) => fs.readFileSync(`${process.argv[1]}/${name}-urls.js`, "utf8");
    const urls = fs.readFileSync(`${process.argv[1]}/urls.js`, "utf8");
    const load = (clean) => new Function("CONFIG", "exists", `"use strict"; ${urls}; ${read(clean ? "clean" : "plain")}; entryOf = exists; return locate;`);
    const cases = JSON.parse(fs.readFileSync(0, "utf8"));
    const answers = cases.map(({ host, clean, files, path }) => {
        const place = load(clean)({ host }, (file) => files.includes(file) || undefined)(path);
        return place?.file ?? (place && `to ${place.redirect}`) ?? null;
    });
    console.log(JSON.stringify(answers));
"#;

#[test]
fn the_worker_finds_the_file_that_the_host_would_answer_with() {
    let (cases, expected): (Vec<Value>, Vec<Value>) = cases().into_iter().unzip();
    let answers = ask_the_worker(&cases);
    assert_eq!(answers.len(), expected.len());
    for ((case, answer), expected) in cases.iter().zip(answers).zip(expected) {
        assert_eq!(answer, expected, "{case}");
    }
}

/// Every path on every host over every site that some of the files make.
fn cases() -> Vec<(Value, Value)> {
    let mut cases = Vec::new();
    for (_, host) in NAMES {
        for chosen in 0..1_u32 << FILES.len() {
            let mut files = vec!["/404.html"];
            files.extend(
                (0..FILES.len())
                    .filter(|at| chosen >> at & 1 == 1)
                    .map(|at| FILES[at]),
            );
            for path in PATHS {
                let expected = match host.answer(path, &|file| files.contains(&file)) {
                    Answer::File(file) => json!(file),
                    Answer::Redirect(path, _) => json!(format!("to {path}")),
                    Answer::NotFound(_) => Value::Null,
                };
                let rules = host.rules();
                let case =
                    json!({ "host": rules, "clean": rules.clean, "files": files, "path": path });
                cases.push((case, expected));
            }
        }
    }
    cases
}

fn ask_the_worker(cases: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .args(["--eval", WORKER, "--"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/templates/worker/core"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node starts");
    let mut input = node.stdin.take().expect("a pipe");
    input
        .write_all(json!(cases).to_string().as_bytes())
        .expect("Node listens");
    drop(input);
    let output = node.wait_with_output().expect("Node ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("Node answers with JSON")
}
