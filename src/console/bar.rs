//! A bar on the terminal while work is long, gone when it is done.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Format;
use mdpwa::progress::{Progress, Stage};

/// What is done within this time is done before anybody wonders.
const DELAY: Duration = Duration::from_millis(300);

/// From one look at the count to the next.
const FRAME: Duration = Duration::from_millis(100);

/// Says whether a person looks on, on a terminal where a line can be drawn anew.
pub fn has_spectator(format: Format, terminal: Option<&str>) -> bool {
    format == Format::Human && terminal != Some("dumb") && io::stderr().is_terminal()
}

/// Does work, with a bar on standard error as soon as it turns out to be long.
pub fn during<T>(work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    thread::scope(|scope| {
        let (end, ended) = channel();
        scope.spawn(|| show(&progress, ended));
        let done = work(&progress);
        drop(end);
        done
    })
}

fn show(progress: &Progress, ended: Receiver<()>) {
    let goes_on = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !goes_on(DELAY) {
        return;
    }
    // Without colours, so there is nothing that NO_COLOR could ask for.
    let style = ProgressStyle::with_template("{msg:>13}  [{wide_bar}] {pos}/{len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style.progress_chars("=> "));
    loop {
        let Stage { work, done, total } = progress.stage();
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message(work);
        if !goes_on(FRAME) {
            break;
        }
    }
    bar.finish_and_clear();
}
