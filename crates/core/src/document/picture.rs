//! Pictures: bars, gauges, panels and a timeline, as figures that every format can draw.

use super::Tone;
use crate::units::{Bytes, Share};

/// A bar: a part of a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What the part is.
    pub label: String,
    /// How large it is, in words.
    pub value: String,
    /// Its share of the whole, from 0 to 1; renderers cut what lies outside.
    pub share: f64,
    /// How it is meant.
    pub tone: Tone,
    /// What kind of part it is.
    pub fill: Fill,
}

/// What kind of part of a whole a bar is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// A part that is in use.
    #[default]
    Used,
    /// What is free.
    Free,
    /// What nobody claims.
    Unknown,
    /// What is claimed twice, and so lies outside of the whole.
    Excess,
}

impl Bar {
    /// A bar for `part` of `whole`.
    #[must_use]
    pub fn of(label: impl Into<String>, part: Bytes, whole: Bytes, tone: Tone) -> Self {
        let share = Share::of(part, whole).map_or(0.0, Share::fraction);
        Self { label: label.into(), value: part.to_string(), share, tone, fill: Fill::Used }
    }

    /// Says what kind of part it is.
    #[must_use]
    pub fn filled(self, fill: Fill) -> Self {
        Self { fill, ..self }
    }
}

/// A level against its marks, such as the free memory of a zone against its watermarks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauge {
    /// Whose level it is.
    pub label: String,
    /// The level; its share is of the scale, and above 1 where it leaves the scale.
    /// `None` where it is not known.
    pub level: Option<Mark>,
    /// The marks in rising order.
    pub marks: Vec<Mark>,
    /// What of the level is kept from use, from nothing up to this mark.
    pub kept: Option<Mark>,
    /// Where the level stands, in a few words.
    pub state: String,
    /// How that is meant.
    pub tone: Tone,
    /// What the level is made of, as parts of it.
    pub parts: Vec<Bar>,
    /// What the parts are, in a few words.
    pub parts_are: String,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// A place on the scale of a gauge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// What it is called.
    pub label: String,
    /// How large it is, in words.
    pub value: String,
    /// Where it stands on the scale, from 0 to 1.
    pub share: f64,
}

/// One of several things that stand side by side, as parts of a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Which thing.
    pub title: String,
    /// How large it is as a whole, in words, where that is known.
    pub whole: Option<String>,
    /// Its parts; a part of one label means the same in each panel.
    pub parts: Vec<Bar>,
    /// What else is to be said, such as its state.
    pub facts: Vec<(String, String)>,
}

/// How often something happened, in steps of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The beginning of the first step, in words.
    pub from: String,
    /// The end of the last step, in words.
    pub to: String,
    /// How long a step is, in words.
    pub step: String,
    /// What is counted, in words, such as `events`.
    pub what: String,
    /// How often it happened in each step.
    pub counts: Vec<u64>,
}
