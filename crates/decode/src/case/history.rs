//! What happened before: the last events of a log in a few words each.

use std::collections::VecDeque;

use oomkit_core::{
    ident::{Comm, Pid},
    place::Evidence,
    units::{Bytes, SinceBoot, WallTime},
};

use crate::report::{Event, EventKind, Scope};

/// Events that are remembered.
const REMEMBERED: usize = 64;

/// An event that is over, as later ones need to know it.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    pub(crate) kind: EventKind,
    pub(crate) scope: Scope,
    pub(crate) host: Option<String>,
    pub(crate) since_boot: Option<SinceBoot>,
    pub(crate) at: Option<WallTime>,
    /// The path of the cgroup at its limit.
    pub(crate) cgroup: Option<String>,
    pub(crate) victim: Option<(Comm, Pid)>,
    /// The victim's resident memory.
    pub(crate) size: Option<Bytes>,
    /// Free memory of the machine.
    pub(crate) free: Option<Bytes>,
    /// The line of the kill, or the first one.
    pub(crate) proof: Evidence,
}

/// The last events of a log.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Past>);

impl History {
    /// Forgets everything: another input begins, which may be of another time.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Remembers an event, unless user space wrote it.
    pub(crate) fn add(&mut self, event: &Event) {
        if event.forged {
            return;
        }
        if REMEMBERED <= self.0.len() {
            self.0.pop_front();
        }
        self.0.push_back(Past::of(event));
    }

    /// Returns the events of a host before another, the latest last.
    pub(crate) fn before(&self, event: &Event) -> Vec<Past> {
        self.0.iter().filter(|past| past.host == event.host).cloned().collect()
    }
}

impl Past {
    fn of(event: &Event) -> Self {
        let victim = event.victims.first();
        Self {
            kind: event.kind,
            scope: event.scope,
            host: event.host.clone(),
            since_boot: event.since_boot_seconds,
            at: event.at,
            cgroup: event.memcg.as_ref().and_then(|memcg| memcg.path.clone()),
            victim: victim.map(|victim| (victim.comm.clone(), victim.pid)),
            size: victim.and_then(|victim| victim.rss_bytes.or(victim.anon_rss_bytes)),
            free: event.machine.as_ref().and_then(|machine| machine.counters.get("free_bytes").copied()),
            proof: event.proof(victim.map_or(event.first_line, |victim| victim.line)),
        }
    }

    /// Returns the seconds from this event to another; `None` where the log does not tell, or where
    /// the other comes first.
    pub(crate) fn seconds_to(&self, event: &Event) -> Option<f64> {
        if let (Some(from), Some(to)) = (self.since_boot, event.since_boot_seconds) {
            let micros = to.micros().checked_sub(from.micros())?;
            #[expect(clippy::cast_precision_loss, reason = "seconds are shown, not counted")]
            return Some(micros as f64 / 1e6);
        }
        let (from, to) = (self.at?.instant(), event.at?.instant());
        let seconds = to.duration_since(from).as_secs_f64();
        (0.0 <= seconds).then_some(seconds)
    }
}
