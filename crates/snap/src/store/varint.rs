//! Integers in as many bytes as they need, and a reader of bytes that cannot run over the end.

/// Appends a number, seven bits to a byte.
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    while let 0x80.. = number {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Folds the sign into the lowest bit, so that small differences stay small numbers.
pub(super) const fn fold(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

/// Unfolds what [`fold`] has folded.
pub(super) const fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// Bytes that are read from the front; every read past the end is `None`.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let &[byte] = self.take(1)? else { return None };
            let part = u64::from(byte & 0x7f);
            number |= part.checked_shl(shift).filter(|shifted| shifted >> shift == part)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a count of things that take at least a bit each, so that no count can ask for more
    /// memory than a small multiple of what is there.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len().saturating_mul(8)).then_some(count)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends bits, eight to a byte.
pub(super) fn put_bits(out: &mut Vec<u8>, bits: &[bool]) {
    let byte = |bits: &[bool]| bits.iter().rev().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    out.extend(bits.chunks(8).map(byte));
}

/// Reads bits that [`put_bits`] has written.
pub(super) fn take_bits(reader: &mut Reader<'_>, count: usize) -> Option<Vec<bool>> {
    let bytes = reader.take(count.div_ceil(8))?;
    let bits = bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> at & 1 == 1));
    Some(bits.take(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let mut out = Vec::new();
            put(&mut out, number);
            let mut reader = Reader(&out);
            assert_eq!((reader.number(), reader.is_empty()), (Some(number), true), "{number}");
            assert_eq!(Reader(out.get(..out.len() - 1).unwrap()).number(), None, "{number}");
            assert_eq!(fold(unfold(number)), number);
        }
        assert_eq!(Reader(&[0xff; 12]).number(), None);
    }

    #[test]
    fn bits_come_back() {
        let bits: Vec<bool> = (0..19).map(|at| at % 3 == 0).collect();
        let mut out = Vec::new();
        put_bits(&mut out, &bits);
        assert_eq!(take_bits(&mut Reader(&out), 19), Some(bits));
        assert_eq!(take_bits(&mut Reader(&out), 25), None);
    }
}
