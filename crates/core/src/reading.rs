//! Reading: what came of looking at a file of a host: known, absent, denied, vanished or malformed.

use std::{borrow::Cow, fmt, io};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::ident::visible;

/// A value that a host was asked for, or why there is none; never zero for unknown.
///
/// JSON has the value, or `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading<T> {
    /// The value.
    Known(T),
    /// There is no such thing here: the file does not exist, or the kernel was built without it.
    #[default]
    Absent,
    /// It may be there, but we may not look.
    Denied,
    /// It was there and went away meanwhile, as processes and cgroups do.
    Vanished,
    /// It is there and makes no sense; what was found instead.
    Malformed(Box<str>),
}

impl<T> Reading<T> {
    /// Says that something makes no sense: `found` is what was read, which is kept short and safe.
    #[must_use]
    pub fn malformed(found: &[u8]) -> Self {
        const KEPT: usize = 80;
        let (kept, cut) = match found.split_at_checked(KEPT) {
            Some((kept, rest)) => (kept, !rest.is_empty()),
            None => (found, false),
        };
        let mut shown = visible(kept).into_owned();
        if cut {
            shown.push('\u{2026}');
        }
        Self::Malformed(shown.into())
    }

    /// Returns the value, where it is known.
    #[must_use]
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Denied | Self::Vanished | Self::Malformed(_) => None,
        }
    }

    /// Tells whether the value is known.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Returns a reading of a reference to the value.
    #[must_use]
    pub fn as_ref(&self) -> Reading<&T> {
        match self {
            Self::Known(value) => Reading::Known(value),
            Self::Absent => Reading::Absent,
            Self::Denied => Reading::Denied,
            Self::Vanished => Reading::Vanished,
            Self::Malformed(found) => Reading::Malformed(found.clone()),
        }
    }

    /// Turns a known value into another; what is not known stays so for the same reason.
    #[must_use]
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Reading<U> {
        self.and_then(|value| Reading::Known(turn(value)))
    }

    /// Reads on from a known value; what is not known stays so for the same reason.
    #[must_use]
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Reading<U>) -> Reading<U> {
        match self {
            Self::Known(value) => read(value),
            Self::Absent => Reading::Absent,
            Self::Denied => Reading::Denied,
            Self::Vanished => Reading::Vanished,
            Self::Malformed(found) => Reading::Malformed(found),
        }
    }

    /// Looks elsewhere where there is no such thing here; a refusal is not taken for absence.
    #[must_use]
    pub fn or_else(self, read: impl FnOnce() -> Self) -> Self {
        if matches!(self, Self::Absent) { read() } else { self }
    }

    /// Says in words why there is no value; `None` where there is one.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        Some(match self {
            Self::Known(_) => return None,
            Self::Absent => "not there".to_owned(),
            Self::Denied => "not permitted".to_owned(),
            Self::Vanished => "gone meanwhile".to_owned(),
            Self::Malformed(found) => format!("not understood: {found}"),
        })
    }
}

/// Sorts an error of the system by what it means for the value that was asked for.
///
/// A missing file is absent here; whoever knows that it was there before says that it vanished.
impl<T> From<io::Error> for Reading<T> {
    fn from(error: io::Error) -> Self {
        /// The process has ended.
        const ESRCH: i32 = 3;
        /// The cgroup of an open file was removed.
        const ENODEV: i32 = 19;
        /// The kernel has the file, but what it tells of is switched off, as pressure by `psi=0`.
        const EOPNOTSUPP: i32 = 95;
        match (error.kind(), error.raw_os_error()) {
            (_, Some(ESRCH | ENODEV)) => Self::Vanished,
            (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) | (_, Some(EOPNOTSUPP)) => {
                Self::Absent
            }
            (io::ErrorKind::PermissionDenied, _) => Self::Denied,
            _ => Self::malformed(error.to_string().as_bytes()),
        }
    }
}

/// Shows the value, or why there is none.
impl<T: fmt::Display> fmt::Display for Reading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            unknown => f.pad(&unknown.why_not().unwrap_or_default()),
        }
    }
}

impl<T: Serialize> Serialize for Reading<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().known().serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Reading<T> {
    fn inline_schema() -> bool {
        Option::<T>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_they_mean_for_the_value() {
        for (number, expected) in [
            (2, Reading::Absent),
            (20, Reading::Absent),
            (95, Reading::Absent),
            (1, Reading::Denied),
            (13, Reading::Denied),
            (3, Reading::Vanished),
            (19, Reading::Vanished),
        ] {
            assert_eq!(Reading::<u8>::from(io::Error::from_raw_os_error(number)), expected, "{number}");
        }
        let broken = Reading::<u8>::from(io::Error::from_raw_os_error(5));
        assert!(matches!(broken, Reading::Malformed(_)), "{broken:?}");
    }

    #[test]
    fn unknown_is_null_and_says_why() {
        let all = [
            Reading::Known(0),
            Reading::Absent,
            Reading::Denied,
            Reading::Vanished,
            Reading::malformed(b"1\x1b[31m"),
        ];
        assert_eq!(serde_json::to_string(&all).unwrap(), "[0,null,null,null,null]");
        assert_eq!(
            all.map(|reading| reading.to_string()),
            ["0", "not there", "not permitted", "gone meanwhile", "not understood: 1\\x1b[31m"]
        );
        let long: Reading<u8> = Reading::malformed(&[b'x'; 81]);
        assert_eq!(long, Reading::Malformed(format!("{}\u{2026}", "x".repeat(80)).into()));
    }

    #[test]
    fn only_absence_looks_elsewhere() {
        assert_eq!(Reading::Absent.or_else(|| Reading::Known(1)), Reading::Known(1));
        assert_eq!(Reading::Denied.or_else(|| Reading::Known(1)), Reading::Denied);
        assert_eq!(Reading::Known(1).and_then(|_| Reading::<u8>::Vanished), Reading::Vanished);
    }
}
