//! Workflow commands of GitHub Actions: a line for each problem, which GitHub shows beside the source.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, and fifty annotations of a job.
//! The worst stand first, so that what is cut off is what matters least, and the last line says so.

use std::fmt;

use oomkit_core::{
    finding::Severity,
    problem::{FilePath, Problem, Problems, Region},
};

use super::words::{advice, rule, summary};
use crate::{
    safe::{shortened, shown},
    style::{Characters, Style},
};

/// The most annotations of one kind that GitHub shows of a step.
const SHOWN: usize = 10;
/// The most letters of a title.
const TITLE: usize = 200;
/// The most letters of a path; no file has a longer one.
const PATH: usize = 4096;
/// The most letters of a message; GitHub refuses more than 64 KiB, and a letter may take four bytes.
const MESSAGE: usize = 15_000;

/// Writes problems as workflow commands, and a summary as the last line.
pub(crate) fn write(problems: &Problems, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut most = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let notices = problems.notices.iter().filter(|notice| notice.severity == severity);
        let mut count = 0;
        for notice in notices {
            count += 1;
            command(severity, notice.file.as_ref(), notice.region.as_ref(), "oomkit", &notice.message, out)?;
        }
        for problem in problems.open().filter(|problem| problem.severity == severity) {
            count += 1;
            let message = message(problem);
            let file = Some(&problem.file);
            command(severity, file, problem.region.as_ref(), &rule(problem), &message, out)?;
        }
        most = most.max(count);
    }
    write!(out, "oomkit: {}", summary(problems))?;
    if SHOWN < most {
        write!(
            out,
            "; GitHub shows {SHOWN} of each kind beside the source, and all of them stand in this log"
        )?;
    }
    out.write_char('\n')
}

fn message(problem: &Problem) -> String {
    match problem.scope.as_str() {
        "" => advice(problem),
        scope => format!("{}: {}", shown(scope), advice(problem)),
    }
}

fn command(
    severity: Severity,
    file: Option<&FilePath>,
    region: Option<&Region>,
    title: &str,
    message: &str,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let name = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    write!(out, "::{name} ")?;
    if let Some(file) = file {
        write!(out, "file={},", property(&shortened(&file.shown(), PATH, Characters::Unicode)))?;
    }
    if let (Some(_), Some(region)) = (file, region) {
        let line = region.start.line.get().max(1);
        write!(out, "line={line},endLine={},", region.last_line().get().max(line))?;
        // Columns of a region of several lines are refused.
        if let Some((start, end)) = region.columns() {
            write!(out, "col={start},")?;
            end.map_or(Ok(()), |end| write!(out, "endColumn={end},"))?;
        }
    }
    let title = shown(title);
    let title = shortened(&title, TITLE, Characters::Unicode);
    let message = shown(message);
    let message = shortened(&message, MESSAGE, Characters::Unicode);
    writeln!(out, "title={}::{}", property(&title), data(&message))
}

/// Escapes what follows the second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped_as_the_runner_reads_them() {
        for (text, as_data, as_property) in [
            ("50%, 1:2", "50%25, 1:2", "50%25%2C 1%3A2"),
            ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
            ("::error::x", "::error::x", "%3A%3Aerror%3A%3Ax"),
            ("%0A", "%250A", "%250A"),
        ] {
            assert_eq!((data(text).as_str(), property(text).as_str()), (as_data, as_property));
        }
    }
}
