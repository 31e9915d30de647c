//! What changes for a returning visitor between two builds: what is downloaded, what merely moved, and how much of it
//! is only what every rebuild changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use regress::{Regex, escape};
use serde::Serialize;

use crate::bundle::Bundle;
use crate::features::assets::{IGNORE_FLAGS, Install};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::site::{at_path, gzipped};
use crate::url_path::UrlPath;

/// What one build keeps.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    files: BTreeMap<String, Entry>,
    /// Of the built site; nothing for a plan that was saved.
    root: Option<PathBuf>,
    /// What mdpwa writes itself, by path.
    scripts: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    digest: String,
    size: u64,
    /// Downloaded without anybody asking for it.
    at_once: bool,
}

impl Kept {
    /// Returns what a plan keeps of the site in `root`.
    pub fn of(plan: &Plan, root: &Path) -> Self {
        let mut files = BTreeMap::new();
        for group in &plan.assets {
            let at_once = matches!(group.install, Install::Required | Install::Optional);
            for file in &group.files {
                let entry = Entry {
                    digest: file.digest.clone(),
                    size: file.size,
                    at_once,
                };
                files.insert(file.path.clone(), entry);
            }
        }
        let loaded = [plan.loaded(), vec![plan.worker.file.clone()]].concat();
        let mut scripts = Bundle::render(plan).files;
        scripts.retain(|file| loaded.contains(&file.path));
        Self {
            files,
            root: Some(root.to_owned()),
            scripts: scripts
                .into_iter()
                .map(|file| (file.path, file.contents))
                .collect(),
        }
    }

    /// Reads a plan that `mdpwa plan --format json` has printed.
    ///
    /// # Errors
    /// A file that cannot be read, or is no such plan, with its path.
    pub fn open(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| at_path(error, path))?;
        let no_plan = || {
            let text = "this is not what `mdpwa plan --format json` prints";
            at_path(io::Error::new(io::ErrorKind::InvalidData, text), path)
        };
        let said: serde_json::Value = serde_json::from_str(&text).map_err(|_| no_plan())?;
        let plan = said.get("plan").unwrap_or(&said);
        let mut files = BTreeMap::new();
        for group in plan["assets"].as_array().ok_or_else(no_plan)? {
            let at_once =
                !["lazy", "manual"].contains(&group["install"].as_str().unwrap_or_default());
            for file in group["files"].as_array().ok_or_else(no_plan)? {
                let (Some(path), Some(digest)) = (file["path"].as_str(), file["digest"].as_str())
                else {
                    return Err(no_plan());
                };
                let entry = Entry {
                    digest: digest.to_owned(),
                    size: file["size"].as_u64().unwrap_or(0),
                    at_once,
                };
                files.insert(path.to_owned(), entry);
            }
        }
        Ok(Self {
            files,
            ..Self::default()
        })
    }

    fn text(&self, path: &str) -> Option<String> {
        let root = self.root.as_ref()?;
        let bytes = fs::read(root.join(UrlPath::of_request(path).file_name())).ok()?;
        String::from_utf8(bytes).ok()
    }

    fn gzip(&self, path: &str) -> Option<u64> {
        let root = self.root.as_ref()?;
        let bytes = fs::read(root.join(UrlPath::of_request(path).file_name())).ok()?;
        Some(gzipped(&bytes) as u64)
    }
}

/// Everything that differs, each list in the order of the paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub added: Vec<Changed>,
    pub changed: Vec<Changed>,
    pub removed: Vec<String>,
    /// The same bytes under another path: nothing is downloaded for these.
    pub moved: Vec<Moved>,
    /// Downloaded by every returning visitor.
    pub download: Weight,
    /// Downloaded when somebody uses it, or a page asks for it.
    pub later: Weight,
    /// The worker and the page's modules, where they change.
    pub scripts: Weight,
    pub volatile: Volatile,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Bytes after gzip; nothing where the files are not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gzip: Option<u64>,
    /// Nothing but what the suggested patterns mask.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub volatile: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Weight {
    pub files: usize,
    /// Bytes.
    pub raw: u64,
    /// Bytes after gzip; nothing where the files are not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gzip: Option<u64>,
}

/// Changed files that `ignore` would leave as they are, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Volatile {
    #[serde(flatten)]
    pub weight: Weight,
    pub patterns: Vec<Suggestion>,
}

/// A pattern for `ignore` of `[[assets]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    pub pattern: String,
    /// In which it masks something that has changed.
    pub files: usize,
}

impl Difference {
    /// Compares two builds.
    pub fn between(old: &Kept, new: &Kept, progress: &Progress) -> Self {
        // A body is known by its digest and the ending of its name, which decides its type.
        let body = |path: &str, entry: &Entry| (entry.digest.clone(), ending(path));
        let known: BTreeMap<_, &String> = old
            .files
            .iter()
            .map(|(path, entry)| (body(path, entry), path))
            .collect();
        let mut moved = Vec::new();
        let mut fresh: Vec<(&String, &Entry)> = Vec::new();
        for (path, entry) in &new.files {
            if old
                .files
                .get(path)
                .is_some_and(|before| before.digest == entry.digest)
            {
                continue;
            }
            match known.get(&body(path, entry)) {
                Some(from) => moved.push(Moved {
                    from: (*from).clone(),
                    to: path.clone(),
                }),
                None => fresh.push((path, entry)),
            }
        }
        progress.begin("comparing", fresh.len());
        let volatile = Masks::find(old, new, &fresh, progress);
        progress.begin("weighing", fresh.len());
        let weighed: Vec<(Changed, bool)> = fresh
            .par_iter()
            .map(|(path, entry)| {
                let changed = Changed {
                    path: (*path).clone(),
                    size: entry.size,
                    gzip: new.gzip(path),
                    volatile: volatile.files.contains(*path),
                };
                progress.step();
                (changed, entry.at_once)
            })
            .collect();
        let weight = |wanted: &dyn Fn(&Changed, bool) -> bool| {
            let some = weighed
                .iter()
                .filter(|(file, at_once)| wanted(file, *at_once));
            Weight::of(some.map(|(file, _)| (file.size, file.gzip)))
        };
        let gone_to: BTreeSet<&str> = moved.iter().map(|moved| moved.from.as_str()).collect();
        let removed = old
            .files
            .keys()
            .filter(|path| !new.files.contains_key(*path));
        let removed = removed
            .filter(|path| !gone_to.contains(path.as_str()))
            .cloned()
            .collect();
        let scripts = new
            .scripts
            .iter()
            .filter(|(path, text)| old.scripts.get(*path) != Some(text));
        let (changed, added) = weighed
            .iter()
            .map(|(file, _)| file.clone())
            .partition(|file: &Changed| old.files.contains_key(&file.path));
        Self {
            download: weight(&|_, at_once| at_once),
            later: weight(&|_, at_once| !at_once),
            scripts: Weight::of(
                scripts.map(|(_, text)| (text.len() as u64, Some(gzipped(text) as u64))),
            ),
            volatile: Volatile {
                weight: weight(&|file, at_once| at_once && file.volatile),
                patterns: volatile.suggestions,
            },
            added,
            changed,
            removed,
            moved,
        }
    }

    /// Says whether a returning visitor notices nothing.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.changed.is_empty()
            && self.removed.is_empty()
            && self.moved.is_empty()
    }
}

impl Weight {
    fn of(sizes: impl Iterator<Item = (u64, Option<u64>)>) -> Self {
        let none = Self {
            gzip: Some(0),
            ..Self::default()
        };
        sizes.fold(none, |sum, (raw, gzip)| Self {
            files: sum.files + 1,
            raw: sum.raw + raw,
            gzip: sum.gzip.zip(gzip).map(|(sum, gzip)| sum + gzip),
        })
    }
}

fn ending(path: &str) -> String {
    path.rsplit_once('.')
        .map_or(path, |(_, ending)| ending)
        .to_owned()
}

/// What the changed files have in common that changed.
#[derive(Default)]
struct Masks {
    suggestions: Vec<Suggestion>,
    /// That do not differ any more under the suggested patterns.
    files: BTreeSet<String>,
}

/// A file in which more places than this have changed was edited.
const PLACES: usize = 8;
/// More patterns than this are no suggestion any more.
const PATTERNS: usize = 6;

impl Masks {
    fn find(old: &Kept, new: &Kept, fresh: &[(&String, &Entry)], progress: &Progress) -> Self {
        let texts: Vec<Texts> = fresh
            .par_iter()
            .inspect(|_| progress.step())
            .filter(|(path, _)| old.files.contains_key(*path))
            .filter_map(|(path, _)| Texts::of(path, old.text(path)?, new.text(path)?))
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for pattern in texts.iter().flat_map(|texts| &texts.patterns) {
            *counts.entry(pattern).or_default() += 1;
        }
        // What is in one file only was written by somebody.
        let mut common: Vec<(&str, usize)> =
            counts.into_iter().filter(|(_, files)| *files > 1).collect();
        common.sort_by_key(|(pattern, files)| (usize::MAX - files, *pattern));
        common.truncate(PATTERNS);
        let regexes: Vec<Regex> = common
            .iter()
            .filter_map(|(pattern, _)| Regex::with_flags(pattern, IGNORE_FLAGS).ok())
            .collect();
        let masked = texts
            .par_iter()
            .filter(|texts| texts.are_equal_without(&regexes));
        let files: BTreeSet<String> = masked.map(|texts| texts.path.clone()).collect();
        let useful = |pattern: &str| {
            let mut covered = texts.iter().filter(|texts| files.contains(&texts.path));
            covered.any(|texts| texts.patterns.contains(pattern))
        };
        common.retain(|(pattern, _)| useful(pattern));
        let suggestions = common.into_iter().map(|(pattern, files)| Suggestion {
            pattern: pattern.to_owned(),
            files,
        });
        Self {
            suggestions: suggestions.collect(),
            files,
        }
    }
}

/// A file before and after, and what would mask the places that differ.
struct Texts {
    path: String,
    old: String,
    new: String,
    patterns: BTreeSet<String>,
}

impl Texts {
    /// Returns nothing for a file that was edited.
    fn of(path: &str, old: String, new: String) -> Option<Self> {
        let (before, after) = (pieces(&old), pieces(&new));
        if before.len() != after.len() {
            return None;
        }
        let mut patterns = BTreeSet::new();
        let mut places = 0;
        for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
            places += 1;
            if places > PLACES {
                return None;
            }
            patterns.insert(mask(old, new)?);
        }
        Some(Self {
            path: path.to_owned(),
            old,
            new,
            patterns,
        })
    }

    fn are_equal_without(&self, patterns: &[Regex]) -> bool {
        let without = |text: &str| {
            let mut text = text.to_owned();
            for pattern in patterns {
                text = pattern.replace_all(&text, "");
            }
            text
        };
        without(&self.old) == without(&self.new)
    }
}

/// Returns a text in pieces that each begin with a tag or a line.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if (c == '<' || c == '\n') && at > start {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Returns a pattern over what differs in a piece, named by what stands before it.
fn mask(old: &str, new: &str) -> Option<String> {
    let common = old
        .char_indices()
        .zip(new.chars())
        .find(|((_, a), b)| a != b);
    let common = common.map_or(old.len().min(new.len()), |((at, _), _)| at);
    // A date or a number is masked as a whole.
    let word = |c: char| c.is_alphanumeric() || ".:-_/+,".contains(c);
    let before = old[..common].trim_end_matches(word);
    let tag = before.rfind('<');
    let inside_tag = tag.is_some() && !before.contains('>');
    let (context, stop) = match before.rfind('>') {
        _ if inside_tag => {
            let quote = before.rfind(['"', '\''])?;
            let name = before[..quote]
                .rfind(char::is_whitespace)
                .map_or(0, |at| at + 1);
            let stop = if before[quote..].starts_with('"') {
                "[^\"]*"
            } else {
                "[^']*"
            };
            // What stands in the attribute before the word is part of it.
            (&old[name..common.max(quote + 1)][..quote + 1 - name], stop)
        }
        Some(end) if !before[end + 1..].trim().is_empty() => {
            (before[end + 1..].trim_start(), "[^<]*")
        }
        Some(_) => (&before[tag?..], "[^<]*"),
        None => (before.trim_start(), "[^<\\n]*"),
    };
    // What has no name cannot be told from what counts.
    (context.trim().len() > 2).then(|| format!("{}{stop}", escape(context)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_masked_by_what_stands_before_it() {
        let mask = |old, new| mask(old, new).unwrap_or_default();
        assert_eq!(
            mask(
                "<p>Last updated on Mar 04, 2026.",
                "<p>Last updated on Apr 12, 2026."
            ),
            "Last updated on [^<]*"
        );
        assert_eq!(
            mask("<b class=\"version\">3.11.1", "<b class=\"version\">3.11.2"),
            "<b class=\"version\">[^<]*"
        );
        assert_eq!(
            mask(
                "<meta content=\"v1\" name=\"a\">",
                "<meta content=\"v2\" name=\"a\">"
            ),
            "content=\"[^\"]*"
        );
        assert_eq!(mask("\n  built: 17", "\n  built: 18"), "built: [^<\\n]*");
        assert_eq!(mask("\nab", "\nac"), "");
    }
}
