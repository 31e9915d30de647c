//! A table of pwa.toml that becomes an object of the manifest: each question takes a key and leaves a member.

use super::members::{Members, Node};
use super::obsolete::{OBSOLETE, obsolete};
use crate::color::{Color, NoColor};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{At, Span, Table, Value, pick, wrong_kind};

/// A table that is being read, and what it came to so far.
pub(super) struct Reader<'r> {
    pub(super) table: Table,
    pub(super) members: Vec<(String, Node)>,
    pub(super) report: &'r mut Diagnostics,
}

/// Reads the items of a list that are tables.
pub(super) type ReadItem<'f> = &'f dyn Fn(&mut Reader, Span) -> Option<Node>;

/// Reads what stands for something in a language.
pub(super) type ReadValue<'f> = &'f dyn Fn(&mut Reader, &str, At<Value>) -> Option<Node>;

pub(super) const DIRECTIONS: [&str; 3] = ["ltr", "rtl", "auto"];

impl<'r> Reader<'r> {
    pub(super) fn of(table: Table, report: &'r mut Diagnostics) -> Self {
        Self {
            table,
            members: Vec::new(),
            report,
        }
    }

    pub(super) fn push(&mut self, key: &str, node: Node) {
        self.members.push((key.to_owned(), node));
    }

    /// Refuses every key that is left, the obsolete ones with what became of them.
    pub(super) fn finish(mut self) -> Vec<(String, Node)> {
        for (key, was, instead) in OBSOLETE {
            if let Some(span) = self.table.take_wrong(key) {
                self.report.report(obsolete(key, span, was, instead));
            }
        }
        self.table.finish(self.report);
        self.members
    }

    pub(super) fn take_text(&mut self, key: &'static str) -> Option<At<String>> {
        let written = self.table.text(key, self.report)?;
        if written.value.trim().is_empty() {
            self.report.report(empty(key, written.span));
            return None;
        }
        Some(written)
    }

    pub(super) fn text(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            self.push(key, Node::Text(written.value.trim().to_owned()));
        }
    }

    /// Refuses a table that lacks this.
    pub(super) fn needs(&mut self, key: &str, whole: &Span) -> bool {
        let there = self.members.iter().any(|(known, _)| known == key);
        if !there {
            self.report
                .report(lacks(&self.table.name, key, whole.clone()));
        }
        there
    }

    pub(super) fn take_choice(
        &mut self,
        key: &'static str,
        choices: &[&'static str],
    ) -> Option<At<&'static str>> {
        let choices: Vec<(&'static str, &'static str)> =
            choices.iter().map(|choice| (*choice, *choice)).collect();
        self.table.choice(key, &choices, self.report)
    }

    pub(super) fn choice(&mut self, key: &'static str, choices: &[&'static str]) {
        if let Some(choice) = self.take_choice(key, choices) {
            self.push(key, Node::Text(choice.value.to_owned()));
        }
    }

    pub(super) fn choices(&mut self, key: &'static str, choices: &[&'static str]) {
        let pairs: Vec<(&'static str, &'static str)> =
            choices.iter().map(|choice| (*choice, *choice)).collect();
        let Some(written) = self.table.texts(key, self.report) else {
            return;
        };
        let picked = written
            .into_iter()
            .filter_map(|at| pick(key, at, &pairs, self.report));
        let list = picked.map(|at| Node::Text(at.value.to_owned())).collect();
        self.push(key, Node::List(list));
    }

    pub(super) fn choice_or_choices(&mut self, key: &'static str, choices: &[&'static str]) {
        self.table.takes_several_kinds(key);
        match self.table.peek(key) {
            Some(_) => self.choice(key, choices),
            None => self.choices(key, choices),
        }
    }

    pub(super) fn take_color(&mut self, key: &'static str) -> Option<At<Color>> {
        let written = self.table.text(key, self.report)?;
        match Color::parse(&written.value) {
            Ok(color) => Some(At::new(color, written.span)),
            Err(why) => {
                self.report.report(no_color(key, &written, why));
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<u32>) {
        if let Some(number) = self.table.count(key, range, self.report) {
            self.push(key, Node::Number(number.value.into()));
        }
    }

    pub(super) fn language(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key)
            && checked_language(&written, self.report)
        {
            self.push(key, Node::Text(written.value));
        }
    }

    pub(super) fn page(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            self.push(key, Node::Page(written));
        }
    }

    /// Reads a text or a list of texts.
    pub(super) fn one_or_more(&mut self, key: &'static str) {
        self.table.takes_several_kinds(key);
        let texts = match self.table.peek(key) {
            Some(_) => self.table.text(key, self.report).map(|at| vec![at]),
            None => self.table.texts(key, self.report),
        };
        if let Some(texts) = texts {
            let list = texts.into_iter().map(|at| Node::Text(at.value)).collect();
            self.push(key, Node::List(list));
        }
    }

    /// Reads an address of another site.
    pub(super) fn address(&mut self, key: &'static str) {
        if let Some(written) = self.take_text(key) {
            if is_address(&written.value) {
                self.push(key, Node::Text(written.value));
            } else {
                self.report.report(no_address(key, &written));
            }
        }
    }

    /// Reads a table inside this one.
    pub(super) fn inner(&mut self, key: &'static str, read: &dyn Fn(&mut Reader)) {
        if let Some(table) = self.table.table(key, self.report) {
            let mut inner = Reader::of(table, self.report);
            read(&mut inner);
            let members = Members(inner.finish());
            self.push(key, Node::Members(members));
        }
    }

    pub(super) fn list(&mut self, key: &'static str, read: ReadItem) {
        if let Some(value) = self.table.value(key)
            && let Some(list) = self.list_of(key, value, read)
        {
            self.push(key, list);
        }
    }

    pub(super) fn list_of(&mut self, key: &str, value: At<Value>, read: ReadItem) -> Option<Node> {
        let items = match value.value {
            Value::List(items) => items,
            other => {
                self.report
                    .report(wrong_kind(key, "a list of tables", &other, value.span));
                return None;
            }
        };
        let mut list = Vec::new();
        for item in items {
            match item.value {
                Value::Table(mut table) => {
                    table.name = format!("[[manifest.{key}]]");
                    let mut inner = Reader::of(table, self.report);
                    let node = read(&mut inner, item.span);
                    let members = Members(inner.finish());
                    list.extend(
                        node.or_else(|| (!members.0.is_empty()).then_some(Node::Members(members))),
                    );
                }
                other => self
                    .report
                    .report(wrong_kind(key, "a list of tables", &other, item.span)),
            }
        }
        Some(Node::List(list))
    }

    /// Reads a table from languages to what stands for something there.
    pub(super) fn language_map(&mut self, key: &'static str, read: ReadValue) {
        let Some(table) = self.table.table(key, self.report) else {
            return;
        };
        let mut map = Members::default();
        for (language, value) in table.into_entries_of_several_kinds() {
            if checked_language(&language, self.report)
                && let Some(node) = read(self, key, value)
            {
                map.push(&language.value, node);
            }
        }
        self.push(key, Node::Members(map));
    }

    pub(super) fn language_texts(&mut self, key: &'static str) {
        self.language_map(key, &|read, key, value| match value.value {
            Value::Text(text) if text.trim().is_empty() => {
                read.report.report(empty(key, value.span));
                None
            }
            Value::Text(text) => Some(Node::Text(text.trim().to_owned())),
            Value::Table(table) => {
                let mut inner = Reader::of(table, read.report);
                inner.text("value");
                inner.language("lang");
                inner.choice("dir", &DIRECTIONS);
                inner.needs("value", &value.span);
                Some(Node::Members(Members(inner.finish())))
            }
            other => {
                let wanted = "a text, or a table with `value`, `lang` and `dir`";
                read.report
                    .report(wrong_kind(key, wanted, &other, value.span));
                None
            }
        });
    }

    /// Reads what mdpwa does not know, as it is; what it knows has to stand in its own place.
    pub(super) fn extra(&mut self) {
        let Some(table) = self.table.table("extra", self.report) else {
            return;
        };
        for (key, value) in table.into_entries_of_several_kinds() {
            if self.table.knows(&key.value) || OBSOLETE.iter().any(|(old, ..)| *old == key.value) {
                self.report.report(not_extra(&key));
            } else {
                self.push(&key.value, Node::Raw(value.value.to_json()));
            }
        }
    }
}

pub(super) fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").unwrap_or_default();
    !host.is_empty() && !host.starts_with('/') && !host.contains(' ')
}

fn checked_language(tag: &At<String>, report: &mut Diagnostics) -> bool {
    let known = is_language(&tag.value);
    if !known {
        report.report(no_language(tag));
    }
    known
}

/// Says whether a tag is one of BCP 47, by its form.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(plain)
}

fn empty(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error("manifest-empty", format!("`{key}` is empty"), span)
        .label("nothing but space")
        .help(format!("write something, or remove `{key}`"))
}

pub(super) fn lacks(table: &str, key: &str, span: Span) -> Diagnostic {
    Diagnostic::error("manifest-lacks", format!("{table} lacks `{key}`"), span)
        .label("browsers would pass over all of it")
        .help(format!("add `{key}`"))
}

fn no_color(key: &str, written: &At<String>, why: NoColor) -> Diagnostic {
    let label = match why {
        NoColor::Unknown => "no colour of CSS",
        NoColor::Transparent => "one can look through it, and there is nothing behind",
    };
    Diagnostic::error(
        "manifest-color",
        format!("`{key}` is not a colour that can be used"),
        written.span.clone(),
    )
    .label(label)
    .help("give an opaque colour, such as `\"#1d5c53\"`")
}

fn no_language(tag: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-language",
        format!("`{}` is not a language", tag.value),
        tag.span.clone(),
    )
    .label("browsers would pass over it")
    .help("give a tag of BCP 47, such as `fr` or `pt-BR`")
}

pub(super) fn no_address(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-address",
        format!("`{key}` is not the address of a site"),
        written.span.clone(),
    )
    .label("does not start with `https://`")
    .help("write the whole address: it is that of another origin")
}

fn not_extra(key: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-extra",
        format!("`{}` is no extra", key.value),
        key.span.clone(),
    )
    .label("mdpwa knows it")
    .help("move it to `[manifest]`, where it is checked")
}
