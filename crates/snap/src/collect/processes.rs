//! The processes of a host, in the shape of a snapshot.

use std::collections::{HashMap, HashSet};

use oomkit_core::{ident::Pid, reading::Reading};
use oomkit_host::{
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

/// Reads all processes; one without a start is nobody, and is counted as denied or vanished.
pub(super) fn read<T: Tree>(
    host: &oomkit_host::Host<T>,
    commands: Commands,
    missed: &mut Missed,
    members: &HashMap<Pid, Name>,
) -> Option<Vec<Process>> {
    let mut found = Vec::new();
    let mut programs: HashSet<Name> = HashSet::new();
    let walked = host.processes(Parts::HARMLESS, &mut |read| {
        let (pid, is_refused) = (read.pid, matches!(read.stat, Reading::Denied));
        match of(read, members) {
            Some(mut process) => {
                if commands == Commands::Program {
                    let path = missed.take(host.tree().link(kernel::program_of(pid).as_ref()));
                    process.command_line = path.map(|path| shared(&mut programs, &path));
                }
                found.push(process);
            }
            // Without a start it cannot be told from one of the same id; refusals are counted below.
            None => missed.vanished += u64::from(!is_refused),
        }
    });
    let walked = missed.take(walked)?;
    missed.vanished += walked.vanished;
    missed.denied += walked.denied;
    Some(found)
}

fn of(read: processes::Process, members: &HashMap<Pid, Name>) -> Option<Process> {
    let stat = read.stat.known()?;
    let status = read.status.known().unwrap_or_default();
    let mut process = Process::new(read.pid, StartTicks::new(stat.start_ticks), stat.comm);
    process.ppid = Some(stat.parent);
    process.uid = status.uid;
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
    process.oom_score_adj = read.adjustment.known();
    Some(process)
}

/// Returns a name that shares its bytes with all that are equal; most processes run a few programs.
fn shared(names: &mut HashSet<Name>, name: &[u8]) -> Name {
    if let Some(known) = names.get(name) {
        return known.clone();
    }
    let name = Name::new(name);
    names.insert(name.clone());
    name
}
