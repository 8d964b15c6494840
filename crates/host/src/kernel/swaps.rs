//! `/proc/swaps`: the swap areas and how full they are.

use oomkit_core::{
    reading::Reading,
    units::{Bytes, KiB},
};

use super::fields::{lines, number, signed, words};

/// A swap area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The device or file, as the kernel escapes it.
    pub name: Box<str>,
    /// `partition` or `file`.
    pub kind: Box<str>,
    /// Its size.
    pub size: Bytes,
    /// What is used of it.
    pub used: Bytes,
    /// Its priority; larger ones are used first.
    pub priority: Option<i64>,
}

impl Swap {
    /// Reads all areas; a machine without swap has none.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Reading<Vec<Self>> {
        let mut lines = lines(bytes);
        if !lines.next().is_some_and(|head| head.starts_with(b"Filename")) {
            return Reading::malformed(bytes);
        }
        Reading::Known(lines.filter_map(swap).collect())
    }
}

fn swap(line: &[u8]) -> Option<Swap> {
    let text = |word: &[u8]| String::from_utf8_lossy(word).into();
    let mut words = words(line);
    Some(Swap {
        name: text(words.next()?),
        kind: text(words.next()?),
        size: KiB::new(number(words.next()?)?).bytes(),
        used: KiB::new(number(words.next()?)?).bytes(),
        priority: words.next().and_then(signed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read_and_none_is_an_answer() {
        let head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(Swap::read_all(head.as_bytes()), Reading::Known(Vec::new()));
        let text = format!(
            "{head}/dev/zram0\tpartition\t4194300\t512\t100\n/swap\\040file file 1024 0 -2\nbroken\n"
        );
        let area = |name: &str, kind: &str, size, used, priority| Swap {
            name: name.into(),
            kind: kind.into(),
            size: KiB::new(size).bytes(),
            used: KiB::new(used).bytes(),
            priority: Some(priority),
        };
        assert_eq!(
            Swap::read_all(text.as_bytes()),
            Reading::Known(vec![
                area("/dev/zram0", "partition", 4_194_300, 512, 100),
                area("/swap\\040file", "file", 1024, 0, -2),
            ])
        );
        assert!(matches!(Swap::read_all(b""), Reading::Malformed(_)));
    }
}
