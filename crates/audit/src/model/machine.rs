//! The machine that live scopes run on: its memory, its settings, and its processes.

use oomkit_core::{
    badness::Claim,
    ident::{Comm, Pid},
    units::{Bytes, PageSize},
};
use oomkit_host::kernel::cgroup_limits::Version;

use super::{LimitModel, Place, ScopeId};

/// A live host, as far as it is no cgroup.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The scope of the host, which all of its cgroups lie in.
    pub scope: ScopeId,
    /// The interface of the hierarchy that accounts memory; `None` where none does.
    pub version: Option<Version>,
    /// Whether version 2 is mounted beside version 1.
    pub is_hybrid: bool,
    /// Whether the whole hierarchy is seen; not so from within a container.
    pub is_whole: bool,
    /// Whether a protection holds for what lies below without its asking.
    pub protects_recursively: bool,
    /// Whether the kernel was told at boot to leave memory out of cgroups.
    pub disables_accounting: bool,
    /// All memory.
    pub memory: Option<Bytes>,
    /// What could be had without swapping, as the kernel guesses.
    pub available: Option<Bytes>,
    /// All swap.
    pub swap: Option<Bytes>,
    /// What may be promised, where overcommit is strict.
    pub commit_limit: Option<Bytes>,
    /// Memory that is kept as huge pages, used or not.
    pub huge_pages: Option<Bytes>,
    /// Where the figures of the memory stand.
    pub place: Place,
    /// The size of a page, where the host tells it.
    pub page_size: Option<PageSize>,
    /// What is set aside for the kernel that writes a dump after a crash.
    pub crash_memory: Option<Observed<Bytes>>,
    /// The service that is to write such a dump, where one is switched on.
    pub dump_service: Option<&'static str>,
    /// What happens when memory is out: 0 kills, the others stop the machine.
    pub panic_on_oom: Option<Observed<i64>>,
    /// How much may be promised: 2 is strict.
    pub overcommit: Option<Observed<i64>>,
    /// What is kept free, in KiB.
    pub min_free: Option<Observed<Bytes>>,
    /// The processes that have memory of their own.
    pub processes: Vec<Process>,
}

/// A setting of the machine, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// A process that has memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// Its name.
    pub comm: Comm,
    /// The cgroup that it runs in, where that is known.
    pub scope: Option<ScopeId>,
    /// When it was started, in the kernel's ticks since boot.
    pub start_ticks: u64,
    /// What the kernel makes its score of; `None` where a part of that could not be read.
    pub claim: Option<Claim>,
    /// What it holds itself.
    pub held: Option<Bytes>,
}

impl LimitModel {
    /// Returns the processes of a scope and of all that lies in it.
    #[must_use = "iterators are lazy"]
    pub fn processes_in(&self, id: ScopeId) -> impl Iterator<Item = &Process> {
        let all = self.machine.iter().flat_map(|machine| &machine.processes);
        all.filter(move |process| process.scope.is_some_and(|scope| self.lies_in(scope, id)))
    }
}
