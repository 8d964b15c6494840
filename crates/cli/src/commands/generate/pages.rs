//! The pages of rules: one for each, and an index of a family.

use std::fmt::Write as _;

use oomkit_core::rule::Page;

/// A family of rules whose pages are written.
pub(crate) struct Book {
    /// The heading of the index.
    pub(crate) title: &'static str,
    /// What the rules are, in a sentence.
    pub(crate) about: &'static str,
    /// The pages, by code.
    pub(crate) pages: fn() -> Vec<Page>,
}

/// The diagnoses of the decoder.
pub(crate) const DIAGNOSES: Book = Book {
    title: "Diagnoses",
    about: "What `oomkit decode` may find in an OOM report; the hundreds of a code tell the family.",
    pages: oomkit_decode::diagnoses::pages,
};

/// The rules of the auditor.
pub(crate) const RULES: Book = Book {
    title: "Audit rules",
    about: "What `oomkit audit` may find in files that set memory limits, and in a host that enforces them.",
    pages: oomkit_audit::rules::pages,
};

/// Every book.
const BOOKS: &[&Book] = &[&DIAGNOSES, &RULES];

/// Finds a rule by its code or its name, in whatever case.
pub(crate) fn find(asked: &str) -> Option<Page> {
    let asked = asked.trim();
    let is = |page: &Page| page.code.eq_ignore_ascii_case(asked) || page.name.eq_ignore_ascii_case(asked);
    BOOKS.iter().flat_map(|book| (book.pages)()).find(is)
}

/// Returns the index of a book, with a link to each page.
pub(super) fn index(book: &Book) -> String {
    let mut text = format!("# {}\n\n{}\n", book.title, book.about);
    text += "\n| code | name | what it finds | severity | confidence |\n| --- | --- | --- | --- | --- |\n";
    for page in (book.pages)() {
        // A string takes whatever is written into it.
        let _ = writeln!(
            text,
            "| [{code}]({code}.md) | {} | {} | {} | {} |",
            page.name,
            page.summary,
            page.severity.name(),
            page.confidence.name(),
            code = page.code,
        );
    }
    text
}

/// Returns the page of a rule.
pub(super) fn page(page: &Page) -> String {
    format!(
        "# {}: {}\n\nFinds {}.\nSeverity {}, confidence {}, as a rule.\n\n{}\n",
        page.code,
        page.name,
        page.summary,
        page.severity.name(),
        page.confidence.name(),
        page.docs.trim_end(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_code_and_by_name() {
        for asked in ["OKD001", "okd001", "one-process", " One-Process "] {
            assert_eq!(find(asked).map(|page| page.code), Some("OKD001"), "{asked}");
        }
        assert_eq!(find("OKD999"), None);
    }

    #[test]
    fn an_index_links_every_page() {
        for book in BOOKS {
            let index = index(book);
            for rule in (book.pages)() {
                assert!(index.contains(&format!("| [{0}]({0}.md) | {1} |", rule.code, rule.name)));
                assert!(page(&rule).starts_with(&format!("# {}: {}\n", rule.code, rule.name)));
            }
        }
    }
}
