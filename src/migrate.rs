//! Reads the configuration of another tool's worker and drafts the pwa.toml that does the same. What is not plain data,
//! or has no counterpart, is named for a person to decide, and never guessed.

use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, Span, nearest};
use crate::document::At;
use crate::draft::{self, Draft, Section};
use crate::glob::Pattern;
use crate::init::{Found, Wishes};
use crate::literals::{Literal, SPREAD, Script, json};
use crate::project::Project;
use crate::site::Site;

mod lint;
mod ngsw;
mod patterns;
mod vite;
mod workbox;

/// What a configuration came to.
#[derive(Debug)]
pub struct Migrated {
    /// The configuration, for places in it.
    pub project: Project,
    /// What it configured.
    pub tool: &'static str,
    pub draft: Draft,
    /// What needs a person, in the order of the text.
    pub to_do: Vec<Task>,
    /// What mdpwa does without being told.
    pub spared: Vec<Task>,
    /// Mistakes of the configuration.
    pub findings: Vec<Diagnostic>,
}

/// An option, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its path, such as `runtimeCaching[0].handler`.
    pub option: String,
    pub span: Span,
    pub what: String,
}

impl Migrated {
    /// Reads a configuration.
    ///
    /// # Errors
    /// A file that cannot be read, is not what it should be, or configures nothing that is known.
    pub fn read(path: &Path) -> io::Result<Migrated> {
        let project = Project::open(path)?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = project.text.clone();
        let mut work = Work::new(&name, &text, folder);
        let tool = work.convert().map_err(|problem| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {problem}", path.display()),
            )
        })?;
        Ok(work.done(tool, project))
    }
}

/// A migration while it goes on.
struct Work<'t> {
    /// The name of the configuration.
    file: &'t str,
    text: &'t str,
    folder: PathBuf,
    /// The folder of the built site, relative to the configuration.
    root: Option<String>,
    base: String,
    name: Option<String>,
    id: Option<String>,
    assets: Vec<Section>,
    pages: Section,
    routes: Vec<Section>,
    sync: Vec<Section>,
    update: Section,
    html: Section,
    old_workers: Vec<String>,
    old_caches: Vec<String>,
    to_do: Vec<Task>,
    spared: Vec<Task>,
    findings: Diagnostics,
}

impl<'t> Work<'t> {
    fn new(file: &'t str, text: &'t str, folder: PathBuf) -> Self {
        Self {
            file,
            text,
            folder,
            root: None,
            base: "/".to_owned(),
            name: None,
            id: None,
            assets: Vec::new(),
            pages: Section::new("[pages]"),
            routes: Vec::new(),
            sync: Vec::new(),
            update: Section::new("[update]"),
            html: Section::new("[html]"),
            old_workers: Vec::new(),
            old_caches: Vec::new(),
            to_do: Vec::new(),
            spared: Vec::new(),
            findings: Diagnostics::default(),
        }
    }

    /// Converts whatever the configuration is for, and says what that is.
    fn convert(&mut self) -> Result<&'static str, String> {
        if self.file.ends_with(".json") {
            let value =
                json(self.text).map_err(|error| self.not_read(error.offset, &error.message))?;
            let options = Options::of(value, "")
                .ok_or_else(|| "this is not an object of options".to_owned())?;
            let angular = ["assetGroups", "dataGroups", "index", "navigationUrls"];
            if angular.iter().any(|key| options.has(key)) {
                ngsw::convert(options, self);
                return Ok("the Angular service worker");
            }
            workbox::convert(options, workbox::Defaults::CLI, self);
            self.html.set("inject", "true", INJECTED);
            return Ok("Workbox");
        }
        let script = Script::read(self.file, self.text)
            .map_err(|error| self.not_read(error.offset, &error.message))?;
        let call = |names: &[&str]| {
            let mut calls = script.calls.iter();
            calls.find(|(name, _)| names.contains(&name.as_str()))
        };
        if let Some((name, options)) = call(&vite::NAMES) {
            let options = Options::of(options.clone(), "")
                .ok_or_else(|| format!("the options of {name} are {}", word(&options.value)))?;
            vite::convert(options, script.exported.as_ref(), self);
            return Ok("vite-plugin-pwa");
        }
        let built_by = call(&[
            "generateSW",
            "GenerateSW",
            "injectManifest",
            "InjectManifest",
        ]);
        let exported = script.exported.clone();
        let value = built_by.map(|(_, options)| options.clone()).or(exported);
        let Some(value) = value else {
            return Err(
                "nothing is exported, and neither VitePWA nor generateSW is called".to_owned(),
            );
        };
        let problem = format!("what is exported is {}", word(&value.value));
        let options = Options::of(value, "").ok_or(problem)?;
        if built_by.is_none() && !workbox::is_config(&options) {
            return Err(
                "this has no option of Workbox, and does not call VitePWA; a workbox-config.js, an ngsw-config.json or a vite.config.js with VitePWA is read".to_owned(),
            );
        }
        workbox::convert(options, workbox::Defaults::CLI, self);
        self.html.set("inject", "true", INJECTED);
        Ok("Workbox")
    }

    fn not_read(&self, offset: usize, message: &str) -> String {
        let line = self.line(offset);
        format!("line {line}: {}", message.to_lowercase())
    }

    fn line(&self, offset: usize) -> usize {
        self.text[..offset.min(self.text.len())]
            .matches('\n')
            .count()
            + 1
    }

    fn needs(&mut self, option: &str, span: &Span, what: impl Into<String>) {
        self.to_do.push(Task {
            option: option.to_owned(),
            span: span.clone(),
            what: what.into(),
        });
    }

    fn spare(&mut self, option: &str, span: &Span, what: &str) {
        self.spared.push(Task {
            option: option.to_owned(),
            span: span.clone(),
            what: what.to_owned(),
        });
    }

    fn find(&mut self, finding: Diagnostic) {
        self.findings.report(finding);
    }

    /// Returns a comment for something that stands in the configuration.
    fn comment(&self, task: &Task) -> String {
        let Task { option, span, what } = task;
        format!("{option} ({}:{}): {what}", self.file, self.line(span.start))
    }

    fn done(mut self, tool: &'static str, project: Project) -> Migrated {
        self.to_do
            .sort_by_key(|task| (task.span.start, task.span.end));
        self.spared
            .sort_by_key(|task| (task.span.start, task.span.end));
        let mut opening = vec![format!("From {}, which was for {tool}.", self.file)];
        if !self.to_do.is_empty() {
            opening.push("To do by hand:".to_owned());
            for task in &self.to_do {
                opening.push(format!("- {}", self.comment(task)));
            }
        }
        let mut sections = vec![self.app()];
        sections.extend(self.worker());
        sections.append(&mut self.assets);
        for section in [&mut self.pages, &mut self.update, &mut self.html] {
            if section.lines.is_empty() {
                section.header.clear();
            }
        }
        sections.push(self.pages.clone());
        sections.append(&mut self.routes);
        sections.append(&mut self.sync);
        sections.push(self.update.clone());
        sections.push(self.html.clone());
        sections.push(self.retire());
        sections.retain(|section| !section.header.is_empty());
        Migrated {
            tool,
            draft: Draft { opening, sections },
            to_do: self.to_do,
            spared: self.spared,
            findings: self.findings.into_sorted(),
            project,
        }
    }

    fn app(&self) -> Section {
        let root = self.root.clone().unwrap_or_else(|| ".".to_owned());
        let wishes = Wishes {
            root: Some(root.clone()),
            base: Some(self.base.clone()),
            ..Wishes::default()
        };
        let found = Found::look(&self.folder, &wishes).ok().flatten();
        let mut app = Section::new("[app]");
        if let Some(id) = &self.id {
            app.set("id", &draft::text(id), "owner of every cache");
        }
        match (&self.name, &found) {
            (Some(name), _) => app.set("name", &draft::text(name), ""),
            (None, Some(found)) => {
                app.set("name", &draft::text(&found.name.value), &found.name.why)
            }
            (None, None) => {}
        }
        app.set("root", &draft::text(&root), "the built site");
        app.set(
            "base",
            &draft::text(&self.base),
            "the path that it is served under",
        );
        if let Some(found) = found {
            app.set(
                "host",
                &draft::text(found.host.value.name()),
                &found.host.why,
            );
        }
        app
    }

    /// Returns a name for the new worker, where an old one has the usual one.
    fn worker(&self) -> Option<Section> {
        if !self
            .old_workers
            .iter()
            .any(|old| old == "service-worker.js")
        {
            return None;
        }
        let mut worker = Section::new("[worker]");
        worker.set(
            "file",
            &draft::text("offline-worker.js"),
            "not the name of the old one, which has to leave",
        );
        Some(worker)
    }

    fn retire(&self) -> Section {
        let mut retire = Section::new("[retire]");
        if !self.old_workers.is_empty() {
            let workers = draft::list(&self.old_workers);
            retire.set(
                "workers",
                &workers,
                "what visitors may still have: it leaves",
            );
        }
        if !self.old_caches.is_empty() {
            let mut caches = self.old_caches.clone();
            caches.sort();
            caches.dedup();
            retire.set("caches", &draft::list(&caches), "go with it");
        }
        if retire.lines.is_empty() {
            retire.header.clear();
        }
        retire
    }

    /// Splits patterns into those that match a file of the site and those that do not; all match a site that is not there.
    fn matching(&self, patterns: Vec<String>) -> (Vec<String>, Vec<String>) {
        let names = match &self.root {
            Some(root) => Site::names(&self.folder.join(root)),
            None => Vec::new(),
        };
        let matches = |pattern: &String| match Pattern::built_in(pattern) {
            Some(pattern) => names.is_empty() || names.iter().any(|name| pattern.matches(name)),
            None => true,
        };
        patterns.into_iter().partition(matches)
    }

    /// Adds patterns to a group, without those that match nothing.
    fn set_patterns(&self, section: &mut Section, key: &str, patterns: Vec<String>, comment: &str) {
        let (matching, empty) = self.matching(patterns);
        if !empty.is_empty() {
            let quoted: Vec<String> = empty.iter().map(|one| format!("`{one}`")).collect();
            let quoted = quoted.join(", ");
            section.note(format!(
                "Left out of `{key}`, as no file matched when this was written: {quoted}"
            ));
        }
        if !matching.is_empty() {
            section.set(key, &draft::list(&matching), comment);
        }
    }
}

/// The options of a tool while they are read: each question takes its option out, `finish` names what is left.
struct Options {
    path: String,
    span: Span,
    entries: Vec<(At<String>, At<Literal>)>,
    asked: Vec<&'static str>,
}

impl Options {
    fn of(value: At<Literal>, path: &str) -> Option<Options> {
        match value.value {
            Literal::Object(entries) => Some(Options {
                path: path.to_owned(),
                span: value.span,
                entries,
                asked: Vec::new(),
            }),
            _ => None,
        }
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.value == key)
    }

    /// Returns the whole path of an option.
    fn named(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Takes an option out; one that is null or undefined was not given.
    fn take(&mut self, key: &'static str) -> Option<At<Literal>> {
        self.asked.push(key);
        let mut found = None;
        self.entries.retain(|(name, value)| {
            let is = name.value == key;
            if is {
                found = Some(value.clone());
            }
            !is
        });
        found.filter(|value| value.value != Literal::Null)
    }

    fn text(&mut self, key: &'static str, work: &mut Work) -> Option<At<String>> {
        let value = self.take(key)?;
        match value.value {
            Literal::Text(text) => Some(At::new(text, value.span)),
            other => self.wrong(key, &other, &value.span, "a string", work),
        }
    }

    fn flag(&mut self, key: &'static str, work: &mut Work) -> Option<At<bool>> {
        let value = self.take(key)?;
        match value.value {
            Literal::Flag(flag) => Some(At::new(flag, value.span)),
            other => self.wrong(key, &other, &value.span, "true or false", work),
        }
    }

    fn number(&mut self, key: &'static str, work: &mut Work) -> Option<At<f64>> {
        let value = self.take(key)?;
        match value.value {
            Literal::Number(number) => Some(At::new(number, value.span)),
            other => self.wrong(key, &other, &value.span, "a number", work),
        }
    }

    /// Returns the items of a list; items that are code are named with their place in it.
    fn list(&mut self, key: &'static str, work: &mut Work) -> Option<Vec<At<Literal>>> {
        let value = self.take(key)?;
        match value.value {
            Literal::List(items) => Some(items),
            other => self.wrong(key, &other, &value.span, "a list", work),
        }
    }

    /// Returns the texts of a list, each with its place in it.
    fn texts(&mut self, key: &'static str, work: &mut Work) -> Option<Vec<(usize, At<String>)>> {
        let items = self.list(key, work)?;
        let mut texts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            match item.value {
                Literal::Text(text) => texts.push((index, At::new(text, item.span))),
                other => {
                    let option = format!("{}[{index}]", self.named(key));
                    work.needs(&option, &item.span, not_plain(&other, "a string"));
                }
            }
        }
        Some(texts)
    }

    fn options(&mut self, key: &'static str, work: &mut Work) -> Option<Options> {
        let value = self.take(key)?;
        let span = value.span.clone();
        match value.value {
            Literal::Object(_) => Options::of(value, &self.named(key)),
            other => self.wrong(key, &other, &span, "an object", work),
        }
    }

    fn wrong<T>(
        &self,
        key: &str,
        found: &Literal,
        span: &Span,
        wanted: &str,
        work: &mut Work,
    ) -> Option<T> {
        work.needs(&self.named(key), span, not_plain(found, wanted));
        None
    }

    /// Takes options out that mdpwa does not need to be told.
    fn spare(&mut self, keys: &[(&'static str, &str)], work: &mut Work) {
        for (key, why) in keys {
            if let Some(value) = self.take(key) {
                let option = self.named(key);
                match &value.value {
                    Literal::Code(_) => work.needs(
                        &option,
                        &value.span,
                        format!("this is {}; {why}", word(&value.value)),
                    ),
                    _ => work.spare(&option, &value.span, why),
                }
            }
        }
    }

    /// Takes options out that only a person can do something about.
    fn leave(&mut self, keys: &[(&'static str, &str)], work: &mut Work) {
        for (key, what) in keys {
            if let Some(value) = self.take(key)
                && value.value != Literal::Flag(false)
            {
                work.needs(&self.named(key), &value.span, *what);
            }
        }
    }

    /// Names everything that nobody asked for.
    fn finish(self, tool: &str, work: &mut Work) {
        for (name, value) in &self.entries {
            if name.value == SPREAD || name.value.is_empty() {
                let what = "what this adds is not written here; say in pwa.toml what it comes to";
                let option = self.named(word(&value.value).trim_start_matches("a "));
                work.needs(&option, &name.span, what);
                continue;
            }
            let near = nearest(&name.value, self.asked.iter().copied());
            let what = match near {
                Some(near) => format!("{tool} has no such option; `{near}` is the nearest"),
                None => format!("{tool} has no such option that mdpwa knows of"),
            };
            work.needs(&self.named(&name.value), &name.span, what);
        }
    }
}

/// Said beside the key that puts the registration into pages.
const INJECTED: &str = "register.js is put into the head of every page";

/// Returns what a value is, in a word.
fn word(value: &Literal) -> &'static str {
    match value {
        Literal::Null => "nothing",
        Literal::Flag(_) => "true or false",
        Literal::Number(_) => "a number",
        Literal::Text(_) => "a string",
        Literal::Regex { .. } => "a regular expression",
        Literal::List(_) => "a list",
        Literal::Object(_) => "an object",
        Literal::Code(word) => word,
    }
}

fn not_plain(found: &Literal, wanted: &str) -> String {
    match found {
        Literal::Code(word) => {
            format!("this is {word}, which only running it would tell; write down what it comes to")
        }
        other => format!("this is {}, and not {wanted}", word(other)),
    }
}

/// Returns milliseconds in the largest unit that is whole.
fn duration(milliseconds: u64) -> String {
    for (unit, size) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ] {
        if milliseconds > 0 && milliseconds.is_multiple_of(size) {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    format!("{milliseconds}ms")
}

/// Returns bytes in the largest unit that is whole.
fn size(bytes: u64) -> String {
    let units = [
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("MB", 1_000_000),
        ("KiB", 1 << 10),
        ("KB", 1_000),
    ];
    for (unit, size) in units {
        if bytes > 0 && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    format!("{bytes}B")
}

/// Returns a whole number that a limit can be.
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=1e15).contains(&number)).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_have_the_largest_whole_unit() {
        assert_eq!(duration(31_536_000_000), "365d");
        assert_eq!(duration(90_000), "90s");
        assert_eq!(duration(1_500), "1500ms");
        assert_eq!(duration(0), "0ms");
        assert_eq!(size(5 << 20), "5MiB");
        assert_eq!(size(3_000_000), "3MB");
        assert_eq!(size(1_234_567), "1234567B");
    }
}
