//! Plain rows over time say what the snapshots say, and find what has to be looked at.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{ident::Uid, units::Bytes};
use oomkit_snap::{
    facts,
    name::Name,
    snapshot::{BootClock, BootId, Hierarchy, Moment, Snapshot},
    store::{Durability, Options, Retention, Sample, Span, Store, Summed},
};

use crate::world::World;

const SPAN: u64 = 600_000_000;

/// How many kills a control group has counted in a minute; `None` where that is not known.
fn kills(group: usize, minute: u64) -> Option<u64> {
    match (group, minute) {
        (0, 25..60) => Some(1),
        // Nothing was known before, so nothing is known to have risen.
        (1, 0..30) => None,
        (1, 30..60) => Some(4),
        // What the first ten minutes of a boot have may be older than all snapshots.
        (2, 60..93) => Some(5),
        (2, 93..) => Some(6),
        // The group was made anew, and was killed in again.
        (3, 5..40) => Some(3),
        (3, 40..60) => Some(2),
        _ => Some(0),
    }
}

fn kept(store: &mut Store) -> Vec<Snapshot> {
    let mut world = World::new(60, 4);
    let mut snapshots = Vec::new();
    for minute in 0..120 {
        if minute == 60 {
            world.reboot("another");
        }
        world.minute();
        let mut snapshot = world.snapshot();
        for (at, cgroup) in snapshot.cgroups.iter_mut().flatten().enumerate() {
            cgroup.events = kills(at, minute).map(|kills| [(Name::from("oom_kill"), kills)].into());
        }
        let vmstat = snapshot.machine.vmstat.get_or_insert_default();
        vmstat.insert(Name::from("oom_kill"), minute / 50);
        store.write(&snapshot).unwrap();
        snapshots.push(snapshot);
    }
    snapshots
}

fn store(folder: &tempfile::TempDir) -> Store {
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    Store::open(&folder.path().join("s.db"), options).unwrap()
}

#[test]
fn samples_are_the_list_with_figures_of_the_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let snapshots = kept(&mut store);
    let mut samples = Vec::new();
    store.samples(|sample| samples.push(sample)).unwrap();
    let expected: Vec<Sample> = store
        .list()
        .unwrap()
        .into_iter()
        .zip(&snapshots)
        .map(|(entry, snapshot)| Sample {
            entry,
            total: facts::memory(&snapshot.machine),
            available: facts::available(&snapshot.machine),
            oom_kills: facts::kills_of_machine(&snapshot.machine),
        })
        .collect();
    assert_eq!(samples, expected);
    assert!(samples.iter().all(|sample| sample.available.is_some() && sample.oom_kills.is_some()));
}

#[test]
fn samples_of_a_span_are_its_own_and_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let snapshots = kept(&mut store);
    // A host that is renamed is of the same boot.
    let mut renamed = snapshots[119].clone();
    renamed.host.name = Some(Name::from("renamed"));
    renamed.moment.boot_clock = BootClock::from_micros(renamed.moment.boot_clock.micros() + 60_000_000);
    store.write(&renamed).unwrap();
    let ask = |boot: &BootId, from: &Snapshot, to: &Snapshot| {
        let mut ids = Vec::new();
        let clock = (from.moment.boot_clock, to.moment.boot_clock);
        store.samples_between(boot, clock, |sample| ids.push(sample.entry.id.get())).unwrap();
        ids
    };
    let (first, second) = (&snapshots[0].moment.boot_id, &renamed.moment.boot_id);
    for (boot, from, to, expected) in [
        (first, &snapshots[0], &snapshots[2], 1..=3),
        (first, &snapshots[10], &snapshots[12], 10..=13),
        (second, &snapshots[60], &snapshots[61], 61..=62),
        (second, &snapshots[118], &renamed, 118..=121),
        (second, &renamed, &renamed, 120..=121),
    ] {
        assert_eq!(ask(boot, from, to), expected.clone().collect::<Vec<i64>>(), "{expected:?}");
    }
    assert_eq!(ask(&BootId::new(b"a third"), &snapshots[0], &renamed), Vec::<i64>::new());
}

/// Returns the most of a figure in each ten minutes of a boot.
fn most_of(
    snapshots: &[Snapshot],
    boot: &BootId,
    figure: impl Fn(&Snapshot) -> Option<Bytes>,
) -> Vec<(u64, Bytes)> {
    let mut most: BTreeMap<u64, Bytes> = BTreeMap::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.moment.boot_id == *boot) {
        if let Some(figure) = figure(snapshot) {
            let slot = snapshot.moment.boot_clock.micros() / SPAN;
            let known = most.entry(slot).or_default();
            *known = figure.max(*known);
        }
    }
    most.into_iter().map(|(slot, most)| (slot * SPAN, most)).collect()
}

#[test]
fn the_most_of_ten_minutes_is_that_of_its_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let snapshots = kept(&mut store);
    let boot = snapshots[0].moment.boot_id.clone();
    let ask = |of: Summed<'_>, clock: (u64, u64)| {
        let mut rows = Vec::new();
        let clock = (BootClock::from_micros(clock.0), BootClock::from_micros(clock.1));
        store.most(of, &boot, clock, |span, most| rows.push((span.start.micros(), most))).unwrap();
        rows
    };
    let path = snapshots[0].cgroups.as_ref().unwrap()[0].path.clone();
    let usage = |snapshot: &Snapshot| {
        snapshot.cgroups.iter().flatten().find(|cgroup| cgroup.path == path)?.usage_bytes
    };
    let expected = most_of(&snapshots, &boot, usage);
    assert!(5 < expected.len());
    assert_eq!(ask(Summed::Cgroup(&path, Hierarchy::V2), (0, u64::MAX >> 1)), expected);
    assert_eq!(ask(Summed::Cgroup(&path, Hierarchy::V2), (SPAN * 2, SPAN * 3)), expected[2..4]);
    assert_eq!(ask(Summed::Cgroup(&path, Hierarchy::V1), (0, u64::MAX >> 1)), []);
    assert_eq!(ask(Summed::Cgroup(&Name::from("/nobody"), Hierarchy::V2), (0, u64::MAX >> 1)), []);

    let process = &snapshots[0].processes.as_ref().unwrap()[0];
    let (comm, uid) = (process.comm.clone(), process.uid);
    let memory = |snapshot: &Snapshot| {
        let processes = snapshot.processes.iter().flatten();
        let ours = processes.filter(|process| process.comm == comm && process.uid == uid);
        let sizes = ours.flat_map(|process| [process.rss_anon_bytes, process.swap_bytes]).flatten();
        Some(sizes.sum::<Bytes>()).filter(|sum| *sum != Bytes::default())
    };
    let expected = most_of(&snapshots, &boot, memory);
    assert_eq!(ask(Summed::Name(&comm, uid), (0, u64::MAX >> 1)), expected);
    assert_eq!(ask(Summed::Name(&comm, Some(Uid::new(77))), (0, u64::MAX >> 1)), []);
}

#[test]
fn spans_with_kills_are_those_in_which_a_count_has_risen() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let snapshots = kept(&mut store);
    let of = |minute: usize| {
        let moment = &snapshots[minute].moment;
        let start = BootClock::from_micros(moment.boot_clock.micros() / SPAN * SPAN);
        Span { boot_id: moment.boot_id.clone(), start }
    };
    // The first ten minutes of each boot are always listed.
    let expected = [0, 25, 40, 60, 93].map(of);
    assert_eq!(store.deadly_spans().unwrap(), expected);
    assert_eq!(of(0).end().micros() - of(0).start.micros(), SPAN);
}

/// Boots of recordings go by the wall clock, and those of the host by when they were first seen.
#[test]
fn recordings_that_come_late_stand_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let mut written: BTreeMap<&str, i64> = BTreeMap::new();
    // The clock of the second boot was never set, and the last recording came while the third ran.
    for (boot, clock, at) in [
        ("a", 60, 1_000_000),
        ("b", 60, 500),
        ("c", 60, 3_000_000),
        ("atop:h:late", 60, 2_000_000),
        ("below:h:early", 60, 900_000),
        ("atop:h:same", 60, 3_000_600),
        ("c", 1260, 3_001_200),
        ("atop:h:next", 60, 3_001_260),
    ] {
        let moment = Moment::new(
            BootId::new(boot.as_bytes()),
            BootClock::from_micros(clock * 1_000_000),
            None,
            Timestamp::from_second(at).unwrap(),
            Offset::UTC,
        );
        written.insert(boot, store.write(&Snapshot::at(moment)).unwrap().id.get());
    }
    let expected = ["below:h:early", "a", "b", "atop:h:late", "atop:h:same", "c", "c", "atop:h:next"];
    let names = |boots: Vec<BootId>| boots.iter().map(ToString::to_string).collect::<Vec<String>>();
    let entries = store.list().unwrap();
    assert_eq!(names(entries.iter().map(|entry| entry.moment.boot_id.clone()).collect()), expected);
    let mut samples = Vec::new();
    store.samples(|sample| samples.push(sample.entry)).unwrap();
    assert_eq!(samples, entries);
    let spans = store.deadly_spans().unwrap();
    let mut boots = names(spans.into_iter().map(|span| span.boot_id).collect());
    boots.dedup();
    assert_eq!(boots, ["below:h:early", "a", "b", "atop:h:late", "atop:h:same", "c", "atop:h:next"]);
    assert_eq!(store.newest().unwrap().as_ref(), entries.last());

    // What is pruned for want of room goes from the beginning of that order.
    let retention = Retention { size: Some(Bytes::ZERO), at_once: 1, ..Retention::default() };
    store.prune(&retention, &entries[6].moment).unwrap();
    let left: Vec<i64> = store.list().unwrap().iter().map(|entry| entry.id.get()).collect();
    assert!(!left.contains(&written["below:h:early"]), "{left:?}");
}

#[test]
fn the_last_until_a_time_is_found_also_when_the_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let second = |second| Timestamp::from_second(second).unwrap();
    assert_eq!((store.last_until(second(9999)).unwrap(), store.earliest().unwrap()), (None, None));
    for (clock, at) in [(1, 1000), (2, 1060), (3, 940), (4, 1000)] {
        let boot = BootId::new(if clock < 4 { b"a" } else { b"b" });
        let clock = BootClock::from_micros(clock);
        store.write(&Snapshot::at(Moment::new(boot, clock, None, second(at), Offset::UTC))).unwrap();
    }
    for (at, expected) in
        [(939, None), (940, Some(3)), (999, Some(3)), (1000, Some(4)), (1059, Some(4)), (9999, Some(2))]
    {
        assert_eq!(store.last_until(second(at)).unwrap().map(|entry| entry.id.get()), expected, "{at}");
    }
    assert_eq!(store.earliest().unwrap().map(|entry| entry.id.get()), Some(3));
}

#[test]
fn the_version_tells_that_somebody_else_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = store(&folder);
    let reader = Store::open_to_read(writer.path(), Options::default()).unwrap();
    let before = reader.version().unwrap();
    assert_eq!(reader.version().unwrap(), before);
    writer.write(&World::new(3, 1).snapshot()).unwrap();
    assert_ne!(reader.version().unwrap(), before);
}
