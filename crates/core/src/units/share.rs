//! Share: a part of a whole, shown as percent.

use std::fmt;

use super::Bytes;

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// Returns the share that `part` has in `whole`; `None` for a whole of zero.
    #[must_use]
    pub fn of(part: Bytes, whole: Bytes) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
        (whole != Bytes::ZERO).then(|| Self(part.get() as f64 / whole.get() as f64))
    }

    /// Returns the share as a fraction, where 1 is the whole.
    #[must_use]
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// Shows the share as percent, as in `70.3 %`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} %", self.0 * 100.0))
    }
}
