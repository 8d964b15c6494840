//! Value: what stands in one cell of a row.

use std::borrow::Cow;

use jiff::Timestamp;
use oomkit_core::{limit::Limit, units::Bytes};

use crate::{name::Name, snapshot::Percent};

/// What stands in one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// It is not known.
    Unknown,
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Real(f64),
    /// Yes or no.
    Truth(bool),
    /// A moment of the wall clock.
    Time(Timestamp),
    /// Bytes that somebody chose, which each format makes safe in its own way.
    Text(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    /// A count.
    ///
    /// What exceeds 63 bits is no count that a kernel has reached, and few programs could read it.
    pub(super) fn count(count: Option<u64>) -> Self {
        count.and_then(|count| i64::try_from(count).ok()).map_or(Self::Unknown, Self::Whole)
    }

    /// A number with a sign.
    pub(super) fn number(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::Unknown, |number| Self::Whole(number.into()))
    }

    /// A size.
    pub(super) fn size(size: Option<Bytes>) -> Self {
        Self::count(size.map(Bytes::get))
    }

    /// The size of a limit; nothing where there is no limit.
    pub(super) fn limit(limit: Option<Limit>) -> Self {
        Self::size(limit.and_then(Limit::size))
    }

    /// Whether there is no limit.
    pub(super) fn is_max(limit: Option<Limit>) -> Self {
        Self::truth(limit.map(|limit| limit == Limit::Max))
    }

    /// Yes or no.
    pub(super) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Unknown, Self::Truth)
    }

    /// A share of time.
    pub(super) fn percent(percent: Option<Percent>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a hundredth of a percent is all there is")]
        percent.map_or(Self::Unknown, |percent| Self::Real(percent.hundredths() as f64 / 100.0))
    }

    /// A name.
    pub(super) fn name(name: Option<&'a Name>) -> Self {
        name.map_or(Self::Unknown, |name| Self::bytes(name.as_bytes()))
    }

    /// A text.
    pub(super) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Unknown, |text| Self::bytes(text.as_bytes()))
    }

    /// Bytes.
    pub(super) const fn bytes(bytes: &'a [u8]) -> Self {
        Self::Text(Cow::Borrowed(bytes))
    }
}
