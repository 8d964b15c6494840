//! Figure: how large a limit should be, and what that rests on.

use oomkit_audit::model::Origin;
use oomkit_core::{units::Bytes, workload::Workload};
use oomkit_decode::{
    Event,
    report::{self as event, Victim},
};
use oomkit_snap::{facts, trend::Verdict};

use crate::{
    gap::Known,
    incident::{Basis, Grown, Growth},
    matching::Found,
    who::{Reached, Shared, held},
};

/// A limit and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// The limit.
    pub(crate) limit: Bytes,
    /// What a scheduler is to set aside, where nobody asked for anything yet.
    pub(crate) request: Bytes,
    /// What it is made of.
    pub(crate) basis: Basis,
}

impl Figure {
    const fn new(limit: Bytes, basis: Basis) -> Self {
        Self { limit, request: limit, basis }
    }

    /// Asks for what was seen in use: a limit that only keeps the others alive tells nothing of what is needed.
    fn asking_for(self, held: Option<Bytes>) -> Self {
        let is_bound = matches!(self.basis, Basis::Beside { .. } | Basis::Half { .. });
        let seen = held.filter(|_| is_bound).map_or(self.limit, rounded_up);
        Self { request: seen.min(self.limit), ..self }
    }
}

/// Says which limit would have kept the damage in; `None` where no figure can be defended.
///
/// `found` is where the limit would be written, where that is known.
pub(crate) fn limit(
    known: &Known<'_>,
    found: Option<&Found<'_>>,
    growth: &Growth,
    headroom: u32,
) -> Option<Figure> {
    let (event, who) = (known.event, known.who);
    let grown = match growth {
        Growth::Seen(grown) => Some(grown),
        Growth::Unknown { .. } => None,
    };
    // Where only some nodes were full, what the whole machine has is no measure.
    if matches!(event.scope, event::Scope::Cpuset | event::Scope::Mempolicy) {
        return None;
    }
    let measured = || grown.and_then(|grown| measured(grown, headroom));
    let own = found.and_then(own_limit);
    let figure = match Reached::of(event) {
        Some(Reached::Own) => grown.and_then(|grown| raised(event, grown)),
        // A limit that may be another's is not to be raised here.
        Some(Reached::Unknown) => None,
        Some(Reached::Shared(shared)) => {
            // What shares a limit shares a machine of that size, unless the limit is made of theirs.
            let bound = shared.limit.filter(|_| !is_sum(&shared, found));
            // Less than it has, or than it used, would only kill it earlier; but what leaks needs less than that.
            let leaks = grown.is_some_and(|grown| {
                matches!(grown.trend.verdict, Verdict::Grows(_) | Verdict::GrowsInRounds(_))
            });
            let least = own.max(who.held.filter(|_| !leaks));
            least_of(measured(), bound.and_then(|bound| beside(bound, who.held)))
                .filter(|figure| least <= Some(figure.limit))
        }
        None => {
            let machine = machine(event)
                .map(|(size, _)| size)
                .or_else(|| known.history.and_then(|history| facts::memory(&history.last.machine)));
            // A figure that leaves the others no room protects nobody; a limit that does so already stands.
            let most = machine.and_then(|machine| beside(machine, who.held));
            least_of(measured(), most.filter(|most| own <= Some(most.limit)))
        }
    };
    figure.map(|figure| figure.asking_for(who.held))
}

fn least_of(measured: Option<Figure>, most: Option<Figure>) -> Option<Figure> {
    measured.into_iter().chain(most).min_by_key(|figure| figure.limit)
}

/// Returns the limit that is written where one is to be written.
fn own_limit(found: &Found<'_>) -> Option<Bytes> {
    found.scope.memory.limit.as_ref().and_then(|limit| limit.value.size())
}

/// Tells whether a limit that is shared is that of a pod which has none but those of its containers.
fn is_sum(shared: &Shared, found: Option<&Found<'_>>) -> bool {
    let is_pod = Workload::of_path(&shared.cgroup).is_some_and(|workload| workload.pod_uid.is_some());
    let of_pod = |found: &Found<'_>| {
        let pod = found.report.model.pod_of(found.scope).map(|(_, pod, _)| pod);
        pod.is_some_and(|pod| pod.memory.limit.as_ref().is_some_and(|limit| limit.origin == Origin::Written))
    };
    is_pod && !found.is_some_and(of_pod)
}

/// Returns the memory of the machine, and whether that was concluded from a score.
pub(crate) fn machine(event: &Event) -> Option<(Bytes, bool)> {
    let printed = event.machine.as_ref().and_then(|machine| machine.managed_bytes.or(machine.ram_bytes));
    let scored = || event.choice.as_ref().and_then(|choice| choice.total_bytes);
    let implied = || event.victims.iter().find_map(|victim| implied(event, victim));
    printed.map(|size| (size, false)).or_else(|| Some((scored().or_else(implied)?, true)))
}

/// Concludes the memory and swap of the machine from a victim's score, which counts what it had in swap too.
fn implied(event: &Event, victim: &Victim) -> Option<Bytes> {
    let total = victim.total_by_score()?;
    let resident = victim.rss_bytes.or(victim.anon_rss_bytes)?;
    let held = held(event, victim)?.max(resident);
    let scaled = u128::from(total.get()) * u128::from(held.get()) / u128::from(resident.get().max(1));
    u64::try_from(scaled).ok().map(Bytes::new)
}

/// Takes what it used while it did not grow.
fn measured(grown: &Grown, headroom_percent: u32) -> Option<Figure> {
    let (limit, basis) = match grown.trend.verdict {
        Verdict::Level | Verdict::Settled { .. } => {
            let peak_bytes = grown.peak_bytes;
            (with_headroom(peak_bytes, headroom_percent), Basis::Peak { peak_bytes, headroom_percent })
        }
        _ => {
            let usual_bytes = grown.usual_bytes?;
            (with_headroom(usual_bytes, headroom_percent), Basis::Usual { usual_bytes, headroom_percent })
        }
    };
    Some(Figure::new(limit, basis))
}

/// Leaves to the others what they held, or half of the machine where that is more; `None` where that
/// is nothing to run in.
fn beside(machine: Bytes, held: Option<Bytes>) -> Option<Figure> {
    let half =
        Figure::new(rounded_down(Bytes::new(machine.get() / 2)), Basis::Half { machine_bytes: machine });
    // When memory is out, all of it is held by somebody; a tenth is for what they may still grow by.
    let others_bytes = machine.get().saturating_sub(held.map_or(0, Bytes::get));
    let room = machine.get().saturating_sub(others_bytes).saturating_sub(machine.get() / 10);
    let room = rounded_down(Bytes::new(room));
    let is_tighter = held.is_some() && room < half.limit && Bytes::new(64 << 20) <= room;
    if !is_tighter {
        return Some(half).filter(|half| half.limit != Bytes::ZERO);
    }
    let others_bytes = Bytes::new(others_bytes);
    Some(Figure::new(room, Basis::Beside { machine_bytes: machine, others_bytes }))
}

/// Raises a limit that was reached by something that does not grow.
fn raised(event: &Event, grown: &Grown) -> Option<Figure> {
    let is_calm =
        matches!(grown.trend.verdict, Verdict::Level | Verdict::Settled { .. } | Verdict::Stepped { .. });
    let limit_bytes = event.memcg.as_ref()?.limit_bytes?.size()?;
    let half = limit_bytes.get() / 2;
    let limit = rounded_up(limit_bytes.saturating_add(Bytes::new(half)));
    is_calm.then_some(Figure::new(limit, Basis::Raised { limit_bytes }))
}

/// Adds room to what was used.
pub(crate) fn with_headroom(used: Bytes, percent: u32) -> Bytes {
    let room = u128::from(used.get()) * u128::from(percent) / 100;
    rounded_up(used.saturating_add(Bytes::new(u64::try_from(room).unwrap_or(u64::MAX))))
}

/// Returns the step of sizes that people write.
const fn step(size: Bytes) -> u64 {
    match size.get() {
        size if size < 512 << 20 => 16 << 20,
        size if size < 8 << 30 => 64 << 20,
        size if size < 16 << 30 => 256 << 20,
        _ => 1 << 30,
    }
}

fn rounded_up(size: Bytes) -> Bytes {
    Bytes::new(size.get().div_ceil(step(size)).max(1).saturating_mul(step(size)))
}

fn rounded_down(size: Bytes) -> Bytes {
    // Of little, a large step would leave nothing.
    let step = if size.get() < 64 << 20 { 1 << 20 } else { step(size) };
    Bytes::new(size.get() / step * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn room_is_added_and_sizes_are_round() {
        for (used, percent, expected) in
            [(100, 25, 128), (400, 25, 512), (1000, 25, 1280), (0, 25, 16), (8000, 20, 9728)]
        {
            assert_eq!(with_headroom(Bytes::new(used * MIB), percent), Bytes::new(expected * MIB), "{used}");
        }
    }

    #[test]
    fn what_was_seen_in_use_is_asked_for() {
        let mib = |size: u64| Bytes::new(size * MIB);
        let half = beside(mib(16384), Some(mib(11776))).unwrap();
        assert_eq!((half.limit, half.asking_for(Some(mib(11776))).request), (mib(8192), mib(8192)));
        assert_eq!(half.asking_for(Some(mib(300))).request, mib(304));
        assert_eq!(half.asking_for(None).request, half.limit);
    }

    #[test]
    fn others_keep_what_they_had() {
        let gib = |size: u64| Bytes::new(size << 30);
        // It held most: half of the machine is less than what it leaves to others.
        assert_eq!(beside(gib(64), Some(gib(44))).unwrap().limit, gib(32));
        // Others hold most: they had 54 GiB, and 6.4 more are left to them.
        let tight = beside(gib(64), Some(gib(10))).unwrap();
        assert_eq!(tight.basis, Basis::Beside { machine_bytes: gib(64), others_bytes: gib(54) });
        assert!(tight.limit < gib(4) && gib(3) < tight.limit, "{}", tight.limit);
        // Nearly nothing of it is no limit to write.
        assert_eq!(beside(gib(64), Some(gib(1))).unwrap().limit, gib(32));
        // Nor is nothing at all.
        let limit = |kib: u64| beside(Bytes::new(kib << 10), None).map(|figure| figure.limit);
        assert_eq!(limit(8 << 10), Some(Bytes::new(4 * MIB)));
        assert_eq!(limit(1024), None);
    }
}
