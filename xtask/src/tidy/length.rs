//! Headers, and how long files and functions may be.

use super::{Complaint, File};

const FILE: usize = 600;
const FUNCTION: usize = 80;

/// Wants a sentence at the top of each file.
pub(super) fn header(file: &File) -> Vec<Complaint> {
    let first = file.text.lines().next().unwrap_or_default();
    if first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty()) {
        return Vec::new();
    }
    vec![complaint(
        file,
        1,
        "the file has no header; open it with `//!` and a sentence on what it is for".into(),
    )]
}

/// Refuses long files.
pub(super) fn file(file: &File) -> Vec<Complaint> {
    let lines = file.last_line();
    if file.is_test() || lines <= FILE {
        return Vec::new();
    }
    vec![complaint(
        file,
        FILE + 1,
        format!("the file has {lines} lines; more than {FILE} are refused, split it"),
    )]
}

/// Refuses long functions.
pub(super) fn functions(file: &File) -> Vec<Complaint> {
    if file.is_test() {
        return Vec::new();
    }
    let lines: Vec<&str> = file.code_lines().map(|(_, line)| line).collect();
    let mut complaints = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let length = body_length(lines.get(at..).unwrap_or_default());
        if FUNCTION < length {
            let what = format!("`{name}` has {length} lines; more than {FUNCTION} are refused, split it");
            complaints.push(complaint(file, at + 1, what));
        }
    }
    complaints
}

fn complaint(file: &File, line: usize, what: String) -> Complaint {
    Complaint { path: file.path.clone(), line, what }
}

/// Returns the name of the function that a line declares, if any; function pointers have none.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let starts_word = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
    after.get(..end).filter(|name| starts_word && !name.is_empty())
}

/// Counts the lines from a declaration to the end of its body; 0 where it has none.
fn body_length(lines: &[&str]) -> usize {
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    for (at, line) in lines.iter().enumerate() {
        for c in line.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth <= 1 => return at + 1,
                '}' => depth -= 1,
                '[' | '(' => brackets += 1,
                ']' | ')' => brackets = brackets.saturating_sub(1),
                // A `;` inside of `[u8; 4]` ends nothing.
                ';' if depth == 0 && brackets == 0 => return 0,
                _ => {}
            }
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_sentence() {
        for (text, complaints) in [("//! What.\n", 0), ("//!\n", 1), ("use a;\n", 1), ("", 1)] {
            assert_eq!(header(&File::new("a.rs", text)).len(), complaints, "{text:?}");
        }
    }

    #[test]
    fn long_files_are_refused_but_long_tests_are_not() {
        let long = "x;\n".repeat(601);
        assert_eq!(file(&File::new("crates/a/src/b.rs", &long)).len(), 1);
        assert_eq!(file(&File::new("tests/b.rs", &long)).len(), 0);
        let tests = format!("x;\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(file(&File::new("crates/a/src/b.rs", &tests)).len(), 0);
    }

    #[test]
    fn functions_are_measured_from_name_to_brace() {
        for (body, complaints) in [(77, 0), (79, 1)] {
            let text = format!(
                "fn a(x: [u8; 4]) -> fn(u8) {{\n{}    \"}}\"\n}}\nfn b();\n",
                "    x;\n".repeat(body)
            );
            let found = functions(&File::new("a.rs", &text));
            assert_eq!(found.len(), complaints, "{body}: {found:?}");
        }
    }
}
