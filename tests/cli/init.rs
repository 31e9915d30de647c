//! `mdpwa init`: recognises what builds a site, writes a pwa.toml that the site then builds with, says what comes next.
//!
//! `SNAPSHOTS=overwrite cargo test --test cli` writes what is expected anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq, str};

use crate::site::{OUTPUTS, Site, everything, mdpwa};

const GENERATORS: [&str; 13] = [
    "astro",
    "dioxus",
    "docusaurus",
    "eleventy",
    "html",
    "hugo",
    "jekyll",
    "mdbook",
    "mkdocs",
    "sphinx",
    "trunk",
    "vite",
    "zola",
];

#[test]
fn every_generator_is_recognised_and_its_site_is_built() {
    let present: BTreeSet<String> = fs::read_dir(cases())
        .expect("cases")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    assert_eq!(present, GENERATORS.map(str::to_owned).into());
    for name in GENERATORS {
        let project = Project::of(name);

        let output = mdpwa(&project.folder, ["init", "--yes"])
            .output()
            .expect("it runs");

        let said = String::from_utf8(output.stdout.clone()).expect("UTF-8");
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{name}: {output:?}"
        );
        let case = cases().join(name);
        let written = fs::read_to_string(project.folder.join("pwa.toml")).expect("it was written");
        assert_data_eq!(written, Data::read_from(&case.join("pwa.toml"), None).raw());
        assert_data_eq!(said, Data::read_from(&case.join("said.txt"), None).raw());
        project.builds(name);
    }
}

#[test]
fn without_its_output_a_project_gets_the_same_root() {
    for name in GENERATORS.into_iter().filter(|name| *name != "html") {
        let (built, bare) = (Project::of(name), Project::of(name));
        let root = built.told(["init", "--dry-run", "--format", "json"])["root"].clone();
        let folder = bare.folder.join(root.as_str().expect("a folder"));
        fs::remove_dir_all(&folder).expect("the built site");
        let again = bare.told(["init", "--dry-run", "--format", "json"]);
        assert_eq!(again["root"], root, "{name}");
        assert_eq!(again["generator"], name);
    }
}

/// On a terminal, which only a pseudo terminal is for a test.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_asked_and_may_leave_the_default() {
    use std::fs::File;
    use std::io::Write as _;
    use std::os::fd::FromRawFd as _;
    use std::process::{Command, Stdio};
    use std::ptr::null_mut;

    let project = Project::of("mdbook");
    let (mut ours, mut theirs) = (0, 0);
    // SAFETY: both numbers are ours to write; the other pointers may be null.
    let opened =
        unsafe { libc::openpty(&mut ours, &mut theirs, null_mut(), null_mut(), null_mut()) };
    assert_eq!(opened, 0);
    // SAFETY: nobody else has these, as they were opened just now.
    let (mut ours, theirs) = unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) };
    // The root, the name, the host (wrong, then right), the base.
    ours.write_all(b"\nHerons\ngeocities\nnetlify\n\n")
        .expect("a terminal");

    let output = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
        .current_dir(&project.folder)
        .arg("init")
        .stdin(Stdio::from(theirs))
        .output()
        .expect("it runs");

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for part in [
        "[Birds of the weir]: ",
        "[github-pages]: ",
        "wrote  pwa.toml",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(
        said.matches("host, one of plain, github-pages").count(),
        2,
        "{said}"
    );
    let written = fs::read_to_string(project.folder.join("pwa.toml")).expect("it was written");
    for part in [
        "name = \"Herons\"",
        "root = \"book\"",
        "base = \"/\"",
        "host = \"netlify\"",
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
}

#[test]
fn flags_answer_before_anything_is_looked_up() {
    let project = Project::of("mdbook");
    let told = project.told([
        "init",
        "--dry-run",
        "--format",
        "json",
        "--name",
        "It's \"this\"",
        "--root",
        "book/html",
        "--base",
        "docs",
        "--host",
        "s3",
    ]);
    for (key, value) in [
        ("name", "It's \"this\""),
        ("root", "book/html"),
        ("base", "/docs/"),
        ("host", "s3"),
    ] {
        assert_eq!(told[key], value);
    }
}

#[test]
fn of_several_generators_one_is_taken_and_the_others_are_named() {
    let project = Project::of("astro");
    fs::write(project.folder.join("mkdocs.yml"), "site_name: Manual\n").expect("a file");
    let said = project.said(["init", "--yes"]);
    assert!(said.contains("for Astro, by astro.config.mjs"), "{said}");
    assert!(
        said.contains("mkdocs.yml speaks for MkDocs: `--generator mkdocs`"),
        "{said}"
    );
    let other = Project::of("astro");
    let told = other.told([
        "init",
        "--dry-run",
        "--format",
        "json",
        "--generator",
        "vite",
    ]);
    assert_eq!(
        (&told["generator"], &told["root"]),
        (&"vite".into(), &"dist".into())
    );
}

#[test]
fn a_book_with_several_outputs_is_in_a_folder_of_its_own() {
    let project = Project::of("mdbook");
    let book = "[book]\ntitle = \"Birds\"\n[build]\nbuild-dir = \"out\"\n[output.html]\n[output.linkcheck]\n";
    fs::write(project.folder.join("book.toml"), book).expect("a file");
    let told = project.told(["init", "--dry-run", "--format", "json"]);
    assert_eq!(told["root"], "out/html");
}

#[test]
fn a_book_without_a_print_page_leaves_none_out() {
    let project = Project::of("mdbook");
    fs::remove_dir_all(project.folder.join("book")).expect("the built site");
    assert!(project.said(["init", "--dry-run"]).contains("print.html"));
    let book = "[book]\ntitle = \"Birds\"\n[output.html.print]\nenable = false\n";
    fs::write(project.folder.join("book.toml"), book).expect("a file");
    assert!(!project.said(["init", "--dry-run"]).contains("print.html"));
}

#[test]
fn what_is_there_is_never_written_over() {
    let site = Site::new();
    site.write("book.toml", "[book]\ntitle = \"Birds\"\n");
    let before = site.everything();

    site.mdpwa(["init", "--yes"])
        .assert()
        .code(2)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pwa.toml is there already and is left as it is; `mdpwa build` goes by it, and `--dry-run` prints what would be written

"#]]);

    assert_eq!(site.everything(), before);
}

#[test]
fn a_project_that_nobody_knows_is_said_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    mdpwa(folder.path(), ["init", "--yes"])
        .assert()
        .code(2)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: no site generator is recognised in .; name one with `--generator`, or the folder of the built site with `--root`

"#]]);
    assert!(everything(folder.path()).is_empty());

    mdpwa(folder.path(), ["init", "--yes", "--root", "out"])
        .assert()
        .success();
    assert!(folder.path().join("pwa.toml").is_file());
}

#[test]
fn a_site_is_built_into_the_folder_that_a_hook_names() {
    let project = Project::of("trunk");
    project.said(["init", "--yes"]);
    let staging = project.folder.join("staging");
    fs::rename(project.folder.join("dist"), &staging).expect("moved");

    mdpwa(&project.folder, ["build", "--base", "/elsewhere/"])
        .env("MDPWA_ROOT", &staging)
        .assert()
        .success();

    let snippet = fs::read_to_string(staging.join("snippet.html")).expect("it was written");
    assert!(snippet.contains("/elsewhere/register.js"), "{snippet}");
}

#[test]
fn the_commands_of_the_readme_lead_from_a_book_to_an_app() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let block = readme.split("```sh\n").nth(1).expect("a block of commands");
    let commands: Vec<&str> = block
        .split("```")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .collect();
    assert!(commands.len() <= 4, "{commands:?}");
    let project = Project::of("mdbook");
    let mut ran = Vec::new();
    for command in &commands {
        let words: Vec<&str> = command.split(' ').collect();
        // Installing is cargo's affair, and the preview is shown by its own tests.
        if let ["mdpwa", words @ ..] = words.as_slice()
            && words != ["serve"]
        {
            mdpwa(&project.folder, []).args(words).assert().success();
            ran.push(words[0]);
        }
    }
    assert_eq!(ran, ["init", "build"]);
    assert!(commands.contains(&"mdpwa serve"), "{commands:?}");
    for page in ["index.html", "herons.html"] {
        let page = fs::read_to_string(project.folder.join("book").join(page)).expect("a page");
        assert!(page.contains("src=\"/birds/register.js\""), "{page}");
    }
}

#[test]
fn what_is_said_of_an_app_holds_once_there_is_a_drawing() {
    let project = Project::of("html");
    project.said(["init", "--yes"]);
    let written = fs::read_to_string(project.folder.join("pwa.toml")).expect("it was written");
    let (before, app) = written.split_once("\n# Lets visitors").expect("a hint");
    let app: Vec<&str> = (app.lines().skip(1))
        .map(|line| line.trim_start_matches("# "))
        .filter(|line| !line.starts_with("Every"))
        .collect();
    let drawing =
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M2 2h5v5H2z'/></svg>";
    fs::write(project.folder.join("logo.svg"), drawing).expect("a drawing");
    let toml = format!("{before}\n{}\n", app.join("\n"));
    fs::write(project.folder.join("pwa.toml"), toml).expect("a pwa.toml");

    project.builds("html");

    assert!(project.folder.join("manifest.webmanifest").is_file());
}

#[test]
fn a_site_with_a_manifest_keeps_it() {
    let project = Project::of("html");
    fs::write(project.folder.join("site.webmanifest"), "{}").expect("a manifest");
    project.said(["init", "--yes"]);
    let written = fs::read_to_string(project.folder.join("pwa.toml")).expect("it was written");
    assert!(!written.contains("[manifest]"), "{written}");
}

/// A copy of a case's project, in a folder that is always called the same.
struct Project {
    folder: PathBuf,
    _temporary: tempfile::TempDir,
}

impl Project {
    fn of(name: &str) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = temporary.path().join("project");
        for (file, contents) in everything(&cases().join(name).join("project")) {
            // A repository cannot hold another one.
            let file = match file.to_str() {
                Some("git-config") => PathBuf::from(".git/config"),
                _ => file,
            };
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
            fs::write(path, contents).expect("a file");
        }
        Self {
            folder,
            _temporary: temporary,
        }
    }

    fn said<const N: usize>(&self, words: [&str; N]) -> String {
        let output = mdpwa(&self.folder, words).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn told<const N: usize>(&self, words: [&str; N]) -> serde_json::Value {
        serde_json::from_str(&self.said(words)).expect("JSON")
    }

    /// Builds with what init has written; nothing is wrong or doubtful, and pages are kept.
    fn builds(&self, name: &str) {
        let output = mdpwa(&self.folder, ["build"]).output().expect("it runs");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaints.is_empty(),
            "{name}: {complaints}"
        );
        let plan = self.told(["plan", "--format", "json"]);
        let root = plan_root(&self.folder);
        for file in OUTPUTS {
            assert!(root.join(file).is_file(), "{name}: {file}");
        }
        let groups = plan["plan"]["assets"].as_array().expect("groups").clone();
        let kept: Vec<&str> = groups
            .iter()
            .flat_map(|group| group["files"].as_array().expect("files"))
            .filter_map(|file| file["path"].as_str())
            .collect();
        assert!(kept.contains(&"/index.html"), "{name}: {kept:?}");
        for wrong in ["print.html", ".xml", ".inv", "_sources", "CNAME", ".toml"] {
            assert!(
                !kept.iter().any(|path| path.contains(wrong)),
                "{name}: {kept:?}"
            );
        }
    }
}

/// The folder that the pwa.toml of a project names.
fn plan_root(project: &Path) -> PathBuf {
    let text = fs::read_to_string(project.join("pwa.toml")).expect("pwa.toml");
    let line = text
        .lines()
        .find(|line| line.starts_with("root = "))
        .expect("a root");
    project.join(line.split('"').nth(1).expect("in quotes"))
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/init")
}
