//! Words that may not stand everywhere: kernel spelling, bare integers, promises.

use super::{Complaint, File};

/// Spelling by which a reader of kernel lines gives itself away.
const SPELLING: &[&str] = &[
    "anon-rss",
    "total-vm",
    "invoked oom-killer",
    "Killed process",
    "gfp_mask=",
    "oom-kill:",
    "oom_reaper:",
    "Mem-Info:",
    "lowmem_reserve[",
    "isolated(anon)",
    "all_unreclaimable",
    "CONSTRAINT_",
    "total pagecache pages",
    "MemTotal",
    "MemAvailable",
    "VmRSS",
];

/// Names of kernel files and settings, which a remedy may speak of.
const SETTINGS: &[&str] =
    &["memory.max", "memory.high", "memory.stat", "memory.limit_in_bytes", "memory.events"];

/// Folders and files that speak the kernel's language.
const ROOMS: &[&str] = &["kernel", "transports", "glossary", "explain", "prefilter"];

/// Folders whose files give advice, and may name what is to be set.
const ADVISERS: &[&str] = &["diagnoses", "rules", "advice"];

/// Refuses kernel spelling outside of the rooms that read it; comments, docs and tests aside.
pub(super) fn kernel_spelling(file: &File) -> Vec<Complaint> {
    if !file.path.starts_with("crates/") || file.is_test() || stands_in(file, ROOMS) {
        return Vec::new();
    }
    let last = file.last_line();
    let settings = if stands_in(file, ADVISERS) { &[] } else { SETTINGS };
    let mut complaints = Vec::new();
    for (line, text) in file.strings.iter().filter(|(line, _)| *line <= last) {
        if is_doc(file, *line) {
            continue;
        }
        if let Some(word) = SPELLING.iter().chain(settings).find(|word| text.contains(**word)) {
            let what = format!("`{word}` is the kernel's spelling; only {} may know it", ROOMS.join(", "));
            complaints.push(Complaint { path: file.path.clone(), line: *line, what });
        }
    }
    complaints
}

/// Refuses public fields that hold memory as a bare integer.
pub(super) fn bare_integers(file: &File) -> Vec<Complaint> {
    if file.is_test() || stands_in(file, &["units"]) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (line, code) in file.code_lines() {
        let Some((name, kind)) = public_field(code) else { continue };
        let memory = ["_bytes", "_pages", "_kb", "_kib"].iter().any(|end| name.ends_with(end));
        let integer =
            words(kind).any(|word| matches!(word, "u64" | "i64" | "u32" | "i32" | "usize" | "u128"));
        if memory && integer {
            let what = format!("`{name}` holds memory as a bare integer; use Bytes, KiB or Pages");
            complaints.push(Complaint { path: file.path.clone(), line, what });
        }
    }
    complaints
}

/// Refuses promises without an issue, such as a `TODO` that nobody will find again.
pub(super) fn promises(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (start, comment) in &file.comments {
        for (line, text) in (*start..).zip(comment.lines()) {
            let promise = words(text).find(|word| matches!(*word, "TODO" | "FIXME" | "XXX"));
            // In backticks it is spoken of, not made.
            let spoken = promise.is_some_and(|word| text.contains(&format!("`{word}`")));
            let issue = text.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()));
            if let (Some(word), false, false) = (promise, spoken, issue) {
                let what = format!("{word} without an issue; write the number, as in `{word}(#12)`");
                complaints.push(Complaint { path: file.path.clone(), line, what });
            }
        }
    }
    complaints
}

fn stands_in(file: &File, rooms: &[&str]) -> bool {
    file.path.split('/').any(|part| rooms.contains(&part.strip_suffix(".rs").unwrap_or(part)))
}

/// Returns whether a line is documentation by attribute, as in `#[doc = "…"]`.
fn is_doc(file: &File, line: usize) -> bool {
    let line = file.code.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    line.trim_start().starts_with("#[doc") || line.trim_start().starts_with("#[expect")
}

fn public_field(code: &str) -> Option<(&str, &str)> {
    let (name, kind) = code.trim().strip_prefix("pub ")?.split_once(": ")?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some((name, kind))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_spelling_stays_in_its_rooms() {
        let code = "fn a() { b(\"x, anon-rss:\") }\n";
        let advice = "fn a() { b(\"raise memory.max\") }\n";
        for (path, text, complaints) in [
            ("crates/decode/src/view.rs", code, 1),
            ("crates/decode/src/kernel/victim.rs", code, 0),
            ("crates/decode/src/prefilter.rs", code, 0),
            ("crates/decode/src/diagnoses/one_process.rs", code, 1),
            ("crates/decode/src/diagnoses/one_process.rs", advice, 0),
            ("crates/decode/src/view.rs", advice, 1),
            ("crates/decode/src/view.rs", "/// As `anon-rss` says.\nfn a() {}\n", 0),
            (
                "crates/decode/src/view.rs",
                "#[cfg(test)]\nmod tests {\n  const A: &str = \"anon-rss\";\n}\n",
                0,
            ),
            ("tests/house.rs", code, 0),
        ] {
            assert_eq!(kernel_spelling(&File::new(path, text)).len(), complaints, "{path}: {text}");
        }
    }

    #[test]
    fn memory_has_a_unit_in_its_type() {
        for (field, complaints) in [
            ("pub rss_bytes: u64,", 1),
            ("pub rss_bytes: Option<u64>,", 1),
            ("pub rss_bytes: Option<Bytes>,", 0),
            ("pub bytes: u64,", 0),
            ("pub pid: u64,", 0),
        ] {
            let file = File::new("crates/a/src/b.rs", &format!("struct A {{\n    {field}\n}}\n"));
            assert_eq!(bare_integers(&file).len(), complaints, "{field}");
        }
    }

    #[test]
    fn promises_name_an_issue() {
        let marker = "TODO";
        for (comment, complaints) in [
            (format!("// {marker}: later"), 1),
            (format!("// {marker}(#12): later"), 0),
            (format!("// A `{marker}` needs an issue."), 0),
            (format!("let a = \"{marker}\";"), 0),
        ] {
            assert_eq!(promises(&File::new("a.rs", &comment)).len(), complaints, "{comment}");
        }
    }
}
