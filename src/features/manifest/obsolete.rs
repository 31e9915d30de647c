//! Members that nothing reads any more or ever did, and what to write instead.

use crate::diagnostic::Diagnostic;
use crate::document::Span;

/// The member, what it was, and what to do.
pub(super) const OBSOLETE: [(&str, &str, &str); 25] = [
    (
        "gcm_sender_id",
        "was Chrome's way to push messages until 2018",
        "remove it: push needs a public key of your own, and no member of the manifest",
    ),
    (
        "gcm_user_visible_only",
        "was Chrome's way to push messages until 2018",
        "remove it",
    ),
    (
        "serviceworker",
        "was a proposal that browsers dropped",
        "remove it: `register.js` registers the worker",
    ),
    (
        "splash_pages",
        "was never read by a browser",
        "remove it: browsers make the screen of `name`, `background_color` and an icon; `splash = true` in `[icons]` draws it for Apple's devices",
    ),
    (
        "splash_screens",
        "was a draft that browsers dropped",
        "remove it: browsers make the screen of `name`, `background_color` and an icon; `splash = true` in `[icons]` draws it for Apple's devices",
    ),
    (
        "url_handlers",
        "was a trial that Chrome dropped",
        "use `scope_extensions`",
    ),
    (
        "capture_links",
        "was a trial that Chrome dropped",
        "use `launch_handler = { client_mode = \"navigate-existing\" }`",
    ),
    (
        "user_preferences",
        "was a draft that browsers dropped",
        "use `color_scheme_dark = { theme_color = \"…\", background_color = \"…\" }`",
    ),
    (
        "theme_colors",
        "was a draft that browsers dropped",
        "use `color_scheme_dark = { theme_color = \"…\" }`",
    ),
    (
        "translations",
        "was a draft that browsers dropped",
        "use `name_localized`, `short_name_localized` and their like",
    ),
    (
        "chrome_related_applications",
        "is of no browser",
        "use `related_applications`",
    ),
    (
        "web_share_target",
        "was a draft of `share_target`",
        "use `share_target`",
    ),
    (
        "supports_share",
        "was a draft of `share_target`",
        "use `share_target`",
    ),
    (
        "platform",
        "belongs to a screenshot or a related application",
        "move it into `screenshots` or `related_applications`",
    ),
    (
        "density",
        "was taken out of the standard",
        "give `sizes` in real pixels",
    ),
    ("launch_path", "was of Firefox OS", "use `start_url`"),
    (
        "appcache_path",
        "was of Firefox OS",
        "remove it: the worker keeps the files",
    ),
    ("installs_allowed_from", "was of Firefox OS", "remove it"),
    ("default_locale", "is of browser extensions", "use `lang`"),
    ("developer", "is of browser extensions", "remove it"),
    (
        "permissions",
        "is of browser extensions",
        "remove it: pages ask for permissions when they need them",
    ),
    ("manifest_version", "is of browser extensions", "remove it"),
    (
        "version",
        "is of browser extensions",
        "remove it: a new version is known by its files",
    ),
    (
        "minimum_chrome_version",
        "is of browser extensions",
        "remove it",
    ),
    (
        "background",
        "is of browser extensions",
        "remove it, or use `background_color`",
    ),
];

pub(super) fn obsolete(key: &str, span: Span, was: &str, instead: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-obsolete",
        format!("no browser reads `{key}`"),
        span,
    )
    .label(format!("it {was}"))
    .help(instead)
}
