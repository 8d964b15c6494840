//! Growth, in English.

use oomkit_snap::trend::{Doubt, Rate, Verdict};

use super::super::span;
use crate::incident::{Apart, Grown, NoGrowth, Subject};

/// Says why it is not known what grew.
pub(super) fn not_known(why: &NoGrowth) -> String {
    let damaged = match why {
        NoGrowth::NotSeen { damaged, .. } => unreadable(*damaged),
        _ => String::new(),
    };
    let why = match why {
        NoGrowth::NoStore => "not known: no snapshots were given",
        NoGrowth::Apart { because: Apart::NoSnapshots } => "not known: the store is empty",
        NoGrowth::Apart { because: Apart::OtherHost } => "not known: the store is that of another host",
        NoGrowth::Apart { because: Apart::NoTime } => "not known: the log does not say when it was",
        NoGrowth::Apart { because: Apart::OtherBoot } => "not known: the store has no snapshots of that time",
        NoGrowth::Apart { because: Apart::SeveralBoots } => {
            "not known: several boots of the store may be the one of the log"
        }
        NoGrowth::Damaged => "not known: the store has no readable snapshot of the day before",
        NoGrowth::NobodyToBlame => "not known: no process is to blame",
        NoGrowth::NotSeen { .. } => {
            "not known: too few snapshots show it, so it came or grew after the last of them"
        }
    };
    format!("{why}{damaged}")
}

/// Says that a part of the history is missing.
fn unreadable(damaged: u64) -> String {
    match damaged {
        0 => String::new(),
        1 => "; 1 snapshot before it cannot be read".into(),
        count => format!("; {count} snapshots before it cannot be read"),
    }
}

/// Says what grew, how fast, and when it was last seen.
pub(super) fn grew(grown: &Grown) -> String {
    let (first, last) = (grown.first.size, grown.last.size);
    let over = span(grown.last.at.since(grown.first.at).micros() / 1_000_000);
    let from_to = format!("from {first} to {last} in {over}");
    let rate = |rate: Rate| format!("{} an hour", rate.per_hour_bytes.magnitude());
    let it = match grown.subject {
        Subject::Process => "it",
        Subject::Name => "all of that name",
        Subject::Cgroup => "its control group",
    };
    let what = match grown.trend.verdict {
        Verdict::Grows(by) => format!("{it} grew by {}, {from_to}", rate(by)),
        Verdict::GrowsInRounds(by) => {
            format!("{it} grew in rounds, of which {} remained, {from_to}", rate(by))
        }
        Verdict::Shrinks(by) => format!("{it} shrank by {}, {from_to}", rate(by)),
        Verdict::Settled { by_bytes } => format!("{it} changed by {by_bytes} and came to rest, {from_to}"),
        Verdict::Stepped { by_bytes, .. } => format!("{it} went up by {by_bytes} at once, {from_to}"),
        Verdict::Level => format!("{it} stayed as it was: {from_to}"),
        Verdict::Uncertain { why: Doubt::TooFew } => format!("{from_to}; too few snapshots for a rate"),
        Verdict::Uncertain { .. } => format!("{from_to}, with no steady rate"),
    };
    let seen = span(grown.last_seen_seconds.micros() / 1_000_000);
    format!("{what}; last seen {seen} before the kill{}", unreadable(grown.damaged))
}
