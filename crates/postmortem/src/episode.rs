//! Episode: events that belong together, since one followed the other on the same host.

use std::cmp::Ordering;

use oomkit_core::cgroup::lies_in;
use oomkit_decode::{
    Event,
    report::{EventKind, Scope},
};

use crate::who::Reached;

/// How long after an event another one still belongs to it, in microseconds.
const GAP: u64 = 10 * 60 * 1_000_000;

/// Events that belong together, the first one first; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Episode<'a>(Vec<&'a Event>);

impl<'a> Episode<'a> {
    /// Parts events into episodes, in the order of their first events in the logs; what is forged is in none.
    ///
    /// Where the log does not tell how far apart two events are, they belong together if they stand in
    /// one input: a cascade that is taken apart would hide its first kill. Control groups that reach their
    /// own limits have nothing to do with one another, unless the machine ran out of memory around them.
    pub(crate) fn split(events: &'a [Event]) -> Vec<Self> {
        let mut episodes: Vec<Self> = Vec::new();
        let (machine, rest): (Vec<&Event>, Vec<&Event>) =
            events.iter().filter(|event| !event.forged).partition(|event| is_machine(event));
        for event in machine.into_iter().chain(rest) {
            match episodes.iter_mut().rev().find(|episode| episode.takes(event)) {
                Some(episode) => episode.0.push(event),
                None => episodes.push(Self(vec![event])),
            }
        }
        for episode in &mut episodes {
            // A stable order: what no clock tells stays as it stands in the logs.
            episode.0.sort_by_key(|event| (event.input, event.first_line));
            if episode.0.iter().all(|event| event.at.is_some()) {
                episode.0.sort_by_key(|event| event.at.map(|at| at.instant()));
            }
        }
        episodes.sort_by_key(|episode| episode.0.first().map(|event| (event.input, event.first_line)));
        episodes
    }

    /// Returns the newest of several: the one whose last event is the latest, by a clock that they share,
    /// else by the order of the logs.
    pub(crate) fn newest<'e>(episodes: impl Iterator<Item = &'e Self>) -> Option<&'e Self>
    where
        'a: 'e,
    {
        episodes.reduce(|newest, next| if next.ends_before(newest) { newest } else { next })
    }

    /// Tells whether a clock says that this one ended before another one.
    fn ends_before(&self, other: &Self) -> bool {
        let last = self.0.last().zip(other.0.last());
        last.and_then(|(one, other)| order(one, other)) == Some(Ordering::Less)
    }

    fn takes(&self, event: &Event) -> bool {
        self.0.iter().any(|own| {
            let is_near = belong_together(own, event);
            is_near && (self.0.iter().any(|own| is_machine(own)) || share_memory(own, event))
        })
    }

    /// Returns the event that it is told by: the first kill, else the first thing that hurt.
    ///
    /// Where the whole machine ran out of memory, a control group that reached its limit is not the story.
    pub(crate) fn head(&self) -> Option<&'a Event> {
        let first = |wanted: fn(&Event) -> bool| self.0.iter().copied().find(move |event| wanted(event));
        first(|event| is_kill(event.kind) && is_machine(event))
            .or_else(|| first(|event| is_kill(event.kind)))
            .or_else(|| first(|event| event.kind == EventKind::AllocFailure))
    }

    /// Returns what the killers did, whether they killed anybody or not, and panics.
    pub(crate) fn kills(&self) -> impl Iterator<Item = &'a Event> {
        self.0.iter().copied().filter(|event| is_kill(event.kind))
    }

    /// Returns how many events are of a kind.
    pub(crate) fn count(&self, kinds: &[EventKind]) -> u64 {
        self.0.iter().filter(|event| kinds.contains(&event.kind)).count() as u64
    }

    /// Tells whether the kernel panicked in the end.
    pub(crate) fn panicked(&self) -> bool {
        self.0.iter().any(|event| event.kind == EventKind::Panic || event.panic.is_some())
    }
}

pub(crate) const fn is_kill(kind: EventKind) -> bool {
    matches!(kind, EventKind::OomKill | EventKind::UserspaceKill | EventKind::OomNoVictim | EventKind::Panic)
}

/// Tells whether it was not just one control group that had no memory left.
const fn is_machine(event: &Event) -> bool {
    is_kill(event.kind) && !matches!(event.scope, Scope::Memcg | Scope::Unknown)
}

/// Tells whether the same limit may have been reached, or one above the other.
fn share_memory(one: &Event, other: &Event) -> bool {
    let paths = Reached::path(one).zip(Reached::path(other));
    paths.is_none_or(|(one, other)| {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        lies_in(one, other) || lies_in(other, one)
    })
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

/// Returns the order of two events on a clock that both have.
fn order(one: &Event, other: &Event) -> Option<Ordering> {
    let wall = one.at.zip(other.at).map(|(one, other)| one.instant().cmp(&other.instant()));
    let of_input = || (one.input == other.input).then(|| one.first_line.cmp(&other.first_line));
    wall.or_else(of_input)
}
