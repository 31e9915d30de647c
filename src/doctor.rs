//! A served site against the plan and the built files: what its server does that keeps the worker from working.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use serde::Serialize;
use ureq::Agent;
use ureq::http::HeaderMap;

use crate::features::assets::{Install, Verify};
use crate::features::pages::Strategy;
use crate::host::Answer;
use crate::plan::{Plan, USUAL_WORKERS};
use crate::progress::Progress;
use crate::site::{MARK, at_path};
use crate::url_path::UrlPath;

/// Something that the server does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable name, `doctor-<what>`.
    pub code: &'static str,
    pub url: String,
    pub title: String,
    pub help: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Visitors get no worker, or an old one, or not all files.
    Error,
    /// It works, but not as it could.
    Warning,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub url: String,
    /// Files that were compared with the built ones.
    pub compared: usize,
    /// The worst first.
    pub findings: Vec<Finding>,
}

/// Files that are compared: enough to see a server's habits, few enough to be no burden.
const SAMPLE: usize = 60;

/// Longest time of a worker in a cache: browsers themselves take no longer one for fresh.
const DAY: u64 = 86_400;

/// Examines the site that is served at `url`, which is where its root lies, against its plan and the files in `root`.
///
/// # Errors
/// An address that is none, or a file of the built site that cannot be read.
pub fn examine(plan: &Plan, root: &Path, url: &str, progress: &Progress) -> io::Result<Diagnosis> {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let address = address
        .strip_suffix("index.html")
        .unwrap_or(address)
        .trim_end_matches('/');
    if !address.starts_with("http://") && !address.starts_with("https://") {
        let text = format!(
            "{url} is not the address of a site, such as https://example.com{}",
            plan.app.base
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let visit = Visit {
        plan,
        root,
        address: format!("{address}/"),
        agent: agent(),
    };
    let mut findings = Vec::new();
    let mut compared = 0;
    let sample = visit.sample();
    progress.begin("asking", sample.len());
    visit.check_address(&mut findings);
    match visit.ask("") {
        Err(error) => findings.push(visit.finding(
            "doctor-unreachable",
            "",
            format!("the server cannot be reached: {error}"),
            "check the address, the server and its certificate",
        )),
        Ok(page) => {
            visit.check_page(&page, &mut findings);
            visit.check_worker(&mut findings);
            visit.check_other_workers(&mut findings);
            visit.check_unknown(&mut findings);
            for found in visit.check_files(&sample, progress) {
                findings.extend(found?);
            }
            compared = sample.len();
        }
    }
    findings.sort();
    Ok(Diagnosis {
        url: visit.address,
        compared,
        findings,
    })
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .user_agent(concat!("mdpwa/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

struct Visit<'a> {
    plan: &'a Plan,
    root: &'a Path,
    /// Of the site's root, with a slash at its end.
    address: String,
    agent: Agent,
}

/// What the server sent.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The type without its parameters, in small letters.
    fn kind(&self) -> String {
        let kind = self
            .header("content-type")
            .split(';')
            .next()
            .unwrap_or_default();
        kind.trim().to_lowercase()
    }

    fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    fn is_html(&self) -> bool {
        self.kind() == "text/html"
    }

    fn is_marked(&self) -> bool {
        self.body
            .windows(MARK.len())
            .any(|part| part == MARK.as_bytes())
    }

    /// Seconds for which caches may keep it; nothing where it does not say.
    fn max_age(&self) -> Option<u64> {
        let said = self.header("cache-control").to_lowercase();
        if ["no-store", "no-cache"]
            .iter()
            .any(|word| said.contains(word))
        {
            return Some(0);
        }
        let age = said
            .split(',')
            .find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok());
        age.or_else(|| said.contains("immutable").then_some(u64::MAX))
    }
}

impl Visit<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{}", self.address, path.trim_start_matches('/'))
    }

    fn ask(&self, path: &str) -> Result<Reply, ureq::Error> {
        let mut response = self.agent.get(self.url(path)).call()?;
        let body = response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_vec()?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        })
    }

    fn finding(&self, code: &'static str, path: &str, title: String, help: &str) -> Finding {
        Finding {
            severity: Severity::Error,
            code,
            url: self.url(path),
            title,
            help: help.to_owned(),
        }
    }

    fn warning(&self, code: &'static str, path: &str, title: String, help: &str) -> Finding {
        Finding {
            severity: Severity::Warning,
            ..self.finding(code, path, title, help)
        }
    }

    fn check_address(&self, findings: &mut Vec<Finding>) {
        if !is_secure(&self.address) {
            findings.push(self.finding(
                "doctor-https",
                "",
                "browsers run no worker from an address without HTTPS".to_owned(),
                "serve the site by HTTPS, and redirect http: to it",
            ));
        }
        let path = self.address.splitn(4, '/').nth(3).unwrap_or_default();
        if format!("/{path}") != self.plan.app.base {
            findings.push(self.finding(
                "doctor-base",
                "",
                format!(
                    "the site was built for `{}`, not for `/{path}`",
                    self.plan.app.base
                ),
                "set `base` in [app], or `--base`, to the path that the site is served under",
            ));
        }
    }

    fn check_page(&self, page: &Reply, findings: &mut Vec<Finding>) {
        if page.status != 200 {
            findings.push(self.finding(
                "doctor-home",
                "",
                format!("the home page answers {}", page.status),
                "deploy the site, or give the address under which its root is served",
            ));
            return;
        }
        let text = String::from_utf8_lossy(&page.body);
        let script = self
            .plan
            .worker
            .register
            .rsplit('/')
            .next()
            .unwrap_or_default();
        if !text.contains(script) {
            findings.push(self.warning(
                "doctor-snippet",
                "",
                format!("the home page does not load `{script}`, so it registers nothing"),
                "put the line of `snippet.html` into the head of every page",
            ));
        }
        if page.headers.contains_key("clear-site-data") {
            findings.push(self.finding(
                "doctor-clear-site-data",
                "",
                format!(
                    "`Clear-Site-Data: {}` deletes what is kept at every visit",
                    page.header("clear-site-data")
                ),
                "send this header only where visitors sign out",
            ));
        }
        let policies = page.headers.get_all("content-security-policy").iter();
        for policy in policies.filter_map(|policy| policy.to_str().ok()) {
            for (code, title, help) in blocked(policy) {
                findings.push(self.finding(code, "", title, help));
            }
        }
    }

    fn check_worker(&self, findings: &mut Vec<Finding>) {
        let path = self.plan.worker.file.as_str();
        let reply = match self.ask(path) {
            Ok(reply) => reply,
            Err(error) => {
                let title = format!("the worker cannot be had: {error}");
                findings.push(self.finding(
                    "doctor-worker-missing",
                    path,
                    title,
                    "deploy what `mdpwa build` has written",
                ));
                return;
            }
        };
        if reply.is_redirect() {
            findings.push(self.finding(
                "doctor-worker-redirect",
                path,
                format!(
                    "the worker is redirected to {}, which browsers refuse",
                    reply.header("location")
                ),
                "serve the worker's file at its own address",
            ));
            return;
        }
        if reply.status != 200 {
            findings.push(self.finding(
                "doctor-worker-missing",
                path,
                format!("the worker answers {}", reply.status),
                "deploy what `mdpwa build` has written",
            ));
            return;
        }
        if !is_script(&reply.kind()) {
            findings.push(self.finding(
                "doctor-worker-type",
                path,
                format!("the worker's type is `{}`, with which browsers refuse it", reply.kind()),
                "serve `.js` as text/javascript; where it is text/html, a fallback answers in the file's place",
            ));
        } else if !reply.is_marked() {
            findings.push(self.finding(
                "doctor-worker-foreign",
                path,
                "the worker that is served is not mdpwa's".to_owned(),
                "deploy what `mdpwa build` has written, or give mdpwa's worker another name with `file` of [worker]",
            ));
        } else if fs::read(self.root.join(path)).is_ok_and(|built| built != reply.body) {
            findings.push(self.finding(
                "doctor-worker-stale",
                path,
                "the worker that is served is not the one that was built".to_owned(),
                "deploy again, and have caches in front of the server forget it; something may also rewrite it on its way",
            ));
        }
        if reply.max_age().is_some_and(|age| age > DAY)
            || reply.header("cache-control").contains("immutable")
        {
            findings.push(self.finding(
                "doctor-worker-cached",
                path,
                format!(
                    "`Cache-Control: {}` lets caches keep an old worker",
                    reply.header("cache-control")
                ),
                "send `Cache-Control: no-cache` with the worker",
            ));
        }
        let hit = [
            "cf-cache-status",
            "x-cache",
            "x-vercel-cache",
            "x-cache-status",
        ];
        let hit = hit
            .iter()
            .find(|name| reply.header(name).to_lowercase().contains("hit"));
        let age: u64 = reply.header("age").trim().parse().unwrap_or(0);
        if age > 0 || hit.is_some() {
            let sign = match hit {
                Some(name) => format!("{name}: {}", reply.header(name)),
                None => format!("age: {age}"),
            };
            findings.push(self.warning(
                "doctor-worker-edge",
                path,
                format!("a cache in front of the server answers for the worker (`{sign}`)"),
                "exclude the worker from it, or have every deployment purge it; until then visitors do not see new versions",
            ));
        }
        self.check_scope(path, &reply, findings);
    }

    fn check_scope(&self, path: &str, reply: &Reply, findings: &mut Vec<Finding>) {
        let base = &self.plan.app.base;
        let folder = path.rfind('/').map_or("", |at| &path[..=at]);
        let scope = format!("{base}{folder}");
        let allowed = reply.header("service-worker-allowed");
        if !allowed.is_empty() && !scope.starts_with(allowed.trim()) {
            findings.push(self.finding(
                "doctor-scope-refused",
                path,
                format!(
                    "`Service-Worker-Allowed: {allowed}` refuses the worker its scope, `{scope}`"
                ),
                "remove the header: a worker may always control its own folder",
            ));
        }
        if !folder.is_empty() {
            findings.push(self.warning(
                "doctor-scope",
                path,
                format!("the worker controls pages below `{scope}` only, and not the home page"),
                "leave `file` of [worker] in the site's root",
            ));
        }
    }

    fn check_other_workers(&self, findings: &mut Vec<Finding>) {
        let ours = &self.plan.worker;
        let kept = |name: &str| ours.file == name || ours.replace.iter().any(|one| one == name);
        let names: Vec<&str> = USUAL_WORKERS
            .into_iter()
            .filter(|name| !kept(name))
            .collect();
        let found = names.par_iter().filter_map(|name| {
            let reply = self.ask(name).ok()?;
            (reply.status == 200 && is_script(&reply.kind()) && !reply.is_marked()).then(|| {
                self.finding(
                    "doctor-other-worker",
                    name,
                    format!("another service worker is served as `{name}`"),
                    "name it in `workers` of [retire]: its visitors keep it otherwise, and of two workers in one folder each takes the other's place",
                )
            })
        });
        findings.extend(found.collect::<Vec<_>>());
    }

    /// Asks for what no site has.
    fn check_unknown(&self, findings: &mut Vec<Finding>) {
        let script = "mdpwa-doctor-asks-for-nothing.js";
        if let Ok(reply) = self.ask(script)
            && reply.status == 200
        {
            findings.push(self.finding(
                "doctor-fallback",
                script,
                format!("a script that does not exist is answered with 200 and `{}`", reply.kind()),
                "limit the fallback to pages: a page of an older version that asks for a script which is gone gets HTML, and fails with `Unexpected token '<'`",
            ));
        }
        let page = "mdpwa-doctor-asks-for-nothing/";
        if let Ok(reply) = self.ask(page)
            && reply.status == 200
            && self.plan.pages.strategy != Strategy::Shell
        {
            findings.push(self.warning(
                "doctor-not-found",
                page,
                "a page that does not exist is answered with 200".to_owned(),
                "answer unknown pages with status 404; for an app that draws every route itself, set `strategy = \"shell\"` in [pages]",
            ));
        }
    }

    fn check_files(
        &self,
        files: &[(String, Verify)],
        progress: &Progress,
    ) -> Vec<io::Result<Vec<Finding>>> {
        let check = |(path, verify): &(String, Verify)| {
            let found = self.check_file(path, *verify);
            progress.step();
            found
        };
        files.par_iter().map(check).collect()
    }

    /// Returns files of every kind, as evenly spread over the site as can be, and mdpwa's own modules.
    fn sample(&self) -> Vec<(String, Verify)> {
        let mut files: Vec<(String, Verify)> = Vec::new();
        for group in &self.plan.assets {
            for file in &group.files {
                let page = file.path.ends_with(".html");
                files.push((
                    file.path.clone(),
                    if page {
                        group.verify_pages
                    } else {
                        group.verify
                    },
                ));
            }
        }
        let mut kinds = BTreeMap::<&str, usize>::new();
        let step = files.len().div_ceil(SAMPLE).max(1);
        let mut sample = Vec::new();
        for (index, (path, verify)) in files.iter().enumerate() {
            let kind = path.rsplit('.').next().unwrap_or_default();
            let seen = kinds.entry(kind).or_default();
            *seen += 1;
            if *seen <= 3 || index % step == 0 {
                sample.push((path.clone(), *verify));
            }
        }
        let loaded = self.plan.loaded().into_iter();
        sample.extend(loaded.map(|name| (UrlPath::of_file(&name).to_string(), Verify::Strict)));
        sample
    }

    fn check_file(&self, path: &str, verify: Verify) -> io::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let reply = match self.ask(path) {
            Ok(reply) => reply,
            Err(error) => {
                let title = format!("a kept file cannot be had: {error}");
                return Ok(vec![self.finding(
                    "doctor-file-missing",
                    path,
                    title,
                    "deploy every file of the site",
                )]);
            }
        };
        if reply.is_redirect() {
            findings.extend(self.check_redirect(path, &reply));
            return Ok(findings);
        }
        if reply.status != 200 {
            return Ok(vec![self.finding(
                "doctor-file-missing",
                path,
                format!(
                    "a kept file answers {}, so that no worker is installed",
                    reply.status
                ),
                "deploy every file of the site, or `exclude` what the server does not give away",
            )]);
        }
        if let Some(wanted) = wrong_kind(path, &reply.kind()) {
            let html = if reply.is_html() {
                ": a fallback answers in its place"
            } else {
                ""
            };
            findings.push(self.finding(
                "doctor-type",
                path,
                format!("its type is `{}`, not `{wanted}`{html}", reply.kind()),
                "teach the server the type; browsers refuse scripts, styles and WebAssembly of another",
            ));
        }
        let file = self.root.join(UrlPath::of_request(path).file_name());
        let built = fs::read(&file).map_err(|error| at_path(error, &file))?;
        if built != reply.body && verify != Verify::Off {
            let title = format!(
                "its bytes are not those that were built: {}",
                rewriting(&built, &reply.body)
            );
            let help = "have the server and what is before it send files as they are, or deploy again; `verify = \"warn\"` lives with it";
            findings.push(match verify {
                Verify::Strict => self.finding("doctor-changed", path, title, help),
                Verify::Warn | Verify::Off => self.warning("doctor-changed", path, title, help),
            });
        }
        Ok(findings)
    }

    /// A redirect is right where the host that pwa.toml names does the same.
    fn check_redirect(&self, path: &str, reply: &Reply) -> Option<Finding> {
        let to = reply.header("location");
        let host = self.plan.app.host;
        let kept = |file: &str| {
            self.plan
                .assets
                .iter()
                .any(|group| group.files.iter().any(|one| one.path == file))
        };
        if let Some(Answer::Redirect(wanted, _)) = host.locate(path, &kept)
            && to
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .ends_with(&wanted)
        {
            return None;
        }
        let required = self
            .plan
            .assets
            .iter()
            .filter(|group| group.install == Install::Required);
        let required = required
            .flat_map(|group| &group.files)
            .any(|file| file.path == path);
        let title = format!(
            "it is redirected to {to}, as a host like `{}` would not",
            host.name()
        );
        let help =
            "name the host in `host` of [app], so that the worker asks for files as it serves them";
        Some(match required {
            true => self.finding("doctor-redirect", path, title, help),
            false => self.warning("doctor-redirect", path, title, help),
        })
    }
}

/// Says whether browsers run workers from an address.
fn is_secure(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else {
        return true;
    };
    let host = rest.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let here = name
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    here || name == "localhost" || name.ends_with(".localhost")
}

fn is_script(kind: &str) -> bool {
    [
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "text/ecmascript",
        "application/ecmascript",
    ]
    .contains(&kind)
}

/// Returns the type that a file should have and has not, for files that need it.
fn wrong_kind(path: &str, kind: &str) -> Option<&'static str> {
    let (wanted, right) = match path.rsplit('.').next()? {
        "js" | "mjs" => ("text/javascript", is_script(kind)),
        "css" => ("text/css", kind == "text/css"),
        "html" => ("text/html", kind == "text/html"),
        "wasm" => ("application/wasm", kind == "application/wasm"),
        "svg" => ("image/svg+xml", kind == "image/svg+xml"),
        "json" => ("application/json", kind.ends_with("json")),
        "webmanifest" => ("application/manifest+json", kind.ends_with("json")),
        "png" => ("image/png", kind == "image/png"),
        _ => return None,
    };
    (!right).then_some(wanted)
}

/// Says what was done to a file on its way, as far as it can be told.
fn rewriting(built: &[u8], served: &[u8]) -> String {
    let has = |text: &str| {
        served
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let without = |bytes: &[u8], left_out: &dyn Fn(u8) -> bool| -> Vec<u8> {
        bytes
            .iter()
            .copied()
            .filter(|byte| !left_out(*byte))
            .collect()
    };
    let no_returns = |byte: u8| byte == b'\r';
    let no_space = |byte: u8| byte.is_ascii_whitespace();
    if without(built, &no_returns) == without(served, &no_returns) {
        "other line endings, as by a transfer as text".to_owned()
    } else if has("/cdn-cgi/l/email-protection") {
        "e-mail addresses are hidden by Cloudflare".to_owned()
    } else if has("rocket-loader") {
        "scripts are put off by Cloudflare's Rocket Loader".to_owned()
    } else if has("cdn-cgi/") || has("cloudflareinsights") {
        "Cloudflare has put in a script".to_owned()
    } else if without(built, &no_space) == without(served, &no_space) {
        "other white space, as by a minifier".to_owned()
    } else if built.starts_with(served) {
        format!("cut off after {} of {} bytes", served.len(), built.len())
    } else {
        format!(
            "{} bytes instead of {}, perhaps of another build",
            served.len(),
            built.len()
        )
    }
}

/// What a policy keeps from working.
fn blocked(policy: &str) -> Vec<(&'static str, String, &'static str)> {
    let directives: Vec<Vec<&str>> = policy
        .split(';')
        .map(|part| part.split_whitespace().collect())
        .collect();
    let sources = |names: &[&str]| {
        let mut found = names.iter().filter_map(|name| {
            directives.iter().find(|words| {
                words
                    .first()
                    .is_some_and(|word| word.eq_ignore_ascii_case(name))
            })
        });
        found.next().map(|words| (words[0], &words[1..]))
    };
    let lets_in = |sources: &[&str]| {
        let open = ["'self'", "*", "https:", "http:"];
        sources
            .iter()
            .any(|source| open.contains(source) || source.contains("://") || source.contains('.'))
    };
    let mut found = Vec::new();
    if let Some((name, list)) = sources(&["worker-src", "child-src", "script-src", "default-src"])
        && !lets_in(list)
    {
        found.push((
            "doctor-csp-worker",
            format!("the policy `{name} {}` blocks the worker", list.join(" ")),
            "add `worker-src 'self'` to Content-Security-Policy",
        ));
    }
    if let Some((name, list)) = sources(&["script-src-elem", "script-src", "default-src"])
        && !lets_in(list)
    {
        found.push((
            "doctor-csp-script",
            format!(
                "the policy `{name} {}` blocks the module that registers the worker",
                list.join(" ")
            ),
            "add `'self'` to `script-src` of Content-Security-Policy",
        ));
    }
    if let (Some(_), Some((_, list))) = (
        sources(&["require-trusted-types-for"]),
        sources(&["trusted-types"]),
    ) && !list.contains(&"mdpwa")
        && !list.contains(&"*")
    {
        found.push((
            "doctor-csp-trusted-types",
            "the policy refuses the Trusted Types of the page's module".to_owned(),
            "add `mdpwa` to `trusted-types` of Content-Security-Policy",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_needs_no_https() {
        for address in [
            "https://a.example/",
            "http://localhost:80/",
            "http://127.0.0.1/",
            "http://[::1]:8080/",
        ] {
            assert!(is_secure(address), "{address}");
        }
        for address in [
            "http://127.0.0.1.example/",
            "http://localhost.example/",
            "http://0.0.0.0:8080/",
        ] {
            assert!(!is_secure(address), "{address}");
        }
    }

    #[test]
    fn what_a_policy_blocks_is_named() {
        let codes = |policy: &str| {
            blocked(policy)
                .into_iter()
                .map(|(code, _, _)| code)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes("default-src 'self'; require-trusted-types-for 'script'; trusted-types mdpwa"),
            [""; 0]
        );
        assert_eq!(
            codes("script-src 'self'; worker-src 'none'"),
            ["doctor-csp-worker"]
        );
        assert_eq!(
            codes("default-src 'none'"),
            ["doctor-csp-worker", "doctor-csp-script"]
        );
        assert_eq!(
            codes("require-trusted-types-for 'script'; trusted-types default"),
            ["doctor-csp-trusted-types"]
        );
    }

    #[test]
    fn rewriters_are_known_by_their_hand() {
        assert_eq!(
            rewriting(b"a\nb\n", b"a\r\nb\r\n"),
            "other line endings, as by a transfer as text"
        );
        assert_eq!(
            rewriting(b"<p> a </p>", b"<p>a</p>"),
            "other white space, as by a minifier"
        );
        assert_eq!(rewriting(b"abc", b"ab"), "cut off after 2 of 3 bytes");
    }
}
