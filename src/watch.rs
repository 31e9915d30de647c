//! Watching a site and its pwa.toml: what has changed since the last build, but for what the build itself has written.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use mdpwa::project::Planned;

/// A site and its pwa.toml under watch.
pub struct Watch {
    events: Receiver<notify::Result<Event>>,
    /// Ends with its last owner.
    _watcher: RecommendedWatcher,
    /// As the watcher says it.
    root: PathBuf,
    config: PathBuf,
}

/// What has changed.
pub enum Change {
    /// These files of the site, as their plan names them.
    Files(BTreeSet<PathBuf>),
    /// pwa.toml, or something of which nobody can say what.
    Everything,
}

/// Time without another change after which a generator is taken to be done.
const QUIET: Duration = Duration::from_millis(10);

/// What temporary files are called while they are written beside their place.
const BESIDE: &str = ".mdpwa-";

impl Watch {
    /// Watches a site, the folder of its pwa.toml, since editors replace files, and the folder that it is in, since
    /// generators replace it as a whole.
    pub fn of(root: &Path, config: &Path) -> io::Result<Self> {
        let (sender, events) = channel();
        let mut watcher = notify::recommended_watcher(sender).map_err(io::Error::other)?;
        let root = whole(root)?;
        let config = config.canonicalize()?;
        if let Some(folder) = config.parent() {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(io::Error::other)?;
        }
        if let Some(folder) = root.parent() {
            // Where that is not allowed, nobody will replace anything there either.
            let _not_allowed = watcher.watch(folder, RecursiveMode::NonRecursive);
        }
        if root.is_dir() {
            watcher
                .watch(&root, RecursiveMode::Recursive)
                .map_err(io::Error::other)?;
        }
        Ok(Self {
            events,
            _watcher: watcher,
            root,
            config,
        })
    }

    /// Waits for a change, and then until nothing changes any more.
    pub fn next(&mut self, planned: &Planned) -> io::Result<Change> {
        let mut changed = BTreeSet::new();
        let mut everything = false;
        let mut done = None;
        loop {
            let event = match done {
                None => self.events.recv().map_err(io::Error::other)?,
                Some(done) => match self.events.recv_timeout(done - Instant::now()) {
                    Ok(event) => event,
                    Err(RecvTimeoutError::Timeout) if everything => return Ok(Change::Everything),
                    Err(RecvTimeoutError::Timeout) => return Ok(Change::Files(changed)),
                    Err(gone) => return Err(io::Error::other(gone)),
                },
            };
            let event = event.map_err(io::Error::other)?;
            // Who only reads, such as a server, must not put the build off.
            if event.kind.is_access() {
                continue;
            }
            everything |= event.need_rescan() || event.paths.contains(&self.config);
            everything |= is_another(event.kind) && event.paths.contains(&self.root);
            let files = event.paths.iter();
            changed.extend(files.filter_map(|path| self.file(path, planned)));
            if everything || !changed.is_empty() {
                done = Some(Instant::now() + QUIET);
            }
        }
    }

    /// Returns the file as the plan names it; nothing for what a build writes, and for folders that stay.
    fn file(&self, path: &Path, planned: &Planned) -> Option<PathBuf> {
        let inside = path.strip_prefix(&self.root).ok()?;
        let name = path.file_name()?.to_string_lossy();
        let file = planned.root.join(inside);
        let own = name.starts_with(BESIDE) || planned.outputs.contains(&file);
        (!own && !inside.as_os_str().is_empty()).then_some(file)
    }
}

/// Says whether there is something else, or nothing, under the name that an event speaks of.
fn is_another(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    )
}

/// Returns a path from the root of the file system; nothing need be there, but for the folder that it is in.
fn whole(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(_), Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            Ok(Path::new(".").canonicalize()?.join(name))
        }
        (Err(_), Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        (whole, ..) => whole,
    }
}
