//! Bytes, KiB and ByteDelta: exact sizes and signed differences.

use std::fmt;

use humansize::{BINARY, FormatSizeOptions, format_size};
use schemars::JsonSchema;
use serde::Serialize;

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// No memory at all, which is not the same as an unknown amount.
    pub const ZERO: Self = Self(0);

    /// Takes a count of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns the count of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the whole KiB in this size, as the kernel's `kB` counts them.
    #[must_use]
    pub const fn kib(self) -> u64 {
        self.0 >> 10
    }

    /// Returns the sum, or the largest size where it does not fit.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference with its sign.
    #[must_use]
    pub fn minus(self, other: Self) -> ByteDelta {
        ByteDelta::between(other, self)
    }
}

impl std::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::ZERO, Self::saturating_add)
    }
}

/// Shows the size in binary units, such as `44.1 GiB`; sizes below 1 KiB are shown whole.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&human(self.0))
    }
}

/// A size in KiB, which the kernel spells `kB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KiB(u64);

impl KiB {
    /// Takes a count of KiB.
    #[must_use]
    pub const fn new(kib: u64) -> Self {
        Self(kib)
    }

    /// Returns the count of KiB.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the same size in bytes, or the largest size where it does not fit.
    #[must_use]
    pub const fn bytes(self) -> Bytes {
        Bytes(self.0.saturating_mul(1024))
    }
}

/// A signed difference of two sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ByteDelta(i64);

impl ByteDelta {
    /// Returns what must be added to `from` to reach `to`.
    #[must_use]
    pub fn between(from: Bytes, to: Bytes) -> Self {
        let delta = i128::from(to.0) - i128::from(from.0);
        Self(i64::try_from(delta).unwrap_or(if delta < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Returns the signed count of bytes.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the size without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Bytes {
        Bytes(self.0.unsigned_abs())
    }
}

/// Shows the difference with its sign, as in `+1.5 GiB`.
impl fmt::Display for ByteDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        f.pad(&format!("{sign}{}", human(self.0.unsigned_abs())))
    }
}

fn human(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // humansize does not move to the next unit after rounding ("1024.0 KiB"), so sizes that
    // would round up to 1024 of a unit are lifted over the edge first.
    let options = FormatSizeOptions::from(BINARY).decimal_places(1).decimal_zeroes(1);
    let shown = format_size(bytes, options);
    match shown.strip_prefix("1024.0 ") {
        Some(_) => format_size(bytes.next_power_of_two(), options),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_binary_units() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (47_352_434_688, "44.1 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(Bytes::new(bytes).to_string(), shown);
        }
    }

    #[test]
    fn differences_keep_their_sign() {
        assert_eq!(Bytes::new(1024).minus(Bytes::new(3072)).to_string(), "-2.0 KiB");
        assert_eq!(Bytes::new(u64::MAX).minus(Bytes::ZERO).get(), i64::MAX);
    }
}
