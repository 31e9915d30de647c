//! How far long work has come: counted by who does it, shown by who has somebody to show it to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts what is done; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Stage>>);

/// A piece of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// What is done to each thing, in a word.
    pub work: &'static str,
    pub done: usize,
    pub total: usize,
}

impl Progress {
    /// Begins a piece of work on so many things.
    pub fn begin(&self, work: &'static str, total: usize) {
        *self.lock() = Stage {
            work,
            done: 0,
            total,
        };
    }

    /// Counts one more that is done.
    pub fn step(&self) {
        self.lock().done += 1;
    }

    /// Returns the piece of work that was begun last.
    pub fn stage(&self) -> Stage {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
