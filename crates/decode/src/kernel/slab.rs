//! The list of unreclaimable slab caches and the list of allocation sites.
//!
//! Sources: `dump_unreclaimable_slab()` in `mm/slab_common.c` (since Linux 4.15),
//! `alloc_tag_top_users()` in `lib/alloc_tag.c` (since Linux 6.10).

use oomkit_core::units::{Bytes, KiB};

use super::fields::{number, owned, split_once, unit};

/// A row of the list of slab caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The name.
    pub name: String,
    /// What the objects use.
    pub used: KiB,
    /// What the cache holds.
    pub total: KiB,
}

/// Tells whether a line begins the list of slab caches.
#[must_use]
pub fn is_head(text: &[u8]) -> bool {
    text.trim_ascii() == b"Unreclaimable slab info:"
}

/// Tells whether a line names the columns of the list.
#[must_use]
pub fn is_columns(text: &[u8]) -> bool {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.next() == Some(b"Name") && words.next() == Some(b"Used") && words.next() == Some(b"Total")
}

/// Reads a row: names may hold anything, so the figures are taken from the right.
#[must_use]
pub fn read_cache(text: &[u8]) -> Option<Cache> {
    let (rest, total) = last_size(text.trim_ascii())?;
    let (rest, used) = last_size(rest.trim_ascii_end())?;
    let name = rest.trim_ascii();
    (!name.is_empty()).then(|| Cache { name: owned(name), used, total })
}

fn last_size(text: &[u8]) -> Option<(&[u8], KiB)> {
    let start = text.iter().rposition(u8::is_ascii_whitespace)? + 1;
    let (rest, word) = text.split_at_checked(start)?;
    let (size, end) = number(word)?;
    unit(end).filter(|end| end.is_empty()).map(|_| (rest, KiB::new(size)))
}

/// A row of the list of allocation sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What is allocated from there.
    pub bytes: Bytes,
    /// How many allocations there are.
    pub calls: u64,
    /// File and line.
    pub place: String,
    /// The module.
    pub module: Option<String>,
    /// The function.
    pub function: String,
}

/// Tells whether a line begins the list of allocation sites.
#[must_use]
pub fn is_sites_head(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text == b"Memory allocations:" || text.starts_with(b"Memory allocations (profiling is currently turned o")
}

/// Reads a row: `<bytes> <calls> <file>:<line> [<module>] func:<function>`.
#[must_use]
pub fn read_site(text: &[u8]) -> Option<Site> {
    let (head, function) = split_once(text.trim_ascii(), b" func:")?;
    let (bytes, rest) = size(head)?;
    let (calls, rest) = number(rest.trim_ascii_start())?;
    let (place, module) = match split_once(rest.trim_ascii(), b" [") {
        Some((place, module)) => (place, module.strip_suffix(b"]").map(owned)),
        None => (rest.trim_ascii(), None),
    };
    Some(Site { bytes, calls, place: owned(place), module, function: owned(function) })
}

/// Plain bytes in Linux 6.10, a rounded size such as `3.0 GiB` later.
fn size(text: &[u8]) -> Option<(Bytes, &[u8])> {
    let (whole, rest) = number(text)?;
    let (fraction, digits, rest) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let (fraction, after) = number(rest)?;
            (fraction, rest.len() - after.len(), after)
        }
        None => (0, 0, rest),
    };
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (shift, rest) =
        UNITS.iter().find_map(|(word, shift)| Some((*shift, rest.strip_prefix(*word)?))).unwrap_or((0, rest));
    let scale = 10u64.checked_pow(u32::try_from(digits).ok()?)?;
    let in_unit = u128::from(whole) * u128::from(scale) + u128::from(fraction);
    let bytes = (in_unit << shift) / u128::from(scale);
    Some((Bytes::new(u64::try_from(bytes).ok()?), rest))
}

const UNITS: [(&[u8], u32); 7] =
    [(b"KiB ", 10), (b"kiB ", 10), (b"MiB ", 20), (b"GiB ", 30), (b"TiB ", 40), (b"PiB ", 50), (b"B ", 0)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_read_from_the_right() {
        let cache = read_cache(b"ext4 (odd): name        12KB         48KB").unwrap();
        assert_eq!(
            (cache.name.as_str(), cache.used, cache.total),
            ("ext4 (odd): name", KiB::new(12), KiB::new(48))
        );
        for text in ["Name  Used  Total", "dentry 12KB", "12KB 48KB", ""] {
            assert_eq!(read_cache(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn allocation_sites_are_read_in_both_eras() {
        let site = read_site(b"    3.0 GiB   786432 mm/memory.c:1061 func:do_anonymous_page").unwrap();
        assert_eq!((site.bytes, site.calls), (Bytes::new(3 << 30), 786_432));
        let site = read_site(b"1572864 384 drivers/a.c:7 [a_module] func:a").unwrap();
        assert_eq!((site.bytes, site.module.as_deref()), (Bytes::new(1_572_864), Some("a_module")));
    }
}
