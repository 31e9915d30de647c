//! What the app has to do with stores, other apps and other sites.

use super::members::{Members, Node};
use super::reader::{Reader, is_address, lacks, no_address};
use crate::diagnostic::{Diagnostic, nearest};
use crate::document::{At, Span, Value, wrong_kind};

const CATEGORIES: [&str; 28] = [
    "books",
    "business",
    "education",
    "entertainment",
    "finance",
    "fitness",
    "food",
    "games",
    "government",
    "health",
    "kids",
    "lifestyle",
    "magazines",
    "medical",
    "music",
    "navigation",
    "news",
    "personalization",
    "photo",
    "politics",
    "productivity",
    "security",
    "shopping",
    "social",
    "sports",
    "travel",
    "utilities",
    "weather",
];

impl Reader<'_> {
    pub(super) fn categories(&mut self) {
        let Some(written) = self.table.texts("categories", self.report) else {
            return;
        };
        for category in &written {
            if !CATEGORIES.contains(&category.value.as_str()) {
                self.report.report(unknown_category(category));
            }
        }
        let list = written.into_iter().map(|at| Node::Text(at.value)).collect();
        self.push("categories", Node::List(list));
    }

    pub(super) fn prefer_related(&mut self) {
        if let Some(prefer) = self.table.flag("prefer_related_applications", self.report) {
            if prefer.value {
                self.report.report(another_is_preferred(prefer.span));
            }
            self.push("prefer_related_applications", Node::Flag(prefer.value));
        }
    }

    pub(super) fn migration(&mut self) {
        if let Some(value) = self.table.value("migrate_from") {
            let items = match value.value {
                Value::List(items) => items,
                other => vec![At::new(other, value.span)],
            };
            let list: Vec<Node> = items
                .into_iter()
                .filter_map(|item| self.migrated_app(item))
                .collect();
            self.push("migrate_from", Node::List(list));
        }
        if let Some(table) = self.table.table("migrate_to", self.report) {
            let span = table.span.clone();
            let mut read = Reader::of(table, self.report);
            read.address("id");
            read.address("install_url");
            read.needs("id", &span);
            read.needs("install_url", &span);
            let members = Members(read.finish());
            self.push("migrate_to", Node::Members(members));
        }
    }

    fn migrated_app(&mut self, item: At<Value>) -> Option<Node> {
        match item.value {
            Value::Text(text) if is_address(&text) => Some(Node::Text(text)),
            Value::Text(text) => {
                self.report
                    .report(no_address("migrate_from", &At::new(text, item.span)));
                None
            }
            Value::Table(table) => {
                let mut read = Reader::of(table, self.report);
                read.address("id");
                read.address("install_url");
                read.choice("behavior", &["suggest", "force"]);
                read.needs("id", &item.span);
                Some(Node::Members(Members(read.finish())))
            }
            other => {
                let wanted =
                    "a list of addresses, or of tables with `id`, `install_url` and `behavior`";
                self.report
                    .report(wrong_kind("migrate_from", wanted, &other, item.span));
                None
            }
        }
    }
}

pub(super) fn related_application(read: &mut Reader, span: Span) -> Option<Node> {
    read.text("platform");
    read.text("url");
    read.text("id");
    read.text("min_version");
    if read.needs("platform", &span)
        && !read
            .members
            .iter()
            .any(|(key, _)| key == "url" || key == "id")
    {
        read.report.report(lacks(&read.table.name, "id", span));
    }
    None
}

pub(super) fn scope_extension(read: &mut Reader, span: Span) -> Option<Node> {
    read.choice("type", &["origin", "site"]);
    if let Some(origin) = read.take_text("origin") {
        let host = origin.value.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            read.report.report(no_origin(&origin));
        }
        read.push("origin", Node::Text(origin.value));
    }
    if !read.members.iter().any(|(key, _)| key == "type") {
        read.members
            .insert(0, ("type".to_owned(), Node::Text("origin".to_owned())));
    }
    read.needs("origin", &span);
    None
}

fn unknown_category(written: &At<String>) -> Diagnostic {
    let help = match nearest(&written.value, CATEGORIES) {
        Some(near) => format!("the nearest known one is `{near}`"),
        None => format!("known are {}", CATEGORIES.join(", ")),
    };
    Diagnostic::warning(
        "manifest-category",
        format!("stores do not know the category `{}`", written.value),
        written.span.clone(),
    )
    .label("not one of the list of the W3C")
    .help(help)
}

fn another_is_preferred(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "manifest-prefer-related",
        "browsers will offer another app instead of this one",
        span,
    )
    .label("no installation of the site is offered")
    .help("remove it, unless the app of a store is the better one")
}

fn no_origin(written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-origin",
        format!("`{}` is not an origin", written.value),
        written.span.clone(),
    )
    .label("`https://` and a host, nothing more")
    .help("write, for example, `\"https://notes.example\"`")
}
