//! A setting: a value, how it was spelled, and where.

use std::borrow::Cow;

use super::{Place, ScopeId};
use crate::quantity::Amount;

/// A value that somebody wrote, or that follows from what somebody wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<T> {
    /// What the platform makes of it.
    pub value: T,
    /// The key, as people of the platform call it.
    pub key: Cow<'static, str>,
    /// The value as it was spelled.
    pub spelled: String,
    /// Where the value stands.
    pub place: Place,
    /// Who set it.
    pub origin: Origin,
}

/// Who set a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// It stands here.
    #[default]
    Written,
    /// It stands here as a variable, whose value or default was put in.
    Variable,
    /// A default of the surroundings, such as a namespace's; its place is there.
    Default,
    /// It follows from another setting of the same scope or of the one above.
    Derived,
}

/// A value that may not be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// A value.
    Known(T),
    /// What was written is refused or passed over; tells why.
    Refused(Cow<'static, str>),
}

impl<T> Given<T> {
    /// Returns the value, if it is one.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Refused(_) => None,
        }
    }
}

/// How much swap may be used, as the platform counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Memory and swap together, as Docker counts.
    Total(Amount),
    /// Swap alone, as cgroup v2 and systemd count.
    Alone(Amount),
}

impl<T> Setting<T> {
    /// Makes the place one of a scope, unless it is one already.
    pub(super) fn adopt(&mut self, scope: ScopeId) {
        if self.place.scope.is_none() && self.origin != Origin::Default {
            self.place = self.place.of(scope);
        }
    }

    /// Returns another value that stands at the same place.
    #[must_use]
    pub fn with<U>(&self, value: U) -> Setting<U> {
        let Self { key, spelled, place, origin, .. } = self;
        Setting { value, key: key.clone(), spelled: spelled.clone(), place: *place, origin: *origin }
    }

    /// Returns a copy that says that somebody else set it.
    #[must_use]
    pub fn as_from(&self, origin: Origin) -> Self
    where
        T: Clone,
    {
        Self { origin, ..self.clone() }
    }
}
