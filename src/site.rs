//! The built site as it is on disk: every file with its URL, digest and size.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use regress::Regex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::glob::Pattern;
use crate::page::{Injection, Left, Reason};
use crate::progress::Progress;
use crate::url_path::UrlPath;

/// What every file that mdpwa writes holds, pictures in a chunk of text, and no file of somebody else's: files without it
/// are never overwritten.
pub const MARK: &str = "ritten by mdpwa";

/// What pictures say about themselves.
pub const SIGNATURE: &str = "Written by mdpwa from pwa.toml";

/// Every file of the site, sorted by URL.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub assets: Vec<Asset>,
    pub pages: Pages,
    /// Files that an earlier build has written under names that say what is in them; relative to the root. They are
    /// no part of the site.
    pub own: Vec<String>,
    /// What was read besides, for those who look into it: by the path in pwa.toml.
    pub sources: BTreeMap<String, Vec<u8>>,
    /// There are no links and no names without a URL: what changes does so under its own name.
    pub plain: bool,
}

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub path: UrlPath,
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// What `[html]` comes to on this site; without that section no page is looked into.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// What they were read with.
    pub injection: Injection,
    /// How many there are.
    pub count: usize,
    /// Those that are not as they should be; their assets are of what they should be.
    pub changed: Vec<Changed>,
    /// Those that hold something of an earlier run.
    pub marked: Vec<UrlPath>,
    pub left: Vec<LeftPage>,
}

/// A page that is to be rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub path: UrlPath,
    /// Of what it should be, nothing left out.
    pub digest: Digest,
}

/// A page that is left alone, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftPage {
    pub path: UrlPath,
    #[serde(flatten)]
    pub left: Left,
}

/// SHA-256 of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the first 72 bits as 12 characters of base64url: enough to tell all files of a site apart and to
    /// make a forged body of the same prefix infeasible by accident or by a broken cache.
    pub fn short(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&self.0[..9])
    }

    /// Returns a file name that says what is in the file: `icon-192-0f3a9c41d2.png`.
    pub fn name(&self, stem: &str, ending: &str) -> String {
        let hash: String = self.0[..NAMED / 2]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{stem}-{hash}.{ending}")
    }
}

impl Site {
    /// Walks `root` and hashes every file on all cores; `skip` holds mdpwa's own outputs, `reading` says how files are
    /// looked at, `memory` what an earlier scan has read.
    ///
    /// Links that lead nowhere or in circles and names that no URL can say become findings, the rest goes on.
    ///
    /// # Errors
    /// The first file or folder that cannot be read, with its path.
    pub fn scan(
        root: &Path,
        skip: &BTreeSet<PathBuf>,
        reading: &Reading,
        memory: Option<&Memory>,
        report: &mut Diagnostics,
    ) -> io::Result<Self> {
        let Walk { files, plain } = walk(root, root, skip, report)?;
        let mut own = Vec::new();
        let mut others = Vec::with_capacity(files.len());
        for found in files {
            if may_be_own(&found.url) && is_own(&found.path)? {
                own.push(found.url.file_name());
            } else {
                others.push(found);
            }
        }
        own.sort_unstable();
        let mut site = Self {
            pages: Pages {
                injection: reading.injection().clone(),
                ..Pages::default()
            },
            own,
            plain,
            ..Self::default()
        };
        site.take_in(reading.read_all(root, others, memory)?);
        Ok(site)
    }

    fn take_in(&mut self, read: Vec<(Asset, Option<Looked>)>) {
        for (asset, seen) in read {
            if let Some(seen) = seen {
                self.pages.note(&asset.path, seen);
            }
            self.assets.push(asset);
        }
        // Stable, since that is quick with what is nearly in order.
        self.assets.par_sort_by(|a, b| a.path.cmp(&b.path));
        self.pages.sort();
    }

    /// Returns the name of every file below a folder, with `/` between folders; nothing of what cannot be read.
    pub fn names(folder: &Path) -> Vec<String> {
        let found = walk(
            folder,
            folder,
            &BTreeSet::new(),
            &mut Diagnostics::default(),
        );
        let files = found.map_or_else(|_| Vec::new(), |found| found.files);
        let mut names: Vec<String> = files
            .into_iter()
            .filter_map(|file| relative_name(&file.path, folder))
            .collect();
        names.sort_unstable();
        names
    }

    /// Takes in what has changed on disk since the scan, files or whole folders, and reads no more than that. Returns
    /// `false` where only another scan can say what there is now.
    ///
    /// # Errors
    /// A file that cannot be read, with its path.
    pub fn refresh(
        &mut self,
        root: &Path,
        skip: &BTreeSet<PathBuf>,
        reading: &Reading,
        changed: &BTreeSet<PathBuf>,
    ) -> io::Result<bool> {
        let same_reading = self.pages.injection == *reading.injection();
        if !self.plain || !same_reading || changed.len() > MANY {
            return Ok(false);
        }
        // A new folder and what lies in it may both be named.
        let mut found = BTreeMap::new();
        for path in changed {
            let Some(name) = relative_name(path, root) else {
                return Ok(false);
            };
            let url = UrlPath::of_file(&name);
            let Walk { files, plain } = walk(root, path, skip, &mut Diagnostics::default())?;
            if !plain || may_be_own(&url) || files.iter().any(|file| may_be_own(&file.url)) {
                return Ok(false);
            }
            self.forget(&url);
            found.extend(files.into_iter().map(|file| (file.url.clone(), file)));
        }
        let read = reading.read_all(root, found.into_values().collect(), None)?;
        self.take_in(read);
        Ok(true)
    }

    /// Removes a file, or everything in the folder of that name.
    fn forget(&mut self, path: &UrlPath) {
        let gone = remove(&mut self.assets, path, |asset| &asset.path);
        let Pages {
            injection: _,
            count,
            changed,
            marked,
            left,
        } = &mut self.pages;
        let pages = gone.iter().filter(|asset| is_page(asset.path.as_str()));
        *count = count.saturating_sub(pages.count());
        remove(changed, path, |page| &page.path);
        remove(marked, path, |page| page);
        remove(left, path, |page| &page.path);
    }

    pub fn find(&self, path: &UrlPath) -> Option<&Asset> {
        self.assets
            .binary_search_by(|asset| asset.path.cmp(path))
            .ok()
            .map(|at| &self.assets[at])
    }
}

impl Pages {
    fn note(&mut self, path: &UrlPath, seen: Looked) {
        self.count += 1;
        if seen.was_marked {
            self.marked.push(path.clone());
        }
        self.changed.extend(seen.changed.map(|digest| Changed {
            path: path.clone(),
            digest,
        }));
        self.left.extend(seen.left.into_iter().map(|left| LeftPage {
            path: path.clone(),
            left,
        }));
    }

    fn sort(&mut self) {
        self.changed.sort_by(|a, b| a.path.cmp(&b.path));
        self.marked.sort();
        self.left.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// Changes at once from which on a scan takes no longer.
const MANY: usize = 1000;

/// Takes out what is called so, and what lies below it; the items are sorted by their paths.
fn remove<T>(items: &mut Vec<T>, path: &UrlPath, path_of: impl Fn(&T) -> &UrlPath) -> Vec<T> {
    let from = items.partition_point(|item| path_of(item) < path);
    let to = items.partition_point(|item| path_of(item) <= path);
    let mut gone: Vec<T> = items.drain(from..to).collect();
    let folder = format!("{path}/");
    let from = items.partition_point(|item| path_of(item).as_str() < folder.as_str());
    let below = items[from..].partition_point(|item| path_of(item).as_str().starts_with(&folder));
    gone.extend(items.drain(from..from + below));
    gone
}

/// How files are looked at.
#[derive(Default)]
pub struct Reading {
    pub ignored: Ignored,
    pub inject: Option<Inject>,
    /// Counts the files that are read.
    pub progress: Progress,
}

/// What is put into which pages.
#[derive(Clone, Debug, Default)]
pub struct Inject {
    pub include: Vec<Pattern>,
    pub exclude: Vec<Pattern>,
    pub injection: Injection,
}

/// What was seen of a page.
struct Looked {
    changed: Option<Digest>,
    was_marked: bool,
    left: Vec<Left>,
}

impl Reading {
    fn injection(&self) -> &Injection {
        match &self.inject {
            Some(inject) => &inject.injection,
            None => Injection::NOTHING,
        }
    }

    /// Reads files on all cores, but for those that are remembered.
    fn read_all(
        &self,
        root: &Path,
        files: Vec<Found>,
        memory: Option<&Memory>,
    ) -> io::Result<Vec<(Asset, Option<Looked>)>> {
        self.progress.begin("reading", files.len());
        let read = |buffer: &mut Vec<u8>, file: Found| {
            let read = match memory.filter(|_| !self.is_page(&file)) {
                Some(memory) => memory.recall_or(&file, |file| self.hash(file, buffer)),
                None => self.read(root, &file, buffer),
            };
            self.progress.step();
            read
        };
        let files = files.into_par_iter();
        files.map_init(|| vec![0; BUFFER], read).collect()
    }

    /// Says whether a file may be rewritten.
    fn is_page(&self, file: &Found) -> bool {
        self.inject.is_some() && is_page(&file.url.file_name())
    }

    fn read(
        &self,
        root: &Path,
        file: &Found,
        buffer: &mut [u8],
    ) -> io::Result<(Asset, Option<Looked>)> {
        match self.inject.as_ref().filter(|_| self.is_page(file)) {
            Some(inject) => {
                let (asset, looked) =
                    (self.look(inject, root, file)).map_err(|error| at_path(error, &file.path))?;
                Ok((asset, Some(looked)))
            }
            None => Ok((self.hash(file, buffer)?, None)),
        }
    }

    fn hash(&self, file: &Found, buffer: &mut [u8]) -> io::Result<Asset> {
        let hashed = match self.ignored.of(&file.url.file_name()) {
            [] => hash(&file.path, buffer),
            patterns => std::fs::read(&file.path).map(|bytes| hashed(&bytes, patterns)),
        };
        Ok(file.asset(hashed.map_err(|error| at_path(error, &file.path))?))
    }

    fn look(&self, inject: &Inject, root: &Path, file: &Found) -> io::Result<(Asset, Looked)> {
        let name = file.url.file_name();
        let patterns = self.ignored.of(&name);
        let bytes = std::fs::read(&file.path)?;
        if file.linked && !is_inside(&file.path, root)? {
            let left = Left {
                part: None,
                reason: Reason::OutOfSite,
            };
            let looked = Looked {
                changed: None,
                was_marked: false,
                left: vec![left],
            };
            return Ok((file.asset(hashed(&bytes, patterns)), looked));
        }
        let page = inject.of(&name).page(&file.url, &bytes);
        let changed = matches!(page.bytes, Cow::Owned(_)).then(|| Digest::of(&page.bytes));
        let hashed = match (changed, patterns) {
            (Some(digest), []) => (digest, page.bytes.len() as u64),
            _ => hashed(&page.bytes, patterns),
        };
        let looked = Looked {
            changed,
            was_marked: page.was_marked,
            left: page.left,
        };
        Ok((file.asset(hashed), looked))
    }
}

impl Inject {
    /// Returns what belongs into a file of this name; a page that is excluded only loses what an earlier run has put
    /// there.
    pub fn of(&self, file_name: &str) -> &Injection {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(file_name));
        if any(&self.include) && !any(&self.exclude) {
            &self.injection
        } else {
            Injection::NOTHING
        }
    }
}

/// Says whether a file of this name is a page.
pub fn is_page(file_name: &str) -> bool {
    let ending = file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
}

/// Says whether a file lies in the folder, wherever links lead to.
fn is_inside(path: &Path, root: &Path) -> io::Result<bool> {
    Ok(path.canonicalize()?.starts_with(root.canonicalize()?))
}

/// What every rebuild changes in the files of a group, such as a date at the foot of a page: digests pass over it.
#[derive(Default)]
pub struct Ignored(pub Vec<IgnoredInGroup>);

/// Of one group; a file belongs to the first that takes it.
pub struct IgnoredInGroup {
    pub include: Vec<Pattern>,
    pub exclude: Vec<Pattern>,
    pub patterns: Vec<Regex>,
}

impl Ignored {
    fn of(&self, file_name: &str) -> &[Regex] {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(file_name));
        let mut groups = self.0.iter();
        let group = groups.find(|group| any(&group.include) && !any(&group.exclude));
        group.map_or(&[], |group| &group.patterns)
    }
}

/// What an earlier scan has read: files of the same size and time are taken for the same.
#[derive(Debug, Default)]
pub struct Memory {
    known: BTreeMap<String, Seen>,
    /// Nanoseconds: what was written at about the time of that scan, or later, is read again.
    until: u128,
    /// By this scan.
    seen: Mutex<BTreeMap<String, Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    digest: Digest,
    size: u64,
    modified: u128,
}

/// File systems may count time in steps of two seconds.
const STEP: u128 = 2_000_000_000;

impl Memory {
    /// Reads what `to_text` has written for the same pwa.toml; anything else is remembered as nothing. `written` is when
    /// that was.
    pub fn parse(text: &str, config: &str, written: u128) -> Self {
        let mut lines = text.lines();
        if lines.next() != Some(head(config).as_str()) {
            return Self::default();
        }
        Self {
            known: lines.filter_map(Seen::parse).collect(),
            until: written.saturating_sub(STEP),
            seen: Mutex::default(),
        }
    }

    /// Returns what this scan has seen as text, for the pwa.toml that said what counts in a file.
    pub fn to_text(&self, config: &str) -> String {
        let mut text = head(config);
        text.push('\n');
        for (path, seen) in self.seen().iter() {
            for byte in seen.digest.0 {
                text.push_str(&format!("{byte:02x}"));
            }
            text.push_str(&format!(" {} {} {path}\n", seen.size, seen.modified));
        }
        text
    }

    fn recall_or(
        &self,
        file: &Found,
        read: impl FnOnce(&Found) -> io::Result<Asset>,
    ) -> io::Result<(Asset, Option<Looked>)> {
        // Looked at before it is read: what is written meanwhile is then newer than what is remembered.
        let Some((size, modified)) = stamp(&file.path) else {
            return Ok((read(file)?, None));
        };
        let known = self.known.get(file.url.as_str()).copied();
        let known = known.filter(|seen| (seen.size, seen.modified) == (size, modified));
        let asset = match known.filter(|_| modified < self.until) {
            Some(seen) => Asset {
                path: file.url.clone(),
                digest: seen.digest,
                size,
            },
            None => read(file)?,
        };
        let seen = Seen {
            digest: asset.digest,
            size,
            modified,
        };
        self.seen().insert(asset.path.to_string(), seen);
        Ok((asset, None))
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn parse(line: &str) -> Option<(String, Self)> {
        let mut words = line.splitn(4, ' ');
        let hex = words.next().filter(|hex| hex.len() == 64)?;
        let mut digest = [0; 32];
        for (index, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        let seen = Self {
            digest: Digest(digest),
            size: words.next()?.parse().ok()?,
            modified: words.next()?.parse().ok()?,
        };
        Some((words.next()?.to_owned(), seen))
    }
}

fn head(config: &str) -> String {
    format!(
        "Digests, written by mdpwa for {}",
        Digest::of(config.as_bytes()).short()
    )
}

/// Returns the size of a file and the nanoseconds of its last change.
pub fn stamp(file: &Path) -> Option<(u64, u128)> {
    let facts = std::fs::metadata(file).ok()?;
    let modified = facts
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Some((facts.len(), modified.as_nanos()))
}

/// Hashes what counts of a file, exactly as the worker does.
fn hashed(bytes: &[u8], patterns: &[Regex]) -> (Digest, u64) {
    if patterns.is_empty() {
        return (Digest::of(bytes), bytes.len() as u64);
    }
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    for pattern in patterns {
        text = pattern.replace_all(&text, "");
    }
    (Digest::of(text.as_bytes()), bytes.len() as u64)
}

/// Characters of a digest in a file name.
const NAMED: usize = 10;

/// Says whether a file has such a name as only its contents can tell from the site's own.
fn may_be_own(path: &UrlPath) -> bool {
    let path = path.as_str();
    let stem = path
        .strip_suffix(".png")
        .or_else(|| path.strip_suffix(".svg"));
    let hash = stem.and_then(|stem| stem.rsplit_once('-'));
    let is_hash = |hash: &str| {
        hash.len() == NAMED
            && hash
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    path == "/favicon.ico" || hash.is_some_and(|(_, hash)| is_hash(hash))
}

fn is_own(file: &Path) -> io::Result<bool> {
    let contents = std::fs::read(file).map_err(|error| at_path(error, file))?;
    Ok(is_marked(&contents))
}

/// Says whether there is a file that mdpwa has not written.
///
/// # Errors
/// A file that cannot be read, with its path.
pub fn is_foreign(file: &Path) -> io::Result<bool> {
    Ok(file.is_file() && !is_own(file)?)
}

/// Says whether mdpwa has written this.
pub fn is_marked(contents: &[u8]) -> bool {
    let mark = MARK.as_bytes();
    contents.windows(mark.len()).any(|part| part == mark)
}

const BUFFER: usize = 128 * 1024;

/// A file that was found.
struct Found {
    path: PathBuf,
    url: UrlPath,
    /// It, or a folder that it lies in, is a link.
    linked: bool,
}

impl Found {
    fn asset(&self, (digest, size): (Digest, u64)) -> Asset {
        Asset {
            path: self.url.clone(),
            digest,
            size,
        }
    }
}

/// What a walk has found.
struct Walk {
    files: Vec<Found>,
    /// As in `Site`.
    plain: bool,
}

/// Finds the files of the site at `from` and below it, where there still is something.
fn walk(
    root: &Path,
    from: &Path,
    skip: &BTreeSet<PathBuf>,
    report: &mut Diagnostics,
) -> io::Result<Walk> {
    let mut files = Vec::new();
    let mut links: Vec<PathBuf> = Vec::new();
    let mut plain = true;
    for entry in walkdir::WalkDir::new(from).follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                if error.loop_ancestor().is_some() {
                    report.report(bad_link(&path, root, "leads back to a folder above it"));
                } else if path.is_symlink() {
                    report.report(bad_link(&path, root, "leads nowhere"));
                } else if path == root || path.exists() {
                    return Err(at_path(error.into(), &path));
                } else {
                    // Gone since it was seen.
                    continue;
                }
                plain = false;
                continue;
            }
        };
        let is_link = entry.path() != root && entry.path_is_symlink();
        plain &= !is_link;
        if is_link && entry.file_type().is_dir() {
            links.push(entry.path().to_owned());
        }
        if !entry.file_type().is_file() || skip.contains(entry.path()) {
            continue;
        }
        let Some(name) = relative_name(entry.path(), root) else {
            report.report(name_without_url(entry.path(), root));
            plain = false;
            continue;
        };
        files.push(Found {
            linked: is_link || links.iter().any(|link| entry.path().starts_with(link)),
            url: UrlPath::of_file(&name),
            path: entry.into_path(),
        });
    }
    Ok(Walk { files, plain })
}

/// Returns the name with `/` between folders, or nothing when it is not UTF-8.
fn relative_name(path: &Path, root: &Path) -> Option<String> {
    let mut name = String::new();
    for part in path.strip_prefix(root).ok()? {
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(part.to_str()?);
    }
    Some(name)
}

fn hash(path: &Path, buffer: &mut [u8]) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok((Digest(hasher.finalize().into()), size)),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Returns the number of bytes after gzip, level 9.
pub fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(compressed) => compressed.len(),
        Err(error) => unreachable!("memory takes every byte: {error}"),
    }
}

/// Returns the error with the path it is about in its text.
pub fn at_path(error: io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn bad_link(path: &Path, root: &Path, what: &str) -> Diagnostic {
    let name = path.strip_prefix(root).unwrap_or(path).display();
    Diagnostic::warning("site-link", format!("the link {name} {what}"), 0..0)
        .of_site()
        .help("remove the link; the rest of the site is built without it")
}

fn name_without_url(path: &Path, root: &Path) -> Diagnostic {
    let name = path
        .strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned();
    Diagnostic::error(
        "site-name",
        format!("the file name {name:?} is not UTF-8"),
        0..0,
    )
    .of_site()
    .help("rename the file: no browser can ask for it by a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_at_the_time_of_a_scan_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.txt");
        std::fs::write(&file, "one").expect("a file");
        let (_, modified) = stamp(&file).expect("a time");
        let found = Found {
            path: file.clone(),
            url: UrlPath::of_file("a.txt"),
            linked: false,
        };
        let scan = |memory: &Memory| {
            let mut reads = 0;
            let read = memory.recall_or(&found, |file| {
                reads += 1;
                Ok(file.asset((Digest::of(b"one"), 3)))
            });
            let (asset, _) = read.expect("it is read");
            assert_eq!(asset.digest, Digest::of(b"one"));
            reads
        };
        let first = Memory::default();
        assert_eq!(scan(&first), 1);
        let text = first.to_text("[app]");
        assert_eq!(scan(&Memory::parse(&text, "[app]", modified + STEP)), 1);
        assert_eq!(scan(&Memory::parse(&text, "[app]", modified + STEP + 1)), 0);
        assert_eq!(scan(&Memory::parse(&text, "[pages]", u128::MAX)), 1);
        std::fs::write(&file, "other").expect("a file");
        assert_eq!(scan(&Memory::parse(&text, "[app]", u128::MAX)), 1);
    }

    #[test]
    fn a_digest_is_shortened_to_72_bits() {
        assert_eq!(Digest::of(b"").short(), "47DEQpj8HBSa");
    }
}
