//! Stores of every version that was ever written can be read, for ever.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use oomkit_core::units::Bytes;
use oomkit_snap::{
    name::Name,
    snapshot::{Cause, Reason},
    store::{Options, Store},
};

use crate::{faults::Mount, world::World};

/// With this set, the store of the newest version is recorded anew; for a version that was not released yet.
const RECORD: &str = "OOMKIT_TEST_RECORD";

fn recordings() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/recordings").into()
}

/// Records ten minutes, a reboot, and two more.
fn record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut world = World::new(8, 2);
    for minute in 0..12 {
        if minute == 10 {
            world.reboot("8f7c0b4e-0002");
        }
        world.minute();
        let mut snapshot = world.snapshot();
        snapshot.reason = (minute == 11).then(|| Reason {
            cause: Cause::Kill,
            cgroup: Some(Name::from("/system.slice/service-5.service")),
        });
        Store::open(&path, Options::default()).unwrap().write(&snapshot).unwrap();
    }
    fs::create_dir_all(recordings()).unwrap();
    let packed = zstd::encode_all(&*fs::read(&path).unwrap(), 19).unwrap();
    fs::write(recordings().join("v2_ten-minutes.db.zst"), packed).unwrap();
    let store = Store::open_to_read(&path, Options::default()).unwrap();
    fs::write(recordings().join("v2_ten-minutes.expect.json"), last_of(&store)).unwrap();
}

fn last_of(store: &Store) -> String {
    let newest = store.newest().unwrap().unwrap();
    serde_json::to_string_pretty(&store.snapshot(newest.id).unwrap()).unwrap() + "\n"
}

#[test]
fn stores_of_every_version_can_be_read() {
    if std::env::var_os(RECORD).is_some() {
        record();
    }
    let mut read = 0;
    for entry in fs::read_dir(recordings()).unwrap() {
        let recording = entry.unwrap().path();
        let name = recording.file_name().unwrap().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".db.zst") else { continue };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        unpacked(&recording, &path);
        // Opening for writing brings an older one up to date, and must lose nothing.
        let mut store = Store::open(&path, Options::default()).unwrap();
        let verdict = store.verify().unwrap();
        assert_eq!((verdict.readable, verdict.problems), (12, Vec::new()), "{name}");
        let expected = fs::read_to_string(recordings().join(format!("{stem}.expect.json"))).unwrap();
        assert_eq!(last_of(&store), expected, "{name}");
        let mut world = World::new(8, 2);
        world.minute();
        store.write(&world.snapshot()).unwrap();
        assert_eq!(store.verify().unwrap().readable, 13, "{name}");
        read += 1;
    }
    assert_eq!(read, 2, "each version has a recording");
}

/// Unpacks the recording of a version.
fn unpacked(recording: &Path, to: &Path) {
    fs::write(to, zstd::decode_all(&*fs::read(recording).unwrap()).unwrap()).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).unwrap();
}

fn version(path: &Path) -> i64 {
    let store = rusqlite::Connection::open(path).unwrap();
    store.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// An older store answers all questions, and stays as it is.
#[test]
fn older_stores_are_read_without_being_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    unpacked(&recordings().join("v1_ten-minutes.db.zst"), &path);
    let before = fs::read(&path).unwrap();
    let store = Store::open_to_read(&path, Options::default()).unwrap();
    let verdict = store.verify().unwrap();
    assert_eq!((verdict.readable, verdict.problems), (12, Vec::new()));
    let expected = fs::read_to_string(recordings().join("v1_ten-minutes.expect.json")).unwrap();
    assert_eq!(last_of(&store), expected);
    let entries = store.list().unwrap();
    assert_eq!(entries.len(), 12);
    // What the schema did not have yet is not known.
    assert!(entries.iter().all(|entry| entry.reason.is_none()));
    let mut samples = 0;
    store.samples(|_| samples += 1).unwrap();
    assert_eq!(samples, 12);
    assert!(fs::read(&path).unwrap() == before);

    // Whoever writes brings it up to date, and who still reads it as it was sees what is new.
    let mut world = World::new(8, 2);
    world.minute();
    let mut snapshot = world.snapshot();
    snapshot.reason = Some(Cause::Kill.into());
    let written = Store::open(&path, Options::default()).unwrap().write(&snapshot).unwrap();
    assert_eq!(version(&path), 2);
    assert_eq!(store.snapshot(written.id).unwrap(), snapshot);
}

/// A store on a medium that cannot be written to is read all the same, and reading leaves nothing behind.
#[test]
fn a_store_is_read_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mount = Mount::tmpfs(folder.path());
    let path = folder.path().join("a b%23?.db");
    let older = folder.path().join("older.db");
    unpacked(&recordings().join("v1_ten-minutes.db.zst"), &older);
    let mut world = World::new(8, 2);
    world.minute();
    let options = Options { reserve: Bytes::ZERO, ..Options::default() };
    Store::open(&path, options).unwrap().write(&world.snapshot()).unwrap();
    match &mount {
        Some(mount) => mount.seal(),
        None => fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap(),
    }
    let before = fs::read(&path).unwrap();
    let store = Store::open_to_read(&path, Options::default()).unwrap();
    let newest = store.newest().unwrap().unwrap();
    assert_eq!(store.snapshot(newest.id).unwrap(), world.snapshot());
    drop(store);
    let old = Store::open_to_read(&older, Options::default()).unwrap();
    assert_eq!(old.verify().unwrap().readable, 12);
    drop(old);
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).ok();
}
