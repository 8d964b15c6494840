//! `oomkit snap export`: what other programs get, held against the store and against hostile names.

use std::{fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    limit::Limit,
    units::{Bytes, SinceBoot},
};
use oomkit_snap::{
    export::Table,
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Hierarchy, Meminfo, Moment, Process, Snapshot, StartTicks},
    store::{Options, Store},
};

use super::run::{Ran, oomkit};

/// A name that is a formula, moves a cursor, ends a cell and a line, and is no UTF-8.
const HOSTILE: &[u8] = b"=1+1\x1b[31m\"\n,\xff";

/// When the first snapshot was taken: three minutes before a day of UTC ends.
const FIRST: &str = "2026-05-10T23:57:00Z";

fn snapshot(minute: u64) -> Snapshot {
    let first: Timestamp = FIRST.parse().unwrap();
    let micros = minute * 60_000_000;
    let at = first.as_microsecond() + i64::try_from(micros).unwrap();
    let moment = Moment::new(
        BootId::new(b"boot"),
        BootClock::from_micros(9_000_000_000 + micros),
        Some(SinceBoot::from_micros(8_000_000_000 + micros)),
        Timestamp::from_microsecond(at).unwrap(),
        Offset::constant(2),
    );
    let mut snapshot = Snapshot::at(moment);
    snapshot.host.name = Some(Name::new(b"web/7=\xff"));
    snapshot.host.machine_id = Some(Name::from("0123456789abcdef"));
    let sizes = [("MemTotal", 16 << 30), ("MemAvailable", 8 << 30)];
    snapshot.machine.meminfo = Some(Meminfo {
        sizes: sizes.map(|(key, size)| (Name::from(key), Bytes::new(size))).into(),
        ..Meminfo::default()
    });
    let mut known = Process::new(Pid::new(7), StartTicks::new(77), Comm::new(HOSTILE));
    known.uid = Some(Uid::new(1000));
    known.rss_bytes = Some(Bytes::new(4096 * (minute + 1)));
    known.swap_bytes = Some(Bytes::ZERO);
    known.cgroup = Some(Name::from("/system.slice/web.service"));
    known.command_line = Some(Name::new(b"/usr/bin/web\0--port\x0080\0"));
    let unknown = Process::new(Pid::new(8), StartTicks::new(78), Comm::new(b"bare"));
    snapshot.processes = Some(vec![known, unknown]);
    let group = |path: &str, limit| Cgroup {
        path: Name::from(path),
        hierarchy: Hierarchy::V2,
        usage_bytes: Some(Bytes::new(1 << 20)),
        limit_bytes: limit,
        ..Cgroup::default()
    };
    snapshot.cgroups = Some(vec![
        group("/system.slice/web.service", Some(Limit::At(Bytes::new(1 << 30)))),
        group("/a\"b\\c\nd", Some(Limit::Max)),
        group("/user.slice", None),
    ]);
    snapshot.sort();
    snapshot
}

/// A store of six minutes, in a folder of its own.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("s.db"), Options::default()).unwrap();
        for minute in 0..6 {
            store.write(&snapshot(minute)).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn export(&self, arguments: &[&str]) -> Ran {
        let store = self.path("s.db");
        let all = ["snap", "export", "--store", &store].into_iter().chain(arguments.iter().copied());
        oomkit(all.collect::<Vec<_>>())
    }

    /// Writes over a piece of the newest frame, which SQLite puts before the older ones of its page.
    fn damage(&self) {
        const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
        let path = self.path("s.db");
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(FRAME.len()).position(|window| window == FRAME).expect("a compressed frame");
        bytes[at..at + 12].fill(0xa5);
        fs::write(Path::new(&path), bytes).unwrap();
    }
}

/// Returns the rows of CSV by the names of their columns.
fn rows(csv: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row =
        |row: csv::StringRecord| names.iter().map(str::to_owned).zip(row.iter().map(Into::into)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn rows_have_what_the_store_has_and_nothing_for_what_is_not_known() {
    let world = World::new();
    let csv = world.export(&["--to", "csv"]).ends(0).out;
    assert!(!csv.contains('\x1b'), "{csv}");
    let rows = rows(&csv);
    assert_eq!(rows.len(), 12);
    for (at, (key, value)) in [
        ("host", "web/7=\\xff"),
        ("boot_id", "boot"),
        ("boot_clock_us", "9300000000"),
        ("since_boot_us", "8300000000"),
        ("time", "2026-05-11T00:02:00Z"),
        ("utc_offset_s", "7200"),
        ("pid", "7"),
        ("start_ticks", "77"),
        ("ppid", ""),
        ("uid", "1000"),
        ("comm", "'=1+1\\x1b[31m\"\\n,\\xff"),
        ("command", "/usr/bin/web --port 80"),
        ("cgroup", "/system.slice/web.service"),
        ("unit", "web.service"),
        ("pod_uid", ""),
        ("rss_bytes", "24576"),
        ("rss_anon_bytes", ""),
        ("swap_bytes", "0"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(rows[10][key], value, "{at}");
    }
    let bare = &rows[11];
    assert!(bare.iter().filter(|(key, _)| key.ends_with("_bytes")).all(|(_, value)| value == ""), "{bare:?}");
    let names: Vec<&str> = Table::Processes.columns().iter().map(|column| column.name).collect();
    assert_eq!(csv.lines().next(), Some(names.join(",").as_str()));
}

#[test]
fn both_formats_say_the_same_of_every_table() {
    let world = World::new();
    for table in Table::ALL {
        let csv = rows(&world.export(&["--to", "csv", "--table", table.name()]).ends(0).out);
        let lines = world.export(&["--to", "ndjson", "--table", table.name()]).ends(0).out;
        let objects: Vec<serde_json::Map<_, _>> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(csv.len(), objects.len(), "{table:?}");
        for (row, object) in csv.iter().zip(&objects) {
            assert_eq!(object.len(), table.columns().len());
            for (key, value) in object {
                let said = match value {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => {
                        oomkit_core::ident::no_formula(&oomkit_core::ident::visible(text.as_bytes()))
                            .into_owned()
                    }
                    other => other.to_string(),
                };
                assert_eq!(row[key], said, "{table:?} {key}");
            }
        }
    }
    let groups = rows(&world.export(&["--to", "csv", "--table", "cgroups"]).ends(0).out);
    let limits: Vec<_> = groups[..3]
        .iter()
        .map(|row| ["cgroup", "limit_bytes", "limit_is_max"].map(|key| row[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        limits,
        [
            ["/a\"b\\c\\nd", "", "true"],
            ["/system.slice/web.service", "1073741824", "false"],
            ["/user.slice", "", ""]
        ]
    );
}

#[test]
fn only_what_is_asked_for_is_written() {
    let world = World::new();
    let since = ["--to", "csv", "--table", "host", "--since", "2026-05-11T00:00:00Z"];
    let times = |ran: &Ran| rows(&ran.out).iter().map(|row| row["time"].to_string()).collect::<Vec<_>>();
    assert_eq!(times(&world.export(&since).ends(0)).len(), 3);
    let one = world.export(&[&since[..], &["--until", "2026-05-11T00:00:30Z"]].concat()).ends(0);
    assert_eq!(times(&one), ["\"2026-05-11T00:00:00Z\""]);
    // No snapshot is no row, and the names of the columns are still there.
    let none = world.export(&["--to", "csv", "--since", "2027-01-01"]).ends(0).out;
    assert!(none.starts_with("host,") && none.lines().count() == 1, "{none}");
    world.export(&[]).ends(2);
    let out = world.path("rows.csv");
    assert_eq!(world.export(&["--to", "csv", "--output", &out]).ends(0).out, "");
    assert_eq!(rows(&fs::read_to_string(out).unwrap()).len(), 12);
}

#[test]
fn names_of_containers_are_added_where_they_are_given() {
    let id = "4f5e6d7c8b9a4f5e6d7c8b9a4f5e6d7c8b9a4f5e6d7c8b9a4f5e6d7c8b9a0001";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut store = Store::open(&path, Options::default()).unwrap();
    let mut snapshot = snapshot(0);
    let path_of = Name::from(format!("/system.slice/docker-{id}.scope").as_str());
    snapshot.processes.as_mut().unwrap()[0].cgroup = Some(path_of);
    store.write(&snapshot).unwrap();
    let names = folder.path().join("names.json");
    let inspected =
        format!(r#"[{{"Id":"{id}","Name":"/shop","Config":{{"Image":"registry.example/shop:1"}}}}]"#);
    fs::write(&names, inspected).unwrap();
    let (store, names) = (path.to_str().unwrap(), names.to_str().unwrap());
    let all = ["snap", "export", "--store", store, "--to", "csv", "--names", names];
    let row = &rows(&oomkit(all).ends(0).out)[0];
    let found = ["container_id", "container", "image"].map(|key| row[key].as_str().unwrap());
    assert_eq!(found, [id, "shop", "registry.example/shop:1"]);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_written() {
    let world = World::new();
    world.damage();
    let ran = world.export(&["--to", "ndjson", "--table", "host"]).ends(5);
    let left = ran.out.lines().count();
    assert!(0 < left && left < 6, "{left}");
    let said = format!("{} of 6 snapshots cannot be read", 6 - left);
    assert!(ran.err.contains(&said) && ran.err.contains("snapshot 6 is left out"), "{}", ran.err);
}

/// Reads OpenMetrics as its specification wants it: families whole and once, samples once, an end.
fn series(text: &str) -> std::collections::BTreeMap<String, String> {
    let (body, end) = text.split_at(text.len() - "# EOF\n".len());
    assert_eq!(end, "# EOF\n");
    let (mut families, mut samples) = (Vec::new(), std::collections::BTreeMap::new());
    let mut kind = "";
    for line in body.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let family = families.last().cloned().unwrap_or_default();
        match words[..] {
            ["#", "HELP", name, _] => {
                assert!(!families.contains(&name.to_owned()), "{name} stands twice");
                families.push(name.to_owned());
                kind = "";
            }
            ["#", "TYPE", name, of] => {
                assert_eq!(name, family);
                assert!(["gauge", "counter"].contains(&of), "the textfile collector knows no {of}");
                kind = of;
            }
            ["#", "UNIT", name, unit] => {
                assert!(name == family && name.ends_with(&format!("_{unit}")), "{line}")
            }
            _ => {
                let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
                let end = if kind == "counter" { "_total" } else { "" };
                assert_eq!(name, format!("{family}{end}"));
                let (labels, value) = rest.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                check_labels(labels);
                assert!(
                    samples.insert(format!("{name}{labels}"), value.to_owned()).is_none(),
                    "{line} twice"
                );
            }
        }
    }
    samples
}

/// Reads `{name="value",…}`, where a backslash stands before itself, a quote or an n.
fn check_labels(labels: &str) {
    let Some(mut rest) = labels.strip_prefix('{') else { return assert_eq!(labels, "") };
    loop {
        let (name, value) = rest.split_once("=\"").unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{labels}");
        let (mut end, mut escaped) = (None, false);
        for (at, c) in value.char_indices() {
            assert!(!c.is_control() && (!escaped || ['\\', '"', 'n'].contains(&c)), "{labels}");
            if c == '"' && !escaped {
                end = Some(at);
                break;
            }
            escaped = c == '\\' && !escaped;
        }
        rest = value.split_at(end.unwrap() + 1).1;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return assert_eq!(rest, "}"),
        }
    }
}

#[test]
fn the_newest_snapshot_becomes_series() {
    let world = World::new();
    let path = world.path("oomkit.prom");
    world.export(&["--to", "openmetrics", "--output", &path]).ends(0);
    let found = series(&fs::read_to_string(&path).unwrap());
    for (key, value) in [
        ("oomkit_snapshot_time_seconds", "1778457720.000000"),
        ("oomkit_host_memory_bytes", "17179869184"),
        ("oomkit_host_processes", "2"),
        ("oomkit_host_cgroups", "3"),
        (r#"oomkit_cgroup_usage_bytes{cgroup="/a\"b\\c\\nd",hierarchy="v2"}"#, "1048576"),
        (r#"oomkit_cgroup_limit_bytes{cgroup="/system.slice/web.service",hierarchy="v2"}"#, "1073741824"),
        (r#"oomkit_name_processes{name="=1+1\\x1b[31m\"\\n,\\xff"}"#, "1"),
        (r#"oomkit_name_swap_bytes{name="=1+1\\x1b[31m\"\\n,\\xff"}"#, "0"),
    ] {
        assert_eq!(found.get(key).map(String::as_str), Some(value), "{key}: {found:#?}");
    }
    // What is not known has no series: neither a limit that is not there, nor memory that was not read.
    let absent = |start: &str| !found.keys().any(|key| key.starts_with(start));
    assert!(absent(r#"oomkit_cgroup_limit_bytes{cgroup="/user.slice""#) && absent("oomkit_host_free_bytes"));
    assert!(absent(r#"oomkit_name_own_bytes{name="bare""#), "{found:#?}");

    let few = series(&world.export(&["--to", "openmetrics", "--top", "1"]).ends(0).out);
    let groups = few.keys().filter(|key| key.starts_with("oomkit_cgroup_usage_bytes")).count();
    assert_eq!((groups, few["oomkit_host_cgroups"].as_str()), (1, "3"));

    for wrong in [&["--table", "host"][..], &["--names", "host"], &["--to", "csv", "--top", "1"]] {
        let to: &[&str] = if wrong[0] == "--to" { &[] } else { &["--to", "openmetrics"] };
        world.export(&[to, wrong].concat()).ends(2);
    }
}

#[test]
fn series_that_cannot_be_made_leave_the_old_ones() {
    let world = World::new();
    let path = world.path("oomkit.prom");
    fs::write(&path, "old").unwrap();
    world.damage();
    world.export(&["--to", "openmetrics", "--output", &path]).ends(5);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    world.export(&["--to", "openmetrics", "--since", "2027-01-01"]).ends(3);
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::{fs, path::PathBuf};

    use super::{Options, Store, World, snapshot};
    /// Returns the files below a folder, by their paths in it.
    fn files(folder: &str) -> Vec<String> {
        let below = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        xtask::workspace::files(folder.as_ref()).unwrap().iter().map(below).collect()
    }

    fn path(table: &str, day: u8) -> String {
        format!("{table}/date=2026-05-{day}/host=web%2F7%3D%5Cxff/machine-0123456789abcdef.parquet")
    }

    #[test]
    fn each_table_has_a_file_for_each_day_of_a_host_and_it_is_written_once() {
        let world = World::new();
        let out = world.path("parquet");
        let ran = world.export(&["--to", "parquet", "--output", &out]).ends(0);
        assert!(ran.err.contains("6 files written"), "{}", ran.err);
        let mut expected: Vec<String> = ["cgroups", "host", "processes"]
            .iter()
            .flat_map(|table| [path(table, 10), path(table, 11)])
            .collect();
        expected.sort();
        assert_eq!(files(&out), expected);
        // Fewer snapshots are left of the day, as after thinning; the fuller file stays until it is asked for.
        let first = PathBuf::from(&out).join(path("host", 10));
        let full = fs::read(&first).unwrap();
        let less = ["--to", "parquet", "--output", &out, "--since", "2026-05-10T23:58:30Z"];
        let ran = world.export(&less).ends(0);
        assert!(ran.err.contains("0 files written; 6 are there already"), "{}", ran.err);
        assert_eq!(fs::read(&first).unwrap(), full);
        // An export that was ended too early has left what the file stands for.
        for left in [".open.parquet", ".incomplete.parquet"] {
            fs::write(PathBuf::from(&out).join(path("host", 10).replace(".parquet", left)), "left").unwrap();
        }
        world.export(&less).ends(0);
        assert_eq!(files(&out), expected);
        let again = world.export(&[&less[..], &["--again", "--table", "host"]].concat()).ends(0);
        assert!(again.err.contains("2 files written"), "{}", again.err);
        assert!(fs::read(&first).unwrap() != full);
        assert_eq!(files(&out), expected);
    }

    #[test]
    fn a_day_that_is_not_over_is_written_only_where_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let mut store = Store::open(folder.path().join("s.db").as_path(), Options::default()).unwrap();
        let mut today = snapshot(0);
        // Whatever the day is on which this runs, it is not over.
        let offset = today.moment.offset();
        today.moment = oomkit_snap::snapshot::Moment::new(
            today.moment.boot_id.clone(),
            today.moment.boot_clock,
            None,
            jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24),
            offset,
        );
        store.write(&today).unwrap();
        let (store, out) = (path("s.db"), path("out"));
        let all = ["snap", "export", "--store", &store, "--to", "parquet", "--output", &out];
        let ran = super::oomkit(all).ends(0);
        assert!(ran.err.contains("0 files written; a day that is not over is left out"), "{}", ran.err);
        assert!(!PathBuf::from(&out).exists());
        for _ in 0..2 {
            let ran = super::oomkit([&all[..], &["--open-days", "--table", "host"]].concat()).ends(0);
            assert!(ran.err.contains("1 file written"), "{}", ran.err);
        }
        let [file] = &files(&out)[..] else { panic!("{:?}", files(&out)) };
        assert!(file.ends_with("/machine-0123456789abcdef.open.parquet"), "{file}");
    }

    #[test]
    fn a_folder_has_to_be_named_and_damage_is_said() {
        let world = World::new();
        world.export(&["--to", "parquet"]).ends(2);
        world.export(&["--to", "csv", "--again"]).ends(2);
        let sound = fs::read(world.path("s.db")).unwrap();
        world.damage();
        let out = world.path("out");
        let ran = world.export(&["--to", "parquet", "--output", &out, "--table", "host"]).ends(5);
        assert!(ran.err.contains("snapshot 6 is left out"), "{}", ran.err);
        let lack = "without snapshots that could not be read";
        assert!(ran.err.contains(&format!("2 files written, 1 of them {lack}")), "{}", ran.err);
        let incomplete = path("host", 11).replace(".parquet", ".incomplete.parquet");
        assert_eq!(files(&out), [path("host", 10), incomplete.clone()]);
        // It is not forgotten, and not written anew: what cannot be read is no more readable now.
        let written = fs::read(PathBuf::from(&out).join(&incomplete)).unwrap();
        let ran = world.export(&["--to", "parquet", "--output", &out, "--table", "host"]).ends(0);
        assert!(ran.err.contains("0 files written; 2 are there already"), "{}", ran.err);
        assert!(ran.err.contains(&format!(", 1 of them {lack}")), "{}", ran.err);
        assert_eq!(fs::read(PathBuf::from(&out).join(&incomplete)).unwrap(), written);
        // A store that is whole again gives a whole day, and a day is never there twice.
        fs::write(world.path("s.db"), &sound).unwrap();
        let again = ["--to", "parquet", "--output", &out, "--table", "host", "--again"];
        let ran = world.export(&again).ends(0);
        assert!(!ran.err.contains(lack), "{}", ran.err);
        assert_eq!(files(&out), [path("host", 10), path("host", 11)]);
        world.damage();
        world.export(&again).ends(5);
        assert_eq!(files(&out), [path("host", 10), incomplete]);
        fs::write(world.path("file"), "mine").unwrap();
        world.export(&["--to", "parquet", "--output", &world.path("file")]).ends(4);
        assert_eq!(fs::read_to_string(world.path("file")).unwrap(), "mine");
    }
}
