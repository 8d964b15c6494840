//! Failure: what went wrong, why, and what to do about it; its kind fixes the exit code.

use std::{error::Error, fmt, io};

use crate::exit::{self, Code};

/// What sort of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The arguments make no sense.
    Usage,
    /// An input could not be read.
    Input,
    /// The host refuses, or lacks what is needed.
    Host,
    /// The store of snapshots cannot be used.
    Store,
    /// Whoever read the output has gone, which is no error.
    Closed,
    /// The program is wrong.
    Bug,
}

/// A failure as the user sees it.
///
/// Messages are lowercase fragments without a full stop, and do not repeat their cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// Starts a failure of this kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Arguments that make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An input that could not be read.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    /// A host that refuses or lacks something.
    pub(crate) fn host(message: impl Into<String>) -> Self {
        Self::new(Kind::Host, message)
    }

    /// A store of snapshots that cannot be used, sorted by what stands in the way.
    pub(crate) fn store(error: &oomkit_snap::store::Error) -> Self {
        use oomkit_snap::store::Kind as Trouble;
        let (kind, hint) = match error.kind() {
            Trouble::Missing => (Kind::Input, Some("take a snapshot with: oomkit snap take")),
            Trouble::NoSnapshot => (Kind::Input, Some("see which there are with: oomkit snap list")),
            Trouble::NoFolder => (Kind::Host, Some("make it, for yourself alone: mkdir -p -m 700 FOLDER")),
            Trouble::Damaged => (Kind::Store, Some("see what can be read with: oomkit snap verify")),
            Trouble::Denied | Trouble::Full | Trouble::Unsafe => (Kind::Host, None),
            _ => (Kind::Store, None),
        };
        let failure = Self::new(kind, error.to_string());
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// A failure to write the output; a closed pipe among them is quiet.
    pub(crate) fn output(error: &io::Error) -> Self {
        if unwrapped(error).kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::Closed, "the reader of the output has gone");
        }
        Self::host("cannot write the output").because(error)
    }

    /// Adds an error and its own causes below the message.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self = self.cause(fragment(&error.to_string()));
            next = error.source();
        }
        self
    }

    /// Adds a cause in words; one that repeats the cause above it is left out.
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        let cause = cause.into();
        if self.causes.last() != Some(&cause) {
            self.causes.push(cause);
        }
        self
    }

    /// Adds a hint on what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Gives a hint in place of those that were given.
    pub(crate) fn instead(mut self, hint: &str) -> Self {
        self.hints = vec![hint.into()];
        self
    }

    /// Returns what sort of trouble it is.
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the exit code that belongs to the kind.
    pub(crate) const fn code(&self) -> &'static Code {
        match self.kind {
            Kind::Usage => &exit::USAGE,
            Kind::Input => &exit::INPUT,
            Kind::Host => &exit::HOST,
            Kind::Store => &exit::STORE,
            Kind::Closed => &exit::DONE,
            Kind::Bug => &exit::BUG,
        }
    }

    /// Returns message and causes in one line, for the output's own record of the trouble.
    pub(crate) fn line(&self) -> String {
        let mut line = self.message.clone();
        for cause in &self.causes {
            line.push_str(": ");
            line.push_str(cause);
        }
        line
    }
}

/// Turns the message of a library into a fragment: no capital, no number of the error.
fn fragment(message: &str) -> String {
    let message = message.split_once(" (os error ").map_or(message, |(words, _)| words).trim_end_matches('.');
    let mut letters = message.chars();
    match (letters.next(), letters.clone().next()) {
        // A second capital is a name or an abbreviation, which keeps its shape.
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.into(),
    }
}

/// Shows the message with its causes and hints, one a line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, "\n  caused by: {cause}")?;
        }
        for hint in &self.hints {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Returns the error of the output itself, which the writer of CSV wraps into its own.
fn unwrapped(error: &io::Error) -> &io::Error {
    let wrapped = error.get_ref().and_then(|inner| inner.downcast_ref::<csv::Error>());
    match wrapped.map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(inner)) => inner,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hints_stand_below_the_message() {
        let denied = io::Error::from_raw_os_error(13);
        let failure = Failure::host("cannot read /dev/kmsg").because(&denied).hint("run as root");
        assert_eq!(
            failure.to_string(),
            "cannot read /dev/kmsg\n  caused by: permission denied\n  hint: run as root"
        );
        assert_eq!(failure.line(), "cannot read /dev/kmsg: permission denied");
        assert_eq!(failure.code().number, 4);
    }

    #[test]
    fn a_closed_pipe_is_a_quiet_success() {
        let closed = Failure::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.kind(), closed.code().number), (Kind::Closed, 0));
        let wrapped = csv::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(Failure::output(&wrapped.into()).kind(), Kind::Closed);
    }
}
