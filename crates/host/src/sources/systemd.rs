//! How systemd names the folders of cgroups: an underscore before names that the kernel uses itself.

use std::borrow::Cow;

/// Names that the kernel's own files have.
const TAKEN: &[&str] = &["tasks", "notify_on_release", "release_agent"];
/// Controllers, whose names start their files'.
const CONTROLLERS: &[&str] = &[
    "cgroup", "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "hugetlb", "misc",
    "rdma",
];

/// Returns the folder of a unit, such as `_memory.service` for `memory.service`.
#[must_use]
pub fn folder_of_unit(unit: &str) -> Cow<'_, str> {
    let is_file = TAKEN.contains(&unit)
        || unit.split_once('.').is_some_and(|(before, _)| CONTROLLERS.contains(&before));
    if unit.starts_with(['_', '.']) || is_file { Cow::Owned(format!("_{unit}")) } else { Cow::Borrowed(unit) }
}

/// Returns the unit of a folder.
#[must_use]
pub fn unit_of_folder(folder: &str) -> &str {
    folder.strip_prefix('_').unwrap_or(folder)
}

/// Returns the path of a slice: `a-b.slice` lies in `a.slice`, and `-.slice` is the root.
#[must_use]
pub fn path_of_slice(slice: &str) -> String {
    let mut path = String::new();
    let Some(name) = slice.strip_suffix(".slice").filter(|name| *name != "-") else { return path };
    let ends = name.match_indices('-').map(|(at, _)| at).chain([name.len()]);
    for part in ends.filter_map(|end| name.get(..end)).filter(|part| !part.is_empty()) {
        path.push('/');
        path.push_str(&folder_of_unit(&format!("{part}.slice")));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_kernel_are_escaped_and_back() {
        for (unit, folder) in [
            ("nginx.service", "nginx.service"),
            ("memory.service", "_memory.service"),
            ("cgroup.slice", "_cgroup.slice"),
            ("memory-hog.service", "memory-hog.service"),
            ("_odd.service", "__odd.service"),
            (".hidden.service", "_.hidden.service"),
            ("tasks", "_tasks"),
        ] {
            assert_eq!(folder_of_unit(unit), folder);
            assert_eq!(unit_of_folder(folder), unit);
        }
    }

    #[test]
    fn a_slice_lies_in_the_slices_of_its_name() {
        for (slice, path) in [
            ("-.slice", ""),
            ("system.slice", "/system.slice"),
            ("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"),
            ("memory-x.slice", "/_memory.slice/memory-x.slice"),
            ("nothing.service", ""),
        ] {
            assert_eq!(path_of_slice(slice), path);
        }
    }
}
