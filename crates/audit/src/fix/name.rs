//! Names of files as a patch has them.

use std::fmt::Write as _;

/// Returns the name of a file for the head of a patch: in quotes where a byte of it would end a line or a
/// name, and with a tab behind it where it has a space, so that no time is looked for there.
///
/// Source: `quote_c_style()` and `diff.c` of git, which `patch` follows.
#[must_use]
pub fn in_patch(name: &str) -> String {
    let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '"' | '\\');
    let mut shown = String::with_capacity(name.len() + 2);
    if name.chars().all(is_plain) {
        shown += name;
    } else {
        shown.push('"');
        for letter in name.chars() {
            match letter {
                '\n' => shown += "\\n",
                '\r' => shown += "\\r",
                '\t' => shown += "\\t",
                '"' | '\\' => shown.extend(['\\', letter]),
                letter if letter.is_control() => {
                    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                        // Writing into a string does not fail.
                        let _ = write!(shown, "\\{byte:03o}");
                    }
                }
                letter => shown.push(letter),
            }
        }
        shown.push('"');
    }
    if name.contains(' ') {
        shown.push('\t');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_does() {
        for (name, expected) in [
            ("a/deploy.yaml", "a/deploy.yaml"),
            ("a/sp ace.yaml", "a/sp ace.yaml\t"),
            ("a/\u{e4}.yaml", "a/\u{e4}.yaml"),
            ("a\nb\"c\\d\u{1b}", r#""a\nb\"c\\d\033""#),
            ("a b\t", "\"a b\\t\"\t"),
        ] {
            assert_eq!(in_patch(name), expected);
        }
    }
}
