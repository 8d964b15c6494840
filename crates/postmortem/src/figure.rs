//! Figure: how large a limit should be, and what that rests on.

use oomkit_core::units::Bytes;
use oomkit_decode::{
    Event,
    report::{Scope, Victim},
};
use oomkit_snap::{facts, trend::Verdict};

use crate::{
    history::History,
    incident::{Basis, Grown, Growth},
    who::{Reached, Who, held},
};

/// What to ask for where only an upper bound is known: a place to begin, and no measurement.
const START: Bytes = Bytes::new(512 << 20);

/// A limit and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// The limit.
    pub(crate) limit: Bytes,
    /// What it is made of.
    pub(crate) basis: Basis,
}

impl Figure {
    /// Returns what a scheduler is to set aside, where nobody asked for anything yet.
    ///
    /// A limit that only keeps the others alive says nothing of what is needed.
    pub(crate) fn request(&self) -> Bytes {
        match self.basis {
            Basis::Peak { .. } | Basis::Usual { .. } | Basis::Raised { .. } => self.limit,
            Basis::Beside { .. } | Basis::Half { .. } => self.limit.min(START),
        }
    }
}

/// Says which limit would have kept the damage in; `None` where no figure can be defended.
pub(crate) fn limit(
    event: &Event,
    who: &Who,
    growth: &Growth,
    history: Option<&History>,
    headroom: u32,
) -> Option<Figure> {
    let grown = match growth {
        Growth::Seen(grown) => Some(grown),
        Growth::Unknown { .. } => None,
    };
    // Where only some nodes were full, what the whole machine has is no measure.
    if matches!(event.scope, Scope::Cpuset | Scope::Mempolicy) {
        return None;
    }
    let machine = match Reached::of(event) {
        Some(Reached::Own) => return grown.and_then(|grown| raised(event, grown)),
        // A limit that may be another's is not to be raised here.
        Some(Reached::Unknown) => return None,
        // What shares a limit shares a machine of that size.
        Some(Reached::Shared(shared)) => shared.limit,
        None => machine(event)
            .map(|(size, _)| size)
            .or_else(|| history.and_then(|history| facts::memory(&history.last.machine))),
    };
    let measured = grown.and_then(|grown| measured(grown, headroom));
    // A figure that leaves the others no room protects nobody.
    let most = machine.and_then(|machine| beside(machine, who.held));
    match (measured, most) {
        (Some(measured), Some(most)) if most.limit < measured.limit => Some(most),
        (Some(measured), _) => Some(measured),
        (None, most) => most,
    }
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
    Some(Figure { limit, basis })
}

/// Leaves to the others what they held, or half of the machine where that is more; `None` where that
/// is nothing to run in.
fn beside(machine: Bytes, held: Option<Bytes>) -> Option<Figure> {
    let half = Figure {
        limit: rounded_down(Bytes::new(machine.get() / 2)),
        basis: Basis::Half { machine_bytes: machine },
    };
    // When memory is out, all of it is held by somebody; a tenth is for what they may still grow by.
    let others_bytes = machine.get().saturating_sub(held.map_or(0, Bytes::get));
    let room = machine.get().saturating_sub(others_bytes).saturating_sub(machine.get() / 10);
    let room = rounded_down(Bytes::new(room));
    let is_tighter = held.is_some() && room < half.limit && Bytes::new(64 << 20) <= room;
    if !is_tighter {
        return Some(half).filter(|half| half.limit != Bytes::ZERO);
    }
    let others_bytes = Bytes::new(others_bytes);
    Some(Figure { limit: room, basis: Basis::Beside { machine_bytes: machine, others_bytes } })
}

/// Raises a limit that was reached by something that does not grow.
fn raised(event: &Event, grown: &Grown) -> Option<Figure> {
    let is_calm =
        matches!(grown.trend.verdict, Verdict::Level | Verdict::Settled { .. } | Verdict::Stepped { .. });
    let limit_bytes = event.memcg.as_ref()?.limit_bytes?.size()?;
    is_calm.then(|| Figure {
        limit: rounded_up(Bytes::new(limit_bytes.get().saturating_add(limit_bytes.get() / 2))),
        basis: Basis::Raised { limit_bytes },
    })
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
