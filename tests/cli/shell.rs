//! What shells, editors and pipelines get: completions, manual pages, the schema, colours, variables.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::site::Site;

fn printed<const N: usize>(words: [&str; N]) -> String {
    let output = Site::new().mdpwa(words).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn five_shells_complete_every_command() {
    let help = printed(["--help"]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(["completions", shell]);
        for command in ["build", "explain", "diff", "doctor"] {
            assert!(
                script.contains(command) && help.contains(command),
                "{shell}: {command}"
            );
        }
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    assert!(printed(["man"]).contains("mdpwa\\-build"));
    let page = printed(["man", "build"]);
    assert!(
        page.contains(".TH mdpwa-build") && page.contains("\\-\\-watch"),
        "{page}"
    );
    Site::new().mdpwa(["man", "fly"]).assert().code(2);
}

/// Every pwa.toml that the other tests build.
fn configurations() -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut texts = Vec::new();
    for folder in ["golden", "trees"] {
        for entry in walkdir::WalkDir::new(tests.join(folder)) {
            let path = entry.expect("an entry").into_path();
            if path.extension().is_some_and(|end| end == "toml") {
                texts.push(fs::read_to_string(path).expect("a text"));
            }
        }
    }
    texts
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema: Value = serde_json::from_str(&printed(["schema"])).expect("JSON");
    let texts = configurations();
    assert!(texts.len() > 8);
    let mut used = BTreeSet::new();
    for text in texts {
        let value: toml::Table = text.parse().expect("TOML");
        let value = serde_json::to_value(value).expect("JSON");
        check(&schema, &value, "", &mut used);
    }
    assert!(used.len() > 60, "{used:?}");
}

/// A validator of what our schema is made of.
fn check(schema: &Value, value: &Value, at: &str, used: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::Null => "null",
    };
    if let Some(wanted) = schema["type"].as_str() {
        assert_eq!(wanted, kind, "{at}");
    }
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{at}: {value} of {choices:?}");
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str()) {
        let regex = regress::Regex::new(pattern).expect("a regular expression");
        assert!(regex.find(text).is_some(), "{at}: {text}");
    }
    if let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for (key, inner) in fields {
            used.insert(key.clone());
            let known = properties
                .get(key)
                .unwrap_or(&schema["additionalProperties"]);
            assert_ne!(
                known,
                &Value::Bool(false),
                "the schema has no `{key}` at {at}"
            );
            check(known, inner, &format!("{at}/{key}"), used);
        }
    }
    if let (Some(items), Some(each)) = (value.as_array(), schema.get("items")) {
        for item in items {
            check(each, item, at, used);
        }
    }
}

#[test]
fn the_reader_knows_every_key_of_the_schema_and_no_other() {
    let schema: Value = serde_json::from_str(&printed(["schema"])).expect("JSON");
    let properties = schema["properties"].as_object().expect("tables");
    let mut looked_at = 0;
    for (name, table) in properties {
        let (table, heading) = match table["items"].is_object() {
            true => (&table["items"], format!("[[{name}]]")),
            false => (table, format!("[{name}]")),
        };
        let Some(keys) = table["properties"]
            .as_object()
            .filter(|_| table["additionalProperties"] == false)
        else {
            continue;
        };
        let site = Site::new();
        site.write("pwa.toml", &format!("{heading}\n\"%\" = 1\n"));
        let output = site
            .mdpwa(["plan", "--format", "json", "--root", "site"])
            .output()
            .expect("it runs");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let help = said["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["code"] == "key-unknown")
            .and_then(|one| one["help"].as_str())
            .unwrap_or_else(|| panic!("{heading} took what is no key: {said}"));
        let named: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        let known: BTreeSet<&str> = keys.keys().map(String::as_str).collect();
        assert_eq!(named, known, "{heading}");
        looked_at += 1;
    }
    assert!(looked_at > 8);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let site = Site::new();
    site.write("pwa.toml", "[app]\nnme = \"Notes\"\n");
    let shown = |variable: &str, value: &str| {
        let output = site
            .mdpwa(["build"])
            .env(variable, value)
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(!shown("NO_COLOR", "1").contains('\u{1b}'));
    assert!(shown("CLICOLOR_FORCE", "1").contains('\u{1b}'));
}

#[test]
fn a_preview_is_not_built_where_the_host_says_that_it_is_one() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\nskip_when = [\"CONTEXT=deploy-preview\", \"CF_PAGES_BRANCH!=main\"]\n",
    );
    let before = site.everything();
    let said = |context: &str, branch: &str| {
        let command = site
            .mdpwa(["build"])
            .env("CONTEXT", context)
            .env("CF_PAGES_BRANCH", branch);
        let output = command.assert().success();
        String::from_utf8_lossy(&output.get_output().stdout).into_owned()
    };
    assert!(said("deploy-preview", "main").contains("`CONTEXT=deploy-preview` of `skip_when`"));
    assert!(said("production", "draft").contains("`CF_PAGES_BRANCH!=main` of `skip_when`"));
    site.mdpwa(["build"])
        .env("MDPWA_SKIP", "1")
        .assert()
        .success();
    assert_eq!(site.everything(), before, "nothing was written");
    assert!(said("production", "main").contains("wrote"));
}
