//! Options of vite-plugin-pwa, and of the plugins that pass theirs on to it.

use crate::document::At;
use crate::draft;
use crate::literals::Literal;

use super::workbox::{self, Defaults};
use super::{INJECTED, Options, Work, not_plain};

/// What is called with these options.
pub const NAMES: [&str; 3] = ["VitePWA", "AstroPWA", "SvelteKitPWA"];

/// `config` is what the configuration exports, where it is plain.
pub fn convert(mut options: Options, config: Option<&At<Literal>>, work: &mut Work) {
    let said = |path: &str| {
        let value = config.and_then(|config| config.value.at(path))?;
        value.value.text().map(str::to_owned)
    };
    let out = options.text("outDir", work).map(|at| at.value);
    let root = out
        .or_else(|| said("build.outDir"))
        .or_else(|| said("outDir"));
    work.root = Some(root.map_or_else(|| "dist".to_owned(), |root| tidy(&root)));
    base(&mut options, said("base"), work);

    let filename = options.text("filename", work);
    let old = filename.map_or_else(|| "sw.js".to_owned(), |at| at.value.replace(".ts", ".js"));
    work.old_workers.push(tidy(&old));
    register(&mut options, work);
    manifest(&mut options, work);

    let strategy = options.text("strategies", work);
    let own = strategy
        .as_ref()
        .is_some_and(|at| at.value == "injectManifest");
    if let Some(strategy) = &strategy {
        match strategy.value.as_str() {
            "generateSW" => work.spare(
                "strategies",
                &strategy.span,
                "the worker is always generated",
            ),
            "injectManifest" => work.needs(
                "strategies",
                &strategy.span,
                "a worker of your own: see which rules of pwa.toml do what it does, then remove it",
            ),
            other => work.needs(
                "strategies",
                &strategy.span,
                format!("vite-plugin-pwa has no strategy `{other}`"),
            ),
        }
    }
    let defaults = Defaults {
        patterns: &["**/*.{js,css,html}"],
        fallback: (!own).then_some("index.html"),
        worker: None,
        root: Some("dist"),
    };
    let inject = options.options("injectManifest", work);
    let workbox = options.options("workbox", work);
    let place = options.span.clone();
    match (own, inject, workbox) {
        (true, inject, workbox) => {
            let mut inject = inject.unwrap_or_else(|| empty("injectManifest", &place));
            inject.leave(
                &[
                    ("rollupFormat", "goes with the worker of your own"),
                    ("target", "goes with the worker of your own"),
                    ("minify", "goes with the worker of your own"),
                    ("envOptions", "goes with the worker of your own"),
                    ("plugins", "goes with the worker of your own"),
                    ("rollupOptions", "goes with the worker of your own"),
                    ("buildPlugins", "goes with the worker of your own"),
                    ("vitePlugins", "goes with the worker of your own"),
                    (
                        "enableWorkboxModulesLogs",
                        "goes with the worker of your own",
                    ),
                ],
                work,
            );
            workbox::convert(inject, defaults, work);
            if let Some(workbox) = workbox {
                work.needs(
                    "workbox",
                    &workbox.span,
                    "these options counted only with `generateSW`",
                );
            }
        }
        (false, inject, workbox) => {
            let workbox = workbox.unwrap_or_else(|| empty("workbox", &place));
            workbox::convert(workbox, defaults, work);
            if let Some(inject) = inject {
                work.needs(
                    "injectManifest",
                    &inject.span,
                    "these options counted only with `strategies: 'injectManifest'`",
                );
            }
        }
    }
    more_assets(&mut options, work);
    options.spare(
        &[
            (
                "includeManifestIcons",
                "what pages and the manifest load is kept where `include` takes it",
            ),
            (
                "minify",
                "the worker is minified; `--no-minify` writes it to be read",
            ),
            (
                "mode",
                "`mdpwa build --no-minify` writes JavaScript to be read",
            ),
            (
                "showMaximumFileSizeToCacheInBytesWarning",
                "a file that is too large is always a mistake",
            ),
            (
                "throwMaximumFileSizeToCacheInBytes",
                "a file that is too large is always a mistake",
            ),
            (
                "devOptions",
                "mdpwa runs after the build; `mdpwa serve` previews it",
            ),
            (
                "buildBase",
                "the generated files find their way by themselves",
            ),
        ],
        work,
    );
    options.leave(
        &[
            ("srcDir", "goes with the worker of your own"),
            ("disable", "without `mdpwa build` there is no worker; `mdpwa retire` takes one away"),
            ("selfDestroying", "`mdpwa retire` writes a worker that leaves"),
            ("useCredentials", "the link to the manifest is in your pages: give it `crossorigin=\"use-credentials\"`"),
            ("integration", "code: mdpwa runs after every build"),
            ("pwaAssets", "icons that were made while building: keep the files that were made"),
            ("kit", "goes with the plugin: `base` and `root` in `[app]` say where pages are"),
            ("experimental", "goes with the plugin"),
            ("registerWebManifestInRollup", "goes with the plugin"),
        ],
        work,
    );
    options.finish("vite-plugin-pwa", work);
    work.needs(
        "plugins",
        &place,
        "remove the plugin from this configuration, and run `mdpwa build` after the build of the site",
    );
}

fn empty(path: &str, place: &std::ops::Range<usize>) -> Options {
    Options {
        path: path.to_owned(),
        span: place.start..place.start,
        entries: Vec::new(),
        asked: Vec::new(),
    }
}

fn tidy(path: &str) -> String {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    path.to_owned()
}

fn base(options: &mut Options, of_vite: Option<String>, work: &mut Work) {
    let own = options.text("base", work);
    let scope = options.text("scope", work);
    let written = own.map(|at| at.value).or(of_vite);
    if let Some(base) = written
        && !base.starts_with('.')
        && !base.contains("://")
        && !base.trim_matches('/').is_empty()
    {
        work.base = format!("/{}/", base.trim_matches('/'));
    }
    if let Some(scope) = scope {
        if scope.value.trim_matches('/') == work.base.trim_matches('/') {
            work.spare("scope", &scope.span, "the worker controls the whole site");
        } else {
            work.needs("scope", &scope.span, "the folder of the worker is its scope: set `file` in `[worker]`, such as `\"app/service-worker.js\"`");
        }
    }
}

fn register(options: &mut Options, work: &mut Work) {
    let kind = options.text("registerType", work);
    let automatic = kind.as_ref().is_some_and(|at| at.value == "autoUpdate");
    if let Some(kind) = kind.filter(|at| !["autoUpdate", "prompt"].contains(&at.value.as_str())) {
        work.needs(
            "registerType",
            &kind.span,
            format!("vite-plugin-pwa has no `{}`", kind.value),
        );
    }
    let nobody = options
        .entries
        .iter()
        .any(|(name, value)| name.value == "injectRegister" && value.value == Literal::Null);
    let inject = options.take("injectRegister");
    let by_page = match &inject {
        None => nobody,
        Some(At {
            value: Literal::Flag(false),
            ..
        }) => true,
        Some(At {
            value: Literal::Text(text),
            span,
        }) => {
            if !["auto", "inline", "script", "script-defer"].contains(&text.as_str()) {
                work.needs(
                    "injectRegister",
                    span,
                    format!("vite-plugin-pwa has no `{text}`"),
                );
            }
            false
        }
        Some(At { value, span }) => {
            work.needs("injectRegister", span, not_plain(value, "a word"));
            false
        }
    };
    if !by_page {
        work.html.set("inject", "true", INJECTED);
    }
    match automatic {
        true => work.update.set("policy", "\"when-safe\"", "an open page comes to the new version by itself, once nobody looks and nothing would be lost"),
        false => work.update.set("policy", "\"prompt\"", "a page accepts a new version"),
    }
    if !automatic || by_page {
        work.update.set(
            "compat",
            &draft::list(&["registerSW"]),
            "import it from register.js, instead of virtual:pwa-register",
        );
    }
}

fn manifest(options: &mut Options, work: &mut Work) {
    let file = options.text("manifestFilename", work);
    let name = file
        .as_ref()
        .map_or("manifest.webmanifest", |at| at.value.as_str())
        .to_owned();
    if let Some(file) = &file {
        work.spare(
            "manifestFilename",
            &file.span,
            "the file keeps the name that you give it",
        );
    }
    match options.take("manifest") {
        Some(At {
            value: Literal::Flag(false),
            span,
        }) => work.spare("manifest", &span, "your own manifest stays"),
        Some(manifest) => {
            if let Some(title) = manifest.value.at("name").and_then(|at| at.value.text()) {
                work.name = Some(title.to_owned());
            }
            work.needs(
                "manifest",
                &manifest.span,
                format!("save it as public/{name}, and link it in the head of your pages: <link rel=\"manifest\" href=\"{}{name}\">", work.base),
            );
        }
        None => {}
    }
}

/// Files of the public folder that are kept besides what the patterns take.
fn more_assets(options: &mut Options, work: &mut Work) {
    let patterns = match options.take("includeAssets") {
        None => return,
        Some(At {
            value: Literal::Text(text),
            span,
        }) => vec![At::new(Literal::Text(text), span)],
        Some(At {
            value: Literal::List(items),
            ..
        }) => items,
        Some(At { value, span }) => {
            work.needs("includeAssets", &span, not_plain(&value, "a list"));
            return;
        }
    };
    let mut include = Vec::new();
    for (index, item) in patterns.into_iter().enumerate() {
        let option = format!("includeAssets[{index}]");
        match &item.value {
            Literal::Text(text) => {
                match super::patterns::glob(
                    &At::new(text.trim_start_matches('/').to_owned(), item.span.clone()),
                    work,
                ) {
                    Ok(glob) => include.push(glob),
                    Err(why) => work.needs(&option, &item.span, why),
                }
            }
            other => work.needs(&option, &item.span, not_plain(other, "a string")),
        }
    }
    let mut group = crate::draft::Section::new("[[assets]]");
    group.set("name", "\"public\"", "");
    work.set_patterns(&mut group, "include", include, "");
    if group.lines.len() > 1 {
        work.assets.push(group);
    }
}
