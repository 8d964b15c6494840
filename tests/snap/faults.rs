//! The store under injury: kills, full disks, two writers, cuts, wrong clocks, other programs' files.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use oomkit_core::units::Bytes;
use oomkit_snap::{
    snapshot::{Duration as Age, Snapshot},
    store::{Durability, Kind, Options, Retention, SnapshotId, Store},
};

use crate::world::{Dice, World};

/// How many writers are killed; CI and people set more.
const KILLS: &str = "OOMKIT_TEST_KILLS";

/// By which the child of this test program knows that it is one.
const STORE: &str = "OOMKIT_TEST_STORE";

fn options() -> Options {
    Options { durability: Durability::LastMayBeLost, reserve: Bytes::ZERO, ..Options::default() }
}

fn open(path: &Path) -> Store {
    Store::open(path, options()).unwrap_or_else(|error| panic!("{error}"))
}

/// Fills a store with minutes of a small host, and returns what was written.
fn filled(path: &Path, minutes: u64) -> Vec<(SnapshotId, Snapshot)> {
    let mut store = open(path);
    let mut world = World::new(20, 3);
    let write = |_| {
        world.minute();
        let snapshot = world.snapshot();
        (store.write(&snapshot).unwrap().id, snapshot)
    };
    (0..minutes).map(write).collect()
}

/// Asserts that a store is whole: all that it lists can be read, and is what the world was.
fn assert_whole(path: &Path) -> usize {
    let store = open(path);
    let verdict = store.verify().unwrap_or_else(|error| panic!("{error}"));
    assert!(verdict.problems.is_empty(), "{verdict:?}");
    let entries = store.list().unwrap();
    assert_eq!(verdict.readable, entries.len() as u64);
    entries.len()
}

fn start_writer(path: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "faults::a_writer_that_may_be_killed", "--nocapture"]).env(STORE, path);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Started by the other tests as a process of its own, this writes until it is killed or was told to end;
/// started by the test program it shows that a writer that nobody kills writes all.
#[test]
fn a_writer_that_may_be_killed() {
    let Some(path) = env::var_os(STORE) else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        write_many(&path, 20);
        assert_eq!(assert_whole(&path), 20);
        return;
    };
    write_many(&PathBuf::from(path), 400);
}

fn write_many(path: &Path, most: u64) {
    let mut world = World::new(60, 5);
    for _ in 0..most {
        world.minute();
        // As cron does: opened and closed each time.
        open(path).write(&world.snapshot()).unwrap();
        println!("wrote");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_writer_that_is_killed_leaves_whole_snapshots() {
    let kills = env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(25);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut dice = Dice(4711);
    let (mut confirmed, mut before) = (0, 0);
    for kill in 0..kills {
        let mut child = start_writer(&path);
        let mut output = child.stdout.take().unwrap();
        let mut start = [0; 1];
        // The writer is at work once it says so; then it is killed at any point.
        let mut wait = 0;
        while output.read(&mut start).unwrap() == 1 && wait < 40 {
            wait += 1;
        }
        thread::sleep(Duration::from_micros(dice.below(20_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        confirmed += rest.matches("wrote").count();
        // Each look opens the store anew, and takes over what the dead writer left in its log.
        if kill % 5 == 4 || kill + 1 == kills {
            let found = assert_whole(&path);
            assert!(before + confirmed <= found, "{found} snapshots after {confirmed} more than {before}");
            (before, confirmed) = (found, 0);
        }
    }
    println!("{kills} writers killed, {before} snapshots whole");
}

#[test]
fn two_writers_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    // All of them find no store, and all want to make it.
    let writers: Vec<_> = (0..4_u64)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || write_many(&path, 25))
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(assert_whole(&path), 100);
}

#[test]
fn who_stays_notices_that_others_write_and_prune() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut stores = [open(&path), open(&path)];
    let (mut world, mut dice) = (World::new(20, 3), Dice(7));
    let mut written = BTreeMap::new();
    for _ in 0..60 {
        world.minute();
        let who = usize::try_from(dice.below(2)).unwrap();
        let snapshot = world.snapshot();
        written.insert(stores[who].write(&snapshot).unwrap().id, snapshot);
        if dice.below(15) == 0 {
            // Nothing is left, so that numbers of frames are used again.
            let nothing = Retention {
                steps: Vec::new(),
                reasoned: Age::default(),
                size: Some(Bytes::ZERO),
                at_once: usize::MAX,
            };
            stores[1 - who].prune(&nothing, &world.moment()).unwrap();
        }
    }
    let entries = stores[0].list().unwrap();
    assert!((1..60).contains(&entries.len()), "{}", entries.len());
    for entry in &entries {
        assert_eq!(stores[0].snapshot(entry.id).unwrap(), written[&entry.id], "{}", entry.id);
    }
    assert_eq!(assert_whole(&path), entries.len());
}

#[test]
fn who_stays_notices_that_the_store_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let store = open(&path);
    assert!(store.is_in_place());
    Store::set_aside(&path).unwrap();
    assert!(!store.is_in_place());
    let other = open(&path);
    assert!(other.is_in_place() && !store.is_in_place());
}

#[test]
fn a_store_that_two_begin_at_once_is_one_store() {
    for _ in 0..30 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        let start = std::sync::Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    open(&path)
                });
            }
        });
        assert_eq!(assert_whole(&path), 0);
    }
}

#[test]
fn patience_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let written = filled(&path, 2);
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let hasty = Options { patience: Duration::from_millis(20), ..options() };
    let mut store = Store::open(&path, hasty).unwrap();
    let error = store.write(&written[1].1).unwrap_err();
    assert_eq!(*error.kind(), Kind::Busy, "{error}");
    // Readers do not wait for the writer.
    assert_eq!(store.snapshot(written[0].0).unwrap(), written[0].1);
    holder.execute_batch("ROLLBACK").unwrap();
    store.write(&written[1].1).unwrap();
    assert_eq!(assert_whole(&path), 3);
}

#[test]
fn a_full_disk_leaves_all_earlier_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::tmpfs(folder.path()) else {
        println!("not shown here: a full disk, since mounting one is not permitted");
        return;
    };
    let path = folder.path().join("s.db");
    let mut world = World::new(400, 10);
    let mut store = open(&path);
    let mut written = Vec::new();
    let error = loop {
        world.minute();
        match store.write(&world.snapshot()) {
            Ok(done) => written.push((done.id, world.snapshot())),
            Err(error) => break error,
        }
        assert!(written.len() < 10_000, "the disk never gets full");
    };
    assert_eq!(*error.kind(), Kind::Full, "{error}");
    assert!(!written.is_empty());
    // Neither the open store nor one that is opened anew has lost anything, and nothing is there in part.
    for store in [&store, &Store::open_to_read(&path, options()).unwrap()] {
        assert_eq!(store.list().unwrap().len(), written.len());
        for (id, snapshot) in &written {
            assert_eq!(&store.snapshot(*id).unwrap(), snapshot);
        }
        assert_eq!(store.verify().unwrap().problems, []);
    }
    // A reserve leaves the processes out in time.
    let careful = Options { reserve: Bytes::new(1 << 40), ..options() };
    drop(store);
    let full = Store::open(&path, careful).map(|mut store| store.write(&world.snapshot()));
    assert!(full.is_err() || full.unwrap().is_err_and(|error| *error.kind() == Kind::Full));
}

/// A small file system of its own, where mounting is permitted.
pub(crate) struct Mount(PathBuf);

impl Mount {
    pub(crate) fn tmpfs(place: &Path) -> Option<Self> {
        let options = ["-t", "tmpfs", "-o", "size=600k,mode=0700", "none"];
        let output = Command::new("mount").args(options).arg(place).output();
        output.is_ok_and(|output| output.status.success()).then(|| Self(place.into()))
    }

    /// Lets nothing be written from now on.
    pub(crate) fn seal(&self) {
        assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
    }
}

#[test]
fn processes_are_left_out_before_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let careful = Options { reserve: Bytes::new(u64::MAX), ..options() };
    let mut store = Store::open(&path, careful).unwrap();
    let mut world = World::new(20, 3);
    world.minute();
    let written = store.write(&world.snapshot()).unwrap();
    assert!(written.cut);
    let read = store.snapshot(written.id).unwrap();
    assert_eq!(read, Snapshot { processes: None, ..world.snapshot() });
    assert!(store.list().unwrap().iter().all(|entry| entry.cut));
    // With room again, all of it is there again.
    let mut store = open(&path);
    world.minute();
    let written = store.write(&world.snapshot()).unwrap();
    assert_eq!(store.snapshot(written.id).unwrap(), world.snapshot());
}

/// When the power goes, the log ends anywhere, and what was written last may be there in pieces.
#[test]
fn a_log_that_was_cut_leaves_the_snapshots_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let early = filled(&path, 3);
    // As long as this one is open, nothing is taken over from the log.
    let _reader = Store::open_to_read(&path, options()).unwrap();
    let late = {
        let mut store = open(&path);
        let mut world = World::new(20, 3);
        let write = |_| {
            world.minute();
            (store.write(&world.snapshot()).unwrap().id, world.snapshot())
        };
        (0..12).map(write).collect::<Vec<_>>()
    };
    let written: Vec<&(SnapshotId, Snapshot)> = early.iter().chain(&late).collect();
    let log = fs::read(folder.path().join("s.db-wal")).unwrap();
    let mut dice = Dice(3);
    let mut lengths = std::collections::BTreeSet::new();
    for round in 0..60 {
        let other = tempfile::tempdir().unwrap();
        let copy = other.path().join("s.db");
        fs::copy(&path, &copy).unwrap();
        let at = usize::try_from(dice.below(log.len() as u64)).unwrap();
        let mut torn = log.clone();
        match round % 2 {
            0 => torn.truncate(at),
            // A page that the disk had not written yet, in the middle of those that it had.
            _ => torn.iter_mut().skip(at).take(4_096).for_each(|byte| *byte = 0xa5),
        }
        fs::write(other.path().join("s.db-wal"), torn).unwrap();
        let found = assert_whole(&copy);
        let store = open(&copy);
        for (id, snapshot) in written.iter().take(found) {
            assert_eq!(&store.snapshot(*id).unwrap(), snapshot);
        }
        assert!((early.len()..=written.len()).contains(&found), "{found} at {at}");
        lengths.insert(found);
    }
    assert!(6 < lengths.len(), "{lengths:?}");
}

/// A store that was cut anywhere is refused or read in part; it never yields what was not written,
/// and looking at it does not change it.
#[test]
fn a_store_that_was_cut_yields_nothing_that_was_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let written: BTreeMap<SnapshotId, Snapshot> = filled(&path, 60).into_iter().collect();
    let whole = fs::read(&path).unwrap();
    let mut dice = Dice(99);
    let (mut refused, mut partly) = (0, 0);
    for round in 0..120 {
        let mut bytes = whole.clone();
        let at = usize::try_from(dice.below(whole.len() as u64)).unwrap();
        match round % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << dice.below(8),
            _ => bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0),
        }
        let injured = folder.path().join("injured.db");
        fs::write(&injured, &bytes).unwrap();
        fs::set_permissions(&injured, fs::Permissions::from_mode(0o600)).unwrap();
        match Store::open_to_read(&injured, options()) {
            Err(error) => {
                let kinds = [Kind::Damaged, Kind::Foreign, Kind::Missing, Kind::Failed];
                let newer = matches!(error.kind(), Kind::Newer { .. });
                assert!(kinds.contains(error.kind()) || newer, "{error}");
                refused += 1;
            }
            Ok(store) => {
                for (id, snapshot) in &written {
                    match store.snapshot(*id) {
                        Ok(read) => assert_same_frames(&read, snapshot, round, at),
                        Err(_) => partly += 1,
                    }
                }
                let _ = store.verify();
            }
        }
        assert!(fs::read(&injured).unwrap() == bytes, "round {round} changed what it only looked at");
    }
    assert!(0 < refused && 0 < partly, "{refused} refused, {partly} snapshots lost");
}

/// Frames carry a checksum; what stands in rows beside them (moments, hosts, names) is as safe as SQLite's pages.
fn assert_same_frames(read: &Snapshot, written: &Snapshot, round: u32, at: usize) {
    let sizes = |snapshot: &Snapshot| -> Vec<_> {
        let list = snapshot.processes.iter().flatten();
        list.map(|process| (process.pid, process.start_ticks, process.rss_anon_bytes, process.swap_bytes))
            .collect()
    };
    assert_eq!(sizes(read), sizes(written), "round {round} at {at}");
}

#[test]
fn wrong_clocks_and_reboots_change_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut store = open(&path);
    let mut world = World::new(5, 1);
    let mut ids = Vec::new();
    for step in 0..40 {
        match step {
            10 => world.set_wall_clock(-3_600_000_000),
            20 => world.set_wall_clock(86_400_000_000 * 4_000),
            25 => world.set_wall_clock(-86_400_000_000 * 4_000),
            30 => world.reboot("8f7c0b4e-0002"),
            _ => {}
        }
        world.minute();
        ids.push(store.write(&world.snapshot()).unwrap().id);
    }
    let entries = store.list().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids);
    assert_eq!(store.newest().unwrap().map(|entry| entry.id), ids.last().copied());
    let steps: Vec<usize> = entries
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[1].moment.clock_step_micros(&pair[0].moment) != Some(0))
        .map(|(at, _)| at + 1)
        .collect();
    assert_eq!(steps, [10, 20, 25, 30]);
    // By the kernel's clock, the last snapshot before a moment is found in the right boot.
    let (first, last) = (&entries[5].moment, &entries[35].moment);
    for moment in [first, last] {
        let found = store.before(&moment.boot_id, moment.since_boot.unwrap()).unwrap().unwrap();
        assert_eq!(found.moment, *moment);
    }
    assert_ne!(first.boot_id, last.boot_id);
}

#[test]
fn a_newer_store_and_other_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, sql: &str| {
        let path = folder.path().join(name);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        path
    };
    let newer = folder.path().join("newer.db");
    filled(&newer, 3);
    rusqlite::Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    let text = folder.path().join("text.db");
    fs::write(&text, "this is no database, and it is longer than the hundred bytes of a header".repeat(9))
        .unwrap();
    for (path, kind) in [
        (newer, Kind::Newer { found: 7, known: 2 }),
        (make("foreign.db", "CREATE TABLE a (b); PRAGMA application_id = 5"), Kind::Foreign),
        (make("unnamed.db", "CREATE TABLE snapshot (b)"), Kind::Foreign),
        (text, Kind::Damaged),
    ] {
        let before = fs::read(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for error in
            [Store::open(&path, options()).unwrap_err(), Store::open_to_read(&path, options()).unwrap_err()]
        {
            assert_eq!(*error.kind(), kind, "{error}");
        }
        assert!(fs::read(&path).unwrap() == before, "{path:?} was changed");
    }
    let missing = Store::open_to_read(&folder.path().join("none.db"), options()).unwrap_err();
    assert_eq!(*missing.kind(), Kind::Missing, "{missing}");
}

#[test]
fn a_store_is_safe_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    filled(&path, 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    let kind = |path: &Path| Store::open(path, options()).err().map(|error| error.kind().clone());
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(kind(&link), Some(Kind::Unsafe));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(kind(&path), Some(Kind::Unsafe));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(kind(&path), Some(Kind::Unsafe));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(kind(&path), None);
}

#[test]
fn a_damaged_store_is_put_aside_and_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    for at in 1..=2 {
        fs::write(&path, vec![b'x'; 5_000]).unwrap();
        let aside = Store::set_aside(&path).unwrap();
        assert_eq!(aside, folder.path().canonicalize().unwrap().join(format!("s.db.damaged-{at}")));
        assert_eq!(fs::read(&aside).unwrap(), vec![b'x'; 5_000]);
        assert_eq!(filled(&path, 2).len(), 2);
        fs::remove_file(&path).unwrap();
    }
}
