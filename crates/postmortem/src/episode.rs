//! Episode: events that belong together, since one followed the other on the same host.

use oomkit_decode::{Event, report::EventKind};

/// How long after an event another one still belongs to it, in microseconds.
const GAP: u64 = 10 * 60 * 1_000_000;

/// Events that belong together, in the order of the logs; never empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Episode<'a>(&'a [Event]);

impl<'a> Episode<'a> {
    /// Parts events into episodes.
    ///
    /// Where the log does not tell how far apart two events are, they belong together if they stand in
    /// one input: a cascade that is taken apart would hide its first kill.
    pub(crate) fn split(events: &'a [Event]) -> Vec<Self> {
        events.chunk_by(belong_together).map(Self).collect()
    }

    /// Returns all events.
    pub(crate) const fn events(self) -> &'a [Event] {
        self.0
    }

    /// Returns the event that it is told by: the first kill, else the first thing that hurt.
    pub(crate) fn head(self) -> Option<&'a Event> {
        let is = |wanted: fn(EventKind) -> bool| {
            self.0.iter().find(move |event| !event.forged && wanted(event.kind))
        };
        is(is_kill).or_else(|| is(|kind| kind == EventKind::AllocFailure))
    }

    /// Returns the kills, the forged ones left out.
    pub(crate) fn kills(self) -> impl Iterator<Item = &'a Event> {
        self.0.iter().filter(|event| !event.forged && is_kill(event.kind))
    }
}

pub(crate) const fn is_kill(kind: EventKind) -> bool {
    matches!(kind, EventKind::OomKill | EventKind::UserspaceKill | EventKind::OomNoVictim | EventKind::Panic)
}

fn belong_together(one: &Event, next: &Event) -> bool {
    if one.host != next.host && one.host.is_some() && next.host.is_some() {
        return false;
    }
    match distance(one, next) {
        Some(micros) => micros <= GAP,
        None => one.input == next.input,
    }
}

/// Returns how far apart two events are, in microseconds, on a clock that both have.
fn distance(one: &Event, other: &Event) -> Option<u64> {
    let wall = one
        .at
        .zip(other.at)
        .map(|(one, other)| one.instant().as_microsecond().abs_diff(other.instant().as_microsecond()));
    // The kernel's clock begins anew with each boot, so on its own it is good for one input only.
    let of_boot = || {
        let (one_clock, other_clock) = one.since_boot_seconds.zip(other.since_boot_seconds)?;
        (one.input == other.input).then(|| one_clock.distance_micros(other_clock))
    };
    wall.or_else(of_boot)
}
