//! Column: its name, kind and unit, what it says, and how it is read out of a snapshot.

use super::Value;
use crate::snapshot::Snapshot;

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in UTF-8.
    Text,
    /// A whole number of 64 bits.
    Whole,
    /// A number with a fraction.
    Real,
    /// Yes or no.
    Truth,
    /// A moment of the wall clock, in UTC.
    Time,
}

impl Kind {
    /// Returns what the kind is called in the documentation.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "integer",
            Self::Real => "number",
            Self::Truth => "boolean",
            Self::Time => "time",
        }
    }
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which ends with the unit where there is one.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// Whether it only grows, and begins anew with a boot or with its control group.
    pub is_counter: bool,
    /// What it says, as a sentence.
    pub about: &'static str,
}

/// A column together with how a row fills it; `T` is what there is a row of.
pub(super) struct Field<T> {
    pub(super) column: Column,
    pub(super) read: Read<T>,
    /// Whether it is worth a series of its own.
    pub(super) is_metric: bool,
}

type Read<T> = for<'a> fn(&'a Snapshot, &'a T) -> Value<'a>;

impl<T> Field<T> {
    const fn new(name: &'static str, kind: Kind, about: &'static str, read: Read<T>) -> Self {
        Self { column: Column { name, kind, is_counter: false, about }, read, is_metric: false }
    }

    pub(super) const fn text(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self::new(name, Kind::Text, about, read)
    }

    pub(super) const fn whole(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self::new(name, Kind::Whole, about, read)
    }

    /// A whole number that goes up and down.
    pub(super) const fn gauge(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self { is_metric: true, ..Self::new(name, Kind::Whole, about, read) }
    }

    /// A whole number that only grows.
    pub(super) const fn counter(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        let field = Self::gauge(name, about, read);
        Self { column: Column { is_counter: true, ..field.column }, ..field }
    }

    /// A number with a fraction that goes up and down.
    pub(super) const fn real(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self { is_metric: true, ..Self::new(name, Kind::Real, about, read) }
    }

    pub(super) const fn truth(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self::new(name, Kind::Truth, about, read)
    }

    pub(super) const fn time(name: &'static str, about: &'static str, read: Read<T>) -> Self {
        Self::new(name, Kind::Time, about, read)
    }
}
