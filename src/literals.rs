//! What a JavaScript file writes down as plain data, read and never run.
//!
//! Configurations of other tools are scripts. What they say in literals is taken; what only running them would tell stays
//! code, and is named as such.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, AssignmentTarget, BinaryOperator,
    BindingPattern, CallExpression, Declaration, ExportDefaultDeclarationKind, Expression,
    FunctionBody, IdentifierReference, NewExpression, ObjectExpression, ObjectPropertyKind,
    Program, PropertyKind, Statement, UnaryOperator, VariableDeclaration, VariableDeclarationKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};

use crate::diagnostic::Span;
use crate::document::At;
use crate::minifier::SyntaxError;

/// A value of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    Regex {
        source: String,
        flags: String,
    },
    List(Vec<At<Literal>>),
    Object(Vec<(At<String>, At<Literal>)>),
    /// What would have to be run, in a word: `a function`, `a call`.
    Code(&'static str),
}

/// The name under which an object holds what is spread into it.
pub const SPREAD: &str = "...";

impl Literal {
    pub fn text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value at a path of keys, with dots between them.
    pub fn at(&self, path: &str) -> Option<&At<Literal>> {
        let (key, rest) = path.split_once('.').unwrap_or((path, ""));
        let Literal::Object(entries) = self else {
            return None;
        };
        // The last of two counts, as it does in JavaScript.
        let (_, value) = entries.iter().rev().find(|(name, _)| name.value == key)?;
        match rest {
            "" => Some(value),
            rest => value.value.at(rest),
        }
    }
}

/// What a script says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// `module.exports`, or the default export; what a function returns, where it is one.
    pub exported: Option<At<Literal>>,
    /// What is exported under a name.
    pub named: Vec<(String, At<Literal>)>,
    /// The first arguments of calls, by the name of what is called.
    pub calls: Vec<(String, At<Literal>)>,
}

impl Script {
    /// Reads a script; the end of its name says whether it is TypeScript.
    ///
    /// # Errors
    /// The first place where the text stops being a script.
    pub fn read(file_name: &str, source: &str) -> Result<Script, SyntaxError> {
        let allocator = Allocator::default();
        let source_type = match file_name.ends_with("ts") {
            true => SourceType::ts(),
            false => SourceType::mjs(),
        };
        let mut parsed = Parser::new(&allocator, source, source_type).parse();
        if !parsed.diagnostics.is_empty() && source_type != SourceType::ts() {
            // CommonJS may say what a module must not.
            let script = Parser::new(&allocator, source, SourceType::cjs()).parse();
            if script.diagnostics.is_empty() {
                parsed = script;
            }
        }
        if let Some(problem) = parsed.diagnostics.iter().next() {
            return Err(SyntaxError {
                offset: problem.labels.first().map_or(0, |label| {
                    source.floor_char_boundary(label.offset() as usize)
                }),
                message: problem.message.to_string(),
            });
        }
        Ok(Reader::of(&parsed.program).script(&parsed.program))
    }
}

/// Reads JSON, comments and trailing commas included.
///
/// # Errors
/// The first place where the text stops being a value.
pub fn json(source: &str) -> Result<At<Literal>, SyntaxError> {
    let allocator = Allocator::default();
    match Parser::new(&allocator, source, SourceType::mjs()).parse_expression() {
        Ok(expression) => Ok(Reader::default().literal(&expression, 0)),
        Err(problems) => Err(problems.iter().next().map_or_else(
            || SyntaxError {
                offset: 0,
                message: "not a value".to_owned(),
            },
            |problem| SyntaxError {
                offset: problem.labels.first().map_or(0, |label| {
                    source.floor_char_boundary(label.offset() as usize)
                }),
                message: problem.message.to_string(),
            },
        )),
    }
}

/// Names lead to values through constants; a circle of them has to end somewhere.
const DEEPEST: usize = 64;

/// What reading needs to know of the whole program.
#[derive(Default)]
struct Reader<'a, 'p> {
    constants: Vec<(&'p str, &'p Expression<'a>)>,
    /// Every use of a name. A constant that is named twice may have been changed in between.
    uses: Vec<String>,
}

impl<'a, 'p> Reader<'a, 'p> {
    fn of(program: &'p Program<'a>) -> Self {
        let mut reader = Self::default();
        let mut uses = Uses(Vec::new());
        uses.visit_program(program);
        reader.uses = uses.0;
        for statement in &program.body {
            match statement {
                Statement::VariableDeclaration(declaration) => reader.note(declaration),
                Statement::ExportDeclaration(export) => {
                    if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                        reader.note(declaration);
                    }
                }
                _ => {}
            }
        }
        reader
    }

    fn note(&mut self, declaration: &'p VariableDeclaration<'a>) {
        if declaration.kind != VariableDeclarationKind::Const {
            return;
        }
        for one in &declaration.declarations {
            if let (BindingPattern::BindingIdentifier(name), Some(value)) = (&one.id, &one.init) {
                self.constants.push((name.name.as_str(), value));
            }
        }
    }

    fn script(&self, program: &'p Program<'a>) -> Script {
        let mut script = Script::default();
        for statement in &program.body {
            match statement {
                Statement::ExportDefaultDeclaration(export) => {
                    script.exported = match &export.declaration {
                        ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                            function.body.as_ref().map(|body| self.returned(body, 0))
                        }
                        other => other.as_expression().map(|value| self.config(value, 0)),
                    };
                }
                Statement::ExportDeclaration(export) => {
                    if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                        for one in &declaration.declarations {
                            if let (BindingPattern::BindingIdentifier(name), Some(value)) =
                                (&one.id, &one.init)
                            {
                                let value = self.literal(value, 0);
                                script.named.push((name.name.to_string(), value));
                            }
                        }
                    }
                }
                Statement::ExpressionStatement(statement) => {
                    if let Expression::AssignmentExpression(assignment) = &statement.expression
                        && is_module_exports(&assignment.left)
                    {
                        script.exported = Some(self.config(&assignment.right, 0));
                    }
                }
                _ => {}
            }
        }
        let mut calls = Calls {
            reader: self,
            found: Vec::new(),
        };
        calls.visit_program(program);
        script.calls = calls.found;
        script
    }

    /// Returns what a configuration comes to: itself, what `defineConfig` is given, or what a function returns.
    fn config(&self, expression: &Expression<'a>, depth: usize) -> At<Literal> {
        if depth > DEEPEST {
            return At::new(Literal::Code("a circle"), span(expression));
        }
        match expression.get_inner_expression() {
            Expression::CallExpression(call) => match call.arguments.as_slice() {
                [argument]
                    if called(&call.callee).is_some_and(|name| name.starts_with("define")) =>
                {
                    match argument.as_expression() {
                        Some(argument) => self.config(argument, depth + 1),
                        None => self.literal(expression, depth),
                    }
                }
                _ => self.literal(expression, depth),
            },
            Expression::ArrowFunctionExpression(function) => match &function.body {
                ArrowFunctionBody::FunctionBody(body) => self.returned(body, depth),
                other => match other.as_expression() {
                    Some(value) => self.config(value, depth + 1),
                    None => self.literal(expression, depth),
                },
            },
            Expression::FunctionExpression(function) => match &function.body {
                Some(body) => self.returned(body, depth),
                None => self.literal(expression, depth),
            },
            Expression::Identifier(name) => match self.constant(name) {
                Some(value) => self.config(value, depth + 1),
                None => self.literal(expression, depth),
            },
            _ => self.literal(expression, depth),
        }
    }

    /// Returns what a function returns that returns in one place.
    fn returned(&self, body: &FunctionBody<'a>, depth: usize) -> At<Literal> {
        let mut returns = body
            .statements
            .iter()
            .filter_map(|statement| match statement {
                Statement::ReturnStatement(statement) => statement.argument.as_ref(),
                _ => None,
            });
        match returns.next() {
            Some(value) => self.config(value, depth + 1),
            None => At::new(Literal::Code("a function"), range(body.span)),
        }
    }

    fn constant(&self, name: &IdentifierReference<'a>) -> Option<&'p Expression<'a>> {
        let name = name.name.as_str();
        let used = self.uses.iter().filter(|used| *used == name).count();
        let mut values = self.constants.iter().filter(|(known, _)| *known == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) if used == 1 => Some(value),
            _ => None,
        }
    }

    fn literal(&self, expression: &Expression<'a>, depth: usize) -> At<Literal> {
        let whole = span(expression);
        if depth > DEEPEST {
            return At::new(Literal::Code("a circle"), whole);
        }
        let depth = depth + 1;
        let value = match expression.get_inner_expression() {
            Expression::NullLiteral(_) => Literal::Null,
            Expression::BooleanLiteral(flag) => Literal::Flag(flag.value),
            Expression::NumericLiteral(number) => Literal::Number(number.value),
            Expression::StringLiteral(text) => Literal::Text(text.value.to_string()),
            Expression::TemplateLiteral(template) => match template.quasis.as_slice() {
                [only] => match &only.value.cooked {
                    Some(text) => Literal::Text(text.to_string()),
                    None => Literal::Code("an expression"),
                },
                _ => Literal::Code("an expression"),
            },
            Expression::RegExpLiteral(regex) => Literal::Regex {
                source: regex.regex.pattern.text.to_string(),
                flags: regex.regex.flags.to_string(),
            },
            Expression::UnaryExpression(unary) => {
                match (unary.operator, self.literal(&unary.argument, depth).value) {
                    (UnaryOperator::UnaryNegation, Literal::Number(number)) => {
                        Literal::Number(-number)
                    }
                    (UnaryOperator::LogicalNot, Literal::Number(number)) => {
                        Literal::Flag(number == 0.0)
                    }
                    _ => Literal::Code("an expression"),
                }
            }
            Expression::BinaryExpression(binary) => calculated(
                self.literal(&binary.left, depth).value,
                binary.operator,
                self.literal(&binary.right, depth).value,
            ),
            Expression::ArrayExpression(list) => Literal::List(
                list.elements
                    .iter()
                    .map(|element| match element {
                        ArrayExpressionElement::SpreadElement(spread) => {
                            At::new(Literal::Code("a spread"), range(spread.span))
                        }
                        ArrayExpressionElement::Elision(gap) => {
                            At::new(Literal::Null, range(gap.span))
                        }
                        other => match other.as_expression() {
                            Some(value) => self.literal(value, depth),
                            None => At::new(Literal::Code("an expression"), range(other.span())),
                        },
                    })
                    .collect(),
            ),
            Expression::ObjectExpression(object) => self.object(object, depth),
            Expression::Identifier(name) if name.name == "undefined" => Literal::Null,
            Expression::Identifier(name) => match self.constant(name) {
                Some(value) => return self.literal(value, depth),
                None => Literal::Code("a name"),
            },
            Expression::NewExpression(new) => match new_regex(new) {
                Some(regex) => regex,
                None => Literal::Code("a call"),
            },
            Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => {
                Literal::Code("a function")
            }
            Expression::CallExpression(_) => Literal::Code("a call"),
            Expression::ConditionalExpression(_) | Expression::LogicalExpression(_) => {
                Literal::Code("a condition")
            }
            _ => Literal::Code("an expression"),
        };
        At::new(value, whole)
    }

    fn object(&self, object: &ObjectExpression<'a>, depth: usize) -> Literal {
        let entries = object.properties.iter().map(|property| match property {
            ObjectPropertyKind::SpreadProperty(spread) => {
                let place = range(spread.span);
                let inside = self.literal(&spread.argument, depth);
                let value = match inside.value {
                    Literal::Object(_) => inside,
                    _ => At::new(Literal::Code("a spread"), place.clone()),
                };
                (At::new(SPREAD.to_owned(), place), value)
            }
            ObjectPropertyKind::ObjectProperty(property) => {
                let place = range(property.key.span());
                let Some(name) = property.key.static_name() else {
                    let value = At::new(Literal::Code("a computed key"), place.clone());
                    return (At::new(String::new(), place), value);
                };
                let value = match property.kind {
                    PropertyKind::Init => self.literal(&property.value, depth),
                    PropertyKind::Get | PropertyKind::Set => {
                        At::new(Literal::Code("a function"), range(property.span))
                    }
                };
                (At::new(name.into_owned(), place), value)
            }
        });
        let mut flat = Vec::new();
        for (name, value) in entries {
            match (name.value.as_str(), value.value) {
                // A spread of a literal is the literal.
                (SPREAD, Literal::Object(inside)) => flat.extend(inside),
                (_, value_inside) => flat.push((name, At::new(value_inside, value.span))),
            }
        }
        Literal::Object(flat)
    }
}

fn calculated(left: Literal, operator: BinaryOperator, right: Literal) -> Literal {
    match (left, operator, right) {
        (Literal::Number(a), BinaryOperator::Multiplication, Literal::Number(b)) => {
            Literal::Number(a * b)
        }
        (Literal::Number(a), BinaryOperator::Addition, Literal::Number(b)) => {
            Literal::Number(a + b)
        }
        (Literal::Number(a), BinaryOperator::Subtraction, Literal::Number(b)) => {
            Literal::Number(a - b)
        }
        (Literal::Number(a), BinaryOperator::Division, Literal::Number(b)) => {
            Literal::Number(a / b)
        }
        (Literal::Number(a), BinaryOperator::Exponential, Literal::Number(b)) => {
            Literal::Number(a.powf(b))
        }
        (Literal::Number(a), BinaryOperator::ShiftLeft, Literal::Number(b))
            if a.fract() == 0.0
                && (0.0..=31.0).contains(&b)
                && a.abs() < 2f64.powi(31 - b as i32) =>
        {
            Literal::Number(a * 2f64.powf(b))
        }
        (Literal::Text(a), BinaryOperator::Addition, Literal::Text(b)) => Literal::Text(a + &b),
        _ => Literal::Code("an expression"),
    }
}

/// `new RegExp("…")` is a literal by another name.
fn new_regex(new: &NewExpression) -> Option<Literal> {
    let text = |argument: Option<&Argument>| match argument {
        None => Some(String::new()),
        Some(Argument::StringLiteral(text)) => Some(text.value.to_string()),
        Some(_) => None,
    };
    let named = called(&new.callee) == Some("RegExp") && !new.arguments.is_empty();
    if !named {
        return None;
    }
    Some(Literal::Regex {
        source: text(new.arguments.first())?,
        flags: text(new.arguments.get(1))?,
    })
}

fn called<'e>(callee: &'e Expression) -> Option<&'e str> {
    match callee {
        Expression::Identifier(name) => Some(name.name.as_str()),
        _ => None,
    }
}

fn is_module_exports(target: &AssignmentTarget) -> bool {
    match target {
        AssignmentTarget::StaticMemberExpression(member) => {
            let of_module = called(&member.object) == Some("module");
            of_module && member.property.name == "exports"
        }
        _ => false,
    }
}

fn span(expression: &Expression) -> Span {
    range(expression.span())
}

fn range(span: oxc_span::Span) -> Span {
    span.start as usize..span.end as usize
}

struct Uses(Vec<String>);

impl<'a> Visit<'a> for Uses {
    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.0.push(name.name.to_string());
    }
}

struct Calls<'r, 'a, 'p> {
    reader: &'r Reader<'a, 'p>,
    found: Vec<(String, At<Literal>)>,
}

impl<'a> Visit<'a> for Calls<'_, 'a, '_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.note(&call.callee, &call.arguments);
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        self.note(&new.callee, &new.arguments);
        walk::walk_new_expression(self, new);
    }
}

impl<'a> Calls<'_, 'a, '_> {
    fn note(&mut self, callee: &Expression<'a>, arguments: &[Argument<'a>]) {
        let Some(name) = called(callee) else {
            return;
        };
        let argument = arguments.first();
        let value = match argument {
            None => At::new(Literal::Object(Vec::new()), span(callee)),
            Some(argument) => match argument.as_expression() {
                Some(value) => self.reader.literal(value, 0),
                None => At::new(Literal::Code("a spread"), range(argument.span())),
            },
        };
        self.found.push((name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(source: &str) -> Literal {
        let script = Script::read("config.js", source).expect("a script");
        script.exported.expect("an export").value
    }

    fn said(source: &str, path: &str) -> Literal {
        exported(source).at(path).expect("a value").value.clone()
    }

    #[test]
    fn every_way_to_export_is_known() {
        for source in [
            "module.exports = { a: 1 }",
            "export default { a: 1 }",
            "export default defineConfig({ a: 1 })",
            "export default defineConfig(({ mode }) => ({ a: 1 }))",
            "export default defineConfig(() => { log(); return { a: 1 } })",
            "const config = { a: 1 }; export default config",
            "module.exports = function (api) { api.use(); return { a: 1 } }",
            "module.exports = (api) => { return { a: 1 } }",
            "export default async function (api) { return { a: 1 } }",
        ] {
            assert_eq!(said(source, "a"), Literal::Number(1.0), "{source}");
        }
    }

    #[test]
    fn what_is_calculated_from_literals_is_a_literal() {
        let of = |source: &str| said(&format!("module.exports = {{ a: {source} }}"), "a");
        assert_eq!(of("60 * 60 * 24 * 365"), Literal::Number(31_536_000.0));
        assert_eq!(of("5 << 20"), Literal::Number(5_242_880.0));
        assert_eq!(of("2 ** 20 - 1"), Literal::Number(1_048_575.0));
        assert_eq!(of("'a' + `b`"), Literal::Text("ab".to_owned()));
        assert_eq!(of("!0"), Literal::Flag(true));
        assert_eq!(of("undefined"), Literal::Null);
        let regex = Literal::Regex {
            source: r"^\/a".to_owned(),
            flags: "i".to_owned(),
        };
        assert_eq!(of(r"/^\/a/i"), regex);
        assert_eq!(of(r"new RegExp('^\\/a', 'i')"), regex);
    }

    #[test]
    fn what_would_have_to_be_run_stays_code() {
        let of = |source: &str| said(&format!("module.exports = {{ a: {source} }}"), "a");
        for (source, word) in [
            ("() => 1", "a function"),
            ("path.resolve('x')", "a call"),
            ("process.env.A", "an expression"),
            ("`${b}`", "an expression"),
            ("b", "a name"),
            ("b ? 1 : 2", "a condition"),
            ("a.b + 'c'", "an expression"),
        ] {
            assert_eq!(of(source), Literal::Code(word), "{source}");
        }
        assert_eq!(
            exported("module.exports = { ...base }"),
            Literal::Object(vec![(
                At::new(SPREAD.to_owned(), 19..26),
                At::new(Literal::Code("a spread"), 19..26),
            )])
        );
    }

    #[test]
    fn a_constant_that_is_used_once_is_its_value() {
        let source = "const a = ['x']; module.exports = { a }";
        let list = Literal::List(vec![At::new(Literal::Text("x".to_owned()), 11..14)]);
        assert_eq!(said(source, "a"), list);
        let changed = "const a = ['x']; a.push('y'); module.exports = { a }";
        assert_eq!(said(changed, "a"), Literal::Code("a name"));
        let again = "let a = 1; module.exports = { a }";
        assert_eq!(said(again, "a"), Literal::Code("a name"));
        let circle = "const a = { a }; module.exports = 1";
        assert_eq!(exported(circle), Literal::Number(1.0));
    }

    #[test]
    fn calls_are_found_wherever_they_are() {
        let source = "export default defineConfig({ plugins: [vue(), VitePWA({ base: '/a/' } as Options)] })";
        let script = Script::read("vite.config.ts", source).expect("a script");
        let call = script.calls.iter().find(|(name, _)| name == "VitePWA");
        let (_, options) = call.expect("the call");
        let base = options.value.at("base").expect("a key");
        assert_eq!(base.value.text(), Some("/a/"));
        assert_eq!(&source[base.span.clone()], "'/a/'");
    }

    #[test]
    fn json_is_read_with_its_places() {
        let source = "{ \"a\": [1, null], /* b */ }";
        let value = json(source).expect("JSON");
        assert_eq!(
            value.value.at("a").map(|at| &source[at.span.clone()]),
            Some("[1, null]")
        );
        assert!(json("{ \"a\": ").is_err());
    }

    #[test]
    fn a_mistake_is_reported_at_its_place() {
        let mistake = Script::read("a.js", "module.exports = {").expect_err("it stays open");
        assert!(mistake.offset <= 18);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(source in r"[a-z0-9{}()\[\]:,;.'`/*=> éA-Z\n]{0,60}") {
            for name in ["a.js", "a.ts"] {
                if let Err(mistake) = Script::read(name, &source) {
                    proptest::prop_assert!(source.is_char_boundary(mistake.offset));
                }
            }
            if let Err(mistake) = json(&source) {
                proptest::prop_assert!(source.is_char_boundary(mistake.offset));
            }
        }
    }
}
