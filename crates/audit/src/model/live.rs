//! What was seen of a scope on a live host: its use, what happened to it, and who runs there.

use oomkit_core::{reading::Reading, units::Bytes, workload};
use oomkit_host::kernel::{
    cgroup_events::Events, cgroup_limits::Version, cgroup_stat::Stat, cgroup_usage::Usage, pressure::Pressure,
};

use super::{LimitModel, Place, Scope, ScopeId};

/// What was seen of a scope on a live host; a figure that could not be read says why.
#[derive(Clone, Debug)]
pub struct Live {
    /// The interface of its cgroup.
    pub version: Version,
    /// Whether it is one of those that are counted: it runs something, and nothing around it is counted.
    pub is_counted: bool,
    /// Whether memory is accounted for it at all.
    pub is_controlled: bool,
    /// Whether its limit holds for what lies in it; not so in old hierarchies of version 1.
    pub binds_children: bool,
    /// What runs there, by the path and by whoever knows names.
    pub workload: Option<workload::Workload>,
    /// What it uses.
    pub usage: Usage,
    /// Of what kind that is.
    pub kinds: Kinds,
    /// What happened at its limits.
    pub events: Events,
    /// How long its tasks waited.
    pub pressure: Reading<Pressure>,
    /// What of its protection is granted now; known in version 2 only.
    pub granted: Granted,
    /// Whose limit killed in it, where that can be told.
    pub killer: Option<ScopeId>,
    /// How many processes it has, those below it included; `None` where that is not known.
    pub processes: Option<u64>,
    /// Where its figures stand.
    pub files: LiveFiles,
}

/// Where the figures of a cgroup stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveFiles {
    /// What it uses.
    pub usage: Place,
    /// The most that it used.
    pub peak: Place,
    /// What happened at its limits.
    pub events: Place,
    /// How long its tasks waited.
    pub pressure: Place,
}

/// The use of a cgroup by kind, its descendants included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Anonymous memory.
    pub anon: Option<Bytes>,
    /// The page cache, shared memory and tmpfs included.
    pub file: Option<Bytes>,
    /// Shared memory and tmpfs.
    pub shmem: Option<Bytes>,
    /// What cannot be taken back without swap; a lower bound in version 1.
    pub unreclaimable: Option<Bytes>,
}

impl LiveFiles {
    pub(super) const fn adopt(&mut self, id: ScopeId) {
        self.usage = self.usage.of(id);
        self.peak = self.peak.of(id);
        self.events = self.events.of(id);
        self.pressure = self.pressure.of(id);
    }
}

impl Kinds {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            anon: stat.anon(),
            file: stat.file(),
            shmem: stat.shmem(),
            unreclaimable: stat.unreclaimable(),
        }
    }
}

/// What of a protection is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// What is never taken.
    pub min: Option<Bytes>,
    /// What is taken only if there is nothing else.
    pub low: Option<Bytes>,
}

impl Live {
    /// Returns what it uses.
    #[must_use]
    pub fn used(&self) -> Option<Bytes> {
        self.usage.memory.as_ref().known().copied()
    }

    /// Returns the most that it used.
    #[must_use]
    pub fn peak(&self) -> Option<Bytes> {
        self.usage.memory_peak.as_ref().known().copied()
    }

    /// Returns what it uses that cannot be taken back without swap, but never more than all of its use.
    #[must_use]
    pub fn unreclaimable(&self) -> Option<Bytes> {
        let hard = self.kinds.unreclaimable?;
        // The figures are read one after the other.
        Some(self.used().map_or(hard, |used| hard.min(used)))
    }

    /// Returns how many of its processes were killed, those below it aside where they are counted apart.
    #[must_use]
    pub fn kills(&self) -> Option<u64> {
        self.events.own.kills.as_ref().known().copied()
    }

    /// Returns the class of its pod, by the path.
    #[must_use]
    pub fn is_best_effort(&self) -> bool {
        self.workload.as_ref().and_then(|workload| workload.qos.as_deref()) == Some("besteffort")
    }
}

impl LimitModel {
    /// Returns the cgroups of the live host, with what was seen of them.
    #[must_use = "iterators are lazy"]
    pub fn live(&self) -> impl Iterator<Item = (ScopeId, &Scope, &Live)> {
        self.all().filter_map(|(id, scope)| Some((id, scope, scope.live.as_deref()?)))
    }

    /// Tells whether a scope is another one or lies in it.
    #[must_use]
    pub fn lies_in(&self, inner: ScopeId, outer: ScopeId) -> bool {
        let above = |scope: &Scope| self.ancestors(scope).any(|(id, _)| id == outer);
        inner == outer || self.scope(inner).is_some_and(above)
    }
}
