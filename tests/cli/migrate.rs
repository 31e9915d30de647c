//! `mdpwa migrate`: configurations of other tools become a pwa.toml, whole or with the names of what is missing.
//!
//! `SNAPSHOTS=overwrite cargo test --test cli` writes what is expected anew.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq};

use crate::site::{everything, mdpwa};

/// Each case, its configuration, and whether something is left to do.
const CASES: [(&str, &str, bool); 10] = [
    ("ngsw-full", "ngsw-config.json", true),
    ("ngsw-mistakes", "ngsw-config.json", true),
    ("ngsw-template", "ngsw-config.json", true),
    ("vite-full", "vite.config.js", true),
    ("vite-inject", "vite.config.js", true),
    ("vite-typical", "vite.config.ts", true),
    ("workbox-code", "workbox-config.js", true),
    ("workbox-full", "workbox-config.js", false),
    ("workbox-mistakes", "workbox-config.js", true),
    ("workbox-wizard", "workbox-config.js", false),
];

/// What tests keep beside the configuration of a case.
const EXPECTED: [&str; 3] = ["pwa.toml", "said.txt", "warned.txt"];

#[test]
fn every_case_becomes_what_is_expected_and_builds() {
    let mut present: Vec<String> = fs::read_dir(cases())
        .expect("cases")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    present.sort();
    assert_eq!(present, CASES.map(|(name, ..)| name));
    for (name, file, left) in CASES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = folder.path().join("project");
        for (path, contents) in everything(&cases().join(name)) {
            if EXPECTED.iter().any(|expected| path == Path::new(expected)) {
                continue;
            }
            let path = project.join(path);
            fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
            fs::write(path, contents).expect("a file");
        }

        let output = mdpwa(&project, ["migrate", file])
            .env("NO_COLOR", "1")
            .output()
            .expect("it runs");

        assert_eq!(
            output.status.code(),
            Some(i32::from(left)),
            "{name}: {output:?}"
        );
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let written = fs::read_to_string(project.join("pwa.toml")).expect("it was written");
        let case = cases().join(name);
        assert_data_eq!(written, Data::read_from(&case.join("pwa.toml"), None).raw());
        assert_data_eq!(
            text(output.stdout),
            Data::read_from(&case.join("said.txt"), None).raw()
        );
        assert_data_eq!(
            text(output.stderr),
            Data::read_from(&case.join("warned.txt"), None).raw()
        );

        let build = mdpwa(&project, ["build"]).output().expect("it runs");
        let complaints = String::from_utf8_lossy(&build.stderr);
        assert!(build.status.success(), "{name}: {complaints}");
    }
}

/// What becomes of an option.
enum Fate {
    /// This is in pwa.toml.
    Written(&'static str),
    /// Nothing has to be said.
    Spared,
    /// A person has to see to it.
    Named,
}

use Fate::{Named, Spared, Written};

/// Every option of Workbox's builds, as a line of `module.exports`.
const WORKBOX: &[(&str, &str, Fate)] = &[
    (
        "swDest",
        "swDest: 'dist/old.js'",
        Written("workers = [\"old.js\"]"),
    ),
    (
        "globDirectory",
        "globDirectory: 'www'",
        Written("root = \"www\""),
    ),
    (
        "globPatterns",
        "globPatterns: ['a/*.js']",
        Written("include = [\"a/*.js\"]"),
    ),
    (
        "globIgnores",
        "globIgnores: ['a/**']",
        Written("exclude = [\"a/**\"]"),
    ),
    ("globFollow", "globFollow: true", Spared),
    ("globFollow", "globFollow: false", Named),
    ("globStrict", "globStrict: true", Spared),
    (
        "maximumFileSizeToCacheInBytes",
        "maximumFileSizeToCacheInBytes: 2097152",
        Written("max_file = \"2MiB\""),
    ),
    (
        "additionalManifestEntries",
        "additionalManifestEntries: [{ url: '/a', revision: '1' }]",
        Named,
    ),
    ("templatedURLs", "templatedURLs: { '/a': 'x' }", Named),
    (
        "modifyURLPrefix",
        "modifyURLPrefix: { '': '/a/' }",
        Written("base = \"/a/\""),
    ),
    (
        "modifyURLPrefix",
        "modifyURLPrefix: { a: '/x/', b: '/y/' }",
        Named,
    ),
    (
        "dontCacheBustURLsMatching",
        "dontCacheBustURLsMatching: /x/",
        Spared,
    ),
    ("manifestTransforms", "manifestTransforms: [f]", Named),
    (
        "navigateFallback",
        "navigateFallback: '/app.html'",
        Written("shell = \"/app.html\""),
    ),
    (
        "navigateFallbackAllowlist[0]",
        "navigateFallbackAllowlist: [/^\\/app/]",
        Named,
    ),
    (
        "navigateFallbackDenylist",
        "navigateFallbackDenylist: [/^\\/api\\//]",
        Written("deny = [\"/api/**\"]"),
    ),
    (
        "navigateFallbackDenylist[0]",
        "navigateFallbackDenylist: [/api|x$/]",
        Named,
    ),
    ("navigationPreload", "navigationPreload: true", Spared),
    ("directoryIndex", "directoryIndex: 'index.html'", Spared),
    ("directoryIndex", "directoryIndex: 'home.html'", Named),
    (
        "ignoreURLParametersMatching",
        "ignoreURLParametersMatching: [/./]",
        Spared,
    ),
    ("cacheId", "cacheId: 'weir'", Written("id = \"weir\"")),
    ("cacheId", "cacheId: 'a weir'", Named),
    (
        "cleanupOutdatedCaches",
        "cleanupOutdatedCaches: true",
        Spared,
    ),
    (
        "skipWaiting",
        "skipWaiting: true",
        Written("policy = \"next-visit\""),
    ),
    (
        "skipWaiting",
        "skipWaiting: false",
        Written("policy = \"prompt\""),
    ),
    ("clientsClaim", "clientsClaim: true", Spared),
    ("importScripts", "importScripts: ['a.js']", Named),
    ("inlineWorkboxRuntime", "inlineWorkboxRuntime: true", Spared),
    ("mode", "mode: 'development'", Spared),
    ("sourcemap", "sourcemap: true", Spared),
    (
        "babelPresetEnvTargets",
        "babelPresetEnvTargets: ['chrome 90']",
        Spared,
    ),
    ("disableDevLogs", "disableDevLogs: true", Spared),
    (
        "offlineGoogleAnalytics",
        "offlineGoogleAnalytics: true",
        Named,
    ),
    ("swSrc", "swSrc: 'a.js'", Named),
    ("injectionPoint", "injectionPoint: 'x'", Named),
];

/// Every option of a rule, beside a pattern.
const RULES: &[(&str, &str, Fate)] = &[
    (
        "handler",
        "handler: 'CacheFirst'",
        Written("strategy = \"cache-first\""),
    ),
    (
        "handler",
        "handler: 'CacheOnly', options: { cacheName: 'a' }",
        Written("strategy = \"cache-only\""),
    ),
    (
        "handler",
        "handler: 'NetworkFirst'",
        Written("strategy = \"network-first\""),
    ),
    (
        "handler",
        "handler: 'NetworkOnly'",
        Written("strategy = \"network-only\""),
    ),
    (
        "handler",
        "handler: 'StaleWhileRevalidate'",
        Written("strategy = \"stale-while-revalidate\""),
    ),
    (
        "handler",
        "handler: 'staleWhileRevalidate'",
        Written("strategy = \"stale-while-revalidate\""),
    ),
    ("runtimeCaching[0].handler", "handler: 'Best'", Named),
    (
        "runtimeCaching[0].handler",
        "handler: () => fetch('/')",
        Named,
    ),
    (
        "method",
        "handler: 'NetworkOnly', method: 'PUT'",
        Written("methods = [\"PUT\"]"),
    ),
    (
        "cacheName",
        "handler: 'CacheFirst', options: { cacheName: 'c' }",
        Written("name = \"c\""),
    ),
    (
        "cacheName",
        "handler: 'CacheFirst', options: { cacheName: 'c' }",
        Written("caches = [\"c\"]"),
    ),
    (
        "networkTimeoutSeconds",
        "handler: 'NetworkFirst', options: { networkTimeoutSeconds: 1.5 }",
        Written("timeout = \"1500ms\""),
    ),
    (
        "runtimeCaching[0].options.networkTimeoutSeconds",
        "handler: 'CacheFirst', options: { networkTimeoutSeconds: 1 }",
        Named,
    ),
    (
        "maxEntries",
        "handler: 'CacheFirst', options: { expiration: { maxEntries: 7 } }",
        Written("max_entries = 7"),
    ),
    (
        "maxAgeSeconds",
        "handler: 'CacheFirst', options: { expiration: { maxAgeSeconds: 3600 } }",
        Written("max_age = \"1h\""),
    ),
    (
        "runtimeCaching[0].options.expiration.purgeOnQuotaError",
        "handler: 'CacheFirst', options: { expiration: { purgeOnQuotaError: true } }",
        Spared,
    ),
    (
        "statuses",
        "handler: 'CacheFirst', options: { cacheableResponse: { statuses: [200, 404] } }",
        Written("statuses = [200, 404]"),
    ),
    (
        "runtimeCaching[0].options.cacheableResponse.headers",
        "handler: 'CacheFirst', options: { cacheableResponse: { headers: { a: 'b' } } }",
        Named,
    ),
    (
        "runtimeCaching[0].options.backgroundSync",
        "handler: 'NetworkOnly', method: 'POST', options: { backgroundSync: { name: 'q' } }",
        Named,
    ),
    (
        "runtimeCaching[0].options.broadcastUpdate",
        "handler: 'CacheFirst', options: { broadcastUpdate: {} }",
        Named,
    ),
    (
        "runtimeCaching[0].options.rangeRequests",
        "handler: 'CacheFirst', options: { rangeRequests: true }",
        Spared,
    ),
    (
        "precacheFallback",
        "handler: 'NetworkOnly', options: { precacheFallback: { fallbackURL: '/a.html' } }",
        Written("fallback = { document = \"/a.html\" }"),
    ),
    (
        "runtimeCaching[0].options.precacheFallback.fallbackURL",
        "handler: 'NetworkOnly', options: { precacheFallback: { fallbackURL: '/a' } }",
        Named,
    ),
    (
        "runtimeCaching[0].options.fetchOptions",
        "handler: 'CacheFirst', options: { fetchOptions: { credentials: 'include' } }",
        Named,
    ),
    (
        "matchOptions",
        "handler: 'CacheFirst', options: { matchOptions: { ignoreSearch: true } }",
        Written("ignore_params = \"all\""),
    ),
    (
        "runtimeCaching[0].options.matchOptions.ignoreVary",
        "handler: 'CacheFirst', options: { matchOptions: { ignoreVary: true } }",
        Named,
    ),
    (
        "runtimeCaching[0].options.plugins",
        "handler: 'CacheFirst', options: { plugins: [{}] }",
        Named,
    ),
];

#[test]
fn every_option_of_workbox_is_converted_or_named() {
    for (option, line, fate) in WORKBOX {
        let own = ["globDirectory", "swDest"].map(|key| line.starts_with(key));
        let root = if own[0] { "" } else { "globDirectory: 'dist'," };
        let worker = if own[1] { "" } else { "swDest: 'dist/sw.js'," };
        let told = migrated(
            "workbox-config.js",
            &format!("module.exports = {{ {root} {worker} {line} }};"),
        );
        holds(option, line, fate, &told);
    }
    for (option, rule, fate) in RULES {
        let told = migrated(
            "workbox-config.js",
            &with_rule(&format!("urlPattern: /\\/a\\//, {rule}")),
        );
        holds(option, rule, fate, &told);
    }
}

/// Of code nothing is taken, whatever the option.
#[test]
fn no_option_of_workbox_is_guessed_from_code() {
    for (option, line, _) in WORKBOX {
        let key = line.split(':').next().expect("a key");
        for code in ["() => 1", "f()", "env.A", "a ? b : c"] {
            let source = format!(
                "module.exports = {{ globDirectory: 'dist', swDest: 'dist/sw.js', {key}: {code} }};"
            );
            let told = migrated("workbox-config.js", &source);
            assert!(names(&told["toDo"], key), "{option} from {code}: {told:#}");
        }
    }
    for pattern in ["({ url }) => url.pathname === '/a'", "f()", "env.A"] {
        let told = migrated(
            "workbox-config.js",
            &with_rule(&format!("urlPattern: {pattern}, handler: 'CacheFirst'")),
        );
        assert!(
            names(&told["toDo"], "runtimeCaching[0].urlPattern"),
            "{told:#}"
        );
        let text = told["text"].as_str().expect("a text");
        assert!(
            text.contains("# [[routes]]") && !text.contains("\n[[routes]]"),
            "{text}"
        );
    }
}

/// Every key of ngsw-config.json, within a configuration or a group of it.
const ANGULAR: &[(&str, &str, Fate)] = &[
    (
        "index",
        r#""index": "/app.html""#,
        Written("shell = \"/app.html\""),
    ),
    ("appData", r#""appData": { "a": 1 }"#, Named),
    ("applicationMaxAge", r#""applicationMaxAge": "1d""#, Named),
    (
        "navigationUrls",
        r#""navigationUrls": ["/**", "!/api/**"]"#,
        Written("deny = [\"/api/**\"]"),
    ),
    (
        "navigationUrls[0]",
        r#""navigationUrls": ["/app/**"]"#,
        Named,
    ),
    (
        "navigationRequestStrategy",
        r#""navigationRequestStrategy": "freshness""#,
        Written("strategy = \"fresh\""),
    ),
    (
        "navigationRequestStrategy",
        r#""navigationRequestStrategy": "performance""#,
        Written("strategy = \"shell\""),
    ),
    ("$schema", r#""$schema": "x""#, Spared),
    (
        "name",
        r#""assetGroups": [{ "name": "app", "resources": { "files": ["/*.js"] } }]"#,
        Written("name = \"app\""),
    ),
    (
        "files",
        r#""assetGroups": [{ "name": "app", "resources": { "files": ["/*.(js|css)", "!/x.js"] } }]"#,
        Written("include = [\"*.{js,css}\"]\nexclude = [\"x.js\"]"),
    ),
    (
        "installMode",
        r#""assetGroups": [{ "name": "app", "installMode": "lazy", "resources": { "files": ["/*.js"] } }]"#,
        Written("install = \"lazy\""),
    ),
    (
        "assetGroups[0].updateMode",
        r#""assetGroups": [{ "name": "app", "updateMode": "prefetch", "resources": { "files": ["/*.js"] } }]"#,
        Spared,
    ),
    (
        "urls",
        r#""assetGroups": [{ "name": "a", "installMode": "lazy", "resources": { "urls": ["https://a.example/**"] } }]"#,
        Written("match = { host = \"a.example\" }\nstrategy = \"stale-while-revalidate\""),
    ),
    (
        "cacheQueryOptions",
        r#""assetGroups": [{ "name": "a", "cacheQueryOptions": { "ignoreSearch": true }, "resources": { "urls": ["https://a.example/**"] } }]"#,
        Written("ignore_params = \"all\""),
    ),
    (
        "urls",
        r#""dataGroups": [{ "name": "d", "urls": ["/a/**", "/b"], "cacheConfig": { "maxSize": 1, "maxAge": "1h" } }]"#,
        Written("regex = \"^(?:/a/.*|/b)$\""),
    ),
    (
        "dataGroups[0].version",
        r#""dataGroups": [{ "name": "d", "version": 2, "urls": ["/a"], "cacheConfig": { "maxSize": 1, "maxAge": "1h" } }]"#,
        Spared,
    ),
    (
        "strategy",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 1, "maxAge": "1h" } }]"#,
        Written("strategy = \"cache-first\""),
    ),
    (
        "strategy",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "strategy": "freshness", "maxSize": 1, "maxAge": "1h" } }]"#,
        Written("strategy = \"network-first\""),
    ),
    (
        "maxSize",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 9, "maxAge": "1h" } }]"#,
        Written("max_entries = 9"),
    ),
    (
        "maxAge",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 9, "maxAge": "1d12h" } }]"#,
        Written("max_age = \"36h\""),
    ),
    (
        "timeout",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "strategy": "freshness", "maxSize": 9, "maxAge": "1d", "timeout": "500u" } }]"#,
        Written("timeout = \"500ms\""),
    ),
    (
        "dataGroups[0].cacheConfig.timeout",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 9, "maxAge": "1d", "timeout": "5s" } }]"#,
        Named,
    ),
    (
        "dataGroups[0].cacheConfig.refreshAhead",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 9, "maxAge": "1d", "refreshAhead": "5s" } }]"#,
        Named,
    ),
    (
        "cacheOpaqueResponses",
        r#""dataGroups": [{ "name": "d", "urls": ["https://a.example/**"], "cacheConfig": { "maxSize": 9, "maxAge": "1d", "cacheOpaqueResponses": true } }]"#,
        Written("opaque = true"),
    ),
    (
        "cacheOpaqueResponses",
        r#""dataGroups": [{ "name": "d", "urls": ["https://a.example/**"], "cacheConfig": { "strategy": "freshness", "maxSize": 9, "maxAge": "1d" } }]"#,
        Written("opaque = true"),
    ),
    (
        "dataGroups[0].cacheConfig.maxAge",
        r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "maxSize": 9, "maxAge": "500" } }]"#,
        Named,
    ),
    ("unknown", r#""unknown": 1"#, Named),
];

/// Of code nothing is taken in data groups either, and a rule without a strategy stays a comment.
#[test]
fn a_strategy_that_is_not_one_is_not_guessed() {
    let group = r#""dataGroups": [{ "name": "d", "urls": ["/a"], "cacheConfig": { "strategy": "best", "maxSize": 1, "maxAge": "1h" } }]"#;
    let told = migrated(
        "ngsw-config.json",
        &format!("{{ \"index\": \"/index.html\", {group} }}"),
    );
    assert!(
        names(&told["toDo"], "dataGroups[0].cacheConfig.strategy"),
        "{told:#}"
    );
    let text = told["text"].as_str().expect("a text");
    assert!(
        text.contains("# [[routes]]") && !text.contains("\n[[routes]]"),
        "{text}"
    );
}

#[test]
fn every_key_of_angular_is_converted_or_named() {
    for (option, line, fate) in ANGULAR {
        let index = if line.starts_with("\"index\"") {
            ""
        } else {
            "\"index\": \"/index.html\","
        };
        let told = migrated("ngsw-config.json", &format!("{{ {index} {line} }}"));
        holds(option, line, fate, &told);
        assert!(
            told["text"]
                .as_str()
                .expect("a text")
                .contains("workers = [\"ngsw-worker.js\"]")
        );
    }
}

/// Every option of vite-plugin-pwa.
const VITE: &[(&str, &str, Fate)] = &[
    ("strategies", "strategies: 'generateSW'", Spared),
    ("strategies", "strategies: 'injectManifest'", Named),
    (
        "registerType",
        "registerType: 'prompt'",
        Written("policy = \"prompt\""),
    ),
    (
        "registerType",
        "registerType: 'autoUpdate'",
        Written("policy = \"when-safe\""),
    ),
    (
        "injectRegister",
        "injectRegister: 'auto'",
        Written("[html]\ninject = true"),
    ),
    (
        "injectRegister",
        "injectRegister: null",
        Written("compat = [\"registerSW\"]"),
    ),
    ("injectRegister", "injectRegister: 'best'", Named),
    (
        "injectRegister",
        "injectRegister: false, registerType: 'autoUpdate'",
        Written("compat = [\"registerSW\"]"),
    ),
    (
        "filename",
        "filename: 'w.js'",
        Written("workers = [\"w.js\"]"),
    ),
    ("manifestFilename", "manifestFilename: 'm.json'", Spared),
    ("srcDir", "srcDir: 'src'", Named),
    ("outDir", "outDir: 'www'", Written("root = \"www\"")),
    ("mode", "mode: 'development'", Spared),
    ("base", "base: '/a/'", Written("base = \"/a/\"")),
    ("buildBase", "buildBase: '/a/'", Spared),
    ("scope", "scope: '/'", Spared),
    ("scope", "scope: '/a/'", Named),
    ("manifest", "manifest: { name: 'Weir' }", Named),
    (
        "manifest",
        "manifest: { name: 'Weir' }",
        Written("name = \"Weir\""),
    ),
    (
        "includeAssets",
        "includeAssets: ['a.svg']",
        Written("include = [\"a.svg\"]"),
    ),
    ("includeManifestIcons", "includeManifestIcons: true", Spared),
    (
        "workbox",
        "workbox: { globPatterns: ['*.js'] }",
        Written("include = [\"*.js\"]"),
    ),
    ("workbox", "workbox: {}", Written("shell = \"/index.html\"")),
    (
        "workbox",
        "workbox: {}",
        Written("include = [\"**/*.{js,css,html}\"]"),
    ),
    (
        "workbox.importScripts",
        "workbox: { importScripts: ['a.js'] }",
        Named,
    ),
    (
        "showMaximumFileSizeToCacheInBytesWarning",
        "showMaximumFileSizeToCacheInBytesWarning: true",
        Spared,
    ),
    ("minify", "minify: false", Spared),
    ("useCredentials", "useCredentials: true", Named),
    ("disable", "disable: true", Named),
    ("selfDestroying", "selfDestroying: true", Named),
    ("devOptions", "devOptions: { enabled: true }", Spared),
    ("integration", "integration: {}", Named),
    (
        "injectManifest.rollupFormat",
        "strategies: 'injectManifest', injectManifest: { rollupFormat: 'es' }",
        Named,
    ),
    ("pwaAssets", "pwaAssets: {}", Named),
    ("surprise", "surprise: 1", Named),
];

#[test]
fn every_option_of_vite_plugin_pwa_is_converted_or_named() {
    for (option, line, fate) in VITE {
        let source = format!("export default {{ plugins: [VitePWA({{ {line} }})] }};");
        holds(option, line, fate, &migrated("vite.config.js", &source));
        let key = line.split(':').next().expect("a key");
        let code = format!("export default {{ plugins: [VitePWA({{ {key}: env.A }})] }};");
        let told = migrated("vite.config.ts", &code);
        assert!(names(&told["toDo"], key), "{key} from code: {told:#}");
    }
}

#[test]
fn what_is_not_a_configuration_is_said_so() {
    for (file, source, part) in [
        ("a.js", "module.exports = { a: 1 };", "no option of Workbox"),
        ("a.js", "module.exports = {", "line 1: "),
        ("a.js", "let a = 1;", "nothing is exported"),
        (
            "a.js",
            "module.exports = f();",
            "what is exported is a call",
        ),
        (
            "vite.config.js",
            "export default { plugins: [VitePWA(options)] };",
            "the options of VitePWA are a name",
        ),
        ("a.json", "[1]", "not an object"),
        ("a.json", "{ \"a\": ", "line 1: "),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(file), source).expect("a file");
        let output = mdpwa(folder.path(), ["migrate", file])
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{source}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains(part) && said.contains(file),
            "{source}: {said}"
        );
        assert_eq!(everything(folder.path()).len(), 1);
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("pwa.toml"), "# mine\n").expect("a file");
    fs::write(
        folder.path().join("workbox-config.js"),
        "module.exports = { swDest: 'sw.js' };",
    )
    .expect("a file");
    let before = everything(folder.path());
    let output = mdpwa(folder.path(), ["migrate", "workbox-config.js"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is there already"));
    assert_eq!(everything(folder.path()), before);
}

fn with_rule(rule: &str) -> String {
    format!(
        "module.exports = {{ globDirectory: 'dist', swDest: 'dist/sw.js', runtimeCaching: [{{ {rule} }}] }};"
    )
}

/// Migrates a configuration in a folder that has nothing else.
fn migrated(file: &str, source: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join(file), source).expect("a file");
    let output = mdpwa(
        folder.path(),
        ["migrate", file, "--dry-run", "--format", "json"],
    )
    .output()
    .expect("it runs");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let left = told["toDo"].as_array().expect("a list").len();
    assert_eq!(output.status.code(), Some(i32::from(left > 0)), "{source}");
    told
}

fn holds(option: &str, line: &str, fate: &Fate, told: &serde_json::Value) {
    let text = told["text"].as_str().expect("a text");
    match fate {
        Written(part) => {
            let text = without_comments(text);
            assert!(text.contains(part), "{line}: no {part} in\n{text}");
        }
        Spared => assert!(
            names(&told["spared"], option),
            "{line}: {option} is not in {:#}",
            told["spared"]
        ),
        Named => {
            assert!(
                names(&told["toDo"], option),
                "{line}: {option} is not in {:#}",
                told["toDo"]
            );
            assert!(
                text.contains(&format!("# - {option}")),
                "{line}: {option} is not in\n{text}"
            );
        }
    }
}

fn names(tasks: &serde_json::Value, option: &str) -> bool {
    let mut tasks = tasks.as_array().expect("a list").iter();
    tasks.any(|task| task["option"].as_str().expect("a name").starts_with(option))
}

/// Lines without what stands behind the values.
fn without_comments(text: &str) -> String {
    let bare = text
        .lines()
        .map(|line| line.split(" # ").next().unwrap_or_default().trim_end());
    bare.collect::<Vec<_>>().join("\n")
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/migrate")
}
