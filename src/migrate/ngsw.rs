//! `ngsw-config.json` of the Angular service worker.

use crate::document::At;
use crate::draft::{self, Section};
use crate::literals::{Literal, json};

use super::patterns::{escaped, ngsw_glob};
use super::{INJECTED, Options, Work, duration, lint, not_plain, whole};

pub fn convert(mut options: Options, work: &mut Work) {
    options.spare(&[("$schema", "`mdpwa` checks every key itself")], work);
    root(&options, work);
    let index = options.text("index", work);
    pages(&mut options, index, work);
    for (index, group) in options
        .list("assetGroups", work)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        asset_group(group, &format!("assetGroups[{index}]"), work);
    }
    for (index, group) in options
        .list("dataGroups", work)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        data_group(group, &format!("dataGroups[{index}]"), work);
    }
    options.leave(
        &[
            (
                "appData",
                "no news of a version carries data of its own; the page can fetch a file of it",
            ),
            (
                "applicationMaxAge",
                "what is kept stays usable for as long as nothing newer can be had",
            ),
            (
                "versionedFiles",
                "Angular itself has it no more; `files` takes its patterns",
            ),
        ],
        work,
    );
    options.finish("ngsw-config.json", work);
    work.old_workers.push("ngsw-worker.js".to_owned());
    work.html.set("inject", "true", INJECTED);
    work.update.set(
        "policy",
        "\"prompt\"",
        "a page accepts a new version; until now it had one after its next load",
    );
    let place = options_start();
    work.needs(
        "serviceWorker",
        &place,
        "remove `serviceWorker` from angular.json and `provideServiceWorker` from the app; `SwUpdate` becomes `onUpdate` of register.js",
    );
}

fn options_start() -> std::ops::Range<usize> {
    0..0
}

/// Finds out from angular.json where the app is built.
fn root(options: &Options, work: &mut Work) {
    let found = output_path(work);
    match found {
        Some(root) => work.root = Some(root),
        None => {
            let place = options.span.start..options.span.start;
            work.needs("outputPath", &place, "give the folder of the built app as `root` in `[app]`, such as `\"dist/app/browser\"`");
        }
    }
}

fn output_path(work: &Work) -> Option<String> {
    let path = work.folder.join("angular.json");
    let project = crate::project::Project::open(&path).ok()?;
    let angular = json(&project.text).ok()?;
    let Literal::Object(projects) = &angular.value.at("projects")?.value else {
        return None;
    };
    let [(name, only)] = projects.as_slice() else {
        return None;
    };
    let build = only
        .value
        .at("architect.build")
        .or_else(|| only.value.at("targets.build"))?;
    let builder = build.value.at("builder")?.value.text()?.to_owned();
    let below = if builder.ends_with(":application") {
        "/browser"
    } else {
        ""
    };
    match build.value.at("options.outputPath") {
        Some(At {
            value: Literal::Text(path),
            ..
        }) => Some(format!("{path}{below}")),
        Some(object) => {
            let base = object.value.at("base")?.value.text()?.to_owned();
            let browser = object
                .value
                .at("browser")
                .and_then(|at| at.value.text())
                .unwrap_or("browser");
            Some(if browser.is_empty() {
                base
            } else {
                format!("{base}/{browser}")
            })
        }
        None => Some(format!("dist/{}{below}", name.value)),
    }
}

fn pages(options: &mut Options, index: Option<At<String>>, work: &mut Work) {
    let freshness = options.text("navigationRequestStrategy", work);
    let fresh = freshness.as_ref().is_some_and(|at| at.value == "freshness");
    if let Some(other) =
        freshness.filter(|at| !["freshness", "performance"].contains(&at.value.as_str()))
    {
        work.needs(
            "navigationRequestStrategy",
            &other.span,
            format!("`{}` is no strategy", other.value),
        );
    }
    match (&index, fresh) {
        (Some(index), false) => {
            work.pages.set(
                "strategy",
                "\"shell\"",
                "one page answers every address that is no file",
            );
            work.pages.set("shell", &draft::text(&index.value), "");
        }
        (Some(index), true) => {
            work.pages.set("strategy", "\"fresh\"", "the network first");
            work.pages.set(
                "offline",
                &draft::text(&index.value),
                "where it cannot be reached",
            );
        }
        (None, _) => {
            let place = options.span.start..options.span.start;
            work.needs(
                "index",
                &place,
                "no page is named that answers every address; add `shell` to `[pages]`",
            );
        }
    }
    let mut deny = Vec::new();
    match options.texts("navigationUrls", work) {
        None => deny.extend(["/**/*.*", "/**/*__*", "/**/*__*/**"].map(str::to_owned)),
        Some(patterns) => {
            for (index, pattern) in &patterns {
                let option = format!("navigationUrls[{index}]");
                match pattern.value.strip_prefix('!') {
                    Some(left) => match ngsw_glob(left) {
                        Ok(glob) if glob.starts_with('/') => deny.push(glob),
                        Ok(_) => work.needs(
                            &option,
                            &pattern.span,
                            "paths begin with `/`; write one into `deny` of `[pages]`",
                        ),
                        Err(why) => work.needs(&option, &pattern.span, why),
                    },
                    None if pattern.value == "/**" => {
                        if *index > 0 {
                            work.needs(
                                &option,
                                &pattern.span,
                                "patterns count in their order; `deny` of `[pages]` always wins",
                            );
                        }
                    }
                    None => work.needs(
                        &option,
                        &pattern.span,
                        "`[pages]` knows only what is left alone; name that as `deny`",
                    ),
                }
            }
        }
    }
    if !deny.is_empty() {
        work.pages
            .set("deny", &draft::list(&deny), "left to the browser");
    }
}

fn asset_group(group: At<Literal>, path: &str, work: &mut Work) {
    let span = group.span.clone();
    let Some(mut group) = Options::of(group.clone(), path) else {
        work.needs(path, &span, not_plain(&group.value, "an object"));
        return;
    };
    let mut section = Section::new("[[assets]]");
    let name = group.text("name", work).map(|at| at.value);
    if let Some(name) = &name {
        section.set("name", &draft::text(name), "");
    }
    let install = group.text("installMode", work);
    let lazy = install.as_ref().is_some_and(|at| at.value == "lazy");
    let prefetched = install.as_ref().is_some_and(|at| at.value == "prefetch");
    if let Some(other) = install.filter(|at| !["lazy", "prefetch"].contains(&at.value.as_str())) {
        work.needs(
            &group.named("installMode"),
            &other.span,
            format!("`{}` is no mode", other.value),
        );
    }
    if let Some(update) = group.text("updateMode", work) {
        match (lazy, update.value.as_str()) {
            (false, "lazy") => work.find(lint::update_mode(update.span)),
            (_, "lazy" | "prefetch") => work.spare(
                &group.named("updateMode"),
                &update.span,
                "an update downloads what has changed, and of a lazy group only what is used",
            ),
            (_, other) => work.needs(
                &group.named("updateMode"),
                &update.span,
                format!("`{other}` is no mode"),
            ),
        }
    }
    let ignore_search = cache_query(&mut group, work);
    let Some(mut resources) = group.options("resources", work) else {
        group.finish("an asset group", work);
        return;
    };
    group.finish("an asset group", work);
    let (include, exclude) = files(&mut resources, work);
    if !include.is_empty() {
        work.set_patterns(&mut section, "include", include, "");
        work.set_patterns(&mut section, "exclude", exclude, "");
        if lazy {
            section.set("install", "\"lazy\"", "each file on its first use");
        }
        if section.lines.iter().any(|line| line.starts_with("include")) {
            work.assets.push(section);
        } else {
            let option = resources.named("files");
            let place = resources.span.clone();
            work.needs(
                &option,
                &place,
                "no file matched when this was written, so there is no group for it",
            );
        }
    }
    let urls = resources.texts("urls", work).unwrap_or_default();
    if !urls.is_empty() {
        if prefetched {
            work.find(lint::wildcard_prefetch(urls[0].1.span.clone()));
        }
        let option = resources.named("urls");
        let mut wanted = Vec::new();
        for (index, url) in &urls {
            wanted.extend(address(url, &format!("{option}[{index}]"), work));
        }
        for (index, (host, wanted)) in by_host(wanted).into_iter().enumerate() {
            let mut rule = Section::new("[[routes]]");
            if let Some(name) = &name {
                let number = if index == 0 {
                    String::new()
                } else {
                    format!("-{}", index + 1)
                };
                rule.set("name", &draft::text(&format!("{name}{number}")), "");
            }
            rule.lines.push(matching(host.as_deref(), &wanted));
            rule.set("strategy", "\"stale-while-revalidate\"", "");
            if ignore_search {
                rule.set("ignore_params", "\"all\"", "");
            }
            work.routes.push(rule);
        }
    }
    resources.leave(
        &[(
            "versionedFiles",
            "Angular itself has it no more; `files` takes its patterns",
        )],
        work,
    );
    resources.finish("`resources`", work);
}

fn cache_query(group: &mut Options, work: &mut Work) -> bool {
    let Some(mut query) = group.options("cacheQueryOptions", work) else {
        return false;
    };
    let ignore = query.flag("ignoreSearch", work).is_some_and(|at| at.value);
    query.spare(
        &[(
            "ignoreVary",
            "an answer that varies is kept for each request it may differ for",
        )],
        work,
    );
    query.finish("`cacheQueryOptions`", work);
    ignore
}

/// Returns what is taken and what is left out, where the order of the patterns makes no other difference.
fn files(resources: &mut Options, work: &mut Work) -> (Vec<String>, Vec<String>) {
    let (mut include, mut exclude) = (Vec::new(), Vec::new());
    let patterns = resources.texts("files", work).unwrap_or_default();
    for (index, pattern) in &patterns {
        let option = format!("{}[{index}]", resources.named("files"));
        let (negative, inside) = match pattern.value.strip_prefix('!') {
            Some(inside) => (true, inside),
            None => (false, pattern.value.as_str()),
        };
        if !negative && !exclude.is_empty() {
            work.needs(&option, &pattern.span, "patterns counted in their order; `exclude` of `[[assets]]` always wins, so see whether this is still taken");
        }
        match ngsw_glob(inside.trim_start_matches('/')) {
            Ok(glob) if negative => exclude.push(glob),
            Ok(glob) => include.push(glob),
            Err(why) => work.needs(&option, &pattern.span, why),
        }
    }
    (include, exclude)
}

/// A host, where it is another one, and a glob over its paths.
type Address = (Option<String>, String);

fn address(url: &At<String>, option: &str, work: &mut Work) -> Option<Address> {
    let mut text = url.value.clone();
    if text.contains("&amp;") {
        work.find(lint::escaped_address(url.span.clone()));
        text = text.replace("&amp;", "&");
    }
    if text.contains("//localhost") || text.contains("//127.0.0.1") {
        work.find(lint::local_address(url.span.clone()));
    }
    if text.starts_with('!') {
        work.needs(
            option,
            &url.span,
            "addresses cannot be taken out again; write the rule by hand",
        );
        return None;
    }
    let rest = text
        .split_once("://")
        .map(|(_, rest)| rest.to_owned())
        .or_else(|| text.strip_prefix("//").map(str::to_owned));
    let (host, path) = match rest {
        None if text.starts_with('/') => (None, text),
        None => {
            work.needs(
                option,
                &url.span,
                "neither a path that begins with `/` nor an address with a host",
            );
            return None;
        }
        Some(rest) => {
            let at = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(at);
            let path = if path.is_empty() { "/" } else { path };
            let any = host.replace("**", "*");
            let plain = |c: char| c.is_ascii_alphanumeric() || "-.:*".contains(c);
            let name = any.strip_prefix("*.").unwrap_or(&any);
            if !any.chars().all(plain) || (name.contains('*') && name != "*") {
                work.needs(option, &url.span, "the host has a pattern; write it as `host`, in which only a leading `*.` stands for names");
                return None;
            }
            (Some(any.to_lowercase()), path.to_owned())
        }
    };
    Some((host, path))
}

/// Puts addresses of one host together, in the order in which the hosts come.
fn by_host(addresses: Vec<Address>) -> Vec<(Option<String>, Vec<String>)> {
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    for (host, path) in addresses {
        match groups.iter_mut().find(|(known, _)| *known == host) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((host, vec![path])),
        }
    }
    groups
}

/// Returns `match` for paths of one host; a `?` in an address of Angular is a `?`, so it is compared with the query, too.
fn matching(host: Option<&str>, paths: &[String]) -> String {
    let mut parts = Vec::new();
    if let Some(host) = host {
        parts.push(format!("host = {}", draft::text(host)));
    }
    let everything = paths.iter().any(|path| path == "/**");
    match paths {
        _ if everything && host.is_some() => {}
        [one] if !one.contains(['?', '(', '[', '{']) => {
            parts.push(format!("path = {}", draft::text(one)))
        }
        several => {
            let regexes: Vec<String> = several.iter().map(|path| regex(path)).collect();
            let regex = match regexes.as_slice() {
                [one] => format!("^{one}$"),
                several => format!("^(?:{})$", several.join("|")),
            };
            parts.push(format!("regex = {}", draft::text(&regex)));
        }
    }
    format!("match = {{ {} }}", parts.join(", "))
}

/// `**` crosses folders, `*` does not, `(a|b)` is either.
fn regex(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("/**/") {
            out.push_str("/(?:.+/)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            out.push_str(".*");
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            out.push_str("[^/]*");
            rest = after;
        } else if "(|)".contains(c) {
            out.push(c);
            rest = &rest[1..];
        } else {
            out.push_str(&escaped(&c.to_string()));
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn data_group(group: At<Literal>, path: &str, work: &mut Work) {
    let span = group.span.clone();
    let Some(mut group) = Options::of(group.clone(), path) else {
        work.needs(path, &span, not_plain(&group.value, "an object"));
        return;
    };
    let name = group.text("name", work).map(|at| at.value);
    group.spare(&[("version", "an answer is known by its address; to have old ones forgotten, give the rule another `name`")], work);
    let ignore_search = cache_query(&mut group, work);
    let option = group.named("urls");
    let mut wanted = Vec::new();
    for (index, url) in group.texts("urls", work).unwrap_or_default() {
        wanted.extend(address(&url, &format!("{option}[{index}]"), work));
    }
    let Some(mut cache) = group.options("cacheConfig", work) else {
        work.needs(
            &group.named("cacheConfig"),
            &span,
            "nothing says how long answers are kept",
        );
        group.finish("a data group", work);
        return;
    };
    group.finish("a data group", work);
    let said = cache.has("strategy");
    let strategy = cache.text("strategy", work);
    let code = said && strategy.is_none();
    let fresh = strategy.as_ref().is_some_and(|at| at.value == "freshness");
    let unknown = strategy.filter(|at| !["freshness", "performance"].contains(&at.value.as_str()));
    if let Some(other) = &unknown {
        work.needs(
            &cache.named("strategy"),
            &other.span,
            format!("`{}` is no strategy", other.value),
        );
    }
    let entries = cache.number("maxSize", work);
    let age = measured(&mut cache, "maxAge", work);
    let timeout_option = cache.named("timeout");
    let timeout = measured(&mut cache, "timeout", work);
    let opaque = cache
        .flag("cacheOpaqueResponses", work)
        .map_or(fresh, |at| at.value);
    cache.leave(
        &[("refreshAhead", "its guide and its code say different things; `stale-while-revalidate` with `fresh_for` asks anew while the kept answer is used")],
        work,
    );
    let size_option = cache.named("maxSize");
    cache.finish("`cacheConfig`", work);
    for (index, (host, wanted)) in by_host(wanted).into_iter().enumerate() {
        let mut rule = Section::new("[[routes]]");
        if let Some(name) = &name {
            let number = if index == 0 {
                String::new()
            } else {
                format!("-{}", index + 1)
            };
            rule.set("name", &draft::text(&format!("{name}{number}")), "");
        }
        rule.lines.push(matching(host.as_deref(), &wanted));
        rule.set(
            "strategy",
            if fresh {
                "\"network-first\""
            } else {
                "\"cache-first\""
            },
            "",
        );
        match (&timeout, fresh) {
            (Some(timeout), true) => {
                rule.set("timeout", &draft::text(&duration(timeout.value)), "")
            }
            (Some(timeout), false) if index == 0 => work.needs(
                &timeout_option,
                &timeout.span,
                "a page got a made-up 504 after this time; now it waits for the network",
            ),
            (None, true) => rule.set(
                "timeout",
                "\"3s\"",
                "until now the network was waited for as long as it took",
            ),
            _ => {}
        }
        if let Some(age) = &age {
            rule.set("max_age", &draft::text(&duration(age.value)), "");
        }
        let mut limited = false;
        if let Some(entries) = &entries {
            match whole(entries.value).filter(|count| (1..=10_000).contains(count)) {
                Some(count) => {
                    rule.set("max_entries", &count.to_string(), "");
                    limited = true;
                }
                None if index == 0 => work.needs(
                    &size_option,
                    &entries.span,
                    "`max_entries` is a whole number from 1 to 10000",
                ),
                None => {}
            }
        }
        if opaque && host.is_some() && limited {
            rule.set("opaque", "true", "also answers that cannot be looked into");
        }
        if ignore_search {
            rule.set("ignore_params", "\"all\"", "");
        }
        rule.set("invalidate", "true", "a write makes old what is kept");
        if unknown.is_some() || code {
            let place = format!("{}:{}", work.file, work.line(span.start));
            rule.comment_out(format!(
                "To do: say what is missing in this rule, of {path} ({place})."
            ));
        }
        work.routes.push(rule);
    }
}

/// Returns milliseconds of `3d12h`; the units are d, h, m, s and u, for milliseconds.
fn measured(cache: &mut Options, key: &'static str, work: &mut Work) -> Option<At<u64>> {
    let option = cache.named(key);
    let written = cache.text(key, work)?;
    let mut total: u64 = 0;
    let mut digits = String::new();
    let mut units = 0;
    for c in written.value.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'd' => 86_400_000,
            'h' => 3_600_000,
            'm' => 60_000,
            's' => 1_000,
            'u' => 1,
            _ => {
                work.needs(
                    &option,
                    &written.span,
                    "this is no duration; give one with a unit, such as `\"1h\"`",
                );
                return None;
            }
        };
        units += 1;
        total = total.saturating_add(digits.parse::<u64>().unwrap_or(0).saturating_mul(unit));
        digits.clear();
    }
    if units == 0 || !digits.is_empty() {
        work.find(lint::bare_duration(written.span.clone()));
        work.needs(
            &option,
            &written.span,
            "it has no unit; give the rule a duration with one, such as `\"1h\"`",
        );
        return None;
    }
    Some(At::new(total, written.span)).filter(|at| at.value > 0 && at.value < 1_000_000_000_000)
}
