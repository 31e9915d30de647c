//! Options of Workbox: `workbox-config.js` of its command line, and what other tools pass on to it.

use crate::document::At;
use crate::draft::{self, Section};
use crate::literals::Literal;

use super::patterns::{self, Match, Unmatched};
use super::{Options, Work, duration, lint, not_plain, size, whole, word};

/// What a tool says where its configuration does not.
pub struct Defaults {
    pub patterns: &'static [&'static str],
    pub fallback: Option<&'static str>,
    pub worker: Option<&'static str>,
    /// Where the tool writes, if not where the options say.
    pub root: Option<&'static str>,
}

impl Defaults {
    pub const CLI: Defaults = Defaults {
        patterns: &["**/*.{js,wasm,css,html}"],
        fallback: None,
        worker: None,
        root: None,
    };
}

/// Says whether any option is one of Workbox.
pub fn is_config(options: &Options) -> bool {
    [
        "globDirectory",
        "swDest",
        "globPatterns",
        "runtimeCaching",
        "swSrc",
        "importScripts",
    ]
    .iter()
    .any(|key| options.has(key))
}

pub fn convert(mut options: Options, defaults: Defaults, work: &mut Work) {
    root(&mut options, &defaults, work);
    worker(&mut options, &defaults, work);
    let prefix = options.options("modifyURLPrefix", work);
    if let Some(prefix) = prefix {
        base(prefix, work);
    }
    assets(&mut options, &defaults, work);
    pages(&mut options, &defaults, work);
    if let Some(rules) = options.list("runtimeCaching", work) {
        let path = options.named("runtimeCaching");
        for (index, rule) in rules.into_iter().enumerate() {
            route(rule, &format!("{path}[{index}]"), work);
        }
    }
    update(&mut options, work);
    if let Some(id) = options.text("cacheId", work) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !id.value.is_empty() && id.value.len() <= 64 && id.value.chars().all(plain) {
            work.id = Some(id.value);
        } else {
            let what = "letters, digits, `.`, `_` and `-` can be an `id` of `[app]`; choose one";
            work.needs(&options.named("cacheId"), &id.span, what);
        }
    }
    options.spare(
        &[
            (
                "cleanupOutdatedCaches",
                "files of earlier versions always go when nothing needs them",
            ),
            (
                "dontCacheBustURLsMatching",
                "files are known by their content, whatever they are called",
            ),
            (
                "ignoreURLParametersMatching",
                "a query names no other file of the site, so none makes a difference",
            ),
            ("inlineWorkboxRuntime", "the worker is always one file"),
            (
                "sourcemap",
                "`mdpwa build --no-minify` writes JavaScript to be read",
            ),
            (
                "mode",
                "`mdpwa build --no-minify` writes JavaScript to be read",
            ),
            (
                "disableDevLogs",
                "the worker writes nothing into the console",
            ),
            (
                "babelPresetEnvTargets",
                "the worker is written for browsers of today",
            ),
            (
                "globStrict",
                "a pattern that matches nothing is always a mistake",
            ),
            (
                "navigationPreload",
                "the worker asks the network itself, and only where it may be needed",
            ),
            (
                "manifestFilename",
                "the list of files is part of the worker",
            ),
        ],
        work,
    );
    options.leave(
        &[
            ("additionalManifestEntries", "only files of the site are kept with the worker; put these into it, or write a `[[routes]]` for them"),
            ("templatedURLs", "an address that is no file is kept once it was loaded, by a `[[routes]]`; `host` in `[app]` knows which files answer clean addresses"),
            ("manifestTransforms", "code that changes the list of files: say the same with `include` and `exclude`"),
            ("importScripts", "code of your own is no part of the worker: see which rule of pwa.toml does the same"),
            ("offlineGoogleAnalytics", "hits that are made offline are not queued; a `[[sync]]` queues requests of your own"),
            ("swSrc", "a worker of your own: see which rules of pwa.toml do what it does, then remove it"),
            ("injectionPoint", "goes with the worker of your own"),
            ("plugins", "code: see which key of pwa.toml does the same"),
        ],
        work,
    );
    // What only webpack's plugin and older versions know.
    options.leave(
        &[
            ("include", "chunks of webpack: write patterns over the built files into `include` of `[[assets]]`"),
            ("exclude", "chunks of webpack: write patterns over the built files into `exclude` of `[[assets]]`"),
            ("chunks", "chunks of webpack: write patterns over the built files into `include` of `[[assets]]`"),
            ("excludeChunks", "chunks of webpack: write patterns over the built files into `exclude` of `[[assets]]`"),
            ("importScriptsViaChunks", "code of your own is no part of the worker"),
        ],
        work,
    );
    options.finish("Workbox", work);
}

fn root(options: &mut Options, defaults: &Defaults, work: &mut Work) {
    let said = options.has("globDirectory");
    let given = options.text("globDirectory", work);
    let Some(given) = given else {
        if work.root.is_none() && !said {
            match defaults.root {
                Some(root) => work.root = Some(root.to_owned()),
                None => {
                    let span = options.span.start..options.span.start;
                    work.needs(
                        "globDirectory",
                        &span,
                        "no folder is named; give the one of the built site as `root` in `[app]`",
                    );
                }
            }
        }
        return;
    };
    let folder = given.value.trim_start_matches("./").trim_end_matches('/');
    if folder.is_empty() || folder == "." {
        work.find(lint::whole_repository(given.span.clone()));
    }
    work.root = Some(if folder.is_empty() {
        ".".to_owned()
    } else {
        folder.to_owned()
    });
}

fn worker(options: &mut Options, defaults: &Defaults, work: &mut Work) {
    let written = options.text("swDest", work);
    if let (Some(destination), Some(source)) = (
        &written,
        options
            .entries
            .iter()
            .find(|(name, _)| name.value == "swSrc"),
    ) {
        let tidy = |path: &str| path.trim_start_matches("./").to_owned();
        if source.1.value.text().map(tidy) == Some(tidy(&destination.value)) {
            work.find(lint::same_file(
                source.1.span.clone(),
                destination.span.clone(),
            ));
        }
    }
    let Some(written) = written else {
        work.old_workers.extend(defaults.worker.map(str::to_owned));
        return;
    };
    let root = work.root.clone().unwrap_or_else(|| "?".to_owned());
    let file = written.value.trim_start_matches("./");
    let inside = match root.as_str() {
        "" | "." => Some(file),
        // Where it was written relative to the site already.
        root if !file.contains('/') && defaults.root.is_some() => {
            file.strip_prefix(root).or(Some(file))
        }
        root => file
            .strip_prefix(root)
            .and_then(|rest| rest.strip_prefix('/')),
    };
    match inside {
        Some(inside) if !inside.contains("..") && !inside.starts_with('/') => {
            if inside.contains('/') {
                work.find(lint::worker_in_a_folder(written.span.clone(), inside));
            }
            work.old_workers.push(inside.to_owned());
        }
        _ => work.needs(
            &options.named("swDest"),
            &written.span,
            "it does not lie in a folder that is known to be the site; name it as it is served in `workers` of `[retire]`, such as `\"sw.js\"`",
        ),
    }
}

fn base(mut prefix: Options, work: &mut Work) {
    let path = prefix.path.clone();
    let span = prefix.span.clone();
    let entries: Vec<_> = prefix.entries.drain(..).collect();
    let root = work.root.clone().unwrap_or_default();
    let stripped = |key: &str| {
        let key = key.trim_matches('/').trim_start_matches("./").to_owned();
        key.is_empty() || key == root
    };
    match entries.as_slice() {
        [(key, value)] => match value.value.text() {
            Some(to) if stripped(&key.value) && !to.contains("://") && to.starts_with('/') => {
                work.base = format!("/{}/", to.trim_matches('/')).replace("//", "/");
            }
            Some(to) if stripped(&key.value) && to.trim_matches(['.', '/']).is_empty() => {
                work.spare(&path, &span, "addresses are relative to `root`");
            }
            _ => work.needs(&path, &span, not_a_base(&value.value)),
        },
        _ => work.needs(
            &path,
            &span,
            "several prefixes: `base` in `[app]` is the one path that the site is served under",
        ),
    }
}

fn not_a_base(value: &Literal) -> String {
    match value {
        Literal::Text(_) => "only `base` in `[app]` stands before the paths of the site; see whether it can say this".to_owned(),
        other => not_plain(other, "a string"),
    }
}

/// What goes with the old tool, or is never kept.
fn is_gone(pattern: &str, old_workers: &[String]) -> bool {
    let tidy = pattern.trim_start_matches("**/").trim_start_matches('/');
    let name = tidy.trim_end_matches(".map");
    old_workers
        .iter()
        .any(|old| old == name || old.trim_end_matches(".js") == name)
        || tidy.contains("node_modules")
        || tidy.starts_with("workbox-")
        || [
            "sw.js",
            "service-worker.js",
            "sw*",
            "sw*.js",
            "*.map",
            "*.js.map",
            "workbox-config.js",
            "workbox*.js",
        ]
        .contains(&tidy)
}

/// Files that are for the host or for developers, which lists of files in the wild have.
const CONTROL: [&str; 6] = [
    "_headers",
    "_redirects",
    "CNAME",
    "netlify.toml",
    "vercel.json",
    ".map",
];

fn assets(options: &mut Options, defaults: &Defaults, work: &mut Work) {
    let mut group = Section::new("[[assets]]");
    let mut include = Vec::new();
    match options.texts("globPatterns", work) {
        Some(patterns) => {
            for (index, pattern) in &patterns {
                if let Some(file) = CONTROL.iter().find(|file| pattern.value.ends_with(*file)) {
                    work.find(lint::not_for_visitors(pattern.span.clone(), file));
                    continue;
                }
                match patterns::glob(pattern, work) {
                    Ok(glob) => include.push(glob),
                    Err(why) => {
                        let option = format!("{}[{index}]", options.named("globPatterns"));
                        work.needs(&option, &pattern.span, why);
                    }
                }
            }
        }
        None => {
            group.note("The default of the old tool; without `include`, pictures, fonts and data are kept, too.");
            include.extend(defaults.patterns.iter().map(|&pattern| pattern.to_owned()));
        }
    }
    let mut exclude = Vec::new();
    for (index, pattern) in &options.texts("globIgnores", work).unwrap_or_default() {
        if is_gone(&pattern.value, &work.old_workers) {
            let option = format!("{}[{index}]", options.named("globIgnores"));
            work.spare(
                &option,
                &pattern.span,
                "what tools write beside the site is never kept",
            );
            continue;
        }
        match patterns::glob(pattern, work) {
            Ok(glob) => exclude.push(glob),
            Err(why) => {
                let option = format!("{}[{index}]", options.named("globIgnores"));
                work.needs(&option, &pattern.span, why);
            }
        }
    }
    match options.flag("globFollow", work) {
        Some(At { value: false, span }) => work.needs(
            &options.named("globFollow"),
            &span,
            "links are always followed; remove them from the site, or `exclude` what they lead to",
        ),
        Some(At { span, .. }) => work.spare(
            &options.named("globFollow"),
            &span,
            "links are always followed",
        ),
        None => {}
    }
    let limit = options.number("maximumFileSizeToCacheInBytes", work);
    work.set_patterns(&mut group, "include", include, "");
    work.set_patterns(&mut group, "exclude", exclude, "");
    if let Some(limit) = limit {
        match whole(limit.value).filter(|bytes| *bytes > 0) {
            Some(bytes) => {
                let limit_text = size(bytes);
                if bytes >= 20 << 20 {
                    work.find(lint::large_limit(limit.span.clone(), &limit_text));
                }
                group.set(
                    "max_file",
                    &draft::text(&limit_text),
                    "a larger file is a mistake, and not left out in silence",
                );
            }
            None => work.needs(
                &options.named("maximumFileSizeToCacheInBytes"),
                &limit.span,
                "give a size as `max_file`, such as `\"10MiB\"`",
            ),
        }
    }
    work.assets.insert(0, group);
}

fn pages(options: &mut Options, defaults: &Defaults, work: &mut Work) {
    let explicit_null = options
        .entries
        .iter()
        .any(|(name, value)| name.value == "navigateFallback" && value.value == Literal::Null);
    let given = options.take("navigateFallback");
    let fallback = match given {
        Some(At {
            value: Literal::Text(text),
            span,
        }) => Some((text, span)),
        Some(At {
            value: Literal::List(_),
            span,
        }) => {
            work.find(lint::list_of_pages(span.clone()));
            work.needs(
                &options.named("navigateFallback"),
                &span,
                "a list; name one page as `shell` in `[pages]`",
            );
            None
        }
        Some(At { value, span }) => {
            work.needs(
                &options.named("navigateFallback"),
                &span,
                not_plain(&value, "a string"),
            );
            None
        }
        None if explicit_null => None,
        None => defaults
            .fallback
            .map(|page| (page.to_owned(), options.span.start..options.span.start)),
    };
    match fallback {
        Some((page, span)) if page.contains("://") => {
            work.needs(
                &options.named("navigateFallback"),
                &span,
                "the page is on another host; `shell` in `[pages]` is a file of the site",
            );
        }
        Some((page, _)) => {
            work.pages.set(
                "strategy",
                "\"shell\"",
                "one page answers every address that is no file",
            );
            let page = page.trim_start_matches("./");
            let base = work.base.trim_end_matches('/').to_owned();
            let inside = page
                .strip_prefix(&base)
                .filter(|rest| rest.starts_with('/'))
                .unwrap_or(page);
            let page = match inside.trim_start_matches('/') {
                "" => "/index.html".to_owned(),
                inside => format!("/{inside}"),
            };
            work.pages.set("shell", &draft::text(&page), "");
        }
        None => work.pages.set(
            "strategy",
            "\"instant\"",
            "the kept page first, as before; \"fresh\" asks the network first",
        ),
    }
    let mut deny = Vec::new();
    for (key, allowing) in [
        ("navigateFallbackDenylist", false),
        ("navigateFallbackBlacklist", false),
        ("navigateFallbackAllowlist", true),
        ("navigateFallbackWhitelist", true),
    ] {
        for (index, item) in options
            .list(key, work)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            let option = format!("{}[{index}]", options.named(key));
            let Literal::Regex { source, flags } = &item.value else {
                work.needs(
                    &option,
                    &item.span,
                    not_plain(&item.value, "a regular expression"),
                );
                continue;
            };
            if allowing {
                let everything = [".", ".*", "^/", r"^\/", "^.*$", r"^\/.*", r"^(?!\/__).*"]
                    .contains(&source.as_str());
                match everything {
                    true => work.spare(&option, &item.span, "every address is answered"),
                    false => work.needs(
                        &option,
                        &item.span,
                        "`[pages]` knows only what is left alone; name that as `deny`",
                    ),
                }
                continue;
            }
            match patterns::denied(source, flags, &work.base) {
                Some(globs) => deny.extend(globs),
                None => work.needs(&option, &item.span, format!("no pattern over paths says exactly `{source}`; write one into `deny` of `[pages]`")),
            }
        }
    }
    if !deny.is_empty() {
        work.pages
            .set("deny", &draft::list(&deny), "left to the browser");
    }
    let index = options
        .entries
        .iter()
        .find(|(name, _)| name.value == "directoryIndex")
        .cloned();
    options.take("directoryIndex");
    if let Some((_, index)) = index {
        let option = options.named("directoryIndex");
        match &index.value {
            Literal::Text(name) if name == "index.html" => {
                work.spare(&option, &index.span, "`index.html` answers for its folder")
            }
            Literal::Null => work.needs(
                &option,
                &index.span,
                "`index.html` always answers for its folder, as it does on static hosts",
            ),
            other => work.needs(
                &option,
                &index.span,
                format!(
                    "only `index.html` answers for its folder; this is {}",
                    word(other)
                ),
            ),
        }
    }
}

fn update(options: &mut Options, work: &mut Work) {
    let skip = options.flag("skipWaiting", work);
    let claim = options.flag("clientsClaim", work);
    if let Some(claim) = claim {
        let why =
            "the first version takes the pages that are open, a later one those that come to it";
        work.spare(&options.named("clientsClaim"), &claim.span, why);
    }
    if !work.update.lines.is_empty() {
        if let Some(skip) = skip {
            work.spare(
                &options.named("skipWaiting"),
                &skip.span,
                "`[update]` says when pages come to a new version",
            );
        }
        return;
    }
    match skip {
        Some(At { value: true, .. }) => work.update.set(
            "policy",
            "\"next-visit\"",
            "the next page that is opened is the new version's; an open one keeps its own",
        ),
        _ => {
            work.update.set(
                "policy",
                "\"prompt\"",
                "a page accepts a new version, or it waits",
            );
            work.update
                .lines
                .push("# compat = [\"workbox-window\"] # if pages import that".to_owned());
        }
    }
}

const STRATEGIES: [(&str, &str); 5] = [
    ("cachefirst", "cache-first"),
    ("networkfirst", "network-first"),
    ("stalewhilerevalidate", "stale-while-revalidate"),
    ("networkonly", "network-only"),
    ("cacheonly", "cache-only"),
];

/// Strategies by the names of sw-precache and early Workbox.
const OLD_STRATEGIES: [(&str, &str); 2] = [
    ("fastest", "stale-while-revalidate"),
    ("cacheFirst", "cache-first"),
];

fn route(rule: At<Literal>, path: &str, work: &mut Work) {
    let span = rule.span.clone();
    let Some(mut rule) = Options::of(rule.clone(), path) else {
        work.needs(path, &span, not_plain(&rule.value, "an object"));
        return;
    };
    let mut section = Section::new("[[routes]]");
    let wanted = matched(&mut rule, &mut section, work);
    let strategy = strategy(&mut rule, work);
    let method = rule
        .text("method", work)
        .map_or_else(|| "GET".to_owned(), |at| at.value.to_uppercase());
    let options = rule.options("options", work);
    let at = rule.span.clone();
    rule.finish("a rule of Workbox", work);
    // A rule of which something is not known is left in the file as a comment.
    let open = wanted.is_none() || strategy.is_none();
    let wanted = wanted.unwrap_or_else(|| Match {
        hosts: vec![UNKNOWN.to_owned()],
        regex: String::new(),
    });
    let stored = strategy
        .as_ref()
        .is_some_and(|(name, _)| *name != "network-only");
    let strategy = match strategy {
        Some((_, span)) if stored && method != "GET" && method != "HEAD" => {
            work.find(lint::written_body(span, &method));
            "network-only"
        }
        Some((name, _)) => name,
        None => UNKNOWN,
    };
    set_match(&mut section, &wanted, &method);
    section.set("strategy", &draft::text(strategy), "");
    let queues = work.sync.len();
    let outcome = Rule {
        strategy,
        wanted: &wanted,
        method: &method,
    };
    if let Some(options) = options {
        outcome.options(options, &mut section, work);
    } else if strategy == "network-first" {
        section.set(
            "timeout",
            "\"3s\"",
            "until now the network was waited for as long as it took",
        );
    }
    if open {
        let place = format!("{}:{}", work.file, work.line(at.start));
        for line in &mut section.lines {
            *line = line.replace(&draft::text(UNKNOWN), "…");
        }
        section.comment_out(format!(
            "To do: say what is missing in this rule, of {path} ({place})."
        ));
    }
    // A rule of nothing but a queue is that queue.
    let queued = work.sync.len() > queues && strategy == "network-only";
    if !queued {
        work.routes.push(section);
    }
}

/// Stands for what only a person knows.
const UNKNOWN: &str = "?";

fn set_match(section: &mut Section, wanted: &Match, method: &str) {
    let mut parts = Vec::new();
    match wanted.hosts.as_slice() {
        [] => {}
        [one] => parts.push(format!("host = {}", draft::text(one))),
        several => parts.push(format!("host = {}", draft::list(several))),
    }
    if !wanted.regex.is_empty() {
        parts.push(format!("regex = {}", draft::text(&wanted.regex)));
    } else if wanted.hosts.is_empty() {
        parts.push("path = \"/**\"".to_owned());
    }
    if method != "GET" {
        parts.push(format!("methods = [{}]", draft::text(method)));
    }
    section
        .lines
        .insert(0, format!("match = {{ {} }}", parts.join(", ")));
}

fn matched(rule: &mut Options, section: &mut Section, work: &mut Work) -> Option<Match> {
    let option = rule.named("urlPattern");
    let Some(pattern) = rule.take("urlPattern") else {
        work.needs(
            &option,
            &rule.span.clone(),
            "no pattern says which requests this rule is for",
        );
        return None;
    };
    let base = work.base.clone();
    let found = match &pattern.value {
        Literal::Text(text) => {
            if text.contains("localhost") || text.contains("127.0.0.1") {
                work.find(lint::local_address(pattern.span.clone()));
            }
            patterns::exact(text, &base)
        }
        Literal::Regex { source, flags } => {
            if source.contains("localhost") || source.contains(r"127\.0\.0\.1") {
                work.find(lint::local_address(pattern.span.clone()));
            }
            if patterns::is_loose(source) {
                work.find(lint::loose_regex(pattern.span.clone()));
            }
            patterns::regex(source, flags, &base)
        }
        other => {
            work.needs(
                &option,
                &pattern.span,
                not_plain(other, "a string or a regular expression"),
            );
            return None;
        }
    };
    match found {
        Ok(found) => {
            if !found.hosts.is_empty() {
                section.note("Answers are asked for with CORS; where the host does not allow it, add `opaque = true`.");
            }
            Some(found)
        }
        Err(Unmatched::Never(why)) => {
            work.find(lint::never_matched(pattern.span.clone(), why));
            work.needs(
                &option,
                &pattern.span,
                format!("it can have matched no request: {why}"),
            );
            None
        }
        Err(Unmatched::Unsaid(why)) => {
            work.needs(&option, &pattern.span, why);
            None
        }
    }
}

fn strategy(rule: &mut Options, work: &mut Work) -> Option<(&'static str, std::ops::Range<usize>)> {
    let option = rule.named("handler");
    let Some(handler) = rule.take("handler") else {
        work.needs(&option, &rule.span.clone(), "no strategy is named");
        return None;
    };
    let Literal::Text(name) = &handler.value else {
        work.needs(
            &option,
            &handler.span,
            not_plain(&handler.value, "the name of a strategy"),
        );
        return None;
    };
    let lower = name.to_lowercase();
    let known = STRATEGIES
        .iter()
        .chain(&OLD_STRATEGIES)
        .find(|(old, _)| *old == lower);
    match known {
        Some((_, strategy)) => Some((strategy, handler.span)),
        None => {
            work.needs(
                &option,
                &handler.span,
                format!("`{name}` is no strategy of Workbox"),
            );
            None
        }
    }
}

/// A rule that is being written.
struct Rule<'r> {
    strategy: &'r str,
    wanted: &'r Match,
    method: &'r str,
}

impl Rule<'_> {
    fn stores(&self) -> bool {
        !["network-only", "cache-only"].contains(&self.strategy)
    }

    fn options(&self, mut options: Options, section: &mut Section, work: &mut Work) {
        if let Some(name) = options.text("cacheName", work) {
            work.old_caches.push(name.value.clone());
            if self.strategy != "network-only" {
                section
                    .lines
                    .insert(0, format!("name = {}", draft::text(&name.value)));
            }
        }
        let timeout = options.number("networkTimeoutSeconds", work);
        match (timeout, self.strategy) {
            (Some(timeout), "network-first" | "network-only") => {
                let text = duration((timeout.value * 1000.0) as u64);
                section.set("timeout", &draft::text(&text), "");
            }
            (Some(timeout), _) => {
                let what = "only `network-first` and `network-only` wait for the network";
                work.needs(&options.named("networkTimeoutSeconds"), &timeout.span, what);
            }
            (None, "network-first") => {
                section.set(
                    "timeout",
                    "\"3s\"",
                    "until now the network was waited for as long as it took",
                );
            }
            (None, _) => {}
        }
        let limit = self.expiration(&mut options, section, work);
        self.cacheable(&mut options, limit, section, work);
        self.queue(&mut options, work);
        if let Some(mut fallback) = options.options("precacheFallback", work) {
            self.fallback(&mut fallback, section, work);
            fallback.finish("`precacheFallback`", work);
        }
        if let Some(mut matching) = options.options("matchOptions", work) {
            if let Some(At { value: true, span }) = matching.flag("ignoreSearch", work) {
                match self.strategy {
                    "network-only" => work.spare(
                        &matching.named("ignoreSearch"),
                        &span,
                        "nothing is kept by this rule",
                    ),
                    _ => section.set("ignore_params", "\"all\"", ""),
                }
            }
            matching.leave(
                &[
                    (
                        "ignoreVary",
                        "an answer that varies is kept for each request it may differ for",
                    ),
                    ("ignoreMethod", "only the answer to a GET can be kept"),
                ],
                work,
            );
            matching.finish("`matchOptions`", work);
        }
        options.spare(
            &[(
                "rangeRequests",
                "ranges are always cut from what is kept whole",
            )],
            work,
        );
        options.leave(
            &[
                ("fetchOptions", "a request goes to the network as the page made it; see whether the page can ask so"),
                ("plugins", "code: see which key of `[[routes]]` does the same"),
                ("broadcastUpdate", "no message says that a kept answer was replaced; the next load has the new one"),
            ],
            work,
        );
        options.finish("a rule of Workbox", work);
    }

    /// Returns whether there is a limit.
    fn expiration(&self, options: &mut Options, section: &mut Section, work: &mut Work) -> bool {
        let Some(mut expiration) = options.options("expiration", work) else {
            return false;
        };
        let path = expiration.path.clone();
        let mut limited = false;
        let entries = expiration.number("maxEntries", work);
        let age = expiration.number("maxAgeSeconds", work);
        expiration.spare(
            &[
                (
                    "purgeOnQuotaError",
                    "where space runs out, the least recently used answers go",
                ),
                ("matchOptions", "what is too much is found by its own key"),
            ],
            work,
        );
        if !self.stores() {
            for at in [&entries, &age].into_iter().flatten() {
                work.spare(&path, &at.span, "this rule stores nothing");
            }
        } else {
            if let Some(entries) = entries {
                match whole(entries.value).filter(|count| (1..=10_000).contains(count)) {
                    Some(count) => {
                        section.set("max_entries", &count.to_string(), "");
                        limited = true;
                    }
                    None => work.needs(
                        &format!("{path}.maxEntries"),
                        &entries.span,
                        "`max_entries` is a whole number from 1 to 10000",
                    ),
                }
            }
            if let Some(age) = age {
                match whole(age.value * 1000.0)
                    .filter(|milliseconds| *milliseconds > 0 && *milliseconds < 1_000_000_000_000)
                {
                    Some(milliseconds) => {
                        section.set("max_age", &draft::text(&duration(milliseconds)), "")
                    }
                    None => work.needs(
                        &format!("{path}.maxAgeSeconds"),
                        &age.span,
                        "give a `max_age` with a unit, such as `\"30d\"`",
                    ),
                }
            }
        }
        expiration.finish("`expiration`", work);
        limited
    }

    fn cacheable(
        &self,
        options: &mut Options,
        limited: bool,
        section: &mut Section,
        work: &mut Work,
    ) {
        let Some(mut cacheable) = options.options("cacheableResponse", work) else {
            return;
        };
        let path = cacheable.named("statuses");
        let mut statuses = Vec::new();
        for item in cacheable.list("statuses", work).unwrap_or_default() {
            let Literal::Number(number) = item.value else {
                work.needs(&path, &item.span, not_plain(&item.value, "a number"));
                continue;
            };
            match number as u16 {
                0 if !self.stores() => {}
                0 if self.wanted.hosts.is_empty() => work.spare(&path, &item.span, "answers of the site itself are never opaque"),
                0 if limited => section.set("opaque", "true", "also answers that cannot be looked into"),
                0 => work.needs(&path, &item.span, "answers that cannot be looked into take megabytes each: add `opaque = true` with a `max_entries`, or have the host allow CORS"),
                status @ (200..=205 | 207..=299 | 400..=499) => statuses.push(status.to_string()),
                status => work.needs(&path, &item.span, format!("an answer with status {status} cannot be kept")),
            }
        }
        if !statuses.is_empty() && statuses != ["200"] && self.stores() {
            section.set("statuses", &format!("[{}]", statuses.join(", ")), "");
        }
        cacheable.leave(
            &[(
                "headers",
                "answers are kept by their status; a header makes no difference",
            )],
            work,
        );
        cacheable.finish("`cacheableResponse`", work);
    }

    /// A queue of requests to one address becomes a `[[sync]]`.
    fn queue(&self, options: &mut Options, work: &mut Work) {
        let Some(mut queue) = options.options("backgroundSync", work) else {
            return;
        };
        let path = queue.path.clone();
        let span = queue.span.clone();
        let name = queue.text("name", work);
        let mut age = None;
        if let Some(mut inner) = queue.options("options", work) {
            age = inner.number("maxRetentionTime", work);
            inner.spare(
                &[(
                    "forceSyncFallback",
                    "work is sent by every wake-up that a browser has",
                )],
                work,
            );
            inner.leave(
                &[(
                    "onSync",
                    "code: the page hears of deliveries through `subscribe` of register.js",
                )],
                work,
            );
            inner.finish("`backgroundSync`", work);
        }
        queue.finish("`backgroundSync`", work);
        let address = literal_address(self.wanted);
        let (Some(name), Some(address)) = (name, address) else {
            work.needs(&path, &span, "requests to several addresses were queued; write a `[[sync]]` with `capture` for each of them");
            return;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        if name.value.is_empty()
            || !name.value.chars().all(plain)
            || !["POST", "PUT", "PATCH", "DELETE"].contains(&self.method)
        {
            work.needs(
                &path,
                &span,
                "this cannot be the tag of a `[[sync]]`; write one with `capture`",
            );
            return;
        }
        let mut section = Section::new("[[sync]]");
        section.note("Requests of the page that fail are sent again. The server should know a repetition by its `Idempotency-Key`.");
        section.set("tag", &draft::text(&name.value), "");
        let address = match self.wanted.hosts.as_slice() {
            [host] => format!("https://{host}{address}"),
            _ => format!("{}{address}", work.base.trim_end_matches('/')),
        };
        section.set(
            "endpoint",
            &draft::text(&format!("{} {address}", self.method)),
            "",
        );
        if !self.wanted.hosts.is_empty() {
            section.set("cors", "true", "");
        }
        section.set(
            "capture",
            "{ on = [\"network_error\"], respond = \"error\" }",
            "the page is told of the failure, as before",
        );
        if let Some(minutes) = age.and_then(|age| whole(age.value * 60_000.0)) {
            section.set(
                "retry",
                &format!("{{ max_age = {} }}", draft::text(&duration(minutes))),
                "",
            );
        } else {
            section.set("retry", "{ max_age = \"7d\" }", "Workbox's default");
        }
        work.sync.push(section);
    }

    fn fallback(&self, fallback: &mut Options, section: &mut Section, work: &mut Work) {
        let Some(page) = fallback.text("fallbackURL", work) else {
            return;
        };
        let end = page.value.rsplit('.').next().unwrap_or_default();
        let destination = match end {
            "html" => "document",
            "svg" | "png" | "jpg" | "jpeg" | "webp" | "avif" | "gif" => "image",
            "woff2" | "woff" => "font",
            _ => {
                let what =
                    "say for what it stands in: `fallback = { document = \"/offline.html\" }`";
                work.needs(&fallback.named("fallbackURL"), &page.span, what);
                return;
            }
        };
        let base = work.base.trim_end_matches('/').to_owned();
        let inside = page
            .value
            .strip_prefix(&base)
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(&page.value);
        let file = format!("/{}", inside.trim_start_matches(['.', '/']));
        section.set(
            "fallback",
            &format!("{{ {destination} = {} }}", draft::text(&file)),
            "",
        );
    }
}

/// Returns the path of a match that is for one address only.
fn literal_address(wanted: &Match) -> Option<String> {
    if wanted.hosts.len() > 1 {
        return None;
    }
    let inside = wanted.regex.strip_prefix('^')?.strip_suffix('$')?;
    let mut path = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => path.push(chars.next()?),
            c if r"^$.*+?()[]{}|".contains(c) => return None,
            c => path.push(c),
        }
    }
    (!path.contains(['?', '{', '}'])).then_some(path)
}
