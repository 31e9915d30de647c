//! Looks at a project for its generator, its host and their configurations, and drafts a pwa.toml from what it finds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::draft::{self, Draft, Section};
use crate::features::manifest::USUAL;
use crate::generators::{
    ADDRESS_SIGNS, Exclude, GENERATORS, Generator, HOST_SIGNS, Place, SOURCES, WORKFLOW_SIGNS,
};
use crate::glob::Pattern;
use crate::host::Host;
use crate::settings::Settings;
use crate::site::{Site, at_path};

/// What somebody has said already.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub generator: Option<&'static Generator>,
    pub name: Option<String>,
    pub root: Option<String>,
    pub base: Option<String>,
    pub host: Option<Host>,
}

/// What a project comes to.
#[derive(Clone, Debug)]
pub struct Found {
    pub generator: &'static Generator,
    /// The file that shows it.
    pub by: Option<&'static str>,
    /// Other generators that were recognised, each with its file.
    pub others: Vec<(&'static Generator, &'static str)>,
    pub name: Said<String>,
    /// The folder of the built site, relative to the project.
    pub root: Said<String>,
    pub base: Said<String>,
    pub host: Said<Host>,
    /// The built site is there.
    pub built: bool,
    /// Where the generator runs, when that is not the project.
    folder: &'static str,
    exclude: Vec<&'static Exclude>,
    shell: bool,
    /// The site has a manifest of its own, or may have: nobody has built it yet.
    manifest: bool,
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    pub value: T,
    pub why: String,
}

impl<T> Said<T> {
    fn new(value: T, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { value, why }
    }
}

impl Found {
    /// Looks at the project in `dir`; nothing when no generator is recognised and none was wished for.
    ///
    /// # Errors
    /// A folder that is not there.
    pub fn look(dir: &Path, wishes: &Wishes) -> io::Result<Option<Found>> {
        let dir = fs::canonicalize(dir).map_err(|error| at_path(error, dir))?;
        let mut recognised = recognised(&dir);
        let (generator, place) = match wishes.generator {
            Some(wished) => {
                let place = recognised.iter().find(|(one, _)| *one == wished);
                (wished, place.map(|(_, place)| *place))
            }
            None => match (recognised.first(), &wishes.root) {
                (Some((generator, place)), _) => (*generator, Some(*place)),
                (None, Some(_)) => (&GENERATORS[GENERATORS.len() - 1], None),
                (None, None) => return Ok(None),
            },
        };
        recognised.retain(|(one, _)| *one != generator && one.name != "html");
        let project = Project {
            settings: place.and_then(|place| Settings::read(place.file, &text(&dir, place.file)?)),
            repository: repository(&dir),
            dir,
            generator,
            place,
        };
        Ok(Some(project.found(wishes, recognised)))
    }

    /// Returns the pwa.toml.
    pub fn draft(&self) -> Draft {
        let title = self.generator.title;
        let by = self
            .by
            .map_or_else(String::new, |file| format!(", recognised by {file}"));
        let opening = match self.command() {
            None => format!("For {title}: `mdpwa build` whenever something has changed."),
            Some(command) => format!("For {title}{by}: `{command}`, then `mdpwa build`."),
        };
        let mut sections = vec![self.app()];
        sections.extend(self.assets());
        sections.push(self.pages());
        sections.push(self.update());
        sections.extend(self.html());
        sections.extend(self.installable());
        Draft {
            opening: vec![
                opening,
                "`mdpwa plan` shows what follows from this; everything left out is at its default."
                    .to_owned(),
                "Editors complete and check it after `mdpwa schema > pwa.schema.json`, with this as the first line:"
                    .to_owned(),
                "#:schema ./pwa.schema.json".to_owned(),
            ],
            sections,
        }
    }

    /// Returns what builds the site.
    pub fn command(&self) -> Option<String> {
        let folder = match self.folder {
            "" => String::new(),
            folder => format!(" -C {folder}"),
        };
        let command = self.generator.command.replace("{folder}", &folder);
        (!command.is_empty()).then_some(command)
    }

    fn app(&self) -> Section {
        let mut app = Section::new("[app]");
        app.set("name", &draft::text(&self.name.value), &self.name.why);
        app.set("root", &draft::text(&self.root.value), &self.root.why);
        app.set("base", &draft::text(&self.base.value), &self.base.why);
        app.set("host", &draft::text(self.host.value.name()), &self.host.why);
        app
    }

    fn assets(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some((pattern, what)) = self.generator.changing {
            let mut pages = Section::new("[[assets]]");
            pages.set("name", &draft::text("pages"), "");
            pages.set("include", &draft::list(&["**/*.html"]), "");
            pages.set("ignore", &draft::list(&[pattern]), what);
            sections.push(pages);
        }
        let mut site = Section::new("[[assets]]");
        if !self.exclude.is_empty() {
            let patterns: Vec<&str> = self.exclude.iter().map(|one| one.pattern).collect();
            let mut why: Vec<&str> = self.exclude.iter().map(|one| one.why).collect();
            why.dedup();
            site.set("exclude", &draft::list(&patterns), &why.join("; "));
        }
        if let Some(size) = self.generator.max_file {
            site.set(
                "max_file",
                &draft::text(size),
                "WebAssembly is large; the usual limit is 5MiB",
            );
        }
        if !sections.is_empty() {
            site.note("Everything else.");
        }
        if !site.lines.is_empty() || !sections.is_empty() {
            sections.push(site);
        }
        sections
    }

    fn pages(&self) -> Section {
        let mut pages = Section::new("[pages]");
        if !self.generator.queries.is_empty() {
            pages.note(format!(
                "Queries such as {} name no other file: what is kept is found with them and without.",
                self.generator.queries
            ));
        }
        match self.shell {
            true => pages.set("strategy", "\"shell\"", "index.html draws every route"),
            false => pages.set(
                "strategy",
                "\"fresh\"",
                "the network first; or \"instant\": the kept page first",
            ),
        }
        pages
    }

    /// Returns what puts the registration into pages; those of plain HTML are sources, and left alone.
    fn html(&self) -> Option<Section> {
        if !self.registers() {
            return None;
        }
        let mut html = Section::new("[html]");
        html.set(
            "inject",
            "true",
            "register.js is put into the head of every page",
        );
        Some(html)
    }

    /// Returns what makes an app of a site that has no manifest, for when there is a drawing to make icons of.
    fn installable(&self) -> Vec<Section> {
        if self.manifest {
            return Vec::new();
        }
        let mut manifest = Section::new("[manifest]");
        manifest.set("theme_color", "\"#1d5c53\"", "of the window around the app");
        manifest.comment_out(
            "Lets visitors install the site, once there is a drawing for its icons.".to_owned(),
        );
        let mut icons = Section::new("[icons]");
        icons.set(
            "source",
            "\"logo.svg\"",
            "a square SVG, or a square PNG of 512 pixels or more",
        );
        icons.comment_out("Every icon is drawn from it.".to_owned());
        vec![manifest, icons]
    }

    /// Says whether pages get what they need without their template.
    pub fn registers(&self) -> bool {
        !self.generator.command.is_empty()
    }

    fn update(&self) -> Section {
        let mut update = Section::new("[update]");
        match self.shell {
            true => {
                update.set(
                    "policy",
                    "\"prompt\"",
                    "an open page asks before it loads a new version",
                );
                update.set("toast", "true", "with this small message");
            }
            false => update.set(
                "policy",
                "\"next-visit\"",
                "the next page that is opened is the new version's",
            ),
        }
        update
    }
}

fn is_manifest(name: &str) -> bool {
    USUAL.contains(&name.rsplit('/').next().unwrap_or(name))
}

/// A project while it is looked at.
struct Project {
    dir: PathBuf,
    /// The folder that Git knows, at or above `dir`.
    repository: PathBuf,
    generator: &'static Generator,
    place: Option<&'static Place>,
    settings: Option<Settings>,
}

impl Project {
    fn found(&self, wishes: &Wishes, others: Vec<(&'static Generator, &'static Place)>) -> Found {
        let root = match &wishes.root {
            Some(root) => Said::new(root.clone(), "the built site"),
            None => self.root(),
        };
        let names = Site::names(&self.dir.join(&root.value));
        let built = names.iter().any(|name| name.ends_with(".html"));
        let host = match wishes.host {
            Some(host) => Said::new(host, "how file names become addresses"),
            None => self.host(),
        };
        let base = match &wishes.base {
            Some(base) => Said::new(with_slashes(base), "the path that the site is served under"),
            None => self.base(host.value),
        };
        let name = match &wishes.name {
            Some(name) => Said::new(name.clone(), ""),
            None => self.name(&root.value),
        };
        Found {
            generator: self.generator,
            by: self.place.map(|place| place.file),
            folder: self.place.map_or("", |place| place.folder),
            others: others
                .into_iter()
                .map(|(one, place)| (one, place.file))
                .collect(),
            exclude: self.exclude(built.then_some(&names)),
            shell: if built {
                self.generator.shell && pages(&names) == 1
            } else {
                self.generator.shell
            },
            name,
            root,
            base,
            host,
            manifest: !built || names.iter().any(|name| is_manifest(name)),
            built,
        }
    }

    /// Returns what the configuration says, under this key or its small letters.
    fn setting(&self, key: &str) -> Option<String> {
        let settings = self.settings.as_ref()?;
        settings
            .text(key)
            .or_else(|| settings.text(&key.to_ascii_lowercase()))
    }

    fn config(&self) -> &'static str {
        self.place.map_or("", |place| place.file)
    }

    fn root(&self) -> Said<String> {
        let keys = &self.generator.keys;
        let usual = self.place.map_or_else(
            || {
                self.generator
                    .places
                    .first()
                    .map_or(".", |place| place.root)
            },
            |place| place.root,
        );
        let mut root = match self.setting(keys.root) {
            Some(root) => {
                let folder = self
                    .config()
                    .rsplit_once('/')
                    .map_or("", |(folder, _)| folder);
                let relative = root.trim_start_matches("./").trim_end_matches('/');
                let inside = if folder.starts_with("config") || folder.is_empty() {
                    relative.to_owned()
                } else {
                    format!("{folder}/{relative}")
                };
                Said::new(inside, format!("{} of {}", keys.root, self.config()))
            }
            None => {
                let root = usual.replace("{package}", &self.package());
                let why = match self.generator.command {
                    "" => "the site".to_owned(),
                    _ => format!("where {} writes", self.generator.title),
                };
                Said::new(root, why)
            }
        };
        if let (Some((table, site)), Some(settings)) = (keys.outputs, &self.settings)
            && settings.has_others(table, site)
        {
            root.value = format!("{}/{site}", root.value);
        }
        root
    }

    fn name(&self, root: &str) -> Said<String> {
        let title_of = |file: &str| Settings::read(file, &text(&self.dir, file)?)?.text("title");
        let named =
            |file: &str, key: &str| Settings::read(file, &text(&self.dir, file)?)?.text(key);
        let built = format!("{root}/index.html");
        if let Some(name) = self.setting(self.generator.keys.name) {
            return Said::new(name, format!("from {}", self.config()));
        }
        for file in [built.as_str(), "index.html"] {
            if let Some(name) = title_of(file) {
                return Said::new(name, format!("the title of {file}"));
            }
        }
        for (file, key) in [("package.json", "name"), ("Cargo.toml", "package.name")] {
            if let Some(name) = named(file, key) {
                return Said::new(name, format!("from {file}"));
            }
        }
        let folder = self.dir.file_name().unwrap_or_default().to_string_lossy();
        Said::new(folder.into_owned(), "the name of this folder")
    }

    fn package(&self) -> String {
        let cargo = text(&self.dir, "Cargo.toml");
        let name = cargo.and_then(|text| Settings::read("Cargo.toml", &text)?.text("package.name"));
        name.unwrap_or_else(|| {
            let folder = self.dir.file_name().unwrap_or_default();
            folder.to_string_lossy().into_owned()
        })
    }

    fn host(&self) -> Said<Host> {
        for sign in HOST_SIGNS {
            let inside = SOURCES.iter().map(|folder| self.dir.join(folder));
            let mut folders = inside.chain([self.repository.clone()]);
            if folders.any(|folder| folder.join(sign.file).is_file()) {
                return Said::new(sign.host, format!("by {}", sign.file));
            }
        }
        let workflows = self.repository.join(".github/workflows");
        for name in Site::names(&workflows) {
            let text = text(&workflows, &name).unwrap_or_default();
            let sign = WORKFLOW_SIGNS.iter().find(|(sign, _)| text.contains(sign));
            if let Some((_, host)) = sign {
                return Said::new(*host, format!("by .github/workflows/{name}"));
            }
        }
        let address = self.setting(self.generator.keys.base).unwrap_or_default();
        if let Some((host, _)) = address_of(&address) {
            let sign = ADDRESS_SIGNS.iter().find(|(end, _)| host.ends_with(end));
            if let Some((_, known)) = sign {
                return Said::new(
                    *known,
                    format!("by {} of {}", self.generator.keys.base, self.config()),
                );
            }
        }
        Said::new(
            Host::Plain,
            "or github-pages, netlify, cloudflare, vercel, nginx, s3",
        )
    }

    fn base(&self, host: Host) -> Said<String> {
        let key = self.generator.keys.base;
        if let Some(base) = self.setting(key).and_then(|base| base_of(&base)) {
            return Said::new(base, format!("{key} of {}", self.config()));
        }
        let own_domain = SOURCES
            .iter()
            .any(|folder| self.dir.join(folder).join("CNAME").is_file());
        if host == Host::GithubPages
            && !own_domain
            && let Some(repository) = github_project(&self.repository)
        {
            return Said::new(format!("/{repository}/"), "by the repository on GitHub");
        }
        Said::new("/".to_owned(), "the path that the site is served under")
    }

    fn exclude(&self, names: Option<&Vec<String>>) -> Vec<&'static Exclude> {
        let there = |one: &&'static Exclude| match names {
            Some(names) => Pattern::built_in(one.pattern)
                .is_some_and(|pattern| names.iter().any(|name| pattern.matches(name))),
            None => {
                let off = self
                    .settings
                    .as_ref()
                    .is_some_and(|settings| settings.is_off(one.switch));
                one.usual && !off
            }
        };
        self.generator.exclude.iter().filter(there).collect()
    }
}

fn recognised(dir: &Path) -> Vec<(&'static Generator, &'static Place)> {
    let shows = |place: &&Place| {
        let path = dir.join(place.file);
        path.is_file() && (place.sign.is_empty() || says(&path, place.sign))
    };
    GENERATORS
        .iter()
        .filter_map(|generator| Some((generator, generator.places.iter().find(shows)?)))
        .collect()
}

/// Says whether a line starts so, or an attribute of a page is called so.
fn says(path: &Path, sign: &str) -> bool {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).to_lowercase();
    text.lines().any(|line| line.starts_with(sign)) || sign.contains('-') && text.contains(sign)
}

fn text(dir: &Path, file: &str) -> Option<String> {
    let bytes = fs::read(dir.join(file)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.trim_start_matches('\u{feff}').to_owned())
}

fn repository(dir: &Path) -> PathBuf {
    let above = dir.ancestors().find(|folder| folder.join(".git").exists());
    above.unwrap_or(dir).to_owned()
}

/// Returns the name of a project's repository on GitHub; nothing for the one that is served at the root.
fn github_project(repository: &Path) -> Option<String> {
    let config = text(repository, ".git/config")?;
    let origin = config.split("[remote \"origin\"]").nth(1)?;
    let origin = origin.split("\n[").next()?;
    let url = origin
        .lines()
        .find_map(|line| line.trim().strip_prefix("url"))?;
    let url = url.trim().trim_start_matches('=').trim();
    let path = url
        .split_once("github.com")?
        .1
        .trim_start_matches([':', '/']);
    let (owner, name) = path
        .trim_end_matches('/')
        .trim_end_matches(".git")
        .split_once('/')?;
    let of_owner = format!("{}.github.io", owner.to_lowercase());
    (!name.is_empty() && name.to_lowercase() != of_owner).then(|| name.to_owned())
}

fn pages(names: &[String]) -> usize {
    let spare = ["404.html", "200.html", "snippet.html"];
    names
        .iter()
        .filter(|name| name.ends_with(".html") && !spare.contains(&name.as_str()))
        .count()
}

/// Returns the host and the path of an address.
fn address_of(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// Returns the path that a base speaks of; nothing for a placeholder.
fn base_of(written: &str) -> Option<String> {
    match address_of(written) {
        Some((host, path)) => {
            let example = host.contains("example.")
                || host.starts_with("localhost")
                || host.contains("mywebsite");
            (!example).then(|| with_slashes(path))
        }
        None => {
            let relative = written.starts_with('.') || written.contains([':', '$', '{']);
            (!relative).then(|| with_slashes(written))
        }
    }
}

fn with_slashes(base: &str) -> String {
    match base.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_the_path_of_an_address() {
        assert_eq!(
            base_of("https://a.github.io/book/").as_deref(),
            Some("/book/")
        );
        assert_eq!(base_of("https://a.github.io").as_deref(), Some("/"));
        assert_eq!(base_of("/book").as_deref(), Some("/book/"));
        assert_eq!(base_of("https://example.org/x/"), None);
        assert_eq!(base_of("./"), None);
        assert_eq!(base_of("${BASE}"), None);
    }

    #[test]
    fn a_repository_on_github_names_its_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let with = |url: &str| {
            fs::create_dir_all(folder.path().join(".git")).expect("a folder");
            let config = format!(
                "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n\tfetch = x\n[branch \"main\"]\n"
            );
            fs::write(folder.path().join(".git/config"), config).expect("a file");
            github_project(folder.path())
        };
        assert_eq!(with("git@github.com:ana/book.git").as_deref(), Some("book"));
        assert_eq!(with("https://github.com/ana/book").as_deref(), Some("book"));
        assert_eq!(with("https://github.com/Ana/ana.github.io.git"), None);
        assert_eq!(with("https://codeberg.org/ana/book"), None);
    }
}
