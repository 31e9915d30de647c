//! Makes JavaScript small, and says whether a text is JavaScript at all.
//!
//! The one place that knows the minifier. Data is put in after minifying: a name that the source only reads and never
//! declares (`MDPWA_CONFIG`) comes out unchanged, exactly as often as it went in.

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, LegalComment};
use oxc_minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc_parser::{Parser, ParserReturn};
use oxc_regular_expression::{LiteralParser, Options};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

/// How a browser is told to read a text: decides `import`, `export`, `await` and strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A classic script, such as a service worker.
    Script,
    /// An ES module.
    Module,
}

/// The first place where a text stops being JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset into the text, always on a character boundary.
    pub offset: usize,
    pub message: String,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for SyntaxError {}

/// The same program in fewer bytes.
///
/// Names of the top level are shortened in scripts too: the worker is the only script of its global scope. Comments
/// that start with `/*!` stay. `Function.name` and `Function.toString()` are not preserved.
pub fn minify(source: &str, kind: Kind) -> Result<String, SyntaxError> {
    let allocator = Allocator::default();
    let mut parsed = parse(&allocator, source, kind)?;

    let minified = Minifier::new(MinifierOptions {
        mangle: Some(MangleOptions {
            top_level: Some(true),
            ..MangleOptions::default()
        }),
        mangle_properties: None,
        compress: Some(CompressOptions::smallest()),
    })
    .minify(&allocator, &mut parsed.program);

    let printed = Codegen::new()
        .with_options(CodegenOptions {
            comments: CommentOptions {
                legal: LegalComment::Inline,
                ..CommentOptions::disabled()
            },
            ..CodegenOptions::minify()
        })
        .with_scoping(minified.scoping)
        .with_private_member_mappings(minified.class_private_mappings)
        .build(&parsed.program)
        .code;

    Ok(printed)
}

/// Passes when `source` is a JavaScript program that an engine would start to run.
pub fn check(source: &str, kind: Kind) -> Result<(), SyntaxError> {
    parse(&Allocator::default(), source, kind).map(drop)
}

/// Passes when `source` is what `new RegExp(source)` takes.
pub fn check_regex(source: &str) -> Result<(), SyntaxError> {
    let allocator = Allocator::default();
    let parsed = LiteralParser::new(&allocator, source, None, Options::default()).parse();
    match parsed {
        Ok(_) => Ok(()),
        Err(problem) => Err(SyntaxError {
            offset: problem.labels.first().map_or(0, |label| {
                source.floor_char_boundary(label.offset() as usize)
            }),
            message: problem.message.to_string(),
        }),
    }
}

fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a str,
    kind: Kind,
) -> Result<ParserReturn<'a>, SyntaxError> {
    let source_type = match kind {
        Kind::Script => SourceType::script(),
        Kind::Module => SourceType::mjs(),
    };
    let parsed = Parser::new(allocator, source, source_type).parse();

    // The parser leaves the checks that need scopes (a name declared twice, a stray `break`) to the second step.
    let problem = parsed.diagnostics.iter().next().cloned().or_else(|| {
        let semantic = SemanticBuilder::new()
            .with_check_syntax_error(true)
            .build(&parsed.program);
        semantic.diagnostics.iter().next().cloned()
    });

    match problem {
        None => Ok(parsed),
        Some(problem) => Err(SyntaxError {
            offset: problem.labels.first().map_or(0, |label| {
                source.floor_char_boundary(label.offset() as usize)
            }),
            message: problem.message.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_to_be_replaced_survives_exactly_once() {
        let source = r#"
            "use strict";
            const CONFIG = Object.freeze(MDPWA_CONFIG);
            { const send = () => CONFIG.send; addEventListener("sync", send); }
            { const send = () => CONFIG.other; addEventListener("push", send); }
        "#;
        let small = minify(source, Kind::Script).expect("the source is JavaScript");

        assert_eq!(small.matches("MDPWA_CONFIG").count(), 1, "{small}");
        assert!(!small.contains("const CONFIG"), "{small}");
    }

    #[test]
    fn strict_mode_stays_a_directive() {
        let small =
            minify("'use strict';\nself.x = 1;", Kind::Script).expect("the source is JavaScript");

        assert!(small.starts_with("\"use strict\";"), "{small}");
    }

    #[test]
    fn what_a_module_exports_keeps_its_name() {
        let source = "function register() { return 1 } export { register };";
        let small = minify(source, Kind::Module).expect("the source is JavaScript");

        assert!(small.contains("as register"), "{small}");
    }

    #[test]
    fn a_mistake_is_reported_at_its_place() {
        let source = "let a = 1;\nlet b = ;";
        let mistake = check(source, Kind::Script).expect_err("an expression is missing");

        assert_eq!(mistake.offset, source.rfind(';').expect("there is one"));
    }

    #[test]
    fn a_name_declared_twice_is_a_mistake() {
        assert!(check("let a; let a;", Kind::Script).is_err());
        assert!(minify("let a; let a;", Kind::Script).is_err());
    }

    #[test]
    fn a_regular_expression_is_javascripts_and_not_rusts() {
        assert!(check_regex(r"^/(?=a)\.(?<x>b)\k<x>[/]$").is_ok());
        assert!(check_regex("").is_ok());
        let mistake = check_regex("^/é(").expect_err("a group stays open");
        assert!("^/é(".is_char_boundary(mistake.offset));
        assert!(check_regex("(?P<name>a)").is_err());
    }

    #[test]
    fn only_a_module_may_export() {
        assert!(check("export const a = 1;", Kind::Script).is_err());
        assert!(check("export const a = 1;", Kind::Module).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_as_a_regular_expression(source in r"[\\(\[{^$*+?<>=!:,|a-z0-9é𝒳/\]})-]{0,40}") {
            if let Err(mistake) = check_regex(&source) {
                proptest::prop_assert!(source.is_char_boundary(mistake.offset));
            }
        }
    }
}
