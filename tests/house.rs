//! The rules of the house that no compiler checks: who may look at whom, who keeps which door, what a room may say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mdpwa::minifier::{self, Kind};

/// The modules from the ground up. `crate::` points to lower floors only; on one floor nobody looks at a neighbour.
const FLOORS: &[&[&str]] = &[
    // Facts, each resting on those before it.
    &[
        "url_path",
        "host",
        "minifier",
        "diagnostic",
        "color",
        "picture",
        "progress",
    ],
    &["document", "draft"],
    &["endpoint", "literals"],
    &["glob", "generators", "settings", "page"],
    &["site"],
    &["drawing"],
    // What is given to every feature, and the features, each a section of pwa.toml.
    &["features::context"],
    &["features::*", "features"],
    &["config"],
    &["plan", "schema"],
    &[
        "audit", "bundle", "crash", "headers", "explain", "overview", "project", "web_push",
    ],
    &["report", "serve", "init", "diff", "doctor"],
    &["migrate", "migrate::*"],
    // The binary.
    &["console", "watch"],
    &["cli"],
    &["main"],
];

/// What only some modules may do, and which.
const DOORS: &[(&str, &[&str], &[&str])] = &[
    (
        "walks and hashes the site",
        &["walkdir::", "WalkDir", "sha2::", "read_dir"],
        &["site", "web_push"],
    ),
    (
        "reads files",
        &["File::open", "fs::read", "fs::metadata", "canonicalize"],
        &[
            "diff", "doctor", "site", "project", "report", "serve", "watch", "init",
        ],
    ),
    (
        "writes files",
        &[
            "fs::write",
            "fs::create",
            "fs::rename",
            "fs::remove",
            "File::create",
            "tempfile::",
            "persist(",
        ],
        &["report"],
    ),
    (
        "prints",
        &["println!", "print!(", "io::stdout", "io::stderr", "dbg!"],
        &["console"],
    ),
    (
        "draws on a terminal",
        &["annotate_snippets::", "anstream::", "indicatif::"],
        &["console"],
    ),
    ("watches", &["notify::"], &["watch"]),
    ("parses arguments", &["clap::"], &["cli"]),
    ("parses TOML", &["toml::"], &["document"]),
    ("renders", &["askama::"], &["bundle", "overview"]),
    ("parses JavaScript", &["oxc_"], &["minifier", "literals"]),
    ("parses HTML", &["lol_html"], &["page"]),
    ("draws pictures", &["resvg::", "png::"], &["drawing"]),
    (
        "speaks HTTP",
        &["tiny_http::", "ureq::", "TcpListener", "TcpStream"],
        &["doctor", "serve", "web_push"],
    ),
    (
        "asks the clock",
        &["SystemTime", "Instant::"],
        &["serve", "watch", "web_push"],
    ),
    (
        "asks the environment",
        &["env::var", "env::args", "env::current_dir", "env::set"],
        &["cli"],
    ),
    (
        "ends the process",
        &["process::exit", "process::abort"],
        &[],
    ),
    ("holds things in no order", &["HashMap", "HashSet"], &[]),
    (
        "gives up on what a user wrote",
        &[".unwrap()", "panic!("],
        &[],
    ),
];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "common", "helpers", "misc", "manager", "handler",
];

/// Features that only tell others what to do, and are tried in a browser with those.
const WITHOUT_BEHAVIOUR: [&str; 5] = ["app", "budget", "endpoints", "worker", "host"];

/// What is not finished is not committed.
const UNDONE: [&str; 8] = [
    "TODO",
    "FIXME",
    "todo!(",
    "unimplemented!(",
    "#[ignore",
    "test.only(",
    "test.skip(",
    "it.only(",
];

#[test]
fn modules_look_down_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(floor) = floor(&source.module) else {
            wrong.push(format!("{} has no floor", source.module));
            continue;
        };
        for other in source.looks_at() {
            match self::floor(&other) {
                None => wrong.push(format!(
                    "{} looks at {other}, which has no floor",
                    source.module
                )),
                Some(below) if below < floor => {}
                Some(_) => wrong.push(format!("{} looks at {other}", source.module)),
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_floor_is_lived_on() {
    let modules: BTreeSet<String> = sources().into_iter().map(|source| source.module).collect();
    let named = FLOORS
        .iter()
        .copied()
        .flatten()
        .filter(|name| !name.ends_with('*'));
    none(
        &named
            .filter(|name| !modules.contains(**name))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_door_has_its_keepers() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (deed, signs, keepers) in DOORS {
            for sign in *signs {
                if source.says(sign) && !keepers.contains(&source.module.as_str()) {
                    wrong.push(format!("{} {deed}: {sign}", source.path));
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_keeper_uses_its_door() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (deed, signs, keepers) in DOORS {
        for keeper in *keepers {
            let used = (sources.iter())
                .filter(|source| source.module == *keeper)
                .any(|source| signs.iter().any(|sign| source.says(sign)));
            if !used {
                wrong.push(format!("nothing in {keeper} {deed}"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_source_begins_with_what_it_is() {
    let rust = files("src")
        .into_iter()
        .chain(files("tests"))
        .filter(|path| path.ends_with(".rs"));
    let silent = rust.filter(|path| {
        let text = read(path);
        let first = text.lines().next().unwrap_or_default();
        !(first.starts_with("//! ") && first.len() > 12)
    });
    none(&silent.collect::<Vec<_>>());
}

#[test]
fn names_say_something() {
    let all = ["src", "templates", "tests"].into_iter().flat_map(files);
    let empty = all.filter(|path| {
        path.split(['/', '.', '_', '-'])
            .any(|part| EMPTY_NAMES.contains(&part))
    });
    none(&empty.collect::<Vec<_>>());
}

#[test]
fn tables_of_modules_hold_nothing_else() {
    let tables = files("src")
        .into_iter()
        .filter(|path| path.ends_with("/mod.rs"));
    let wrong = tables.flat_map(|path| {
        let text = read(&path);
        let lines = text.lines().map(str::to_owned).filter(|line| {
            !(line.is_empty()
                || line.starts_with("//")
                || line.starts_with("pub mod ")
                || line.starts_with("#[cfg("))
        });
        lines
            .map(|line| format!("{path}: {line}"))
            .collect::<Vec<_>>()
    });
    none(&wrong.collect::<Vec<_>>());
}

#[test]
fn a_feature_has_one_name_everywhere() {
    let features = sources().into_iter().filter_map(|source| {
        let name = source.module.strip_prefix("features::")?.to_owned();
        (name != "context").then_some((name, source.code))
    });
    let mut wrong = Vec::new();
    for (name, code) in features {
        for call in ["Diagnostic::error(", "Diagnostic::warning("] {
            let codes = code
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.trim_start().strip_prefix('"'));
            for code in codes.filter(|code| !code.starts_with(&format!("{name}-"))) {
                let code = code.split('"').next().unwrap_or_default();
                wrong.push(format!("src/features/{name}.rs calls a finding {code}"));
            }
        }
        let spec = format!("tests/browser/{name}.rs");
        if !WITHOUT_BEHAVIOUR.contains(&name.as_str()) && !root().join(&spec).exists() {
            wrong.push(format!("{name} has no {spec}"));
        }
    }
    none(&wrong);
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    let wrong = files("src").into_iter().flat_map(|path| {
        let text = read(&path);
        let attributes = text
            .split("#[")
            .skip(1)
            .map(|rest| rest.split(")]").next().unwrap_or_default());
        let bare = attributes.filter(|attribute| {
            attribute.starts_with("allow(")
                || (attribute.starts_with("expect(") && !attribute.contains("reason"))
        });
        bare.map(|attribute| format!("{path}: #[{attribute})]"))
            .collect::<Vec<_>>()
    });
    none(&wrong.collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_undone() {
    let all = ["src", "templates", "tests", "example", ".ci"]
        .into_iter()
        .flat_map(files);
    let own = all.filter(|path| !path.contains("/vendor/") && path != "tests/house.rs");
    let wrong = own.flat_map(|path| {
        let text = fs::read(root().join(&path)).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let found = UNDONE.into_iter().filter(|sign| text.contains(sign));
        found
            .map(|sign| format!("{path}: {sign}"))
            .collect::<Vec<_>>()
    });
    none(&wrong.collect::<Vec<_>>());
}

#[test]
fn tags_are_in_roots_only() {
    let rooms = files("templates")
        .into_iter()
        .filter(|path| path.matches('/').count() > 1);
    let tagged = rooms.filter(|path| {
        let text = read(path);
        ["/*%", "%*/", "/*{", "}*/", "/*#", "#*/"]
            .iter()
            .any(|tag| text.contains(tag))
    });
    none(&tagged.collect::<Vec<_>>());
}

#[test]
fn every_template_is_used() {
    let sources: String = files("src").iter().map(|path| read(path)).collect();
    let templates = files("templates");
    let roots: String = (templates.iter())
        .filter(|path| path.matches('/').count() == 1)
        .map(|path| read(path))
        .collect();
    let unused = templates.iter().filter(|path| {
        let name = path.trim_start_matches("templates/");
        let included = roots.contains(&format!("include \"{name}\""));
        let rendered = sources.contains(&format!("path = \"{name}\""));
        let embedded = sources.contains(&format!("templates/{name}\""));
        // The contract between Rust and the rooms is read by the type checker only.
        let contract = name.ends_with(".d.ts");
        !(included || rendered || embedded || contract)
    });
    none(&unused.collect::<Vec<_>>());
}

#[test]
fn every_template_is_javascript_as_it_stands() {
    let mut wrong = Vec::new();
    for path in scripts() {
        let module = [
            "templates/page/",
            "templates/serve/",
            "templates/register.js",
            "templates/downloads.js",
            "templates/drain.js",
            "templates/outbox.js",
            "templates/toast.js",
            "templates/workbox-window.js",
        ];
        let kind = match module.iter().any(|start| path.starts_with(start)) {
            true => Kind::Module,
            false => Kind::Script,
        };
        if let Err(error) = minifier::check(&read(&path), kind) {
            wrong.push(format!("{path}: {error}"));
        }
    }
    none(&wrong);
}

#[test]
fn rooms_of_the_worker_have_walls() {
    let root = read("templates/service-worker.js");
    let open = (scripts().into_iter())
        .filter(|path| path.starts_with("templates/worker/"))
        .filter(|path| !path.starts_with("templates/worker/core/"))
        .filter(|path| !has_walls(&read(path)) && !stands_in_walls(&root, path));
    none(&open.collect::<Vec<_>>());
}

/// Whether a room is one block.
fn has_walls(room: &str) -> bool {
    let outside = |line: &&str| !(line.is_empty() || line.starts_with([' ', '/']));
    room.lines().filter(outside).eq(["{", "}"])
}

/// Whether a root includes a room inside a block.
fn stands_in_walls(root: &str, room: &str) -> bool {
    let include = format!("include \"{}\"", room.trim_start_matches("templates/"));
    let before = root.lines().take_while(|line| !line.contains(&include));
    let walls = before.filter(|line| ["{", "}"].contains(line));
    root.contains(&include) && walls.last() == Some("{")
}

#[test]
fn scripts_are_silent_and_swallow_nothing() {
    let signs = [
        "console.",
        "catch {}",
        "catch (error) {}",
        "innerHTML",
        "eval(",
        "document.write",
        "debugger",
    ];
    let wrong = scripts().into_iter().flat_map(|path| {
        let text = read(&path);
        let found = signs.into_iter().filter(|sign| text.contains(sign));
        found
            .map(|sign| format!("{path}: {sign}"))
            .collect::<Vec<_>>()
    });
    none(&wrong.collect::<Vec<_>>());
}

#[test]
fn nothing_says_where_it_was_written() {
    let all = ["src", "templates", "tests", "example", ".ci"]
        .into_iter()
        .flat_map(files);
    let is_lock =
        |path: &String| path.ends_with("package-lock.json") || path.ends_with("Cargo.lock");
    let own = all.filter(|path| !is_lock(path));
    // In halves, so that this file can be looked at like every other.
    let signs = [
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers"),
        concat!("crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("pypi", ".org"),
        concat!("deb.debian", ".org"),
    ];
    let wrong = own.flat_map(|path| {
        let text = fs::read(root().join(&path)).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let found = signs.into_iter().filter(|sign| text.contains(sign));
        found
            .map(|sign| format!("{path}: {sign}"))
            .collect::<Vec<_>>()
    });
    none(&wrong.collect::<Vec<_>>());
}

/// A file of `src`, without its tests.
struct Source {
    path: String,
    /// As in `crate::…`; the files of `serve/` are all `serve`, those of `bundle/` all `bundle`, and so on.
    module: String,
    code: String,
}

impl Source {
    /// The modules that this one names.
    fn looks_at(&self) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        for rest in ["crate::", "mdpwa::"]
            .iter()
            .flat_map(|way| self.code.split(way).skip(1))
        {
            for path in paths(rest) {
                let mut parts = path.split("::");
                match parts.next().unwrap_or_default() {
                    // What lib.rs passes on is of the module of the same name.
                    name if name.is_empty() || name.starts_with(char::is_uppercase) => {}
                    "features" => {
                        seen.insert(format!("features::{}", parts.next().unwrap_or_default()));
                    }
                    module => {
                        seen.insert(module.to_owned());
                    }
                }
            }
        }
        let is_room = self.path.matches('/').count() > 2;
        if self.module.starts_with("features::") && !is_room {
            for path in self.code.split("super::").skip(1).flat_map(paths) {
                let module = path.split("::").next().unwrap_or_default();
                seen.insert(format!("features::{module}"));
            }
        }
        seen.remove(&self.module);
        seen
    }

    /// Whether the code, comments aside, has this.
    fn says(&self, sign: &str) -> bool {
        let mut lines = self.code.lines();
        lines.any(|line| line.contains(sign) && !line.trim_start().starts_with("//"))
    }
}

/// The paths at the beginning of a text that follows `crate::`, one, or several in braces.
fn paths(text: &str) -> Vec<&str> {
    match text.strip_prefix('{') {
        Some(list) => {
            let list = list.split('}').next().unwrap_or_default();
            list.split(',').map(|path| word(path.trim())).collect()
        }
        None => vec![word(text)],
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    &text[..end.unwrap_or(text.len())]
}

fn sources() -> Vec<Source> {
    let names = files("src")
        .into_iter()
        .filter(|path| path.ends_with(".rs") && path != "src/lib.rs");
    names
        .map(|path| {
            let text = read(&path);
            let code = text
                .split("\nmod tests {")
                .next()
                .unwrap_or_default()
                .to_owned();
            let name = path.trim_start_matches("src/").trim_end_matches(".rs");
            let module = match name.split_once('/') {
                Some((folder @ ("serve" | "bundle" | "console"), _)) => folder.to_owned(),
                Some((folder, "mod")) => folder.to_owned(),
                Some(("features", room)) if room.contains('/') => {
                    let feature = room.split('/').next().unwrap_or_default();
                    format!("features::{feature}")
                }
                _ => name.replace('/', "::"),
            };
            Source { path, module, code }
        })
        .collect()
}

fn floor(module: &str) -> Option<usize> {
    let exact = FLOORS.iter().position(|floor| floor.contains(&module));
    exact.or_else(|| {
        let (folder, _) = module.split_once("::")?;
        FLOORS
            .iter()
            .position(|floor| floor.contains(&format!("{folder}::*").as_str()))
    })
}

fn scripts() -> Vec<String> {
    files("templates")
        .into_iter()
        .filter(|path| path.ends_with(".js"))
        .collect()
}

/// The files below a folder of the repository, by their paths from its root, sorted; nothing that is installed.
fn files(folder: &str) -> Vec<String> {
    let walk = walkdir::WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "node_modules");
    walk.map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(root())
                .expect("a path below the root");
            path.to_string_lossy().replace('\\', "/")
        })
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a text")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn none(wrong: &[impl std::fmt::Display]) {
    let list: String = wrong.iter().map(|one| format!("\n  {one}")).collect();
    assert!(wrong.is_empty(), "{list}");
}
