//! What a bundle changes on disk: compared, shown, or written so that a cut-off run leaves a site that works.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use crate::bundle::{Bundle, Rewrite};
use crate::progress::Progress;
use crate::site::{Digest, at_path, gzipped, is_marked};

/// The files of a bundle against those on disk.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub files: Vec<Outcome>,
    /// Pages of the site that are not as they should be, relative to its root.
    pub pages: Vec<String>,
}

/// One file of the bundle.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Relative to the site's root.
    pub path: String,
    pub state: State,
    /// Bytes.
    pub size: usize,
    /// Bytes after gzip, level 9; nothing where nobody has asked.
    pub gzip: usize,
    /// What is on disk now.
    #[serde(skip)]
    pub before: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not on disk yet.
    New,
    Changed,
    Unchanged,
    /// On disk, but not written by mdpwa: never overwritten.
    Foreign,
    /// Written by an earlier build and not any more: deleted.
    Obsolete,
}

impl Report {
    /// Compares a bundle with what is on disk and changes nothing.
    ///
    /// # Errors
    /// A file that is there and cannot be read, with its path.
    pub fn compare(root: &Path, bundle: &Bundle) -> io::Result<Self> {
        let mut report = Self::compare_unweighed(root, bundle)?;
        let files = report.files.par_iter_mut().zip(&bundle.files);
        files.for_each(|(outcome, file)| outcome.gzip = gzipped(&file.contents));
        Ok(report)
    }

    /// Compares as `compare` does, without compressing anything.
    ///
    /// # Errors
    /// A file that is there and cannot be read, with its path.
    pub fn compare_unweighed(root: &Path, bundle: &Bundle) -> io::Result<Self> {
        let compare = |file: &crate::bundle::File| {
            let path = root.join(&file.path);
            let before = match fs::read(&path) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(at_path(error, &path)),
            };
            Ok(Outcome {
                path: file.path.clone(),
                state: match &before {
                    None => State::New,
                    Some(before) if *before == file.contents => State::Unchanged,
                    Some(before) if file.replaces || is_marked(before) => State::Changed,
                    Some(_) => State::Foreign,
                },
                size: file.contents.len(),
                gzip: 0,
                before,
            })
        };
        let files = bundle
            .files
            .par_iter()
            .map(compare)
            .collect::<io::Result<Vec<Outcome>>>()?;
        let obsolete = bundle.obsolete.iter().map(|path| Outcome {
            path: path.clone(),
            state: State::Obsolete,
            size: 0,
            gzip: 0,
            before: None,
        });
        Ok(Self {
            files: files.into_iter().chain(obsolete).collect(),
            pages: bundle.pages.iter().map(Rewrite::file_name).collect(),
        })
    }

    /// Writes what is new or changed: everything beside its place first, then renamed into place in the bundle's order,
    /// the site's pages before the worker that knows them. What is obsolete goes last.
    ///
    /// # Errors
    /// The first file that cannot be written, with its path; the files on disk are then still whole, old or new.
    pub fn write(&self, root: &Path, bundle: &Bundle) -> io::Result<()> {
        self.write_counting(root, bundle, &Progress::default())
    }

    /// Writes as `write` does, and counts the pages.
    ///
    /// # Errors
    /// The same.
    pub fn write_counting(
        &self,
        root: &Path,
        bundle: &Bundle,
        progress: &Progress,
    ) -> io::Result<()> {
        let mut ready = Vec::new();
        for (outcome, file) in self.files.iter().zip(&bundle.files) {
            if matches!(outcome.state, State::New | State::Changed) {
                let path = root.join(&file.path);
                let beside =
                    beside(&path, &file.contents).map_err(|error| at_path(error, &path))?;
                ready.push((beside, path));
            }
        }
        let worker = ready.split_off(ready.len().saturating_sub(1));
        place(ready)?;
        progress.begin("rewriting", bundle.pages.len());
        bundle.pages.par_iter().try_for_each(|page| {
            let path = root.join(page.file_name());
            rewrite(&path, page, bundle).map_err(|error| at_path(error, &path))?;
            progress.step();
            Ok::<(), io::Error>(())
        })?;
        place(worker)?;
        let obsolete = |file: &&Outcome| file.state == State::Obsolete;
        for file in self.files.iter().filter(obsolete) {
            let path = root.join(&file.path);
            fs::remove_file(&path).map_err(|error| at_path(error, &path))?;
        }
        Ok(())
    }

    /// Says whether the site on disk is what would be written.
    pub fn is_fresh(&self) -> bool {
        self.pages.is_empty() && self.files.iter().all(|file| file.state == State::Unchanged)
    }
}

/// Writes a file that must not be there yet.
///
/// # Errors
/// A file of that name, or one that cannot be written, with its path.
pub fn create(path: &Path, contents: &str) -> io::Result<()> {
    let file = beside(path, contents.as_bytes()).map_err(|error| at_path(error, path))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(at_path(error.error, path)),
    }
}

/// Writes a file that is no part of the site, over what was there.
///
/// # Errors
/// A file that cannot be written, with its path.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let file = beside(path, text.as_bytes()).map_err(|error| at_path(error, path))?;
    file.persist(path)
        .map_err(|error| at_path(error.error, path))?;
    Ok(())
}

/// Returns a page as it is, and as it would be; nothing where those are the same.
///
/// # Errors
/// A page that cannot be read, with its path.
pub fn rewritten(
    root: &Path,
    page: &Rewrite,
    bundle: &Bundle,
) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let path = root.join(page.file_name());
    let before = fs::read(&path).map_err(|error| at_path(error, &path))?;
    let after = match after(page, &before, bundle) {
        Cow::Borrowed(_) => return Ok(None),
        Cow::Owned(after) => after,
    };
    Ok(Some((before, after)))
}

fn after<'a>(page: &Rewrite, before: &'a [u8], bundle: &Bundle) -> Cow<'a, [u8]> {
    let injection = bundle.inject.of(&page.file_name());
    injection.page(&page.path, before).bytes
}

/// Rewrites a page where it lies; a link to it stays one.
fn rewrite(path: &Path, page: &Rewrite, bundle: &Bundle) -> io::Result<()> {
    let before = fs::read(path)?;
    let after = after(page, &before, bundle);
    if page
        .digest
        .is_some_and(|digest| digest != Digest::of(&after))
    {
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "it was changed while mdpwa was at work; build again",
        ));
    }
    if let Cow::Borrowed(_) = after {
        return Ok(());
    }
    let path = match path.is_symlink() {
        true => fs::canonicalize(path)?,
        false => path.to_owned(),
    };
    beside(&path, &after)?
        .into_temp_path()
        .persist(&path)
        .map_err(|error| error.error)
}

fn place(ready: Vec<(tempfile::NamedTempFile, PathBuf)>) -> io::Result<()> {
    for (file, path) in ready {
        file.persist(&path)
            .map_err(|error| at_path(error.error, &path))?;
    }
    Ok(())
}

/// Writes a text that only its owner may read, and never over another.
///
/// # Errors
/// A file that is there or cannot be written, with its path.
pub fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        options.open(path)?.write_all(text.as_bytes())
    };
    write().map_err(|error| at_path(error, path))
}

fn beside(path: &Path, contents: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        None => Path::new("."),
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
    };
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mdpwa-");
    let mode;
    if let Ok(present) = fs::metadata(path) {
        mode = Some(present.permissions());
    } else {
        mode = new_file_mode();
    }
    if let Some(mode) = mode {
        builder.permissions(mode);
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(contents)?;
    file.flush()?;
    Ok(file)
}

/// Temporary files are private by default, but a web server has to read these.
#[cfg(unix)]
fn new_file_mode() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file_mode() -> Option<fs::Permissions> {
    None
}
