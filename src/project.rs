//! A pwa.toml on disk and the site it speaks of: found, read, and taken as far as a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::features::budget::Download;
use crate::features::icons::Icons;
use crate::features::{assets, icons, manifest};
use crate::plan::{self, Plan};
use crate::progress::Progress;
use crate::site::{self, Memory, Reading, Site, at_path};
use crate::url_path::UrlPath;

/// A pwa.toml that was found and read.
#[derive(Clone, Debug)]
pub struct Project {
    pub path: PathBuf,
    pub text: String,
}

/// What a project came to.
#[derive(Debug)]
pub struct Planned {
    /// Nothing when there were errors.
    pub plan: Option<Plan>,
    /// The folder of the built site.
    pub root: PathBuf,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What was found in the folder.
    pub site: Site,
    drawn: Drawn,
    /// What mdpwa writes itself, which is no part of the site.
    pub outputs: BTreeSet<PathBuf>,
    /// What a cache of digests is to hold from now on.
    pub remembered: Option<String>,
}

/// The icons, and what was said while they were drawn.
#[derive(Clone, Debug, Default)]
struct Drawn {
    /// One of the icons is for who asks for `favicon.ico`.
    favicon: bool,
    icons: Option<Icons>,
    findings: Diagnostics,
}

/// What is known when a site is planned once more.
struct Before<'a> {
    site: Site,
    drawn: Drawn,
    /// Since then.
    changed: &'a BTreeSet<PathBuf>,
}

/// What the command line says over pwa.toml, and who counts.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The folder of the built site, relative to where the command runs.
    pub root: Option<PathBuf>,
    pub base: Option<String>,
    pub no_minify: bool,
    /// A file that remembers digests from one build to the next.
    pub cache: Option<PathBuf>,
    /// Counts what is read.
    pub progress: Progress,
}

impl Project {
    /// Finds pwa.toml in `dir` or the nearest folder above it.
    ///
    /// # Errors
    /// No pwa.toml, or one that cannot be read.
    pub fn find(dir: &Path) -> io::Result<Self> {
        let start = fs::canonicalize(dir).map_err(|error| at_path(error, dir))?;
        let above = start.ancestors().skip(1);
        // The path is kept as the user wrote it where pwa.toml is right there, since messages show it.
        let found = std::iter::once(dir)
            .chain(above)
            .map(|folder| folder.join("pwa.toml"))
            .find(|path| path.is_file());
        match found {
            Some(path) => Self::open(path.strip_prefix("./").unwrap_or(&path)),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no pwa.toml in {} or above it", dir.display()),
            )),
        }
    }

    /// Reads the pwa.toml at `path`.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8.
    pub fn open(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| at_path(error, path))?;
        Ok(Self {
            path: path.to_owned(),
            text: text.trim_start_matches('\u{feff}').to_owned(),
        })
    }

    /// Returns the line and the column in pwa.toml that a finding is about, both from 1; the column counts characters.
    pub fn place(&self, diagnostic: &Diagnostic) -> Option<(usize, usize)> {
        let span = diagnostic.span.as_ref()?;
        Some(self.position(span.start))
    }

    /// Returns the line and the column of a byte of the text, both from 1.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    /// Returns the folder of the built site; there may be none.
    pub fn root(&self, overrides: &Overrides) -> PathBuf {
        let config = Config::parse(&self.text, &mut Diagnostics::default());
        self.root_of(&config, overrides)
    }

    /// Parses, scans the site and decides; every mistake of the three is in the result.
    ///
    /// # Errors
    /// A file or folder of the site that cannot be read.
    pub fn plan(&self, overrides: &Overrides) -> io::Result<Planned> {
        let memory = overrides.cache.as_deref().map(|cache| self.memory(cache));
        let planned = self.decide(overrides, memory.as_ref(), None)?;
        Ok(Planned {
            remembered: memory.map(|memory| memory.to_text(&self.text)),
            ..planned
        })
    }

    /// Plans once more what was planned before, after these files have changed; only they are read.
    ///
    /// # Errors
    /// A file or folder of the site that cannot be read.
    pub fn plan_again(
        &self,
        overrides: &Overrides,
        before: Planned,
        changed: &BTreeSet<PathBuf>,
    ) -> io::Result<Planned> {
        let before = Before {
            site: before.site,
            drawn: before.drawn,
            changed,
        };
        self.decide(overrides, None, Some(before))
    }

    /// Returns what a cache remembers; a cache that cannot be read remembers nothing.
    fn memory(&self, cache: &Path) -> Memory {
        match (fs::read_to_string(cache), site::stamp(cache)) {
            (Ok(text), Some((_, written))) => Memory::parse(&text, &self.text, written),
            _ => Memory::default(),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn root_of(&self, config: &Config, overrides: &Overrides) -> PathBuf {
        let root = match (&overrides.root, &config.app.root) {
            (Some(root), _) => root.clone(),
            (None, Some(root)) => self.folder().join(&root.value),
            (None, None) => self.folder().to_owned(),
        };
        match root.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => root,
        }
    }

    fn decide(
        &self,
        overrides: &Overrides,
        memory: Option<&Memory>,
        before: Option<Before>,
    ) -> io::Result<Planned> {
        let mut report = Diagnostics::default();
        let config = Config::parse(&self.text, &mut report);
        let root = self.root_of(&config, overrides);
        if overrides.root.is_none() && config.app.root.is_none() && report.has_errors() {
            // The root may be what could not be read, and any other folder is not the site.
            return Ok(Planned {
                plan: None,
                root,
                diagnostics: report.into_sorted(),
                site: Site::default(),
                drawn: Drawn::default(),
                outputs: BTreeSet::new(),
                remembered: None,
            });
        }
        let mut outputs = config.worker.outputs();
        outputs.append(&mut config.retire.outputs());
        if let Some(manifest) = &config.manifest {
            outputs.append(&mut manifest.outputs());
        }
        let mut outputs: BTreeSet<PathBuf> = outputs.iter().map(|name| root.join(name)).collect();
        let sources = sources(&config, self.folder(), &root)?;
        let favicon = !site::is_foreign(&root.join(icons::FAVICON))?;
        let same =
            |before: &&Before| before.site.sources == sources && before.drawn.favicon == favicon;
        let drawn = match before.as_ref().filter(same) {
            Some(before) => before.drawn.clone(),
            None => Drawn::of(&config, &sources, favicon),
        };
        report.append(drawn.findings.clone());
        let site = if root.is_dir() {
            let reading = Reading {
                ignored: assets::ignored(&config.assets),
                inject: config.inject(overrides.base.as_deref(), drawn.icons.as_ref()),
                progress: overrides.progress.clone(),
            };
            let known = match before {
                Some(before) => before.refreshed(&root, &outputs, &reading)?,
                None => None,
            };
            let site = match known {
                Some(site) => site,
                None => Site::scan(&root, &outputs, &reading, memory, &mut report)?,
            };
            Site { sources, ..site }
        } else {
            Site::default()
        };
        if site.assets.is_empty() {
            report.report(no_site(&config, &root));
        }
        let budget = config.budget.clone();
        let icons = drawn.icons.clone();
        let base = overrides.base.as_deref();
        let mut plan = Plan::decide(config, icons, base, &site, &mut report);
        if budget.gzip.is_some() && !report.has_errors() {
            let downloads = plan::downloads(&plan.assets);
            let weighed = gzipped(&root, &downloads, &overrides.progress)?;
            budget.check_gzip(&weighed, &mut report);
        }
        plan.worker.minify &= !overrides.no_minify;
        let icons = plan.icons.iter().flat_map(|icons| &icons.files);
        outputs.extend(icons.map(|icon| root.join(&icon.path)));
        Ok(Planned {
            plan: (!report.has_errors()).then_some(plan),
            root,
            diagnostics: report.into_sorted(),
            site,
            drawn,
            outputs,
            remembered: None,
        })
    }
}

impl Drawn {
    fn of(config: &Config, sources: &BTreeMap<String, Vec<u8>>, favicon: bool) -> Self {
        let mut findings = Diagnostics::default();
        Self {
            favicon,
            icons: config.icons(sources, favicon, &mut findings),
            findings,
        }
    }
}

impl Before<'_> {
    /// Returns the site as it is now; nothing where it has to be looked through again.
    fn refreshed(
        self,
        root: &Path,
        skip: &BTreeSet<PathBuf>,
        reading: &Reading,
    ) -> io::Result<Option<Site>> {
        let mut site = self.site;
        let known = site.refresh(root, skip, reading, self.changed)?;
        Ok(known.then_some(site))
    }
}

/// Returns what files weigh after gzip.
pub fn gzipped<'a>(
    root: &Path,
    files: &[Download<'a>],
    progress: &Progress,
) -> io::Result<Vec<Download<'a>>> {
    progress.begin("weighing", files.len());
    let weigh = |(path, _): &Download<'a>| {
        let file = root.join(UrlPath::of_request(path).file_name());
        let bytes = fs::read(&file).map_err(|error| at_path(error, &file))?;
        let weight = site::gzipped(&bytes) as u64;
        progress.step();
        Ok((*path, weight))
    };
    files.par_iter().map(weigh).collect()
}

/// Reads a text that the command line names.
///
/// # Errors
/// A file that cannot be read or is not UTF-8, with its path.
pub fn text_of(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| at_path(error, path))
}

/// Reads what is looked into: what icons are drawn from, beside pwa.toml, and pictures of the site.
fn sources(config: &Config, here: &Path, root: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let drawn = config.icons.iter().flat_map(icons::Section::sources);
    let mut wanted: Vec<(String, PathBuf)> = drawn
        .map(|name| (name.to_owned(), here.join(name)))
        .collect();
    for path in config.manifest.iter().flat_map(manifest::Section::sources) {
        let name = UrlPath::of_request(&path).file_name();
        if is_inside(&name) {
            wanted.push((path, root.join(name)));
        }
    }
    let mut sources = BTreeMap::new();
    for (name, file) in wanted {
        match fs::read(&file) {
            Ok(bytes) => drop(sources.insert(name, bytes)),
            // That it is missing is a finding of those who asked.
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(at_path(error, &file)),
        }
    }
    Ok(sources)
}

fn is_missing(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

fn no_site(config: &Config, root: &Path) -> Diagnostic {
    let what = if root.is_dir() {
        "is empty"
    } else {
        "is not a folder"
    };
    let title = format!("the site's root `{}` {what}", root.display());
    let help =
        "build the site before mdpwa, or set `root` in `[app]` to the folder it is built into";
    match &config.app.root {
        Some(root) => Diagnostic::error("app-root", title, root.span.clone())
            .label("relative to pwa.toml")
            .help(help),
        None => Diagnostic::error("app-root", title, 0..0)
            .of_site()
            .help(help),
    }
}

/// Returns a file below a folder by its name, with `/` between folders; nothing where there is none.
pub fn file(root: &Path, name: &str) -> Option<Vec<u8>> {
    fs::read(root.join(name)).ok().filter(|_| is_inside(name))
}

/// Says whether a name stays below the folder that it is joined to.
fn is_inside(name: &str) -> bool {
    Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
}
