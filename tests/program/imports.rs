//! `oomkit snap import`: recordings of other tools against what the kernel said at the same time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::run::{Ran, fed, oomkit};
use crate::support::folder;

fn fixture(name: &str) -> String {
    folder("imports").join(name).to_str().unwrap().to_owned()
}

struct Store {
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> String {
        self.folder.path().join("history.db").to_str().unwrap().to_owned()
    }

    fn import(&self, tool: &str, inputs: &[&str]) -> Ran {
        let store = self.path();
        oomkit([&["snap", "import", "--from", tool, "--store", &store], inputs].concat())
    }

    fn ask(&self, words: &[&str]) -> Value {
        let store = self.path();
        oomkit([&["snap"], words, &["--store", &store, "--format", "json"]].concat()).ends(0).json()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Returns all snapshots as they are shown.
    fn all(&self) -> Vec<Value> {
        let list = self.ask(&["list"]);
        let numbers = list["snapshots"].as_array().unwrap().iter().map(|one| one["number"].to_string());
        numbers.map(|number| self.ask(&["show", &number])).collect()
    }
}

fn truth() -> Value {
    serde_json::from_str(&fs::read_to_string(fixture("truth.json")).unwrap()).unwrap()
}

fn seconds(shown: &Value) -> f64 {
    let at: jiff::Timestamp = shown["at"].as_str().unwrap().parse().unwrap();
    at.as_second() as f64
}

/// Returns what the kernel said nearest to a snapshot, no more than three seconds away.
fn nearest<'a>(truth: &'a Value, shown: &Value) -> &'a Value {
    let at = seconds(shown);
    let away = |one: &&Value| ((one["at"].as_f64().unwrap() - at).abs() * 1000.0) as u64;
    let found = truth["moments"].as_array().unwrap().iter().min_by_key(away).unwrap();
    assert!(away(&found) <= 3000, "{at}: {}", found["at"]);
    found
}

/// Tells whether two sizes in bytes are as near as two readings seconds apart on a busy host can be.
fn is_near(one: &Value, other: u64, most: u64) -> bool {
    one.as_u64().is_some_and(|one| one.abs_diff(other) <= most)
}

const MIB: u64 = 1 << 20;

#[test]
fn sysstat_tells_of_the_machine_what_the_kernel_said() {
    let store = Store::new();
    let file = fixture("sysstat.json");
    let ran = store.import("sysstat", &[&file]).ends(0);
    assert!(ran.err.contains("11 snapshots imported"), "{}", ran.err);
    let truth = truth();
    let all = store.all();
    assert_eq!(all.len(), 11);
    for shown in &all {
        let kernel = &nearest(&truth, shown)["meminfo_kb"];
        let bytes = |key: &str| kernel[key].as_u64().unwrap() << 10;
        // The recording has it only as the whole of a percentage.
        assert_eq!(shown["meminfo"]["MemTotal"].as_u64(), Some(bytes("MemTotal")));
        assert_eq!(shown["meminfo"]["SwapTotal"].as_u64(), Some(bytes("SwapTotal")));
        for key in ["MemFree", "MemAvailable", "Buffers", "Cached", "AnonPages", "Slab", "KernelStack"] {
            assert!(is_near(&shown["meminfo"][key], bytes(key), 1024 * MIB), "{key}: {shown}");
        }
        assert_eq!((&shown["host"], &shown["kernel"]), (&"node7".into(), &"6.18.44".into()));
        // What sysstat does not record is unknown, and no list is empty.
        assert!(shown["processes"].is_null() && shown["cgroups"].is_null() && shown["vmstat"].is_null());
        assert!(shown["meminfo"]["Shmem"].is_null(), "{shown}");
        assert!(shown["pressure"]["some_avg60"].as_f64().is_some_and(|share| share < 1.0), "{shown}");
    }
    // The restart begins another boot, which is named by when that was.
    let boots: Vec<&str> = all.iter().map(|shown| shown["boot_id"].as_str().unwrap()).collect();
    let restarted = "sysstat:node7:2026-12-01T08:09:03Z";
    assert_eq!(boots.iter().filter(|boot| **boot == restarted).count(), 5, "{boots:?}");
    assert!(boots[..6].iter().all(|boot| *boot == "sysstat:node7:boot-unknown"), "{boots:?}");
    assert_eq!(all[6]["boot_clock_seconds"], 5.0);
}

#[test]
fn atop_tells_of_processes_what_the_kernel_said() {
    let store = Store::new();
    let file = fixture("atop.txt");
    store.import("atop", &[&file]).ends(0);
    let truth = truth();
    let all = store.all();
    assert_eq!(all.len(), 13);
    for shown in &all {
        let moment = nearest(&truth, shown);
        let kernel = &moment["meminfo_kb"];
        let bytes = |key: &str| kernel[key].as_u64().unwrap() << 10;
        assert_eq!(shown["meminfo"]["MemTotal"].as_u64(), Some(bytes("MemTotal")));
        assert_eq!(shown["page_size_bytes"], 4096);
        for key in ["MemFree", "Cached", "Slab", "SReclaimable", "Committed_AS"] {
            assert!(is_near(&shown["meminfo"][key], bytes(key), 1024 * MIB), "{key}: {shown}");
        }
        assert_eq!(shown["meminfo"]["Shmem"].as_u64(), Some(bytes("Shmem")));
        assert_eq!(shown["boot_id"], "atop:node7:2026-12-01T07:21:45Z");
        let since_boot = seconds(shown) - truth["booted"].as_f64().unwrap();
        assert_eq!(shown["boot_clock_seconds"].as_f64(), Some(since_boot));
        assert!(shown["since_boot_seconds"].is_null(), "nobody knows how long the machine slept");

        let processes = shown["processes"].as_array().unwrap();
        assert_eq!(processes.len(), 2, "{shown}");
        for (process, is) in processes.iter().zip(moment["processes"].as_array().unwrap()) {
            assert_eq!((&process["comm"], &process["pid"]), (&is["name"], &is["pid"]));
            assert_eq!((&process["ppid"], &process["uid"]), (&is["ppid"], &is["uid"]));
            assert_eq!(process["threads"], is["threads"]);
            // It grows by 2 MiB a second, and begins with some.
            let resident = is["vmrss_kb"].as_u64().unwrap() << 10;
            let first = seconds(shown) == seconds(&all[0]);
            assert!(
                is_near(&process["rss_bytes"], resident, if first { 64 } else { 7 } * MIB),
                "{process} {is}"
            );
            assert_eq!(process["swap_bytes"], 0);
            assert!(is_near(&process["start_ticks"], is["start_ticks"].as_u64().unwrap(), 100), "{process}");
            assert!(process["pss_bytes"].is_null() && process["rss_anon_bytes"].is_null(), "{process}");
        }
    }
    let trend = store.ask(&["trend"]);
    let grower =
        trend["subjects"].as_array().unwrap().iter().find(|one| one["subject"]["name"][0] == "grower");
    let rate = grower.unwrap()["trend"]["verdict"]["per_hour_bytes"].as_f64().unwrap();
    let expected = (2 * 3600 * MIB) as f64;
    assert!((rate / expected - 1.0).abs() < 0.1, "{rate} against {expected}");
}

#[test]
fn below_is_read_from_several_files_of_the_same_moments() {
    for cgroups in ["below-cgroup.json", "below-cgroup.csv"] {
        let store = Store::new();
        let files = ["below-system.json", "below-process.json", cgroups].map(fixture);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        store.import("below", &files).ends(0);
        let all = store.all();
        assert_eq!(all.len(), 14);
        of_below(&all);
    }
    // What is rounded for people is no figure.
    let store = Store::new();
    let system = fs::read_to_string(fixture("below-system.json")).unwrap();
    let rounded = store.file("rounded.json", &system.replace("25276502016", "23.5 GB"));
    let ran = store.import("below", &[rounded.to_str().unwrap()]).ends(3);
    assert!(
        ran.err.contains("rounded.json:1: a size that is no plain number; dump it with --raw"),
        "{}",
        ran.err
    );
    let cgroups = fs::read_to_string(fixture("below-cgroup.json")).unwrap();
    let nameless = store.file("nameless.json", &cgroups.replace("Full Path", "Name"));
    let ran = store.import("below", &[nameless.to_str().unwrap()]).ends(3);
    assert!(ran.err.contains("ask below for the field full_path"), "{}", ran.err);
}

fn of_below(all: &[Value]) {
    let truth: Value =
        serde_json::from_str(&fs::read_to_string(fixture("below-truth.json")).unwrap()).unwrap();
    for (shown, at) in all.iter().zip(0_u64..) {
        let moment = nearest(&truth, shown);
        let bytes = |key: &str| moment["meminfo_kb"][key].as_u64().unwrap() << 10;
        assert_eq!((&shown["host"], &shown["kernel"]), (&"node8".into(), &"6.18.44".into()));
        assert_eq!(shown["boot_id"], "below:node8:2026-12-01T07:21:45Z");
        assert_eq!(
            shown["boot_clock_seconds"].as_f64(),
            Some(seconds(shown) - truth["booted"].as_f64().unwrap())
        );
        assert_eq!(shown["meminfo"]["MemTotal"], bytes("MemTotal"));
        for key in ["MemFree", "MemAvailable", "Cached", "AnonPages", "Slab", "PageTables", "Shmem"] {
            assert!(is_near(&shown["meminfo"][key], bytes(key), 1024 * MIB), "{key}: {shown}");
        }
        assert!(shown["vmstat"].is_null() && shown["pressure"].is_null(), "{shown}");
        let processes = shown["processes"].as_array().unwrap();
        assert_eq!(processes.len(), 2);
        for (process, is) in processes.iter().zip(moment["processes"].as_array().unwrap()) {
            assert_eq!((&process["comm"], &process["pid"]), (&is["name"], &is["pid"]));
            assert_eq!((&process["ppid"], &process["cgroup"]), (&is["ppid"], &"/".into()));
            assert!(
                is_near(&process["start_ticks"], is["start_ticks"].as_u64().unwrap(), 200),
                "{process} {is}"
            );
            // The first moment has no sizes.
            let size = |key: &str| Some(is[key].as_u64().unwrap() << 10).filter(|_| 0 < at);
            for (key, of_kernel) in [("rss_bytes", "vmrss_kb"), ("rss_anon_bytes", "rssanon_kb")] {
                match size(of_kernel) {
                    Some(size) => assert!(is_near(&process[key], size, 7 * MIB), "{process} {is}"),
                    None => assert!(process[key].is_null(), "{process}"),
                }
            }
        }
        let Some(cgroups) = shown["cgroups"].as_array() else {
            assert!(3 <= at, "three moments have control groups");
            continue;
        };
        let paths: Vec<&Value> = cgroups.iter().map(|one| &one["path"]).collect();
        assert_eq!(paths, ["/", "/node7.slice", "/node7.slice/web.service"]);
        let web = &cgroups[2];
        assert_eq!(web["usage_bytes"], (260 + at * 100) * MIB);
        assert_eq!((&web["limit_bytes"], &web["swap_limit_bytes"]), (&(512 * MIB).into(), &0.into()));
        assert_eq!(web["stat"]["anon"], (180 + at * 100) * MIB);
        assert!(web["events"].is_null(), "rates are no counts: {web}");
        assert_eq!(cgroups[0]["limit_bytes"], "max");
    }
}

#[test]
fn nothing_is_imported_twice_and_the_input_may_be_a_pipe() {
    let store = Store::new();
    for (tool, file, count) in [("sysstat", "sysstat.json", 11), ("atop", "atop.txt", 13)] {
        let file = fixture(file);
        let bytes = fs::read(&file).unwrap();
        let path = store.path();
        let ran = fed(&bytes, &["snap", "import", "-", "--from", tool, "--store", &path]).ends(0);
        assert!(ran.err.contains(&format!("{count} snapshots imported")), "{}", ran.err);
        let ran = store.import(tool, &[&file]).ends(0);
        assert!(
            ran.err.contains(&format!("0 snapshots imported, {count} were there already")),
            "{}",
            ran.err
        );
    }
    assert_eq!(store.all().len(), 24);
}

#[test]
fn what_is_imported_later_is_no_newer_for_it() {
    let store = Store::new();
    oomkit(["snap", "take", "--store", &store.path()]).ends(0);
    let recording = fs::read_to_string(fixture("atop.txt")).unwrap();
    for (name, began) in [("old.txt", "16961125"), ("older.txt", "15961125")] {
        let file = store.file(name, &recording.replace("17961125", began));
        store.import("atop", &[file.to_str().unwrap()]).ends(0);
    }
    let list = store.ask(&["list"]);
    let times: Vec<&str> =
        list["snapshots"].as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap()).collect();
    assert!(times.len() == 27 && times.is_sorted(), "{times:?}");
    let own = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert_eq!(store.ask(&["show"])["boot_id"], own.trim_end());
    assert_eq!(store.ask(&["trend"])["snapshots"], 1);
    oomkit(["snap", "verify", "--store", &store.path()]).ends(0);
}

#[test]
fn a_broken_part_is_named_and_the_rest_is_done() {
    let store = Store::new();
    let import = |tool: &str, name: &str, text: &str| {
        let file = store.file(name, text);
        let ran = store.import(tool, &[file.to_str().unwrap()]).ends(3);
        ran.err.replace(store.folder.path().to_str().unwrap(), "")
    };
    let atop = fs::read_to_string(fixture("atop.txt")).unwrap();
    let sizes: Vec<usize> =
        (1..).zip(atop.lines()).filter(|(_, line)| line.starts_with("PRM")).map(|(at, _)| at).collect();
    let mut lines: Vec<String> = atop.lines().map(str::to_owned).collect();
    lines[sizes[0] - 1] = "PRM\u{1b}[31m node7".into();
    lines[sizes[1] - 1] = lines[sizes[1] - 1].split(") S ").next().unwrap().to_owned() + ") S \u{1b}[31m";
    let broken: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let told = import("atop", "atop.txt", &broken);
    assert!(told.contains(&format!("/atop.txt:{}: no line of atop's parseable output", sizes[0])), "{told}");
    assert!(
        told.contains(&format!("/atop.txt:{}: fields that are missing, or are no numbers", sizes[1])),
        "{told}"
    );
    assert!(told.contains("13 snapshots imported") && !told.contains('\u{1b}'), "{told}");
    let cut: String = atop.lines().take(30).map(|line| format!("{line}\n")).collect();
    let told = import("atop", "cut.txt", &cut);
    assert!(told.contains("the last sample has no end, and is left out"), "{told}");
    assert!(import("atop", "other.txt", "no recording\n").contains("other.txt:1: no line of atop's"));

    let sysstat = fs::read_to_string(fixture("sysstat.json")).unwrap();
    let broken = sysstat.replacen("\"memfree\": ", "\"memfree\": many", 1);
    let told = import("sysstat", "broken.json", &broken);
    assert!(told.contains("no sample: ") && told.contains("10 snapshots imported"), "{told}");
    let local = sysstat.replacen("\"utc\": 1, \"interval\"", "\"utc\": 0, \"interval\"", 1);
    let told = import("sysstat", "local.json", &local);
    assert!(told.contains("a time that is not UTC"), "{told}");
    let told = import("sysstat", "cut.json", &sysstat.chars().take(sysstat.len() / 2).collect::<String>());
    assert!(told.contains("the text ends within this"), "{told}");
    let told = store.import("sysstat", &[Path::new("/nowhere/sa.json").to_str().unwrap()]).ends(3).err;
    assert!(told.contains("/nowhere/sa.json: cannot be read"), "{told}");
    store.import("sysstat", &["-", "-"]).ends(2);
}

#[test]
fn a_recording_that_is_cut_or_mangled_anywhere_is_read_as_far_as_it_goes() {
    for (tool, name) in [
        ("atop", "atop.txt"),
        ("sysstat", "sysstat.json"),
        ("below", "below-process.json"),
        ("below", "below-cgroup.csv"),
    ] {
        let bytes = fs::read(fixture(name)).unwrap();
        let store = Store::new();
        for part in 1..12 {
            let at = bytes.len() * part / 12 + part;
            let mut mangled = bytes.clone();
            mangled[at..at + 3].copy_from_slice(b"\xff\"}");
            for text in [&bytes[..at], &mangled] {
                let file = store.folder.path().join("cut");
                fs::write(&file, text).unwrap();
                let ran = store.import(tool, &[file.to_str().unwrap()]);
                assert!([0, 3].contains(&ran.code), "{name} {at}: {}", ran.err);
            }
        }
        oomkit(["snap", "verify", "--store", &store.path()]).ends(0);
    }
}

#[test]
fn a_long_recording_takes_bounded_memory() {
    let store = Store::new();
    let mut text = String::from("RESET\n");
    for sample in 0..1000 {
        let head = format!("node9 {} 2026/05/10 00:00:00 10", 1_778_421_600 + sample * 10);
        text += &format!("MEM {head} 4096 1000000 {} 1 1 1 1 1 0 1\n", 500_000 - sample);
        for pid in 1..50 {
            text += &format!(
                "PRM {head} {pid} (p{pid}) S 4096 1 {} 1 0 0 0 0 0 0 0 0 {pid} y 0 0 -3 -3 -3 -3\n",
                1000 + sample
            );
        }
        text += "SEP\n";
    }
    let file = store.file("long.txt", &text);
    let file = file.to_str().unwrap();
    store.import("atop", &[file]).ends(0);
    let list = store.ask(&["list"]);
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 1000);
    assert_eq!(store.ask(&["show"])["meminfo"]["MemFree"], (500_000_u64 - 999) * 4096);
}
