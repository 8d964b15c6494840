//! What the page on snapshots shows can be done with `sqlite3`.

use std::fs;

use oomkit_core::units::Bytes;
use oomkit_snap::{
    name::Name,
    snapshot::{Cause, Process, Reason},
    store::{Durability, Options, Store},
};
use rusqlite::Connection;

use crate::world::World;

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/snapshots.md")).unwrap()
}

/// Returns an hour of a host and an hour after its reboot.
fn store(folder: &tempfile::TempDir) -> Connection {
    let path = folder.path().join("s.db");
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    let mut store = Store::open(&path, options).unwrap();
    let mut world = World::new(60, 4);
    for minute in 0..120 {
        if minute == 60 {
            world.reboot("another");
        }
        world.minute();
        let mut snapshot = world.snapshot();
        if minute == 90 {
            snapshot.reason = Some(Reason { cause: Cause::Kill, cgroup: Some(Name::from("/a.slice")) });
        }
        store.write(&snapshot).unwrap();
    }
    Connection::open(path).unwrap()
}

#[test]
fn every_query_of_the_page_has_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (store, page) = (store(&folder), page());
    let queries: Vec<&str> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), 7);
    for query in queries {
        let mut statement = store.prepare(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let first = rows.next().unwrap().unwrap_or_else(|| panic!("no answer to {query}"));
        let known =
            (0..width).filter(|at| first.get_ref(*at).unwrap() != rusqlite::types::ValueRef::Null).count();
        assert!(width <= known + 1, "hardly anything is known in the answer to {query}");
    }
}

#[test]
fn the_page_names_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let (store, page) = (store(&folder), page());
    let mut statement =
        store.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1").unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let described: Vec<&String> =
        names.iter().filter(|name| page.contains(&format!("| `{name}` | "))).collect();
    assert_eq!(described, names.iter().collect::<Vec<_>>());
    let id: i64 = store.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
    assert!(page.contains(&format!("is {id}, which is \"oomk\"")));
}

/// The sums say what the snapshots say.
#[test]
fn sums_are_those_of_the_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let database = store(&folder);
    let store = Store::open_to_read(&folder.path().join("s.db"), Options::default()).unwrap();
    let newest = store.newest().unwrap().unwrap();
    let newest = store.snapshot(newest.id).unwrap();
    let someone = newest.processes.iter().flatten().next().unwrap();
    let (mut most, mut sum, mut count) = (0_u64, 0_u64, 0_u64);
    for entry in store.list().unwrap() {
        let slot = entry.moment.boot_clock.micros() / 600_000_000;
        if slot != 2 || entry.moment.boot_id != newest.moment.boot_id {
            continue;
        }
        let snapshot = store.snapshot(entry.id).unwrap();
        let like = |process: &&Process| (&process.comm, process.uid) == (&someone.comm, someone.uid);
        let sizes = snapshot.processes.iter().flatten().filter(like);
        let sizes = sizes.flat_map(|process| [process.rss_anon_bytes, process.swap_bytes]).flatten();
        let held: u64 = sizes.map(Bytes::get).sum();
        most = most.max(held);
        sum += held;
        count += 1;
    }
    let sql = "SELECT memory_max, memory_mean, samples FROM name_history
               WHERE CAST(name AS BLOB) = ?1 AND uid = ?2 AND slot = 2 AND boot = 2";
    let who = rusqlite::params![someone.comm.as_bytes(), someone.uid.unwrap().get()];
    let found: (i64, i64, i64) =
        database.query_row(sql, who, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert!(0 < most);
    assert_eq!(found, (most.cast_signed(), (sum / count).cast_signed(), count.cast_signed()));
}
