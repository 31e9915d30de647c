//! Single values out of the configurations of other tools, where they are written plainly: TOML, JSON, scripts, and of
//! YAML and Python the lines that need no more than a look.

use crate::diagnostic::Diagnostics;
use crate::document::{Table, Value};
use crate::literals::{Literal, Script, json};

/// A configuration that was read.
#[derive(Debug)]
pub enum Settings {
    Toml(Table),
    Literal(Literal),
    /// Key and value of every line that starts with a key.
    Lines(Vec<(String, String)>),
    /// The text of its `<title>`.
    Page(String),
}

impl Settings {
    /// Reads a configuration by the end of its name; nothing when it has mistakes or no known form.
    pub fn read(file_name: &str, text: &str) -> Option<Settings> {
        match file_name.rsplit_once('.')?.1 {
            "toml" => Table::parse(text, &mut Diagnostics::default()).map(Settings::Toml),
            "json" => Some(Settings::Literal(json(text).ok()?.value)),
            "yml" | "yaml" => Some(Settings::Lines(lines(text, ':'))),
            "py" => Some(Settings::Lines(lines(text, '='))),
            "html" => title(text).map(Settings::Page),
            _ => {
                let script = Script::read(file_name, text).ok()?;
                let mut entries = match script.exported.map(|at| at.value) {
                    Some(Literal::Object(entries)) => entries,
                    _ => Vec::new(),
                };
                // Eleventy takes `export const config`, beside a function that returns nothing.
                for (_, value) in script.named {
                    if let Literal::Object(named) = value.value {
                        entries.extend(named);
                    }
                }
                Some(Settings::Literal(Literal::Object(entries)))
            }
        }
    }

    /// Returns the text at a path of keys, with dots between them.
    pub fn text(&self, path: &str) -> Option<String> {
        let found = match self {
            Settings::Toml(table) => match table.reach(path)? {
                Value::Text(text) => text.clone(),
                _ => return None,
            },
            Settings::Literal(literal) => literal.at(path)?.value.text()?.to_owned(),
            Settings::Lines(lines) => lines.iter().find(|(key, _)| key == path)?.1.clone(),
            Settings::Page(title) if path == "title" => title.clone(),
            Settings::Page(_) => return None,
        };
        Some(found.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Says whether a key says no.
    pub fn is_off(&self, path: &str) -> bool {
        match self {
            Settings::Toml(table) => table.reach(path) == Some(&Value::Flag(false)),
            _ => false,
        }
    }

    /// Says whether the table at a path has other keys than this one.
    pub fn has_others(&self, path: &str, key: &str) -> bool {
        match self {
            Settings::Toml(table) => match table.reach(path) {
                Some(Value::Table(inner)) => inner.keys().any(|other| other != key),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Returns `key: value` or `key = "value"` of the lines that are not indented.
fn lines(text: &str, between: char) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        let Some((key, rest)) = line.split_once(between) else {
            continue;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let key = key.trim();
        if key.is_empty() || !key.chars().all(plain) {
            continue;
        }
        if let Some(value) = scalar(rest.trim(), between == ':') {
            found.push((key.to_owned(), value));
        }
    }
    found
}

/// Returns a text that is whole in its line: in quotes, or (in YAML) without.
fn scalar(written: &str, bare: bool) -> Option<String> {
    let quote = written.chars().next().filter(|c| ['"', '\''].contains(c));
    if let Some(quote) = quote {
        let (inside, after) = written[1..].split_once(quote)?;
        let after = after.trim_start();
        let whole = after.is_empty() || after.starts_with('#');
        // What has an escape is more than a look can tell.
        return (whole && !inside.contains('\\')).then(|| inside.to_owned());
    }
    let value = written.split(" #").next().unwrap_or_default().trim();
    let plain =
        !value.is_empty() && !value.starts_with(['#', '&', '*', '!', '|', '>', '{', '[', '%', '@']);
    (bare && plain).then(|| value.to_owned())
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let text = html[start..end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    let text = text.replace("&#39;", "'").replace("&amp;", "&");
    // A template fills in the rest.
    (!text.is_empty() && !text.contains(['{', '%'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(file_name: &str, text: &str, path: &str) -> Option<String> {
        Settings::read(file_name, text)?.text(path)
    }

    #[test]
    fn toml_is_read_by_its_paths() {
        let text =
            "[book]\ntitle = \"A book\"\n[output.html]\nsite-url = \"/a/\"\nprint.enable = false\n";
        assert_eq!(
            said("book.toml", text, "book.title").as_deref(),
            Some("A book")
        );
        assert_eq!(
            said("book.toml", text, "output.html.site-url").as_deref(),
            Some("/a/")
        );
        assert_eq!(said("book.toml", text, "output.html"), None);
        let settings = Settings::read("book.toml", text).expect("TOML");
        assert!(settings.is_off("output.html.print.enable"));
        assert!(!settings.has_others("output", "html"));
        assert!(settings.has_others("output.html", "site-url"));
        assert_eq!(said("book.toml", "title = ", "title"), None);
    }

    #[test]
    fn of_yaml_what_one_line_says_is_read() {
        let text = "# site_name: no\nsite_name: My docs # yes\nsite_url: 'https://a.b/c/'\nnav:\n  site_dir: no\nextra: !!python/name:x\n";
        assert_eq!(
            said("mkdocs.yml", text, "site_name").as_deref(),
            Some("My docs")
        );
        assert_eq!(
            said("mkdocs.yml", text, "site_url").as_deref(),
            Some("https://a.b/c/")
        );
        for key in ["site_dir", "nav", "extra"] {
            assert_eq!(said("mkdocs.yml", text, key), None, "{key}");
        }
    }

    #[test]
    fn of_python_only_what_stands_in_quotes_is_read() {
        let text = "import os\nproject = 'Notes'  # the name\nauthor = os.environ['A']\nrelease = \"1\" + \"2\"\n";
        assert_eq!(said("conf.py", text, "project").as_deref(), Some("Notes"));
        assert_eq!(said("conf.py", text, "author"), None);
        assert_eq!(said("conf.py", text, "release"), None);
    }

    #[test]
    fn scripts_are_read_where_they_are_plain() {
        let eleventy = "module.exports = function (c) { return { dir: { output: 'out' } } }";
        assert_eq!(
            said(".eleventy.js", eleventy, "dir.output").as_deref(),
            Some("out")
        );
        let named =
            "export default function (c) {}\nexport const config = { dir: { output: 'out' } };";
        assert_eq!(
            said("eleventy.config.js", named, "dir.output").as_deref(),
            Some("out")
        );
        let docusaurus =
            "const config: Config = { title: 'T', baseUrl: '/r/' };\nexport default config;";
        assert_eq!(
            said("docusaurus.config.ts", docusaurus, "baseUrl").as_deref(),
            Some("/r/")
        );
        assert_eq!(
            said(
                "vite.config.js",
                "export default { base: process.env.B }",
                "base"
            ),
            None
        );
    }

    #[test]
    fn a_title_is_text() {
        let page = "<!doctype html><TITLE class=a>\n  Fish &amp; chips </title>";
        assert_eq!(
            said("index.html", page, "title").as_deref(),
            Some("Fish & chips")
        );
        assert_eq!(
            said("index.html", "<title>{{ name }}</title>", "title"),
            None
        );
        assert_eq!(said("index.html", "<p>", "title"), None);
    }
}
