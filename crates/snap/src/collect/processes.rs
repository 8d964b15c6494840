//! The processes of a host, in the shape of a snapshot.

use std::collections::{HashMap, HashSet};

use oomkit_core::{
    ident::{Pid, Uid},
    reading::Reading,
};
use oomkit_host::{
    kernel::{
        pid_stat::{Image, PidStat},
        pid_status::PidStatus,
    },
    processes::{self, Parts},
    tree::Tree,
};

use super::Missed;
use crate::{
    kernel,
    name::Name,
    snapshot::{Process, StartTicks},
};

/// What is kept of the command of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commands {
    /// Nothing but the name.
    Nothing,
    /// The path of the program, which the kernel tells without a look into the process; its tasks have none.
    #[default]
    Program,
}

/// The programs of processes, for who takes many snapshots and asks for each but once.
///
/// A process that starts another program has another image; of one whose image may not be known, the
/// program is asked for each time.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    known: HashMap<(Pid, StartTicks), Program>,
    walk: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Program {
    image: Image,
    path: Name,
    /// The last walk that met it.
    walk: u64,
}

impl Programs {
    /// Returns the path of a program, by asking only where it is not known.
    fn path(
        &mut self,
        of: (Pid, StartTicks),
        image: Image,
        ask: impl FnOnce() -> Option<Name>,
    ) -> Option<Name> {
        if let Some(program) = self.known.get_mut(&of).filter(|program| program.image == image) {
            program.walk = self.walk;
            return Some(program.path.clone());
        }
        let path = ask()?;
        self.known.insert(of, Program { image, path: path.clone(), walk: self.walk });
        Some(path)
    }

    /// Ends a walk, and forgets who was not met.
    fn end(&mut self) {
        self.known.retain(|_, program| program.walk == self.walk);
        self.walk += 1;
    }
}

/// Reads all processes; one without a start is nobody, and is counted as denied or vanished.
pub(super) fn read<T: Tree>(
    host: &oomkit_host::Host<T>,
    commands: Commands,
    programs: Option<&mut Programs>,
    missed: &mut Missed,
    members: &HashMap<Pid, Name>,
) -> Option<Vec<Process>> {
    let mut found = Vec::new();
    let mut paths = Paths { tree: host.tree(), programs, shared: HashSet::new() };
    let walked = host.processes(Parts::HARMLESS, &mut |read| {
        let stat = read.stat.as_ref().known();
        // Without a start it cannot be told from one of the same id; refusals are counted below.
        let Some(stat) = stat else {
            missed.vanished += u64::from(!matches!(read.stat, Reading::Denied));
            return;
        };
        let path = (commands == Commands::Program).then(|| paths.of(stat, missed)).flatten();
        let process = Process { command_line: path, ..of(stat, &read, members) };
        found.push(process);
    });
    paths.end();
    let walked = missed.take(walked)?;
    missed.vanished += walked.vanished;
    missed.denied += walked.denied;
    Some(found)
}

/// Asks for the programs of processes.
struct Paths<'a> {
    tree: &'a dyn Tree,
    programs: Option<&'a mut Programs>,
    /// Paths whose bytes are shared; most processes run a few programs.
    shared: HashSet<Name>,
}

impl Paths<'_> {
    /// Returns the path of the program of a process; tasks of the kernel have none.
    fn of(&mut self, stat: &PidStat, missed: &mut Missed) -> Option<Name> {
        if stat.is_kernel_thread {
            return None;
        }
        let (tree, shared) = (self.tree, &mut self.shared);
        let mut ask = || {
            let path = missed.take(tree.link(kernel::program_of(stat.pid).as_ref()))?;
            Some(one_of(shared, &path))
        };
        match (&mut self.programs, stat.image) {
            (Some(programs), Some(image)) => {
                programs.path((stat.pid, StartTicks::new(stat.start_ticks)), image, ask)
            }
            _ => ask(),
        }
    }

    fn end(self) {
        if let Some(programs) = self.programs {
            programs.end();
        }
    }
}

fn of(stat: &PidStat, read: &processes::Process, members: &HashMap<Pid, Name>) -> Process {
    let nothing = PidStatus::default();
    let status = read.status.as_ref().known().unwrap_or(&nothing);
    let mut process = Process::new(read.pid, StartTicks::new(stat.start_ticks), stat.comm.clone());
    process.ppid = Some(stat.parent);
    // Tasks of the kernel act by the rights of the first one (`init_cred`, `kernel/cred.c`).
    process.uid = if stat.is_kernel_thread { Some(Uid::new(0)) } else { status.uid };
    process.cgroup = members.get(&read.pid).cloned();
    process.rss_bytes = status.resident;
    process.rss_anon_bytes = status.resident_anon;
    process.rss_file_bytes = status.resident_file;
    process.rss_shmem_bytes = status.resident_shmem;
    process.swap_bytes = status.swap;
    process.pgtables_bytes = match (status.page_tables, status.second_level_page_tables) {
        (Some(first), Some(second)) => Some(first.saturating_add(second)),
        (first, second) => first.or(second),
    };
    process.peak_bytes = status.resident_peak;
    process.threads = Some(stat.threads);
    process.oom_score_adj = read.adjustment.as_ref().known().copied();
    process
}

/// Returns a name that shares its bytes with all that are equal.
fn one_of(names: &mut HashSet<Name>, name: &[u8]) -> Name {
    if let Some(known) = names.get(name) {
        return known.clone();
    }
    let name = Name::new(name);
    names.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_asked_for_once_and_again_after_another_was_started() {
        let mut programs = Programs::default();
        let mut told = |steps: &[(i64, u64, u64, &str)]| {
            let mut paths = Vec::new();
            for (pid, start, stack_start, answer) in steps {
                let image = Image { code_start: 1, code_end: 2, stack_start: *stack_start };
                let of = (Pid::new(*pid), StartTicks::new(*start));
                let path = programs.path(of, image, || (!answer.is_empty()).then(|| Name::from(*answer)));
                paths.push(path.map_or_else(String::new, |path| path.to_string()));
            }
            programs.end();
            (paths.join(" "), programs.known.len())
        };
        assert_eq!(told(&[(1, 1, 9, "a"), (2, 1, 9, "b"), (3, 1, 9, "")]), ("a b ".into(), 2));
        // The first is known; the second is another process, and the third may be told now.
        assert_eq!(told(&[(1, 1, 9, "x"), (2, 2, 9, "c"), (3, 1, 9, "d")]), ("a c d".into(), 3));
        // The first runs another program, the second has ended, and was forgotten when it comes back.
        assert_eq!(told(&[(1, 1, 8, "e")]), ("e".into(), 1));
        assert_eq!(told(&[(2, 2, 9, "f")]), ("f".into(), 1));
    }
}
