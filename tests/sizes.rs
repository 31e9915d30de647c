//! What a visitor downloads for the worker: its code, and its list of files.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use mdpwa::project::Overrides;
use mdpwa::{Bundle, Plan, Project};

#[test]
fn a_file_of_a_thousand_pages_takes_at_most_15_bytes_of_the_list() {
    let plan = plan("python");
    let files: usize = plan.assets.iter().map(|group| group.files.len()).sum();
    assert!(files > 1000, "only {files} files are kept");

    let list = gzipped(&worker(&plan)) - gzipped(&worker(&without_list(plan)));

    let each = list as f64 / files as f64;
    println!("{each:.1} bytes gzipped for each of {files} files");
    assert!(
        each <= 15.0,
        "{each:.1} bytes gzipped for each of {files} files"
    );
}

#[test]
fn a_worker_that_only_keeps_files_is_at_most_2_kilobytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let toml = "[app]\nname = \"Bare\"\n\n[pages]\nstrategy = \"instant\"\n";
    fs::write(folder.path().join("pwa.toml"), toml).expect("a file");
    fs::write(folder.path().join("index.html"), "<!doctype html>").expect("a file");

    let code = brotlied(&worker(&without_list(planned(
        &folder.path().join("pwa.toml"),
    ))));

    println!("{code} bytes in brotli");
    assert!(code <= 2000, "{code} bytes in brotli");
}

#[test]
fn a_page_module_with_everything_of_the_offline_part_is_at_most_2_kilobytes() {
    let site = Site::with(OFFLINE);
    for number in 0..50 {
        site.write(&format!("page-{number}.html"), "<!doctype html>");
    }
    site.write("extra/a.html", "<!doctype html>");

    weighs("the page's module", site.gzipped("register.js"), 2000);
}

#[test]
fn queued_work_adds_little_to_the_page_module() {
    weighs(
        "the page's module",
        Site::with(QUEUE).gzipped("register.js"),
        1000,
    );
}

/// The aim is 6,000.
#[test]
fn a_worker_with_pages_routes_ranges_and_a_queue_keeps_its_weight() {
    let toml = format!("{ROUTES}{QUEUE}");
    weighs(
        "the worker",
        Site::with(&toml).gzipped("service-worker.js"),
        10000,
    );
}

/// The aim is 6,000.
#[test]
fn a_worker_that_sends_snapshots_of_a_store_keeps_its_weight() {
    weighs(
        "the worker",
        Site::with(SNAPSHOTS).gzipped("service-worker.js"),
        9150,
    );
}

/// The aim is 5,000.
#[test]
fn the_rooms_of_queued_work_keep_their_weight_with_everything_on() {
    let rooms = Site::with(EVERYTHING_QUEUED).gzipped("service-worker.js")
        - Site::with("").gzipped("service-worker.js");
    weighs("all that a queue can be", rooms, 9500);
}

/// The page's module with all that needs no queue.
const OFFLINE: &str = r#"
[update]
toast = true
compat = ["registerSW"]

[[assets]]
name = "site"
exclude = ["extra/**"]
ignore = ['version \d+']

[[assets]]
name = "extra"
include = ["extra/**"]
install = "manual"
"#;

const ROUTES: &str = r#"
[[routes]]
match = { path = "/api/**" }
strategy = "network-first"
timeout = "2s"
max_age = "7d"
max_entries = 50

[[routes]]
match = { path = "/media/**" }
strategy = "cache-first"
max_entries = 20

[[routes]]
match = { destination = "image" }
strategy = "stale-while-revalidate"
max_age = "30d"
max_entries = 60
"#;

const QUEUE: &str = r#"
[[sync]]
tag = "notes"
endpoint = "POST /api/notes"
"#;

/// A page that knows nothing of mdpwa, and a server that replaces its list by what it gets.
const SNAPSHOTS: &str = r#"
[[sync]]
tag = "persistToDatabase"
endpoint = "POST /markdowns"
source = { database = "mdFileHistory", store = "mdFiles", version = 8 }
mode = "snapshot"
body = { markdowns = "$records" }
idempotency = { format = "off" }
notification = { title = "Markdowns synced to server" }
"#;

const EVERYTHING_QUEUED: &str = r#"
[sync_defaults]
csrf = { from = "cookie:XSRF-TOKEN", header = "X-XSRF-TOKEN" }
[[sync]]
tag = "snapshot"
endpoint = "POST /markdowns"
source = { database = "mdFileHistory", store = "mdFiles" }
mode = "snapshot"
body = { markdowns = "$records" }
idempotency = { format = "off" }
notification = { title = "Markdowns synced to server" }
[[sync]]
tag = "addMarkdown"
endpoint = "POST /api/v1/markdowns"
source = { database = "hotMark", store = "markdownFiles", index = "s", where = { status = "pendingSync" } }
on_success = { set = { status = "synced" } }
body = { all = "$records" }
omit = ["status"]
batch = { max_records = 10, response = "per_record" }
trigger = { message = "add-markdown" }
client_message = { type = "markdowns-synced" }
notification = { title = "New markdowns synced!", title_one = "x", body = "{count}", icon = "/icon.png" }
[[sync]]
tag = "send-message"
endpoint = "POST /api/conversations/{conversationId}/messages"
body = { text = "$payload.text", clientId = "$key", attachmentId = "$payload.attachmentId" }
order = "lane"
lane = "conversationId"
logout = "discard"
status = { "404" = "retry" }
auth = "context:token"
retry = { max_age = "7d", max_attempts = 5 }
notification = { title_one = "Message sent", title = "{count} messages sent", when = "hidden" }
[[sync]]
tag = "upload-attachment"
endpoint = "POST /api/attachments"
encoding = "multipart"
batch = { max_records = 1 }
order = "parallel"
concurrency = 2
csrf = { from = "fetch:/token#/csrf/value", header = "x-csrf" }
success = { content_type = "application/json" }
limits = { max_body = "25MiB", max_bytes = "200MiB" }
response = { save = { database = "chat", store = "attachments", pointer = "" } }
[[sync]]
tag = "mark-read"
endpoint = "PUT /api/conversations/{conversationId}/read"
body = { upTo = "$payload.messageId" }
coalesce = "conversationId"
on_conflict = "accept_server"
capture = { on = ["network_error", "503"], respond = "202", navigations = true }
"#;

/// A site of a page and an icon.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn with(toml: &str) -> Self {
        let site = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        site.write("pwa.toml", &format!("[app]\nname = \"Weighed\"\n{toml}"));
        site.write("index.html", "<!doctype html>");
        site.write("icon.png", "an icon");
        site
    }

    fn write(&self, path: &str, contents: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, contents).expect("a file");
    }

    /// The bytes of a rendered script, the worker without its list.
    fn gzipped(&self, script: &str) -> usize {
        let plan = planned(&self.folder.path().join("pwa.toml"));
        if script == plan.worker.file {
            return gzipped(&worker(&without_list(plan)));
        }
        let files = Bundle::render(&plan).files;
        let file = files.iter().find(|file| file.path == script);
        gzipped(file.and_then(|file| file.text()).expect("a script"))
    }
}

#[track_caller]
fn weighs(what: &str, bytes: usize, most: usize) {
    println!("{what}: {bytes} bytes gzipped");
    assert!(
        bytes <= most,
        "{what}: {bytes} bytes gzipped, more than {most}"
    );
}

/// The plan of a site out of a published package.
fn plan(name: &str) -> Plan {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetched = Command::new(home.join("tests/trees/fetch"))
        .arg(name)
        .status()
        .expect("the script starts");
    assert!(fetched.success(), "{name} could not be fetched");

    planned(&home.join("target/trees").join(name).join("pwa.toml"))
}

fn planned(file: &Path) -> Plan {
    let project = Project::open(file).expect("it is there");
    let planned = project
        .plan(&Overrides::default())
        .expect("the site can be read");
    planned
        .plan
        .unwrap_or_else(|| panic!("{:?}", planned.diagnostics))
}

fn without_list(mut plan: Plan) -> Plan {
    plan.assets.clear();
    plan
}

fn worker(plan: &Plan) -> String {
    let bundle = Bundle::render(plan);
    let file = bundle
        .files
        .into_iter()
        .find(|file| file.path == plan.worker.file);
    let file = file.expect("a bundle holds the worker");
    file.text().expect("a script").to_owned()
}

fn gzipped(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it").len()
}

fn brotlied(text: &str) -> usize {
    let mut packed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &best).expect("memory takes it");
    packed.len()
}
