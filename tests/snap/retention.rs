//! Retention: fewer snapshots the older they get, and nothing that cannot be read is deleted.

use oomkit_core::units::Bytes;
use oomkit_snap::{
    snapshot::{Cause, Duration, Snapshot},
    store::{Durability, Options, Pruned, Retention, Step, Store},
};

use crate::world::World;

fn store(folder: &tempfile::TempDir) -> Store {
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    Store::open(&folder.path().join("s.db"), options).unwrap()
}

/// Every minute for an hour, every ten for four, every hour for ten.
fn short(at_once: usize) -> Retention {
    let step = |hours: u64, minutes: u64| Step {
        up_to: Duration::from_seconds(hours * 3600),
        every: Duration::from_seconds(minutes * 60),
    };
    Retention {
        steps: vec![step(1, 1), step(4, 10), step(10, 60)],
        size: None,
        at_once,
        reasoned: Duration::from_seconds(2 * 3600),
    }
}

/// Lets minutes pass, and returns what was written.
fn fill(store: &mut Store, world: &mut World, minutes: u64) -> Vec<Snapshot> {
    let write = |_| {
        world.minute();
        // Timers are some seconds late, now and then.
        let snapshot = world.snapshot();
        store.write(&snapshot).unwrap();
        snapshot
    };
    (0..minutes).map(write).collect()
}

#[test]
fn snapshots_thin_out_with_age() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(10, 2));
    let written = fill(&mut store, &mut world, 12 * 60);
    let pruned = store.prune(&short(usize::MAX), &world.moment()).unwrap();
    let entries = store.list().unwrap();
    assert_eq!(pruned.deleted + entries.len() as u64, 12 * 60);
    let ages: Vec<u64> = entries
        .iter()
        .map(|entry| world.moment().boot_clock.since(entry.moment.boot_clock).micros() / 60_000_000)
        .collect();
    let between = |from: u64, to: u64| ages.iter().filter(|age| (from..to).contains(*age)).count();
    assert_eq!(between(0, 61), 61, "{ages:?}");
    assert!((17..=19).contains(&between(61, 241)), "{ages:?}");
    assert!((5..=7).contains(&between(241, 601)), "{ages:?}");
    assert_eq!(between(601, u64::MAX), 0, "{ages:?}");
    // What is left is what was written, and a second run finds nothing to do.
    for entry in &entries {
        let found = store.snapshot(entry.id).unwrap();
        assert!(written.contains(&found), "{:?}", entry.moment);
    }
    assert_eq!(store.verify().unwrap().problems, []);
    assert_eq!(store.prune(&short(usize::MAX), &world.moment()).unwrap(), Pruned::default());
}

/// Names that nobody uses any more go with the snapshots that used them.
#[test]
fn a_store_that_is_pruned_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(40, 2));
    let mut sizes = Vec::new();
    for hour in 0..30 {
        fill(&mut store, &mut world, 60);
        while store.prune(&short(50), &world.moment()).unwrap().more {}
        if hour % 5 == 4 {
            sizes.push(store.size().unwrap().get());
        }
    }
    let (first, last) = (sizes[2], *sizes.last().unwrap());
    assert!(last < first * 13 / 10, "{sizes:?}");
    let database = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    // Five processes come each minute, each with a command line of its own: 9,000 in all.
    assert!(count("SELECT count(*) FROM name") < 2_500);
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert!(count("SELECT count(*) FROM span") <= 11 * 6);
    assert_eq!(store.verify().unwrap().problems, []);
}

#[test]
fn a_store_stays_below_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(200, 2));
    fill(&mut store, &mut world, 240);
    let size = Bytes::new(600_000);
    assert!(size < store.size().unwrap());
    let keep = Retention { size: Some(size), ..short(usize::MAX) };
    let newest = store.newest().unwrap();
    for _ in 0..4 {
        store.prune(&keep, &world.moment()).unwrap();
    }
    assert!(store.size().unwrap() <= size, "{}", store.size().unwrap());
    assert_eq!(store.newest().unwrap(), newest);
    let file = std::fs::metadata(folder.path().join("s.db")).unwrap().len();
    assert!(file <= size.get() * 2, "the file keeps {file} bytes");
}

/// A wall clock in the far future makes all earlier boots look old; one run takes few of them.
#[test]
fn a_clock_that_is_wrong_for_a_moment_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(5, 1));
    fill(&mut store, &mut world, 20);
    world.reboot("another");
    fill(&mut store, &mut world, 20);
    world.set_wall_clock(86_400_000_000 * 5_000);
    let pruned = store.prune(&short(7), &world.moment()).unwrap();
    assert_eq!(pruned, Pruned { deleted: 7, unreadable: 0, more: true });
    world.set_wall_clock(-86_400_000_000 * 5_000);
    assert_eq!(store.prune(&short(7), &world.moment()).unwrap(), Pruned::default());
    assert_eq!(store.list().unwrap().len(), 33);
    // The running boot is measured by its own clock, which cannot be set.
    world.set_wall_clock(86_400_000_000 * 5_000);
    store.prune(&short(usize::MAX), &world.moment()).unwrap();
    assert_eq!(store.list().unwrap().len(), 20);
}

#[test]
fn what_cannot_be_read_is_not_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(5, 1));
    fill(&mut store, &mut world, 30);
    let database = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    // One frame on its own, whose snapshot is thereby lost.
    database.execute_batch("UPDATE frame SET machine = zeroblob(9) WHERE id = 5").unwrap();
    let none = Retention { steps: Vec::new(), ..short(usize::MAX) };
    let pruned = store.prune(&none, &world.moment()).unwrap();
    assert_eq!(pruned, Pruned { deleted: 28, unreadable: 1, more: false });
    let ids: Vec<i64> = store.list().unwrap().iter().map(|entry| entry.id.get()).collect();
    assert_eq!(ids, [5, 30]);
    let blob: Vec<u8> =
        database.query_row("SELECT machine FROM frame WHERE id = 5", [], |row| row.get(0)).unwrap();
    assert_eq!(blob, [0; 9]);
    assert_eq!(store.verify().unwrap().problems.len(), 1);
    // A writer goes on beside it, and beside a key frame that is lost.
    database.execute_batch("UPDATE frame SET processes = zeroblob(9) WHERE key IS NULL").unwrap();
    fill(&mut store, &mut world, 2);
    assert_eq!(store.verify().unwrap().readable, 2);
}

/// What was taken for a reason stands between the regular ones, whose distance it does not change.
#[test]
fn what_was_taken_for_a_reason_stays_for_some_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut world) = (store(&folder), World::new(5, 1));
    for minute in 0..4 * 60 {
        fill(&mut store, &mut world, 1);
        if minute % 30 == 0 {
            for _ in 0..3 {
                world.pass(1_000_000);
                let mut snapshot = world.snapshot();
                snapshot.reason = Some(Cause::Pressure.into());
                store.write(&snapshot).unwrap();
            }
        }
    }
    let regular = |store: &Store| -> Vec<i64> {
        let entries = store.list().unwrap();
        entries.iter().filter(|entry| entry.reason.is_none()).map(|entry| entry.id.get()).collect()
    };
    store.prune(&short(usize::MAX), &world.moment()).unwrap();
    let now = world.moment().boot_clock;
    let entries = store.list().unwrap();
    let (young, old): (Vec<_>, Vec<_>) = entries
        .iter()
        .filter(|entry| entry.reason.is_some())
        .partition(|entry| now.since(entry.moment.boot_clock) <= short(0).reasoned);
    assert_eq!(young.len(), 4 * 3);
    // Older ones are like all others, of which one in ten minutes is left.
    assert!(old.len() <= 4, "{old:?}");
    let kept = regular(&store);
    assert!((60 + 14..60 + 20).contains(&kept.len()), "{kept:?}");
}
