//! `[budget]`: how much a first visit may download, so that a site grows heavier only when somebody says so.

use crate::diagnostic::{Diagnostic, Diagnostics, human_size};
use crate::document::{At, Table};

/// As written, and that is all there is to decide.
#[derive(Clone, Debug, Default)]
pub struct Section {
    files: Option<At<u32>>,
    raw: Option<At<u64>>,
    pub gzip: Option<At<u64>>,
}

/// A file that every visitor downloads, and how much of it.
pub type Download<'a> = (&'a str, u64);

impl Section {
    pub fn read(mut table: Table, report: &mut Diagnostics) -> Self {
        let section = Self {
            files: table.count("files", 1..=1_000_000, report),
            raw: table.size("raw", report),
            gzip: table.size("gzip", report),
        };
        table.finish(report);
        section
    }

    /// Checks what needs no compressing; sizes are those on disk.
    pub fn check(&self, downloads: &[Download], report: &mut Diagnostics) {
        if let Some(limit) = &self.files
            && downloads.len() > limit.value as usize
        {
            report.report(too_many(limit, downloads));
        }
        if let Some(limit) = &self.raw
            && total(downloads) > limit.value
        {
            report.report(too_large(limit, downloads));
        }
    }

    /// Checks what is transferred; sizes are those after gzip.
    pub fn check_gzip(&self, downloads: &[Download], report: &mut Diagnostics) {
        if let Some(limit) = &self.gzip
            && total(downloads) > limit.value
        {
            report.report(too_large_after_gzip(limit, downloads));
        }
    }
}

fn total(downloads: &[Download]) -> u64 {
    downloads.iter().map(|(_, size)| size).sum()
}

/// Files that are named: the largest say most.
const NAMED: usize = 5;

fn what_to_do(downloads: &[Download]) -> String {
    let mut largest = downloads.to_vec();
    largest.sort_by_key(|(path, size)| (u64::MAX - size, *path));
    let named: Vec<String> = largest
        .iter()
        .take(NAMED)
        .map(|(path, size)| format!("`{path}` ({})", human_size(*size)))
        .collect();
    format!(
        "the largest are {}; `exclude` them, give them `install = \"lazy\"`, or raise the budget",
        named.join(", ")
    )
}

fn too_many(limit: &At<u32>, downloads: &[Download]) -> Diagnostic {
    let title = format!(
        "a first visit downloads {} files of {}",
        downloads.len(),
        limit.value
    );
    Diagnostic::error("budget-files", title, limit.span.clone())
        .label("the budget")
        .help(what_to_do(downloads))
}

fn too_large(limit: &At<u64>, downloads: &[Download]) -> Diagnostic {
    let (size, most) = (human_size(total(downloads)), human_size(limit.value));
    let title = format!("a first visit downloads {size} of {most}");
    Diagnostic::error("budget-raw", title, limit.span.clone())
        .label("the budget")
        .help(what_to_do(downloads))
}

fn too_large_after_gzip(limit: &At<u64>, downloads: &[Download]) -> Diagnostic {
    let (size, most) = (human_size(total(downloads)), human_size(limit.value));
    let title = format!("a first visit downloads {size} of {most} after gzip");
    Diagnostic::error("budget-gzip", title, limit.span.clone())
        .label("the budget")
        .help(what_to_do(downloads))
}
