//! The size grammars: what a platform makes of a text such as `512m`.
//!
//! Nobody agrees, so each platform has a reader of its own, and none of them guesses: it yields what
//! the platform does with the text, be it a limit, no limit, or a refusal.

pub mod cgroup;
mod decimal;
pub mod docker;
pub mod go;
pub mod jvm;
pub mod kubernetes;
pub mod mebibytes;
pub mod systemd;

use std::borrow::Cow;

use oomkit_core::units::Bytes;

/// What a platform makes of a size that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A size that applies.
    Size(Bytes),
    /// A size that is less than one byte, or no whole number of them; it applies rounded up.
    Fraction(Bytes),
    /// A share of the machine's memory (or of its swap), in ten-thousandths.
    Share(u16),
    /// A size that is certain to be given and not known here, such as a variable that must be set.
    Required(Reason),
    /// No limit, and said so: `infinity`, `max`, `-1`.
    Unlimited,
    /// Read without complaint, and then as good as not written; tells why.
    Void(Reason),
    /// Logged as wrong and left out, and the program runs all the same; tells why.
    Ignored(Reason),
    /// Refused together with the object or file that it stands in; tells why.
    Refused(Reason),
    /// Not known before it runs, such as a variable that is not set here; names what it depends on.
    Unknown(Reason),
}

/// Why a text is not what its writer meant, as a fragment.
pub type Reason = Cow<'static, str>;

impl Amount {
    /// Returns the size that applies, where it is known.
    #[must_use]
    pub const fn size(&self) -> Option<Bytes> {
        match self {
            Self::Size(size) | Self::Fraction(size) => Some(*size),
            _ => None,
        }
    }

    /// Tells whether the platform enforces something, of whatever size.
    #[must_use]
    pub const fn applies(&self) -> bool {
        matches!(self, Self::Size(_) | Self::Fraction(_) | Self::Share(_) | Self::Required(_))
    }

    pub(crate) fn void(reason: impl Into<Reason>) -> Self {
        Self::Void(reason.into())
    }

    pub(crate) fn ignored(reason: impl Into<Reason>) -> Self {
        Self::Ignored(reason.into())
    }

    pub(crate) fn refused(reason: impl Into<Reason>) -> Self {
        Self::Refused(reason.into())
    }
}

/// What YAML makes of a scalar before a platform sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, in whatever base it was written.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    /// Returns the same without a borrow.
    #[must_use]
    pub fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(flag) => Scalar::Bool(flag),
            Self::Int(number) => Scalar::Int(number),
            Self::Float(number) => Scalar::Float(number),
            Self::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
        }
    }
}
