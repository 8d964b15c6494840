//! What makes events alike: host, kind, whose memory it was, and who was killed.

use crate::report::{Event, Scope};

/// The longest path that is kept whole, in letters.
const PATH: usize = 512;

/// What the events of a group share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) host: Option<String>,
    pub(super) kind: &'static str,
    pub(super) scope: &'static str,
    /// The victim's name, or what a killer in user space acted on.
    pub(super) victim: Option<String>,
    /// The pod of a cgroup, or else its path; nothing where no cgroup was at its limit.
    pub(super) place: Option<String>,
}

impl Key {
    pub(super) fn of(event: &Event) -> Self {
        let killer = event.killer.as_ref().and_then(|killer| killer.target.as_deref());
        let victim = event.victims.first().map(|victim| victim.comm.to_string());
        let pod = event.workload.as_ref().and_then(|workload| workload.pod_uid.clone());
        let place = pod.or_else(|| path(event)).filter(|_| event.scope == Scope::Memcg);
        Self {
            host: event.host.as_deref().map(cut),
            kind: super::name(event.kind),
            scope: scope(event.scope),
            victim: victim.or_else(|| killer.map(cut)),
            place,
        }
    }
}

/// Returns the path of the cgroup at its limit, cut where it is endless.
pub(super) fn path(event: &Event) -> Option<String> {
    let memcg = event.memcg.as_ref().and_then(|memcg| memcg.path.as_deref());
    let named = || event.constraint.as_ref().and_then(|constraint| constraint.oom_memcg.as_deref());
    memcg.or_else(named).map(cut)
}

fn cut(text: &str) -> String {
    text.chars().take(PATH).collect()
}

const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "global",
        Scope::Memcg => "memcg",
        Scope::Cpuset => "cpuset",
        Scope::Mempolicy => "mempolicy",
        Scope::Sysrq => "sysrq",
        Scope::Unknown => "unknown",
    }
}
