//! Control groups: which path lies in which group.

/// Tells whether a path is that of a control group or of one below it; all lie in the root.
#[must_use]
pub fn lies_in(path: &[u8], group: &[u8]) -> bool {
    let group = group.strip_suffix(b"/").unwrap_or(group);
    path.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_holds_itself_and_what_is_below_it() {
        for (path, group, expected) in [
            ("/a", "/", true),
            ("/", "/", true),
            ("/a", "/a", true),
            ("/a/b", "/a", true),
            ("/a/b", "/a/", true),
            ("/ab", "/a", false),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(lies_in(path.as_bytes(), group.as_bytes()), expected, "{path} in {group}");
        }
    }
}
