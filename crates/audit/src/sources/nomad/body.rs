//! A job as a tree of fields and blocks, whichever way it was written.

use std::borrow::Cow;

use crate::{
    model::Origin,
    quantity::{Amount, Scalar},
    yaml::Mark,
};

/// What stands in a block.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Keys with values.
    pub(super) fields: Vec<Field>,
    /// Blocks in it.
    pub(super) blocks: Vec<Block>,
}

/// A block such as `task "server" { … }`.
#[derive(Debug)]
pub(super) struct Block {
    /// What it is, such as `task`.
    pub(super) kind: String,
    /// Its label; empty where it has none.
    pub(super) label: String,
    /// Where its label stands, or its beginning.
    pub(super) at: Mark,
    /// What stands in it.
    pub(super) body: Body,
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Field {
    /// The key.
    pub(super) key: String,
    /// Where the value stands.
    pub(super) at: Mark,
    /// What the value is.
    pub(super) meaning: Meaning,
    /// The value as it was spelled.
    pub(super) spelled: String,
    /// Whether it stands there or a variable's value was put in.
    pub(super) origin: Origin,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Meaning {
    /// A scalar.
    Scalar(Scalar<'static>),
    /// A list.
    List(Vec<Field>),
    /// Something that is known only when the job is run; tells why.
    Unknown(String),
}

impl Body {
    /// Returns the field of a key; of two the last one, as in JSON.
    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().rev().find(|field| field.key == key)
    }

    /// Returns the blocks of a kind.
    pub(super) fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// Returns what stands in the first block of a kind.
    pub(super) fn within<'b>(&'b self, kind: &'b str) -> Option<&'b Self> {
        self.blocks(kind).next().map(|block| &block.body)
    }

    /// Returns the known text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.field(key)?.text()
    }
}

impl Field {
    /// Returns the text that the value is, where it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.meaning {
            Meaning::Scalar(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the value as a text, as a command line or an environment gets it.
    ///
    /// What Nomad fills in on the machine stays as it stands, such as `${NOMAD_TASK_DIR}`.
    pub(super) fn word(&self) -> Option<Cow<'_, str>> {
        match &self.meaning {
            Meaning::Scalar(Scalar::Text(text)) => Some(Cow::Borrowed(text)),
            Meaning::Scalar(Scalar::Int(number)) => Some(number.to_string().into()),
            Meaning::Scalar(Scalar::Float(number)) => Some(number.to_string().into()),
            Meaning::Scalar(Scalar::Bool(flag)) => Some(flag.to_string().into()),
            Meaning::Unknown(_) => Some(self.spelled.trim_matches('"').into()),
            Meaning::Scalar(Scalar::Null) | Meaning::List(_) => None,
        }
    }

    /// Returns the values of a list, or the one value.
    pub(super) fn items(&self) -> &[Self] {
        match &self.meaning {
            Meaning::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Reads the value as a size.
    pub(super) fn amount(&self, grammar: impl Fn(&Scalar<'_>) -> Amount) -> Amount {
        match &self.meaning {
            Meaning::Scalar(scalar) => grammar(scalar),
            Meaning::List(_) => Amount::refused("a size is a number here, and this is a list"),
            Meaning::Unknown(why) => Amount::Unknown(why.clone().into()),
        }
    }

    /// Returns the whole number that the value is; texts of digits are numbers to Nomad.
    pub(super) fn integer(&self) -> Option<i128> {
        match &self.meaning {
            Meaning::Scalar(Scalar::Int(number)) => Some(*number),
            Meaning::Scalar(Scalar::Text(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns whether the value is `true`.
    pub(super) fn is_true(&self) -> bool {
        matches!(&self.meaning, Meaning::Scalar(Scalar::Bool(true)))
            || self.text().is_some_and(|text| text == "true")
    }
}
