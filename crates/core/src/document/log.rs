//! The input as it was printed, so that proofs can point into it.

/// Lines of one input as they were printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The name of the input.
    pub input: String,
    /// The lines, in the order of the input.
    pub lines: Vec<LogLine>,
    /// How many lines were too many to be kept.
    pub left_out: u64,
}

impl Log {
    /// Leaves out the lines on which nothing rests.
    pub(super) fn keep_cited(&mut self) {
        let before = self.lines.len();
        self.lines.retain(|line| line.cited);
        self.left_out += (before - self.lines.len()) as u64;
    }
}

/// One line as it was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its number, from 1.
    pub number: u64,
    /// What part of the report it is.
    pub part: &'static str,
    /// The line without its wrapping.
    pub text: String,
    /// Whether something that is said rests on it.
    pub cited: bool,
}
