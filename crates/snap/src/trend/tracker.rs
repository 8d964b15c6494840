//! Tracker: takes snapshots one after the other, and keeps what each subject held.

use std::collections::{BTreeMap, BTreeSet};

use oomkit_core::{
    ident::{Comm, Uid},
    limit::Limit,
    units::Bytes,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Point, Trend};
use crate::{
    facts,
    held::Held,
    kernel::{self, meminfo},
    name::Name,
    snapshot::{BootClock, BootId, Hierarchy, ProcessId, Snapshot},
    store::{SnapshotId, Store},
};

/// Who is tracked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The memory of the machine that is not available any more.
    Machine,
    /// A control group.
    Cgroup(Name, Hierarchy),
    /// All processes of a name and a user.
    Name(Comm, Option<Uid>),
    /// One process.
    Process(ProcessId),
}

/// What one subject did, and what it may not exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tracked {
    /// Who.
    pub subject: Subject,
    /// What it did.
    pub trend: Trend,
    /// What it may not exceed, as it was last seen: the limit of its control group, or of one above
    /// that, or the memory of the machine.
    pub limit_bytes: Option<Limit>,
    /// What it may still take, and until what; `None` where that is not known, or it has ended.
    pub room: Option<Room>,
    /// When it was seen last, for what had ended in the last snapshot.
    #[serde(rename = "ended_boot_clock_seconds")]
    pub ended: Option<BootClock>,
    /// What it held and when, in pieces: a restart begins a new one; no part of the JSON.
    #[serde(skip)]
    #[schemars(skip)]
    pub pieces: Vec<Vec<Point>>,
}

/// What somebody may still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Room {
    /// What is reached first.
    pub until: Until,
    /// How much that still is, if nobody else takes any of it.
    pub bytes: Bytes,
}

/// What ends growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// The limit of its control group, or of one above that.
    Limit,
    /// The machine has nothing available any more.
    MachineFull,
}

/// How many points of a piece are kept; of more, each two become one.
const MOST: usize = 1_024;

/// How many points a process must have left to be kept when it has ended.
const LEAST: usize = 8;

/// How many points are kept of all subjects together; 16 bytes each.
const ALL: usize = 4 << 20;

#[derive(Debug, Default)]
struct Series {
    pieces: Vec<Vec<Point>>,
    /// How many snapshots make one point of the newest piece, and those that make none yet.
    together: usize,
    waiting: Vec<Point>,
    /// When it was seen last.
    last: Option<BootClock>,
    /// Whose points the newest piece has: processes for a name, the highest use for a control group.
    members: BTreeSet<ProcessId>,
    peak: Option<Bytes>,
    limit: Option<Limit>,
}

/// Keeps what each subject held, within bounds.
#[derive(Debug)]
pub struct Tracker {
    series: BTreeMap<Subject, Series>,
    boot: Option<BootId>,
    /// When the lists of each kind were read last; what was not on them has ended.
    listed: Listed,
    /// What the machine had available when that was last known.
    available: Option<Bytes>,
    /// How many points are kept of all subjects together.
    most: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    cgroups: Option<BootClock>,
    processes: Option<BootClock>,
}

impl Default for Tracker {
    fn default() -> Self {
        Self { series: BTreeMap::new(), boot: None, listed: Listed::default(), available: None, most: ALL }
    }
}

/// What the snapshots of a store show together.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What each subject did.
    pub tracked: Vec<Tracked>,
    /// The last snapshot that can be read.
    pub last: Option<Snapshot>,
    /// How many can be read.
    pub snapshots: u64,
    /// How many cannot.
    pub damaged: u64,
}

impl Tracker {
    /// Looks at snapshots of a store, of which one at a time is held; damaged ones are counted.
    #[must_use]
    pub fn over(store: &Store, ids: impl IntoIterator<Item = SnapshotId>) -> Overview {
        let (mut tracker, mut last, mut snapshots, mut damaged) = (Self::new(), None, 0, 0);
        store.each(ids, |_, snapshot| match snapshot {
            Ok(snapshot) => {
                tracker.push(&snapshot);
                last = Some(snapshot);
                snapshots += 1;
            }
            Err(_) => damaged += 1,
        });
        Overview { tracked: tracker.finish(), last, snapshots, damaged }
    }

    /// Starts without any subject.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next snapshot; they come in the order of the store.
    ///
    /// Another boot begins anew: what grew before it is gone, and its clock starts from zero.
    pub fn push(&mut self, snapshot: &Snapshot) {
        if self.boot.as_ref() != Some(&snapshot.moment.boot_id) {
            *self = Self { boot: Some(snapshot.moment.boot_id.clone()), most: self.most, ..Self::default() };
        }
        self.machine(snapshot);
        let ceilings = Ceilings::of(snapshot);
        self.cgroups(snapshot, &ceilings);
        self.processes(snapshot, &ceilings);
        self.make_room(snapshot.moment.boot_clock);
    }

    /// Forgets what ended longest ago, where names and groups come and go without end; what is left
    /// is told in fewer points, if it has to be.
    fn make_room(&mut self, now: BootClock) {
        // What has no points yet takes its room all the same.
        let points =
            |series: &BTreeMap<Subject, Series>| series.values().map(|one| one.len() + 1).sum::<usize>();
        let mut kept = points(&self.series);
        if kept <= self.most {
            return;
        }
        let mut ended: Vec<(BootClock, Subject)> = self
            .series
            .iter()
            .filter_map(|(subject, series)| Some((series.last?, subject.clone())))
            .filter(|(last, _)| *last < now)
            .collect();
        ended.sort_unstable();
        // Half of the room at once, so that this is not done for each snapshot.
        for (_, subject) in ended {
            if kept <= self.most / 2 {
                return;
            }
            kept -= self.series.remove(&subject).map_or(0, |series| series.len() + 1);
        }
        self.series.values_mut().for_each(Series::thin_out);
    }

    /// Says of each subject what it did.
    #[must_use]
    pub fn finish(mut self) -> Vec<Tracked> {
        let ram = self.series.get(&Subject::Machine).and_then(|series| series.limit);
        for series in self.series.values_mut() {
            series.settle();
        }
        let (listed, available) = (self.listed, self.available);
        let tracked = self.series.into_iter().map(|(subject, series)| {
            let trend = Trend::of(&series.pieces);
            let ended = listed.ended(&subject, series.last);
            let own = series.limit.filter(|_| subject != Subject::Machine);
            let room = Room::left(own, trend.now_bytes.or(series.now()), available);
            Tracked {
                room: room.filter(|_| ended.is_none()),
                ended,
                limit_bytes: series.limit.or(ram),
                subject,
                trend,
                pieces: series.pieces,
            }
        });
        tracked.collect()
    }

    fn machine(&mut self, snapshot: &Snapshot) {
        let size = |key| kernel::size(&snapshot.machine, key);
        let (Some(total), Some(available)) = (size(meminfo::TOTAL), size(meminfo::AVAILABLE)) else { return };
        let series = self.series.entry(Subject::Machine).or_default();
        series.limit = Some(Limit::At(total));
        self.available = Some(available);
        series.push(snapshot, Bytes::new(total.get().saturating_sub(available.get())));
    }

    fn cgroups(&mut self, snapshot: &Snapshot, ceilings: &Ceilings<'_>) {
        let Some(cgroups) = &snapshot.cgroups else { return };
        self.listed.cgroups = Some(snapshot.moment.boot_clock);
        for cgroup in cgroups {
            // File cache grows into whatever room there is, and is given back.
            let held = facts::without_cache(cgroup).or_else(|| facts::working_set(cgroup));
            let Some(held) = held.or(cgroup.usage_bytes) else { continue };
            let series =
                self.series.entry(Subject::Cgroup(cgroup.path.clone(), cgroup.hierarchy)).or_default();
            // The peak of a group never falls, unless it was made anew under the same path.
            if cgroup.peak_bytes.is_some() && cgroup.peak_bytes < series.peak {
                series.restart();
            }
            series.peak = cgroup.peak_bytes;
            series.limit = ceilings.over(&cgroup.path).map(|(_, limit)| limit);
            series.push(snapshot, held);
        }
    }

    fn processes(&mut self, snapshot: &Snapshot, ceilings: &Ceilings<'_>) {
        let Some(processes) = &snapshot.processes else { return };
        self.listed.processes = Some(snapshot.moment.boot_clock);
        let mut alive = BTreeSet::new();
        let mut names: BTreeMap<_, Named<'_>> = BTreeMap::new();
        for process in processes {
            let id = snapshot.identity(process);
            let held = Held::from(process);
            let ceiling = process.cgroup.as_ref().and_then(|path| ceilings.over(path));
            let named = names.entry((&process.comm, process.uid)).or_default();
            named.held.add(&held);
            named.members.insert(id.clone());
            named.ceilings.insert(ceiling.map(|(group, _)| group), ceiling.map(|(_, limit)| limit));
            if let Some(own) = held.own() {
                let series = self.series.entry(Subject::Process(id.clone())).or_default();
                series.limit = ceiling.map(|(_, limit)| limit);
                series.push(snapshot, own);
            }
            alive.insert(id);
        }
        for ((comm, uid), Named { held, members, ceilings }) in names {
            let Some(own) = held.own() else { continue };
            let series = self.series.entry(Subject::Name(comm.clone(), uid)).or_default();
            if !series.members.is_empty() && series.members.is_disjoint(&members) {
                series.restart();
            }
            series.members = members;
            // What lies below several limits reaches none of them as a whole.
            series.limit = if ceilings.len() == 1 { ceilings.into_values().next().flatten() } else { None };
            series.push(snapshot, own);
        }
        // What came and went between a few snapshots says nothing, and there may be millions of it.
        self.series.retain(|subject, series| match subject {
            Subject::Process(id) => alive.contains(id) || LEAST <= series.len(),
            _ => true,
        });
    }
}

impl Listed {
    /// Returns when a subject was seen last, if a later list of its kind is without it.
    fn ended(self, subject: &Subject, last: Option<BootClock>) -> Option<BootClock> {
        let listed = match subject {
            Subject::Machine => None,
            Subject::Cgroup(..) => self.cgroups,
            Subject::Name(..) | Subject::Process(_) => self.processes,
        };
        last.filter(|last| listed.is_some_and(|listed| *last < listed))
    }
}

impl Room {
    /// Returns what is left below a limit and in the machine, whichever is less.
    fn left(limit: Option<Limit>, now: Option<Bytes>, available: Option<Bytes>) -> Option<Self> {
        let below = limit
            .and_then(Limit::size)
            .zip(now)
            .map(|(limit, now)| Bytes::new(limit.get().saturating_sub(now.get())));
        match (below, available) {
            (Some(below), available) if available.is_none_or(|available| below <= available) => {
                Some(Self { until: Until::Limit, bytes: below })
            }
            (_, available) => available.map(|bytes| Self { until: Until::MachineFull, bytes }),
        }
    }
}

/// The processes of a name and a user at one moment.
#[derive(Default)]
struct Named<'a> {
    held: Held,
    members: BTreeSet<ProcessId>,
    /// The limits that they lie below, by whose they are.
    ceilings: BTreeMap<Option<&'a [u8]>, Option<Limit>>,
}

/// The limits of control groups at one moment.
struct Ceilings<'a>(BTreeMap<&'a [u8], Limit>);

impl<'a> Ceilings<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let limited = snapshot.cgroups.iter().flatten().filter_map(|cgroup| {
            let limit = cgroup.limit_bytes.filter(|limit| limit.size().is_some())?;
            Some((cgroup.path.as_bytes(), limit))
        });
        Self(limited.collect())
    }

    /// Returns the lowest limit of a group and those above it, and whose it is.
    fn over(&self, path: &Name) -> Option<(&'a [u8], Limit)> {
        if self.0.is_empty() {
            return None;
        }
        let path = path.as_bytes();
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at.max(1));
        let groups = ends.chain([path.len()]).filter_map(|end| self.0.get_key_value(path.get(..end)?));
        groups.map(|(group, limit)| (*group, *limit)).min_by_key(|(_, limit)| limit.size())
    }
}

impl Series {
    fn push(&mut self, snapshot: &Snapshot, size: Bytes) {
        self.waiting.push(Point { at: snapshot.moment.boot_clock, size });
        if self.together <= self.waiting.len() {
            self.settle();
        }
        self.last = Some(snapshot.moment.boot_clock);
        if self.pieces.last().is_some_and(|piece| MOST <= piece.len()) {
            self.halve_newest();
        }
    }

    /// Returns what was held last.
    fn now(&self) -> Option<Bytes> {
        self.pieces.last().and_then(|piece| piece.last()).map(|point| point.size)
    }

    fn halve_newest(&mut self) {
        let Some(piece) = self.pieces.last_mut() else { return };
        *piece = piece.chunks(2).filter_map(mean).collect();
        self.together = self.together.max(1) * 2;
    }

    /// Tells all pieces in half as many points, as far as they still tell something.
    fn thin_out(&mut self) {
        let Some((newest, older)) = self.pieces.split_last_mut() else { return };
        for piece in older {
            *piece = piece.chunks(2).filter_map(mean).collect();
        }
        if LEAST < newest.len() {
            self.halve_newest();
        }
    }

    /// Begins a new piece.
    fn restart(&mut self) {
        self.settle();
        self.pieces.push(Vec::new());
        self.together = 1;
        // A thing that is restarted each minute has no trend within its lives, and many lives.
        let mut left = 4 * MOST;
        let fitting = self.pieces.iter().rev().take_while(|piece| {
            left = left.saturating_sub(piece.len() + 1);
            0 < left
        });
        let excess = self.pieces.len() - fitting.count().max(1);
        self.pieces.drain(..excess);
    }

    /// Makes a point of those that wait.
    fn settle(&mut self) {
        if let Some(point) = mean(&self.waiting) {
            if self.pieces.is_empty() {
                self.pieces.push(Vec::new());
            }
            self.pieces.last_mut().into_iter().for_each(|piece| piece.push(point));
        }
        self.waiting.clear();
    }

    fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum::<usize>() + self.waiting.len()
    }
}

/// Returns the mean of points in time and size; `None` where there are none.
fn mean(points: &[Point]) -> Option<Point> {
    let count = u128::try_from(points.len()).ok().filter(|count| 0 < *count)?;
    let of = |sum: u128| u64::try_from(sum / count).unwrap_or(u64::MAX);
    let at = of(points.iter().map(|point| u128::from(point.at.micros())).sum());
    let size = of(points.iter().map(|point| u128::from(point.size.get())).sum());
    Some(Point { at: BootClock::from_micros(at), size: Bytes::new(size) })
}

#[cfg(test)]
mod tests {
    use oomkit_core::ident::Pid;

    use super::*;
    use crate::snapshot::{Cgroup, Moment, Process, StartTicks};

    #[test]
    fn a_process_lies_below_the_lowest_limit_of_its_groups() {
        let mut snapshot = Snapshot::at(Moment::new(
            BootId::new(b"a"),
            BootClock::from_micros(1),
            None,
            jiff::Timestamp::UNIX_EPOCH,
            jiff::tz::Offset::UTC,
        ));
        let group = |path: &str, limit: Option<u64>| Cgroup {
            path: Name::from(path),
            limit_bytes: Some(limit.map_or(Limit::Max, |limit| Limit::At(Bytes::new(limit)))),
            ..Cgroup::default()
        };
        snapshot.cgroups = Some(vec![
            group("/", None),
            group("/a", Some(100)),
            group("/a/b", Some(900)),
            group("/a/c", Some(7)),
            group("/ab", None),
        ]);
        let ceilings = Ceilings::of(&snapshot);
        for (path, expected) in [
            ("/a/b/d", Some(("/a", 100))),
            ("/a/c", Some(("/a/c", 7))),
            ("/a", Some(("/a", 100))),
            ("/ab/c", None),
            ("/", None),
            ("", None),
        ] {
            let found = ceilings.over(&Name::from(path));
            let expected = expected.map(|(group, limit)| (group.as_bytes(), Limit::At(Bytes::new(limit))));
            assert_eq!(found, expected, "{path}");
        }
    }

    /// Names that come and go for ever leave only what is there, and what ended last.
    #[test]
    fn names_that_come_and_go_are_forgotten() {
        let mut tracker = Tracker { most: 1000, ..Tracker::default() };
        for minute in 0..5_000_u32 {
            let clock = BootClock::from_micros(u64::from(minute) * 60_000_000);
            let at = jiff::Timestamp::UNIX_EPOCH;
            let mut snapshot =
                Snapshot::at(Moment::new(BootId::new(b"a"), clock, None, at, jiff::tz::Offset::UTC));
            let process = |pid, start: u64, name: &str, size: u64| Process {
                rss_anon_bytes: Some(Bytes::new(size)),
                ..Process::new(Pid::new(pid), StartTicks::new(start), Comm::new(name.as_bytes()))
            };
            let stays = process(1, 1, "stays", 1 << 20 | u64::from(minute) << 10);
            let passes = process(2, minute.into(), &format!("name-{minute}"), 1 << 20);
            snapshot.processes = Some(vec![stays, passes]);
            tracker.push(&snapshot);
            let points: usize = tracker.series.values().map(Series::len).sum();
            assert!(
                points <= 1000 && tracker.series.len() <= 1000,
                "{points} points of {}",
                tracker.series.len()
            );
        }
        let tracked = tracker.finish();
        let of = |name: &str| {
            let name = Comm::new(name.as_bytes());
            tracked.iter().find(|one| matches!(&one.subject, Subject::Name(comm, _) if *comm == name))
        };
        assert!(of("name-0").is_none() && of("name-4999").is_some());
        let stays = of("stays").expect("who stays is kept");
        assert_eq!(stays.pieces.iter().flatten().next().unwrap().at.micros() / 60_000_000 / 100, 0);
        assert!(matches!(stays.trend.verdict, super::super::Verdict::Grows(_)), "{:?}", stays.trend);
    }
}
