//! The built site as it is on disk: every file with its URL, digest and size.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use regress::Regex;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::glob::Pattern;
use crate::url_path::UrlPath;

/// Every file of the site, sorted by URL.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub assets: Vec<Asset>,
}

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub path: UrlPath,
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
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
}

impl Site {
    /// Walks `root` and hashes every file on all cores; `skip` holds mdpwa's own outputs, `ignored` knows what does not
    /// count in a file of this name, `memory` what an earlier scan has read.
    ///
    /// Links that lead nowhere or in circles and names that no URL can say become findings, the rest goes on.
    ///
    /// # Errors
    /// The first file or folder that cannot be read, with its path.
    pub fn scan(
        root: &Path,
        skip: &BTreeSet<PathBuf>,
        ignored: &Ignored,
        memory: Option<&Memory>,
        report: &mut Diagnostics,
    ) -> io::Result<Self> {
        let files = walk(root, skip, report)?;
        let mut assets = files
            .into_par_iter()
            .map_init(
                || vec![0; BUFFER],
                |buffer, (file, path)| match memory {
                    Some(memory) => {
                        memory.recall_or(&file, path, |path| read(&file, path, ignored, buffer))
                    }
                    None => read(&file, path, ignored, buffer),
                },
            )
            .collect::<io::Result<Vec<Asset>>>()?;
        assets.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { assets })
    }

    /// Returns the name of every file below a folder, with `/` between folders; nothing of what cannot be read.
    pub fn names(folder: &Path) -> Vec<String> {
        let files = walk(folder, &BTreeSet::new(), &mut Diagnostics::default());
        let mut names: Vec<String> = files
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(file, _)| relative_name(&file, folder))
            .collect();
        names.sort_unstable();
        names
    }

    /// Takes in what has changed on disk since the scan. Returns `false` where only another scan can say what there is
    /// now, such as after a folder was moved.
    ///
    /// # Errors
    /// A file that cannot be read, with its path.
    pub fn refresh(
        &mut self,
        root: &Path,
        ignored: &Ignored,
        changed: &BTreeSet<PathBuf>,
    ) -> io::Result<bool> {
        let mut buffer = vec![0; BUFFER];
        for file in changed {
            let Some(name) = relative_name(file, root) else {
                return Ok(false);
            };
            let path = UrlPath::of_file(&name);
            let place = self.assets.binary_search_by(|asset| asset.path.cmp(&path));
            match (file.is_file(), place) {
                (true, Ok(at)) => self.assets[at] = read(file, path, ignored, &mut buffer)?,
                (true, Err(at)) => {
                    let asset = read(file, path, ignored, &mut buffer)?;
                    self.assets.insert(at, asset);
                }
                (false, Ok(at)) => drop(self.assets.remove(at)),
                (false, Err(_)) => return Ok(false),
            }
        }
        Ok(true)
    }

    pub fn find(&self, path: &UrlPath) -> Option<&Asset> {
        self.assets
            .binary_search_by(|asset| asset.path.cmp(path))
            .ok()
            .map(|at| &self.assets[at])
    }
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
        file: &Path,
        path: UrlPath,
        read: impl FnOnce(UrlPath) -> io::Result<Asset>,
    ) -> io::Result<Asset> {
        // Looked at before it is read: what is written meanwhile is then newer than what is remembered.
        let Some((size, modified)) = stamp(file) else {
            return read(path);
        };
        let known = self.known.get(path.as_str()).copied();
        let known = known.filter(|seen| (seen.size, seen.modified) == (size, modified));
        let asset = match known.filter(|_| modified < self.until) {
            Some(seen) => Asset {
                path,
                digest: seen.digest,
                size,
            },
            None => read(path)?,
        };
        let seen = Seen {
            digest: asset.digest,
            size,
            modified,
        };
        self.seen().insert(asset.path.to_string(), seen);
        Ok(asset)
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

fn read(file: &Path, path: UrlPath, ignored: &Ignored, buffer: &mut [u8]) -> io::Result<Asset> {
    let (digest, size) = match ignored.of(&path.file_name()) {
        [] => hash(file, buffer),
        patterns => hash_without(file, patterns),
    }
    .map_err(|error| at_path(error, file))?;
    Ok(Asset { path, digest, size })
}

/// Hashes what counts of a file, exactly as the worker does.
fn hash_without(path: &Path, patterns: &[Regex]) -> io::Result<(Digest, u64)> {
    let bytes = std::fs::read(path)?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for pattern in patterns {
        text = pattern.replace_all(&text, "");
    }
    Ok((Digest::of(text.as_bytes()), bytes.len() as u64))
}

const BUFFER: usize = 128 * 1024;

fn walk(
    root: &Path,
    skip: &BTreeSet<PathBuf>,
    report: &mut Diagnostics,
) -> io::Result<Vec<(PathBuf, UrlPath)>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root).follow_links(true).min_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                if error.loop_ancestor().is_some() {
                    report.report(bad_link(&path, root, "leads back to a folder above it"));
                } else if path.is_symlink() {
                    report.report(bad_link(&path, root, "leads nowhere"));
                } else {
                    return Err(at_path(error.into(), &path));
                }
                continue;
            }
        };
        if !entry.file_type().is_file() || skip.contains(entry.path()) {
            continue;
        }
        let Some(name) = relative_name(entry.path(), root) else {
            report.report(name_without_url(entry.path(), root));
            continue;
        };
        files.push((entry.into_path(), UrlPath::of_file(&name)));
    }
    Ok(files)
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
        let path = UrlPath::of_file("a.txt");
        let scan = |memory: &Memory| {
            let mut reads = 0;
            let asset = memory.recall_or(&file, path.clone(), |path| {
                reads += 1;
                let (digest, size) = (Digest::of(b"one"), 3);
                Ok(Asset { path, digest, size })
            });
            assert_eq!(asset.expect("it is read").digest, Digest::of(b"one"));
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
