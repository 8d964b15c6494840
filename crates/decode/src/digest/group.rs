//! A group of like events: how often, since when, how large, how regular, and what came with them.

use oomkit_core::{
    place::InputId,
    units::{Bytes, SinceBoot, WallTime},
    workload::Workload,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Span, key::Key};
use crate::report::{Event, EventKind, Scope};

/// Causes that are told apart in a group; there are hardly more than two.
const CAUSES: usize = 8;
/// Bystanders that are named.
const NAMED: usize = 4;
/// Events that follow each other within so many seconds belong to one bout.
const BOUT: f64 = 3600.0;
/// So many processes of one name are a swarm, if they hold a quarter of the memory.
const CROWD: u64 = 5;

/// Events of the same kind, victim and limit.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EventGroup {
    /// What kind of events they are.
    pub kind: EventKind,
    /// Whose memory ran out.
    pub scope: Scope,
    /// The host that the log names.
    pub host: Option<String>,
    /// The victim's name, or what a user-space killer acted on.
    pub victim: Option<String>,
    /// The path of the cgroup at its limit, as the last event has it.
    pub cgroup: Option<String>,
    /// The names by which people know who runs there, such as `shop/Deployment/web, container app`.
    pub label: Option<String>,
    /// Who runs there; of a pod, without the container, which changes with each start.
    pub workload: Option<Workload>,
    /// How many events there are.
    pub events: u64,
    /// How many processes were killed.
    pub victims: u64,
    /// The earliest event whose time is known.
    pub first_at: Option<WallTime>,
    /// The latest event whose time is known.
    pub last_at: Option<WallTime>,
    /// The largest victim.
    pub biggest_bytes: Option<Bytes>,
    /// The headline causes, the most frequent first.
    pub causes: Vec<CauseCount>,
    /// How the workload is started again and killed again.
    pub crash_loop: Option<CrashLoop>,
    /// How many of that name filled the memory together.
    pub swarm: Option<Swarm>,
    /// Other processes that were shot while the memory of these victims was on its way back.
    pub bystanders: u64,
    /// The names of the first of them.
    pub bystander_names: Vec<String>,
    /// Reports that the kernel suppressed before these, so that the counts are lower bounds.
    pub suppressed: u64,
}

/// How often a cause heads an event of the group.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CauseCount {
    /// The cause; `null` for events where nothing is certain enough.
    pub cause: Option<String>,
    /// Who is to blame.
    pub culprit: Option<String>,
    /// How many events have it.
    pub events: u64,
}

/// A workload that is started again and killed again.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CrashLoop {
    /// Kills that follow another of the group within the hour, and the first of each such bout.
    pub events: u64,
    /// The time between two of them, on average.
    pub every_seconds: Option<f64>,
    /// The size of the victim at the earliest kill.
    pub first_bytes: Option<Bytes>,
    /// The size of the victim at the latest kill.
    pub last_bytes: Option<Bytes>,
    /// Where the sizes go.
    pub trend: Option<Trend>,
}

/// Where the sizes of victims go, from the earliest to the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    /// They grow by more than a twentieth.
    Growing,
    /// They stay.
    Steady,
    /// They shrink by more than a twentieth.
    Shrinking,
}

/// Many processes of one name that fill the memory together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Swarm {
    /// How many there were at once, at most.
    pub most_tasks: u64,
    /// What they held together then; shared pages are counted more than once.
    pub together_bytes: Bytes,
    /// The memory that they filled.
    pub whole_bytes: Bytes,
}

/// A group as it is being gathered.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    kind: Option<(EventKind, Scope)>,
    cgroup: Option<String>,
    label: Option<String>,
    workload: Option<Workload>,
    events: u64,
    victims: u64,
    span: Span,
    biggest: Option<Bytes>,
    causes: Vec<CauseCount>,
    /// Whether a rule has found a loop.
    looped: bool,
    bout: Bout,
    first: Option<(Moment, Bytes)>,
    last: Option<(Moment, Bytes)>,
    swarm: Option<Swarm>,
    bystanders: u64,
    bystander_names: Vec<String>,
    suppressed: u64,
}

/// The gaps between events that follow each other soon.
#[derive(Clone, Copy, Debug, Default)]
struct Bout {
    before: Option<Moment>,
    gaps: u32,
    seconds: f64,
    bouts: u32,
    is_open: bool,
}

/// When an event was, on either clock.
#[derive(Clone, Copy, Debug)]
struct Moment {
    input: InputId,
    at: Option<WallTime>,
    since_boot: Option<SinceBoot>,
}

impl Gathered {
    pub(super) fn take(&mut self, event: &Event) {
        self.kind = Some((event.kind, event.scope));
        self.cgroup = super::key::path(event);
        self.label = super::key::label(event);
        self.workload = super::lasting(event);
        self.events += 1;
        self.victims += event.victims.len() as u64;
        self.span.take(event.at);
        self.suppressed += event.suppressed;
        self.looped |= event.findings.iter().any(|finding| finding.name == "crash-loop");
        let (moment, size) = (Moment::of(event), super::size(event));
        self.bout.take(moment);
        self.biggest = self.biggest.max(size);
        if let Some(size) = size {
            if self.first.is_none_or(|(first, _)| moment.is_before(first)) {
                self.first = Some((moment, size));
            }
            if self.last.is_none_or(|(last, _)| !moment.is_before(last)) {
                self.last = Some((moment, size));
            }
        }
        self.take_cause(event);
        self.take_swarm(event);
    }

    /// Counts an event whose victim was an accident of this group's.
    pub(super) fn take_bystander(&mut self, event: &Event) {
        self.bystanders += 1;
        self.suppressed += event.suppressed;
        let name = event.victims.first().map(|victim| victim.comm.to_string()).unwrap_or_default();
        if self.bystander_names.len() < NAMED && !self.bystander_names.contains(&name) {
            self.bystander_names.push(name);
        }
    }

    fn take_cause(&mut self, event: &Event) {
        let culprit = event.culprit.as_ref().map(|culprit| &culprit.name);
        let same = |count: &&mut CauseCount| count.cause == event.cause && count.culprit.as_ref() == culprit;
        if let Some(count) = self.causes.iter_mut().find(same) {
            count.events += 1;
        } else if self.causes.len() < CAUSES {
            self.causes.push(CauseCount { cause: event.cause.clone(), culprit: culprit.cloned(), events: 1 });
        }
    }

    fn take_swarm(&mut self, event: &Event) {
        let Some(victim) = event.victims.first() else { return };
        let Some(group) = event.groups.iter().find(|group| group.name == victim.comm) else { return };
        let together = group.rss_bytes.saturating_add(group.swap_bytes.unwrap_or_default());
        let Some(whole) = whole(event).filter(|whole| whole.get() / 4 <= together.get()) else { return };
        if group.tasks < CROWD {
            return;
        }
        let swarm = self.swarm.get_or_insert(Swarm {
            most_tasks: 0,
            together_bytes: Bytes::ZERO,
            whole_bytes: whole,
        });
        swarm.most_tasks = swarm.most_tasks.max(group.tasks);
        if swarm.together_bytes < together {
            (swarm.together_bytes, swarm.whole_bytes) = (together, whole);
        }
    }

    pub(super) fn tell(&self, key: &Key) -> EventGroup {
        let (kind, scope) = self.kind.unwrap_or((EventKind::OomKill, Scope::Unknown));
        let mut causes = self.causes.clone();
        causes.sort_by_key(|count| std::cmp::Reverse(count.events));
        EventGroup {
            kind,
            scope,
            host: key.host.clone(),
            victim: key.victim.clone(),
            cgroup: self.cgroup.clone(),
            label: self.label.clone(),
            workload: self.workload.clone().filter(|_| key.place.is_some()),
            events: self.events,
            victims: self.victims,
            first_at: self.span.first,
            last_at: self.span.last,
            biggest_bytes: self.biggest,
            causes,
            crash_loop: self.looped.then(|| self.crash_loop()),
            swarm: self.swarm.clone(),
            bystanders: self.bystanders,
            bystander_names: self.bystander_names.clone(),
            suppressed: self.suppressed,
        }
    }

    fn crash_loop(&self) -> CrashLoop {
        let (first, last) = (self.first.map(|(_, size)| size), self.last.map(|(_, size)| size));
        CrashLoop {
            events: u64::from(self.bout.gaps + self.bout.bouts),
            every_seconds: (0 < self.bout.gaps).then(|| self.bout.seconds / f64::from(self.bout.gaps)),
            first_bytes: first,
            last_bytes: last,
            trend: first.zip(last).map(|(first, last)| Trend::between(first, last)),
        }
    }
}

impl Trend {
    fn between(first: Bytes, last: Bytes) -> Self {
        let change = first.get() / 20;
        match () {
            () if first.get().saturating_add(change) < last.get() => Self::Growing,
            () if last.get() < first.get() - change => Self::Shrinking,
            () => Self::Steady,
        }
    }
}

impl Bout {
    fn take(&mut self, moment: Moment) {
        let gap = self.before.and_then(|before| moment.seconds_after(before));
        match gap.filter(|gap| (0.0..=BOUT).contains(gap)) {
            Some(gap) => {
                self.gaps += 1;
                self.seconds += gap;
                self.bouts += u32::from(!self.is_open);
                self.is_open = true;
            }
            None => self.is_open = false,
        }
        self.before = Some(moment);
    }
}

impl Moment {
    const fn of(event: &Event) -> Self {
        Self { input: event.input, at: event.at, since_boot: event.since_boot_seconds }
    }

    fn seconds_after(self, before: Self) -> Option<f64> {
        if let (Some(to), Some(from)) = (self.at, before.at) {
            return Some(to.instant().duration_since(from.instant()).as_secs_f64());
        }
        let (to, from) = (self.since_boot?, before.since_boot.filter(|_| self.input == before.input)?);
        #[expect(clippy::cast_precision_loss, reason = "seconds are shown, not counted")]
        let seconds = |moment: SinceBoot| moment.micros() as f64 / 1e6;
        Some(seconds(to) - seconds(from))
    }

    fn is_before(self, other: Self) -> bool {
        self.seconds_after(other).is_some_and(|seconds| seconds < 0.0)
    }
}

/// Returns the memory that the victims could fill: the cgroup's, or the machine's.
fn whole(event: &Event) -> Option<Bytes> {
    let limit =
        event.memcg.as_ref().and_then(|memcg| memcg.limit_bytes).and_then(oomkit_core::limit::Limit::size);
    let machine = || event.machine.as_ref().and_then(|machine| machine.managed_bytes);
    if event.scope == Scope::Memcg { limit } else { machine() }
}
