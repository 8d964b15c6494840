//! What people see: color, width, messages on standard error and the progress line.

mod progress;

use std::{
    cell::RefCell,
    env,
    io::{self, IsTerminal as _, Write as _},
    iter,
    ops::Range,
};

use progress::Progress;

use crate::{
    args::{Global, When},
    failure::Failure,
};

/// The width where there is no terminal and none was asked for.
const WIDTH: u16 = 100;

/// How output is to look; a parameter of everything that renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether to use color.
    pub(crate) color: bool,
    /// The columns at hand.
    pub(crate) width: u16,
    /// Whether letters beyond ASCII can be shown.
    pub(crate) unicode: bool,
}

impl Look {
    /// The look of a file: no color, all letters.
    #[cfg(test)]
    pub(crate) const fn plain(width: u16) -> Self {
        Self { color: false, width, unicode: true }
    }
}

/// The user's side of the program.
pub(crate) struct Terminal {
    look: Look,
    is_output: bool,
    quiet: bool,
    verbose: bool,
    colored_errors: bool,
    progress: RefCell<Progress>,
}

impl Terminal {
    /// Looks at the options, the environment and the standard streams.
    pub(crate) fn new(global: &Global) -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let to_terminal = io::stdout().is_terminal() && global.output.is_none();
        let errors_to_terminal = io::stderr().is_terminal();
        Self {
            look: Look {
                color: colored(global.color, no_color, to_terminal),
                width: global.width.or_else(|| to_terminal.then(columns).flatten()).unwrap_or(WIDTH),
                // A file outlives the locale in which it is written; a terminal does not.
                unicode: !to_terminal || speaks_unicode(|name| env::var(name).ok()),
            },
            is_output: to_terminal,
            quiet: global.quiet,
            verbose: 0 < global.verbose,
            colored_errors: colored(global.color, no_color, errors_to_terminal),
            progress: RefCell::new(Progress::new(errors_to_terminal && !global.quiet)),
        }
    }

    /// Returns how output is to look.
    pub(crate) const fn look(&self) -> Look {
        self.look
    }

    /// Shows a failure at once.
    pub(crate) fn failure(&self, failure: &Failure) {
        let (on, off) = if self.colored_errors { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        self.say(&format!("{on}error:{off} {failure}"));
    }

    /// Shows a remark, unless asked to be quiet.
    pub(crate) fn note(&self, note: &str) {
        if !self.quiet {
            self.say(&format!("note: {note}"));
        }
    }

    /// Shows a detail, where details are asked for.
    pub(crate) fn detail(&self, detail: &str) {
        if self.verbose {
            self.say(detail);
        }
    }

    /// Sets how many bytes are to be read, as far as that is known.
    pub(crate) fn expect(&self, total: Option<u64>) {
        self.progress.borrow_mut().expect(total);
    }

    /// Shows how many bytes are read and, where those are looked for, how many events were found in
    /// them; only where that is worth a line.
    pub(crate) fn advance(&self, read: u64, events: Option<u64>) {
        self.progress.borrow_mut().advance(read, events);
    }

    /// Shows how many snapshots of all are read, where that is worth a line.
    pub(crate) fn count(&self, read: usize, all: usize) {
        self.progress.borrow_mut().count(read, all);
    }

    /// Hands on snapshots that are read one by one, and shows how many are done until the last one is.
    ///
    /// The range begins with how many were done before, and ends with how many there are in all.
    pub(crate) fn counted<T>(
        &self,
        range: Range<usize>,
        snapshots: impl IntoIterator<Item = T>,
    ) -> impl Iterator<Item = T> {
        let end = iter::from_fn(|| {
            self.clear();
            None
        });
        let all = range.end;
        let count = move |(at, snapshot)| {
            self.count(range.start.saturating_add(at), all);
            snapshot
        };
        snapshots.into_iter().enumerate().map(count).chain(end)
    }

    /// Shows no progress from here on, where the output goes to a terminal too and tells by itself.
    pub(crate) fn leave_to_output(&self) {
        if self.is_output {
            self.progress.borrow_mut().end();
        }
    }

    /// Removes the progress line.
    pub(crate) fn clear(&self) {
        self.progress.borrow_mut().clear();
    }

    fn say(&self, text: &str) {
        self.clear();
        // Nobody is left to be told that standard error is gone.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Decides on color: the option, then `NO_COLOR`, then the stream.
const fn colored(when: When, no_color: bool, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !no_color,
    }
}

/// Reads the locale as C libraries do: the first of these variables that is set decides.
fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

fn columns() -> Option<u16> {
    terminal_size::terminal_size().map(|(width, _)| width.0).filter(|width| 20 <= *width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let check = |set: &[(&str, &str)], expected| {
            let variable =
                |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into());
            assert_eq!(speaks_unicode(variable), expected, "{set:?}");
        };
        check(&[], true);
        check(&[("LANG", "C")], false);
        check(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "")], true);
        check(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "POSIX")], false);
        check(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")], true);
    }

    #[test]
    fn an_explicit_wish_outranks_the_environment() {
        for (when, no_color, terminal, expected) in [
            (When::Auto, false, true, true),
            (When::Auto, true, true, false),
            (When::Auto, false, false, false),
            (When::Always, true, false, true),
            (When::Never, false, true, false),
        ] {
            assert_eq!(colored(when, no_color, terminal), expected, "{when:?} {no_color} {terminal}");
        }
    }
}
