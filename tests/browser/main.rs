//! Browser tests: the real binary, real engines, a temporary site on loopback.
//!
//! Every test runs in a process and a network of its own, so that one may take the wifi down without the
//! others noticing and all of them may use the same port. `cargo test --test browser -- NAME` runs those
//! whose name contains NAME; a failed test leaves its last picture in `target/tmp/browser`.
//!
//! Names begin with the engine, `firefox::pages::it_works::…`, and other engines than Chromium take part when they are
//! named: `cargo test --test browser -- firefox`.

mod browser;
mod chromium;
mod desktop;
mod devtools;
mod engine;
mod firefox;
mod network;
mod push_service;
mod runner;
mod server;
mod site;
mod watched;
mod webkit;

mod app;
mod assets;
mod configurations;
mod explain;
mod generators;
mod groups;
mod html;
mod icons;
mod ignore;
mod install;
mod kit;
mod lesson;
mod manifest;
mod pages;
mod periodic_sync;
mod policy;
mod push;
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

/// Lists the tests of a spec under the names of their functions. They run in Chromium; those that are to hold
/// `everywhere` run in every engine that has what they need.
macro_rules! tests {
    ($($($part:ident)::+ $($everywhere:ident $(needs($($need:ident),+))?)?),* $(,)?) => {
        pub(crate) const TESTS: &[crate::runner::Test] = &[$(
            crate::runner::Test::new(stringify!($($part)::+), $($part)::+)
                $(.$everywhere(&[$($(crate::engine::Need::$need),+)?]))?
        ),*];
    };
}
pub(crate) use tests;

fn main() -> ExitCode {
    runner::main(&[
        ("kit", kit::TESTS),
        ("app", app::TESTS),
        ("assets", assets::TESTS),
        ("explain", explain::TESTS),
        ("generators", generators::TESTS),
        ("groups", groups::TESTS),
        ("html", html::TESTS),
        ("icons", icons::TESTS),
        ("ignore", ignore::TESTS),
        ("install", install::TESTS),
        ("manifest", manifest::TESTS),
        ("pages", pages::TESTS),
        ("periodic_sync", periodic_sync::TESTS),
        ("policy", policy::TESTS),
        ("push", push::TESTS),
        ("queue", queue::TESTS),
        ("retire", retire::TESTS),
        ("ranges", ranges::TESTS),
        ("routes", routes::TESTS),
        ("sync", sync::TESTS),
        ("lesson", lesson::TESTS),
        ("configurations", configurations::TESTS),
        ("serve", serve::TESTS),
        ("trees", trees::TESTS),
        ("update", update::TESTS),
        ("versions", versions::TESTS),
    ])
}
