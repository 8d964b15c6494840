//! What makes events alike: host, kind, whose memory it was, and who was killed.

use oomkit_core::workload::Workload;

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
    /// The names of who runs in a cgroup, else its pod, else its path; nothing where no cgroup was at its limit.
    pub(super) place: Option<String>,
}

impl Key {
    pub(super) fn of(event: &Event) -> Self {
        let killer = event.killer.as_ref().and_then(|killer| killer.target.as_deref());
        let victim = event.victims.first().map(|victim| victim.comm.to_string());
        let path = path(event).filter(|_| event.scope == Scope::Memcg);
        let pod = |path: &String| Workload::of_path(path).and_then(|workload| workload.pod_uid);
        let place = label(event).or_else(|| path.as_ref().and_then(pod)).or(path);
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

/// Returns the names by which people know who runs in the cgroup at its limit.
pub(super) fn label(event: &Event) -> Option<String> {
    let path = path(event).filter(|_| event.scope == Scope::Memcg)?;
    event.workload.as_ref()?.label_of(&path).map(|label| cut(&label))
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
