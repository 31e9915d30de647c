//! Mistakes that configurations in the wild have, each with what came of it.

use crate::diagnostic::{Diagnostic, Span};

pub fn spaced_braces(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-glob-spaces",
        "there are spaces in the braces of this pattern",
        span,
    )
    .label("they were part of the names, so only the first could match")
    .help("the new pattern has no spaces; more files may be kept than before: look at `mdpwa plan`")
}

pub fn loose_regex(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-regex-loose",
        "this regular expression matches more than it seems to",
        span,
    )
    .label("a `.` stands for any character, and a part without `^` or `$` matches anywhere")
    .help("write `\\.(?:png|svg)$` in the `regex` of the rule, if ends of names are meant")
}

pub fn never_matched(span: Span, why: &str) -> Diagnostic {
    Diagnostic::warning("migrate-never-matched", "this pattern can have matched no request", span)
        .label(why.to_owned())
        .help("no rule was written for it; say in a `[[routes]]` which requests are meant, or leave it out")
}

pub fn list_of_pages(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-fallback-list",
        "`navigateFallback` is one page",
        span,
    )
    .label("a list is none")
    .help("name the page that answers every route as `shell` in `[pages]`")
}

pub fn same_file(span: Span, other: Span) -> Diagnostic {
    Diagnostic::warning("migrate-same-file", "`swSrc` and `swDest` are one file", span)
        .label("the source was written over")
        .other(other, "the other")
        .help("get the source back from before its first build; mdpwa writes its worker from pwa.toml alone")
}

pub fn worker_in_a_folder(span: Span, file: &str) -> Diagnostic {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    Diagnostic::warning("migrate-scope", "the old worker lay in a folder of the site", span)
        .label(format!("it could control only what is below /{folder}/"))
        .help("the new one lies at the root and controls the whole site; set `file` in `[worker]` if it should not")
}

pub fn whole_repository(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-root",
        "the whole project was taken for the site",
        span,
    )
    .label("sources, settings and archives were offered to visitors, too")
    .help("set `root` in `[app]` to the folder that the site is built into")
}

pub fn escaped_address(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-escaped",
        "this address was copied out of HTML",
        span,
    )
    .label("`&amp;` is `&` in an address")
    .help("the rule that was written has `&`")
}

pub fn wildcard_prefetch(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-prefetch",
        "addresses of other hosts were never fetched in advance",
        span,
    )
    .label("`prefetch` is for `files`")
    .help("they are kept once they have been loaded, by a `[[routes]]`")
}

pub fn local_address(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-localhost",
        "this rule is for a server on the developer's machine",
        span,
    )
    .label("visitors have none there")
    .help("remove the rule, or give it the address of the real server")
}

pub fn large_limit(span: Span, limit: &str) -> Diagnostic {
    Diagnostic::warning("migrate-max-file", format!("every visitor may have to download files of up to {limit}"), span)
        .label("the limit that was raised")
        .help("look at the sizes in `mdpwa plan`; leave out what few visitors need, or put it into an `[[assets]]` with `install = \"lazy\"`")
}

pub fn not_for_visitors(span: Span, file: &str) -> Diagnostic {
    Diagnostic::warning(
        "migrate-control-file",
        format!("`{file}` is no file for visitors"),
        span,
    )
    .label("it is for the host, or for developers")
    .help("it is not kept any more")
}

pub fn bare_duration(span: Span) -> Diagnostic {
    Diagnostic::warning("migrate-duration", "this duration has no unit", span)
        .label("it counted as 0")
        .help("give it one in the rule, such as `\"30s\"` or `\"1h\"`")
}

pub fn update_mode(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "migrate-update-mode",
        "`updateMode: lazy` has no sense with `installMode: prefetch`",
        span,
    )
    .label("documented as not valid, and never checked")
    .help("the files are fetched with each version; for less, use `install = \"lazy\"`")
}

pub fn written_body(span: Span, method: &str) -> Diagnostic {
    Diagnostic::warning(
        "migrate-method",
        format!("the answer to {method} was never kept"),
        span,
    )
    .label("no cache can hold it")
    .help("the request is left to the network; what has to be sent later is a `[[sync]]`")
}
