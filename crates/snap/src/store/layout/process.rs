//! Processes in a frame: a row for each, by its process id.

use oomkit_core::ident::{Comm, Pid};

use crate::{
    snapshot::{Command, Process, StartTicks},
    store::{
        cells::{Cell, Column, columns, rows, table},
        error::Trouble,
        frame::Frame,
        names::Names,
    },
};

const PROCESSES: u64 = 1;

columns! { COLUMNS: Process {
    1 pid!
    2 start_ticks!
    3 ppid?
    4 uid?
    5 comm!
    6 command_line?
    7 cgroup?
    8 rss_bytes?
    9 rss_anon_bytes?
    10 rss_file_bytes?
    11 rss_shmem_bytes?
    12 swap_bytes?
    13 pgtables_bytes?
    14 peak_bytes?
    15 pss_bytes?
    16 uss_bytes?
    17 threads?
    18 oom_score?
    19 oom_score_adj?
} }

columns! { COMMANDS: Command {
    1 pid!
    2 start_ticks!
    5 comm!
    6 command_line?
} }

/// Writes processes as a frame.
pub(in crate::store) fn write(processes: &[Process], names: &mut Names<'_>) -> Result<Frame, Trouble> {
    let id = |process: &Process, _, names: &mut Names<'_>| process.pid.number(names);
    Ok(Frame::from([(PROCESSES, table(processes, COLUMNS, names, id, |_, _| Ok(Default::default()))?)]))
}

/// Reads processes from a frame.
pub(in crate::store) fn read(frame: &Frame, names: &mut Names<'_>) -> Result<Vec<Process>, Trouble> {
    let Some(table) = frame.get(&PROCESSES) else {
        return Err(Trouble::Damaged("the processes are missing"));
    };
    let start = || Process::new(Pid::new(0), StartTicks::default(), Comm::default());
    rows(table, start, COLUMNS, names, |_, _, _, _| Ok(()))
}

/// Reads from a frame how processes were called, and nothing else of them.
pub(in crate::store) fn commands(frame: &Frame, names: &mut Names<'_>) -> Result<Vec<Command>, Trouble> {
    let Some(table) = frame.get(&PROCESSES) else {
        return Err(Trouble::Damaged("the processes are missing"));
    };
    let start = || Command {
        pid: Pid::new(0),
        start_ticks: StartTicks::default(),
        comm: Comm::default(),
        command_line: None,
    };
    rows(table, start, COMMANDS, names, |_, _, _, _| Ok(()))
}
