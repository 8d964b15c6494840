//! `oomkit snap` questions: a history that is known beforehand, asked by each verb in each format.

use std::{fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    limit::Limit,
    units::{Bytes, SinceBoot},
};
use oomkit_snap::{
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Hierarchy, Meminfo, Moment, Process, Snapshot, StartTicks},
    store::{Options, Store},
};

use super::run::{EXAMPLE, Ran, oomkit};

/// When the first snapshot was taken.
const FIRST: &str = "2026-05-10T12:00:00Z";

/// A name that would color a terminal, be a formula in a sheet, and markup in a page.
const HOSTILE: &[u8] = b"=1+1\x1b[31m<b>|";

/// Keeps 90 minutes of a host: a leak of 20 MiB a minute below a limit of 4 GiB, beside what stays.
fn history(path: &Path) {
    let mut store = Store::open(path, Options::default()).unwrap();
    let first: Timestamp = FIRST.parse().unwrap();
    for minute in 0..90_u64 {
        let micros = minute * 60_000_000;
        let at =
            Timestamp::from_microsecond(first.as_microsecond() + i64::try_from(micros).unwrap()).unwrap();
        let clock = 1_000_000_000 + micros;
        let moment = Moment::new(
            BootId::new(b"boot"),
            BootClock::from_micros(clock),
            Some(SinceBoot::from_micros(clock)),
            at,
            Offset::UTC,
        );
        let mut snapshot = Snapshot::at(moment);
        let size = |mib: u64| Bytes::new(mib << 20);
        let leaked = 200 + minute * 20;
        let sizes = [
            ("MemTotal", size(16 << 10)),
            ("MemAvailable", size((8 << 10) - leaked)),
            ("MemFree", size((8 << 10) - leaked)),
            ("AnonPages", size(1000 + leaked)),
        ];
        let sizes = sizes.map(|(key, size)| (Name::from(key), size)).into();
        snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
        let process = |pid, name: &[u8], mib, cgroup: &str| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(77), Comm::new(name));
            process.uid = Some(Uid::new(pid / 100));
            process.rss_anon_bytes = Some(size(mib));
            process.rss_bytes = process.rss_anon_bytes;
            process.cgroup = Some(Name::from(cgroup));
            process
        };
        let mut processes = vec![
            process(100, b"leaker", leaked, "/system.slice/leak.service"),
            process(200, b"java", 500 + minute % 3, "/system.slice/java.service"),
            process(300, HOSTILE, 300, "/user.slice"),
        ];
        if minute < 45 {
            processes.push(process(400, b"early", 50, "/user.slice"));
        }
        snapshot.processes = Some(processes);
        let cgroup = |path: &str, mib, limit| Cgroup {
            path: Name::from(path),
            hierarchy: Hierarchy::V2,
            usage_bytes: Some(size(mib)),
            limit_bytes: Some(limit),
            ..Cgroup::default()
        };
        snapshot.cgroups = Some(vec![
            cgroup("/system.slice/leak.service", leaked, Limit::At(size(4096))),
            cgroup("/system.slice/java.service", 500 + minute % 3, Limit::Max),
        ]);
        snapshot.sort();
        store.write(&snapshot).unwrap();
    }
}

/// A store with the history, in a folder of its own.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        history(&folder.path().join("snapshots.db"));
        Self { folder }
    }

    fn store(&self) -> String {
        self.folder.path().join("snapshots.db").to_str().unwrap().to_owned()
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        let store = self.store();
        let all = ["--width", "300", "snap"].iter().chain(arguments).copied();
        oomkit(all.chain(["--store", &store]).collect::<Vec<_>>())
    }
}

#[test]
fn the_trend_names_the_leak_its_slope_and_the_time_to_the_limit() {
    let world = World::new();
    let json = world.ask(&["trend", "--by", "cgroup", "--format", "json"]).ends(0).json();
    assert_eq!(
        (json["schema"].as_str(), json["snapshots"].as_u64()),
        (Some("oomkit.snapshot-trend/v1"), Some(90))
    );
    let leak = &json["subjects"][0];
    assert_eq!(leak["subject"]["cgroup"][0], "/system.slice/leak.service", "{leak}");
    let slope = leak["trend"]["verdict"]["per_hour_bytes"].as_i64().unwrap();
    assert_eq!(slope >> 20, 1200);
    // It holds 1980 MiB, so 2116 MiB are left, at 20 MiB a minute.
    let likely = leak["arrival"]["likely_seconds"].as_f64().unwrap();
    assert!((likely - 2116.0 / 20.0 * 60.0).abs() < 2.0, "{likely}");
    assert_eq!(leak["history"].as_array().unwrap().len(), 90);

    let text = world.ask(&["trend"]).ends(0).out;
    let answer = text.lines().next().unwrap();
    let expected =
        "/system.slice/leak.service grows by 1.2 GiB an hour; at this rate it reaches 4.0 GiB in 1 h 45 min";
    assert!(answer.contains(expected), "{text}");
    let row = |name: &str| text.lines().find(|line| line.contains(name) && line.contains("level"));
    assert!(row("java").is_some(), "{text}");

    let few = world.ask(&["trend", "--until", "2026-05-10T12:03:00Z"]).ends(0).out;
    assert!(few.contains("4 snapshots are too few to tell what grows"), "{few}");
}

#[test]
fn a_time_means_the_last_snapshot_before_it() {
    let world = World::new();
    let at = |time: &str| world.ask(&["at", time, "--format", "json"]).ends(0).json();
    let anon = |json: &serde_json::Value| json["meminfo"]["AnonPages"].as_u64().unwrap() >> 20;
    assert_eq!(anon(&at("2026-05-10T12:10:30Z")), 1000 + 200 + 10 * 20);
    assert_eq!(anon(&at("11")), anon(&at("2026-05-10T12:10:00Z")));
    assert_eq!(anon(&at("now")), 1000 + 200 + 89 * 20);
    let text = world.ask(&["show", "2026-05-10T12:10:30Z"]).ends(0).out;
    assert!(
        text.contains("snapshot 11 is the nearest one before 2026-05-10T12:10:30Z; it is 30 s older"),
        "{text}"
    );

    let ahead = world.ask(&["show", "2999-01-01"]).ends(0).out.replace("\n", " ");
    assert!(ahead.contains("is yet to come; snapshot 90 is the newest before it"), "{ahead}");

    let early = world.ask(&["at", "2026-05-10T11:59:59Z"]).ends(3);
    assert!(early.err.contains("no snapshot before"), "{}", early.err);
    let nonsense = world.ask(&["at", "soon"]).ends(2);
    assert!(
        nonsense.err.contains("neither the number of a snapshot nor a point in time"),
        "{}",
        nonsense.err
    );
    let missing = world.ask(&["show", "91"]).ends(3);
    assert!(
        missing.err.contains("there is no such snapshot") && missing.err.contains("91"),
        "{}",
        missing.err
    );
    let list = world.ask(&["list", "--since", "2026-05-10T13:00Z", "--format", "json"]).ends(0).json();
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 30);
}

#[test]
fn a_diff_tells_who_grew_came_and_went() {
    let world = World::new();
    let csv = world.ask(&["diff", "1", "90", "--by", "process", "--format", "csv"]).ends(0).out;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("pid,comm,fate,change_bytes,before_bytes,after_bytes"));
    let mib = |mib: i64| (mib << 20).to_string();
    assert_eq!(
        lines.next(),
        Some(format!("100,leaker,grew,{},{},{}", mib(1780), mib(200), mib(1980)).as_str())
    );
    assert_eq!(lines.next(), Some(format!("400,early,went,{},{},", mib(-50), mib(50)).as_str()));
    assert_eq!(lines.next(), Some(format!("200,java,grew,{},{},{}", mib(2), mib(500), mib(502)).as_str()));
    assert_eq!(lines.next(), None);

    let back = world.ask(&["diff", "90", "1"]).ends(0).out;
    assert!(back.contains("early came and holds the most: +50"), "{back}");
    assert!(back.contains("the first of the two is the later one"), "{back}");
    for (by, key) in [
        ("name", "leaker"),
        ("user", "1"),
        ("cgroup", "/system.slice/leak.service"),
        ("unit", "leak.service"),
    ] {
        let csv = world.ask(&["diff", "1", "--by", by, "--format", "csv"]).ends(0).out;
        let row = csv.lines().nth(1).unwrap();
        assert!(row.starts_with(&format!("{key},grew,{}", mib(1780))), "{by}: {csv}");
    }
    let text = world.ask(&["diff", "1", "2"]).ends(0).out;
    assert!(text.contains("leaker grew the most: +20"), "{text}");
    let pods = world.ask(&["diff", "1", "2", "--by", "pod"]).ends(0).out;
    assert!(pods.contains("what is in no pod grew the most"), "{pods}");
    assert!(text.contains("anonymous"), "{text}");
}

#[test]
fn the_top_has_the_largest_first_by_every_grouping() {
    let world = World::new();
    for (by, first, mib) in [
        ("process", "100,leaker", 1980_u64),
        ("name", "leaker", 1980),
        ("user", "1", 1980),
        ("unit", "leak.service", 1980),
        ("cgroup", "/system.slice/leak.service", 1980),
        ("members", "/system.slice/leak.service", 1980),
        // Programs read nothing where there is no name.
        ("pod", "", 1980 + 502 + 300),
    ] {
        let csv = world.ask(&["top", "--by", by, "--format", "csv"]).ends(0).out;
        let row = csv.lines().nth(1).unwrap();
        assert!(row.starts_with(&format!("{first},{}", mib << 20)), "{by}: {csv}");
    }
    let text = world.ask(&["top", "-n", "1"]).ends(0).out;
    assert!(text.contains("2 more are left out"), "{text}");
    let refused = world.ask(&["top", "--by", "cgroup", "--sort", "anon"]).ends(2);
    assert!(refused.err.contains("--by members"), "{}", refused.err);
}

#[test]
fn a_page_says_at_its_head_what_it_is() {
    let world = World::new();
    let store = world.store();
    let page = |arguments: &[&str]| {
        let out = oomkit([arguments, &["--format", "html"]].concat()).out;
        let (_, rest) = out.split_once("<p class=\"kind\">").expect("a head");
        rest.split_once('<').expect("an end").0.to_owned()
    };
    for (arguments, expected) in [
        (&["snap", "show", "--store", &store][..], "Memory snapshots"),
        (&["snap", "trend", "--store", &store], "Memory snapshots"),
        (&["recommend", "--store", &store], "Memory limits"),
        (&["audit", "--root", "tests/fixtures/hosts/v1_docker.capture"], "Memory limits"),
        (&["decode", EXAMPLE], "Out-of-memory report"),
        (&["postmortem", EXAMPLE, "--store", &store], "Out-of-memory report"),
    ] {
        assert_eq!(page(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn no_name_reaches_a_terminal_a_page_or_a_sheet_as_it_is() {
    let world = World::new();
    let verbs: [&[&str]; 5] =
        [&["show"], &["top"], &["diff", "1"], &["trend"], &["trend", "--by", "process"]];
    for verb in verbs {
        for format in ["text", "json", "markdown", "html", "csv"] {
            let out = world.ask(&[verb, &["--format", format]].concat()).ends(0).out;
            assert!(!out.contains('\u{1b}'), "{verb:?} {format}: {out}");
            let is_markup = matches!(format, "markdown" | "html");
            assert!(!is_markup || !out.contains("<b>|"), "{verb:?} {format}: {out}");
            assert!(format != "csv" || !out.lines().any(|line| line.starts_with('=')), "{out}");
        }
    }
    let top = world.ask(&["top", "--format", "csv"]).ends(0).out;
    assert!(top.contains("\n'=1+1"), "{top}");
}

#[test]
fn a_store_is_verified_and_thinned_out() {
    let world = World::new();
    let sound = world.ask(&["verify"]).ends(0).out;
    assert!(sound.contains("The store is sound: 90 snapshots can be read"), "{sound}");
    // All of it is older than a day, and the steps are measured from now.
    world.ask(&["prune", "--keep", "30m:36500d", "--at-once", "1000"]).ends(0);
    let json = world.ask(&["list", "--format", "json"]).ends(0).json();
    let left = json["snapshots"].as_array().unwrap().len();
    assert!((3..=5).contains(&left), "{left}");
    world.ask(&["verify"]).ends(0);
    world.ask(&["prune", "--keep", "1h:1d,1m:1h"]).ends(2);
    oomkit(["snap", "prune", "--store", "/nonexistent/snapshots.db"]).ends(3);

    // Half of the pages are written over: what is left is told, and nothing is mended.
    let path = world.store();
    let mut bytes = fs::read(&path).unwrap();
    let from = bytes.len() / 2;
    bytes.iter_mut().skip(from).for_each(|byte| *byte = 0xa5);
    fs::write(&path, &bytes).unwrap();
    let ran = world.ask(&["verify", "--format", "json"]).ends(5);
    assert!(ran.err.contains("damaged") || ran.out.contains("\"what\""), "{}{}", ran.out, ran.err);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn each_answer_is_what_its_schema_says() {
    let world = World::new();
    for (schema, verb) in [
        ("snapshots", &["list"][..]),
        ("snapshot", &["show"]),
        ("snapshot-top", &["top", "--by", "process"]),
        ("snapshot-top", &["top", "--by", "cgroup"]),
        ("snapshot-diff", &["diff", "1", "90", "--by", "user"]),
        ("snapshot-diff", &["diff", "1", "90", "--by", "process"]),
        ("snapshot-trend", &["trend"]),
        ("snapshot-trend", &["trend", "--by", "process"]),
        ("snapshot-verify", &["verify"]),
    ] {
        let validator =
            jsonschema::validator_for(&oomkit(["generate", "schema", schema]).ends(0).json()).unwrap();
        let json = world.ask(&[verb, &["--format", "json"]].concat()).ends(0).json();
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{schema}");
        assert_eq!(json["schema"].as_str().unwrap(), format!("oomkit.{schema}/v1"));
    }
}
