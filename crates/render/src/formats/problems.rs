//! The formats of problems: for CI systems and for code scanners; people read documents.

use oomkit_core::problem::Problems;

mod words;

formats! {
    /// A format of problems.
    ProblemFormat of Problems;
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
