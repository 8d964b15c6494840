//! A small generator of numbers that are the same on every machine.

/// SplitMix64, by Sebastiano Vigna: one addition and a few shifts for each number.
pub(super) struct Random(u64);

impl Random {
    /// Starts the sequence that belongs to a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to just below `end`.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// Returns one of the items.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> Option<&'a T> {
        let end = u64::try_from(items.len()).unwrap_or(0);
        usize::try_from(self.below(end)).ok().and_then(|at| items.get(at)).copied()
    }
}
