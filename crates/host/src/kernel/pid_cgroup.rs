//! `/proc/<pid>/cgroup`: the cgroups of a process, one in each hierarchy.

use oomkit_core::reading::Reading;

use super::fields::{lines, parted};

/// The paths of a process that memory is about, as they are seen from the reader's cgroup namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PidCgroup {
    /// In the hierarchy of version 2.
    pub unified: Option<Vec<u8>>,
    /// In the hierarchy of version 1 that has the memory controller.
    pub memory: Option<Vec<u8>>,
    /// Whether the cgroup of version 2 was removed while the process was in it.
    pub is_removed: bool,
}

impl PidCgroup {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let mut read = Self::default();
        let mut understood = false;
        for line in lines(bytes) {
            // A path may hold colons, so only the first two part anything.
            let Some((hierarchy, rest)) = parted(line, b':') else { continue };
            let Some((controllers, path)) = parted(rest, b':') else { continue };
            understood = true;
            if hierarchy == b"0" && controllers.is_empty() {
                let removed = path.strip_suffix(b" (deleted)");
                read.is_removed = removed.is_some();
                read.unified = Some(removed.unwrap_or(path).to_owned());
            } else if controllers.split(|b| *b == b',').any(|name| name == b"memory") {
                read.memory = Some(path.to_owned());
            }
        }
        if understood { Reading::Known(read) } else { Reading::malformed(bytes) }
    }

    /// Returns the path in the hierarchy that accounts memory: version 1 where it has the controller.
    #[must_use]
    pub fn of_memory(&self) -> Option<&[u8]> {
        self.memory.as_deref().or(self.unified.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read() {
        let read = |text: &[u8]| {
            PidCgroup::read(text).map(|read| {
                let shown = |path: &Option<Vec<u8>>| {
                    path.as_deref().map_or("-".to_owned(), |path| path.escape_ascii().to_string())
                };
                let removed = if read.is_removed { " removed" } else { "" };
                format!("{} {}{removed}", shown(&read.unified), shown(&read.memory))
            })
        };
        for (text, expected) in [
            (&b"0::/system.slice/a.service\n"[..], "/system.slice/a.service -"),
            (b"9:name=systemd:/\n4:memory,hugetlb:/k8s:io/a\n0::/\n", "/ /k8s:io/a"),
            (b"4:mymemory:/x\n0::/a (deleted)\n", "/a - removed"),
            (b"0::/\xff\x01\n", "/\\xff\\x01 -"),
            (b"0::/../other\n", "/../other -"),
            (b"3:cpu:/\n", "- -"),
        ] {
            assert_eq!(read(text), Reading::Known(expected.to_owned()));
        }
        assert!(matches!(read(b""), Reading::Malformed(_)));
        assert!(matches!(read(b"junk\n"), Reading::Malformed(_)));
    }
}
