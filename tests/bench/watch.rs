//! What `mdpwa build --watch` takes from the write of a file to the new worker in its place.
//!
//! `tests/bench/watch [PAGES]` prints a table, a row for each kind of change; it fails where the worker of 30,000 pages
//! comes later than after 100 ms.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Changes of each kind.
const ROUNDS: usize = 21;

/// What one changed file of 30,000 may take.
const LIMIT: Duration = Duration::from_millis(100);

/// What a pwa.toml has besides the site, and how it is called.
const SECTIONS: [(&str, &str); 2] = [("", "no section"), ("[html]\n", "`[html]`")];

fn main() {
    let pages = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(30_000);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/watch");
    println!(
        "{pages} pages, {} cores, {ROUNDS} changes each\n",
        rayon::current_num_threads()
    );
    println!("| pwa.toml with | change | median, ms | slowest, ms |\n|---|---|---|---|");
    for (section, name) in SECTIONS {
        let bench = Bench::start(&folder, pages, section);
        let edited = bench.row(name, "a page is edited", |round| {
            let number = 1 + round * 97 % (pages - 1);
            fs::write(bench.page(number), text(number, 1)).expect("a page");
        });
        bench.row(name, "a page is added", |round| {
            let number = pages + round;
            fs::write(bench.page(number), text(number, 0)).expect("a page");
        });
        bench.row(name, "a page is renamed", |round| {
            let to = bench.page(2 * pages + round);
            fs::rename(bench.page(pages + round), to).expect("the page is there");
        });
        bench.row(name, "a page is removed", |round| {
            fs::remove_file(bench.page(2 * pages + round)).expect("the page is there");
        });
        assert!(pages > 30_000 || edited < LIMIT, "{edited:?}");
    }
}

/// A site under watch.
struct Bench {
    site: PathBuf,
    watch: Child,
}

impl Bench {
    /// Writes a site and returns when it is built and watched.
    fn start(folder: &Path, pages: usize, section: &str) -> Self {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("the folder of an earlier run goes");
        }
        let site = folder.join("site");
        // Room for as many pages again under new numbers, and for as many under yet others.
        for number in 0..=3 * pages / IN_A_FOLDER {
            fs::create_dir_all(site.join(format!("{number:03}"))).expect("a folder");
        }
        for number in 0..pages {
            fs::write(page(&site, number), text(number, 0)).expect("a page");
        }
        let toml = format!("[app]\nname = \"bench\"\nroot = \"site\"\n{section}");
        fs::write(folder.join("pwa.toml"), toml).expect("a file");
        let mut watch = Command::new(env!("CARGO_BIN_EXE_mdpwa"))
            .current_dir(folder)
            .args(["build", "--watch"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("mdpwa starts");
        let said = watch.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(said).lines();
        lines
            .find(|line| line.as_ref().is_ok_and(|line| line.contains("watching")))
            .expect("it watches")
            .expect("UTF-8");
        // Whatever else it says is read, so that it can go on.
        std::thread::spawn(move || lines.for_each(drop));
        let bench = Self { site, watch };
        // It has still to look at what it has written into the pages itself.
        bench.time(|| fs::write(page(&bench.site, 0), text(0, 1)).expect("a page"));
        bench
    }

    /// Returns the time from a change to the new worker.
    fn time(&self, change: impl FnOnce()) -> Duration {
        // What an earlier change has set off is over.
        std::thread::sleep(REST);
        let before = self.worker();
        let start = Instant::now();
        change();
        while self.worker() == before {
            assert!(start.elapsed() < PATIENCE, "no new worker");
            std::thread::sleep(Duration::from_micros(200));
        }
        start.elapsed()
    }

    fn page(&self, number: usize) -> PathBuf {
        page(&self.site, number)
    }

    /// Measures changes of one kind, prints a row of the table, and returns the median.
    fn row(&self, name: &str, change: &str, make: impl Fn(usize)) -> Duration {
        let time = |round| self.time(|| make(round));
        let mut times: Vec<Duration> = (0..ROUNDS).map(time).collect();
        times.sort();
        let (median, slowest) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        println!(
            "| {name} | {change} | **{}** | {} |",
            median.as_millis(),
            slowest.as_millis()
        );
        median
    }

    /// Returns what tells one worker from the next.
    fn worker(&self) -> u64 {
        use std::os::unix::fs::MetadataExt as _;
        let worker = fs::metadata(self.site.join("service-worker.js"));
        worker.expect("a worker").ino()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _gone_already = self.watch.kill();
        let _reaped = self.watch.wait();
    }
}

const IN_A_FOLDER: usize = 200;
const REST: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(30);

fn page(site: &Path, number: usize) -> PathBuf {
    site.join(format!("{:03}/page-{number}.html", number / IN_A_FOLDER))
}

fn text(number: usize, edition: usize) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Page {number}</title>\n</head>\n<body>\n<p>Edition {edition}\n{}</body>\n</html>\n",
        format!(
            "<p>Of <a href=\"{number}.html\">{number}</a> there is <em>much</em> to say.</p>\n"
        )
        .repeat(30),
    )
}
