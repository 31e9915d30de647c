//! What it costs to put something into the pages of a large site, against a build of it that looks into no page.
//!
//! `tests/bench/html [PAGES]` prints a table; it fails where the first build takes five seconds, where a second one
//! writes a page, or where memory grows with the pages.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Bytes that a build may keep, whatever the number of pages.
const MEMORY: i64 = 150 << 20;

fn main() {
    let pages = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(20_000);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/html");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run goes");
    }
    let bytes = write_site(&folder.join("site"), pages);
    println!(
        "{pages} pages, {} MB, {} cores\n",
        bytes / 1_000_000,
        rayon::current_num_threads()
    );
    println!("| | s | pages written |\n|---|---|---|");
    // Into the page cache, for everybody.
    build(&folder, "", "looks into no page, first");
    let (plain, _) = build(&folder, "", "looks into no page");
    let (first, written) = build(&folder, "[html]\n", "the first with `[html]`");
    assert_eq!(written, pages, "every page gets it");
    let before = times(&folder, pages);
    let (second, written) = build(&folder, "[html]\n", "the second");
    assert_eq!(written, 0);
    assert_eq!(
        times(&folder, pages),
        before,
        "a second build writes no page"
    );
    println!(
        "\nfirst ÷ without: {:.1}, second ÷ without: {:.1}, most memory of all: {} MB",
        first.as_secs_f64() / plain.as_secs_f64(),
        second.as_secs_f64() / plain.as_secs_f64(),
        memory() >> 20,
    );
    assert!(
        pages > 20_000 || first < Duration::from_secs(5),
        "{first:?}"
    );
    assert!(memory() < MEMORY, "{} MB", memory() >> 20);
}

/// Writes pages such as documentation has them, each of some 10 KB.
fn write_site(site: &Path, pages: usize) -> usize {
    let mut bytes = 0;
    for page in 0..pages {
        let folder = site.join(format!("{:03}", page / 200));
        fs::create_dir_all(&folder).expect("a folder");
        let text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Page {page}</title>\n<link rel=\"stylesheet\" href=\"../style.css\">\n<style>body {{ margin: 0 }}</style>\n<script>document.documentElement.className = \"js\"</script>\n</head>\n<body>\n{}</body>\n</html>\n",
            format!(
                "<p>Of <a href=\"{page}.html\">{page}</a> there is <em>much</em> to say.</p>\n"
            )
            .repeat(150),
        );
        bytes += text.len();
        fs::write(folder.join(format!("{page}.html")), text).expect("a page");
    }
    bytes
}

/// Returns how long a build took and how many pages it wrote.
fn build(folder: &Path, section: &str, name: &str) -> (Duration, usize) {
    let toml = format!("[app]\nname = \"bench\"\nroot = \"site\"\n{section}");
    fs::write(folder.join("pwa.toml"), toml).expect("a file");
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
        .current_dir(folder)
        .args(["build", "--format", "json"])
        .output()
        .expect("mdpwa starts");
    let took = start.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let written = said["pages"].as_array().map_or(0, Vec::len);
    println!("| {name} | {:.2} | {written} |", took.as_secs_f64());
    (took, written)
}

fn times(folder: &Path, pages: usize) -> Vec<std::time::SystemTime> {
    let time = |page: usize| {
        let path = folder.join(format!("site/{:03}/{page}.html", page / 200));
        let file = fs::metadata(path).expect("a page");
        file.modified().expect("a time")
    };
    (0..pages).map(time).collect()
}

/// The most memory that one of the builds has had, in bytes.
fn memory() -> i64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage fills in the whole structure it is given, and zeroes are a valid one.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    usage.ru_maxrss * 1024
}
