//! Runs every test in a process of its own, inside a network of its own, with a time limit.

use std::collections::VecDeque;
use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::{Engine, Need};
use crate::network;

/// Names the test that a child process is to run.
const CHILD: &str = "MDPWA_BROWSER_TEST";
/// Names the child's own folder, which the parent removes even when the child had to be killed.
const FOLDER: &str = "MDPWA_BROWSER_FOLDER";
/// Names a profile that new ones are copies of.
const TEMPLATE: &str = "MDPWA_BROWSER_TEMPLATE";
const LIMIT: Duration = Duration::from_secs(300);
/// A machine that is busy with other things may fail a test or two. More than so many failures have another reason.
const SECOND_TRIES: usize = 4;

pub(crate) struct Test {
    name: &'static str,
    run: fn(),
    /// What an engine has to have for it; nothing for a test that is Chromium's alone.
    needs: Option<&'static [Need]>,
}

impl Test {
    pub(crate) const fn new(name: &'static str, run: fn()) -> Test {
        Test {
            name,
            run,
            needs: None,
        }
    }

    pub(crate) const fn everywhere(self, needs: &'static [Need]) -> Test {
        Test {
            needs: Some(needs),
            ..self
        }
    }

    fn runs_in(&self, engine: Engine) -> bool {
        match self.needs {
            None => engine == Engine::Chromium,
            Some(needs) => needs.iter().all(|need| engine.has(*need)),
        }
    }
}

pub(crate) type Spec<'a> = (&'a str, &'a [Test]);

pub(crate) fn main(specs: &[Spec]) -> ExitCode {
    let mut tests: Vec<(String, fn())> = vec![];
    for engine in Engine::ALL {
        for (spec, test) in specs
            .iter()
            .flat_map(|(spec, tests)| tests.iter().map(move |test| (spec, test)))
        {
            if test.runs_in(engine) {
                let path: String = test.name.split_whitespace().collect();
                let name = format!("{}::{spec}::{path}", engine.name());
                tests.push((name, test.run));
            }
        }
    }
    if let Ok(name) = env::var(CHILD) {
        let (_, run) = tests
            .iter()
            .find(|(known, _)| *known == name)
            .expect("the parent names a test of this list");
        network::set_up();
        run();
        return ExitCode::SUCCESS;
    }
    Selection::of(env::args().skip(1)).run(tests.into_iter().map(|(name, _)| name).collect())
}

/// The engine in which this test runs.
pub(crate) fn engine() -> Engine {
    let name = env::var(CHILD).expect("tests run in child processes");
    engine_of(&name)
}

fn engine_of(test: &str) -> Engine {
    let of = |engine: &Engine| test.starts_with(&format!("{}::", engine.name()));
    Engine::ALL
        .into_iter()
        .find(of)
        .expect("a test is called after its engine")
}

/// The profile that new ones are copies of, if there is one.
pub(crate) fn template() -> Option<PathBuf> {
    env::var_os(TEMPLATE).map(PathBuf::from)
}

/// This test's own folder: for the site, the browser's profile and whatever else has to go afterwards.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env::var_os(FOLDER).expect("tests run in child processes"))
}

/// Where a failed test leaves a picture.
pub(crate) fn picture() -> PathBuf {
    let name = env::var(CHILD).expect("tests run in child processes");
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("browser")
        .join(name.replace("::", "-") + ".png")
}

/// What the command line asks for, in the words of Rust's own test harness.
struct Selection {
    contain: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    list: bool,
    show_output: bool,
    threads: usize,
}

impl Selection {
    fn of(arguments: impl Iterator<Item = String>) -> Selection {
        let threads = env::var("RUST_TEST_THREADS").ok();
        let mut selection = Selection {
            contain: vec![],
            skip: vec![],
            exact: false,
            list: false,
            show_output: false,
            threads: 3,
        };
        let mut set_threads =
            |text: &str| selection.threads = text.parse().expect("a number of threads");
        if let Some(threads) = threads {
            set_threads(&threads);
        }
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name, Some(value.to_string())),
                _ => (argument.as_str(), None),
            };
            match name {
                "--exact" => selection.exact = true,
                "--list" => selection.list = true,
                "--nocapture" | "--no-capture" | "--show-output" => selection.show_output = true,
                "--test-threads" => {
                    let value = value
                        .or_else(|| arguments.next())
                        .expect("--test-threads takes a number");
                    selection.threads = value.parse().expect("a number of threads");
                }
                "--skip" => selection.skip.push(
                    value
                        .or_else(|| arguments.next())
                        .expect("--skip takes a name"),
                ),
                // Options of the usual harness that change nothing here, so that `cargo test -- …` may pass them to all.
                "--color" | "--format" | "-Z" if value.is_none() => drop(arguments.next()),
                option if option.starts_with('-') => {}
                name => selection.contain.push(name.to_string()),
            }
        }
        selection
    }

    fn wants(&self, test: &str) -> bool {
        let named = |pattern: &String| {
            if self.exact {
                test == pattern
            } else {
                test.contains(pattern.as_str())
            }
        };
        let engine = engine_of(test);
        let named_its_engine = |pattern: &String| pattern.starts_with(engine.name());
        (engine == Engine::Chromium || self.contain.iter().any(named_its_engine))
            && (self.contain.is_empty() || self.contain.iter().any(named))
            && !self.skip.iter().any(named)
    }

    fn run(&self, tests: Vec<String>) -> ExitCode {
        let all = tests.len();
        let wanted: VecDeque<String> = tests.into_iter().filter(|test| self.wants(test)).collect();
        if self.list {
            wanted.iter().for_each(|test| println!("{test}: test"));
            return ExitCode::SUCCESS;
        }
        println!("\nrunning {} browser tests", wanted.len());
        if wanted.is_empty() {
            return ExitCode::SUCCESS;
        }
        let engines: Vec<Engine> = Engine::ALL
            .into_iter()
            .filter(|engine| wanted.iter().any(|test| engine_of(test) == *engine))
            .collect();
        let missing = engines.iter().find_map(|engine| engine.missing());
        if let Some(missing) = missing.or_else(network::missing) {
            eprintln!("\nthe browser tests cannot run: {missing}");
            return ExitCode::FAILURE;
        }
        let templates = tempfile::Builder::new()
            .prefix("mdpwa-browser-")
            .tempdir()
            .unwrap();
        for engine in engines {
            engine.prepare(&templates.path().join(engine.name()));
        }
        let (started, filtered) = (Instant::now(), all - wanted.len());
        let count = wanted.len();
        let mut failed = self.run_all(wanted, self.threads, templates.path());
        let unsteady: Vec<_> = if (1..=SECOND_TRIES).contains(&failed.len()) {
            println!("\nagain, each by itself:");
            let tests = failed.iter().map(|(test, _)| test.clone()).collect();
            let again = self.run_all(tests, 1, templates.path());
            failed
                .extract_if(.., |(test, _)| again.iter().all(|(other, _)| other != test))
                .collect()
        } else {
            vec![]
        };
        for (test, output) in unsteady.iter().chain(&failed) {
            println!("\n---- {test} ----\n{}", output.trim_end());
        }
        for (test, _) in &unsteady {
            println!("\n{test} passed only at its second try: something in it depends on time");
        }
        println!(
            "\ntest result: {}. {} passed, {} of them at their second try; {} failed; {filtered} filtered out; finished in {:.1} s\n",
            if failed.is_empty() { "ok" } else { "FAILED" },
            count - failed.len(),
            unsteady.len(),
            failed.len(),
            started.elapsed().as_secs_f32(),
        );
        if failed.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Runs these tests, so many at a time, and returns those that failed with what they said.
    fn run_all(
        &self,
        tests: VecDeque<String>,
        threads: usize,
        templates: &Path,
    ) -> Vec<(String, String)> {
        let (queue, failed) = (Mutex::new(tests), Mutex::new(vec![]));
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let Some(test) = queue.lock().unwrap().pop_front() else {
                            break;
                        };
                        let outcome = Outcome::of(&test, templates);
                        self.print(&test, &outcome);
                        if !outcome.passed {
                            failed.lock().unwrap().push((test, outcome.output));
                        }
                    }
                });
            }
        });
        failed.into_inner().unwrap()
    }

    fn print(&self, test: &str, outcome: &Outcome) {
        let word = if outcome.passed { "ok" } else { "FAILED" };
        let took = outcome.took.as_secs_f32();
        let mut text = format!("test {test} ... {word} ({took:.1} s)\n");
        if self.show_output && outcome.passed {
            text += &outcome.output;
        }
        print!("{text}");
        std::io::stdout().flush().unwrap();
    }
}

struct Outcome {
    passed: bool,
    output: String,
    took: Duration,
}

impl Outcome {
    fn of(test: &str, templates: &Path) -> Outcome {
        let started = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("mdpwa-browser-")
            .tempdir()
            .unwrap();
        let log = folder.path().join("output.txt");
        let stdout = File::create(&log).unwrap();
        let mut namespace = network::Namespace::command();
        let child = namespace
            .command
            .arg(env::current_exe().unwrap())
            .env(CHILD, test)
            .env(FOLDER, folder.path())
            .env(TEMPLATE, templates.join(engine_of(test).name()))
            .stdin(Stdio::null())
            .stderr(stdout.try_clone().unwrap())
            .stdout(stdout)
            .spawn()
            .unwrap();
        let passed = wait(child, started + LIMIT);
        let mut output = String::new();
        File::open(&log)
            .unwrap()
            .read_to_string(&mut output)
            .unwrap();
        if passed.is_none() {
            output += &format!("the test was not over after {} s\n", LIMIT.as_secs());
        }
        remove(folder);
        Outcome {
            passed: passed == Some(true),
            output,
            took: started.elapsed(),
        }
    }
}

/// Says whether the child was content, or nothing if it had to be killed.
fn wait(mut child: Child, until: Instant) -> Option<bool> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.success());
        }
        if Instant::now() > until {
            // The browser at the other end of the child's pipe closes by itself.
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Removes a test's folder, into which a browser that is just closing may still be writing.
fn remove(folder: tempfile::TempDir) {
    let folder = folder.keep();
    for _ in 0..50 {
        if std::fs::remove_dir_all(&folder).is_ok() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    eprintln!("{} could not be removed", folder.display());
}

/// Runs a command to its end and gives its standard output; anything but success is a failure of the test.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
