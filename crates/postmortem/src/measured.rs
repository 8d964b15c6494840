//! Measured: limits that the decoder advises, with the figures that the history of the host knows.
//!
//! A log tells what was held when memory ran out, and a limit made of that is a guess.  What a workload uses
//! in good times is in the store, and its figure is the one that [`recommend`](crate::recommend) makes.

use std::collections::BTreeSet;

use oomkit_core::{
    finding::{Confidence, Finding},
    limit::Limit,
    workload::Workload,
};
use oomkit_decode::{Event, report::Scope};

use crate::{
    patch,
    recommend::{Advice, Recommendation},
    who::{Reached, Who},
};

/// The diagnoses whose advice is a figure for a limit, or the question how much is needed.
const ABOUT_A_FIGURE: &[&str] = &[
    "one-process",
    "protected-tasks",
    "kubernetes-class",
    "crash-loop",
    "memcg-limit",
    "memcg-swap-limit",
    "memcg-one-process",
];

/// The diagnosis that stands beside every limit that was reached, and advises nothing by itself.
const REACHED: &str = "cgroup-out-of-memory";

/// What the workloads of a host were measured to need.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    workloads: Vec<Recommendation>,
    hosts: BTreeSet<String>,
    headroom_percent: u32,
}

impl Measured {
    /// Takes what is recommended for the workloads of these hosts, with this room above what was used.
    #[must_use]
    pub const fn new(workloads: Vec<Recommendation>, hosts: BTreeSet<String>, headroom_percent: u32) -> Self {
        Self { workloads, hosts, headroom_percent }
    }

    /// Puts what was measured into the advice of an event, where the one to be limited is known by its
    /// history; other advice stays as it is.
    #[must_use]
    pub fn advise(&self, mut event: Event) -> Event {
        let Some(text) = self.of(&event) else { return event };
        let is_about = |finding: &&mut Finding| ABOUT_A_FIGURE.contains(&finding.name);
        let mut told = false;
        for remedy in event.findings.iter_mut().filter(is_about).filter_map(|one| one.remedy.as_mut()) {
            *remedy = text.applied(remedy);
            told = true;
        }
        // A log without a dump tells that the limit was reached, and nothing of figures.
        if let (false, Text::Instead(text)) = (told, &text)
            && let Some(reached) = event.findings.iter_mut().find(|finding| finding.name == REACHED)
        {
            reached.remedy.get_or_insert_with(|| text.clone());
        }
        event
    }

    fn of(&self, event: &Event) -> Option<Text> {
        // The limit that was reached is that of a group above, and not what was measured.
        if event.forged
            || matches!(Reached::of(event), Some(Reached::Shared(_)))
            || !self.is_of(event.host.as_deref())
        {
            return None;
        }
        // A limit of its own that a group reached is the group's, whoever in it filled it.
        let of_group = || event.workload.clone().filter(|_| event.scope == Scope::Memcg);
        let workload = Who::of(event).workload.or_else(of_group)?;
        let one = self.workloads.iter().find(|one| is_same(&one.workload, &workload))?;
        let now = event.memcg.as_ref().and_then(|memcg| memcg.limit_bytes).or(one.limit_bytes);
        self.text(one, now.and_then(Limit::size))
    }

    /// Tells whether the snapshots may be of the host that a log names; either may leave out the domain.
    fn is_of(&self, host: Option<&str>) -> bool {
        let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        let is_known = |host: &str| self.hosts.iter().any(|known| short(known) == short(host));
        self.hosts.is_empty() || host.is_none_or(is_known)
    }

    fn text(&self, one: &Recommendation, now: Option<oomkit_core::units::Bytes>) -> Option<Text> {
        let used = one.used?;
        let over = one.over;
        match &one.advice {
            Advice::Set { limit_bytes, request_bytes, confidence, .. } => {
                let spelled = patch::of_workload(&one.workload, *limit_bytes, *request_bytes)
                    .map_or(String::new(), |proposal| format!(" ({})", proposal.spelled));
                let sure = match confidence {
                    Confidence::High => "",
                    Confidence::Medium => "; that is less than a week",
                    Confidence::Low => "; that is less than a day, so look at it again later",
                };
                let most = used.most_bytes;
                let room = self.headroom_percent;
                if now.is_some_and(|now| *limit_bytes <= now) {
                    let text = format!(
                        "its history knows no need for a higher limit: it used at most {most} in {over} of snapshots, \
                         and {limit_bytes} would do{spelled}; look for what was different before this kill"
                    );
                    return Some(Text::Instead(text));
                }
                let verb = if now.is_some() { "raise its limit" } else { "limit it" };
                Some(Text::Instead(format!(
                    "{verb} to {limit_bytes}{spelled}: it used at most {most} in {over} of snapshots, and {room} % of \
                     room is left{sure}"
                )))
            }
            Advice::Grows { rate, .. } => Some(Text::Instead(format!(
                "find its leak first: it grew by {} an hour in {over} of snapshots, so that no limit is right for what \
                 it needs; a limit only keeps the damage in",
                rate.per_hour_bytes.magnitude()
            ))),
            Advice::TooShort => Some(Text::Beside(format!(
                "; the snapshots have only {over} of it, too little for a figure of their own"
            ))),
            Advice::NotKnown => None,
        }
    }
}

/// What the history has to say.
#[derive(Debug, PartialEq, Eq)]
enum Text {
    /// Better advice.
    Instead(String),
    /// A remark to the advice that is there.
    Beside(String),
}

impl Text {
    fn applied(&self, remedy: &str) -> String {
        match self {
            Self::Instead(text) => text.clone(),
            Self::Beside(remark) => format!("{remedy}{remark}"),
        }
    }
}

/// Tells whether two readings are of one workload: by its id, by its unit, or by all its names.
fn is_same(one: &Workload, other: &Workload) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    if one.container_id.is_some() || other.container_id.is_some() {
        // A container that was made anew has another id and the same names.
        return same(&one.container_id, &other.container_id) || same(&one.label(), &other.label());
    }
    if one.unit.is_some() || other.unit.is_some() {
        return one.unit == other.unit && one.user == other.user;
    }
    one.describe() == other.describe()
}

#[cfg(test)]
mod tests {
    use oomkit_core::units::{ByteDelta, Bytes, Duration};
    use oomkit_snap::trend::Rate;

    use super::*;
    use crate::recommend::Used;

    fn mib(count: u64) -> Bytes {
        Bytes::new(count << 20)
    }

    fn one(advice: Advice) -> Recommendation {
        let unit = Some("web.service".to_owned());
        Recommendation {
            name: "web.service".into(),
            workload: Workload { unit, ..Workload::default() },
            samples: 600,
            over: Duration::from_seconds(2 * 86_400),
            used: Some(Used {
                median_bytes: mib(90),
                percentile_bytes: mib(100),
                most_bytes: mib(300),
                peak_bytes: None,
            }),
            limit_bytes: None,
            kills: 0,
            busiest: None,
            advice,
        }
    }

    #[test]
    fn what_was_measured_takes_the_place_of_a_guess() {
        let set = Advice::Set {
            request_bytes: mib(112),
            limit_bytes: mib(384),
            confidence: Confidence::Medium,
            patch: None,
        };
        let delta = ByteDelta::between(Bytes::ZERO, mib(17));
        let grows = Advice::Grows {
            rate: Rate { per_hour_bytes: delta, low_bytes: delta, high_bytes: delta },
            now_bytes: None,
        };
        let measured = Measured { headroom_percent: 25, ..Measured::default() };
        for (advice, now, expected) in [
            (
                set.clone(),
                Some(256),
                "raise its limit to 384.0 MiB (MemoryMax=384M): it used at most 300.0 MiB in 2 d of snapshots, and \
                 25 % of room is left; that is less than a week",
            ),
            (
                set.clone(),
                None,
                "limit it to 384.0 MiB (MemoryMax=384M): it used at most 300.0 MiB in 2 d of snapshots, and 25 % of \
                 room is left; that is less than a week",
            ),
            (
                set,
                Some(512),
                "its history knows no need for a higher limit: it used at most 300.0 MiB in 2 d of snapshots, and \
                 384.0 MiB would do (MemoryMax=384M); look for what was different before this kill",
            ),
            (
                grows,
                Some(512),
                "find its leak first: it grew by 17.0 MiB an hour in 2 d of snapshots, so that no limit is right for \
                 what it needs; a limit only keeps the damage in",
            ),
            (
                Advice::TooShort,
                None,
                "guess; the snapshots have only 2 d of it, too little for a figure of their own",
            ),
        ] {
            let text = measured.text(&one(advice), now.map(mib)).unwrap();
            assert_eq!(text.applied("guess"), expected);
        }
        assert_eq!(measured.text(&one(Advice::NotKnown), None), None);
    }

    #[test]
    fn workloads_are_the_same_by_what_names_them() {
        let unit =
            |unit: &str, user: Option<u32>| Workload { unit: Some(unit.into()), user, ..Workload::default() };
        let container = |id: &str, name: &str| Workload {
            container_id: Some(id.into()),
            container: Some(name.into()),
            ..Workload::default()
        };
        for (one, other, expected) in [
            (unit("a.service", None), unit("a.service", None), true),
            (unit("a.service", None), unit("b.service", None), false),
            (unit("a.service", None), unit("a.service", Some(1000)), false),
            (container("1", "web"), container("2", "web"), true),
            (container("1", "web"), container("1", "api"), true),
            (container("1", "web"), container("2", "api"), false),
            (container("1", "web"), unit("a.service", None), false),
        ] {
            assert_eq!(is_same(&one, &other), expected, "{one:?} {other:?}");
        }
    }
}
