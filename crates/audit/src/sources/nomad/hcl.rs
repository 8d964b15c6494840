//! Jobs in HCL: variables and locals are put in where the file itself gives their values.
//!
//! Source: the Nomad job specification, and `jobspec2/parse.go`.  A value that needs more than the file,
//! such as a variable without a default or a function, is not known here, and said to be so.

use std::ops::Range;

use hcl::eval::{Context, Evaluate as _};
use hcl_edit::{
    Span as _,
    expr::{Expression, Object},
    structure::{self, Structure},
};

use super::body::{Block, Body, Field, Meaning};
use crate::{model::Origin, quantity::Scalar, yaml::Mark};

/// The longest expression that is worked out, in bytes; no size needs more.
const LONGEST: usize = 4096;

/// The largest value that a variable may have, in values within it and bytes of its texts.
const LARGEST: usize = 64 << 10;

/// How deep bodies and lists are followed.
const DEEPEST: usize = 32;

/// A job file, or why and where it is none.
pub(super) fn read(text: &str) -> Result<Read, (Mark, String)> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let mark = Lines::of(text).mark(error.location().offset()..error.location().offset() + 1);
        (mark, error.message().to_owned())
    })?;
    let mut reader = Reader { text, lines: Lines::of(text), context: Context::new(), dynamic: Vec::new() };
    reader.declare(&body);
    let jobs = body.get_blocks("job").map(|job| reader.block(job, 0)).collect();
    Ok(Read { jobs, dynamic: reader.dynamic })
}

/// What was read of a job file.
#[derive(Debug)]
pub(super) struct Read {
    /// Its jobs; Nomad takes one.
    pub(super) jobs: Vec<Block>,
    /// Blocks that a loop makes when the job is run, each with what they are.
    pub(super) dynamic: Vec<(Mark, String)>,
}

struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
    context: Context<'static>,
    dynamic: Vec<(Mark, String)>,
}

impl Reader<'_> {
    /// Makes the values of variables and locals known, as far as the file gives them.
    fn declare(&mut self, body: &structure::Body) {
        let mut variables = hcl::Map::new();
        for block in body.get_blocks("variable") {
            let label = block.labels.first().map(structure::BlockLabel::as_str);
            let default = block.body.get_attribute("default").and_then(|default| self.value(&default.value));
            if let (Some(label), Some(default)) = (label, default) {
                variables.insert(label.to_owned(), default);
            }
        }
        self.context.declare_var("var", hcl::Value::Object(variables));
        let mut locals = hcl::Map::new();
        let mut waiting: Vec<&structure::Attribute> =
            body.get_blocks("locals").flat_map(|block| block.body.attributes()).collect();
        // A local may use others, wherever they stand; each round finds those whose needs are met.
        loop {
            let before = waiting.len();
            waiting.retain(|attribute| match self.value(&attribute.value) {
                Some(value) => {
                    locals.insert(attribute.key.as_str().to_owned(), value);
                    false
                }
                None => true,
            });
            self.context.declare_var("local", hcl::Value::Object(locals.clone()));
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
    }

    /// Works an expression out, where the file alone says what it is.
    fn value(&self, expression: &Expression) -> Option<hcl::Value> {
        let text = self.text.get(expression.span()?)?;
        // Loops can make much out of little; nobody writes a size as one.
        if LONGEST < text.len() || text.contains("for ") {
            return None;
        }
        let value = hcl::Expression::from(expression.clone()).evaluate(&self.context).ok()?;
        (weight(&value) <= LARGEST).then_some(value)
    }

    fn block(&mut self, block: &structure::Block, depth: usize) -> Block {
        let label = block.labels.first();
        let at = label.and_then(|label| label.span()).or_else(|| block.ident.span());
        Block {
            kind: block.ident.as_str().to_owned(),
            label: label.map_or("", structure::BlockLabel::as_str).to_owned(),
            at: self.lines.mark(at.unwrap_or_default()),
            body: self.body(&block.body, depth + 1),
        }
    }

    fn body(&mut self, from: &structure::Body, depth: usize) -> Body {
        let mut body = Body::default();
        for part in from {
            match part {
                _ if depth == DEEPEST => break,
                Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                    let made = block.labels.first().map_or("", structure::BlockLabel::as_str);
                    let at = self.lines.mark(block.ident.span().unwrap_or_default());
                    self.dynamic.push((at, made.to_owned()));
                }
                Structure::Block(block) => body.blocks.push(self.block(block, depth)),
                Structure::Attribute(attribute) => {
                    let key = attribute.key.as_str();
                    self.attribute(key, attribute.key.span(), &attribute.value, depth, &mut body);
                }
            }
        }
        body
    }

    /// Adds a key with its value; one whose value is an object is as good as a block.
    fn attribute(
        &self,
        key: &str,
        at: Option<Range<usize>>,
        value: &Expression,
        depth: usize,
        body: &mut Body,
    ) {
        if let Expression::Object(object) = value {
            let at = self.lines.mark(at.unwrap_or_default());
            let inner = self.object(object, depth + 1);
            body.blocks.push(Block { kind: key.to_owned(), label: String::new(), at, body: inner });
        } else if let Expression::Array(items) = value
            && items.iter().any(Expression::is_object)
        {
            items.iter().for_each(|item| self.attribute(key, item.span(), item, depth, body));
        } else {
            body.fields.push(self.field(key, value, depth));
        }
    }

    fn object(&self, object: &Object, depth: usize) -> Body {
        let mut body = Body::default();
        for (key, value) in object {
            let at = key.span();
            let name = match key.as_ident() {
                Some(ident) => ident.as_str().to_owned(),
                None => match key.as_expr().and_then(|key| self.value(key)) {
                    Some(hcl::Value::String(name)) => name,
                    _ => continue,
                },
            };
            if depth < DEEPEST {
                self.attribute(&name, at, value.expr(), depth, &mut body);
            }
        }
        body
    }

    fn field(&self, key: &str, expression: &Expression, depth: usize) -> Field {
        let span = expression.span().unwrap_or_default();
        let written = self.text.get(span.clone()).unwrap_or_default();
        let spelled = expression.as_str().unwrap_or(written);
        let meaning = match expression {
            Expression::Array(items) if depth < DEEPEST => {
                Meaning::List(items.iter().map(|item| self.field(key, item, depth + 1)).collect())
            }
            expression => self.value(expression).and_then(meaning).unwrap_or_else(|| {
                let shown: String = spelled.chars().take(80).collect();
                Meaning::Unknown(format!("{shown} is filled in when the job is run"))
            }),
        };
        let origin = if is_plain(expression) { Origin::Written } else { Origin::Variable };
        Field { key: key.to_owned(), at: self.lines.mark(span), meaning, spelled: spelled.to_owned(), origin }
    }
}

/// Tells whether a value stands there as it is, a number with its sign among them.
fn is_plain(expression: &Expression) -> bool {
    match expression {
        Expression::Null(_) | Expression::Bool(_) | Expression::Number(_) | Expression::String(_) => true,
        Expression::Array(_) => true,
        Expression::UnaryOp(operation) => matches!(operation.expr, Expression::Number(_)),
        _ => false,
    }
}

/// Turns a value into what a field can be.
fn meaning(value: hcl::Value) -> Option<Meaning> {
    let scalar = match value {
        hcl::Value::Null => Scalar::Null,
        hcl::Value::Bool(flag) => Scalar::Bool(flag),
        hcl::Value::Number(number) => match number.as_i64() {
            Some(whole) => Scalar::Int(whole.into()),
            None => Scalar::Float(number.as_f64()?),
        },
        hcl::Value::String(text) => Scalar::Text(text.into()),
        hcl::Value::Array(_) | hcl::Value::Object(_) => return None,
    };
    Some(Meaning::Scalar(scalar))
}

/// Counts the values in a value, and the bytes of its texts.
fn weight(value: &hcl::Value) -> usize {
    match value {
        hcl::Value::String(text) => 1 + text.len(),
        hcl::Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        hcl::Value::Object(members) => {
            1 + members.iter().map(|(key, value)| key.len() + weight(value)).sum::<usize>()
        }
        _ => 1,
    }
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// Returns the place of a range of bytes, as far as its first line goes.
    fn mark(&self, span: Range<usize>) -> Mark {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let count = |range: Range<usize>| {
            u32::try_from(self.text.get(range).unwrap_or_default().chars().count()).unwrap_or(u32::MAX)
        };
        let end = self
            .text
            .get(span.clone())
            .and_then(|text| text.find('\n'))
            .map_or(span.end, |at| span.start + at);
        Mark {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: count(start..span.start).saturating_add(1),
            width: count(span.start..end).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Field {
        let read = read(text).unwrap_or_else(|(mark, what)| panic!("{mark:?}: {what}"));
        let mut job = read.jobs.into_iter().next().expect("a job");
        job.body.fields.pop().expect("a field")
    }

    #[test]
    fn expressions_are_worked_out_as_far_as_the_file_goes() {
        let file = "variable \"mem\" {\n  default = 512\n}\nvariable \"none\" {}\nlocals {\n  b = local.a * 2\n  \
                    a = var.mem + 1\n}\njob \"j\" {\n  memory = ";
        for (expression, expected) in [
            ("512", Some(Scalar::Int(512))),
            ("\"512\"", Some(Scalar::Text("512".into()))),
            ("1.5", Some(Scalar::Float(1.5))),
            ("var.mem", Some(Scalar::Int(512))),
            ("local.b", Some(Scalar::Int(1026))),
            ("var.mem > 256 ? 128 : 64", Some(Scalar::Int(128))),
            ("\"${var.mem}m\"", Some(Scalar::Text("512m".into()))),
            ("var.none", None),
            ("max(1, 2)", None),
            ("\"${attr.memory}\"", None),
        ] {
            let found = field(&format!("{file}{expression}\n}}\n"));
            match (found.meaning, expected) {
                (Meaning::Scalar(found), Some(expected)) => assert_eq!(found, expected, "{expression}"),
                (Meaning::Unknown(why), None) => assert!(why.contains(expression), "{why}"),
                (found, expected) => panic!("{expression}: {found:?} instead of {expected:?}"),
            }
            assert_eq!((found.at.line, found.at.column), (10, 12), "{expression}");
        }
    }

    #[test]
    fn a_small_file_cannot_become_large() {
        let doubling: String =
            (1..64).map(|n| format!("  a{n} = \"${{local.a{0}}}${{local.a{0}}}\"\n", n - 1)).collect();
        let file = format!(
            "locals {{\n  a0 = \"0123456789\"\n{doubling}}}\njob \"j\" {{\n  memory = local.a60\n}}\n"
        );
        assert!(matches!(field(&file).meaning, Meaning::Unknown(_)));
    }

    #[test]
    fn what_is_broken_says_where() {
        let (mark, what) = read("job \"j\" {\n  group \"g\" {\n    count = = 3\n").expect_err("broken");
        assert_eq!(mark.line, 3, "{what}");
        for open in ["(", "[", "{", "job \"a\" {\n", "\"${", "!"] {
            let deep = format!("job \"j\" {{\n  a = {}", open.repeat(50_000));
            assert!(read(&deep).is_err(), "{open}");
        }
    }
}
