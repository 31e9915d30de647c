//! Turns one pwa.toml and a built static site into a service worker, its registration module and the plan behind them.
//!
//! Five nouns in one direction: [`Config`] is what was written, [`Site`] is what is on disk, [`Plan`] is what was
//! decided, [`Bundle`] is what was rendered, [`Report`] is what was written out.

pub mod audit;
pub mod bundle;
pub mod color;
pub mod config;
pub mod crash;
pub mod diagnostic;
pub mod diff;
#[cfg(feature = "doctor")]
pub mod doctor;
pub mod document;
pub mod draft;
pub mod drawing;
pub mod endpoint;
pub mod explain;
pub mod features;
pub mod generators;
pub mod glob;
pub mod headers;
pub mod host;
pub mod init;
pub mod literals;
pub mod migrate;
pub mod minifier;
pub mod overview;
pub mod page;
pub mod picture;
pub mod plan;
pub mod progress;
pub mod project;
pub mod report;
pub mod schema;
#[cfg(feature = "serve")]
pub mod serve;
pub mod settings;
pub mod site;
pub mod url_path;
#[cfg(feature = "push")]
pub mod web_push;

pub use bundle::Bundle;
pub use config::Config;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use plan::Plan;
pub use project::Project;
pub use report::Report;
pub use site::Site;
