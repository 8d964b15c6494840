//! journalctl: started with the right filter, read through a pipe.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
};

use jiff::Timestamp;

use super::{Span, WANTED};
use crate::{
    failure::Failure,
    input::{Reader, follow},
};

/// How much of what journalctl says of its own is kept.
const SAID: u64 = 4096;

/// Reads what journalctl prints; `place` says which journal, none means this host's.
pub(super) fn read(
    reader: &mut Reader<'_>,
    name: &str,
    place: &[OsString],
    span: Span,
    follow: bool,
) -> Result<(), Failure> {
    let mut command = command(place, span, follow);
    reader.terminal.detail(&format!("running {command:?}"));
    let (mut program, stdout) = match Program::start(&mut command) {
        Ok(started) => started,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let failure =
                Failure::host(format!("cannot read {name}")).cause("journalctl is not on this host");
            return reader.broken(name, failure.hint("name log files, or use --kmsg"));
        }
        Err(error) => return reader.broken(name, Failure::host("cannot run journalctl").because(&error)),
    };
    reader.sink.begin(name, None)?;
    let trouble =
        if follow { follow::stream(reader, name, stdout)? } else { reader.pump(name, 0, &mut { stdout })? };
    let (verdict, said) = program.finish(name);
    // With success, these are remarks such as whose messages the user may not see.
    said.lines().for_each(|line| reader.terminal.note(&format!("journalctl: {line}")));
    reader.sink.end(trouble.or(verdict))
}

fn command(place: &[OsString], span: Span, follow: bool) -> Command {
    let mut command = Command::new("journalctl");
    command.args(["--output=export", "--all", "--no-pager"]).args(place);
    if follow {
        // Without `--no-tail`, ten entries of the past would be shown, which is half a report.
        command.args(["--follow", "--no-tail"]);
    }
    for (option, moment) in [("--since", span.since), ("--until", span.until)] {
        if let Some(moment) = moment {
            command.arg(format!("{option}=@{}", seconds(moment)));
        }
    }
    for (index, (field, value)) in WANTED.iter().enumerate() {
        if 0 < index {
            command.arg("+");
        }
        command.arg(format!("{field}={value}"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn seconds(moment: Timestamp) -> String {
    format!("{}.{:06}", moment.as_second(), moment.subsec_microsecond().max(0))
}

/// A running journalctl, which does not outlive its reader.
struct Program {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Program {
    fn start(command: &mut Command) -> io::Result<(Self, ChildStdout)> {
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("journalctl has no output"))?;
        // Read aside, since a full pipe would stop journalctl.
        let said = child.stderr.take().map(|stderr| {
            thread::spawn(move || {
                let mut said = Vec::new();
                let mut stderr = stderr;
                let _ = (&mut stderr).take(SAID).read_to_end(&mut said);
                let _ = io::copy(&mut stderr, &mut io::sink());
                String::from_utf8_lossy(&said).trim().to_owned()
            })
        });
        Ok((Self { child, said }, stdout))
    }

    /// Waits for the end; returns what went wrong, else what journalctl remarked.
    fn finish(&mut self, name: &str) -> (Option<Failure>, String) {
        let status = self.child.wait();
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        let denied = said.contains("insufficient permissions") || said.contains("Permission denied");
        let failure = Failure::host(format!("cannot read {name}"));
        let failure = match status {
            Ok(status) if status.success() && !denied => return (None, said),
            Ok(status) if said.is_empty() => failure.cause(format!("journalctl ended with {status}")),
            Ok(_) => said.lines().fold(failure, |failure, line| failure.cause(format!("journalctl: {line}"))),
            Err(error) => failure.because(&error),
        };
        let hint = "run as root, or as a member of the group systemd-journal";
        (Some(if denied { failure.hint(hint) } else { failure }), String::new())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A child that has ended already refuses, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_killers_are_asked_for_beside_the_kernel() {
        let span = Span { since: "2022-05-10T12:00:00.5Z".parse().ok(), until: None };
        let command = command(&["--directory".into(), "/j".into()], span, true);
        let arguments: Vec<&str> = command.get_args().map(|argument| argument.to_str().unwrap()).collect();
        assert_eq!(
            arguments.join(" "),
            "--output=export --all --no-pager --directory /j --follow --no-tail \
             --since=@1652184000.500000 _TRANSPORT=kernel + SYSLOG_IDENTIFIER=systemd-oomd + \
             SYSLOG_IDENTIFIER=earlyoom + SYSLOG_IDENTIFIER=nohang + SYSLOG_IDENTIFIER=kubelet + \
             SYSLOG_IDENTIFIER=systemd"
        );
    }
}
