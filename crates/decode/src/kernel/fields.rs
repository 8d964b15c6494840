//! Splitting of kernel lines into numbers, keys and values; total on every input.

use oomkit_core::units::KiB;

/// Reads an unsigned number at the start, and returns what follows it.
#[must_use]
pub fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    let mut digits = 0;
    // Nineteen digits always fit, and hardly a number has more.
    for byte in text.iter().take(19) {
        let digit = byte.wrapping_sub(b'0');
        if 9 < digit {
            break;
        }
        value = value * 10 + u64::from(digit);
        digits += 1;
    }
    let mut rest = text.get(digits..)?;
    while digits == 19
        && let Some((digit, after)) = rest.split_first()
        && digit.is_ascii_digit()
    {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        rest = after;
    }
    (0 < digits).then_some((value, rest))
}

/// Reads a signed number at the start, and returns what follows it.
#[must_use]
pub fn signed(text: &[u8]) -> Option<(i64, &[u8])> {
    match text.strip_prefix(b"-") {
        Some(rest) => number(rest).and_then(|(value, rest)| Some((-i64::try_from(value).ok()?, rest))),
        None => number(text).and_then(|(value, rest)| Some((i64::try_from(value).ok()?, rest))),
    }
}

/// Reads a whole text as an unsigned number.
#[must_use]
pub fn whole_number(text: &[u8]) -> Option<u64> {
    number(text).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// Reads a whole text as a signed number.
#[must_use]
pub fn whole_signed(text: &[u8]) -> Option<i64> {
    signed(text).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// Reads a number that follows `key` directly, wherever the key stands.
#[must_use]
pub fn number_after(text: &[u8], key: &[u8]) -> Option<u64> {
    after(text, key).and_then(number).map(|(value, _)| value)
}

/// Reads a signed number that follows `key` directly, wherever the key stands.
#[must_use]
pub fn signed_after(text: &[u8], key: &[u8]) -> Option<i64> {
    after(text, key).and_then(signed).map(|(value, _)| value)
}

/// Reads a size in KiB that follows `key` directly; the unit must stand there, in either case.
#[must_use]
pub fn kib_after(text: &[u8], key: &[u8]) -> Option<KiB> {
    let (value, rest) = after(text, key).and_then(number)?;
    // One era printed "lkB" for a shared-memory size; transcripts turn kB into KB.
    let rest = rest.strip_prefix(b"l").unwrap_or(rest);
    unit(rest).is_some().then_some(KiB::new(value))
}

/// Returns what follows the first occurrence of `key`.
#[must_use]
pub fn after<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(text, key).and_then(|at| text.get(at + key.len()..))
}

/// Returns what stands before and after the first occurrence of `mark`.
#[must_use]
pub fn split_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// Returns what stands before and after the last occurrence of `mark`.
#[must_use]
pub fn rsplit_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::rfind(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// Reads `kB` or `KB` at the start, and returns what follows it.
#[must_use]
pub fn unit(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"kB").or_else(|| text.strip_prefix(b"KB"))
}

/// Removes white space at both ends.
#[must_use]
pub fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// A value of a `key:value` bag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A bare number, usually pages.
    Bare(u64),
    /// A number with `kB`.
    Kib(KiB),
}

/// One finding of [`pairs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A key with its value.
    Pair(&'a [u8], Value),
    /// A word that is no pair: damage, or a question such as `all_unreclaimable? no`.
    Word(&'a [u8]),
}

/// Walks a bag of `key:value` pairs in whatever order; a space may follow the colon.
#[must_use]
pub fn pairs(text: &[u8]) -> Pairs<'_> {
    Pairs { rest: text }
}

/// The iterator of [`pairs`].
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let text = self.rest.trim_ascii_start();
        if text.is_empty() {
            return None;
        }
        let key_len = text.iter().position(|byte| *byte == b':' || byte.is_ascii_whitespace());
        let key_len = key_len.unwrap_or(text.len());
        let (key, rest) = text.split_at_checked(key_len)?;
        if let Some((value, rest)) = pair_value(key, rest) {
            self.rest = rest;
            return Some(Item::Pair(key, value));
        }
        let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        Some(Item::Word(word))
    }
}

fn pair_value<'a>(key: &[u8], rest: &'a [u8]) -> Option<(Value, &'a [u8])> {
    if key.is_empty() || !key.iter().all(|byte| is_key_byte(*byte)) {
        return None;
    }
    let rest = rest.strip_prefix(b":")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (value, rest) = number(rest)?;
    match unit(rest) {
        Some(rest) if ends_here(rest) => Some((Value::Kib(KiB::new(value)), rest)),
        None if ends_here(rest) => Some((Value::Bare(value), rest)),
        _ => None,
    }
}

fn ends_here(rest: &[u8]) -> bool {
    rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b',')
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'(' | b')')
}

/// Reads a name that the kernel prints, as an owned text.
#[must_use]
pub fn owned(text: &[u8]) -> String {
    oomkit_core::ident::text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_digits_end() {
        for (text, read) in [
            (&b"12kB"[..], Some((12, &b"kB"[..]))),
            (b"", None),
            (b"x", None),
            (b"18446744073709551615", Some((u64::MAX, b""))),
            (b"18446744073709551616", None),
        ] {
            assert_eq!(number(text), read);
        }
        assert_eq!(signed(b"-2,"), Some((-2, &b","[..])));
    }

    #[test]
    fn bags_are_read_in_any_order() {
        let items: Vec<_> =
            pairs(b"free:3kB min: 4kB pages_scanned:7 all_unreclaimable? no mapp 9:1").collect();
        assert_eq!(
            items,
            [
                Item::Pair(b"free", Value::Kib(KiB::new(3))),
                Item::Pair(b"min", Value::Kib(KiB::new(4))),
                Item::Pair(b"pages_scanned", Value::Bare(7)),
                Item::Word(b"all_unreclaimable?"),
                Item::Word(b"no"),
                Item::Word(b"mapp"),
                Item::Pair(b"9", Value::Bare(1)),
            ]
        );
    }

    #[test]
    fn sizes_need_their_unit() {
        assert_eq!(kib_after(b"x anon-rss:5kB", b"anon-rss:"), Some(KiB::new(5)));
        assert_eq!(kib_after(b"x shmem-rss:5lkB", b"shmem-rss:"), Some(KiB::new(5)));
        assert_eq!(kib_after(b"x anon-rss:5", b"anon-rss:"), None);
    }
}
