//! Who is killed in the stead of something without a limit.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{list, shown, subject};
use crate::{
    model::{LimitModel, Place, Scope, ScopeId},
    simulate::{self, Prediction, Victim},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// Something on a live host has no limit, and if it took all memory that is still to be had, the kernel
    /// would kill others before it: their scores are higher, by their adjustment or their size.
    /// The scores are computed as the kernel does, from the present sizes.
    ///
    /// ## Why it matters
    ///
    /// The one that leaks stays, and what is killed for it frees nothing for long.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// MemAvailable: 1048576 kB
    /// SwapTotal: 0 kB
    /// //- /proc/zoneinfo
    /// Node 0, zone Normal
    ///   pages free 1
    ///         managed  2097152
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/a.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/system.slice/a.service/cgroup.procs
    /// 811
    /// //- /sys/fs/cgroup/system.slice/b.service/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/system.slice/b.service/cgroup.procs
    /// 812
    /// //- /proc/811/stat
    /// 811 (a) S 1 811 811 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 100 1000000 1000
    /// //- /proc/811/status
    /// Name: a
    /// Pid: 811
    /// VmSize: 1000000 kB
    /// VmRSS: 500000 kB
    /// //- /proc/811/oom_score_adj
    /// 0
    /// //- /proc/812/stat
    /// 812 (b) S 1 812 812 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 101 1000000 1000
    /// //- /proc/812/status
    /// Name: b
    /// Pid: 812
    /// VmSize: 100000 kB
    /// VmRSS: 50000 kB
    /// //- /proc/812/oom_score_adj
    /// 1000
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// MemAvailable: 1048576 kB
    /// SwapTotal: 0 kB
    /// //- /proc/zoneinfo
    /// Node 0, zone Normal
    ///   pages free 1
    ///         managed  2097152
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/a.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/system.slice/a.service/cgroup.procs
    /// 811
    /// //- /sys/fs/cgroup/system.slice/b.service/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/system.slice/b.service/cgroup.procs
    /// 812
    /// //- /proc/811/stat
    /// 811 (a) S 1 811 811 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 100 1000000 1000
    /// //- /proc/811/status
    /// Name: a
    /// Pid: 811
    /// VmSize: 1000000 kB
    /// VmRSS: 500000 kB
    /// //- /proc/811/oom_score_adj
    /// 0
    /// //- /proc/812/stat
    /// 812 (b) S 1 812 812 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 101 1000000 1000
    /// //- /proc/812/status
    /// Name: b
    /// Pid: 812
    /// VmSize: 100000 kB
    /// VmRSS: 50000 kB
    /// //- /proc/812/oom_score_adj
    /// 0
    /// ```
    BLAST_RADIUS {
        code: "OKA054",
        name: "blast-radius",
        summary: "others would be killed in the stead of something without a limit",
        severity: Warning,
        confidence: Medium,
    }
}

/// How many of those without a limit are looked at; the largest come first.
const MOST: usize = 200;

/// Something without a limit, with how many come before it.
struct Culprit<'a> {
    id: ScopeId,
    scope: &'a Scope,
    before: usize,
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(prediction) = simulate::of_machine(model) else { return };
    let mut culprits = culprits(model, &prediction);
    culprits.sort_by_key(|culprit| std::cmp::Reverse(culprit.before));
    let Some(worst) = culprits.first() else { return };
    let names: Vec<String> = outside(model, &prediction, worst.id).take(worst.before).map(named).collect();
    let mut message = format!(
        "if {} took all memory that is left, {} would be killed before it",
        subject(model, worst.scope),
        list(&names)
    );
    if 1 < culprits.len() {
        message += &format!("; the like holds for {} more without a limit", culprits.len() - 1);
    }
    findings
        .at(worst.scope.place, message)
        .and(culprits.iter().skip(1).take(8).map(|culprit| culprit.scope.place))
        .remedy(super::advice::limit(model, worst.scope));
}

/// Finds those without a limit that others would be killed for.
fn culprits<'a>(model: &'a LimitModel, prediction: &Prediction<'_>) -> Vec<Culprit<'a>> {
    let open = model.live().filter(|(_, scope, live)| {
        live.is_counted && model.ceiling(scope).is_none() && !model.may_be_limited(scope)
    });
    let mut open: Vec<_> = open.map(|(id, scope, live)| (live.used(), id, scope)).collect();
    open.sort_by_key(|(used, id, _)| (std::cmp::Reverse(*used), *id));
    let open = open.into_iter().take(MOST);
    open.filter_map(|(_, id, scope)| {
        let points = points_of(model, prediction, id)?;
        let before = outside(model, prediction, id).take_while(|victim| points < victim.points).count();
        (0 < before).then_some(Culprit { id, scope, before })
    })
    .collect()
}

/// Returns the points of the first victim of a scope, had it taken all memory that is left.
fn points_of(model: &LimitModel, prediction: &Prediction<'_>, id: ScopeId) -> Option<i64> {
    let machine = model.machine.as_ref()?;
    let (left, page) = (machine.available.unwrap_or(Bytes::ZERO), machine.page_size?);
    let grown = |process| simulate::grown(process, left, prediction.total, page);
    model.processes_in(id).filter_map(grown).max()
}

/// Returns the victims that do not lie in a scope, the first one first.
fn outside<'a>(
    model: &'a LimitModel,
    prediction: &'a Prediction<'a>,
    id: ScopeId,
) -> impl Iterator<Item = &'a Victim<'a>> {
    prediction
        .victims
        .iter()
        .filter(move |victim| !victim.process.scope.is_some_and(|scope| model.lies_in(scope, id)))
}

fn named(victim: &Victim<'_>) -> String {
    format!("{} (pid {})", shown(&victim.process.comm.to_string()), victim.process.pid)
}
