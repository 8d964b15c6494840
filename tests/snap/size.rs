//! How large a store gets: a day of a host, minute by minute.

use oomkit_snap::{
    snapshot::Snapshot,
    store::{Durability, Options, Store},
};

use crate::world::World;

const MINUTES: u64 = 1_440;
const PROCESSES: u64 = 490;

/// A synthetic day: 1,440 snapshots of some 500 processes, of which five come each minute.
///
/// The whole file counts: names, indexes, the machine's 200 figures and all sums.
#[test]
fn a_day_takes_at_most_seven_bytes_for_each_process_of_each_snapshot() {
    let day = day(0, |snapshot| snapshot.cgroups = None);
    let each = each(day.size, day.processes);
    println!("{} bytes for {} samples: {each:.2} bytes each", day.size, day.processes);
    assert!((MINUTES * 495..MINUTES * 505).contains(&day.processes), "{}", day.processes);
    assert!(each <= 7.0, "{} bytes for {} samples: {each:.2} bytes each", day.size, day.processes);
}

/// What of the day is not about processes: the machine's 200 figures, and 20 of each control group.
#[test]
fn the_machine_and_control_groups_take_little_beside_that() {
    let machine = day(100, |snapshot| (snapshot.processes, snapshot.cgroups) = (None, None));
    let groups = day(100, |snapshot| snapshot.processes = None);
    let of_machine = each(machine.size, MINUTES);
    let of_group = each(groups.size - machine.size, groups.cgroups);
    println!("{of_machine:.0} bytes for the machine, {of_group:.2} bytes for a control group of a snapshot");
    assert_eq!(groups.cgroups, MINUTES * 100);
    assert!(of_machine <= 700.0, "{of_machine:.0} bytes for the machine of a snapshot");
    assert!(of_group <= 19.0, "{of_group:.2} bytes for a control group of a snapshot");
}

/// What a day came to.
struct Day {
    /// The store, in bytes.
    size: u64,
    /// How many processes all snapshots have together.
    processes: u64,
    /// How many control groups.
    cgroups: u64,
}

fn day(cgroups: u64, leave_out: impl Fn(&mut Snapshot)) -> Day {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    let mut store = Store::open(&folder.path().join("day.db"), options).unwrap();
    let mut world = World::new(PROCESSES, cgroups);
    let mut day = Day { size: 0, processes: 0, cgroups: 0 };
    for minute in 0..MINUTES {
        world.minute();
        let mut snapshot = world.snapshot();
        leave_out(&mut snapshot);
        day.processes += snapshot.processes.as_ref().map_or(0, Vec::len) as u64;
        day.cgroups += snapshot.cgroups.as_ref().map_or(0, Vec::len) as u64;
        let written = store.write(&snapshot).unwrap();
        if minute % 97 == 0 {
            assert_eq!(store.snapshot(written.id).unwrap(), snapshot, "minute {minute}");
        }
    }
    day.size = store.size().unwrap().get();
    day
}

#[expect(clippy::cast_precision_loss, reason = "a few bytes more or less do not matter")]
fn each(size: u64, of: u64) -> f64 {
    size as f64 / of as f64
}
