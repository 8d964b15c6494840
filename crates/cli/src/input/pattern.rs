//! Patterns that reach the program unexpanded, such as a quoted `'/var/log/kern.log*'`.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Component, Path, PathBuf},
};

use globset::{GlobBuilder, GlobMatcher};

/// How many folders deep `**` goes, should links lead in a circle.
const DEEPEST: usize = 40;

/// Tells whether an argument holds any character that a pattern is made of.
pub(super) fn is_pattern(argument: &OsStr) -> bool {
    argument.as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
}

/// Returns the paths that match, sorted; an error is the pattern's own.
pub(super) fn expand(pattern: &OsStr) -> Result<Vec<PathBuf>, globset::Error> {
    let mut paths = vec![PathBuf::new()];
    for component in Path::new(pattern).components() {
        let Component::Normal(name) = component else {
            paths.iter_mut().for_each(|path| path.push(component));
            continue;
        };
        paths = if name == "**" {
            paths.iter().flat_map(|path| folders(path, DEEPEST)).collect()
        } else if is_pattern(name) {
            let matcher = matcher(name)?;
            paths.iter().flat_map(|path| matching(path, name, &matcher)).collect()
        } else {
            paths
                .into_iter()
                .map(|path| path.join(name))
                .filter(|path| path.symlink_metadata().is_ok())
                .collect()
        };
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

fn matcher(name: &OsStr) -> Result<GlobMatcher, globset::Error> {
    let text = name.to_string_lossy();
    Ok(GlobBuilder::new(&text).literal_separator(true).build()?.compile_matcher())
}

fn matching(folder: &Path, pattern: &OsStr, matcher: &GlobMatcher) -> Vec<PathBuf> {
    let hidden_wanted = starts_with_dot(pattern);
    names(folder)
        .into_iter()
        .filter(|name| (hidden_wanted || !starts_with_dot(name)) && matcher.is_match(name))
        .map(|name| folder.join(name))
        .collect()
}

fn folders(root: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![root.to_path_buf()];
    if let Some(depth) = depth.checked_sub(1) {
        for path in names(root).into_iter().filter(|name| !starts_with_dot(name)).map(|name| root.join(name))
        {
            // Links are not followed, as in a shell's `**`.
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                found.extend(folders(&path, depth));
            }
        }
    }
    found
}

/// A folder that cannot be listed has no names, as in a shell.
fn names(folder: &Path) -> Vec<OsString> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::read_dir(folder)
        .map_or_else(|_| Vec::new(), |entries| entries.flatten().map(|entry| entry.file_name()).collect())
}

fn starts_with_dot(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let root = tempfile::tempdir().unwrap();
        for name in
            ["log/kern.log", "log/kern.log.1", "log/.kern.log.swp", "log/sub/kern.log", "log/auth.log"]
        {
            fs::create_dir_all(root.path().join(name).parent().unwrap()).unwrap();
            fs::write(root.path().join(name), "").unwrap();
        }
        for (pattern, expected) in [
            ("log/kern.log*", vec!["log/kern.log", "log/kern.log.1"]),
            ("log/{auth,kern}.log", vec!["log/auth.log", "log/kern.log"]),
            ("l?g/*.swp", vec![]),
            ("log/.*.swp", vec!["log/.kern.log.swp"]),
            ("**/kern.log", vec!["log/kern.log", "log/sub/kern.log"]),
            ("*/[a-j]*.log", vec!["log/auth.log"]),
        ] {
            let found = expand(root.path().join(pattern).as_os_str()).unwrap();
            let found: Vec<_> =
                found.iter().map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn a_broken_pattern_is_an_error() {
        assert!(expand(OsStr::new("/tmp/[a")).is_err());
    }
}
