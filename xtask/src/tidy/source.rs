//! File: a path and a text, and for Rust what in it is code, string or comment.

/// A file of the workspace.
#[derive(Clone, Debug)]
pub struct File {
    /// The path from the root of the workspace, with `/`.
    pub path: String,
    /// The contents.
    pub text: String,
    /// The contents with strings and comments blanked out; the lines are the same.
    pub(super) code: String,
    /// The string literals, each with its line.
    pub(super) strings: Vec<(usize, String)>,
    /// The comments, each with its line.
    pub(super) comments: Vec<(usize, String)>,
}

impl File {
    /// Takes a path and a text.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let mut file = Self {
            path: path.into(),
            text: text.into(),
            code: String::with_capacity(text.len()),
            strings: Vec::new(),
            comments: Vec::new(),
        };
        if file.is_rust() {
            Scanner { rest: text, line: 1, file: &mut file }.scan();
        }
        file
    }

    /// Returns whether this is Rust.
    #[must_use]
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Returns whether all of this is test, bench or fuzzing.
    pub(super) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs"))
    }

    /// Returns the last line before the unit tests.
    pub(super) fn last_line(&self) -> usize {
        let lines: Vec<&str> = self.code.lines().collect();
        let tests = lines.windows(2).position(|pair| {
            let (attribute, module) = (pair.first().copied(), pair.last().copied());
            attribute.is_some_and(|line| line.trim() == "#[cfg(test)]")
                && module.is_some_and(|line| line.starts_with("mod ") && line.trim_end().ends_with('{'))
        });
        tests.unwrap_or(lines.len())
    }

    /// Returns the lines of code before the unit tests, numbered from 1.
    #[must_use = "iterators are lazy"]
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines()).take(self.last_line())
    }
}

/// Tells code from strings and comments.
struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    file: &'a mut File,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        let mut before = ' ';
        while let Some(next) = self.rest.chars().next() {
            let in_word = before.is_alphanumeric() || before == '_';
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.comment(end);
            } else if self.rest.starts_with("/*") {
                self.comment(block_comment(self.rest));
            } else if let Some((open, close)) = (!in_word).then(|| raw_string(self.rest)).flatten() {
                self.string(open, &close, false);
            } else if next == '"' {
                self.string(1, "\"", true);
            } else if next == '\'' {
                let end = char_literal(self.rest).unwrap_or(1);
                self.blank(end);
            } else {
                self.take(next.len_utf8(), true);
            }
            before = next;
        }
    }

    fn comment(&mut self, end: usize) {
        let text = self.rest.get(..end).unwrap_or_default().to_owned();
        self.file.comments.push((self.line, text));
        self.blank(end);
    }

    fn string(&mut self, open: usize, close: &str, escapes: bool) {
        let inside = self.rest.get(open..).unwrap_or_default();
        let length = string_length(inside, close, escapes);
        let text = inside.get(..length).unwrap_or_default().to_owned();
        self.file.strings.push((self.line, text));
        self.blank(open + length + close.len());
    }

    fn blank(&mut self, bytes: usize) {
        self.take(bytes.min(self.rest.len()), false);
    }

    fn take(&mut self, bytes: usize, keep: bool) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for c in taken.chars() {
            self.line += usize::from(c == '\n');
            self.file.code.push(if keep || c == '\n' { c } else { ' ' });
        }
        self.rest = rest;
    }
}

/// Returns where a block comment ends; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Returns the length of the opening and the closing of a raw string, if one starts here.
fn raw_string(text: &str) -> Option<(usize, String)> {
    let after = ["br", "cr", "r"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let quote = after.get(hashes..)?.starts_with('"');
    let open = text.len() - after.len() + hashes + 1;
    quote.then(|| (open, format!("\"{}", "#".repeat(hashes))))
}

fn string_length(inside: &str, close: &str, escapes: bool) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if escaped {
            escaped = false;
        } else if escapes && c == '\\' {
            escaped = true;
        } else if inside.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return at;
        }
    }
    inside.len()
}

/// Returns the length of a character literal, or `None` for a lifetime.
fn char_literal(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        let second = 1 + inside.chars().nth(1)?.len_utf8();
        return inside.get(second..)?.find('\'').map(|end| second + end + 2);
    }
    let after = inside.get(first.len_utf8()..)?;
    after.starts_with('\'').then(|| first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, strings: &[&str]) {
        let file = File::new("a.rs", text);
        let found: Vec<&str> = file.strings.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!((file.code.as_str(), found.as_slice()), (code, strings), "{text}");
    }

    #[test]
    fn strings_and_comments_are_told_from_code() {
        check("a // {b}\nc", "a       \nc", &[]);
        check("/* { /* } */ */x", "               x", &[]);
        check(r#"f("a\"{b")"#, "f(       )", &[r#"a\"{b"#]);
        check(r##"r#"x"y"#;"##, "        ;", &[r#"x"y"#]);
        check("&'a str, '{', '\\'', b'\"'", "& a str,    ,     , b   ", &[]);
    }

    #[test]
    fn unit_tests_are_cut_off() {
        let file = File::new("a.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(file.last_line(), 2);
    }
}
