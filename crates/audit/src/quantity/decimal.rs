//! Exact decimals: digits with a point, scaled and rounded up, without floats.

/// The longest run of digits that is worked with; no size needs more.
const LONGEST: usize = 512;

/// A number without a sign: digits, most significant first, and where the point stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: Vec<u8>,
    /// How many of the digits stand before the point; may lie outside of them.
    point: i64,
}

/// A number turned into whole units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// The units, rounded up.
    pub(super) units: u64,
    /// Whether nothing had to be rounded.
    pub(super) exact: bool,
}

impl Decimal {
    /// Takes the digits before and after the point; `None` where they are too many.
    pub(super) fn new(before: &str, after: &str) -> Option<Self> {
        if LONGEST < before.len() + after.len() {
            return None;
        }
        let digits: Vec<u8> = before.bytes().chain(after.bytes()).map(|digit| digit - b'0').collect();
        Some(Self { digits, point: i64::try_from(before.len()).ok()? })
    }

    /// Tells whether this is nothing.
    pub(super) fn is_zero(&self) -> bool {
        self.digits.iter().all(|digit| *digit == 0)
    }

    /// Multiplies by a power of ten.
    pub(super) const fn shift(&mut self, tens: i64) {
        self.point = self.point.saturating_add(tens);
    }

    /// Multiplies by a small number.
    pub(super) fn times(&mut self, factor: u32) {
        let mut carry = 0;
        for digit in self.digits.iter_mut().rev() {
            let product = u32::from(*digit) * factor + carry;
            *digit = u8::try_from(product % 10).unwrap_or_default();
            carry = product / 10;
        }
        while 0 < carry {
            self.digits.insert(0, u8::try_from(carry % 10).unwrap_or_default());
            self.point = self.point.saturating_add(1);
            carry /= 10;
        }
    }

    /// Rounds up to whole units; `None` above what 64 bits hold.
    pub(super) fn round_up(&self) -> Option<Whole> {
        if self.is_zero() {
            return Some(Whole { units: 0, exact: true });
        }
        let mut units = 0_u64;
        let mut exact = true;
        for (place, digit) in (0_i64..).zip(&self.digits) {
            if place < self.point {
                units = units.checked_mul(10)?.checked_add(u64::from(*digit))?;
            } else {
                exact &= *digit == 0;
            }
        }
        let count = i64::try_from(self.digits.len()).ok()?;
        for _ in count..self.point {
            units = units.checked_mul(10)?;
            // Zero stays zero however far the point moves, but that cannot be: it has a digit.
        }
        Some(Whole { units: if exact { units } else { units.checked_add(1)? }, exact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_on_the_way() {
        let check =
            |before: &str, after: &str, tens: i64, thousands: usize, expected: Option<(u64, bool)>| {
                let mut decimal = Decimal::new(before, after).unwrap();
                decimal.shift(tens);
                for _ in 0..thousands {
                    decimal.times(1024);
                }
                let whole = decimal.round_up().map(|whole| (whole.units, whole.exact));
                assert_eq!(whole, expected, "{before}.{after} {tens} {thousands}");
            };
        check("1", "5", 0, 3, Some((1_610_612_736, true)));
        check("1", "2", 0, 3, Some((1_288_490_189, false)));
        check("", "5", 0, 0, Some((1, false)));
        check("1", "", -9, 0, Some((1, false)));
        check("1", "", 18, 0, Some((1_000_000_000_000_000_000, true)));
        check("1", "", 400, 0, None);
        check("0", "", 400, 0, Some((0, true)));
        check("1", "", -400, 0, Some((1, false)));
        check("18446744073709551615", "", 0, 0, Some((u64::MAX, true)));
        check("18446744073709551615", "1", 0, 0, None);
        check("007", "", 0, 0, Some((7, true)));
    }
}
