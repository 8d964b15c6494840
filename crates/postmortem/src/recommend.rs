//! Recommend: what each workload of a store should ask for and be held to.
//!
//! Silent rather than guessing: of what was not watched for long, or keeps growing, no figure is said.

use std::collections::{BTreeMap, BTreeSet};

use oomkit_core::{finding::Confidence, limit::Limit, units::Bytes, workload::Workload};
use oomkit_snap::{
    facts,
    name::Name,
    snapshot::{Cgroup, Duration, Moment, Snapshot},
    trend::{Rate, Subject, Tracker, Trend, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{figure::with_headroom, incident::Patch, patch};

/// What has to be seen of a workload before anything is said of it.
const LEAST: (Duration, u64) = (Duration::from_seconds(3_600), 30);

/// From when on a history has a whole day, and a whole week.
const DAY: Duration = Duration::from_seconds(86_400);
const WEEK: Duration = Duration::from_seconds(7 * 86_400);

/// By what policy figures are made.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The room above the most that was used, in percent.
    pub headroom_percent: u32,
    /// The share of moments at which the request is enough, in percent.
    pub percentile: u32,
}

/// What a workload used, in working sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Used {
    /// In the middle of all moments.
    pub median_bytes: Bytes,
    /// At the percentile of the policy.
    pub percentile_bytes: Bytes,
    /// At most.
    pub most_bytes: Bytes,
    /// The kernel's own record, which sees what happens between snapshots and counts page cache too.
    pub peak_bytes: Option<Bytes>,
}

/// An hour of the week, by the clock of the host, and the most that was used in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Busiest {
    /// The day, from 0 for Monday to 6.
    pub weekday: u8,
    /// The hour, from 0 to 23.
    pub hour: u8,
    /// The most that was used in it.
    pub most_bytes: Bytes,
    /// The same in the quietest hour that was seen.
    pub quietest_bytes: Bytes,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Advice {
    /// Set these.
    Set {
        /// What a scheduler sets aside.
        request_bytes: Bytes,
        /// What it may not exceed.
        limit_bytes: Bytes,
        /// How sure that is, by the length of the history.
        confidence: Confidence,
        /// The change, for whatever runs the workload.
        patch: Option<Patch>,
    },
    /// It keeps growing: no limit is right for what has no end.
    Grows {
        /// How fast.
        rate: Rate,
        /// Where it had arrived at the end, noise aside.
        now_bytes: Option<Bytes>,
    },
    /// It was not watched for long enough.
    TooShort,
    /// How much of its usage is needed was not told by any snapshot.
    NotKnown,
}

/// What is known of a workload, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recommendation {
    /// What it is called.
    pub name: String,
    /// What runs there.
    pub workload: Workload,
    /// At how many moments its working set was seen; each copy of it counts.
    pub samples: u64,
    /// How long it was watched.
    #[serde(rename = "seconds")]
    pub over: Duration,
    /// What it used; `null` where the working set is not known.
    pub used: Option<Used>,
    /// The limit that it has.
    pub limit_bytes: Option<Limit>,
    /// How many of its processes the kernel killed meanwhile.
    pub kills: u64,
    /// When it uses most; `null` without a whole day.
    pub busiest: Option<Busiest>,
    /// What to do.
    pub advice: Advice,
}

/// Sizes by their frequency, in steps of about two percent.
#[derive(Debug, Default)]
struct Sizes(BTreeMap<u32, u64>);

impl Sizes {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a logarithm of a size is a small number"
    )]
    fn add(&mut self, size: Bytes) {
        let step = ((size.get().max(1) as f64).log2() * 32.0).ceil() as u32;
        *self.0.entry(step).or_default() += 1;
    }

    /// Returns the size that is enough for a share of all, rounded up to its step.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats are cut to the range of the integer"
    )]
    fn at(&self, percent: u32) -> Bytes {
        let all: u64 = self.0.values().sum();
        let wanted = (u128::from(all) * u128::from(percent)).div_ceil(100);
        let mut seen = 0_u128;
        for (step, count) in &self.0 {
            seen += u128::from(*count);
            if wanted <= seen {
                return Bytes::new((f64::from(*step) / 32.0).exp2() as u64);
            }
        }
        Bytes::ZERO
    }
}

/// What was seen of a workload.
#[derive(Debug, Default)]
struct Seen {
    workload: Workload,
    path: Option<Subject>,
    samples: u64,
    first: Option<i64>,
    last: i64,
    sizes: Sizes,
    most: Bytes,
    peak: Option<Bytes>,
    limit: Option<Limit>,
    kills: u64,
    kills_of: BTreeMap<Vec<u8>, u64>,
    hours: BTreeMap<(u8, u8), Bytes>,
}

/// How many paths are remembered by what they are.
const KNOWN: usize = 1 << 16;

/// Looks at one snapshot after the other, within bounds.
#[derive(Debug, Default)]
pub struct Recommender {
    /// What each path was recognised as; asking for names may cost a walk through files.
    known: BTreeMap<Name, Option<Workload>>,
    seen: BTreeMap<String, Seen>,
    tracker: Tracker,
}

impl Recommender {
    /// Starts without any workload.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next snapshot; `teach` adds the names that somebody knows.
    pub fn push(&mut self, snapshot: &Snapshot, teach: impl Fn(&mut Workload)) {
        let mut slim = Snapshot::at(snapshot.moment.clone());
        slim.machine.meminfo.clone_from(&snapshot.machine.meminfo);
        let mut tracked = Vec::new();
        for cgroup in snapshot.cgroups.iter().flatten() {
            let recognised = || {
                let mut workload = workload(cgroup)?;
                teach(&mut workload);
                (!workload.sandbox).then_some(workload)
            };
            let known = self.known.entry(cgroup.path.clone()).or_insert_with(recognised);
            let Some(workload) = known.clone() else { continue };
            let name = workload.label().unwrap_or_else(|| workload.describe());
            let seen = self.seen.entry(name).or_default();
            seen.workload = workload;
            let Some(used) = facts::working_set(cgroup) else { continue };
            seen.add(&snapshot.moment, cgroup, used);
            // Cache that comes and goes is no growth, so the trend is that of the working set.
            tracked.push(Cgroup { usage_bytes: Some(used), peak_bytes: None, ..cgroup.clone() });
        }
        slim.cgroups = Some(tracked);
        self.tracker.push(&slim);
        // Containers have a path each, and come and go without end.
        if KNOWN < self.known.len() {
            let present: BTreeSet<&Name> =
                snapshot.cgroups.iter().flatten().map(|cgroup| &cgroup.path).collect();
            self.known.retain(|path, _| present.contains(path));
        }
    }

    /// Says what to do about each workload, the largest first.
    #[must_use]
    pub fn finish(self, policy: Policy) -> Vec<Recommendation> {
        let trends: BTreeMap<Subject, Trend> =
            self.tracker.finish().into_iter().map(|tracked| (tracked.subject, tracked.trend)).collect();
        let mut all: Vec<Recommendation> = self
            .seen
            .into_iter()
            .map(|(name, seen)| {
                let trend = seen.path.as_ref().and_then(|path| trends.get(path)).copied();
                seen.judged(name, trend, policy)
            })
            .collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.used.map(|used| used.most_bytes)));
        all
    }
}

/// Tells whether a limit was reached: a kill leaves less than the limit behind, and snapshots see only that.
fn reached(used: Used, limit: Bytes) -> bool {
    let most = used.peak_bytes.map_or(used.most_bytes, |peak| peak.max(used.most_bytes));
    u128::from(limit.get()) * 9 <= u128::from(most.get()) * 10
}

/// Returns the workload that a control group is, if it is one: a container or a service, and no slice.
fn workload(cgroup: &Cgroup) -> Option<Workload> {
    let path = std::str::from_utf8(cgroup.path.as_bytes()).ok()?;
    let workload = Workload::of_path(path)?;
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_unit = last.ends_with(".service");
    let is_container = workload.container_id.as_ref().is_some_and(|id| last.contains(id.as_str()));
    let is_named = workload.unit.is_none() && workload.container_id.is_none() && workload.name.is_some();
    ((is_unit || is_container || is_named) && !workload.sandbox && !workload.monitor).then_some(workload)
}

impl Seen {
    fn add(&mut self, moment: &Moment, cgroup: &Cgroup, used: Bytes) {
        let at = moment.at().instant();
        let micros = at.as_microsecond();
        self.first = Some(self.first.map_or(micros, |first| first.min(micros)));
        self.last = self.last.max(micros);
        self.samples += 1;
        self.sizes.add(used);
        self.most = self.most.max(used);
        self.peak = self.peak.max(cgroup.peak_bytes);
        self.limit = cgroup.limit_bytes;
        self.path = Some(Subject::Cgroup(cgroup.path.clone(), cgroup.hierarchy));
        if let Some(kills) = facts::kills(cgroup) {
            // A group that is made anew under its old path counts from zero.
            let before = self.kills_of.insert(cgroup.path.as_bytes().to_vec(), kills);
            self.kills += before.map_or(0, |before| if kills < before { kills } else { kills - before });
        }
        let local = moment.offset().to_datetime(at);
        let weekday = u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
        let hour = self.hours.entry((weekday, u8::try_from(local.hour()).unwrap_or_default())).or_default();
        *hour = (*hour).max(used);
    }

    fn judged(self, name: String, trend: Option<Trend>, policy: Policy) -> Recommendation {
        let micros = self.first.map_or(0, |first| self.last.saturating_sub(first));
        let over = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        let used = Used {
            median_bytes: self.sizes.at(50).min(self.most),
            percentile_bytes: self.sizes.at(policy.percentile).min(self.most),
            most_bytes: self.most,
            peak_bytes: self.peak,
        };
        let now_bytes = trend.and_then(|trend| trend.now_bytes);
        let advice = match trend.map(|trend| trend.verdict) {
            _ if self.samples == 0 => Advice::NotKnown,
            _ if over < LEAST.0 || self.samples < LEAST.1 => Advice::TooShort,
            Some(Verdict::Grows(rate) | Verdict::GrowsInRounds(rate)) => Advice::Grows { rate, now_bytes },
            _ => self.figures(used, over, policy),
        };
        Recommendation {
            name,
            samples: self.samples,
            over,
            used: (0 < self.samples).then_some(used),
            limit_bytes: self.limit,
            kills: self.kills,
            busiest: self.busiest().filter(|_| DAY <= over),
            workload: self.workload,
            advice,
        }
    }

    fn figures(&self, used: Used, over: Duration, policy: Policy) -> Advice {
        let request = with_headroom(used.percentile_bytes, 0);
        let mut limit = with_headroom(used.most_bytes, policy.headroom_percent);
        let mut confidence = match over {
            over if WEEK <= over => Confidence::High,
            over if DAY <= over => Confidence::Medium,
            _ => Confidence::Low,
        };
        if let (1.., Some(old)) = (self.kills, self.limit.and_then(Limit::size)) {
            // The kernel counts a kill where the victim lived, whosever limit was hit.  Where its own was
            // reached, what it would have used was never seen; else nothing speaks for more, and a kill
            // speaks against less.
            limit = limit.max(if reached(used, old) { with_headroom(old, 50) } else { old });
            confidence = confidence.min(Confidence::Medium);
        }
        let request = request.min(limit);
        let patch = patch::of_workload(&self.workload, limit, request).and_then(|proposal| proposal.patch);
        Advice::Set { request_bytes: request, limit_bytes: limit, confidence, patch }
    }

    /// Returns the hour of the week in which most was used.
    fn busiest(&self) -> Option<Busiest> {
        let ((weekday, hour), most) =
            self.hours.iter().max_by_key(|(at, size)| (**size, std::cmp::Reverse(**at)))?;
        let quietest = self.hours.values().min()?;
        Some(Busiest { weekday: *weekday, hour: *hour, most_bytes: *most, quietest_bytes: *quietest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_asks_for_what_the_table_says() {
        let size = |mib: u64| Bytes::new(mib << 20);
        let text = |text: &str| Some(text.to_owned());
        let workload =
            Workload { owner: text("Deployment/web"), container: text("app"), ..Workload::default() };
        let used = Used {
            median_bytes: size(90),
            percentile_bytes: size(100),
            most_bytes: size(300),
            peak_bytes: None,
        };
        let policy = Policy { headroom_percent: 25, percentile: 95 };
        let advice = Seen { workload, ..Seen::default() }.figures(used, WEEK, policy);
        let Advice::Set { request_bytes, limit_bytes, confidence, patch } = advice else {
            panic!("{advice:?}")
        };
        assert_eq!((request_bytes, limit_bytes, confidence), (size(112), size(384), Confidence::High));
        let text = patch.expect("a patch").text;
        assert!(
            text.contains("requests: {memory: 112Mi}") && text.contains("limits: {memory: 384Mi}"),
            "{text}"
        );
    }

    #[test]
    fn a_kill_raises_a_limit_that_was_reached_and_lowers_none() {
        let size = |mib: u64| Bytes::new(mib << 20);
        let policy = Policy { headroom_percent: 25, percentile: 95 };
        let limit = |most: u64, kills| {
            let all = size(most);
            let used = Used { median_bytes: all, percentile_bytes: all, most_bytes: all, peak_bytes: None };
            let seen = Seen { kills, limit: Some(Limit::At(size(512))), ..Seen::default() };
            match seen.figures(used, WEEK, policy) {
                Advice::Set { limit_bytes, .. } => limit_bytes,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(limit(500, 2), size(768), "its own limit");
        assert_eq!(limit(100, 2), size(512), "another's limit");
        assert_eq!(limit(100, 0), size(128), "no kill");
    }

    #[test]
    fn what_no_snapshot_tells_is_said_to_be_unknown() {
        let policy = Policy { headroom_percent: 25, percentile: 95 };
        let judged = Seen::default().judged("x".into(), None, policy);
        assert_eq!((judged.used, judged.advice), (None, Advice::NotKnown));
    }
}
