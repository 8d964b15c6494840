//! `oomkit recommend`, and `oomkit audit --history`: two days of a host whose needs are known beforehand.

use std::{fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    limit::Limit,
    units::{Bytes, SinceBoot},
};
use oomkit_snap::{
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Hierarchy, Meminfo, Moment, Snapshot},
    store::{Options, Store},
};
use serde_json::Value;

use super::run::oomkit;

/// A service, by what it needs at a moment in MiB, and by what else it is charged for.
fn cgroup(path: &str, needs: u64, cache: u64, limit: Option<u64>, kills: u64) -> Cgroup {
    let size = |mib: u64| Bytes::new(mib << 20);
    Cgroup {
        path: Name::from(path),
        hierarchy: Hierarchy::V2,
        usage_bytes: Some(size(needs + cache)),
        limit_bytes: Some(limit.map_or(Limit::Max, |mib| Limit::At(size(mib)))),
        stat: Some([(Name::from("inactive_file"), cache << 20)].into()),
        events: Some([(Name::from("oom_kill"), kills)].into()),
        ..Cgroup::default()
    }
}

/// Keeps two days from a Monday on, a snapshot in ten minutes.
fn history(path: &Path) {
    const STEPS: u64 = 2 * 144;
    let mut store = Store::open(path, Options::default()).unwrap();
    let monday: Timestamp = "2026-05-11T00:00:00Z".parse().unwrap();
    for step in 0..STEPS {
        let micros = step * 600_000_000;
        let at =
            Timestamp::from_microsecond(monday.as_microsecond() + i64::try_from(micros).unwrap()).unwrap();
        let clock = 1_000_000 + micros;
        let since_boot = Some(SinceBoot::from_micros(clock));
        let boot = BootId::new(b"boot");
        let mut snapshot =
            Snapshot::at(Moment::new(boot, BootClock::from_micros(clock), since_boot, at, Offset::UTC));
        let sizes = [("MemTotal", 16_u64 << 34), ("MemAvailable", 8 << 34)];
        let sizes = sizes.map(|(key, size)| (Name::from(key), Bytes::new(size))).into();
        snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
        // At two on Tuesday afternoon everybody comes.
        let nginx = if step == 144 + 14 * 6 { 300 } else { 100 + step % 7 };
        let mut cgroups = vec![
            cgroup("/system.slice", 4000, 0, None, 0),
            cgroup("/system.slice/nginx.service", nginx, 900, None, 0),
            cgroup("/system.slice/leak.service", 100 + step * 3, 0, None, 0),
            cgroup("/system.slice/small.service", 60 + step % 3, 0, Some(64), step / 100),
        ];
        if STEPS - 3 < step {
            cgroups.push(cgroup("/system.slice/new.service", 50, 0, None, 0));
        }
        snapshot.cgroups = Some(cgroups);
        snapshot.sort();
        store.write(&snapshot).unwrap();
    }
}

fn one<'a>(json: &'a Value, unit: &str) -> &'a Value {
    let workloads = json["workloads"].as_array().unwrap();
    workloads.iter().find(|one| one["workload"]["unit"] == unit).unwrap_or_else(|| panic!("{unit}: {json}"))
}

/// The figure of the history takes the place of the guess, and is the one that `recommend` gives.
#[test]
fn the_decoder_takes_its_figures_from_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshots.db");
    history(&path);
    let store = path.to_str().unwrap();
    let advice = |unit: &str, dump: &str, more: &[&str]| {
        let log = folder.path().join("kern.log");
        let line = |text: String| format!("May 13 10:00:00 host kernel: [  100.500000] {text}\n");
        let text = [
            line(format!("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/{unit},task_memcg=/system.slice/{unit},task=worker,pid=7,uid=0")),
            line("Memory cgroup out of memory: Killed process 7 (worker) total-vm:400000kB, anon-rss:262144kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:600kB oom_score_adj:0".into()),
        ];
        let dump: String = dump.lines().map(|text| line(text.to_owned())).collect();
        fs::write(&log, dump + &text.concat()).unwrap();
        let asked = ["decode", log.to_str().unwrap(), "--timezone", "UTC", "--format", "json"];
        let json = oomkit([&asked, more].concat()).ends(0).json();
        let findings = json["events"][0]["findings"].as_array().unwrap().clone();
        let remedies = findings.iter().filter_map(|finding| finding["remedy"].as_str());
        remedies.collect::<Vec<_>>().join("\n")
    };
    let with = ["--store", store];
    for (unit, words) in [
        ("nginx.service", "384.0 MiB (MemoryMax=384M): it used at most 300.0 MiB in 1 d 23 h of snapshots"),
        ("leak.service", "find its leak first: it grew by 18.0 MiB an hour in 1 d 23 h of snapshots"),
    ] {
        let told = advice(unit, "", &with);
        assert!(told.contains(words), "{words}: {told}");
        assert!(!advice(unit, "", &[]).contains(words), "{unit}");
    }
    // What the store does not know, it says nothing of.
    assert_eq!(advice("other.service", "", &with), advice("other.service", "", &[]));
    // With a dump the log has advice of its own, whose figures the history replaces.
    const DUMP: &str = "\
worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
memory: usage 262144kB, limit 262144kB, failcnt 9
swap: usage 0kB, limit 0kB, failcnt 0";
    let (guess, told) = (advice("nginx.service", DUMP, &[]), advice("nginx.service", DUMP, &with));
    assert!(guess.contains("raise its limit to 320.0 MiB, a fifth above"), "{guess}");
    let figure = "raise its limit to 384.0 MiB (MemoryMax=384M): it used at most 300.0 MiB";
    let short = advice("new.service", DUMP, &with);
    assert!(
        short.contains("a fifth above") && short.contains("the snapshots have only 10 min of it"),
        "{short}"
    );
    assert!(told.contains(figure) && !told.contains("a fifth above"), "{told}");
    oomkit(["decode", "kern.log", "--store", folder.path().join("none.db").to_str().unwrap()]).ends(3);
}

#[test]
fn figures_follow_what_was_needed_and_silence_what_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshots.db");
    history(&path);
    let store = path.to_str().unwrap();
    let ask = |more: &[&str]| {
        oomkit([&["--width", "300", "recommend", "--names", "none", "--store", store], more].concat()).ends(0)
    };
    let json = ask(&["--format", "json"]).json();
    let schema = oomkit(["generate", "schema", "recommend"]).ends(0).json();
    jsonschema::validate(&schema, &json).unwrap();
    assert_eq!(json["workloads"].as_array().unwrap().len(), 4, "a slice is no workload: {json}");

    // 300 MiB and a quarter are 375, in steps of 16; the cache counts for nothing.
    let nginx = one(&json, "nginx.service");
    let mib = |mib: u64| Value::from(mib << 20);
    assert_eq!(nginx["advice"]["limit_bytes"], mib(384));
    assert_eq!(nginx["advice"]["request_bytes"], mib(112));
    assert_eq!(nginx["advice"]["confidence"], "medium");
    assert_eq!((&nginx["busiest"]["weekday"], &nginx["busiest"]["hour"]), (&1.into(), &14.into()));
    assert_eq!(nginx["advice"]["patch"]["text"], "[Service]\nMemoryMax=384M\n");

    let leak = one(&json, "leak.service");
    assert_eq!(leak["advice"]["kind"], "grows");
    let rate = leak["advice"]["rate"]["per_hour_bytes"].as_i64().unwrap() >> 20;
    assert!((17..=18).contains(&rate), "{rate}");
    assert_eq!(one(&json, "new.service")["advice"]["kind"], "too-short");

    // What was cut off at 64 MiB needs more than was seen: half as much again at least.
    let small = one(&json, "small.service");
    assert_eq!((&small["kills"], &small["advice"]["limit_bytes"]), (&2.into(), &mib(96)));

    let text = ask(&["--patches"]).out;
    for words in [
        "Request and limit for 2 of 4 workloads",
        "most on Tue 14:00",
        "its limit is too low; was killed 2 times",
        "find its leak first",
        "watched for 10 min only",
        "/etc/systemd/system/nginx.service.d/50-memory.conf",
        "MemoryMax=384M",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let csv = ask(&["--format", "csv"]).out;
    assert!(
        csv.lines().next().unwrap().starts_with("workload,median_bytes,most_bytes,request_bytes"),
        "{csv}"
    );
    let short = ask(&["--until", "2026-05-11T00:30:00Z"]).out;
    assert!(short.contains("Nothing is certain of 3 workloads yet"), "{short}");
}

/// Audits a folder of units, and returns which rules spoke of which unit.
fn judged(folder: &Path, more: &[&str]) -> Vec<(String, String)> {
    let folder = folder.to_str().unwrap();
    let arguments = [&["audit", folder, "--fail-on", "never", "--format", "json"], more].concat();
    let json = oomkit(arguments).ends(0).json();
    let findings = json["findings"].as_array().unwrap();
    let of_history = findings.iter().filter(|one| matches!(one["code"].as_str(), Some("OKA074" | "OKA077")));
    let told = of_history.map(|one| {
        let message = one["message"].as_str().unwrap();
        let unit = message.split(' ').next().unwrap();
        (one["code"].as_str().unwrap().to_owned(), unit.to_owned())
    });
    told.collect()
}

#[test]
fn limits_are_held_against_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshots.db");
    history(&path);
    let store = path.to_str().unwrap();
    let units = folder.path().join("units");
    fs::create_dir(&units).unwrap();
    for (name, limit) in [
        ("small.service", "MemoryMax=64M"),
        ("nginx.service", "MemoryMax=256M"),
        ("leak.service", ""),
        ("new.service", "MemoryMax=16M"),
        ("unseen.service", "MemoryMax=16M"),
    ] {
        fs::write(units.join(name), format!("[Service]\nExecStart=/usr/bin/x\n{limit}\n")).unwrap();
    }
    assert_eq!(judged(&units, &[]), [], "without a history nothing is said of it");
    let expected = [("OKA077", "leak.service"), ("OKA074", "nginx.service"), ("OKA074", "small.service")];
    let expected = expected.map(|(code, unit)| (code.to_owned(), unit.to_owned()));
    assert_eq!(judged(&units, &["--history", store]), expected);

    let text = oomkit(["--width", "300", "audit", units.to_str().unwrap(), "--history", store]).ends(1).out;
    for words in [
        "nginx.service has MemoryMax=256M, and used 300.0 MiB at most",
        "small.service has MemoryMax=64M, and was killed 2 times at a limit of 64.0 MiB",
        "raise it to 384.0 MiB, a quarter more than that",
        "leak.service grows by 1",
        "The history knows 4 of them.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }

    // The same by a file that lies among the manifests, for machines that have no store.
    let told = oomkit(["recommend", "--names", "none", "--store", store, "--format", "json"]).ends(0).out;
    fs::write(units.join("usage.json"), &told).unwrap();
    assert_eq!(judged(&units, &[]), expected);

    // A later format is said not to be read, and the rest is audited.
    fs::write(units.join("usage.json"), told.replace("oomkit.recommend/v1", "oomkit.recommend/v9")).unwrap();
    let later = oomkit(["audit", units.to_str().unwrap(), "--fail-on", "never"]).ends(3);
    assert!(later.out.contains("this history is of version v9, and v1 can be read"), "{}", later.out);
}

#[test]
fn a_history_without_groups_has_no_table_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/imports/atop.txt");
    let path = path.to_str().unwrap();
    oomkit(["snap", "import", recording, "--from", "atop", "--store", path]).ends(0);
    let text = oomkit(["recommend", "--store", path]).ends(0).out;
    assert!(text.contains("know no workload") && text.contains("oomkit snap take"), "{text}");
    assert!(!text.contains("how sure"), "{text}");
}
