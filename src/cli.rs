//! The command line: arguments in, exit code out.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{BoolishValueParser, PossibleValuesParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde_json::json;

use crate::console::{self, Done, Format, bar};
use crate::watch::{Change, Watch};
use mdpwa::audit;
use mdpwa::bundle::{self, Bundle, Minified};
use mdpwa::crash::{self, End};
#[cfg(feature = "doctor")]
use mdpwa::diagnostic::Severity;
use mdpwa::diff::{Difference, Kept};
#[cfg(feature = "doctor")]
use mdpwa::doctor::{self, Diagnosis};
use mdpwa::explain::{Explanation, Guide, Question};
use mdpwa::features::app::Condition;
use mdpwa::features::budget::Download;
use mdpwa::features::routes::DESTINATIONS;
use mdpwa::generators::Generator;
use mdpwa::headers::{self, Needs};
use mdpwa::host::{self, Host};
use mdpwa::init::{Found, Wishes};
use mdpwa::migrate::Migrated;
use mdpwa::overview::{self, Weighed};
use mdpwa::progress::Progress;
use mdpwa::project::{self, Overrides, Planned, gzipped};
#[cfg(feature = "push")]
use mdpwa::report::write_secret;
use mdpwa::report::{self, State};
use mdpwa::schema;
#[cfg(feature = "serve")]
use mdpwa::serve::{self, Server, Switch};
#[cfg(feature = "push")]
use mdpwa::web_push::{KeyPair, Message, Subscription, Urgency};
use mdpwa::{Diagnostic, Plan, Project, Report};

/// Turns a static site into an app that works offline and delivers what was saved there.
#[derive(Parser)]
#[command(name = "mdpwa", version, max_term_width = 100)]
struct Line {
    /// Run as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Use this file instead of the nearest pwa.toml
    #[arg(long, value_name = "FILE", global = true, env = "MDPWA_CONFIG")]
    config: Option<PathBuf>,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Reader::Human, global = true, env = "MDPWA_FORMAT")]
    format: Reader,
    #[command(subcommand)]
    command: Command,
}

/// Who reads what is printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reader {
    Human,
    Json,
    /// For a comment on a pull request; `mdpwa diff` only
    Markdown,
}

/// A command line as it is carried out.
struct Cli {
    directory: Option<PathBuf>,
    config: Option<PathBuf>,
    format: Format,
    markdown: bool,
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Recognise a project's site generator, write a pwa.toml for it, and say what to add to its pipeline
    ///
    /// On a terminal it asks first; every question has a default, and a flag that answers it. A pwa.toml that is there
    /// is never touched.
    Init {
        /// The project, with the configuration of its generator
        #[arg(value_name = "DIR", default_value = ".")]
        dir: PathBuf,
        #[command(flatten)]
        answers: InitArgs,
        /// Ask nothing
        #[arg(long, short)]
        yes: bool,
        /// Write nothing; print the pwa.toml
        #[arg(long)]
        dry_run: bool,
    },
    /// Read the configuration of another tool's worker, and write the pwa.toml that does the same
    ///
    /// Takes a workbox-config.js, an ngsw-config.json, or a vite.config.js (or .ts) with the options of VitePWA. What is
    /// not plain data, or has no counterpart, is named and never guessed. A pwa.toml that is there is never touched.
    /// Exit codes: 0 all of it was converted, 1 something needs a person, 2 usage or I/O.
    Migrate {
        /// The configuration; pwa.toml is written beside it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Write nothing; print the pwa.toml
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the service worker and its registration module into the built site
    ///
    /// Exit codes: 0 done, 1 stale files (with --check), 2 usage, mistakes in pwa.toml or I/O.
    Build {
        #[command(flatten)]
        site: SiteArgs,
        /// Write nothing; exit with 1 and a diff when the files on disk are stale
        #[arg(long, conflicts_with = "dry_run")]
        check: bool,
        /// Write nothing; say what would be written
        #[arg(long)]
        dry_run: bool,
        /// Go on, and build again whenever the site or pwa.toml changes
        #[arg(long, conflicts_with_all = ["check", "dry_run"])]
        watch: bool,
        /// Write nothing, such as for a preview; `skip_when` of [app] asks the host itself
        #[arg(long, env = "MDPWA_SKIP", value_parser = BoolishValueParser::new())]
        skip: bool,
        /// Remember digests in this file: what has kept its size and time is not read again by the next build
        #[arg(long, value_name = "FILE", env = "MDPWA_CACHE")]
        cache: Option<PathBuf>,
    },
    /// Write a worker that leaves: it unregisters, deletes only its own caches and databases, and reloads its pages once
    ///
    /// The registration module stays, with the same exports, and registers nothing. Deploy both, and keep them until
    /// the last visitor has come by.
    Retire {
        #[command(flatten)]
        site: SiteArgs,
        /// Give up what visitors have saved and what still waits to be sent
        #[arg(long)]
        force: bool,
        /// Write nothing; say what would be written
        #[arg(long)]
        dry_run: bool,
    },
    /// Print what was decided: every default applied, every file that is kept
    Plan {
        #[command(flatten)]
        site: SiteArgs,
    },
    /// Ask a server for the deployed site, and say what keeps its worker from working there
    ///
    /// Exit codes: 0 nothing is wrong, 1 something is, 2 usage, mistakes in pwa.toml or I/O.
    #[cfg(feature = "doctor")]
    Doctor {
        /// Where the site's root is served, such as https://example.com/repo/
        #[arg(value_name = "URL")]
        url: String,
        #[command(flatten)]
        site: SiteArgs,
    },
    /// Print the JSON Schema of pwa.toml, for editors
    Schema,
    /// Print what a shell needs to complete the command line
    Completions {
        #[arg(value_enum, value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the manual page, or that of a command
    Man {
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
    /// Write one page with a map of what is kept, tables and every decision
    Report {
        #[command(flatten)]
        site: SiteArgs,
        /// Where it is written
        #[arg(long, short, value_name = "FILE", default_value = "pwa-report.html")]
        output: PathBuf,
    },
    /// Say what a returning visitor downloads after OLD was replaced by NEW
    ///
    /// Each is a built site, a folder with a pwa.toml, or what `mdpwa plan --format json` has printed into a file.
    /// With `--format markdown` it is written for a pull request.
    Diff {
        #[arg(value_name = "OLD")]
        old: PathBuf,
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// Say which rule answers an address: online, while the network is slow, and offline, and why
    Explain {
        /// As in the address bar, or a path: `/docs/a` from the host's root, `a` from the site's
        #[arg(value_name = "URL", required = true)]
        addresses: Vec<String>,
        /// What it is asked for, as in `match.destination`; guessed from the name otherwise
        #[arg(long = "as", value_name = "WORD", value_parser = destinations())]
        destination: Option<String>,
        /// How it is asked for
        #[arg(long, default_value = "GET")]
        method: String,
        /// The site's own origin, such as https://example.com
        #[arg(long, value_name = "ORIGIN")]
        origin: Option<String>,
        /// URL path that the site is served under
        #[arg(long, value_name = "PATH", env = "MDPWA_BASE")]
        base: Option<String>,
    },
    /// Look through the built site as browsers do: can it be installed, are its icons what is said of them
    ///
    /// Exit codes: 0 nothing found, 1 findings, 2 usage, mistakes in pwa.toml or I/O.
    Audit {
        #[command(flatten)]
        site: SiteArgs,
        /// Also look at how it is served, where it is deployed or previewed
        #[cfg(feature = "doctor")]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Print the findings as SARIF, which code hosts show beside the files
        #[arg(long)]
        sarif: bool,
    },
    /// Print what the host has to be told of the site's files, in its own language
    Headers {
        #[command(flatten)]
        site: SiteArgs,
        /// Whose language; without it that of `host` in pwa.toml
        #[arg(long, value_name = "NAME", value_parser = servers())]
        host: Option<String>,
    },
    /// Say what becomes of queued work when everything stops at the worst moment, tag by tag
    ///
    /// Exit codes: 0 every repetition is known as one, 1 some may not be, 2 usage, mistakes in pwa.toml or I/O.
    Simulate {
        #[command(flatten)]
        site: SiteArgs,
    },
    /// Make the pair of keys by which push services know a server
    ///
    /// The public key is printed, for `application_server_key` in pwa.toml. The private one goes into FILE, which its
    /// owner alone can read and which is never overwritten; it stays on the server.
    #[cfg(feature = "push")]
    Vapid {
        /// Where the private key is written; `-` prints it
        file: PathBuf,
        /// Make nothing, and print the public key that belongs to FILE
        #[arg(long)]
        public: bool,
    },
    /// Send an encrypted push message to one browser
    ///
    /// Without --payload it is a test message that fits `[push]` of pwa.toml.
    /// Exit codes: 0 taken by the push service, 1 not taken, 2 usage or I/O.
    #[cfg(feature = "push")]
    Push {
        /// The subscription, as `JSON.stringify` gives it in a page; `-` reads it from standard input. Its address has to
        /// be `https://`, or on this machine
        subscription: PathBuf,
        /// The private key that `mdpwa vapid` has written
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// What is sent
        #[arg(long, value_name = "TEXT")]
        payload: Option<String>,
        /// Seconds for which the push service keeps it for a device that is away
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        ttl: u64,
        /// How much battery it is worth
        #[arg(long, default_value = "normal", value_parser = ["very-low", "low", "normal", "high"])]
        urgency: String,
        /// Takes the place of a message with the same topic that still waits
        #[arg(long, value_name = "WORD")]
        topic: Option<String>,
        /// Whom the push service may turn to; some want to know
        #[arg(long, value_name = "MAILTO-OR-HTTPS")]
        contact: Option<String>,
    },
    /// Build, then preview the site as its host would serve it, on this machine
    ///
    /// The endpoints of pwa.toml are answered from memory. A page of its own shows what they took and makes the
    /// server go away, be slow or answer 503; so do the letters d, s, 5 and u (and Enter) in the terminal.
    #[cfg(feature = "serve")]
    Serve {
        #[command(flatten)]
        site: SiteArgs,
        /// Serve at this address; 0.0.0.0 lets other devices in
        #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
        address: std::net::IpAddr,
        /// Serve at this port, and the control page at the next, for this machine only; 0 is any free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
}

#[derive(Args)]
struct InitArgs {
    /// What builds the site
    #[arg(long, value_name = "NAME", value_parser = Generator::names())]
    generator: Option<String>,
    /// What the site is called
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The folder that the site is built into, relative to the project
    #[arg(long, value_name = "DIR")]
    root: Option<String>,
    /// URL path that the site is served under
    #[arg(long, value_name = "PATH")]
    base: Option<String>,
    /// Where it is served
    #[arg(long, value_name = "NAME", value_parser = host_names())]
    host: Option<String>,
}

fn servers() -> PossibleValuesParser {
    PossibleValuesParser::new(headers::NAMES.map(|(name, _)| name))
}

#[derive(Args)]
struct SiteArgs {
    /// Where to look for pwa.toml first; then the folders above
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The folder of the built site, instead of the one that pwa.toml names
    #[arg(long, value_name = "DIR", env = "MDPWA_ROOT")]
    root: Option<PathBuf>,
    /// URL path that the site is served under
    #[arg(long, value_name = "PATH", env = "MDPWA_BASE")]
    base: Option<String>,
    /// Write JavaScript to be read
    #[arg(long, env = "MDPWA_NO_MINIFY", value_parser = BoolishValueParser::new())]
    no_minify: bool,
}

impl SiteArgs {
    /// The site of this folder, where a command's words are something else.
    fn here(base: Option<String>) -> Self {
        Self {
            dir: PathBuf::from("."),
            base,
            no_minify: false,
            root: None,
        }
    }

    fn overrides(&self, cache: Option<PathBuf>) -> Overrides {
        Overrides {
            root: self.root.clone(),
            base: self.base.clone(),
            no_minify: self.no_minify,
            cache,
            progress: Progress::default(),
        }
    }
}

/// The words of `match.destination`.
fn destinations() -> PossibleValuesParser {
    PossibleValuesParser::new(DESTINATIONS.map(|(word, _)| word))
}

/// Done.
const OK: u8 = 0;
/// What is on disk is stale.
const FINDINGS: u8 = 1;
/// Usage, a mistake in pwa.toml, or a file that cannot be read or written.
const FAILURE: u8 = 2;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let line = Line::parse();
    let cli = Cli {
        directory: line.directory,
        config: line.config,
        format: match line.format {
            Reader::Human | Reader::Markdown => Format::Human,
            Reader::Json => Format::Json,
        },
        markdown: line.format == Reader::Markdown,
        command: line.command,
    };
    let format = cli.format;
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            console::failure(format, &error.to_string());
            ExitCode::from(FAILURE)
        }
    }
}

impl Cli {
    fn run(self) -> io::Result<u8> {
        if let Some(directory) = &self.directory {
            std::env::set_current_dir(directory).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", directory.display()))
            })?;
        }
        if self.markdown && !matches!(self.command, Command::Diff { .. }) {
            return Err(io::Error::other(
                "only `mdpwa diff` speaks Markdown; take `--format human` or `json`",
            ));
        }
        match &self.command {
            Command::Init {
                dir,
                answers,
                yes,
                dry_run,
            } => self.init(dir, answers, *yes, *dry_run),
            Command::Migrate { file, dry_run } => self.migrate(file, *dry_run),
            Command::Build {
                site,
                check,
                dry_run,
                watch,
                skip,
                cache,
            } => {
                if *skip {
                    console::skipped(self.format, "`--skip` or MDPWA_SKIP");
                    return Ok(OK);
                }
                if *watch {
                    return self.watch(&site.overrides(cache.clone()), &site.dir);
                }
                let done = match (check, dry_run) {
                    (true, _) => Done::Checked,
                    (_, true) => Done::Would,
                    _ => Done::Written,
                };
                self.build(site, cache.clone(), done)
            }
            Command::Retire {
                site,
                force,
                dry_run,
            } => self.retire(site, *force, *dry_run),
            Command::Plan { site } => self.plan(site),
            #[cfg(feature = "doctor")]
            Command::Doctor { url, site } => self.doctor(url, site),
            Command::Report { site, output } => self.report(site, output),
            Command::Schema => {
                console::print_json(&schema::schema());
                Ok(OK)
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Line::command(), "mdpwa", &mut script);
                console::text(&String::from_utf8_lossy(&script));
                Ok(OK)
            }
            Command::Man { command } => manual(command.as_deref()),
            Command::Diff { old, new } => self.diff(old, new),
            Command::Explain {
                addresses,
                destination,
                method,
                origin,
                base,
            } => {
                let site = SiteArgs::here(base.clone());
                let question = |address: &String| Question {
                    address: address.clone(),
                    method: Some(method.clone()),
                    destination: destination.clone(),
                    origin: origin.clone(),
                };
                self.explain(&site, &addresses.iter().map(question).collect::<Vec<_>>())
            }
            #[cfg(feature = "doctor")]
            Command::Audit { site, url, sarif } => self.audit(site, *sarif, url.as_deref()),
            #[cfg(not(feature = "doctor"))]
            Command::Audit { site, sarif } => self.audit(site, *sarif, None),
            Command::Headers { site, host } => self.headers(site, host.as_deref()),
            Command::Simulate { site } => self.simulate(site),
            #[cfg(feature = "push")]
            Command::Vapid { file, public } => self.vapid(file, *public),
            #[cfg(feature = "push")]
            Command::Push {
                subscription,
                key,
                payload,
                ttl,
                urgency,
                topic,
                contact,
            } => {
                let keys = KeyPair::parse(&text_of(key)?)?;
                let to = Subscription::parse(&text_of(subscription)?)?;
                let payload = match payload {
                    Some(text) => text.clone(),
                    None => self.test_message(&keys)?,
                };
                let message = Message {
                    payload: payload.into_bytes(),
                    ttl: std::time::Duration::from_secs(*ttl),
                    urgency: Urgency::named(urgency),
                    topic: topic.clone(),
                    contact: contact.clone(),
                };
                self.push(&message, &keys, &to)
            }
            #[cfg(feature = "serve")]
            Command::Serve {
                site,
                address,
                port,
            } => self.serve(site, (*address, *port).into()),
        }
    }

    fn init(&self, dir: &Path, answers: &InitArgs, yes: bool, dry_run: bool) -> io::Result<u8> {
        let path = match &self.config {
            Some(file) => file.clone(),
            None => beside(dir, "pwa.toml"),
        };
        if !dry_run && path.exists() {
            return Err(already_there(&path));
        }
        let mut wishes = answers.wishes();
        let Some(mut found) = Found::look(dir, &wishes)? else {
            return Err(not_recognised(dir));
        };
        let asks = !yes && !dry_run && self.format == Format::Human;
        if asks && io::stdin().is_terminal() {
            found = asked(dir, found, &mut wishes, &mut io::stdin().lock())?;
        }
        let text = bundle::pwa_toml(&found.draft());
        if dry_run && self.format == Format::Human {
            console::text(&text);
            return Ok(OK);
        }
        if !dry_run {
            report::create(&path, &text)?;
        }
        match self.format {
            Format::Human => console::initialized(&path, &found),
            Format::Json => console::print_json(&json!({
                "file": path,
                "generator": found.generator.name,
                "name": found.name.value,
                "root": found.root.value,
                "base": found.base.value,
                "host": found.host.value,
                "text": text,
            })),
        }
        Ok(OK)
    }

    fn migrate(&self, file: &Path, dry_run: bool) -> io::Result<u8> {
        let path = match &self.config {
            Some(file) => file.clone(),
            None => file.with_file_name("pwa.toml"),
        };
        if !dry_run && path.exists() {
            return Err(already_there(&path));
        }
        let migrated = Migrated::read(file)?;
        let text = bundle::pwa_toml(&migrated.draft);
        if !dry_run {
            report::create(&path, &text)?;
        }
        match self.format {
            Format::Human => {
                console::diagnostics(&migrated.project, &migrated.findings);
                if dry_run {
                    console::text(&text);
                } else {
                    console::migrated(&path, &migrated);
                }
            }
            Format::Json => console::print_json(&json!({
                "file": path,
                "tool": migrated.tool,
                "text": text,
                "toDo": console::tasks_json(&migrated.project, &migrated.to_do),
                "spared": console::tasks_json(&migrated.project, &migrated.spared),
                "diagnostics": console::diagnostics_json(&migrated.project, &migrated.findings),
            })),
        }
        Ok(if migrated.to_do.is_empty() {
            OK
        } else {
            FINDINGS
        })
    }

    fn build(&self, site: &SiteArgs, cache: Option<PathBuf>, done: Done) -> io::Result<u8> {
        let project = self.project(&site.dir)?;
        let planned = self.plan_of(&project, site.overrides(cache.clone()))?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        if let Some(condition) = plan.app.skip_when.iter().find(|condition| holds(condition)) {
            let sign = if condition.equal { "=" } else { "!=" };
            let why = format!(
                "`{}{sign}{}` of `skip_when`",
                condition.variable, condition.value
            );
            console::skipped(self.format, &why);
            return Ok(OK);
        }
        let (bundle, report) = rendered(&planned.root, plan)?;
        if done == Done::Written {
            self.write(&report, &planned.root, &bundle)?;
            if let (Some(cache), Some(text)) = (&cache, &planned.remembered) {
                report::replace(cache, text)?;
            }
        }
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                if done == Done::Checked {
                    console::difference(&planned.root, &report, &bundle)?;
                } else {
                    console::report(&planned.root, plan, &report, done);
                }
            }
            Format::Json => console::print_json(&json!({
                "root": planned.root,
                "files": report.files,
                "pages": report.pages,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        let stale = done == Done::Checked && !report.is_fresh();
        Ok(if stale { FINDINGS } else { OK })
    }

    /// Builds again and again, until the process is ended.
    fn watch(&self, overrides: &Overrides, dir: &Path) -> io::Result<u8> {
        let mut project = self.project(dir)?;
        // Watched before it is looked at, so that no change comes between.
        let mut watch = Watch::of(&project.root(overrides), &project.path)?;
        let mut planned = self.plan_of(&project, overrides.clone())?;
        let mut minified = Minified::default();
        let mut said = Vec::new();
        self.rebuild(&project, &planned, &mut minified, &mut said)?;
        console::watching(self.format, &planned.root);
        loop {
            let again = match watch.next(&planned)? {
                Change::Files(files) => project.plan_again(overrides, planned, &files),
                Change::Everything => Project::open(&project.path).and_then(|read| {
                    project = read;
                    watch = Watch::of(&project.root(overrides), &project.path)?;
                    project.plan(overrides)
                }),
            };
            // A generator that still writes may have taken away what it has just put there.
            planned = match again {
                Ok(planned) => planned,
                Err(_) => project.plan(overrides)?,
            };
            self.rebuild(&project, &planned, &mut minified, &mut said)?;
        }
    }

    fn rebuild(
        &self,
        project: &Project,
        planned: &Planned,
        minified: &mut Minified,
        said: &mut Vec<Diagnostic>,
    ) -> io::Result<()> {
        let Some(plan) = &planned.plan else {
            self.refuse(project, planned);
            return Ok(());
        };
        let bundle = Bundle::render_again(plan, minified);
        let mut report = Report::compare_unweighed(&planned.root, &bundle)?;
        if let Some(foreign) = report
            .files
            .iter()
            .find(|file| file.state == State::Foreign)
        {
            return Err(foreign_file(&planned.root.join(&foreign.path)));
        }
        match report.write(&planned.root, &bundle) {
            // A page has changed since it was read, and that change is the next one.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Ok(()),
            written => written?,
        }
        report.files.retain(|file| file.state != State::Unchanged);
        // What was written into pages is a change too, of which nothing comes.
        let news = !report.files.is_empty() || !report.pages.is_empty();
        if !news && *said == planned.diagnostics {
            return Ok(());
        }
        said.clone_from(&planned.diagnostics);
        match self.format {
            Format::Human => {
                console::diagnostics(project, &planned.diagnostics);
                console::rebuilt(&planned.root, &report);
            }
            Format::Json => console::print_json_line(&json!({
                "root": planned.root,
                "files": report.files,
                "diagnostics": console::diagnostics_json(project, &planned.diagnostics),
            })),
        }
        Ok(())
    }

    #[cfg(feature = "doctor")]
    fn doctor(&self, url: &str, site: &SiteArgs) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let root = &planned.root;
        let diagnosis = self.showing(|progress| doctor::examine(plan, root, url, progress))?;
        match self.format {
            Format::Human => console::diagnosis(&diagnosis),
            Format::Json => console::print_json(&json!(diagnosis)),
        }
        let wrong = diagnosis
            .findings
            .iter()
            .any(|one| one.severity == doctor::Severity::Error);
        Ok(if wrong { FINDINGS } else { OK })
    }

    fn report(&self, site: &SiteArgs, output: &Path) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let files = plan.assets.iter().flat_map(|group| &group.files);
        let files: Vec<Download> = files.map(|file| (file.path.as_str(), file.size)).collect();
        let weighed = self.showing(|progress| gzipped(&planned.root, &files, progress))?;
        let weighed: Vec<Weighed> = files
            .iter()
            .zip(weighed)
            .map(|((path, raw), (_, gzip))| (*path, *raw, gzip))
            .collect();
        report::replace(output, &overview::page(plan, &weighed))?;
        match self.format {
            Format::Human => console::reported(output),
            Format::Json => console::print_json(&json!({ "file": output })),
        }
        Ok(OK)
    }

    fn diff(&self, old: &Path, new: &Path) -> io::Result<u8> {
        let (old, new) = match (self.kept(old)?, self.kept(new)?) {
            (Some(old), Some(new)) => (old, new),
            _ => return Ok(FAILURE),
        };
        let difference = self.showing(|progress| Difference::between(&old, &new, progress));
        match self.format {
            _ if self.markdown => console::markdown(&difference),
            Format::Human => console::differences(&difference),
            Format::Json => console::print_json(&json!(difference)),
        }
        Ok(OK)
    }

    /// Returns what a saved plan, a project or a built site keeps; nothing where pwa.toml has mistakes, which are shown.
    fn kept(&self, place: &Path) -> io::Result<Option<Kept>> {
        if place.is_file() {
            return Kept::open(place).map(Some);
        }
        let mut overrides = Overrides::default();
        let project = if place.join("pwa.toml").is_file() && self.config.is_none() {
            Project::find(place)?
        } else {
            overrides.root = Some(place.to_owned());
            self.project(Path::new("."))?
        };
        let planned = self.plan_of(&project, overrides)?;
        let Some(plan) = &planned.plan else {
            self.refuse(&project, &planned);
            return Ok(None);
        };
        Ok(Some(Kept::of(plan, &planned.root)))
    }

    fn retire(&self, site: &SiteArgs, force: bool, dry_run: bool) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let (bundle, report) = compared(&planned.root, Bundle::retire(plan, force))?;
        if !dry_run {
            self.write(&report, &planned.root, &bundle)?;
        }
        let done = if dry_run { Done::Would } else { Done::Written };
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::retired(&planned.root, plan, &report, done, force);
            }
            Format::Json => console::print_json(&json!({
                "root": planned.root,
                "files": report.files,
                "pages": report.pages,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        Ok(OK)
    }

    fn plan(&self, site: &SiteArgs) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::plan(&planned.root, plan);
            }
            Format::Json => console::print_json(&json!({
                "plan": plan,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        Ok(OK)
    }

    fn explain(&self, site: &SiteArgs, questions: &[Question]) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let guide = Guide::of(plan);
        let explained: Vec<Explanation> = questions
            .iter()
            .map(|question| guide.explain(question))
            .collect();
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::explanations(&explained);
            }
            Format::Json => console::print_json(&json!({
                "addresses": explained,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        Ok(OK)
    }

    fn audit(&self, site: &SiteArgs, sarif: bool, url: Option<&str>) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let report = Report::compare(&planned.root, &Bundle::render(plan))?;
        let read = |name: &str| project::file(&planned.root, name);
        let mut found = audit::audit(plan, &read, !report.is_fresh());
        if let Some(url) = url {
            let root = &planned.root;
            found.extend(self.showing(|progress| served(plan, root, url, progress))?);
        }
        let root = planned.root.display().to_string();
        match (sarif, self.format) {
            (true, _) => console::print_json(&audit::sarif(&found, &root)),
            (false, Format::Json) => {
                console::print_json(&json!({ "root": root, "findings": found }))
            }
            (false, _) => console::findings(&planned.root, &found),
        }
        Ok(if found.is_empty() { OK } else { FINDINGS })
    }

    fn headers(&self, site: &SiteArgs, host: Option<&str>) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let name = host.unwrap_or_else(|| plan.app.host.name());
        let Some((_, server)) = headers::NAMES.iter().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = headers::NAMES.iter().map(|(name, _)| *name).collect();
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "whose language? Give `--host` with one of {}",
                    names.join(", ")
                ),
            ));
        };
        let needs = Needs::of(plan, &plan.headers, &planned.site);
        let text = needs.written_for(*server, &planned.root.display().to_string());
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::text(&text);
            }
            Format::Json => console::print_json(&json!({
                "host": name,
                "needs": needs,
                "text": text,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        Ok(OK)
    }

    fn simulate(&self, site: &SiteArgs) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let fates = crash::matrix(plan);
        match self.format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::fates(&fates);
            }
            Format::Json => console::print_json(&json!({
                "tags": fates,
                "diagnostics": console::diagnostics_json(&project, &planned.diagnostics),
            })),
        }
        let twice = fates.iter().any(|fate| fate.worst() >= End::Older);
        Ok(if twice { FINDINGS } else { OK })
    }

    #[cfg(feature = "push")]
    fn vapid(&self, file: &Path, public: bool) -> io::Result<u8> {
        if public {
            let keys = KeyPair::parse(&text_of(file)?)?;
            console::keys(self.format, &keys, None);
            return Ok(OK);
        }
        let keys = KeyPair::generate()?;
        if file != Path::new(STANDARD) {
            write_secret(file, &format!("{}\n", keys.private()))?;
        }
        console::keys(self.format, &keys, Some(file));
        Ok(OK)
    }

    #[cfg(feature = "push")]
    fn push(&self, message: &Message, keys: &KeyPair, to: &Subscription) -> io::Result<u8> {
        match message.send(keys, to)? {
            Ok(status) => {
                console::pushed(self.format, &to.endpoint, status);
                Ok(OK)
            }
            Err(refusal) => {
                console::failure(self.format, &refusal.to_string());
                Ok(FINDINGS)
            }
        }
    }

    /// Returns a message that fits `[push]` of pwa.toml, where there is one; its key has to be that of the pair.
    #[cfg(feature = "push")]
    fn test_message(&self, keys: &KeyPair) -> io::Result<String> {
        let site = SiteArgs::here(None);
        let planned = match self.planned(&site) {
            Ok((_, planned)) => planned.plan,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.config.is_none() => None,
            Err(error) => return Err(error),
        };
        let push = planned.as_ref().and_then(|plan| plan.push.as_ref());
        let other_key = push
            .and_then(|push| push.key.as_ref())
            .is_some_and(|key| *key != keys.public());
        if other_key {
            return Err(io::Error::other(
                "the private key is not of the pair whose public key is `application_server_key` in pwa.toml, with which browsers subscribe",
            ));
        }
        let (title, body) = match push {
            Some(push) => (push.pointers.title.as_str(), push.pointers.body.as_str()),
            None => ("/title", "/body"),
        };
        let name = planned.as_ref().map_or("mdpwa", |plan| &plan.app.name);
        let mut message = json!({});
        put(&mut message, title, name);
        put(&mut message, body, "A test message has arrived");
        Ok(message.to_string())
    }

    #[cfg(feature = "serve")]
    fn serve(&self, site: &SiteArgs, address: std::net::SocketAddr) -> io::Result<u8> {
        let (project, planned) = self.planned(site)?;
        let Some(plan) = &planned.plan else {
            return Ok(self.refuse(&project, &planned));
        };
        let (bundle, report) = rendered(&planned.root, plan)?;
        self.write(&report, &planned.root, &bundle)?;
        let next = match address.port() {
            0 => 0,
            port => port.checked_add(1).unwrap_or(0),
        };
        let format = self.format;
        let server = Server::start(serve::Options {
            site: planned.root.clone(),
            base: plan.app.base.clone(),
            host: plan.app.host,
            endpoints: endpoints(plan),
            address,
            control: (std::net::Ipv4Addr::LOCALHOST, next).into(),
            log: Box::new(move |event| console::event(format, &event)),
        })?;
        match format {
            Format::Human => {
                console::diagnostics(&project, &planned.diagnostics);
                console::report(&planned.root, plan, &report, Done::Written);
            }
            Format::Json => {}
        }
        console::serving(format, &server);
        if io::stdin().is_terminal() {
            steer(&server, io::stdin().lock())?;
        } else {
            loop {
                std::thread::park();
            }
        }
        server.stop();
        Ok(OK)
    }

    fn planned(&self, site: &SiteArgs) -> io::Result<(Project, Planned)> {
        let project = self.project(&site.dir)?;
        let planned = self.plan_of(&project, site.overrides(None))?;
        Ok((project, planned))
    }

    fn plan_of(&self, project: &Project, overrides: Overrides) -> io::Result<Planned> {
        self.showing(|progress| {
            project.plan(&Overrides {
                progress: progress.clone(),
                ..overrides
            })
        })
    }

    fn write(&self, report: &Report, root: &Path, bundle: &Bundle) -> io::Result<()> {
        self.showing(|progress| report.write_counting(root, bundle, progress))
    }

    /// Does work that may be long; where somebody looks on, a bar says how far it has come.
    fn showing<T>(&self, work: impl FnOnce(&Progress) -> T) -> T {
        let terminal = std::env::var("TERM").ok();
        let alone = std::env::var_os("CI").is_some();
        if !alone && bar::has_spectator(self.format, terminal.as_deref()) {
            bar::during(work)
        } else {
            work(&Progress::default())
        }
    }

    fn project(&self, dir: &Path) -> io::Result<Project> {
        match &self.config {
            Some(file) => Project::open(file),
            None => Project::find(dir),
        }
    }

    fn refuse(&self, project: &Project, planned: &Planned) -> u8 {
        match self.format {
            Format::Human => console::diagnostics(project, &planned.diagnostics),
            Format::Json => console::print_json(&json!({
                "diagnostics": console::diagnostics_json(project, &planned.diagnostics),
            })),
        }
        FAILURE
    }
}

impl InitArgs {
    fn wishes(&self) -> Wishes {
        Wishes {
            generator: self.generator.as_deref().and_then(Generator::named),
            name: self.name.clone(),
            root: self.root.clone(),
            base: self.base.clone(),
            host: self.host.as_deref().and_then(Host::named),
        }
    }
}

fn host_names() -> Vec<&'static str> {
    host::NAMES.iter().map(|(name, _)| *name).collect()
}

/// Asks for what no flag has said; an empty answer takes the default, which may follow from the answers before.
fn asked(
    dir: &Path,
    mut found: Found,
    wishes: &mut Wishes,
    answers: &mut impl io::BufRead,
) -> io::Result<Found> {
    if wishes.generator.is_none() && !found.others.is_empty() {
        let names = Generator::names();
        let default = found.generator.name;
        let name = question("generator", default, Some(&names), answers)?;
        wishes.generator = Generator::named(&name);
        found = looked_again(dir, wishes)?;
    }
    if wishes.root.is_none() {
        let root = question("folder of the built site", &found.root.value, None, answers)?;
        if root != found.root.value {
            wishes.root = Some(root);
            found = looked_again(dir, wishes)?;
        }
    }
    if wishes.name.is_none() {
        let name = question("name of the site", &found.name.value, None, answers)?;
        if name != found.name.value {
            wishes.name = Some(name);
        }
    }
    if wishes.host.is_none() {
        let names = host_names();
        let host = question("host", found.host.value.name(), Some(&names), answers)?;
        if host != found.host.value.name() {
            wishes.host = Host::named(&host);
            found = looked_again(dir, wishes)?;
        }
    }
    if wishes.base.is_none() {
        let base = question("path it is served under", &found.base.value, None, answers)?;
        if base != found.base.value {
            wishes.base = Some(base);
        }
    }
    looked_again(dir, wishes)
}

fn looked_again(dir: &Path, wishes: &Wishes) -> io::Result<Found> {
    Found::look(dir, wishes)?.ok_or_else(|| not_recognised(dir))
}

/// Asks until the answer is one of the choices; the end of input is the default.
fn question(
    what: &str,
    default: &str,
    choices: Option<&[&str]>,
    answers: &mut impl io::BufRead,
) -> io::Result<String> {
    loop {
        console::question(what, default, choices.unwrap_or_default());
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let answer = match line.trim() {
            "" => default,
            answer => answer,
        };
        if choices.is_none_or(|choices| choices.contains(&answer)) || line.is_empty() {
            return Ok(answer.to_owned());
        }
    }
}

/// Returns the path of a file in a folder, as short as a person would write it.
fn beside(dir: &Path, file: &str) -> PathBuf {
    if dir == Path::new(".") {
        PathBuf::from(file)
    } else {
        dir.join(file)
    }
}

fn already_there(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!(
            "{} is there already and is left as it is; `mdpwa build` goes by it, and `--dry-run` prints what would be written",
            path.display()
        ),
    )
}

fn not_recognised(dir: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!(
            "no site generator is recognised in {}; name one with `--generator`, or the folder of the built site with `--root`",
            dir.display()
        ),
    )
}

/// Prints the manual page of the whole, or of one command.
fn manual(command: Option<&str>) -> io::Result<u8> {
    let mut whole = Line::command();
    // With what is global, and names for the commands that say whose they are.
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(io::Error::other(format!("mdpwa has no command `{name}`"))),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    console::text(&String::from_utf8_lossy(&text));
    Ok(OK)
}

/// Says whether the environment is as a condition has it; what is not set is empty.
fn holds(condition: &Condition) -> bool {
    let value = std::env::var(&condition.variable).unwrap_or_default();
    (value == condition.value) == condition.equal
}

/// Names standard input or output.
#[cfg(feature = "push")]
const STANDARD: &str = "-";

#[cfg(feature = "push")]
fn text_of(file: &Path) -> io::Result<String> {
    if file == Path::new(STANDARD) {
        return io::read_to_string(io::stdin());
    }
    mdpwa::project::text_of(file)
}

/// Puts a text where a pointer leads, through objects that are made on the way.
#[cfg(feature = "push")]
fn put(json: &mut serde_json::Value, pointer: &str, text: &str) {
    let mut place = json;
    for name in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[name.replace("~1", "/").replace("~0", "~")];
    }
    *place = text.into();
}

fn rendered(root: &Path, plan: &Plan) -> io::Result<(Bundle, Report)> {
    compared(root, Bundle::render(plan))
}

/// Compares a bundle with the disk, where no file of somebody else may be in its way.
fn compared(root: &Path, bundle: Bundle) -> io::Result<(Bundle, Report)> {
    let report = Report::compare(root, &bundle)?;
    match (report.files.iter()).find(|file| file.state == State::Foreign) {
        Some(foreign) => Err(foreign_file(&root.join(&foreign.path))),
        None => Ok((bundle, report)),
    }
}

/// Every endpoint that queued work can be sent to and that is of the site's own origin.
#[cfg(feature = "serve")]
fn endpoints(plan: &Plan) -> Vec<serve::Endpoint> {
    let in_place = plan.sync.iter().map(|tag| &tag.endpoint);
    let mut endpoints = Vec::new();
    for endpoint in plan.endpoints.values().chain(in_place) {
        let served = serve::Endpoint {
            method: endpoint.method.name().to_owned(),
            path: endpoint.url.clone(),
            key_header: match &endpoint.idempotency {
                Some(idempotency) => idempotency.header.clone(),
                None => String::new(),
            },
        };
        if !endpoint.url.contains("://") && !endpoints.contains(&served) {
            endpoints.push(served);
        }
    }
    endpoints
}

/// Does what the letters say that are typed, until `q` or the end of input.
#[cfg(feature = "serve")]
fn steer(server: &Server, letters: impl io::BufRead) -> io::Result<()> {
    for line in letters.lines() {
        let switch = match line?.trim() {
            "d" => Switch::Down,
            "s" => Switch::Slow,
            "5" => Switch::Unavailable,
            "u" => Switch::Up,
            "k" => {
                server.forget_keys();
                continue;
            }
            "q" => break,
            _ => {
                console::letters();
                continue;
            }
        };
        if let Err(error) = server.set(switch) {
            let text = format!("{} cannot be had again: {error}", server.address());
            console::failure(Format::Human, &text);
        }
    }
    Ok(())
}

fn foreign_file(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!(
            "{} was not written by mdpwa and is left as it is; remove it, name it in `replace` of [worker] to have it overwritten, or give mdpwa's file another name there",
            path.display()
        ),
    )
}

/// Returns what is wrong with how a site is served, each at the file that is served so.
#[cfg(feature = "doctor")]
fn served(
    plan: &Plan,
    root: &Path,
    url: &str,
    progress: &Progress,
) -> io::Result<Vec<audit::Finding>> {
    let Diagnosis { url, findings, .. } = doctor::examine(plan, root, url, progress)?;
    let finding = |one: doctor::Finding| {
        let path = one.url.strip_prefix(&url).unwrap_or_default();
        audit::Finding {
            code: one.code,
            severity: match one.severity {
                doctor::Severity::Error => Severity::Error,
                doctor::Severity::Warning => Severity::Warning,
            },
            title: format!("{}, at {}", one.title, one.url),
            file: if path.is_empty() { "index.html" } else { path }.to_owned(),
            help: one.help.into(),
        }
    };
    Ok(findings.into_iter().map(finding).collect())
}

/// A binary without the doctor takes no address.
#[cfg(not(feature = "doctor"))]
fn served(_: &Plan, _: &Path, _: &str, _: &Progress) -> io::Result<Vec<audit::Finding>> {
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_asked_for_until_it_is_one() {
        let mut answers = &b"geocities\nnetlify\n\n"[..];
        let mut ask = || question("host", "plain", Some(&["plain", "netlify"]), &mut answers);
        assert_eq!(ask().expect("an answer"), "netlify");
        assert_eq!(ask().expect("an answer"), "plain");
        assert_eq!(ask().expect("an answer"), "plain");
    }
}

#[cfg(all(test, feature = "serve"))]
mod serving {
    use std::sync::{Arc, Mutex};

    use mdpwa::host::Host;
    use mdpwa::serve::Event;

    use super::*;

    #[test]
    fn letters_steer_the_preview_until_q() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        let server = Server::start(serve::Options {
            site: folder.path().to_owned(),
            base: "/".to_owned(),
            host: Host::Plain,
            endpoints: Vec::new(),
            address: ([127, 0, 0, 1], 0).into(),
            control: ([127, 0, 0, 1], 0).into(),
            log: Box::new(move |event| ears.lock().expect("ears").push(event)),
        })
        .expect("a free port");
        steer(&server, &b"d\nu\n s \n5\nwhat\nk\nq\nd\n"[..]).expect("letters");
        let heard = heard.lock().expect("ears").clone();
        assert_eq!(
            heard,
            [
                Event::Switched(Switch::Down),
                Event::Switched(Switch::Up),
                Event::Switched(Switch::Slow),
                Event::Switched(Switch::Unavailable),
                Event::ForgotKeys,
            ]
        );
    }
}
