//! Browser tests: the real binary, real engines, a temporary site on loopback.
//!
//! Every test runs in a process and a network of its own, so that one may take the wifi down without the
//! others noticing and all of them may use the same port. `cargo test --test browser -- NAME` runs those
//! whose name contains NAME; a failed test leaves its last picture in `target/tmp/browser`.

mod browser;
mod devtools;
mod network;
mod runner;
mod server;
mod site;

mod assets;
mod explain;
mod groups;
mod ignore;
mod install;
mod kit;
mod lesson;
mod pages;
mod periodic_sync;
mod policy;
mod queue;
mod ranges;
mod retire;
mod routes;
mod serve;
mod sync;
mod trees;
mod update;
mod versions;

use std::process::ExitCode;

/// Lists the tests of a spec under the names of their functions.
macro_rules! tests {
    ($($test:path),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, fn())] = &[$((stringify!($test), $test)),*];
    };
}
pub(crate) use tests;

fn main() -> ExitCode {
    runner::main(&[
        ("kit", kit::TESTS),
        ("assets", assets::TESTS),
        ("explain", explain::TESTS),
        ("groups", groups::TESTS),
        ("ignore", ignore::TESTS),
        ("install", install::TESTS),
        ("pages", pages::TESTS),
        ("periodic_sync", periodic_sync::TESTS),
        ("policy", policy::TESTS),
        ("queue", queue::TESTS),
        ("retire", retire::TESTS),
        ("ranges", ranges::TESTS),
        ("routes", routes::TESTS),
        ("sync", sync::TESTS),
        ("lesson", lesson::TESTS),
        ("serve", serve::TESTS),
        ("trees", trees::TESTS),
        ("update", update::TESTS),
        ("versions", versions::TESTS),
    ])
}
