//! `mdpwa audit`: what browsers would say of the built site, looked up in its bytes and in nothing that it promises.
//!
//! The owner gains what used to be found out on a phone, after the deployment.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::Crc;
use flate2::read::ZlibDecoder;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::diagnostic::Severity;
use crate::host::Answer;
use crate::page::{self, Head};
use crate::picture::{Kind, Picture};
use crate::plan::Plan;
use crate::url_path::UrlPath;

/// Something that is wrong with the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name; each has a broken site under `tests/audit`.
    pub code: &'static str,
    pub severity: Severity,
    pub title: String,
    /// Relative to the site's root.
    pub file: String,
    pub help: Cow<'static, str>,
}

/// Looks through a site. `read` returns a file of it by its name relative to the root; `stale` says whether a build would
/// write anything.
pub fn audit(plan: &Plan, read: &dyn Fn(&str) -> Option<Vec<u8>>, stale: bool) -> Vec<Finding> {
    let mut audit = Audit {
        plan,
        read,
        findings: Vec::new(),
    };
    if stale {
        audit.error(
            "audit-stale",
            "the worker is not of these files",
            &plan.worker.file,
            "run `mdpwa build` after the last step that changes the site",
        );
    }
    audit.start_page();
    audit.findings
}

struct Audit<'a> {
    plan: &'a Plan,
    read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    findings: Vec<Finding>,
}

/// What a manifest's addresses are relative to, and where it is.
struct Place<'a> {
    file: &'a str,
    folder: String,
}

const START: &str = "index.html";

/// Displays with which Chromium offers to install.
const INSTALLABLE: [&str; 6] = [
    "standalone",
    "fullscreen",
    "minimal-ui",
    "window-controls-overlay",
    "tabbed",
    "borderless",
];

impl Audit<'_> {
    fn start_page(&mut self) {
        let Some(bytes) = (self.read)(START) else {
            return self.error(
                "audit-start-page",
                "the site has no start page",
                START,
                "an app starts at `index.html` in the root; set `root` in `[app]` to the folder it is in",
            );
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(head) = page::head(&text) else {
            return self.error(
                "audit-head",
                "the head of the start page cannot be told from its rest",
                START,
                "close every element of its head",
            );
        };
        self.registration(&text, &head);
        if !head.metas.iter().any(|(name, _)| name == "viewport") {
            self.error(
                "audit-viewport",
                "the start page does not fit small screens",
                START,
                "add `<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">`",
            );
        }
        self.touch_icon(&head);
        let manifest = head.links.iter().find(|link| link.is("manifest"));
        let Some(manifest) = manifest else {
            return self.error(
                "audit-manifest-link",
                "the start page links no manifest",
                START,
                "add `<link rel=\"manifest\" href=\"/manifest.webmanifest\">`",
            );
        };
        let url = page::resolve(&manifest.href, &self.plan.app.base);
        let file = self.file_of(&url).unwrap_or_else(|| url.clone());
        self.manifest(&url, &file, &head);
    }

    /// The page's module may be loaded by a script of the page's own.
    fn registration(&mut self, text: &str, head: &Head) {
        let worker = &self.plan.worker;
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let names = [name(&worker.register), name(&worker.file)];
        let named = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
        let scripts = head.scripts.iter().filter_map(|source| {
            let url = page::resolve(source, &self.plan.app.base);
            (self.read)(&self.file_of(&url)?)
        });
        let by_script = scripts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if !named(text) && !by_script.into_iter().any(|text| named(&text)) {
            self.error(
                "audit-registration",
                "the start page registers no worker",
                START,
                "add `[html]` with `inject = true` to pwa.toml, or paste the line of snippet.html into its head",
            );
        }
    }

    fn touch_icon(&mut self, head: &Head) {
        let Some(link) = head.links.iter().find(|link| link.is("apple-touch-icon")) else {
            return self.warning(
                "audit-touch-icon",
                "the start page has no icon for the home screens of Apple",
                START,
                "add `<link rel=\"apple-touch-icon\" href=\"…\">` with a PNG of 180 by 180 pixels",
            );
        };
        let url = page::resolve(&link.href, &self.plan.app.base);
        self.picture(&url, None, None);
    }

    fn manifest(&mut self, url: &str, file: &str, head: &Head) {
        let Some(bytes) = (self.read)(file) else {
            return self.error(
                "audit-manifest-missing",
                format!("the start page links the manifest `{url}`, which is not there"),
                START,
                "correct the address, or let `[manifest]` write it",
            );
        };
        let parsed = serde_json::from_slice(&bytes);
        let Ok(Value::Object(manifest)) = parsed else {
            return self.error(
                "audit-manifest-json",
                "the manifest is not a JSON object",
                file,
                "browsers ignore all of it",
            );
        };
        let place = Place {
            file,
            folder: url.to_owned(),
        };
        self.name(&manifest, &place);
        self.start(&manifest, &place);
        self.display(&manifest, &place);
        self.icons(&manifest, &place);
        self.colors(&manifest, &place, head);
        if manifest.get("prefer_related_applications") == Some(&Value::Bool(true)) {
            self.error(
                "audit-related",
                "the manifest prefers another app to this one",
                file,
                "remove `prefer_related_applications`: Chromium does not offer to install this app with it",
            );
        }
    }

    fn name(&mut self, manifest: &Map<String, Value>, place: &Place) {
        let named = |key| {
            let name = manifest.get(key).and_then(Value::as_str);
            name.is_some_and(|name| !name.trim().is_empty())
        };
        if !named("name") && !named("short_name") {
            self.error(
                "audit-name",
                "the manifest has no name",
                place.file,
                "add `name`; without one Chromium does not offer to install the app",
            );
        }
    }

    fn start(&mut self, manifest: &Map<String, Value>, place: &Place) {
        let Some(start) = manifest.get("start_url").and_then(Value::as_str) else {
            return self.error(
                "audit-start-url",
                "the manifest has no `start_url`",
                place.file,
                "add it; without one Chromium does not offer to install the app",
            );
        };
        let start = page::resolve(start, &place.folder);
        let scope = match manifest.get("scope").and_then(Value::as_str) {
            Some(scope) => page::resolve(scope, &place.folder),
            // Without a scope it is the folder of the start page.
            None => start[..=start.rfind('/').unwrap_or(0)].to_owned(),
        };
        if !start.starts_with(&scope) {
            self.error(
                "audit-scope",
                format!("the app starts at `{start}`, outside of its scope `{scope}`"),
                place.file,
                "browsers ignore such a scope; make it a folder above `start_url`, ending in `/`",
            );
        }
        let answered = self.asked(&start).is_some();
        if !answered {
            self.error(
                "audit-start-missing",
                format!("the app starts at `{start}`, where the site has no page"),
                place.file,
                "give `start_url` the address of a page",
            );
        }
    }

    fn display(&mut self, manifest: &Map<String, Value>, place: &Place) {
        let known = |value: &Value| {
            let word = value.as_str()?.to_ascii_lowercase();
            (word == "browser" || INSTALLABLE.contains(&word.as_str())).then_some(word)
        };
        let overrides = manifest.get("display_override").and_then(Value::as_array);
        let first = overrides.and_then(|all| all.iter().find_map(known));
        let display = first.or_else(|| manifest.get("display").and_then(known));
        if display.is_none_or(|display| display == "browser") {
            self.error(
                "audit-display",
                "the manifest wants the app shown as a page of the browser",
                place.file,
                "give `display` the value `standalone`, `minimal-ui` or `fullscreen`; without it Chromium does not offer to install the app",
            );
        }
    }

    fn icons(&mut self, manifest: &Map<String, Value>, place: &Place) {
        let icons = manifest.get("icons").and_then(Value::as_array);
        let mut suitable = false;
        let mut large = false;
        for icon in icons.into_iter().flatten() {
            let Some(source) = icon.get("src").and_then(Value::as_str) else {
                continue;
            };
            let url = page::resolve(source, &place.folder);
            let text = |key| icon.get(key).and_then(Value::as_str);
            let Some(picture) = self.picture(&url, text("type"), text("sizes")) else {
                continue;
            };
            let purposes = text("purpose").unwrap_or("any").to_ascii_lowercase();
            let mut purposes = purposes.split_ascii_whitespace();
            let shown = matches!(picture.kind, Kind::Png | Kind::Svg | Kind::WebP);
            if shown && purposes.any(|purpose| purpose == "any") {
                let least = picture.size.map(|(width, height)| width.min(height));
                let most = picture.size.map(|(width, height)| width.max(height));
                suitable |=
                    least.is_none_or(|least| least >= 144) && most.is_none_or(|most| most <= 1024);
                large |= least.is_none_or(|least| least >= 512);
            }
            let words: Vec<&str> = text("purpose")
                .unwrap_or("any")
                .split_ascii_whitespace()
                .collect();
            if words.contains(&"any") && words.contains(&"maskable") {
                self.warning(
                    "audit-purpose",
                    format!("the icon `{url}` is to be shown whole and to be cut at once"),
                    place.file,
                    "give one picture for `any` and another, with room at its edges, for `maskable`",
                );
            }
        }
        if !suitable {
            self.error(
                "audit-no-icon",
                "no icon of the manifest lets the app be installed",
                place.file,
                "add a PNG, SVG or WebP for the purpose `any`, from 144 to 1024 pixels wide and high",
            );
        } else if !large {
            self.warning(
                "audit-small-icon",
                "no icon of the manifest is large enough for the screen that is shown while the app starts",
                place.file,
                "add one of 512 by 512 pixels",
            );
        }
    }

    fn colors(&mut self, manifest: &Map<String, Value>, place: &Place, head: &Head) {
        let theme = manifest.get("theme_color").and_then(Value::as_str);
        let metas = head.metas.iter().filter(|(name, _)| name == "theme-color");
        let said: Vec<&str> = metas.map(|(_, color)| color.trim()).collect();
        // A page that says several has one for light and one for dark.
        if let (Some(theme), [said]) = (theme, said.as_slice())
            && !said.eq_ignore_ascii_case(theme.trim())
        {
            self.warning(
                "audit-theme-color",
                format!(
                    "the manifest's `theme_color` is `{theme}`, and the start page says another"
                ),
                place.file,
                "give both the same colour, so that it does not change while the app starts",
            );
        }
    }

    /// Looks whether a picture is what is said of it; returns what it is.
    fn picture(
        &mut self,
        url: &str,
        said_type: Option<&str>,
        sizes: Option<&str>,
    ) -> Option<Picture> {
        let found = self
            .file_of(url)
            .and_then(|file| Some(((self.read)(&file)?, file)));
        let Some((bytes, file)) = found else {
            self.error(
                "audit-icon-missing",
                format!("the icon `{url}` is not there"),
                url.trim_start_matches('/'),
                "correct its address, or let `[icons]` draw it",
            );
            return None;
        };
        let picture =
            Picture::of(&bytes).filter(|picture| picture.kind != Kind::Png || is_whole(&bytes));
        let Some(picture) = picture else {
            self.error(
                "audit-icon-broken",
                format!("`{url}` is no picture, or not all of one"),
                &file,
                "browsers cannot show it; make it anew",
            );
            return None;
        };
        let is = picture.kind.media_type();
        if let Some(said) = said_type.filter(|said| *said != is) {
            self.error(
                "audit-icon-type",
                format!("the icon `{url}` is {is}, not {said} as the manifest says"),
                &file,
                "correct its `type`: browsers choose by it",
            );
        }
        if let (Some(sizes), Some((width, height))) = (sizes, picture.size) {
            let real = format!("{width}x{height}");
            let all = sizes.to_ascii_lowercase();
            if !all.split_ascii_whitespace().any(|size| size == real) {
                self.error(
                    "audit-icon-size",
                    format!("the icon `{url}` is {real}, not {sizes} as the manifest says"),
                    &file,
                    "correct its `sizes`: browsers choose by it",
                );
            }
        }
        Some(picture)
    }

    /// Returns the path below the base.
    fn below(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix(&self.plan.app.base)?;
        Some(UrlPath::of_request(rest).as_str().to_owned())
    }

    fn file_of(&self, url: &str) -> Option<String> {
        Some(UrlPath::of_request(&self.below(url)?).file_name())
    }

    /// Returns the file with which the host answers.
    fn asked(&self, url: &str) -> Option<String> {
        let exists = |path: &str| (self.read)(&UrlPath::of_request(path).file_name()).is_some();
        match self.plan.app.host.answer(&self.below(url)?, &exists) {
            Answer::File(file) => Some(file),
            Answer::Redirect(..) => Some(url.to_owned()),
            Answer::NotFound(_) => self.plan.pages.shell.as_ref().map(ToString::to_string),
        }
    }

    fn error(
        &mut self,
        code: &'static str,
        title: impl Into<String>,
        file: &str,
        help: &'static str,
    ) {
        self.find(code, Severity::Error, title.into(), file, help);
    }

    fn warning(
        &mut self,
        code: &'static str,
        title: impl Into<String>,
        file: &str,
        help: &'static str,
    ) {
        self.find(code, Severity::Warning, title.into(), file, help);
    }

    fn find(
        &mut self,
        code: &'static str,
        severity: Severity,
        title: String,
        file: &str,
        help: &'static str,
    ) {
        let finding = Finding {
            code,
            severity,
            title,
            file: file.to_owned(),
            help: help.into(),
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// Says whether a PNG can be decoded: every chunk is as its sum says, and its pixels unpack.
fn is_whole(png: &[u8]) -> bool {
    let mut rest = png.get(8..).unwrap_or_default();
    let mut packed = Vec::new();
    loop {
        let Some((head, after)) = rest.split_at_checked(8) else {
            return false;
        };
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some((data, after)) = after.split_at_checked(length) else {
            return false;
        };
        let Some((sum, after)) = after.split_at_checked(4) else {
            return false;
        };
        let mut crc = Crc::new();
        crc.update(&head[4..]);
        crc.update(data);
        if crc.sum().to_be_bytes() != sum {
            return false;
        }
        match &head[4..] {
            b"IDAT" => packed.extend_from_slice(data),
            b"IEND" => break,
            _ => {}
        }
        rest = after;
    }
    let mut pixels = Vec::new();
    ZlibDecoder::new(packed.as_slice())
        .read_to_end(&mut pixels)
        .is_ok()
        && !pixels.is_empty()
}

/// Returns the findings as SARIF 2.1.0, which code hosts show beside the files; `root` leads from the repository to the
/// site.
pub fn sarif(findings: &[Finding], root: &str) -> Value {
    let mut codes: Vec<(&str, &str)> = findings.iter().map(|one| (one.code, &*one.help)).collect();
    codes.sort_unstable();
    codes.dedup_by_key(|(code, _)| *code);
    let rules: Vec<Value> = codes
        .iter()
        .map(|(code, help)| json!({ "id": code, "shortDescription": { "text": help } }))
        .collect();
    let result = |one: &Finding| {
        let file = UrlPath::of_file(&format!("{root}/{}", one.file));
        json!({
            "ruleId": one.code,
            "level": one.severity,
            "message": { "text": format!("{}; {}", one.title, one.help) },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": file.as_str().trim_start_matches('/') } } }],
        })
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mdpwa",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": findings.iter().map(result).collect::<Vec<Value>>(),
        }],
    })
}
