//! How findings and reports are shown to a person, or as JSON to a program.

use std::io;
#[cfg(feature = "serve")]
use std::io::IsTerminal;
use std::io::Write as _;
use std::path::Path;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use mdpwa::audit::Finding;
use mdpwa::bundle::Bundle;
use mdpwa::crash::{End, Fate, Trouble};
use mdpwa::diff::{Changed, Difference, Weight};
#[cfg(feature = "doctor")]
use mdpwa::doctor::{self, Diagnosis};
use mdpwa::explain::{Answer, Explanation, Rule};
use mdpwa::features::assets::human_size;
use mdpwa::features::html::Html;
use mdpwa::features::icons::Icons;
use mdpwa::features::manifest::{Manifest, ShareRequest};
use mdpwa::init::Found;
use mdpwa::migrate::{Migrated, Task};
use mdpwa::page::{Kind, Left, Part, Reason};
use mdpwa::report::{self, Report, State};
#[cfg(feature = "serve")]
use mdpwa::serve::{Event, Outcome, Server, Switch};
#[cfg(feature = "push")]
use mdpwa::web_push::KeyPair;
use mdpwa::{Diagnostic, Plan, Project, Severity};

pub mod bar;

/// Who reads what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Human,
    Json,
}

/// Draws findings on standard error, as rustc does.
pub fn diagnostics(project: &Project, found: &[Diagnostic]) {
    for diagnostic in found {
        anstream::eprintln!("{}\n", drawn(project, diagnostic));
    }
    let errors = found
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .count();
    if errors > 0 {
        let noun = if errors == 1 { "mistake" } else { "mistakes" };
        anstream::eprintln!("mdpwa: {errors} {noun}; nothing was written");
    }
}

fn drawn(project: &Project, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let path = project.path.display().to_string();
    let mut group = Group::with_title(
        level
            .primary_title(diagnostic.title.as_str())
            .id(diagnostic.code),
    );
    if let Some(span) = &diagnostic.span {
        let mut snippet = Snippet::source(project.text.as_str())
            .path(path)
            .annotation(
                AnnotationKind::Primary
                    .span(span.clone())
                    .label(diagnostic.label.as_str()),
            );
        if let Some((span, label)) = &diagnostic.other {
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(span.clone())
                    .label(label.as_str()),
            );
        }
        group = group.element(snippet);
    }
    if !diagnostic.help.is_empty() {
        group = group.element(Level::HELP.message(diagnostic.help.as_str()));
    }
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    renderer.render(&[group])
}

/// Returns findings as JSON, each with its line and column, both from 1.
pub fn diagnostics_json(project: &Project, found: &[Diagnostic]) -> Value {
    found
        .iter()
        .map(|one| {
            let place = one.span.as_ref().zip(project.place(one));
            let place = place.map(|(span, (line, column))| {
                json!({
                    "file": shown(&project.path),
                    "line": line,
                    "column": column,
                    "start": span.start,
                    "end": span.end,
                })
            });
            json!({
                "code": one.code,
                "severity": one.severity,
                "title": one.title,
                "label": one.label,
                "help": one.help,
                "place": place,
            })
        })
        .collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// What became of a bundle, in one word for each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Written,
    /// A dry run: nothing was touched.
    Would,
    Checked,
}

/// Shows what was written, would be written, or differs.
pub fn report(root: &Path, plan: &Plan, report: &Report, done: Done) {
    files(root, report, done);
    pages(root, report, done);
    if let Some(html) = &plan.html {
        left_alone(html);
    }
    let files: usize = plan.assets.iter().map(|group| group.files.len()).sum();
    let bytes: u64 = plan
        .assets
        .iter()
        .flat_map(|group| &group.files)
        .map(|file| file.size)
        .sum();
    anstream::println!(
        "{:>13}  {files} files kept offline, {}",
        "",
        human_size(bytes)
    );
}

/// Shows what becomes of visitors once a worker that leaves is deployed.
pub fn retired(root: &Path, plan: &Plan, report: &Report, done: Done, force: bool) {
    files(root, report, done);
    pages(root, report, done);
    let line = |text: &str| anstream::println!("{:>13}  {text}", "");
    line("visitors lose the worker, its caches and its databases at their next visit");
    let queues = plan.sync.iter().any(|tag| tag.source.is_none());
    match (queues, force) {
        (false, _) => {}
        (true, false) => {
            line(
                "where something still waits to be sent, the worker before stays until it is delivered;",
            );
            line("what the server has refused is deleted; --force deletes both");
        }
        (true, true) => line("what still waits to be sent is deleted and never delivered"),
    }
}

/// Says where the page with the map lies.
pub fn reported(output: &Path) {
    anstream::println!("{:>13}  {}", "wrote", shown(output));
}

/// Says why nothing was built.
pub fn skipped(format: Format, why: &str) {
    match format {
        Format::Human => anstream::println!("{:>13}  nothing was written: {why}", "skipped"),
        Format::Json => print_json(&json!({ "skipped": why })),
    }
}

/// Shows what a server does that it should not.
#[cfg(feature = "doctor")]
pub fn diagnosis(diagnosis: &Diagnosis) {
    for finding in &diagnosis.findings {
        let level = match finding.severity {
            doctor::Severity::Error => Level::ERROR,
            doctor::Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(finding.title.as_str()).id(finding.code);
        let group = Group::with_title(title)
            .element(Level::NOTE.message(finding.url.as_str()))
            .element(Level::HELP.message(finding.help.as_str()));
        let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
        anstream::println!("{}\n", renderer.render(&[group]));
    }
    let found = match diagnosis.findings.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    };
    let compared = diagnosis.compared;
    anstream::println!(
        "{}: {found}; {compared} files compared with the built ones",
        diagnosis.url
    );
}

/// Says that a site is watched from now on.
pub fn watching(format: Format, root: &Path) {
    match format {
        Format::Human => anstream::println!("{:>13}  {}", "watching", shown(root)),
        Format::Json => anstream::println!("{}", json!({ "watching": root })),
    }
}

/// Shows what a rebuild has changed.
pub fn rebuilt(root: &Path, report: &Report) {
    for file in &report.files {
        let word = match file.state {
            State::New => "wrote",
            State::Changed | State::Unchanged | State::Foreign => "rewrote",
            State::Obsolete => "deleted",
        };
        let size = human_size(file.size as u64);
        anstream::println!("{word:>13}  {}  ({size})", shown(&root.join(&file.path)));
    }
}

/// Files of one kind that are named; of the others their number has to do.
const NAMED: usize = 20;

/// Shows what a returning visitor downloads.
pub fn differences(difference: &Difference) {
    let weigh = |file: &Changed| {
        let note = if file.volatile {
            ", as every rebuild"
        } else {
            ""
        };
        format!("{}  ({}{note})", file.path, size(file.size, file.gzip))
    };
    named("added", difference.added.iter().map(weigh));
    named("changed", difference.changed.iter().map(weigh));
    named(
        "moved",
        difference
            .moved
            .iter()
            .map(|file| format!("{} to {}", file.from, file.to)),
    );
    named("removed", difference.removed.iter().cloned());
    if difference.is_empty() {
        anstream::println!("{:>13}  no kept file", "changed");
    }
    anstream::println!(
        "\na returning visitor downloads {}",
        weight(&difference.download)
    );
    if difference.scripts.files > 0 {
        anstream::println!("  and of mdpwa's own {}", weight(&difference.scripts));
    }
    if difference.later.files > 0 {
        anstream::println!(
            "  and when it is used or asked for {}",
            weight(&difference.later)
        );
    }
    let volatile = &difference.volatile;
    if !volatile.patterns.is_empty() {
        anstream::println!(
            "\n{} of it differ only in what every rebuild changes;",
            weight(&volatile.weight)
        );
        anstream::println!("with this in [[assets]] they would not be downloaded again:\n");
        anstream::println!("{}", ignore(difference));
    }
}

fn named(word: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    for line in lines.iter().take(NAMED) {
        anstream::println!("{word:>13}  {line}");
    }
    if lines.len() > NAMED {
        anstream::println!("{word:>13}  and {} more", lines.len() - NAMED);
    }
}

/// Shows the same as Markdown.
pub fn markdown(difference: &Difference) {
    anstream::println!(
        "### What a returning visitor downloads: {}\n",
        weight(&difference.download)
    );
    anstream::println!("| | files |\n|---|---:|");
    anstream::println!("| added | {} |", difference.added.len());
    anstream::println!("| changed | {} |", difference.changed.len());
    anstream::println!(
        "| moved, nothing to download | {} |",
        difference.moved.len()
    );
    anstream::println!("| removed | {} |", difference.removed.len());
    if difference.scripts.files > 0 {
        anstream::println!(
            "\nBesides, of mdpwa's own: {}.",
            weight(&difference.scripts)
        );
    }
    if difference.later.files > 0 {
        anstream::println!(
            "\nWhen it is used or asked for: {}.",
            weight(&difference.later)
        );
    }
    let volatile = &difference.volatile;
    if !volatile.patterns.is_empty() {
        anstream::println!(
            "\nOf it {} differ only in what every rebuild changes. With this in `[[assets]]` they would not be downloaded again:\n\n```toml\n{}\n```",
            weight(&volatile.weight),
            ignore(difference)
        );
    }
    let fresh = difference.added.iter().chain(&difference.changed);
    let mut fresh: Vec<&Changed> = fresh.filter(|file| !file.volatile).collect();
    fresh.sort_by_key(|file| (u64::MAX - file.gzip.unwrap_or(file.size), &file.path));
    if !fresh.is_empty() {
        anstream::println!(
            "\n<details><summary>The largest files</summary>\n\n| file | raw | gzipped |\n|---|---:|---:|"
        );
        for file in fresh.iter().take(NAMED) {
            let gzip = file.gzip.map_or(String::new(), human_size);
            anstream::println!(
                "| `{}` | {} | {gzip} |",
                file.path.replace('|', "\\|"),
                human_size(file.size)
            );
        }
        anstream::println!("\n</details>");
    }
}

/// Returns the suggested line of pwa.toml.
fn ignore(difference: &Difference) -> String {
    let patterns = difference.volatile.patterns.iter();
    let quoted: Vec<String> = patterns
        .map(|one| match one.pattern.contains('\'') {
            true => json!(one.pattern).to_string(),
            false => format!("'{}'", one.pattern),
        })
        .collect();
    format!("ignore = [{}]", quoted.join(", "))
}

fn weight(weight: &Weight) -> String {
    let noun = if weight.files == 1 { "file" } else { "files" };
    match weight.files {
        0 => "nothing".to_owned(),
        files => format!("{files} {noun}, {}", size(weight.raw, weight.gzip)),
    }
}

fn size(raw: u64, gzip: Option<u64>) -> String {
    match gzip {
        Some(gzip) => format!("{}, {} gzipped", human_size(raw), human_size(gzip)),
        None => human_size(raw),
    }
}

fn files(root: &Path, report: &Report, done: Done) {
    for file in &report.files {
        let word = match (file.state, done) {
            (State::Unchanged, _) => "unchanged",
            (State::Foreign, _) => "foreign",
            (State::Obsolete, Done::Written) => "deleted",
            (State::Obsolete, Done::Would) => "would delete",
            (_, Done::Checked) => "stale",
            (State::New, Done::Written) => "wrote",
            (State::New, Done::Would) => "would write",
            (State::Changed, Done::Written) => "rewrote",
            (State::Changed, Done::Would) => "would rewrite",
        };
        let name = shown(&root.join(&file.path));
        if file.state == State::Obsolete {
            anstream::println!("{word:>13}  {name}");
            continue;
        }
        anstream::println!(
            "{word:>13}  {name}  ({}, {} gzipped)",
            human_size(file.size as u64),
            human_size(file.gzip as u64)
        );
    }
}

/// Shows which pages have something else in their heads, a few of them by name.
fn pages(root: &Path, report: &Report, done: Done) {
    let word = match done {
        Done::Written => "rewrote",
        Done::Would => "would rewrite",
        Done::Checked => "stale",
    };
    let (some, others) = few(&report.pages);
    for page in some {
        anstream::println!("{word:>13}  {}", shown(&root.join(page)));
    }
    if others > 0 {
        anstream::println!("{word:>13}  {others} more pages");
    }
}

/// How many pages are shown by name before the rest is counted.
const FEW: usize = 10;

fn few<T>(all: &[T]) -> (&[T], usize) {
    let some = all.len().min(FEW);
    (&all[..some], all.len() - some)
}

/// Says how many pages nothing was put into, and why.
fn left_alone(html: &Html) {
    for (left, (count, first)) in html.reasons() {
        let what = match count {
            1 => first.to_string(),
            count => format!("{count} pages, {first} first"),
        };
        anstream::println!("{:>13}  {what}: {}", "left alone", why(left));
    }
}

fn part(part: &Part) {
    match part {
        Part::Registration { url } => anstream::println!("  registration  {url}"),
        Part::Link { rel, url, .. } => anstream::println!("  {rel}  {url}"),
        Part::Meta { name, content, .. } => anstream::println!("  {name}  {content}"),
    }
}

fn why(left: Left) -> String {
    let part = left.part.map_or("", |part| match part {
        Kind::Registration => "the registration",
        Kind::Manifest => "a manifest",
        Kind::ThemeColor => "a theme colour",
        Kind::Icon => "an icon",
        Kind::TouchIcon => "an icon for Apple's home screens",
        Kind::StartScreen => "start screens",
    });
    match left.reason {
        Reason::ByHand => format!("has {part} by hand"),
        Reason::Policy => format!("its content policy forbids {part}"),
        Reason::Redirect => "only leads to another page".to_owned(),
        Reason::Fragment => "a piece of a page, without doctype, <html> and <head>".to_owned(),
        Reason::Unclosed => "an element of its head does not end".to_owned(),
        Reason::Ambiguous => "where its scripts end depends on what surrounds them".to_owned(),
        Reason::OtherHost => "its <base> leads to another host".to_owned(),
        Reason::NotUtf8 => "not UTF-8".to_owned(),
        Reason::OutOfSite => "a link that leads out of the site".to_owned(),
    }
}

/// Shows how the files on disk differ from what would be written.
///
/// # Errors
/// A page that cannot be read.
pub fn difference(root: &Path, report: &Report, bundle: &Bundle) -> io::Result<()> {
    for (outcome, file) in report.files.iter().zip(&bundle.files) {
        if outcome.state != State::Unchanged {
            let before = outcome.before.as_deref().unwrap_or_default();
            changes(&shown(&root.join(&file.path)), before, &file.contents);
        }
    }
    let (some, others) = few(&bundle.pages);
    for page in some {
        if let Some((before, after)) = report::rewritten(root, page, bundle)? {
            changes(&shown(&root.join(page.file_name())), &before, &after);
        }
    }
    if others > 0 {
        anstream::println!("and {others} more pages");
    }
    for name in &bundle.obsolete {
        anstream::println!("{} is written no more", shown(&root.join(name)));
    }
    Ok(())
}

fn changes(name: &str, before: &[u8], after: &[u8]) {
    let (Ok(before), Ok(after)) = (str::from_utf8(before), str::from_utf8(after)) else {
        return anstream::println!("{name} differs");
    };
    let (before, after) = (shortened(before), shortened(after));
    let text = similar::TextDiff::from_lines(&before, &after);
    let mut unified = text.unified_diff();
    let unified = unified
        .context_radius(2)
        .header(name, &format!("{name} (as it would be)"))
        .to_string();
    anstream::print!("{unified}");
}

/// Minified files are single lines: what matters of them is that, and how far in, they differ.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 160;
    let mut lines = String::new();
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while rest.len() > WIDTH {
            let cut = rest.floor_char_boundary(WIDTH);
            lines.push_str(&rest[..cut]);
            lines.push('\n');
            rest = &rest[cut..];
        }
        lines.push_str(rest);
    }
    lines
}

/// Shows which rule answers each address, with what, and why.
pub fn explanations(explained: &[Explanation]) {
    for one in explained {
        let method = match one.method.as_str() {
            "GET" => String::new(),
            method => format!("{method} "),
        };
        anstream::println!("{method}{}  ({})", one.address, one.destination);
        anstream::println!("  rule     {}", rule(&one.rule));
        anstream::println!("  online   {}", answer(&one.online));
        anstream::println!("  slow     {}", answer(&one.slow));
        anstream::println!("  offline  {}", answer(&one.offline));
        for (index, reason) in one.because.iter().enumerate() {
            let word = if index == 0 { "because" } else { "" };
            anstream::println!("  {word:<7}  {reason}");
        }
        anstream::println!();
    }
}

fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Assets { group } => format!("[[assets]] `{group}`"),
        Rule::Pages { strategy } => format!("[pages] {}", word(strategy)),
        Rule::Routes { name, strategy } => format!("[[routes]] `{name}`, {}", word(strategy)),
        Rule::Sync { tag } => format!("[[sync]] `{tag}`, capture"),
        Rule::Writes { routes } => format!("[[routes]] {}, invalidate", routes.join(", ")),
        Rule::Browser => "none: left to the browser".to_owned(),
    }
}

fn answer(given: &Answer) -> String {
    match given {
        Answer::Network => "the network's answer".to_owned(),
        Answer::File { file, or } => match or {
            None => format!("the kept file {file}"),
            Some(or) => format!("the file {file}, once it is stored; before, {}", answer(or)),
        },
        Answer::Kept { or } => {
            format!("what was kept of an earlier answer; else {}", answer(or))
        }
        Answer::Redirect { to, then } => format!("a redirect to {to}, then {}", answer(then)),
        Answer::Page { file, status } => format!("the page {file} with status {status}"),
        Answer::Queued {
            status: Some(status),
        } => format!("status {status}, and it is sent later"),
        Answer::Queued { status: None } => "a failure, and it is sent later".to_owned(),
        Answer::Failure => "nothing: the network's own failure".to_owned(),
    }
}

/// Returns how pwa.toml calls a choice.
fn word(choice: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(choice).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Prints what an audit has found.
pub fn findings(root: &Path, found: &[Finding]) {
    for finding in found {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(finding.title.as_str()).id(finding.code);
        let group = Group::with_title(title)
            .element(Origin::path(shown(&root.join(&finding.file))))
            .element(Level::HELP.message(finding.help.as_ref()));
        let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
        anstream::println!("{}\n", renderer.render(&[group]));
    }
}

/// Prints what becomes of queued work when everything stops at the worst moment.
pub fn fates(fates: &[Fate]) {
    if fates.is_empty() {
        anstream::println!("no `[[sync]]` in pwa.toml: nothing is queued");
    }
    for fate in fates {
        let key = match &fate.key {
            Some(header) => format!("the server knows a repetition by `{header}`"),
            None => "the server knows no repetition".to_owned(),
        };
        anstream::println!("{}: {} {}; {key}", fate.tag, fate.method.name(), fate.url);
        for case in &fate.cases {
            anstream::println!("  {:<38}  {}", trouble(case.trouble), end(case.end));
        }
        let days = fate.max_age.div_ceil(24 * 60 * 60 * 1000);
        let verdict = match (fate.worst(), &fate.key) {
            (End::Older, _) => {
                "nothing is lost, but an older state may come back: let the server honour `Idempotency-Key`".to_owned()
            }
            (End::Twice | End::Lost, _) => {
                "it may arrive twice: let the server honour `Idempotency-Key`, or send it with PUT".to_owned()
            }
            (End::Repeated, Some(header)) => format!(
                "nothing is lost, nothing is done twice, if the server remembers each `{header}` for {days} days"
            ),
            _ => "nothing is lost, and what comes twice changes nothing".to_owned(),
        };
        anstream::println!("  {verdict}\n");
    }
}

fn trouble(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::BeforeItIsStored => "stopped before it is stored",
        Trouble::WhileItWaits => "stopped while it waits",
        Trouble::BeforeItIsSent => "stopped before it is sent",
        Trouble::RequestLost => "the request is lost",
        Trouble::BeforeTheAnswer => "stopped before the answer",
        Trouble::AnswerLost => "the answer is lost",
        Trouble::BeforeTheAnswerIsNoted => "stopped before the answer is noted",
        Trouble::BeforeTheRecordIsMarked => "stopped before the record is marked",
        Trouble::BeforeTheNotification => "stopped before the notification",
        Trouble::CopyArrivesLate => "an old copy arrives late",
        Trouble::BrowserRepeats => "the browser repeats it by itself",
    }
}

fn end(end: End) -> &'static str {
    match end {
        End::NotQueued => "not queued, and the page knows",
        End::Once => "arrives once",
        End::Repeated => "arrives again, and changes nothing",
        End::Older => "MAY BRING BACK AN OLDER STATE",
        End::Twice => "MAY BE DONE TWICE",
        End::Lost => "LOST",
    }
}

/// Shows the decisions of a plan as text.
pub fn plan(root: &Path, plan: &Plan) {
    let app = &plan.app;
    anstream::println!("{} ({})", app.name, app.id);
    anstream::println!("  root      {}", shown(root));
    anstream::println!("  base      {}", app.base);
    anstream::println!("  host      {}", app.host.name());
    let worker = &plan.worker;
    let names = [
        &worker.types,
        &worker.snippet,
        &worker.register,
        &worker.file,
    ];
    anstream::println!("  writes    {}", names.map(String::as_str).join(", "));
    anstream::println!("\npages");
    let strategy = serde_json::to_value(plan.pages.strategy).unwrap_or_default();
    anstream::println!("  strategy  {}", strategy.as_str().unwrap_or_default());
    anstream::println!("  timeout   {} ms", plan.pages.timeout);
    if let Some(shell) = &plan.pages.shell {
        anstream::println!("  shell     {shell}");
    }
    if let Some(offline) = &plan.pages.offline {
        anstream::println!("  offline   {offline}");
    }
    for pattern in &plan.pages.deny {
        anstream::println!("  deny      {pattern}");
    }
    for tag in &plan.sync {
        let from = match &tag.source {
            Some(source) => format!("{}/{}", source.database, source.store),
            None => "the outbox".to_owned(),
        };
        anstream::println!("\nsync {}", tag.tag);
        anstream::println!("  from      {from}");
        anstream::println!(
            "  to        {} {}",
            tag.endpoint.method.name(),
            tag.endpoint.url
        );
        let key = tag
            .endpoint
            .idempotency
            .as_ref()
            .map_or("none", |key| &key.header);
        anstream::println!("  key       {key}");
    }
    for task in &plan.periodic_sync {
        anstream::println!("\nperiodic sync {}", task.tag);
        anstream::println!("  every     {} ms", task.min_interval);
        if let Some(url) = &task.url {
            anstream::println!("  fetches   {url}");
        }
        if !task.drain.is_empty() {
            anstream::println!("  delivers  {}", task.drain.join(", "));
        }
        if let Some(poll) = task.poll {
            anstream::println!("  polls     every {poll} ms while a page is visible");
        }
    }
    if let Some(push) = &plan.push {
        anstream::println!("\npush");
        let key = push.key.as_deref().unwrap_or("none: nobody can subscribe");
        anstream::println!("  key       {key}");
        for (word, request) in [("tells", &push.subscribe), ("then", &push.unsubscribe)] {
            if let Some(request) = request {
                anstream::println!("  {word:<8}  {} {}", request.method.name(), request.url);
            }
        }
        anstream::println!("  shows     {}", push.default.title);
    }
    for route in &plan.routes {
        anstream::println!("\nroute {}", route.name);
        let facts = serde_json::to_value(route).unwrap_or_default();
        for (key, value) in facts.as_object().into_iter().flatten() {
            let said = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            // What a rule leaves open or does not do goes without saying.
            if key != "name" && !["", "[]", "{}", "0", "false"].contains(&said.as_str()) {
                anstream::println!("  {key:<12}  {said}");
            }
        }
    }
    if let Some(update) = &plan.update {
        anstream::println!("\nupdate");
        let policy = serde_json::to_value(update.policy).unwrap_or_default();
        anstream::println!("  policy    {}", policy.as_str().unwrap_or_default());
        let check = &update.check;
        let every = check.every.map(|every| format!("every {every} ms"));
        let seen = check.visible.then(|| "visible".to_owned());
        let online = check.online.then(|| "online".to_owned());
        let check: Vec<String> = [seen, online, every].into_iter().flatten().collect();
        anstream::println!("  check     {}", check.join(", "));
        if let Some(toast) = &update.toast {
            anstream::println!("  toast     {}", toast.text);
        }
    }
    for worker in &plan.retire.workers {
        anstream::println!("\nretire {worker}");
    }
    plan.manifest.iter().for_each(manifest);
    plan.icons.iter().for_each(icons);
    if let Some(html) = &plan.html {
        anstream::println!(
            "\nhtml ({} pages, {} to be rewritten)",
            html.pages,
            html.changed.len()
        );
        html.parts.iter().for_each(part);
        for page in &html.left_alone {
            anstream::println!("  left alone  {}: {}", page.path, why(page.left));
        }
    }
    for group in &plan.assets {
        let bytes = group.files.iter().map(|file| file.size).sum();
        anstream::println!(
            "\nassets {} ({} files, {})",
            group.name,
            group.files.len(),
            human_size(bytes)
        );
        for file in &group.files {
            anstream::println!(
                "  {}  {}  {}",
                file.digest,
                file.path,
                human_size(file.size)
            );
        }
    }
}

fn manifest(manifest: &Manifest) {
    anstream::println!("\nmanifest {}", manifest.file);
    let members = serde_json::to_value(&manifest.members).unwrap_or_default();
    for (key, value) in members.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => anstream::println!("  {key:<16}  {text}"),
            Value::Array(list) => anstream::println!("  {key:<16}  {}", list.len()),
            _ => {}
        }
    }
    if let Some(share) = &manifest.share {
        let ShareRequest { action, page } = &share.request;
        anstream::println!("  {:<16}  {action}, shown by {page}", "share_target");
    }
}

fn icons(icons: &Icons) {
    let bytes = icons.files.iter().map(|icon| icon.contents.len() as u64);
    anstream::println!(
        "\nicons ({} files, {})",
        icons.files.len(),
        human_size(bytes.sum())
    );
    for icon in &icons.files {
        anstream::println!("  {}  {}", icon.path, icon.sizes);
    }
}

/// Says where the preview is and how it is steered.
#[cfg(feature = "serve")]
pub fn serving(format: Format, server: &Server) {
    match format {
        Format::Human => {
            anstream::println!("\n{:>13}  {}", "site", server.url());
            anstream::println!("{:>13}  {}", "control page", server.control_url());
            letters();
        }
        Format::Json => anstream::println!(
            "{}",
            json!({ "site": server.url(), "control": server.control_url() })
        ),
    }
}

/// Says what each letter does.
#[cfg(feature = "serve")]
pub fn letters() {
    if std::io::stdin().is_terminal() {
        anstream::println!(
            "\n  d down   s slow   5 answers 503   u up   k forget keys   q quit   (and Enter)\n"
        );
    } else {
        anstream::println!("\n  Ctrl-C ends the preview\n");
    }
}

/// Says what happened in the preview; pages that were simply served go without saying.
#[cfg(feature = "serve")]
pub fn event(format: Format, event: &Event) {
    if format == Format::Json {
        return anstream::println!("{}", json!(event));
    }
    match event {
        Event::Answered { status, .. } if *status < 400 => {}
        Event::Answered {
            method,
            url,
            status,
        } => anstream::println!("{status:>13}  {method} {url}"),
        Event::Delivered {
            method,
            url,
            status,
            outcome,
        } => {
            let what = match outcome {
                Outcome::Stored => "stored",
                Outcome::Replayed => "known by its key, not stored again",
                Outcome::Conflict => "its key came before with another payload",
                Outcome::Refused => "refused",
            };
            anstream::println!("{status:>13}  {method} {url}: {what}");
        }
        Event::Switched(switch) => {
            let what = match switch {
                Switch::Up => "is up",
                Switch::Down => "is down",
                Switch::Slow => "is slow",
                Switch::Unavailable => "answers 503",
            };
            anstream::println!("{:>13}  {what}", "the server");
        }
        Event::ForgotKeys => anstream::println!("{:>13}  forgotten", "the keys"),
        Event::ForgotRecords => anstream::println!("{:>13}  forgotten", "the records"),
    }
}

/// Prints a text as it is on standard output.
pub fn text(text: &str) {
    anstream::print!("{text}");
}

/// Asks for one thing; the default is what an empty line means.
pub fn question(what: &str, default: &str, choices: &[&str]) {
    if choices.is_empty() {
        anstream::print!("{what} [{default}]: ");
    } else {
        anstream::print!("{what}, one of {} [{default}]: ", choices.join(", "));
    }
    // A terminal that cannot be written to hears no question; the answer counts all the same.
    let _ = std::io::stdout().flush();
}

/// Says what was found, what was written, and what comes next.
pub fn initialized(path: &Path, found: &Found) {
    let generator = found.generator;
    let by = found
        .by
        .map_or_else(String::new, |file| format!(", by {file}"));
    anstream::println!(
        "{:>13}  {}  (for {}{by})",
        "wrote",
        shown(path),
        generator.title
    );
    for (other, file) in &found.others {
        let line = format!(
            "{file} speaks for {}: `--generator {}`",
            other.title, other.name
        );
        anstream::println!("{:>13}  {line}", "");
    }
    anstream::println!(
        "\nBuild the site and run mdpwa after it, here and wherever it is deployed from:\n"
    );
    if let Some(command) = found.command() {
        anstream::println!("    {command}");
    }
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match folder {
        Some(folder) => anstream::println!("    mdpwa build {}", shown(folder)),
        None => anstream::println!("    mdpwa build"),
    }
    if let Some(hook) = generator.hook {
        let file = found.by.unwrap_or(generator.places[0].file);
        let file = if file.ends_with(".toml") {
            file
        } else {
            generator.places[0].file
        };
        anstream::println!("\nOr let {} run it, by this in {file}:\n", generator.title);
        for line in hook.lines() {
            anstream::println!("    {line}");
        }
    }
    if !found.registers() {
        anstream::println!(
            "\nPages take part once their head holds the line of snippet.html, which the build writes."
        );
    }
}

/// Prints JSON on standard output, in one line.
pub fn print_json_line(value: &Value) {
    anstream::println!("{value}");
}

/// Says what became of another tool's configuration, and what is left to do.
pub fn migrated(path: &Path, migrated: &Migrated) {
    anstream::println!("{:>13}  {}  (from {})", "wrote", shown(path), migrated.tool);
    if !migrated.to_do.is_empty() {
        anstream::println!("\nTo do by hand:\n");
        tasks(&migrated.project, &migrated.to_do);
    }
    if !migrated.spared.is_empty() {
        anstream::println!("\nNot needed any more:\n");
        tasks(&migrated.project, &migrated.spared);
    }
    anstream::println!(
        "\nTake the registration of the old worker out of your pages, build the site without it, and run `mdpwa build`."
    );
}

fn tasks(project: &Project, tasks: &[Task]) {
    for task in tasks {
        let (line, _) = project.position(task.span.start);
        anstream::println!("  {}:{line}  {}", shown(&project.path), task.option);
        anstream::println!("      {}", task.what);
    }
}

/// Returns tasks as JSON, each with its line and column, both from 1.
pub fn tasks_json(project: &Project, tasks: &[Task]) -> Value {
    tasks
        .iter()
        .map(|task| {
            let (line, column) = project.position(task.span.start);
            let file = shown(&project.path);
            json!({ "option": task.option, "what": task.what, "file": file, "line": line, "column": column })
        })
        .collect()
}

/// Prints the public key of a pair; `made` is the place of a private key that was just made, and `-` prints it, too.
#[cfg(feature = "push")]
pub fn keys(format: Format, keys: &KeyPair, made: Option<&Path>) {
    let printed = made.is_some_and(|file| file == Path::new("-"));
    match format {
        Format::Human => {
            anstream::println!("{}", keys.public());
            if printed {
                anstream::println!("{}", keys.private());
                anstream::eprintln!("the first is for pwa.toml, the second stays on the server");
            } else if let Some(file) = made {
                anstream::eprintln!(
                    "the private key is in {} and stays on the server",
                    shown(file)
                );
            }
        }
        Format::Json => {
            let mut pair = json!({ "publicKey": keys.public() });
            if printed {
                pair["privateKey"] = keys.private().into();
            } else if let Some(file) = made {
                pair["file"] = shown(file).into();
            }
            print_json(&pair);
        }
    }
}

/// Says that a push service has taken a message.
#[cfg(feature = "push")]
pub fn pushed(format: Format, endpoint: &str, status: u16) {
    match format {
        Format::Human => anstream::println!("{status:>13}  taken by {endpoint}"),
        Format::Json => print_json(&json!({ "endpoint": endpoint, "status": status })),
    }
}

/// Prints JSON on standard output.
pub fn print_json(value: &Value) {
    anstream::println!("{value:#}");
}

/// Says that the work could not be done at all.
pub fn failure(format: Format, message: &str) {
    match format {
        Format::Human => {
            let title = Group::with_title(Level::ERROR.primary_title(message));
            anstream::eprintln!("{}", Renderer::styled().render(&[title]));
        }
        Format::Json => print_json(&json!({ "error": message })),
    }
}
