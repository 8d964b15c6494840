//! Problems: all that a run has to say, in the order of the files.

use std::collections::BTreeMap;

use super::{Age, FilePath, Fingerprint, Problem, Region};
use crate::{finding::Severity, rule::Page};

/// All that a run has to say: problems, what was looked at, and what could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The version of the program.
    pub version: String,
    /// The rules that were asked, in the order of their codes.
    pub rules: Vec<Page>,
    /// The files that were looked at.
    pub inputs: Vec<Input>,
    /// What could not be looked at, and other remarks on the run itself.
    pub notices: Vec<Notice>,
    /// How bad a problem must be to make the run fail; absent where none does.
    pub fail_on: Option<Severity>,
    problems: Vec<Problem>,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub file: FilePath,
    /// What was judged in it, by the same names as [`Problem::scope`].
    pub scopes: Vec<String>,
}

/// A remark on the run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is: an error means that something could not be looked at.
    pub severity: Severity,
    /// The file that it is about.
    pub file: Option<FilePath>,
    /// Where in the file.
    pub region: Option<Region>,
    /// The remark, as a fragment.
    pub message: String,
}

impl Problems {
    /// Puts problems in the order of the files, and gives each the fingerprint that it keeps.
    #[must_use]
    pub fn new(version: impl Into<String>, rules: Vec<Page>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| order(a).cmp(&order(b)));
        number(&mut problems.iter_mut().collect::<Vec<_>>());
        Self {
            version: version.into(),
            rules,
            inputs: Vec::new(),
            notices: Vec::new(),
            fail_on: Some(Severity::Error),
            problems,
        }
    }

    /// Returns the problems in the order of the files and of their lines.
    #[must_use]
    pub fn all(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns those that somebody has to look at.
    pub fn open(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.is_open())
    }

    /// Tells of each problem whether it was there before.
    pub fn compare(&mut self, was_there: impl Fn(&Fingerprint) -> bool) {
        for problem in &mut self.problems {
            let known = was_there(&problem.fingerprint);
            problem.age = Some(if known { Age::Known } else { Age::New });
        }
    }

    /// Tells whether a problem makes the run fail.
    #[must_use]
    pub fn fails_on(&self, problem: &Problem) -> bool {
        problem.is_open() && self.fail_on.is_some_and(|least| least <= problem.severity)
    }

    /// Counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { files: self.inputs.len(), ..Tally::default() };
        for problem in &self.problems {
            let count = match problem.severity {
                _ if problem.suppressed.is_some() => &mut tally.suppressed,
                _ if !problem.is_open() => &mut tally.known,
                Severity::Error => &mut tally.errors,
                Severity::Warning => &mut tally.warnings,
                Severity::Note => &mut tally.notes,
            };
            *count += 1;
        }
        let unread = self.notices.iter().filter(|notice| notice.severity == Severity::Error);
        tally.unread = unread.count();
        tally
    }
}

/// How many there are of each sort; what is suppressed or known counts as nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Open errors.
    pub errors: usize,
    /// Open warnings.
    pub warnings: usize,
    /// Open notes.
    pub notes: usize,
    /// Problems that somebody asked to be silent about.
    pub suppressed: usize,
    /// Problems that were there before.
    pub known: usize,
    /// Files that were looked at.
    pub files: usize,
    /// Notices of what could not be looked at.
    pub unread: usize,
}

/// Gives each problem the fingerprint that it keeps, whatever order they stand in.
pub fn identify(problems: &mut [Problem]) {
    let mut sorted: Vec<&mut Problem> = problems.iter_mut().collect();
    sorted.sort_by(|a, b| order(a).cmp(&order(b)));
    number(&mut sorted);
}

/// Numbers those that have rule, file and scope in common.
fn number(problems: &mut [&mut Problem]) {
    let mut seen: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for problem in problems {
        let alike = Fingerprint::of(problem.code, &problem.file, &problem.scope, 1);
        let number = seen.entry(alike).or_default();
        *number += 1;
        problem.fingerprint = Fingerprint::of(problem.code, &problem.file, &problem.scope, *number);
    }
}

/// Returns what problems are sorted by.
fn order(problem: &Problem) -> impl Ord {
    (&problem.file, problem.region, problem.code, &problem.scope, &problem.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Confidence, Finding},
        place::LineNo,
        problem::{Suppressed, SuppressedBy},
    };

    fn problem(file: &str, line: u64, scope: &str, message: &str) -> Problem {
        let finding: Finding<()> = Finding {
            code: "T001",
            name: "test",
            severity: Severity::Warning,
            confidence: Confidence::High,
            message: message.into(),
            evidence: vec![()],
            remedy: None,
        };
        let region = Some(Region::line(LineNo::new(line)));
        Problem { region, ..Problem::new(&finding, FilePath::new(file.as_bytes()), scope) }
    }

    fn known_by(problems: Vec<Problem>) -> Vec<(String, Fingerprint)> {
        let list = Problems::new("1", Vec::new(), problems);
        list.all().iter().map(|problem| (problem.message.clone(), problem.fingerprint.clone())).collect()
    }

    #[test]
    fn a_problem_stays_the_same_when_lines_move_and_figures_change() {
        let before =
            known_by(vec![problem("b", 1, "x", "b"), problem("a", 9, "x", "2"), problem("a", 7, "x", "1")]);
        let after = known_by(vec![
            problem("a", 70, "x", "1 MiB"),
            problem("a", 75, "y", "new"),
            problem("a", 90, "x", "2 MiB"),
            problem("b", 3, "x", "b"),
        ]);
        let names =
            |known: &[(String, Fingerprint)]| known.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&before), ["1", "2", "b"]);
        assert_eq!(names(&after), ["1 MiB", "new", "2 MiB", "b"]);
        let kept: Vec<_> =
            after.iter().map(|(_, print)| before.iter().position(|(_, was)| was == print)).collect();
        assert_eq!(kept, [Some(0), None, Some(1), Some(2)]);
    }

    #[test]
    fn what_is_known_or_suppressed_is_not_open() {
        let silent = Suppressed { by: SuppressedBy::Source, reason: None };
        let mut list = Problems::new(
            "1",
            Vec::new(),
            vec![
                problem("a", 1, "x", "known"),
                Problem { suppressed: Some(silent), ..problem("a", 2, "y", "silent") },
                problem("a", 3, "z", "open"),
            ],
        );
        let known = list.all().first().map(|problem| problem.fingerprint.clone());
        list.compare(|print| Some(print) == known.as_ref());
        assert_eq!(list.open().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), ["open"]);
        assert_eq!(list.tally(), Tally { warnings: 1, suppressed: 1, known: 1, ..Tally::default() });
        list.fail_on = Some(Severity::Note);
        assert_eq!(
            list.all().iter().map(|problem| list.fails_on(problem)).collect::<Vec<_>>(),
            [false, false, true]
        );
    }
}
