//! The JSON Schema of pwa.toml, for editors: what the reader itself asks for, so that the two cannot disagree.

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::document::{Kind, Shape};

/// What editors show about the tables.
const ABOUT: [(&str, &str); 14] = [
    (
        "app",
        "Who owns the caches, where the built site is, how its host names files.",
    ),
    ("worker", "The files that mdpwa writes."),
    (
        "assets",
        "Files that are stored and verified, so that the site opens without a network.",
    ),
    (
        "budget",
        "More than this is an error that names the largest files.",
    ),
    ("pages", "How a navigation is answered."),
    (
        "routes",
        "What else is kept, once it was loaded; the first rule that matches wins.",
    ),
    (
        "update",
        "How a new version reaches the pages that are open.",
    ),
    (
        "manifest",
        "What the app is called, how it opens, what it takes from other apps: the members of the W3C's manifest.",
    ),
    (
        "icons",
        "The app's icons, drawn in all sizes from one square SVG or PNG.",
    ),
    (
        "html",
        "What is put into the head of every page: the registration, the manifest, the icons.",
    ),
    (
        "retire",
        "Workers of other tools that visitors may still have.",
    ),
    ("endpoints", "Where queued work is sent, by name."),
    ("sync", "Work that waits for the network, by tag."),
    (
        "sync_defaults",
        "What every endpoint and tag does that does not say otherwise.",
    ),
];

/// Returns the schema.
pub fn schema() -> Value {
    let shape = Config::shape();
    let mut whole = table(&shape);
    for (name, about) in ABOUT {
        if let Some(described) = whole
            .pointer_mut(&format!("/properties/{name}"))
            .and_then(Value::as_object_mut)
        {
            described.insert("description".to_owned(), about.into());
        }
    }
    // The defaults are read as they come, and mean what they mean in a tag.
    let of_a_tag = whole["properties"]["sync"]["items"]["properties"].clone();
    if let Some(defaults) = whole
        .pointer_mut("/properties/sync_defaults/properties")
        .and_then(Value::as_object_mut)
    {
        for (key, value) in defaults.iter_mut() {
            if let Some(known) = of_a_tag.get(key) {
                *value = known.clone();
            }
        }
    }
    whole["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    whole["title"] = "pwa.toml".into();
    whole
}

fn table(shape: &Shape) -> Value {
    let properties: Map<String, Value> = shape
        .keys()
        .map(|(key, asked)| (key.to_owned(), kind(asked)))
        .collect();
    let mut table = json!({ "type": "object", "properties": properties });
    table["additionalProperties"] = shape.any_name().map_or(false.into(), kind);
    table
}

fn kind(asked: &Kind) -> Value {
    match asked {
        Kind::Any => json!({}),
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::TextMap => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Choice(names) => json!({ "enum": names }),
        Kind::Measure(units) => json!({
            "type": "string",
            "pattern": format!("^\\s*[0-9]+\\s*({})$", units.join("|")),
        }),
        Kind::Table(shape) => table(&shape.borrow()),
        Kind::Tables(shape) => json!({ "type": "array", "items": table(&shape.borrow()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_table_is_read() {
        let schema = schema();
        for (name, _) in ABOUT {
            assert!(
                schema["properties"][name]["description"].is_string(),
                "{name}"
            );
        }
    }

    #[test]
    fn choices_units_and_ranges_are_the_reader_s() {
        let schema = schema();
        let app = &schema["properties"]["app"]["properties"];
        assert!(
            app["host"]["enum"]
                .as_array()
                .is_some_and(|hosts| hosts.contains(&json!("netlify")))
        );
        let assets = &schema["properties"]["assets"]["items"]["properties"];
        assert_eq!(
            assets["max_file"]["pattern"],
            "^\\s*[0-9]+\\s*(KiB|MiB|GiB|KB|MB|GB|B)$"
        );
        assert_eq!(
            schema["properties"]["worker"]["properties"]["parallel"]["maximum"],
            64
        );
        let retry =
            &schema["properties"]["endpoints"]["additionalProperties"]["properties"]["retry"];
        assert_eq!(retry["properties"]["factor"]["type"], "integer");
        assert_eq!(
            schema["properties"]["sync_defaults"]["properties"]["retry"]["type"],
            "object"
        );
    }
}
