//! What is said of memory over time: leaks of a known rate, and things that are no leak.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid},
    limit::Limit,
    units::Bytes,
};
use oomkit_snap::{
    name::Name,
    snapshot::{
        BootClock, BootId, Cgroup, Duration, Hierarchy, Meminfo, Moment, Process, Snapshot, StartTicks,
    },
    trend::{Doubt, Point, Subject, Tracked, Tracker, Trend, Until, Verdict},
};

use crate::world::Dice;

const MIB: f64 = 1_048_576.0;

/// Makes a series of a value for each minute.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a test")]
fn minutes(count: u64, mut value: impl FnMut(f64) -> f64) -> Vec<Point> {
    let point = |minute: u64| Point {
        at: BootClock::from_micros(minute * 60_000_000),
        size: Bytes::new(value(f64::from(u32::try_from(minute).unwrap())).max(0.0) as u64 / 4096 * 4096),
    };
    (0..count).map(point).collect()
}

/// Noise around zero, a third of it large.
fn noise(dice: &mut Dice, by: f64) -> f64 {
    let unit = |dice: &mut Dice| f64::from(u32::try_from(dice.below(2_001)).unwrap()) / 1_000.0 - 1.0;
    unit(dice) * unit(dice) * by
}

fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Grows(_) => "grows",
        Verdict::GrowsInRounds(_) => "grows in rounds",
        Verdict::Shrinks(_) => "shrinks",
        Verdict::Settled { .. } => "settled",
        Verdict::Stepped { .. } => "stepped",
        Verdict::Level => "level",
        Verdict::Uncertain { .. } => "uncertain",
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes of a test")]
fn per_hour(verdict: &Verdict) -> f64 {
    match verdict {
        Verdict::Grows(rate) | Verdict::GrowsInRounds(rate) | Verdict::Shrinks(rate) => {
            assert!(
                rate.low_bytes <= rate.per_hour_bytes && rate.per_hour_bytes <= rate.high_bytes,
                "{rate:?}"
            );
            rate.per_hour_bytes.get() as f64
        }
        other => panic!("no rate: {other:?}"),
    }
}

#[test]
fn a_leak_is_found_with_its_rate() {
    for rate in [2.0, 30.0, 600.0] {
        for (count, share) in [(60, 0.0), (60, 0.1), (360, 0.5), (1_440, 0.5)] {
            let mut dice = Dice(77 + count);
            let hours = f64::from(u32::try_from(count).unwrap()) / 60.0;
            let by = rate * hours * share * MIB;
            let leak = minutes(count, |at| 500.0 * MIB + at / 60.0 * rate * MIB + noise(&mut dice, by));
            let trend = Trend::of(&[leak]);
            let off = per_hour(&trend.verdict) / (rate * MIB) - 1.0;
            assert_eq!(kind(&trend.verdict), "grows");
            assert!(
                off.abs() < 0.05,
                "{rate} MiB/h over {hours} h with {share} of noise is off by {off}: {trend:?}"
            );
        }
    }
}

#[test]
fn a_leak_is_seen_through_restarts() {
    let mut dice = Dice(5);
    let all = minutes(480, |at| 100.0 * MIB + at % 120.0 * MIB + noise(&mut dice, 2.0 * MIB));
    let pieces: Vec<Vec<Point>> = all.chunks(120).map(<[Point]>::to_vec).collect();
    let trend = Trend::of(&pieces);
    let off = per_hour(&trend.verdict) / (60.0 * MIB) - 1.0;
    assert!(off.abs() < 0.05, "{trend:?}");
    assert_eq!((kind(&trend.verdict), trend.restarts), ("grows", 3));
}

/// A collector of garbage throws most away each quarter of an hour; the leak is in what remains.
#[test]
fn a_leak_is_seen_below_a_saw() {
    let saw = |leak: f64| {
        let all = minutes(600, |at| 200.0 * MIB + at % 15.0 * 20.0 * MIB + at / 60.0 * leak * MIB);
        Trend::of(&[all])
    };
    let trend = saw(24.0);
    assert_eq!(kind(&trend.verdict), "grows in rounds", "{trend:?}");
    let off = per_hour(&trend.verdict) / (24.0 * MIB) - 1.0;
    assert!(off.abs() < 0.05, "{trend:?}");
    assert_eq!(saw(0.0).verdict, Verdict::Level);
}

#[test]
fn what_is_no_leak_is_not_called_one() {
    let mut dice = Dice(11);
    let flat = |by: f64, dice: &mut Dice| minutes(300, |_| 800.0 * MIB + noise(dice, by * MIB));
    for (points, expected) in [
        (flat(0.0, &mut dice), "level"),
        (flat(20.0, &mut dice), "level"),
        (minutes(300, |at| if at < 140.0 { 300.0 * MIB } else { 900.0 * MIB }), "stepped"),
        (minutes(300, |at| 300.0 * MIB + at.min(80.0) * 5.0 * MIB), "settled"),
        (minutes(300, |at| 900.0 * MIB - at * MIB), "shrinks"),
        (minutes(5, |at| 300.0 * MIB + at * MIB), "uncertain"),
        (minutes(70, |at| 300.0 * MIB + at % 30.0 * 20.0 * MIB), "uncertain"),
    ] {
        let trend = Trend::of(&[points]);
        assert_eq!(kind(&trend.verdict), expected, "{trend:?}");
    }
    assert_eq!(Trend::of(&[]).verdict, Verdict::Uncertain { why: Doubt::TooFew });
}

/// Memory that wanders has no trend, however far it gets; one in a hundred may look as if it had.
#[test]
fn a_random_walk_is_rarely_called_a_leak() {
    let mut called = 0;
    for seed in 1..=200 {
        let mut dice = Dice(seed * 0x9e37_79b9);
        let mut level = 900.0 * MIB;
        let walk = minutes(300, |_| {
            level += noise(&mut dice, 4.0 * MIB);
            level
        });
        let verdict = Trend::of(&[walk]).verdict;
        called += u32::from(matches!(kind(&verdict), "grows" | "shrinks" | "grows in rounds"));
    }
    assert!(called <= 6, "{called} of 200 random walks were called a trend");
}

#[test]
fn the_time_until_a_limit_is_an_interval() {
    let leak = minutes(240, |at| 400.0 * MIB + at * MIB);
    let trend = Trend::of(&[leak]);
    let arrival = trend.fills(Bytes::new(600 << 20)).unwrap();
    let likely = arrival.likely.seconds() / 60.0;
    assert!((likely - 600.0).abs() < 30.0, "{arrival:?}");
    assert!(arrival.soonest <= arrival.likely && Some(arrival.likely) <= arrival.latest, "{arrival:?}");
    assert_eq!(trend.fills(Bytes::ZERO).unwrap().likely, Duration::default());
    assert_eq!(Trend::of(&[minutes(60, |_| MIB)]).fills(Bytes::new(1 << 30)), None);
    // Four hours tell nothing of the week after next.
    assert!(trend.fills(Bytes::new(7_000 << 20)).is_some());
    assert_eq!(trend.fills(Bytes::new(7_300 << 20)), None);
}

/// Snapshots in, subjects out: a name whose processes are replaced, a group that is made anew, a reboot.
#[test]
fn subjects_are_followed_across_snapshots() {
    let mut tracker = Tracker::new();
    for minute in 0..120_u64 {
        let boot = BootId::new(if minute < 10 { b"first" } else { b"second" });
        let clock = BootClock::from_micros(minute * 60_000_000);
        let moment = Moment::new(boot, clock, None, Timestamp::UNIX_EPOCH, Offset::UTC);
        let mut snapshot = Snapshot::at(moment);
        let life = minute / 60;
        let mut worker = Process::new(
            Pid::new(100 + i64::try_from(life).unwrap()),
            StartTicks::new(life),
            Comm::new(b"worker"),
        );
        worker.rss_anon_bytes = Some(Bytes::new((50 << 20) + ((minute % 60) << 20)));
        let mut brief = Process::new(Pid::new(1_000), StartTicks::new(minute), Comm::new(b"brief"));
        brief.rss_anon_bytes = Some(Bytes::new(1 << 20));
        snapshot.processes = Some(vec![worker, brief]);
        snapshot.cgroups = Some(vec![Cgroup {
            path: Name::from("/a"),
            usage_bytes: Some(Bytes::new((50 << 20) + ((minute % 60) << 20))),
            peak_bytes: Some(Bytes::new((50 << 20) + ((minute % 60) << 20))),
            limit_bytes: Some(Limit::At(Bytes::new(1 << 30))),
            ..Cgroup::default()
        }]);
        tracker.push(&snapshot);
    }
    let found = tracker.finish();
    let shown: Vec<(String, &str, u64, u64)> = found
        .iter()
        .map(|tracked| {
            let who = match &tracked.subject {
                Subject::Name(comm, _) => comm.to_string(),
                Subject::Cgroup(path, _) => path.to_string(),
                Subject::Process(id) => id.pid.to_string(),
                Subject::Machine => "machine".into(),
            };
            (who, kind(&tracked.trend.verdict), tracked.trend.restarts, tracked.trend.points)
        })
        .collect();
    let expected = [
        ("/a", "grows", 1, 110),
        ("brief", "uncertain", 109, 110),
        ("worker", "grows", 1, 110),
        ("100", "grows", 0, 50),
        ("101", "grows", 0, 60),
        ("1000", "uncertain", 0, 1),
    ];
    assert_eq!(shown, expected.map(|(who, kind, restarts, points)| (who.to_owned(), kind, restarts, points)));
    assert_eq!(found.first().unwrap().limit_bytes, Some(Limit::At(Bytes::new(1 << 30))));
}

/// A machine with 512 MiB available, of which each minute takes one; a group whose cache grows, and one that fills.
#[test]
fn who_ended_has_no_room_and_what_is_reached_first_is_told() {
    let mib = |mib: u64| Bytes::new(mib << 20);
    let figures = |figures: &[(&str, u64)]| {
        figures.iter().map(|(name, figure)| (Name::from(*name), figure << 20)).collect::<BTreeMap<_, _>>()
    };
    let mut tracker = Tracker::new();
    for minute in 0..60_u64 {
        let clock = BootClock::from_micros(minute * 60_000_000);
        let boot = BootId::new(b"a");
        let mut snapshot = Snapshot::at(Moment::new(boot, clock, None, Timestamp::UNIX_EPOCH, Offset::UTC));
        let process = |pid, name: &[u8]| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(1), Comm::new(name));
            process.rss_anon_bytes = Some(mib(100 + minute));
            process
        };
        let ends = (minute < 50).then(|| process(2, b"ended"));
        snapshot.processes = Some([process(1, b"stays")].into_iter().chain(ends).collect());
        let sizes = [("MemTotal", mib(1024)), ("MemAvailable", mib(512 - minute))];
        let sizes = sizes.into_iter().map(|(name, size)| (Name::from(name), size)).collect();
        snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
        let group = |path: &str, stat: &[(&str, u64)], limit: u64| Cgroup {
            path: Name::from(path),
            hierarchy: Hierarchy::V2,
            usage_bytes: Some(mib(200 + minute)),
            limit_bytes: Some(Limit::At(mib(limit))),
            stat: Some(figures(stat)),
            ..Cgroup::default()
        };
        snapshot.cgroups = Some(vec![
            // Shared memory is counted as files, and is not given back.
            group("/cache", &[("file", minute + 7), ("shmem", 7)], 300),
            group("/fills", &[("file", 50), ("shmem", 50)], 300),
            group("/larger", &[], 9_000),
        ]);
        tracker.push(&snapshot);
    }
    let found = tracker.finish();
    let shown = |tracked: &Tracked| {
        let who = match &tracked.subject {
            Subject::Name(comm, _) => comm.to_string(),
            Subject::Cgroup(path, _) => path.to_string(),
            Subject::Process(id) => id.pid.to_string(),
            Subject::Machine => "machine".into(),
        };
        let room = tracked.room.map(|room| (room.until, room.bytes.get() >> 20));
        (who, kind(&tracked.trend.verdict), tracked.ended.is_some(), room)
    };
    let shown: Vec<_> = found.iter().map(shown).collect();
    let full = Some((Until::MachineFull, 453));
    let expected = [
        ("machine", "grows", false, full),
        ("/cache", "level", false, Some((Until::Limit, 100))),
        ("/fills", "grows", false, Some((Until::Limit, 41))),
        ("/larger", "grows", false, full),
        ("ended", "grows", true, None),
        ("stays", "grows", false, full),
        ("1", "grows", false, full),
        ("2", "grows", true, None),
    ];
    assert_eq!(shown, expected.map(|(who, kind, ended, room)| (who.to_owned(), kind, ended, room)));
}
