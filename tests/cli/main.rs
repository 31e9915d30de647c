//! What the command line promises: what it writes, where it looks, what it exits with.

mod audit;
mod build;
mod check;
mod diff;
mod doctor;
mod explain;
mod finding;
mod headers;
mod html;
mod init;
mod migrate;
mod progress;
mod push;
mod readme;
mod refusing;
mod report;
mod retire;
mod shell;
mod simulate;
mod site;
mod watch;
