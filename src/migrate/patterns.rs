//! Patterns of other tools as mdpwa's: globs, and regular expressions over whole addresses.

use crate::document::At;
use crate::glob::Pattern;
use crate::minifier;

use super::{Work, lint};

/// Returns a glob of Workbox as one of mdpwa; what it cannot say is the error.
pub fn glob(written: &At<String>, work: &mut Work) -> Result<String, &'static str> {
    let mut text = written.value.trim_start_matches("./").to_owned();
    if text.contains("!(") {
        return Err("`!(…)` has no counterpart; use `exclude`");
    }
    if text.starts_with('!') {
        return Err("a leading `!` has no meaning here; use `exclude`");
    }
    if text.contains("[[:") || text.contains("..") {
        return Err(
            "this has no counterpart among mdpwa's patterns; `*`, `**`, `?`, `{a,b}` and `[ab]` are known",
        );
    }
    for (opening, instead) in [("+(", "{"), ("@(", "{"), ("?(", "{,"), ("*(", "{,")] {
        while let Some(at) = text.find(opening) {
            let Some(end) = text[at..].find(')') else {
                return Err("a bracket stays open");
            };
            let inside = text[at + 2..at + end].replace('|', ",");
            text = format!(
                "{}{instead}{inside}}}{}",
                &text[..at],
                &text[at + end + 1..]
            );
        }
    }
    let tight = without_spaces(&text);
    if tight != text {
        work.find(lint::spaced_braces(written.span.clone()));
        text = tight;
    }
    // One name in braces is a name; elsewhere the braces are taken for letters.
    match Pattern::built_in(&text) {
        Some(_) => Ok(text),
        None => Err("this is not a glob"),
    }
}

/// Takes the spaces beside commas and inside braces away.
fn without_spaces(glob: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for c in glob.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ' ' if depth > 0 => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Returns a glob of the Angular service worker as one of mdpwa.
pub fn ngsw_glob(written: &str) -> Result<String, &'static str> {
    if written.contains(['[', ']', '{', '}', '+', '^', '$', '\\']) {
        return Err("this has characters that mean something else in mdpwa's patterns");
    }
    let glob = written
        .replace('(', "{")
        .replace('|', ",")
        .replace(')', "}");
    match Pattern::built_in(&glob) {
        Some(_) => Ok(glob),
        None => Err("this is not a glob"),
    }
}

/// Which requests a rule is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Match {
    pub hosts: Vec<String>,
    /// Over path and query; empty for any.
    pub regex: String,
}

/// Why a pattern is no rule.
#[derive(Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// It never was one.
    Never(&'static str),
    Unsaid(&'static str),
}

/// Returns the requests of a string, which Workbox compares to the letter.
pub fn exact(address: &str, base: &str) -> Result<Match, Unmatched> {
    if address.contains('*') {
        return Err(Unmatched::Never(
            "a string is compared to the letter, and no address has a `*`",
        ));
    }
    match address.split_once("://") {
        Some((_, rest)) => {
            let at = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(at);
            let path = if path.is_empty() { "/" } else { path };
            Ok(Match {
                hosts: vec![host.to_owned()],
                regex: format!("^{}$", escaped(path)),
            })
        }
        None => {
            let path = address.trim_start_matches("./").trim_start_matches('/');
            let path = format!("/{path}");
            let path = match path.strip_prefix(base.trim_end_matches('/')) {
                Some(inside) if address.starts_with('/') => inside.to_owned(),
                _ if address.starts_with('/') && base != "/" => {
                    return Err(Unmatched::Unsaid(
                        "this is outside of the path that the site is served under",
                    ));
                }
                _ => path,
            };
            Ok(Match {
                hosts: Vec::new(),
                regex: format!("^{}$", escaped(&path)),
            })
        }
    }
}

/// Returns a text as a regular expression for it.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\^$.*+?()[]{}|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns the requests of a regular expression, which Workbox compares with the whole address: that of another host has
/// to match from its first character on.
pub fn regex(source: &str, flags: &str, base: &str) -> Result<Match, Unmatched> {
    if flags.contains(|c| c != 'i' && c != 'g') {
        return Err(Unmatched::Unsaid("its flags have no counterpart"));
    }
    let source = unescaped_slashes(source);
    let ignoring_case = flags.contains('i');
    let found: Result<Vec<Match>, Unmatched> = alternatives(&source)
        .iter()
        .map(|part| one(part, base, ignoring_case))
        .collect();
    let found = found?;
    let merged = match found.as_slice() {
        [only] => Match {
            hosts: only.hosts.clone(),
            regex: only.regex.clone(),
        },
        several if several.iter().all(|one| one.hosts.is_empty()) => Match {
            hosts: Vec::new(),
            regex: joined(several),
        },
        several
            if several
                .iter()
                .all(|one| !one.hosts.is_empty() && one.regex == several[0].regex) =>
        {
            Match {
                hosts: several.iter().flat_map(|one| one.hosts.clone()).collect(),
                regex: several[0].regex.clone(),
            }
        }
        _ => {
            return Err(Unmatched::Unsaid(
                "its alternatives are for different hosts; write a rule for each",
            ));
        }
    };
    if minifier::check_regex(&merged.regex).is_err() {
        return Err(Unmatched::Unsaid(
            "what is left of it without the host is no regular expression",
        ));
    }
    Ok(merged)
}

/// Returns one expression for several of the site itself; where one takes everything, all of them do.
fn joined(several: &[Match]) -> String {
    let regexes: Vec<&str> = several.iter().map(|one| one.regex.as_str()).collect();
    match regexes.contains(&"") {
        true => String::new(),
        false => regexes.join("|"),
    }
}

/// Says whether a part of the expression matches anywhere although another is anchored, or begins with any character.
pub fn is_loose(source: &str) -> bool {
    let parts = alternatives(source);
    let anchored = |part: &&str| part.starts_with('^') || part.ends_with('$');
    let count = parts.iter().copied().filter(anchored).count();
    let first_is_any = parts.iter().any(|part| {
        let mut chars = part.chars();
        chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
    });
    first_is_any || parts.len() > 1 && count > 0 && count < parts.len()
}

fn one(part: &str, base: &str, ignoring_case: bool) -> Result<Match, Unmatched> {
    let open = part.strip_prefix('^').unwrap_or(part);
    let schemes = [
        "https?://",
        "http[s]?://",
        "(?:https|http)://",
        "(?:http|https)://",
        "https://",
        "http://",
        "(https?:)?//",
        "(?:https?:)?//",
    ];
    let rest = schemes.iter().find_map(|scheme| open.strip_prefix(scheme));
    if let Some(rest) = rest {
        return of_host(rest, ignoring_case);
    }
    if part.starts_with('^') {
        let any = ["^.*", "^.+", "^(?:.*)"]
            .iter()
            .find_map(|any| part.strip_prefix(any));
        return match any {
            Some(rest) => one_of_site(rest, base, ignoring_case),
            None => Err(Unmatched::Never(
                "it is compared with the whole address, which begins with `https://`",
            )),
        };
    }
    if part.contains("://") {
        return Err(Unmatched::Unsaid("which host this is for cannot be told"));
    }
    if names_a_host(part) {
        return Err(Unmatched::Never(
            "the address of another host has to match from its first character on",
        ));
    }
    one_of_site(part, base, ignoring_case)
}

fn one_of_site(part: &str, base: &str, ignoring_case: bool) -> Result<Match, Unmatched> {
    let inner = base.trim_matches('/');
    let regex = match part
        .strip_prefix('/')
        .and_then(|rest| rest.strip_prefix(inner))
    {
        Some(rest) if !inner.is_empty() && rest.starts_with('/') => format!("^{rest}"),
        _ if !inner.is_empty() && part.contains(inner) => {
            return Err(Unmatched::Unsaid(
                "it speaks of the path that the site is served under; paths begin behind it",
            ));
        }
        _ => part.to_owned(),
    };
    Ok(Match {
        hosts: Vec::new(),
        regex: if [".*", ".+", "^.*$", "/"].contains(&regex.as_str()) {
            String::new()
        } else {
            cased(regex, ignoring_case)?
        },
    })
}

/// Says whether a pattern without `^` has what looks like the end of a host's name.
fn names_a_host(part: &str) -> bool {
    [r"\.com", r"\.org", r"\.net", r"\.dev", r"\.io"]
        .iter()
        .any(|end| {
            part.match_indices(end).any(|(at, _)| {
                let next = part[at + end.len()..].chars().next();
                next.is_none_or(|c| "/$:(".contains(c))
            })
        })
}

/// Takes the host off the front of a regular expression.
fn of_host(mut rest: &str, ignoring_case: bool) -> Result<Match, Unmatched> {
    let mut hosts = vec![String::new()];
    const UNSAID: Unmatched =
        Unmatched::Unsaid("its host is more than a name, with `*` for any part of it");
    while let Some(c) = rest.chars().next() {
        let any = [
            "[^/]+",
            "[^/]*",
            "[^.]+",
            r"[^\.]+",
            "[a-z0-9-]+",
            "[a-z0-9]+",
            "[a-z]+",
            r"\w+",
            ".+?",
            ".*?",
            ".*",
            ".+",
        ];
        if c == '/' {
            break;
        } else if rest == ".*" || rest == ".+" || rest == ".*$" || rest == ".*/.*" {
            rest = "";
        } else if let Some(after) = any.iter().find_map(|any| rest.strip_prefix(any)) {
            push(&mut hosts, "*");
            rest = after;
        } else if let Some(after) = rest.strip_prefix(r"\.").or_else(|| rest.strip_prefix('.')) {
            push(&mut hosts, ".");
            rest = after;
        } else if c.is_ascii_alphanumeric() || c == '-' || c == ':' {
            push(&mut hosts, &c.to_ascii_lowercase().to_string());
            rest = &rest[1..];
        } else if c == '(' {
            let inner = rest.strip_prefix("(?:").unwrap_or(&rest[1..]);
            let (inside, after) = inner
                .split_once(')')
                .ok_or(Unmatched::Unsaid("a bracket stays open"))?;
            let names: Option<Vec<String>> = inside.split('|').map(plain_name).collect();
            let names = names.ok_or(UNSAID)?;
            hosts = hosts
                .iter()
                .flat_map(|host| names.iter().map(move |name| format!("{host}{name}")))
                .collect();
            rest = after;
            if rest.starts_with(['?', '*', '+', '{']) {
                return Err(UNSAID);
            }
        } else {
            return Err(UNSAID);
        }
        if rest.starts_with('?') && !hosts[0].is_empty() {
            return Err(UNSAID);
        }
    }
    if hosts
        .iter()
        .any(|host| host.is_empty() || host.starts_with('.') || host.ends_with('.'))
    {
        return Err(UNSAID);
    }
    let whole = [
        "", "/", "/.*", "/.+", "/(.*)", "/(.*)$", "/.*$", "/.*/", "/(?:.*)",
    ];
    Ok(Match {
        hosts,
        regex: if whole.contains(&rest) {
            String::new()
        } else {
            cased(format!("^{rest}"), ignoring_case)?
        },
    })
}

fn push(hosts: &mut [String], text: &str) {
    for host in hosts {
        host.push_str(text);
    }
}

fn plain_name(written: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = written;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(r"\.") {
            name.push('.');
            rest = after;
        } else if c.is_ascii_alphanumeric() || c == '-' || c == '.' {
            name.push(c.to_ascii_lowercase());
            rest = &rest[1..];
        } else {
            return None;
        }
    }
    Some(name)
}

/// Returns the expression for letters of either case, where that was said.
fn cased(regex: String, ignoring_case: bool) -> Result<String, Unmatched> {
    if !ignoring_case {
        return Ok(regex);
    }
    both_cases(&regex).ok_or(Unmatched::Unsaid("the flag `i` cannot be written out here"))
}

/// Writes a regular expression without the flag `i`: `a` becomes `[aA]`, `[a-z]` becomes `[a-zA-Z]`.
fn both_cases(source: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next()?;
                // Names of groups and code points would be taken apart.
                if "kuxcpP".contains(next) {
                    return None;
                }
                out.extend(['\\', next]);
            }
            '(' if chars.peek() == Some(&'?') => {
                out.push('(');
                out.push(chars.next()?);
                if chars.peek() == Some(&'<') {
                    return None;
                }
            }
            '[' => {
                let mut inside = String::new();
                loop {
                    match chars.next()? {
                        ']' => break,
                        '\\' => {
                            inside.push('\\');
                            inside.push(chars.next()?);
                        }
                        other => inside.push(other),
                    }
                }
                out.push('[');
                out.push_str(&inside);
                let other: String = inside
                    .chars()
                    .map(|c| {
                        if c.is_ascii_lowercase() {
                            c.to_ascii_uppercase()
                        } else {
                            c.to_ascii_lowercase()
                        }
                    })
                    .collect();
                let letters = inside.chars().any(|c| c.is_ascii_alphabetic());
                if letters && inside.contains('\\') {
                    return None;
                }
                if letters && !whole_alphabet(&inside) {
                    out.push_str(other.trim_start_matches('^'));
                }
                out.push(']');
            }
            c if c.is_ascii_alphabetic() => {
                out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            }
            c if c.is_alphabetic() => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

fn whole_alphabet(class: &str) -> bool {
    class.contains("a-z") && class.contains("A-Z")
}

/// `\/` is only needed between slashes.
fn unescaped_slashes(source: &str) -> String {
    let mut out = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('/') => out.push('/'),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

/// Splits at each `|` that stands in no bracket.
fn alternatives(source: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut class, mut escaped, mut start) = (0, false, false, 0);
    for (at, c) in source.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            _ if class => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&source[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&source[start..]);
    parts
}

/// Returns globs over paths for a regular expression over path and query, where one says exactly the same of paths.
pub fn denied(source: &str, flags: &str, base: &str) -> Option<Vec<String>> {
    if !flags.is_empty() && flags != "g" {
        return None;
    }
    let source = unescaped_slashes(source);
    // A name with a dot in it at the end: files.
    let files = [
        r"/[^/?]+\.[^/]+$",
        r"/[^/]+\.[^/]+$",
        r"[^/]+\.[^/]+$",
        r"/[^/?]+\.[^/?]+$",
        r"\.[^/]+$",
        r"\.[a-z]+$",
        r"\..+$",
        r"\.\w+$",
    ];
    if files.contains(&source.as_str()) {
        return Some(vec!["/**/*.*".to_owned()]);
    }
    let rest = source.strip_prefix('^')?;
    let rest = rest.trim_end_matches(".*");
    let (rest, whole) = match rest.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let mut path = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ ('.' | '-' | '_' | '~') => path.push(c),
                _ => return None,
            },
            c if c.is_ascii_alphanumeric() || "/-_~".contains(c) => path.push(c),
            _ => return None,
        }
    }
    let path = match path.strip_prefix(base.trim_end_matches('/')) {
        Some(inside) if inside.starts_with('/') => inside.to_owned(),
        _ => return None,
    };
    Some(match (whole, path.ends_with('/')) {
        (true, _) => vec![path],
        (false, true) => vec![format!("{path}**")],
        (false, false) => vec![format!("{path}*"), format!("{path}*/**")],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str, flags: &str) -> String {
        match regex(source, flags, "/") {
            Ok(Match { hosts, regex }) => format!("{} {regex}", hosts.join(",")).trim().to_owned(),
            Err(Unmatched::Never(_)) => "never".to_owned(),
            Err(Unmatched::Unsaid(_)) => "unsaid".to_owned(),
        }
    }

    #[test]
    fn the_host_comes_off_an_address() {
        for (source, flags, expected) in [
            (
                r"^https:\/\/fonts\.googleapis\.com",
                "",
                "fonts.googleapis.com",
            ),
            (
                r"^https:\/\/fonts\.googleapis\.com\/.*",
                "i",
                "fonts.googleapis.com",
            ),
            (
                r"^https:\/\/fonts\.(?:googleapis|gstatic)\.com\/.*",
                "i",
                "fonts.googleapis.com,fonts.gstatic.com",
            ),
            (
                r"^https?://cdn.example.com/v1/",
                "",
                "cdn.example.com ^/v1/",
            ),
            (
                r"https:\/\/api\.example\.com\/.*json",
                "",
                "api.example.com ^/.*json",
            ),
            (
                r"^https:\/\/[^/]+\.tile\.example\.org\/",
                "",
                "*.tile.example.org",
            ),
            (
                r"^https:\/\/a\.com\/|^https:\/\/b\.com\/",
                "",
                "a.com,b.com",
            ),
            (r"^http:\/\/localhost:3000\/api", "", "localhost:3000 ^/api"),
            (r"^https:\/\/a\.com\/x|\.png$", "", "unsaid"),
            (r"^https:\/\/(www\.)?a\.com\/", "", "unsaid"),
            (r"^https:\/\/cdn[0-9]\.a\.com\/", "", "unsaid"),
            (r"\.(?:png|jpg)$", "", r"\.(?:png|jpg)$"),
            (r"\.(?:png)$", "i", r"\.(?:[pP][nN][gG])$"),
            (r"\/api\/[a-z]+\/", "i", r"/[aA][pP][iI]/[a-zA-Z]+/"),
            (r".*", "", ""),
            (r"^\/api\/", "", "never"),
            (r"fonts\.googleapis\.com", "", "never"),
            (r"\/x", "u", "unsaid"),
        ] {
            assert_eq!(said(source, flags), expected, "/{source}/{flags}");
        }
    }

    #[test]
    fn paths_begin_behind_the_base() {
        let of = |source| regex(source, "", "/repo/").map(|found| found.regex);
        assert_eq!(of(r"\/repo\/api\/").as_deref(), Ok("^/api/"));
        assert_eq!(of(r"\/api\/").as_deref(), Ok("/api/"));
        assert!(of(r"x\/repo\/api\/").is_err());
        assert_eq!(
            exact("/repo/a", "/repo/")
                .map(|found| found.regex)
                .as_deref(),
            Ok("^/a$")
        );
        assert!(exact("/a", "/repo/").is_err());
    }

    #[test]
    fn prefixes_become_globs() {
        let of = |source| denied(source, "", "/");
        let globs = |texts: &[&str]| {
            Some(
                texts
                    .iter()
                    .map(|&text| text.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(of(r"^\/api\/"), globs(&["/api/**"]));
        assert_eq!(of(r"^\/api"), globs(&["/api*", "/api*/**"]));
        assert_eq!(of(r"^\/~oauth$"), globs(&["/~oauth"]));
        assert_eq!(of(r"\/[^/?]+\.[^/]+$"), globs(&["/**/*.*"]));
        assert_eq!(of(r"^\/(a|b)"), None);
        assert_eq!(of(r"\/api"), None);
    }

    #[test]
    fn an_expression_that_says_too_much_is_loose() {
        assert!(is_loose(r".eot|svg|ttf$"));
        assert!(is_loose(r".png$"));
        assert!(is_loose(r"^https:\/\/a\.com|b\.com"));
        assert!(!is_loose(r"\.(?:png|svg)$"));
        assert!(!is_loose(r".*"));
        assert!(!is_loose(r"^https:\/\/a\.com"));
    }

    proptest::proptest! {
        #[test]
        fn any_expression_is_converted_or_named(source in r"(\^?(https:\\/\\/)?)[a-z\\./|()?*+\[\]^$0-9é-]{0,24}", flags in "[ig]{0,2}") {
            let _ = regex(&source, &flags, "/repo/");
            let _ = denied(&source, &flags, "/repo/");
            let _ = is_loose(&source);
        }
    }
}
