//! Exports: rows of a made-up day, in as little memory as one snapshot takes.

use oomkit_snap::{
    export::{Format, Lines, Table, Value, Workloads},
    store::{Durability, Options, Store},
};

use crate::world::World;

#[test]
fn rows_are_those_of_the_snapshots_in_the_order_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    let mut store = Store::open(&folder.path().join("s.db"), options).unwrap();
    let mut world = World::new(40, 3);
    let mut written = Vec::new();
    for _ in 0..20 {
        world.minute();
        // The wall clock goes back, and orders nothing.
        world.set_wall_clock(-90_000_000);
        let snapshot = world.snapshot();
        store.write(&snapshot).unwrap();
        written.push(snapshot);
    }
    let entries = store.list().unwrap();
    let mut workloads = Workloads::default();
    let at = |name: &str| Table::Processes.columns().iter().position(|column| column.name == name).unwrap();
    let (clock, pid, rss) = (at("boot_clock_us"), at("pid"), at("rss_bytes"));
    let mut found = Vec::new();
    for (_, snapshot) in store.stream(entries.iter().map(|entry| entry.id)) {
        let taken: Result<(), ()> = Table::Processes.rows(&snapshot.unwrap(), &mut workloads, |row| {
            let whole = |at: usize| match &row[at] {
                Value::Whole(number) => *number,
                other => panic!("{other:?}"),
            };
            found.push((whole(clock), whole(pid), whole(rss)));
            Ok(())
        });
        taken.unwrap();
    }
    let expected: Vec<_> = written
        .iter()
        .flat_map(|snapshot| {
            let clock = i64::try_from(snapshot.moment.boot_clock.micros()).unwrap();
            snapshot.processes.iter().flatten().map(move |process| {
                (clock, process.pid.get(), i64::try_from(process.rss_bytes.unwrap().get()).unwrap())
            })
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn an_output_that_fails_ends_the_rows() {
    struct Broken;
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let world = World::new(5, 1);
    let mut lines = Lines::new(Table::Host, Format::Ndjson, Broken).unwrap();
    let error = lines.push(&world.snapshot(), &mut Workloads::default()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::{collections::BTreeMap, fs::File, io::Write as _};

    use oomkit_core::ident::{Comm, visible};
    use oomkit_snap::{
        export::{Column, Parquet, Table, Value, Workloads},
        snapshot::Snapshot,
    };
    use parquet::{
        file::reader::{FileReader as _, SerializedFileReader},
        record::Field,
    };

    use crate::world::{Dice, World};

    /// Writes snapshots as a file of a table.
    fn written<'a>(table: Table, snapshots: impl IntoIterator<Item = &'a Snapshot>) -> Vec<u8> {
        let (mut file, mut workloads) = (Parquet::new(table, Vec::new()).unwrap(), Workloads::default());
        snapshots.into_iter().for_each(|snapshot| file.push(snapshot, &mut workloads).unwrap());
        file.finish().unwrap().0
    }

    fn reader(bytes: &[u8]) -> SerializedFileReader<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    /// Returns a value as a reader of Parquet should see it.
    fn expected(value: &Value<'_>) -> Field {
        match value {
            Value::Unknown => Field::Null,
            Value::Whole(number) => Field::Long(*number),
            Value::Real(number) => Field::Double(*number),
            Value::Truth(truth) => Field::Bool(*truth),
            Value::Time(time) => Field::TimestampMicros(time.as_microsecond()),
            Value::Text(text) => Field::Str(visible(text).into_owned()),
        }
    }

    #[test]
    fn every_cell_comes_back_in_the_order_of_whose_it_is() {
        let mut world = World::new(30, 4);
        let mut snapshots = Vec::new();
        for minute in 0..30 {
            if minute == 20 {
                world.reboot("another");
            }
            world.minute();
            let mut snapshot = world.snapshot();
            if let Some(process) = snapshot.processes.as_mut().and_then(|list| list.get_mut(3)) {
                process.comm = Comm::new(b"=1+1\x1b[31m\n\xff");
                process.rss_bytes = None;
                process.cgroup = None;
            }
            if minute == 7 {
                snapshot.processes = None;
            }
            snapshots.push(snapshot);
        }
        for table in Table::ALL {
            let columns: Vec<Column> = table.columns();
            let mut rows: Vec<Vec<(String, Field)>> = Vec::new();
            for snapshot in &snapshots {
                let taken: Result<(), ()> = table.rows(snapshot, &mut Workloads::default(), |row| {
                    let cells = columns.iter().zip(row).filter(|(column, _)| column.name != "host");
                    rows.push(
                        cells.map(|(column, value)| (column.name.to_owned(), expected(value))).collect(),
                    );
                    Ok(())
                });
                taken.unwrap();
            }
            let identity: &[&str] = match table {
                Table::Processes => &["boot_id", "pid", "start_ticks"],
                Table::Cgroups => &["boot_id", "cgroup", "hierarchy"],
                Table::Host => &["boot_id"],
            };
            let key = |row: &[(String, Field)]| {
                let cells: BTreeMap<&str, &Field> =
                    row.iter().map(|(name, cell)| (name.as_str(), cell)).collect();
                let of = |name: &&str| match cells[name] {
                    Field::Long(number) => (*number, String::new()),
                    Field::Str(text) => (0, text.clone()),
                    other => panic!("{other:?}"),
                };
                identity.iter().map(of).collect::<Vec<_>>()
            };
            rows.sort_by_key(|row| key(row));
            let reader = reader(&written(table, &snapshots));
            let found: Vec<Vec<(String, Field)>> = reader
                .get_row_iter(None)
                .unwrap()
                .map(|row| {
                    row.unwrap().get_column_iter().map(|(name, cell)| (name.clone(), cell.clone())).collect()
                })
                .collect();
            assert_eq!(found.len(), rows.len(), "{table:?}");
            for (found, row) in found.iter().zip(&rows) {
                assert_eq!(found, row, "{table:?}");
            }
        }
    }

    /// A synthetic day: 1,440 snapshots of some 500 processes, of which five come each minute.
    ///
    /// The clocks jitter by up to 20 ms, as timers do; on even minutes they would cost nothing.
    #[test]
    fn a_day_takes_at_most_three_bytes_for_each_process_of_each_snapshot() {
        let (mut world, mut dice) = (World::new(490, 100), Dice(7));
        let mut files = Table::ALL.map(|table| Parquet::new(table, Vec::new()).unwrap());
        let mut workloads = Workloads::default();
        for _ in 0..1_440 {
            world.minute();
            let late = dice.below(20_000);
            world.pass(late);
            world.set_wall_clock(i64::try_from(late).unwrap());
            let snapshot = world.snapshot();
            files.iter_mut().for_each(|file| file.push(&snapshot, &mut workloads).unwrap());
        }
        for (table, file) in Table::ALL.into_iter().zip(files) {
            let (file, rows) = file.finish().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a few bytes more or less do not matter")]
            let each = file.len() as f64 / rows as f64;
            println!("{}: {} bytes for {rows} rows: {each:.2} bytes each", table.name(), file.len());
            let reader = reader(&file);
            for (at, column) in table.columns().iter().filter(|column| column.name != "host").enumerate() {
                let groups = reader.metadata().row_groups().iter();
                let size: i64 = groups.map(|group| group.column(at).compressed_size()).sum();
                println!("  {}: {size}", column.name);
            }
            if table == Table::Processes {
                assert!((1_440 * 495..1_440 * 505).contains(&rows), "{rows}");
                assert!(each <= 3.0, "{each:.2} bytes each");
            }
        }
    }
}
