//! `/proc/self/mountinfo`: what is mounted where, in the bytes of its names.

use oomkit_core::units::{Bytes, KiB};

use super::fields::{lines, number};

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The folder of the file system that is mounted; `/` is all of it.
    pub root: Vec<u8>,
    /// Where it is mounted.
    pub point: Vec<u8>,
    /// The kind of the file system, such as `cgroup2`.
    pub kind: Vec<u8>,
    /// The options of the file system, parted by commas.
    pub options: Vec<u8>,
}

impl Mount {
    /// Reads all mounts; a line that makes no sense is left out.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Vec<Self> {
        lines(bytes).filter_map(mount).collect()
    }

    /// Tells whether the file system has an option.
    #[must_use]
    pub fn has(&self, option: &[u8]) -> bool {
        self.options.split(|b| *b == b',').any(|own| own == option)
    }

    /// Returns how large a file system in memory may become; `None` where it says nothing of that.
    ///
    /// The kernel prints `size=` unless it is the default, which is half of the memory.
    #[must_use]
    pub fn size(&self) -> Option<Bytes> {
        let text = self.options.split(|b| *b == b',').find_map(|own| own.strip_prefix(b"size="))?;
        match text.strip_suffix(b"k") {
            Some(kibi) => number(kibi).map(|kibi| KiB::new(kibi).bytes()),
            None => number(text).map(Bytes::new),
        }
    }
}

/// Reads `31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw`.
fn mount(line: &[u8]) -> Option<Mount> {
    // Any number of words may stand before the dash; none of those behind it may be missing.
    let mut words = line.split(|b| *b == b' ');
    let (root, point) = (words.nth(3)?, words.next()?);
    words.find(|word| *word == b"-")?;
    let (kind, _source, options) = (words.next()?, words.next()?, words.next()?);
    Some(Mount {
        root: unescaped(root),
        point: unescaped(point),
        kind: kind.to_owned(),
        options: unescaped(options),
    })
}

/// Undoes the escapes of blanks and backslashes, `\040`.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let octal = |digit: &u8| matches!(digit, b'0'..=b'7').then(|| u16::from(digit - b'0'));
        let escaped = match rest {
            [b'\\', a, b, c, ..] => match (octal(a), octal(b), octal(c)) {
                (Some(a), Some(b), Some(c)) => u8::try_from(a << 6 | b << 3 | c).ok(),
                _ => None,
            },
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { rest.get(4..).unwrap_or_default() } else { after };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_with_all_their_bytes() {
        let text = b"23 1 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n\
            31 23 0:28 /a\\040b /mnt/back\\134slash\\011\xff rw - cgroup cgroup rw,memory\n\
            32 23 0:29 / /x rw shared:1 master:2 propagate_from:3 - cgroup2 none rw,nsdelegate\n\
            short line\n33 23 0:1 / /y rw - proc\n";
        let mount = |root: &[u8], point: &[u8], kind: &[u8], options: &[u8]| Mount {
            root: root.into(),
            point: point.into(),
            kind: kind.into(),
            options: options.into(),
        };
        let expected = [
            mount(b"/", b"/sys", b"sysfs", b"rw"),
            mount(b"/a b", b"/mnt/back\\slash\t\xff", b"cgroup", b"rw,memory"),
            mount(b"/", b"/x", b"cgroup2", b"rw,nsdelegate"),
        ];
        let read = Mount::read_all(text);
        assert_eq!(read, expected);
        assert!(read[1].has(b"memory") && !read[1].has(b"mem") && !read[2].has(b"memory"));
        let sized = |options: &[u8]| mount(b"/", b"/", b"tmpfs", options).size().map(Bytes::get);
        assert_eq!(sized(b"rw,size=1024k,mode=755"), Some(1 << 20));
        assert_eq!((sized(b"rw,mode=755"), sized(b"rw,size=50%")), (None, None));
        assert_eq!(unescaped(b"\\04\\999\\777\\"), b"\\04\\999\\777\\");
    }
}
