//! What a host has to be told: which files may be kept for how long, and what the rarer ones are.
//!
//! A visitor gains updates that arrive, and files that are never asked for twice.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use crate::features::host::Headers;
use crate::plan::Plan;
use crate::site::{Site, is_page};
use crate::url_path::UrlPath;

/// Whose configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Netlify,
    Cloudflare,
    Vercel,
    Nginx,
    Caddy,
    Apache,
    S3,
    /// Sends what it wants to send.
    GithubPages,
}

/// Every server with its name on the command line.
pub const NAMES: [(&str, Server); 8] = [
    ("netlify", Server::Netlify),
    ("cloudflare", Server::Cloudflare),
    ("vercel", Server::Vercel),
    ("nginx", Server::Nginx),
    ("caddy", Server::Caddy),
    ("apache", Server::Apache),
    ("s3", Server::S3),
    ("github-pages", Server::GithubPages),
];

/// Asked for again before every use.
pub const FRESH: &str = "no-cache";
/// A year, and nobody asks.
pub const FOREVER: &str = "public, max-age=31536000, immutable";

/// What has to be told of the files of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// URL paths of what mdpwa writes and of manifests: what is old here holds everything up.
    pub fresh: Vec<String>,
    /// URL paths, which end in `/` for whole folders: another content has another name.
    pub forever: Vec<String>,
    /// URL paths with their types, of what hosts are known not to know.
    pub types: BTreeMap<String, &'static str>,
    /// There is WebAssembly.
    pub wasm: bool,
    /// URL path that the site is served under, with both its slashes.
    pub base: String,
}

impl Needs {
    /// Returns what has to be told of a site as it was planned.
    pub fn of(plan: &Plan, headers: &Headers, site: &Site) -> Self {
        let at = |path: &str| format!("{}{}", plan.app.base, path.trim_start_matches('/'));
        let worker = &plan.worker;
        let mut fresh = vec![at(&worker.file), at(&worker.register)];
        if plan
            .update
            .as_ref()
            .is_some_and(|update| update.toast.is_some())
        {
            fresh.push(at(&worker.toast()));
        }
        if plan
            .update
            .as_ref()
            .is_some_and(|update| update.workbox_window)
        {
            fresh.push(at(&worker.workbox()));
        }
        fresh.extend(plan.retire.workers.iter().map(|name| at(name)));
        let mut types = BTreeMap::new();
        let mut wasm = false;
        for asset in &site.assets {
            let path = asset.path.as_str();
            wasm |= path.ends_with(".wasm");
            if path.ends_with(".webmanifest") {
                fresh.push(at(path));
                types.insert(at(path), "application/manifest+json");
            }
        }
        let forever = folders(site, |path| headers.is_forever(path));
        Self {
            fresh,
            forever: forever.iter().map(|path| at(path)).collect(),
            types,
            wasm,
            base: plan.app.base.clone(),
        }
    }

    /// Returns the configuration of a server, and where it goes.
    pub fn written_for(&self, server: Server, root: &str) -> String {
        match server {
            Server::Netlify | Server::Cloudflare => self.underscore_headers(),
            Server::Vercel => self.vercel(),
            Server::Nginx => self.nginx(),
            Server::Caddy => self.caddy(),
            Server::Apache => self.apache(),
            Server::S3 => self.s3(root),
            Server::GithubPages => {
                "# GitHub Pages sends its own headers, which cannot be changed: everything may be ten minutes old.\n\
                 # The worker is asked for past the browser's cache, so that updates arrive nevertheless.\n"
                    .to_owned()
            }
        }
    }

    /// The file `_headers` in the root: one rule for one path, since rules that overlap are added up.
    fn underscore_headers(&self) -> String {
        let mut out = "# _headers, in the root of the site. Everything else is asked for again before every use anyway.\n".to_owned();
        for path in &self.fresh {
            let _ = write!(out, "\n{path}\n  Cache-Control: {FRESH}\n");
            if let Some(kind) = self.types.get(path) {
                let _ = writeln!(out, "  Content-Type: {kind}");
            }
        }
        for path in &self.forever {
            let all = if path.ends_with('/') { "*" } else { "" };
            let _ = write!(out, "\n{path}{all}\n  Cache-Control: {FOREVER}\n");
        }
        out
    }

    fn vercel(&self) -> String {
        let header = |key: &str, value: &str| json!({ "key": key, "value": value });
        let mut rules = Vec::new();
        for path in &self.fresh {
            let mut headers = vec![header("Cache-Control", FRESH)];
            headers.extend(
                self.types
                    .get(path)
                    .map(|kind| header("Content-Type", kind)),
            );
            rules.push(json!({ "source": pattern(path), "headers": headers }));
        }
        for path in &self.forever {
            let all = if path.ends_with('/') { "(.*)" } else { "" };
            let source = format!("{}{all}", pattern(path));
            rules.push(json!({ "source": source, "headers": [header("Cache-Control", FOREVER)] }));
        }
        format!("{:#}\n", json!({ "headers": rules }))
    }

    fn nginx(&self) -> String {
        let mut out =
            "# in http { … }:\nmap $uri $mdpwa_cache_control {\n  default \"\";\n".to_owned();
        for path in &self.fresh {
            let _ = writeln!(out, "  {} \"{FRESH}\";", quoted(&decoded(path)));
        }
        for path in &self.forever {
            let path = decoded(path);
            let _ = match path.ends_with('/') {
                true => writeln!(
                    out,
                    "  {} \"{FOREVER}\";",
                    quoted(&format!("~^{}", regex(&path)))
                ),
                false => writeln!(out, "  {} \"{FOREVER}\";", quoted(&path)),
            };
        }
        let _ = write!(
            out,
            "  \"~\\.html?$\" \"{FRESH}\";\n}}\n\n# in server {{ … }}:\n"
        );
        // Without a value nothing is sent. Blocks that send headers of their own have to repeat this line.
        out.push_str("add_header Cache-Control $mdpwa_cache_control;\n");
        for (path, kind) in &self.types {
            let path = quoted(&decoded(path));
            let _ = writeln!(out, "location = {path} {{ default_type {kind}; }}");
        }
        if self.wasm {
            out.push_str("location ~ \"\\.wasm$\" { default_type application/wasm; }\n");
        }
        out
    }

    fn caddy(&self) -> String {
        let mut out = "# in the block of the site:\n".to_owned();
        let paths = |paths: &[String]| {
            let all = |path: &String| match path.ends_with('/') {
                true => quoted(&format!("{}*", decoded(path))),
                false => quoted(&decoded(path)),
            };
            paths.iter().map(all).collect::<Vec<String>>().join(" ")
        };
        let _ = write!(
            out,
            "@mdpwa_pages path_regexp (\\.html?|/[^./]*)$\nheader @mdpwa_pages Cache-Control {FRESH}\n\
             @mdpwa_fresh path {}\nheader @mdpwa_fresh Cache-Control {FRESH}\n",
            paths(&self.fresh)
        );
        if !self.forever.is_empty() {
            let _ = write!(
                out,
                "@mdpwa_forever path {}\nheader @mdpwa_forever Cache-Control \"{FOREVER}\"\n",
                paths(&self.forever)
            );
        }
        for (path, kind) in &self.types {
            let path = quoted(&decoded(path));
            let _ = writeln!(out, "header {path} Content-Type {kind}");
        }
        if self.wasm {
            out.push_str("header *.wasm Content-Type application/wasm\n");
        }
        out
    }

    fn apache(&self) -> String {
        let mut out =
            "# .htaccess in the root of the site, or the <Directory> of it; needs mod_headers\n"
                .to_owned();
        if !self.types.is_empty() {
            out.push_str("AddType application/manifest+json .webmanifest\n");
        }
        if self.wasm {
            out.push_str("AddType application/wasm .wasm\n");
        }
        let _ = write!(
            out,
            "<IfModule mod_headers.c>\n  <FilesMatch \"\\.html?$\">\n    Header set Cache-Control \"{FRESH}\"\n  </FilesMatch>\n"
        );
        for path in &self.fresh {
            let _ = writeln!(
                out,
                "  Header set Cache-Control \"{FRESH}\" \"expr=%{{REQUEST_URI}} == '{}'\"",
                escaped(&decoded(path), &['\'', '\\', '"'])
            );
        }
        for path in &self.forever {
            let path = decoded(path);
            let end = if path.ends_with('/') { "" } else { "$" };
            let _ = writeln!(
                out,
                "  Header set Cache-Control \"{FOREVER}\" \"expr=%{{REQUEST_URI}} =~ m#^{}{end}#\"",
                escaped(&regex(&path), &['"', '#'])
            );
        }
        out.push_str("</IfModule>\n");
        out
    }

    /// Uploads in an order in which no visitor gets a page whose files are not there yet.
    fn s3(&self, root: &str) -> String {
        let base = decoded(&self.base);
        let bare = |path: &String| decoded(path).trim_start_matches(&base).to_owned();
        let mut out = format!(
            "#!/bin/sh\n# Uploads the site: ./upload BUCKET. Old files stay, since open pages may still ask for them.\nset -eu\nsite={}\nto=\"s3://$1\"{}\n\n",
            shell(root),
            shell(base.trim_end_matches('/'))
        );
        let mut rest = "--exclude '*.html' --exclude '*.htm'".to_owned();
        for path in self.fresh.iter().chain(&self.forever) {
            let all = if path.ends_with('/') { "*" } else { "" };
            let _ = write!(
                rest,
                " --exclude {}",
                shell(&format!("{}{all}", bare(path)))
            );
        }
        for path in &self.forever {
            let name = bare(path);
            let _ = match path.ends_with('/') {
                true => writeln!(
                    out,
                    "aws s3 sync \"$site\"/{0} \"$to\"/{0} --cache-control '{FOREVER}'",
                    shell(&name)
                ),
                false => writeln!(
                    out,
                    "aws s3 cp \"$site\"/{0} \"$to\"/{0} --cache-control '{FOREVER}'",
                    shell(&name)
                ),
            };
        }
        let _ = writeln!(out, "aws s3 sync \"$site\" \"$to\" {rest}");
        let mut fresh: Vec<&String> = self.fresh.iter().collect();
        // The worker comes last.
        fresh.rotate_left(1);
        let (worker, others) = fresh
            .split_last()
            .map_or((None, [].as_slice()), |(last, rest)| (Some(*last), rest));
        let upload = |path: &String| {
            let kind = self.types.get(path).copied().unwrap_or("text/javascript");
            let name = shell(&bare(path));
            format!(
                "aws s3 cp \"$site\"/{name} \"$to\"/{name} --cache-control {FRESH} --content-type {kind}\n"
            )
        };
        out.extend(others.iter().map(|path| upload(path)));
        let _ = writeln!(
            out,
            "aws s3 cp \"$site\" \"$to\" --recursive --exclude '*' --include '*.html' --include '*.htm' --cache-control {FRESH}"
        );
        out.extend(worker.map(upload));
        out
    }
}

/// Returns the files that never change under their names: a folder where all of it is so, else one by one.
fn folders(site: &Site, is_forever: impl Fn(&str) -> bool) -> Vec<String> {
    // Of every folder: whether something in it or below may change.
    let mut changing: BTreeMap<&str, bool> = BTreeMap::new();
    let forever: Vec<(&str, bool)> = site
        .assets
        .iter()
        .map(|asset| asset.path.as_str())
        .map(|path| (path, !is_page(path) && is_forever(path)))
        .collect();
    for (path, stays) in &forever {
        for (at, _) in path.match_indices('/') {
            *changing.entry(&path[..=at]).or_insert(false) |= !stays;
        }
    }
    let mut out: Vec<String> = Vec::new();
    for (path, stays) in forever {
        let mut above = path.match_indices('/').map(|(at, _)| &path[..=at]);
        let whole = above.find(|folder| *folder != "/" && changing.get(folder) == Some(&false));
        match (stays, whole) {
            (false, _) => {}
            (true, Some(folder)) if out.last().is_some_and(|last| last == folder) => {}
            (true, Some(folder)) => out.push(folder.to_owned()),
            (true, None) => out.push(path.to_owned()),
        }
    }
    out
}

fn decoded(path: &str) -> String {
    format!("/{}", UrlPath::of_request(path).file_name())
}

/// A path as one of path-to-regexp.
fn pattern(path: &str) -> String {
    escaped(path, &['(', ')', '*', '+', '?', ':', '{', '}', '\\'])
}

/// A path as a regular expression.
fn regex(path: &str) -> String {
    escaped(
        path,
        &[
            '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '^', '$', '|', '\\',
        ],
    )
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A word of nginx or Caddy.
fn quoted(text: &str) -> String {
    match text.contains([' ', '"', '{', '}', ';', '#', '\'']) {
        true => format!("\"{}\"", text.replace('"', "\\\"")),
        false => text.to_owned(),
    }
}

fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
