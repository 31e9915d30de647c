pub mod host;
pub mod minifier;
