//! Who: all names by which the one that is to blame may be known elsewhere.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, visible},
    limit::Limit,
    units::Bytes,
    workload::Workload,
};
use oomkit_decode::{
    Event,
    report::{Scope, Victim},
};

/// The adjustment that Kubernetes gives to pods that ask for nothing.
pub(crate) const BEST_EFFORT: i64 = 1000;

/// All names of one that is to blame, or of the victim where nobody is known to be.
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
    /// What runs there.
    pub(crate) workload: Option<Workload>,
    /// The adjustment of its score.
    pub(crate) adj: Option<OomScoreAdj>,
    /// The path of its program, as a snapshot has it.
    pub(crate) program: Option<String>,
}

impl Who {
    /// Reads an event.
    ///
    /// The control group that a log names is the victim's, so it counts only for a culprit of that name.
    pub(crate) fn of(event: &Event) -> Self {
        let victim = event.victims.first();
        let blamed =
            event.culprit.as_ref().filter(|culprit| matches!(culprit.kind.as_str(), "process" | "group"));
        let is_victim = |victim: &&Victim| {
            blamed.is_none_or(|culprit| visible(victim.comm.as_bytes()) == visible(culprit.name.as_bytes()))
        };
        match (victim.filter(is_victim), blamed) {
            (Some(victim), _) => Self::victim(event, victim, blamed.and_then(|culprit| culprit.bytes)),
            (None, Some(culprit)) => {
                let comm = Comm::new(culprit.name.as_bytes());
                let task =
                    event.tasks.iter().filter(|task| task.comm == comm).max_by_key(|task| task.rss_bytes);
                Self {
                    pid: task.filter(|_| culprit.kind == "process").map(|task| task.pid),
                    adj: task.and_then(|task| task.oom_score_adj),
                    held: culprit.bytes,
                    comm: Some(comm),
                    ..Self::default()
                }
            }
            (None, None) => Self::default(),
        }
    }

    fn victim(event: &Event, victim: &Victim, blamed: Option<Bytes>) -> Self {
        let cgroup = event.constraint.as_ref().and_then(|constraint| constraint.task_memcg.clone());
        Self {
            comm: Some(victim.comm.clone()),
            pid: Some(victim.pid),
            held: blamed.or_else(|| held(victim)),
            workload: event.workload.clone().or_else(|| Workload::of_path(cgroup.as_deref()?)),
            cgroup,
            adj: victim.oom_score_adj,
            program: None,
        }
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

/// Returns what a victim held: its anonymous memory, or all that was resident.
pub(crate) fn held(victim: &Victim) -> Option<Bytes> {
    victim.anon_rss_bytes.or(victim.rss_bytes)
}

/// A limit around the victim's control group that was reached, which it shares with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The control group whose limit it is.
    pub(crate) cgroup: String,
    /// The limit.
    pub(crate) limit: Option<Bytes>,
}

impl Shared {
    /// Reads an event; `None` where the limit was the victim's own, or none was reached.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let constraint = event.constraint.as_ref()?;
        let memcg = event.memcg.as_ref();
        let cgroup = memcg.and_then(|memcg| memcg.path.clone()).or_else(|| constraint.oom_memcg.clone())?;
        let limit = memcg.and_then(|memcg| memcg.limit_bytes).and_then(Limit::size);
        (event.scope == Scope::Memcg && *constraint.task_memcg.as_ref()? != cgroup)
            .then_some(Self { cgroup, limit })
    }
}
