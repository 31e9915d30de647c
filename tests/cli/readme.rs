//! The README's commands, files and flags are true, and so are the manual's configurations.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::site::{OUTPUTS, Site};

/// Commands that are not mdpwa's: this very test is run by one of them, the other is cargo's.
const OTHERS: [&str; 2] = ["tests/run", "cargo install --path ."];

#[test]
fn every_command_works() {
    for line in blocks("console").iter().flat_map(|block| block.lines()) {
        let command = line.strip_prefix("$ ").expect("a command");
        let words = command
            .strip_prefix("cargo run --release -- ")
            .or_else(|| command.strip_prefix("mdpwa "));
        match words
            .map(|words| words.split(' ').collect::<Vec<_>>())
            .as_deref()
        {
            Some(["serve", folder]) => serves(folder),
            Some(words) => {
                let site = site(&blocks("toml")[0]);
                site.mdpwa([]).args(words).assert().success();
                for output in OUTPUTS {
                    assert!(site.path("public").join(output).is_file(), "{output}");
                }
                let html = &blocks("html")[0];
                assert!(
                    site.read("public/snippet.html").contains(html.trim()),
                    "{html}"
                );
            }
            None => assert!(OTHERS.contains(&command), "{command}"),
        }
    }
    assert!(home().join(OTHERS[0]).is_file());
}

/// How configurations begin that are other tools'.
const OTHER_FILES: [&str; 2] = ["[build-dependencies]", "[[hooks]]"];

#[test]
fn every_configuration_is_accepted() {
    let mut all = blocks("toml");
    assert!(all.len() > 3, "{all:?}");
    let chapters = chapters();
    assert!(chapters.len() > 5, "{chapters:?}");
    all.extend(chapters.iter().flat_map(|text| blocks_of(text, "toml")));
    let own = |block: &String| !OTHER_FILES.iter().any(|start| block.starts_with(start));
    for block in all.into_iter().filter(own) {
        let site = site(&block);
        let output = site.mdpwa(["plan"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{block}\n{said}"
        );
    }
}

#[test]
fn every_flag_is_known() {
    let readme = readme();
    let mut helps = String::new();
    for command in commands(&readme) {
        let help = Site::new()
            .mdpwa([command, "--help"])
            .output()
            .expect("it runs");
        helps.push_str(&String::from_utf8_lossy(&help.stdout));
    }
    let section = readme
        .split("\n## ")
        .find(|part| part.starts_with("Commands"));
    let flags: Vec<&str> = section
        .expect("the README lists the commands")
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split(' ').find(|word| word.starts_with('-')))
        .collect();

    assert!(flags.len() > 5, "{flags:?}");
    for flag in flags {
        assert!(helps.contains(flag), "{flag}");
    }
    assert!(readme.contains("http://127.0.0.1:8080") && helps.contains("[default: 8080]"));
}

/// The commands of the table.
fn commands(readme: &str) -> Vec<&str> {
    let rows = readme.split("\n| `mdpwa ").skip(1);
    let names = rows.filter_map(|row| row.split([' ', '`']).next());
    names.collect()
}

/// Serves a copy of the folder until its address is printed.
fn serves(folder: &str) {
    let copy = tempfile::tempdir().expect("a temporary folder");
    copy_folder(&home().join(folder), &copy.path().join(folder));
    let mut server = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
        .current_dir(copy.path())
        .args(["serve", folder, "--port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("mdpwa starts");
    let said = BufReader::new(server.stdout.take().expect("it is piped"));

    let address = said
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains("http://127.0.0.1:"));

    server.kill().expect("it still serves");
    server.wait().expect("it ends");
    assert!(address.is_some(), "serve {folder} names no address");
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("a readable folder");
        let target = to.join(entry.path().strip_prefix(from).expect("inside"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn the_manual_lists_every_chapter() {
    let summary = fs::read_to_string(home().join("docs/src/SUMMARY.md")).expect("a summary");
    for chapter in fs::read_dir(home().join("docs/src")).expect("a folder") {
        let name = chapter.expect("an entry").file_name();
        let name = name.to_string_lossy();
        let is_listed = summary.contains(&format!("]({name})"));
        assert!(is_listed || name == "SUMMARY.md", "{name}");
    }
}

/// A site that has what the configurations speak of.
fn site(toml: &str) -> Site {
    let site = Site::new();
    let app = "[app]\nname = \"Field notes\"\nroot = \"public\"\n\n";
    let whole = toml.contains("[app]");
    let toml = if whole {
        toml.to_owned()
    } else {
        format!("{app}{toml}")
    };
    site.write("pwa.toml", &toml);
    for page in ["index", "offline", "print"] {
        site.write(&format!("public/{page}.html"), "<!doctype html>\n");
    }
    site.write("public/de/index.html", "<!doctype html>\n");
    site.write("public/videos/herons.webm", "");
    site.write("public/new.html", "<!doctype html>\n");
    for drawing in ["logo", "full", "line"] {
        let disc = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><circle cx='5' cy='5' r='3'/></svg>";
        site.write(&format!("{drawing}.svg"), disc);
    }
    site
}

/// The contents of every fenced block of a language.
fn blocks(language: &str) -> Vec<String> {
    blocks_of(&readme(), language)
}

fn blocks_of(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

/// The pages of the manual.
fn chapters() -> Vec<String> {
    let folder = fs::read_dir(home().join("docs/src")).expect("a folder");
    let files = folder.map(|entry| entry.expect("an entry").path());
    files
        .map(|file| fs::read_to_string(file).expect("a page"))
        .collect()
}

fn readme() -> String {
    fs::read_to_string(home().join("README.md")).expect("the README")
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
