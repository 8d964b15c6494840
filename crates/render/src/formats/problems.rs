//! The formats of problems: for people, for CI systems, for code scanners.

use oomkit_core::problem::Problems;

mod document;
mod words;

formats! {
    /// A format of problems.
    ProblemFormat of Problems;
    /// Text for the terminal, with the source.
    Text = text;
    /// Markdown for the summary of a CI job.
    Markdown = markdown;
    /// One self-contained page.
    Html = html;
    /// SARIF 2.1.0 for code scanning.
    Sarif = sarif;
    /// JUnit XML for reports on tests.
    Junit = junit;
    /// Workflow commands of GitHub Actions.
    Github = github;
    /// Code Quality JSON of GitLab.
    Gitlab = gitlab;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in ProblemFormat::ALL {
            assert_eq!(ProblemFormat::by_name(format.name()), Some(*format));
            assert!(format.summary().ends_with('.'));
        }
        assert_eq!(ProblemFormat::by_name("yaml"), None);
    }
}
