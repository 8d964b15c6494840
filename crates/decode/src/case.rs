//! Case: an event with the figures that rules ask for, and the lines behind each of them.
//!
//! Rules judge; here is only counted.  A figure that the log does not give is `None`, so a rule that
//! needs it stays silent.

use std::sync::Arc;

use oomkit_core::{
    place::{Evidence, LineNo},
    rule::Model,
    units::{Bytes, Share},
};

mod cgroup;
mod history;
mod machine;
mod proof;
mod sound;
mod tasks;
mod trace;
mod zones;

pub(crate) use cgroup::{CgroupFigures, sizes_are_cut};
pub(crate) use history::{History, Past, Who};
pub(crate) use machine::MachineFigures;
pub(crate) use sound::zone_name;
pub(crate) use tasks::{TaskFigures, TaskGroup, is_protected, own_memory, size_by_kill, weight};
pub(crate) use trace::{calls_itself, is};
pub(crate) use zones::{Gauge, ZoneFigures};

use crate::report::{Event, EventKind, Scope};

/// An event under examination.
#[derive(Debug)]
pub(crate) struct Case {
    /// The event.
    pub(crate) event: Event,
    /// The machine's figures.
    pub(crate) machine: MachineFigures,
    /// The figures of the cgroup at its limit.
    pub(crate) cgroup: Option<CgroupFigures>,
    /// The zones, and what of them the request could use.
    pub(crate) zones: ZoneFigures,
    /// The candidates: the largest ones and those that belong together.
    pub(crate) tasks: TaskFigures,
    /// The functions of the call trace, innermost first.
    pub(crate) trace: Vec<String>,
    /// The events before this one in the same log, the latest last.
    pub(crate) before: Vec<Arc<Past>>,
}

impl Model for Case {
    type Place = Evidence;
}

impl Case {
    /// Takes an event in, with what happened before it.
    pub(crate) fn new(event: Event, before: Vec<Arc<Past>>) -> Self {
        Self {
            machine: MachineFigures::of(&event),
            cgroup: CgroupFigures::of(&event),
            zones: ZoneFigures::of(&event),
            tasks: TaskFigures::of(&event),
            trace: trace::functions(&event),
            event,
            before,
        }
    }

    /// Tells whether the kernel ran out of memory, or was told that it had.
    pub(crate) const fn is_oom(&self) -> bool {
        matches!(self.event.kind, EventKind::OomKill | EventKind::OomNoVictim | EventKind::Panic)
    }

    /// Tells whether the whole machine ran out of memory.
    pub(crate) fn is_global(&self) -> bool {
        self.is_oom() && self.event.scope == Scope::Global
    }

    /// Tells whether a cgroup ran into its limit.
    pub(crate) fn is_cgroup(&self) -> bool {
        self.is_oom() && self.event.scope == Scope::Memcg
    }

    /// Tells whether some nodes ran out of memory, because the rest was not allowed.
    pub(crate) fn is_confined(&self) -> bool {
        self.is_oom() && matches!(self.event.scope, Scope::Cpuset | Scope::Mempolicy)
    }

    /// Tells whether the counters of the machine speak of the moment of trouble: an OOM of the
    /// machine, or an allocation that failed.
    pub(crate) fn speaks_of_machine(&self) -> bool {
        self.is_global() || self.event.kind == EventKind::AllocFailure
    }

    /// Returns the order of the allocation; `None` where it is not printed, or the kill was by hand.
    pub(crate) fn order(&self) -> Option<u32> {
        let order = self.event.trigger.as_ref()?.order?;
        u32::try_from(order.get()).ok()
    }

    /// Returns a line with its text.
    pub(crate) fn line(&self, line: LineNo) -> Evidence {
        self.event.proof(line)
    }
}

/// Tells whether a part is at least this many percent of a whole.
pub(crate) fn at_least(part: Bytes, percent: u64, whole: Bytes) -> bool {
    whole != Bytes::ZERO && u128::from(whole.get()) * u128::from(percent) <= u128::from(part.get()) * 100
}

/// Says a part and its share, as in `12.0 GiB (75.0 % of 16.0 GiB)`.
pub(crate) fn of_whole(part: Bytes, whole: Bytes) -> String {
    match Share::of(part, whole) {
        Some(share) => format!("{part} ({share} of {whole})"),
        None => part.to_string(),
    }
}

/// Takes a size from another, down to nothing.
pub(crate) const fn less(from: Bytes, other: Bytes) -> Bytes {
    Bytes::new(from.get().saturating_sub(other.get()))
}

/// Returns a part of a size, in percent.
pub(crate) const fn percent(size: Bytes, percent: u64) -> Bytes {
    Bytes::new(size.get() / 100 * percent + size.get() % 100 * percent / 100)
}

/// Says a time that passed in the few figures that a reader needs: `1.9 s`, `12 min`, `3.5 h`.
pub(crate) fn lapse(seconds: f64) -> String {
    match seconds {
        ..0.95 => format!("{seconds:.2} s"),
        ..10.0 => format!("{seconds:.1} s"),
        ..120.0 => format!("{seconds:.0} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        ..172_800.0 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{:.0} days", seconds / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_few_figures() {
        for (seconds, words) in [
            (0.0, "0.00 s"),
            (0.125, "0.12 s"),
            (1.94, "1.9 s"),
            (59.6, "60 s"),
            (605.0, "10 min"),
            (9000.0, "2.5 h"),
            (864_000.0, "10 days"),
        ] {
            assert_eq!(lapse(seconds), words);
        }
    }
}
