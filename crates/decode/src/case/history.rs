//! What happened before: the last events of a log in a few words each.

use std::{collections::VecDeque, sync::Arc};

use oomkit_core::{
    ident::{Comm, Pid},
    place::Evidence,
    units::{Bytes, SinceBoot, WallTime},
};

use super::{own_memory, tasks};
use crate::report::{Culprit, Event, EventKind, Scope, Victim};

/// Events that are remembered.
const REMEMBERED: usize = 64;

/// The two clocks of a log may differ by this many seconds, since lines are stamped when they are read.
const DRIFT: f64 = 60.0;

/// An event that is over, as later ones need to know it.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    pub(crate) kind: EventKind,
    pub(crate) scope: Scope,
    pub(crate) host: Option<String>,
    pub(crate) since_boot: Option<SinceBoot>,
    pub(crate) at: Option<WallTime>,
    /// Who was killed where, so that a restart of the same thing is known again.
    pub(crate) who: Option<Who>,
    pub(crate) pid: Option<Pid>,
    /// The path of the cgroup whose limit was hit.
    pub(crate) cgroup: Option<String>,
    /// The victim's resident memory.
    pub(crate) size: Option<Bytes>,
    /// What the victim's death gives back: its own memory, swap and page tables.
    pub(crate) returns: Bytes,
    /// Free memory of the machine.
    pub(crate) free: Option<Bytes>,
    /// What that event came to.
    pub(crate) cause: Option<&'static str>,
    /// Who was to blame.
    pub(crate) culprit: Option<Culprit>,
    /// Whether many tasks of the victim's name lived at the same time.
    pub(crate) crowd: bool,
    /// The line of the kill, or the first one.
    pub(crate) proof: Evidence,
}

/// A victim's name and the place that stays when it is started again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    pub(crate) comm: Comm,
    /// The pod, or else the path of the cgroup; empty for the machine.
    pub(crate) place: String,
}

/// The last events of a log.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Arc<Past>>);

impl History {
    /// Forgets everything: another input begins, which may be of another time.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Remembers an event and what it came to, unless user space wrote it.
    pub(crate) fn add(&mut self, event: &Event, cause: Option<&'static str>, culprit: Option<&Culprit>) {
        if event.forged {
            return;
        }
        if REMEMBERED <= self.0.len() {
            self.0.pop_front();
        }
        self.0.push_back(Arc::new(Past { cause, culprit: culprit.cloned(), ..Past::of(event) }));
    }

    /// Returns the events of a host before another, the latest last.
    pub(crate) fn before(&self, event: &Event) -> Vec<Arc<Past>> {
        self.0.iter().filter(|past| past.host == event.host).map(Arc::clone).collect()
    }
}

impl Who {
    /// Names the first victim of an event.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let comm = event.victims.first()?.comm.clone();
        // A restarted container has another id and so another path, but the pod stays.
        let pod = event.workload.as_ref().and_then(|workload| workload.pod_uid.clone());
        let constraint = event.constraint.as_ref();
        let path = || constraint.and_then(|constraint| constraint.task_memcg.clone());
        let limited = || event.memcg.as_ref().and_then(|memcg| memcg.path.clone());
        Some(Self { comm, place: pod.or_else(path).or_else(limited).unwrap_or_default() })
    }
}

impl Past {
    fn of(event: &Event) -> Self {
        let victim = event.victims.first();
        let named = |comm: &Comm| event.tasks.iter().filter(|task| task.comm == *comm).count();
        Self {
            kind: event.kind,
            scope: event.scope,
            host: event.host.clone(),
            since_boot: event.since_boot_seconds,
            at: event.at,
            who: Who::of(event),
            pid: victim.map(|victim| victim.pid),
            cgroup: event.memcg.as_ref().and_then(|memcg| memcg.path.clone()),
            size: victim.and_then(|victim| victim.rss_bytes.or(victim.anon_rss_bytes)),
            returns: victim.map(|victim| returns(event, victim)).unwrap_or_default(),
            free: event.machine.as_ref().and_then(|machine| machine.counters.get("free_bytes").copied()),
            cause: None,
            culprit: None,
            crowd: victim.is_some_and(|victim| tasks::CROWD <= named(&victim.comm)),
            proof: event.proof(victim.map_or(event.first_line, |victim| victim.line)),
        }
    }

    /// Returns the seconds from this event to another; `None` where the log does not tell, or where
    /// the other comes first.
    pub(crate) fn seconds_to(&self, event: &Event) -> Option<f64> {
        let booted = self.since_boot.zip(event.since_boot_seconds).map(|(from, to)| {
            #[expect(clippy::cast_precision_loss, reason = "seconds are shown, not counted")]
            let seconds = |moment: SinceBoot| moment.micros() as f64 / 1e6;
            seconds(to) - seconds(from)
        });
        let walled = self.at.zip(event.at).map(|(from, to)| {
            let apart = to.instant().duration_since(from.instant());
            apart.as_secs_f64()
        });
        let seconds = match (booted, walled) {
            // The kernel's clock starts again with each boot, and is the finer one within it.
            (Some(booted), Some(walled)) if (booted - walled).abs() <= DRIFT => booted,
            (_, Some(walled)) => walled,
            (booted, None) => booted?,
        };
        (0.0 <= seconds).then_some(seconds)
    }
}

/// Shared memory stays when one of its users dies, so it is left out.
fn returns(event: &Event, victim: &Victim) -> Bytes {
    let row = event.tasks.iter().find(|task| task.pid == victim.pid);
    let own = victim.anon_rss_bytes.or(row.map(own_memory)).or(victim.rss_bytes).unwrap_or_default();
    let swap = row.and_then(|task| task.swap_bytes).unwrap_or_default();
    let tables = victim.pgtables_bytes.or(row.and_then(|task| task.pgtables_bytes)).unwrap_or_default();
    // What a row calls its own has the swap in it.
    if victim.anon_rss_bytes.is_some() {
        return own.saturating_add(swap).saturating_add(tables);
    }
    own.saturating_add(tables)
}
