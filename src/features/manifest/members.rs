//! What stands in a manifest, and how it becomes JSON.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::pictures::WrittenPicture;
use crate::document::At;

/// What stands in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    Flag(bool),
    Number(i64),
    List(Vec<Node>),
    Members(Members),
    Raw(serde_json::Value),
    /// A page of the app, from the site's root.
    Page(At<String>),
    Picture(Box<WrittenPicture>),
}

/// The members of an object, in the order in which people would look for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(pub Vec<(String, Node)>);

impl Members {
    pub(super) fn push(&mut self, key: &str, node: Node) {
        self.0.push((key.to_owned(), node));
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }

    /// Returns the members of a manifest in the order in which people look for them.
    pub(super) fn sorted(mut self) -> Self {
        let rank = |key: &str| {
            ORDER
                .iter()
                .position(|known| *known == key)
                .unwrap_or(ORDER.len())
        };
        self.0.sort_by_key(|(key, _)| rank(key));
        self
    }
}

impl Node {
    pub(super) fn sources(&self, sources: &mut Vec<String>) {
        match self {
            Node::Picture(picture) => sources.push(picture.src.value.clone()),
            Node::List(items) => items.iter().for_each(|item| item.sources(sources)),
            Node::Members(members) => members.0.iter().for_each(|(_, node)| node.sources(sources)),
            Node::Text(_) | Node::Flag(_) | Node::Number(_) | Node::Raw(_) | Node::Page(_) => {}
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }
}

const ORDER: [&str; 20] = [
    "name",
    "name_localized",
    "short_name",
    "short_name_localized",
    "description",
    "description_localized",
    "lang",
    "dir",
    "id",
    "start_url",
    "scope",
    "display",
    "display_override",
    "orientation",
    "theme_color",
    "background_color",
    "color_scheme_dark",
    "categories",
    "icons",
    "icons_localized",
];

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, node) in &self.0 {
            map.serialize_entry(key, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Text(text) => serializer.serialize_str(text),
            Node::Page(written) => serializer.serialize_str(&written.value),
            Node::Picture(picture) => serializer.serialize_str(&picture.src.value),
            Node::Flag(flag) => serializer.serialize_bool(*flag),
            Node::Number(number) => serializer.serialize_i64(*number),
            Node::List(items) => items.serialize(serializer),
            Node::Members(members) => members.serialize(serializer),
            Node::Raw(value) => value.serialize(serializer),
        }
    }
}
