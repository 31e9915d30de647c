//! What `mdpwa build` costs, against Workbox on the same files and against reading and hashing them.
//!
//! Every round runs all three once, each time as the first build of the site, in an order that turns; ratios are taken
//! within a round, so that a machine that others use too disturbs them least. Prints the table of the README.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

const SITES: [(&str, &str); 3] = [
    ("swagger-ui", "Swagger UI"),
    ("python", "Python manual"),
    ("rust-doc", "Rust documentation"),
];

const ROUNDS: usize = 5;

/// The words of the process that only reads and hashes.
const FLOOR: &str = "--floor";

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    match words.first().map(String::as_str) {
        Some(FLOOR) => floor(Path::new(&words[1])),
        Some(rounds) => compare(rounds.parse().expect("the number of rounds")),
        None => compare(ROUNDS),
    }
}

/// The least that any generator with content hashes has to do: find every file, read it, hash it.
fn floor(root: &Path) {
    let files: Vec<PathBuf> = WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    let digests: Vec<[u8; 32]> = files
        .par_iter()
        .map(|file| Sha256::digest(fs::read(file).expect("a readable file")).into())
        .collect();
    std::hint::black_box(digests);
}

fn compare(rounds: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    println!(
        "Medians of {rounds} rounds on {} cores.\n",
        rayon::current_num_threads()
    );
    println!(
        "| Site | Files, MB | Read and hash: s, CPU s, MB | mdpwa: s, CPU s, MB | Workbox: s, CPU s, MB | Workbox ÷ mdpwa: time, CPU | mdpwa ÷ read and hash: time, CPU |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, title) in SITES {
        let bench = Bench::prepare(name, &folder.join(name));
        let runs: Vec<[Cost; 3]> = (0..rounds).map(|round| bench.round(round)).collect();
        println!("{}", bench.row(title, &runs));
    }
}

/// One site, ready for all three.
struct Bench {
    folder: PathBuf,
    files: usize,
    bytes: u64,
}

/// What one process took, whole.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    /// Bytes resident at most.
    memory: u64,
}

impl Bench {
    /// Links the files of a fetched site into a folder of their own, without the links that lead nowhere: one of them
    /// is enough to make Workbox list nothing.
    fn prepare(name: &str, folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/trees")
            .join(name)
            .join("site");
        if folder.exists() {
            fs::remove_dir_all(folder).expect("the folder of an earlier run goes");
        }
        let (mut files, mut bytes) = (0, 0);
        for entry in WalkDir::new(&source) {
            let entry = entry.expect("tests/trees/fetch has fetched the site");
            let inside = entry.path().strip_prefix(&source).expect("inside the site");
            let target = folder.join("site").join(inside);
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).expect("a new folder");
            } else if entry.file_type().is_file() {
                fs::hard_link(entry.path(), target).expect("a new link");
                files += 1;
                bytes += entry.metadata().expect("a readable file").len();
            }
        }
        // Both keep every file, whatever its size and name.
        let mdpwa = "[app]\nname = \"bench\"\nroot = \"site\"\n\n[[assets]]\ninclude = [\"**\"]\nmax_file = \"100MB\"\n";
        fs::write(folder.join("pwa.toml"), mdpwa).expect("a new file");
        let workbox = "module.exports = {
  globDirectory: 'site',
  globPatterns: ['**/*'],
  swDest: 'site/sw.js',
  maximumFileSizeToCacheInBytes: 100e6,
};
";
        fs::write(folder.join("workbox-config.js"), workbox).expect("a new file");
        let bench = Self {
            folder: folder.to_owned(),
            files,
            bytes,
        };
        // Into the page cache, for everybody.
        bench.read_and_hash();
        bench
    }

    /// Returns the costs of reading, of mdpwa and of Workbox, in this order.
    fn round(&self, round: usize) -> [Cost; 3] {
        let contestants = [Self::read_and_hash, Self::mdpwa, Self::workbox];
        let mut costs = [Cost::NONE; 3];
        for turn in 0..contestants.len() {
            let who = (round + turn) % contestants.len();
            self.forget_outputs();
            costs[who] = contestants[who](self);
        }
        costs
    }

    fn read_and_hash(&self) -> Cost {
        let this = std::env::current_exe().expect("this program has a path");
        self.run(this.as_os_str(), &[FLOOR.as_ref(), "site".as_ref()])
    }

    fn mdpwa(&self) -> Cost {
        self.run(env!("CARGO_BIN_EXE_mdpwa").as_ref(), &["build".as_ref()])
    }

    fn workbox(&self) -> Cost {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/bench/node_modules/workbox-cli/build/bin.js");
        self.run(
            "node".as_ref(),
            &[script.as_os_str(), "generateSW".as_ref()],
        )
    }

    fn run(&self, program: &OsStr, words: &[&OsStr]) -> Cost {
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        #[expect(clippy::zombie_processes, reason = "it is waited for right below")]
        let child = command.spawn().expect("the program starts");
        let (succeeded, usage) = wait(child.id()).expect("a child can be waited for");
        let wall = start.elapsed();
        assert!(succeeded, "{command:?} failed");
        Cost {
            wall,
            cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
            memory: usage.ru_maxrss.unsigned_abs() * 1024,
        }
    }

    /// Every run is the first build of its site.
    fn forget_outputs(&self) {
        for entry in fs::read_dir(self.folder.join("site")).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            let ours = [
                "service-worker.js",
                "register.js",
                "register.d.ts",
                "snippet.html",
            ];
            let workbox = name.starts_with("workbox-") || name.starts_with("sw.js");
            if ours.contains(&name) || workbox {
                fs::remove_file(path).expect("an output goes");
            }
        }
    }

    fn row(&self, title: &str, runs: &[[Cost; 3]]) -> String {
        let costs = |who: usize| {
            format!(
                "{}, {}, {:.0}",
                seconds(median(runs, |run| run[who].wall.as_secs_f64())),
                seconds(median(runs, |run| run[who].cpu.as_secs_f64())),
                median(runs, |run| run[who].memory as f64) / 1e6,
            )
        };
        let ratio = |above: usize, below: usize, of: fn(&Cost) -> Duration| {
            median(runs, |run| {
                of(&run[above]).as_secs_f64() / of(&run[below]).as_secs_f64()
            })
        };
        let (wall, cpu) = (|cost: &Cost| cost.wall, |cost: &Cost| cost.cpu);
        format!(
            "| {title} | {}, {:.1} | {} | **{}** | {} | **{:.0}**, {:.0} | {:.2}, {:.2} |",
            self.files,
            self.bytes as f64 / 1e6,
            costs(0),
            costs(1),
            costs(2),
            ratio(2, 1, wall),
            ratio(2, 1, cpu),
            ratio(1, 0, wall),
            ratio(1, 0, cpu),
        )
    }
}

impl Cost {
    const NONE: Self = Self {
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        memory: 0,
    };
}

/// Waits for a child and the processes it waited for; the standard library does not tell what they used.
fn wait(child: u32) -> io::Result<(bool, libc::rusage)> {
    let child = libc::pid_t::try_from(child).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: all zeroes is a value of this plain C structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both places outlive the call, and nobody else waits for this child.
    if unsafe { libc::wait4(child, &raw mut status, 0, &raw mut usage) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok((status == 0, usage))
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec.unsigned_abs())
        + Duration::from_micros(time.tv_usec.unsigned_abs())
}

fn median(runs: &[[Cost; 3]], of: impl Fn(&[Cost; 3]) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// Two digits that count.
fn seconds(value: f64) -> String {
    if value < 0.1 {
        format!("{value:.3}")
    } else if value < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
