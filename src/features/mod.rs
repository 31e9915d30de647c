//! One file per section of pwa.toml: as written, as decided, its findings. The largest has a folder of rooms beside it.

pub mod app;
pub mod assets;
pub mod budget;
pub mod context;
pub mod endpoints;
pub mod host;
pub mod html;
pub mod icons;
pub mod manifest;
pub mod pages;
pub mod periodic_sync;
pub mod push;
pub mod retire;
pub mod routes;
pub mod sync;
pub mod update;
pub mod worker;
