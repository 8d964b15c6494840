//! How large a store gets: a day of a host, minute by minute.

use oomkit_snap::store::{Durability, Options, Store};

use crate::world::World;

const MINUTES: u64 = 1_440;
const PROCESSES: u64 = 490;

/// A synthetic day: 1,440 snapshots of some 500 processes, of which five come each minute.
///
/// The whole file counts: names, indexes, the machine's 200 figures and all sums.
#[test]
fn a_day_takes_at_most_seven_bytes_for_each_process_of_each_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    let mut store = Store::open(&folder.path().join("day.db"), options).unwrap();
    let mut world = World::new(PROCESSES, 0);
    let mut samples = 0_u64;
    for minute in 0..MINUTES {
        world.minute();
        let mut snapshot = world.snapshot();
        snapshot.cgroups = None;
        samples += snapshot.processes.as_ref().unwrap().len() as u64;
        let written = store.write(&snapshot).unwrap();
        if minute % 97 == 0 {
            assert_eq!(store.snapshot(written.id).unwrap(), snapshot, "minute {minute}");
        }
    }
    let size = store.size().unwrap().get();
    #[expect(clippy::cast_precision_loss, reason = "a few bytes more or less do not matter")]
    let each = size as f64 / samples as f64;
    println!("{size} bytes for {samples} samples: {each:.2} bytes each");
    assert!((MINUTES * 495..MINUTES * 505).contains(&samples), "{samples}");
    assert!(each <= 7.0, "{size} bytes for {samples} samples: {each:.2} bytes each");
}
