//! `mdpwa headers`: what each host is told, in its own language, which its own program reads.

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::{Data, assert_data_eq, str};

use crate::site::Site;

const NAMES: [&str; 8] = [
    "netlify",
    "cloudflare",
    "vercel",
    "nginx",
    "caddy",
    "apache",
    "s3",
    "github-pages",
];

/// A site with all that matters to a host.
fn site() -> Site {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\n[update]\ntoast = true\n[host]\nimmutable = [\"fonts/**\"]\n",
    );
    for file in [
        "assets/app-BxK3d9fa.js",
        "assets/deep/style.3f2a1b9c.css",
        "fonts/one font.woff2",
        "logo.5D41402A.svg",
        "mixed/a.3f2a1b9c.js",
        "mixed/it's (new).txt",
        "notes.webmanifest",
        "tool.wasm",
    ] {
        site.write(&format!("site/{file}"), "x");
    }
    site
}

fn text(site: &Site, host: &str) -> String {
    let said = site.mdpwa(["headers", "--host", host]).assert().success();
    String::from_utf8(said.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn every_host_is_told_in_its_own_language() {
    let site = site();
    for host in NAMES {
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cli/headers/{host}.txt"));
        assert_data_eq!(text(&site, host), Data::read_from(&golden, None).raw());
    }
}

#[test]
fn the_host_of_pwa_toml_is_taken() {
    let site = Site::new();
    site.mdpwa(["headers"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
error: whose language? Give `--host` with one of netlify, cloudflare, vercel, nginx, caddy, apache, s3, github-pages

"#]]);
    site.write(
        "pwa.toml",
        "[app]\nroot = \"site\"\nhost = \"netlify\"\nbase = \"/repo/\"\n",
    );
    let said = site.mdpwa(["headers"]).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
    assert!(
        said.contains("\n/repo/service-worker.js\n  Cache-Control: no-cache\n"),
        "{said}"
    );
}

#[test]
fn a_program_reads_json() {
    let output = site()
        .mdpwa(["headers", "--host", "vercel", "--format", "json"])
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["needs"]["wasm"], true);
    let text = said["text"].as_str().expect("a text");
    let vercel: serde_json::Value = serde_json::from_str(text).expect("JSON in JSON");
    assert_eq!(vercel["headers"][0]["source"], "/service-worker.js");
}

/// Every line is a comment, a path, or a header of the path before it, and no two paths are one.
#[test]
fn a_headers_file_has_one_rule_for_one_path() {
    let text = text(&site(), "netlify");
    let mut paths: Vec<&str> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix("  ") {
            Some(header) => assert!(header.contains(": ") && !paths.is_empty(), "{line}"),
            None => {
                assert!(line.starts_with('/'), "{line}");
                let overlaps = |path: &&str| {
                    path.strip_suffix('*')
                        .is_some_and(|folder| line.starts_with(folder))
                };
                assert!(
                    !paths.contains(&line) && !paths.iter().any(overlaps),
                    "{line}"
                );
                paths.push(line);
            }
        }
    }
    assert!(paths.len() > 6, "{paths:?}");
}

#[cfg(unix)]
#[test]
fn nginx_reads_it() {
    let site = site();
    let text = text(&site, "nginx");
    let (http, server) = text.split_once("# in server").expect("two places");
    let server = server.split_once('\n').expect("a line").1;
    let folder = site.folder().display().to_string();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
        .concat();
    let whole = format!(
        "pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{http}\nserver {{\nlisten unix:{folder}/nginx.sock;\nroot {folder}/site;\n{server}}}\n}}\n"
    );
    passes(&site, &whole, "nginx", &["-t", "-e", "stderr", "-c"]);
}

#[cfg(unix)]
#[test]
fn apache_reads_it() {
    let site = site();
    let text = text(&site, "apache");
    let modules = ["mpm_event", "authz_core", "mime", "headers"]
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .concat();
    let folder = site.folder().display();
    let whole = format!(
        "ServerRoot {folder}\nServerName localhost\nPidFile {folder}/apache.pid\nErrorLog {folder}/log\nListen 127.0.0.1:8080\n{modules}TypesConfig /dev/null\nDocumentRoot {folder}/site\n<Directory {folder}/site>\n{text}</Directory>\n"
    );
    passes(&site, &whole, "apache2", &["-t", "-f"]);
}

#[cfg(unix)]
#[test]
fn caddy_reads_it() {
    let site = site();
    let text = text(&site, "caddy");
    let folder = site.folder().display();
    let whole =
        format!("{{\n\tadmin off\n}}\n:8080 {{\nroot * {folder}/site\n{text}file_server\n}}\n");
    passes(
        &site,
        &whole,
        "caddy",
        &["validate", "--adapter", "caddyfile", "--config"],
    );
}

#[cfg(unix)]
#[test]
fn a_shell_reads_the_upload() {
    let site = site();
    let text = text(&site, "s3");
    passes(&site, &text, "sh", &["-n"]);
}

/// Has a program read a configuration.
#[cfg(unix)]
fn passes(site: &Site, text: &str, program: &str, words: &[&str]) {
    let file = site.path("configuration");
    fs::write(&file, text).expect("a file");
    let output = Command::new(program)
        .env(
            "PATH",
            format!(
                "{}:/usr/sbin:/sbin",
                std::env::var("PATH").unwrap_or_default()
            ),
        )
        .env("HOME", site.folder())
        .args(words)
        .arg(&file)
        .output()
        .unwrap_or_else(|error| panic!("tests/run tools installs {program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}\n{text}");
}
