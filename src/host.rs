//! How a static host turns URLs into files, as data that Rust and the generated worker read alike.
//!
//! A visitor gains pages that open offline under every spelling that works online.
//!
//! The facts are of each host's default settings. GitHub Pages, Netlify, Cloudflare Pages and Vercel: the measured
//! table of `github.com/slorber/trailing-slash-guide`; Cloudflare's details: `pages-shared/asset-server/handler.ts` of
//! `cloudflare/workers-sdk`; S3: "Configuring an index document" of its user guide (website endpoint).

use serde::Serialize;

/// A kind of host, named as in pwa.toml.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// What nearly every file server does: files, and `index.html` for a folder.
    #[default]
    Plain,
    GithubPages,
    Netlify,
    Cloudflare,
    Vercel,
    Nginx,
    S3,
}

/// Every host with its name in pwa.toml.
pub const NAMES: [(&str, Host); 7] = [
    ("plain", Host::Plain),
    ("github-pages", Host::GithubPages),
    ("netlify", Host::Netlify),
    ("cloudflare", Host::Cloudflare),
    ("vercel", Host::Vercel),
    ("nginx", Host::Nginx),
    ("s3", Host::S3),
];

/// What a host does with a path for which it has no file of that very name.
///
/// The serialised part is `CONFIG.host` of the worker, read there by `locate` of `worker/urls.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Tried in order for `/a`.
    pub bare: &'static [Try],
    /// Tried in order for `/a/`.
    pub slash: &'static [Try],
    /// `/a.html` is redirected to `/a` and `/a/index.html` to `/a/`.
    /// It decides which room the worker has, so the worker need not be told.
    #[serde(skip)]
    pub clean: bool,
    /// Status of a redirect. The worker has no need of it: nothing keeps its redirects.
    #[serde(skip)]
    pub status: u16,
    /// Where the page for unknown paths is looked for.
    #[serde(skip)]
    pub not_found: NotFound,
}

/// A suffix that makes a file of the path without its slash, and what then follows: with `None` the file is the
/// answer; with `Some(end)` the answer is a redirect to the path with this end instead.
pub type Try = (&'static str, Option<&'static str>);

/// Where the page for unknown paths is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// `/404.html`. On nginx and S3 it is the owner who names the page; this is the name that their guides use.
    Root,
    /// The nearest `404.html` up the tree; a site without one is taken for a single-page app and gets its home page.
    /// The worker never answers with the home page, as an unknown page is no home page.
    NearestOrHome,
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The file at this path, status 200.
    File(String),
    /// A redirect to this path with this status.
    Redirect(String, u16),
    /// Status 404, with the site's own page for it where there is one.
    NotFound(Option<String>),
}

const SELF: Try = ("", None);
const PAGE: Try = (".html", None);
const INDEX: Try = ("/index.html", None);
const INDEX_BEHIND_SLASH: Try = ("/index.html", Some("/"));
const PAGE_WITHOUT_SLASH: Try = (".html", Some(""));

const FOLDERS: Rules = Rules {
    bare: &[SELF, INDEX_BEHIND_SLASH],
    slash: &[INDEX],
    clean: false,
    status: 301,
    not_found: NotFound::Root,
};

impl Host {
    /// The host of this name.
    pub fn named(name: &str) -> Option<Host> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, host)| *host)
    }

    /// The name of this host in pwa.toml.
    pub fn name(self) -> &'static str {
        match self {
            Host::Plain => "plain",
            Host::GithubPages => "github-pages",
            Host::Netlify => "netlify",
            Host::Cloudflare => "cloudflare",
            Host::Vercel => "vercel",
            Host::Nginx => "nginx",
            Host::S3 => "s3",
        }
    }

    /// What this host does.
    pub fn rules(self) -> Rules {
        match self {
            Host::Plain | Host::Nginx => FOLDERS,
            Host::GithubPages => Rules {
                bare: &[SELF, PAGE, INDEX_BEHIND_SLASH],
                ..FOLDERS
            },
            // A page wins over the folder of its name even where the slash was asked for.
            Host::Netlify => Rules {
                bare: &[SELF, PAGE, INDEX_BEHIND_SLASH],
                slash: &[PAGE_WITHOUT_SLASH, INDEX],
                ..FOLDERS
            },
            Host::Cloudflare => Rules {
                bare: &[SELF, PAGE, INDEX_BEHIND_SLASH],
                slash: &[INDEX, PAGE_WITHOUT_SLASH],
                clean: true,
                status: 308,
                not_found: NotFound::NearestOrHome,
            },
            // Both spellings of a folder are answered; neither is redirected.
            Host::Vercel => Rules {
                bare: &[SELF, INDEX],
                status: 308,
                ..FOLDERS
            },
            Host::S3 => Rules {
                status: 302,
                ..FOLDERS
            },
        }
    }

    /// What this host answers to `path`, which starts with `/` at the site's root; `exists` knows the site's files.
    ///
    /// Only the ends of paths are read, so it does not matter whether they are percent-encoded, if both sides agree.
    pub fn answer(self, path: &str, exists: &dyn Fn(&str) -> bool) -> Answer {
        let found = self.locate(path, exists);
        found.unwrap_or_else(|| self.rules().not_found.answer(path, exists))
    }

    /// What this host finds for `path` by its own name or with an ending, if anything.
    pub fn locate(self, path: &str, exists: &dyn Fn(&str) -> bool) -> Option<Answer> {
        let rules = self.rules();
        if let Some(clean) = clean_form(path)
            && rules.clean
            && exists(path)
            && !exists(&clean)
        {
            return Some(Answer::Redirect(clean, rules.status));
        }
        let (stem, tries) = match path.strip_suffix('/') {
            Some(stem) => (stem, rules.slash),
            None => (path, rules.bare),
        };
        for (suffix, redirect) in tries {
            let file = format!("{stem}{suffix}");
            if exists(&file) {
                return Some(match redirect {
                    None => Answer::File(file),
                    Some(end) => Answer::Redirect(format!("{stem}{end}"), rules.status),
                });
            }
        }
        None
    }
}

/// `/a` for `/a.html` and `/a/` for `/a/index.html`.
fn clean_form(path: &str) -> Option<String> {
    match path.strip_suffix("/index.html") {
        Some(folder) => Some(format!("{folder}/")),
        None => path.strip_suffix(".html").map(str::to_owned),
    }
}

impl NotFound {
    fn answer(self, path: &str, exists: &dyn Fn(&str) -> bool) -> Answer {
        match self {
            NotFound::Root => {
                Answer::NotFound(Some("/404.html".to_owned()).filter(|page| exists(page)))
            }
            NotFound::NearestOrHome => {
                let mut folder = path;
                while let Some(end) = folder.rfind('/') {
                    folder = &folder[..end];
                    let page = format!("{folder}/404.html");
                    if exists(&page) {
                        return Answer::NotFound(Some(page));
                    }
                }
                let home = "/index.html";
                if exists(home) {
                    Answer::File(home.to_owned())
                } else {
                    Answer::NotFound(None)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: [&str; 10] = [
        "/index.html",
        "/404.html",
        "/file.html",
        "/folder/index.html",
        "/folder/404.html",
        "/both.html",
        "/both/index.html",
        "/bin",
        "/bin.html",
        "/style.css",
    ];

    fn answer(host: Host, path: &str) -> String {
        said(host.answer(path, &|file| SITE.contains(&file)))
    }

    fn said(answer: Answer) -> String {
        match answer {
            Answer::File(file) => file,
            Answer::Redirect(path, status) => format!("{status} {path}"),
            Answer::NotFound(None) => "404".to_owned(),
            Answer::NotFound(Some(page)) => format!("404 {page}"),
        }
    }

    #[test]
    fn every_host_answers_as_it_does_online() {
        let missing = "404 /404.html";
        #[rustfmt::skip]
        let table = [
            // path                 plain, nginx          github-pages          netlify               cloudflare            vercel                s3
            ("/",                   ["/index.html",       "/index.html",        "/index.html",        "/index.html",        "/index.html",        "/index.html"]),
            ("/index.html",         ["/index.html",       "/index.html",        "/index.html",        "308 /",              "/index.html",        "/index.html"]),
            ("/style.css",          ["/style.css",        "/style.css",         "/style.css",         "/style.css",         "/style.css",         "/style.css"]),
            ("/style.css/",         [missing,             missing,              missing,              missing,              missing,              missing]),
            ("/file",               [missing,             "/file.html",         "/file.html",         "/file.html",         missing,              missing]),
            ("/file/",              [missing,             missing,              "301 /file",          "308 /file",          missing,              missing]),
            ("/file.html",          ["/file.html",        "/file.html",         "/file.html",         "308 /file",          "/file.html",         "/file.html"]),
            ("/folder",             ["301 /folder/",      "301 /folder/",       "301 /folder/",       "308 /folder/",       "/folder/index.html", "302 /folder/"]),
            ("/folder/",            ["/folder/index.html","/folder/index.html", "/folder/index.html", "/folder/index.html", "/folder/index.html", "/folder/index.html"]),
            ("/folder/index.html",  ["/folder/index.html","/folder/index.html", "/folder/index.html", "308 /folder/",       "/folder/index.html", "/folder/index.html"]),
            ("/both",               ["301 /both/",        "/both.html",         "/both.html",         "/both.html",         "/both/index.html",   "302 /both/"]),
            ("/both/",              ["/both/index.html",  "/both/index.html",   "301 /both",          "/both/index.html",   "/both/index.html",   "/both/index.html"]),
            ("/both.html",          ["/both.html",        "/both.html",         "/both.html",         "308 /both",          "/both.html",         "/both.html"]),
            ("/both/index.html",    ["/both/index.html",  "/both/index.html",   "/both/index.html",   "308 /both/",         "/both/index.html",   "/both/index.html"]),
            ("/bin",                ["/bin",              "/bin",               "/bin",               "/bin",               "/bin",               "/bin"]),
            ("/bin.html",           ["/bin.html",         "/bin.html",          "/bin.html",          "/bin.html",          "/bin.html",          "/bin.html"]),
            ("/no",                 [missing,             missing,              missing,              missing,              missing,              missing]),
            ("/folder/no",          [missing,             missing,              missing,              "404 /folder/404.html", missing,            missing]),
        ];
        let columns = [
            Host::Plain,
            Host::GithubPages,
            Host::Netlify,
            Host::Cloudflare,
            Host::Vercel,
            Host::S3,
        ];
        for (path, expected) in table {
            for (host, expected) in columns.into_iter().zip(expected) {
                assert_eq!(answer(host, path), expected, "{path} on {}", host.name());
            }
            assert_eq!(answer(Host::Nginx, path), expected[0], "{path} on nginx");
        }
    }

    #[test]
    fn a_site_without_a_404_page_is_a_single_page_app_on_cloudflare_only() {
        for (_, host) in NAMES {
            let answer = host.answer("/no/such", &|file| file == "/index.html");
            let expected = match host {
                Host::Cloudflare => Answer::File("/index.html".to_owned()),
                _ => Answer::NotFound(None),
            };
            assert_eq!(answer, expected, "{}", host.name());
        }
    }

    #[test]
    fn a_redirect_never_leads_to_another_redirect() {
        for (_, host) in NAMES {
            for file in SITE {
                for path in [
                    file,
                    file.trim_end_matches(".html"),
                    file.trim_end_matches("index.html"),
                ] {
                    for path in [path.to_owned(), format!("{path}/")] {
                        if let Answer::Redirect(to, _) =
                            host.answer(&path, &|file| SITE.contains(&file))
                        {
                            let next = host.answer(&to, &|file| SITE.contains(&file));
                            assert!(
                                matches!(next, Answer::File(_)),
                                "{path} → {to} on {}",
                                host.name()
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn names_lead_to_hosts_and_back() {
        for (name, host) in NAMES {
            assert_eq!((Host::named(name), host.name()), (Some(host), name));
        }
        assert_eq!(Host::named("geocities"), None);
    }

    #[test]
    fn the_worker_gets_what_it_reads_and_no_more() {
        let json = serde_json::to_string(&Host::Netlify.rules()).expect("rules are plain data");
        assert_eq!(
            json,
            r#"{"bare":[["",null],[".html",null],["/index.html","/"]],"slash":[[".html",""],["/index.html",null]]}"#
        );
    }
}
