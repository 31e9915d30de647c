//! A pwa.toml that is about to be written for somebody: sections with their lines, and why each line is there.

/// A whole pwa.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Comments above everything.
    pub opening: Vec<String>,
    pub sections: Vec<Section>,
}

/// A section such as `[app]` or `[[routes]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Comments above its header.
    pub notes: Vec<String>,
    pub header: String,
    pub lines: Vec<String>,
}

impl Section {
    pub fn new(header: &str) -> Self {
        Self {
            header: header.to_owned(),
            ..Self::default()
        }
    }

    /// Adds a key with its value as TOML, and a comment behind it.
    pub fn set(&mut self, key: &str, value: &str, comment: &str) {
        let line = format!("{key} = {value}");
        self.lines.push(match comment {
            "" => line,
            comment => format!("{line:<WIDTH$} # {comment}"),
        });
    }

    /// Turns the section into a comment that says what is missing.
    pub fn comment_out(&mut self, note: String) {
        self.notes = vec![note];
        for line in self.lines.iter_mut().chain([&mut self.header]) {
            *line = format!("# {line}");
        }
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// Where comments start, unless a value is longer.
const WIDTH: usize = 28;

/// Returns a text as a string of TOML: in single quotes where that spares escapes.
pub fn text(text: &str) -> String {
    let control = |c: char| c.is_control();
    if text.contains(['\\', '"']) && !text.contains('\'') && !text.contains(control) {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if control(c) => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Returns texts as a list of TOML, on one line where they fit.
pub fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let quoted: Vec<String> = texts.iter().map(|one| text(one.as_ref())).collect();
    let line = format!("[{}]", quoted.join(", "));
    if line.len() <= LONGEST {
        return line;
    }
    let mut lines = String::from("[\n");
    for one in quoted {
        lines.push_str(&format!("  {one},\n"));
    }
    lines + "]"
}

const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::document::{Table, Value};

    fn read(written: &str) -> Option<String> {
        let document = format!("a = {written}\n");
        let table = Table::parse(&document, &mut Diagnostics::default())?;
        match table.reach("a")? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    #[test]
    fn a_regular_expression_needs_no_second_backslash() {
        assert_eq!(text(r"\.png$"), r"'\.png$'");
        assert_eq!(text(r"it's \ "), r#""it's \\ ""#);
        assert_eq!(text("plain"), r#""plain""#);
    }

    #[test]
    fn a_long_list_takes_a_line_for_each() {
        assert_eq!(list(&["a", "b"]), r#"["a", "b"]"#);
        let long = ["x".repeat(60), "y".repeat(60)];
        assert_eq!(list(&long).lines().count(), 4);
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(written in r#"[a-z\\"'\n\t\x00-\x1f\x7f\u{80}-\u{9f}é𝒳 ]{0,12}"#) {
            proptest::prop_assert_eq!(read(&text(&written)), Some(written));
        }
    }
}
