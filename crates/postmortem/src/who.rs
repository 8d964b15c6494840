//! Who: all names by which the one that is to blame may be known elsewhere.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid},
    limit::Limit,
    units::Bytes,
    workload::Workload,
};
use oomkit_decode::{
    Event,
    report::{Culprit, Scope, Task, Victim},
};

/// The adjustment that Kubernetes gives to pods that ask for nothing.
pub(crate) const BEST_EFFORT: i64 = 1000;

/// All names of one that is to blame, or of the victim where the log does not carry a verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    /// The name of its processes.
    pub(crate) comm: Option<Comm>,
    /// Its process id, where one process is meant.
    pub(crate) pid: Option<Pid>,
    /// What it held.
    pub(crate) held: Option<Bytes>,
    /// Its control group.
    pub(crate) cgroup: Option<String>,
    /// The limit of its own that it reached.
    pub(crate) limit: Option<Bytes>,
    /// What runs there.
    pub(crate) workload: Option<Workload>,
    /// The adjustment of its score.
    pub(crate) adj: Option<OomScoreAdj>,
    /// The path of its program, as a snapshot has it.
    pub(crate) program: Option<String>,
}

impl Who {
    /// Reads an event: who is to blame, or the victim where the log does not carry a verdict.
    ///
    /// The control group that a log names is the victim's, so it counts only where the victim is meant.
    /// Where no process is to blame, its victim is not meant either: it is whoever was there.
    pub(crate) fn of(event: &Event) -> Self {
        match &event.culprit {
            Some(culprit) if culprit.kind == "process" => Self::process(event, culprit),
            Some(culprit) if culprit.kind == "group" => Self::group(event, culprit),
            None if event.cause.is_none() => match event.victims.first() {
                Some(victim) => Self::victim(event, victim, None),
                None => Self::target(event),
            },
            _ => Self::full(event),
        }
    }

    fn process(event: &Event, culprit: &Culprit) -> Self {
        let is_task = |task: &&Task| match culprit.pid {
            Some(pid) => task.pid == pid || task.tgid == Some(pid),
            None => task.comm.to_string() == culprit.name,
        };
        let task = event.tasks.iter().filter(is_task).max_by_key(|task| task.rss_bytes);
        let is_victim = |victim: &&Victim| match culprit.pid {
            Some(pid) => victim.pid == pid || task.is_some_and(|task| task.pid == victim.pid),
            None => victim.comm.to_string() == culprit.name,
        };
        if let Some(victim) = event.victims.iter().find(is_victim) {
            return Self::victim(event, victim, culprit.bytes);
        }
        Self {
            comm: Some(task.map_or_else(|| Comm::new(culprit.name.as_bytes()), |task| task.comm.clone())),
            pid: culprit.pid.or_else(|| task.map(|task| task.pid)),
            adj: task.and_then(|task| task.oom_score_adj),
            held: culprit.bytes,
            ..Self::default()
        }
    }

    /// Reads a group of processes of one name, which a victim of that name stands for.
    fn group(event: &Event, culprit: &Culprit) -> Self {
        let victim = event.victims.iter().find(|victim| victim.comm.to_string() == culprit.name);
        let task = event.tasks.iter().find(|task| task.comm.to_string() == culprit.name);
        let own = victim.map(|victim| Self::victim(event, victim, None)).unwrap_or_default();
        let comm = own.comm.or_else(|| task.map(|task| task.comm.clone()));
        Self {
            comm: Some(comm.unwrap_or_else(|| Comm::new(culprit.name.as_bytes()))),
            pid: None,
            held: culprit.bytes,
            adj: own.adj.or_else(|| task.and_then(|task| task.oom_score_adj)),
            ..own
        }
    }

    /// Reads a control group that was full of something that no process has for itself; nobody where it
    /// was the machine.
    fn full(event: &Event) -> Self {
        let Some(path) = Reached::path(event) else { return Self::default() };
        let is_victims = matches!(Reached::of(event), Some(Reached::Own));
        let named = event.workload.clone().filter(|_| is_victims);
        Self {
            workload: named.or_else(|| Workload::of_path(&path)),
            cgroup: Some(path),
            limit: Reached::limit(event),
            ..Self::default()
        }
    }

    /// Reads the control group that a killer of user space acted on.
    fn target(event: &Event) -> Self {
        let target = event.killer.as_ref().and_then(|killer| killer.target.clone());
        let path = target.filter(|target| target.starts_with('/'));
        Self { workload: path.as_deref().and_then(Workload::of_path), cgroup: path, ..Self::default() }
    }

    fn victim(event: &Event, victim: &Victim, blamed: Option<Bytes>) -> Self {
        let cgroup = event.constraint.as_ref().and_then(|constraint| constraint.task_memcg.clone());
        Self {
            comm: Some(victim.comm.clone()),
            pid: Some(victim.pid),
            held: blamed.or_else(|| held(event, victim)),
            limit: Reached::limit(event).filter(|_| matches!(Reached::of(event), Some(Reached::Own))),
            workload: event.workload.clone().or_else(|| Workload::of_path(cgroup.as_deref()?)),
            cgroup,
            adj: victim.oom_score_adj,
            program: None,
        }
    }

    /// Tells whether nobody is meant, neither a process nor a control group.
    pub(crate) const fn is_nobody(&self) -> bool {
        self.comm.is_none() && self.cgroup.is_none()
    }

    /// Returns how it is called.
    pub(crate) fn name(&self) -> Option<String> {
        self.comm.as_ref().map(Comm::to_string)
    }

    /// Tells whether it has the adjustment of pods that ask for nothing.
    pub(crate) fn is_best_effort(&self) -> bool {
        self.adj.is_some_and(|adj| i64::from(adj.get()) == BEST_EFFORT)
            || self.workload.as_ref().and_then(|workload| workload.qos.as_deref()) == Some("besteffort")
    }
}

/// Returns what a victim held, in memory and in swap, as far as the log tells; what it is blamed for, be it
/// page tables or shared memory, where it is.
pub(crate) fn held(event: &Event, victim: &Victim) -> Option<Bytes> {
    let task = event.tasks.iter().find(|task| task.pid == victim.pid || task.tgid == Some(victim.pid));
    let in_swap = task.and_then(|task| task.swap_bytes).unwrap_or_default();
    let resident = victim.rss_bytes.or_else(|| task?.rss_bytes).or(victim.anon_rss_bytes);
    let held = resident.map(|resident| resident.saturating_add(in_swap));
    let culprit = event.culprit.as_ref();
    let blamed = culprit.filter(|culprit| culprit.pid == Some(victim.pid)).and_then(|culprit| culprit.bytes);
    blamed.or(held)
}

/// Whose limit was reached, of the control groups around a victim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// That of the victim's own group.
    Own,
    /// That of a group above it, which it shares with others.
    Shared(Shared),
    /// The log does not name both groups.
    Unknown,
}

/// A limit that is shared with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The control group whose limit it is.
    pub(crate) cgroup: String,
    /// The limit.
    pub(crate) limit: Option<Bytes>,
}

impl Reached {
    /// Reads an event; `None` where no limit of a control group was reached.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        if event.scope != Scope::Memcg {
            return None;
        }
        let own = event.constraint.as_ref().and_then(|constraint| constraint.task_memcg.as_deref());
        Some(match (Self::path(event), own) {
            (Some(cgroup), Some(own)) if own == cgroup => Self::Own,
            (Some(cgroup), Some(_)) => Self::Shared(Shared { cgroup, limit: Self::limit(event) }),
            _ => Self::Unknown,
        })
    }

    /// Returns the control group whose limit was reached, where one was and the log names it.
    pub(crate) fn path(event: &Event) -> Option<String> {
        let printed = || event.constraint.as_ref().and_then(|constraint| constraint.oom_memcg.clone());
        let path = event.memcg.as_ref().and_then(|memcg| memcg.path.clone()).or_else(printed);
        path.filter(|_| event.scope == Scope::Memcg)
    }

    /// Returns the limit.
    pub(crate) fn limit(event: &Event) -> Option<Bytes> {
        event.memcg.as_ref().and_then(|memcg| memcg.limit_bytes).and_then(Limit::size)
    }
}
