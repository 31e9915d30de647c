//! pwa.toml as values that know their place in the text, and the typed questions that sections ask of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use toml::de::{DeTable, DeValue};

pub use crate::diagnostic::Span;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, one_of};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T> At<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> At<U> {
        At::new(into(self.value), self.span)
    }
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Flag(bool),
    Integer(i64),
    Float(f64),
    /// A TOML date or time, as written.
    Date(String),
    List(Vec<At<Value>>),
    Table(Table),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Flag(_) => "a boolean",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// Returns the value as JSON; dates become strings.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Text(text) | Value::Date(text) => text.clone().into(),
            Value::Flag(flag) => (*flag).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Value::Table(table) => serde_json::Value::Object(
                table
                    .entries
                    .iter()
                    .map(|entry| (entry.key.value.clone(), entry.value.value.to_json()))
                    .collect(),
            ),
        }
    }
}

/// A table of pwa.toml that is being read: each question takes its key out, `finish` refuses what is left.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// As the user would say it: `[pages]`, `[[sync]]`.
    pub name: String,
    pub span: Span,
    entries: Vec<Entry>,
    asked: Vec<&'static str>,
    /// Written down for those who want to know what is asked.
    shape: Option<Rc<RefCell<Shape>>>,
}

/// What a reader asks a table for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    keys: BTreeMap<&'static str, Kind>,
    /// Of the values whose keys the user chooses.
    any_name: Option<Box<Kind>>,
}

/// The kind of value that a question is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Several kinds, of which the reader makes what it can.
    Any,
    Text,
    Texts,
    TextMap,
    Flag,
    /// From, to.
    Count(u32, u32),
    Choice(Vec<&'static str>),
    /// A number and one of these units.
    Measure(Vec<&'static str>),
    Table(Rc<RefCell<Shape>>),
    Tables(Rc<RefCell<Shape>>),
}

impl Shape {
    /// Returns every key that is asked for.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &Kind)> {
        self.keys.iter().map(|(key, kind)| (*key, kind))
    }

    /// Returns the kind of the values whose keys the user chooses, where they are chosen.
    pub fn any_name(&self) -> Option<&Kind> {
        self.any_name.as_deref()
    }

    /// The first to ask knows best: what follows are the questions that it consists of.
    fn note(&mut self, key: &'static str, kind: Kind) {
        self.keys.entry(key).or_insert(kind);
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: At<String>,
    value: At<Value>,
}

impl Table {
    /// Returns a table that was not written.
    pub fn empty(name: &str) -> Table {
        Table {
            name: name.to_owned(),
            span: 0..0,
            entries: Vec::new(),
            asked: Vec::new(),
            shape: None,
        }
    }

    /// Returns a table that has whatever tables are asked for and nothing else, and writes the questions down.
    pub fn asking() -> (Table, Rc<RefCell<Shape>>) {
        let shape = Rc::<RefCell<Shape>>::default();
        let table = Table {
            shape: Some(Rc::clone(&shape)),
            ..Table::empty("")
        };
        (table, shape)
    }

    /// Writes a question down, where somebody wants to know.
    fn note(&self, key: &'static str, kind: impl FnOnce() -> Kind) {
        if let Some(shape) = &self.shape {
            shape.borrow_mut().note(key, kind());
        }
    }

    /// Returns a table to put further questions to, where they are only written down.
    fn asked_further(
        &self,
        key: &'static str,
        kind: fn(Rc<RefCell<Shape>>) -> Kind,
    ) -> Option<Table> {
        self.shape.as_ref()?;
        let (table, shape) = Table::asking();
        self.note(key, || kind(shape));
        Some(table)
    }

    /// Parses pwa.toml; every syntax error is reported.
    pub fn parse(text: &str, report: &mut Diagnostics) -> Option<Table> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            report.report(not_toml(error.message(), clamp(span, text)));
        }
        if !errors.is_empty() {
            return None;
        }
        let span = table.span();
        Some(Table::from_toml(String::new(), span, table.get_ref()))
    }

    fn from_toml(name: String, span: Span, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| {
                let text = key.get_ref().to_string();
                let inner = if name.is_empty() {
                    text.clone()
                } else {
                    format!("{}.{text}", name.trim_matches(['[', ']']))
                };
                Entry {
                    value: At::new(
                        from_toml(inner, value.get_ref(), value.span()),
                        value.span(),
                    ),
                    key: At::new(text, key.span()),
                }
            })
            .collect();
        entries.sort_by_key(|entry| entry.key.span.start);
        Table {
            name,
            span,
            entries,
            asked: Vec::new(),
            shape: None,
        }
    }

    /// Returns every key and value, for tables whose keys the user chooses.
    pub fn into_entries(mut self) -> impl Iterator<Item = (At<String>, At<Value>)> {
        if let Some(shape) = &self.shape {
            let (table, inner) = Table::asking();
            shape.borrow_mut().any_name = Some(Box::new(Kind::Table(inner)));
            self.entries.push(Entry {
                key: At::new("name".to_owned(), 0..0),
                value: At::new(Value::Table(table), 0..0),
            });
        }
        self.into_pairs()
    }

    /// Returns every key and value, where the values may be of several kinds, too.
    pub fn into_entries_of_several_kinds(self) -> impl Iterator<Item = (At<String>, At<Value>)> {
        if let Some(shape) = &self.shape {
            shape.borrow_mut().any_name = Some(Box::new(Kind::Any));
        }
        self.into_pairs()
    }

    fn into_pairs(self) -> impl Iterator<Item = (At<String>, At<Value>)> {
        let entries = self.entries.into_iter();
        entries.map(|entry| (entry.key, entry.value))
    }

    /// Says whether a key is written that nobody has asked for yet.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }

    pub fn value(&mut self, key: &'static str) -> Option<At<Value>> {
        self.asked.push(key);
        self.note(key, || Kind::Any);
        let at = self
            .entries
            .iter()
            .position(|entry| entry.key.value == key)?;
        Some(self.entries.remove(at).value)
    }

    pub fn text(&mut self, key: &'static str, report: &mut Diagnostics) -> Option<At<String>> {
        self.note(key, || Kind::Text);
        let value = self.value(key)?;
        match value.value {
            Value::Text(text) => Some(At::new(text, value.span)),
            other => {
                report.report(wrong_kind(key, "a string", &other, value.span));
                None
            }
        }
    }

    pub fn flag(&mut self, key: &'static str, report: &mut Diagnostics) -> Option<At<bool>> {
        self.note(key, || Kind::Flag);
        let value = self.value(key)?;
        match value.value {
            Value::Flag(flag) => Some(At::new(flag, value.span)),
            other => {
                report.report(wrong_kind(key, "`true` or `false`", &other, value.span));
                None
            }
        }
    }

    /// Returns a whole number within `range`.
    pub fn count(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        report: &mut Diagnostics,
    ) -> Option<At<u32>> {
        self.note(key, || Kind::Count(*range.start(), *range.end()));
        let value = self.value(key)?;
        match &value.value {
            Value::Integer(number) => match u32::try_from(*number) {
                Ok(number) if range.contains(&number) => Some(At::new(number, value.span)),
                _ => {
                    report.report(
                        Diagnostic::error(
                            "value-range",
                            format!("`{key}` is out of range"),
                            value.span,
                        )
                        .label(format!("{number}"))
                        .help(format!(
                            "give a whole number from {} to {}",
                            range.start(),
                            range.end()
                        )),
                    );
                    None
                }
            },
            other => {
                report.report(wrong_kind(key, "a whole number", other, value.span.clone()));
                None
            }
        }
    }

    /// Returns a list of strings.
    pub fn texts(
        &mut self,
        key: &'static str,
        report: &mut Diagnostics,
    ) -> Option<Vec<At<String>>> {
        self.note(key, || Kind::Texts);
        let value = self.value(key)?;
        let items = match value.value {
            Value::List(items) => items,
            other => {
                report.report(wrong_kind(key, "a list of strings", &other, value.span));
                return None;
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match item.value {
                Value::Text(text) => texts.push(At::new(text, item.span)),
                other => report.report(wrong_kind(key, "a list of strings", &other, item.span)),
            }
        }
        Some(texts)
    }

    /// Returns a table of strings, such as headers.
    pub fn text_map(
        &mut self,
        key: &'static str,
        report: &mut Diagnostics,
    ) -> Option<Vec<(At<String>, At<String>)>> {
        self.note(key, || Kind::TextMap);
        let table = self.table(key, report)?;
        let mut pairs = Vec::new();
        for (name, value) in table.into_entries() {
            match value.value {
                Value::Text(text) => pairs.push((name, At::new(text, value.span))),
                other => report.report(wrong_kind(&name.value, "a string", &other, value.span)),
            }
        }
        Some(pairs)
    }

    /// Returns one of the named choices.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        report: &mut Diagnostics,
    ) -> Option<At<T>> {
        self.note(key, || {
            Kind::Choice(choices.iter().map(|(name, _)| *name).collect())
        });
        let written = self.text(key, report)?;
        pick(key, written, choices, report)
    }

    /// Returns milliseconds, written as `"3s"`, `"250ms"`, `"5m"`, `"12h"` or `"30d"`.
    pub fn duration(&mut self, key: &'static str, report: &mut Diagnostics) -> Option<At<u64>> {
        self.measure(key, "duration", "3s", &TIMES, report)
    }

    /// Returns bytes, written as `"512B"`, `"256KiB"`, `"5MiB"`, `"1GiB"` or with decimal `KB`, `MB`, `GB`.
    pub fn size(&mut self, key: &'static str, report: &mut Diagnostics) -> Option<At<u64>> {
        const UNITS: [(&str, u64); 7] = [
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("KB", 1_000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
            ("B", 1),
        ];
        self.measure(key, "size", "5MiB", &UNITS, report)
    }

    fn measure(
        &mut self,
        key: &'static str,
        noun: &str,
        example: &str,
        units: &[(&'static str, u64)],
        report: &mut Diagnostics,
    ) -> Option<At<u64>> {
        self.note(key, || {
            Kind::Measure(units.iter().map(|(unit, _)| *unit).collect())
        });
        let value = self.value(key)?;
        let names: Vec<&str> = units.iter().map(|(unit, _)| *unit).collect();
        let help = format!(
            "write a number and a unit in a string, such as `\"{example}\"`; units are {}",
            one_of(&names)
        );
        let problem = match &value.value {
            Value::Text(text) => match amount(text, units) {
                Ok(total) => return Some(At::new(total, value.span)),
                Err(Unmeasured::TooLarge) => format!("this {noun} is too large"),
                Err(Unmeasured::NotWhole) => "not a whole number".to_owned(),
                Err(Unmeasured::NoUnit) => "no unit that is known".to_owned(),
            },
            Value::Integer(_) | Value::Float(_) => "a bare number has no unit".to_owned(),
            other => format!("this is {}", other.kind()),
        };
        report.report(
            Diagnostic::error("value-unit", format!("`{key}` is not a {noun}"), value.span)
                .label(problem)
                .help(help),
        );
        None
    }

    pub fn table(&mut self, key: &'static str, report: &mut Diagnostics) -> Option<Table> {
        if let Some(table) = self.asked_further(key, Kind::Table) {
            return Some(table);
        }
        let value = self.value(key)?;
        match value.value {
            Value::Table(table) => Some(table),
            other => {
                report.report(wrong_kind(key, "a table", &other, value.span));
                None
            }
        }
    }

    /// Returns the tables of an array `[[key]]`.
    pub fn tables(&mut self, key: &'static str, report: &mut Diagnostics) -> Vec<Table> {
        if let Some(table) = self.asked_further(key, Kind::Tables) {
            return vec![table];
        }
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let items = match value.value {
            Value::List(items) => items,
            other => {
                report.report(
                    wrong_kind(key, "a list of tables", &other, value.span)
                        .help(format!("write `[[{key}]]`, once for each")),
                );
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for item in items {
            match item.value {
                Value::Table(mut table) => {
                    table.name = format!("[[{key}]]");
                    tables.push(table);
                }
                other => report.report(wrong_kind(key, "a list of tables", &other, item.span)),
            }
        }
        tables
    }

    /// Takes over what `defaults` says about these keys and this table does not.
    pub fn inherit(&mut self, defaults: &Table, keys: &[&str]) {
        for entry in &defaults.entries {
            let key = &entry.key.value;
            let said = self.entries.iter().any(|own| own.key.value == *key);
            if keys.contains(&key.as_str()) && !said {
                self.entries.push(entry.clone());
            }
        }
    }

    /// Takes out a key that is known for being wrong, and returns its place; it is no suggestion for others.
    pub fn take_wrong(&mut self, key: &str) -> Option<Span> {
        let at = self
            .entries
            .iter()
            .position(|entry| entry.key.value == key)?;
        Some(self.entries.remove(at).key.span)
    }

    /// Says whether somebody has asked for this key.
    pub fn knows(&self, key: &str) -> bool {
        self.asked.contains(&key)
    }

    /// Says that a key takes values of several kinds, before each of them is asked for.
    pub fn takes_several_kinds(&self, key: &'static str) {
        self.note(key, || Kind::Any);
    }

    /// Returns the text of a key without taking it out.
    pub fn peek(&self, key: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.key.value == key)?;
        match &entry.value.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value at a path of keys, with dots between them, without taking it out.
    pub fn reach(&self, path: &str) -> Option<&Value> {
        let (key, rest) = path.split_once('.').unwrap_or((path, ""));
        let entry = self.entries.iter().find(|entry| entry.key.value == key)?;
        match (&entry.value.value, rest) {
            (value, "") => Some(value),
            (Value::Table(inner), rest) => inner.reach(rest),
            _ => None,
        }
    }

    /// Returns the keys that nobody has asked for yet.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.value.as_str())
    }

    /// Refuses every key that nobody asked for.
    pub fn finish(self, report: &mut Diagnostics) {
        let place = if self.name.is_empty() {
            "pwa.toml"
        } else {
            &self.name
        };
        for entry in &self.entries {
            let key = &entry.key.value;
            let help = match nearest(key, self.asked.iter().copied()) {
                Some(near) => format!("the nearest key is `{near}`"),
                None => format!(
                    "the keys of {place} are {}",
                    one_of(&self.asked).replace(" or ", " and ")
                ),
            };
            report.report(
                Diagnostic::error(
                    "key-unknown",
                    format!("{place} has no key `{key}`"),
                    entry.key.span.clone(),
                )
                .label("not known here")
                .help(help),
            );
        }
    }
}

const TIMES: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Returns the milliseconds of a duration that stands among other words.
pub fn milliseconds(text: &str) -> Option<u64> {
    amount(text, &TIMES).ok()
}

/// Why a text is not a number with a unit.
enum Unmeasured {
    TooLarge,
    NotWhole,
    NoUnit,
}

fn amount(text: &str, units: &[(&str, u64)]) -> Result<u64, Unmeasured> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = units
        .iter()
        .find(|(unit, _)| *unit == &text[digits.len()..]);
    match (digits.trim().parse::<u64>(), unit) {
        (Ok(number), Some((_, factor))) => number
            .checked_mul(*factor)
            .filter(|total| *total <= MAX_MEASURE)
            .ok_or(Unmeasured::TooLarge),
        (Err(_), Some(_)) => Err(Unmeasured::NotWhole),
        (_, None) => Err(Unmeasured::NoUnit),
    }
}

/// Larger durations and sizes are mistakes; all smaller ones are exact in a JavaScript number.
const MAX_MEASURE: u64 = 1 << 50;

/// Returns the choice of that name.
pub fn pick<T: Copy>(
    key: &str,
    written: At<String>,
    choices: &[(&'static str, T)],
    report: &mut Diagnostics,
) -> Option<At<T>> {
    if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == written.value) {
        return Some(At::new(*choice, written.span));
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let help = match nearest(&written.value, names.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`; `{key}` can be {}", one_of(&names)),
        None => format!("`{key}` can be {}", one_of(&names)),
    };
    report.report(
        Diagnostic::error(
            "value-unknown",
            format!("`{key}` cannot be `{}`", written.value),
            written.span,
        )
        .label("not one of the choices")
        .help(help),
    );
    None
}

fn from_toml(name: String, value: &DeValue<'_>, span: Span) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Float(f64::INFINITY),
        },
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| {
                    At::new(
                        from_toml(name.clone(), item.get_ref(), item.span()),
                        item.span(),
                    )
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(Table::from_toml(format!("[{name}]"), span, table)),
    }
}

fn clamp(span: Span, text: &str) -> Span {
    let boundary = |at: usize| {
        (0..=at.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
    };
    let start = boundary(span.start).unwrap_or(0);
    start..boundary(span.end).unwrap_or(start).max(start)
}

fn not_toml(message: &str, span: Span) -> Diagnostic {
    let title = message.lines().next().unwrap_or(message).to_owned();
    Diagnostic::error("toml-syntax", title, span)
        .label("not valid from here on")
        .help("see https://toml.io for the syntax")
}

/// Returns the finding that a key holds another kind of value.
pub fn wrong_kind(key: &str, wanted: &str, found: &Value, span: Span) -> Diagnostic {
    Diagnostic::error("value-kind", format!("`{key}` is not {wanted}"), span)
        .label(format!("this is {}", found.kind()))
        .help(format!("give {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Table>, Diagnostics) {
        let mut report = Diagnostics::default();
        let table = Table::parse(text, &mut report);
        (table, report)
    }

    #[test]
    fn a_bare_number_is_not_a_duration() {
        let (table, mut report) = read("timeout = 3\n");
        let timeout = table.expect("parses").duration("timeout", &mut report);
        assert_eq!(timeout, None);
        assert_eq!(report.into_sorted()[0].label, "a bare number has no unit");
    }

    #[test]
    fn durations_and_sizes_are_read_with_their_units() {
        let (table, mut report) = read("a = \"3s\"\nb = \"250ms\"\nc = \"5MiB\"\nd = \"2 MB\"\n");
        let mut table = table.expect("parses");
        assert_eq!(
            table.duration("a", &mut report).map(|at| at.value),
            Some(3_000)
        );
        assert_eq!(
            table.duration("b", &mut report).map(|at| at.value),
            Some(250)
        );
        assert_eq!(
            table.size("c", &mut report).map(|at| at.value),
            Some(5 << 20)
        );
        assert_eq!(
            table.size("d", &mut report).map(|at| at.value),
            Some(2_000_000)
        );
        assert!(!report.has_errors());
    }

    #[test]
    fn every_syntax_error_is_reported() {
        let (table, report) = read("a = \nb = = 2\n");
        assert_eq!(table, None);
        assert!(report.into_sorted().len() >= 2);
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let (table, mut report) = read("strategi = \"fresh\"\n");
        let mut table = table.expect("parses");
        table.value("strategy");
        table.finish(&mut report);
        assert_eq!(
            report.into_sorted()[0].help,
            "the nearest key is `strategy`"
        );
    }
}
