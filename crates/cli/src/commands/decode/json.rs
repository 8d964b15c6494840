//! The JSON outputs: one document, or one object a line; both written as events come.

use std::io::{self, Write};

use oomkit_decode::{
    Context, Coverage, Event, Input,
    digest::{Digest, Overall},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::session::{Closing, Presenter};
use crate::output::Plain;

/// The name of the schema, which stands first in every document.
const SCHEMA: &str = "oomkit.decode/v1";

/// What `oomkit decode --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DecodeDocument {
    /// The name of this schema.
    #[schemars(extend("const" = SCHEMA))]
    schema: String,
    /// The events, in the order of the inputs.
    events: Vec<Event>,
    /// The inputs, in the order in which they were read.
    inputs: Vec<Input>,
    /// How much of all inputs was understood.
    coverage: Coverage,
    /// Other trouble in the same logs.
    context: Vec<Context>,
    /// What all events come to: by who was killed where, how often, since when, and why.
    summary: Overall,
}

/// Writes one document, event by event, so that memory does not grow with their number.
#[derive(Debug, Default)]
pub(super) struct Json {
    written: u64,
    digest: Digest,
    /// One event; the serializer writes in scraps, which are gathered here.
    scraps: Vec<u8>,
}

impl Presenter for Json {
    fn start(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"schema\":\"{SCHEMA}\",\"events\":[")
    }

    fn event(&mut self, out: &mut dyn Write, event: Event, _: &[String]) -> io::Result<()> {
        out.write_all(if self.written == 0 { b"\n" } else { b",\n" })?;
        self.written += 1;
        self.digest.add(&event);
        self.scraps.clear();
        serde_json::to_writer(Plain(&mut self.scraps), &event)?;
        out.write_all(&self.scraps)
    }

    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()> {
        out.write_all(if self.written == 0 { b"]" } else { b"\n]" })?;
        out.write_all(b",\n\"inputs\":")?;
        serde_json::to_writer(Plain(&mut *out), closing.inputs)?;
        out.write_all(b",\n\"coverage\":")?;
        serde_json::to_writer(Plain(&mut *out), &closing.summary.coverage)?;
        out.write_all(b",\n\"context\":")?;
        serde_json::to_writer(Plain(&mut *out), &closing.summary.context)?;
        out.write_all(b",\n\"summary\":")?;
        serde_json::to_writer(Plain(&mut *out), &self.digest.overall())?;
        out.write_all(b"}\n")
    }
}

/// Writes one object a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// One event; the serializer writes in scraps, which are gathered here.
    scraps: Vec<u8>,
}

/// What an event needs to stand alone on its line.
#[derive(Serialize)]
struct Head<'a> {
    schema: &'static str,
    input_name: &'a str,
}

impl Presenter for Lines {
    fn tells_of_nothing(&self) -> bool {
        false
    }

    fn event(&mut self, out: &mut dyn Write, event: Event, names: &[String]) -> io::Result<()> {
        let input_name = super::session::name_of(&event, names);
        self.scraps.clear();
        serde_json::to_writer(Plain(&mut self.scraps), &Head { schema: SCHEMA, input_name })?;
        // One object of both, without the map that serde's `flatten` would build for it.
        let joint = self.scraps.len() - 1;
        serde_json::to_writer(Plain(&mut self.scraps), &event)?;
        let (head, event) = self.scraps.split_at_checked(joint).unwrap_or((&self.scraps, b""));
        out.write_all(head)?;
        out.write_all(b",")?;
        out.write_all(event.strip_prefix(b"}{").unwrap_or(event))?;
        out.write_all(b"\n")
    }

    fn finish(&mut self, _: &mut dyn Write, _: &Closing<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use oomkit_decode::Summary;
    use serde_json::Value;

    use super::{
        super::session::{Tally, testing::event},
        *,
    };

    fn write(presenter: &mut dyn Presenter, count: usize) -> String {
        let mut out = Vec::new();
        let names = ["kern.log".to_owned()];
        presenter.start(&mut out).unwrap();
        for _ in 0..count {
            presenter.event(&mut out, event("java", "/a", None), &names).unwrap();
        }
        let input = Input { name: "kern.log".into(), transport: None, lines: 1, bytes: 2, error: None };
        let closing = Closing { inputs: &[input], summary: &Summary::default(), tally: &Tally::default() };
        presenter.finish(&mut out, &closing).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_streamed_document_is_the_document() {
        for count in 0..3 {
            let streamed: Value = serde_json::from_str(&write(&mut Json::default(), count)).unwrap();
            let mut digest = Digest::default();
            (0..count).for_each(|_| digest.add(&event("java", "/a", None)));
            let whole = DecodeDocument {
                schema: SCHEMA.into(),
                events: (0..count).map(|_| event("java", "/a", None)).collect(),
                inputs: vec![Input {
                    name: "kern.log".into(),
                    transport: None,
                    lines: 1,
                    bytes: 2,
                    error: None,
                }],
                coverage: Coverage::default(),
                context: vec![],
                summary: digest.overall(),
            };
            assert_eq!(streamed, serde_json::to_value(whole).unwrap());
        }
    }

    #[test]
    fn a_streamed_document_has_what_the_schema_requires() {
        fn check(schema: &Value, root: &Value, value: &Value) -> usize {
            let schema = match schema["$ref"].as_str() {
                Some(name) => root.pointer(name.trim_start_matches('#')).unwrap(),
                None => schema,
            };
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            for key in required {
                assert!(value.get(key.as_str().unwrap()).is_some(), "{key}");
            }
            let fields = schema["properties"].as_object().into_iter().flatten();
            let below: usize = fields
                .filter_map(|(key, schema)| {
                    let value = value.get(key)?;
                    Some(match value {
                        Value::Array(items) => {
                            items.iter().map(|item| check(&schema["items"], root, item)).sum()
                        }
                        value => check(schema, root, value),
                    })
                })
                .sum();
            required.len() + below
        }
        let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = serde_json::to_value(generator.into_root_schema_for::<DecodeDocument>()).unwrap();
        let streamed: Value = serde_json::from_str(&write(&mut Json::default(), 1)).unwrap();
        assert!(20 < check(&schema, &schema, &streamed));
    }

    #[test]
    fn lines_stand_alone() {
        let text = write(&mut Lines::default(), 2);
        assert_eq!(text.lines().count(), 2);
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["schema"], "oomkit.decode/v1");
        assert_eq!(line["input_name"], "kern.log");
        assert_eq!(line["victims"][0]["comm"], "java");
    }
}
