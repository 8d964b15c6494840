//! Arguments: the command lines of processes, asked for once.
//!
//! Reading one takes the lock of the process's address space, and one that is stuck in a fault lets
//! nobody have it. So only who is new is asked, or has another name than before, which it has after
//! starting another program.

use std::{collections::HashMap, time::Duration};

use oomkit_core::{
    ident::{Comm, Pid},
    reading::Reading,
};
use oomkit_host::{
    aside::{Aside, Bounds, Task},
    processes::{self, Parts},
    tree::Tree,
};

use super::Missed;
use crate::{
    name::Name,
    snapshot::{Command, Process, StartTicks},
};

/// How much of a command line is kept; few are longer, and a snapshot of many processes is to stay small.
const KEPT: usize = 16 << 10;

/// Measured: 7 to 8 µs; what is long takes longer.
const EXPECTED: Duration = Duration::from_micros(20);
const PATIENCE: Duration = Duration::from_millis(250);
const BOUNDS: Bounds = Bounds { wall: Duration::from_secs(2), cpu: None };

/// Command lines that are known already.
#[derive(Clone, Debug, Default)]
pub struct Known(HashMap<(Pid, StartTicks), (Comm, Name)>);

impl FromIterator<Command> for Known {
    /// Takes the command lines of one boot; paths of programs are none.
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        let known = |command: Command| {
            let line = command.command_line.filter(|line| line.as_bytes().ends_with(b"\0"))?;
            Some(((command.pid, command.start_ticks), (command.comm, line)))
        };
        Self(commands.into_iter().filter_map(known).collect())
    }
}

impl Known {
    fn line(&self, process: &Process) -> Option<&Name> {
        let (comm, line) = self.0.get(&(process.pid, process.start_ticks))?;
        (*comm == process.comm).then_some(line)
    }
}

/// What a process was called with, and who it was then; `None` where it has ended.
type Line = Option<(StartTicks, Reading<Option<Name>>)>;

/// Adds their command lines to processes.
pub(super) fn read(aside: &mut Aside, known: &Known, missed: &mut Missed, processes: &mut [Process]) {
    let mut tasks = Vec::new();
    for process in &mut *processes {
        process.command_line = known.line(process).cloned();
        // Tasks of the kernel have neither memory nor arguments.
        if process.command_line.is_none() && process.rss_bytes.is_some() {
            tasks.push(Task { pid: process.pid, expected: EXPECTED, patience: PATIENCE });
        }
    }
    if tasks.is_empty() {
        return;
    }
    let told = aside.read(tasks, BOUNDS, line);
    missed.given_up += told.given_up;
    let mut lines: HashMap<Pid, (StartTicks, Name)> = HashMap::new();
    for (pid, answer) in told.answers {
        let Some((start, line)) = answer else { continue };
        if let Some(line) = missed.take(line).flatten() {
            lines.insert(pid, (start, line));
        }
    }
    for process in processes {
        if let Some((start, line)) = lines.remove(&process.pid)
            && start == process.start_ticks
        {
            process.command_line = Some(line);
        }
    }
}

fn line(tree: &dyn Tree, pid: Pid) -> Line {
    let parts = Parts { stat: true, arguments: true, ..Parts::default() };
    let read = processes::one(tree, pid, parts)?;
    let start = StartTicks::new(read.stat.known()?.start_ticks);
    Some((start, read.arguments.map(|line| kept(&line))))
}

/// Returns a line as it is kept, with NUL at its end; nothing where there is nothing to keep, as while
/// a process starts a program.
///
/// A process that writes a title over its arguments may leave that NUL out.
fn kept(line: &[u8]) -> Option<Name> {
    let line = line.get(..KEPT).unwrap_or(line);
    let ending: &[u8] = if line.ends_with(b"\0") { b"" } else { b"\0" };
    (!line.is_empty()).then(|| Name::new(&[line, ending].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_nul_and_a_path_does_not() {
        let bytes = |line: &[u8]| kept(line).map(|line| line.as_bytes().to_owned());
        assert_eq!(bytes(b"a\0b\0"), Some(b"a\0b\0".to_vec()));
        assert_eq!(bytes(b"nginx: \xff\x1b[m"), Some(b"nginx: \xff\x1b[m\0".to_vec()));
        assert_eq!(bytes(b""), None);
        assert_eq!(bytes(&[b'a'; KEPT + 1]).map(|line| line.len()), Some(KEPT + 1));
        let command = |comm: &[u8], line: Option<&str>| Command {
            pid: Pid::new(1),
            start_ticks: StartTicks::new(2),
            comm: Comm::new(comm),
            command_line: line.map(Name::from),
        };
        let process = |comm: &[u8], start| Process::new(Pid::new(1), StartTicks::new(start), Comm::new(comm));
        for (line, comm, start, is_known) in [
            (Some("/usr/bin/a"), b"a", 2, false),
            (None, b"a", 2, false),
            (Some("a\0"), b"a", 2, true),
            (Some("a\0"), b"a", 3, false),
            (Some("a\0"), b"b", 2, false),
        ] {
            let known: Known = [command(b"a", line)].into_iter().collect();
            assert_eq!(known.line(&process(comm, start)).is_some(), is_known, "{line:?} {comm:?} {start}");
        }
    }
}
