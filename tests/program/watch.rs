//! `oomkit snap watch`: it takes regular snapshots, more of them in trouble, and ends when it is asked to.

use std::{
    fs,
    process::{Child, Output},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{
    cgroup::{Cgroup, one_at_a_time},
    run::{oomkit, program},
};

/// A program that watches, and its store.
struct Watching {
    child: Child,
    folder: tempfile::TempDir,
}

impl Watching {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("snapshots.db");
        let all = [&["snap", "watch", "--store", store.to_str().unwrap()], arguments].concat();
        Self { child: program(all).spawn().expect("the program starts"), folder }
    }

    fn store(&self) -> String {
        self.folder.path().join("snapshots.db").to_str().unwrap().to_owned()
    }

    /// Waits until the list of snapshots is as it should be, and returns it.
    fn until(&self, what: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let list = oomkit(["snap", "list", "--store", &self.store(), "--format", "json"]);
            // At first there is no store.
            let list = if list.code == 0 { list.json()["snapshots"].take() } else { Value::Array(vec![]) };
            let list = list.as_array().cloned().unwrap_or_default();
            if is_so(&list) {
                return list;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no {what}: {list:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn end(self, signal: Signal) -> Output {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let start = Instant::now();
        let output = self.child.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(20), "it took {:?} to end", start.elapsed());
        output
    }
}

/// Returns a number of a process's status.
fn number(pid: &str, key: &str, radix: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("the key");
    u64::from_str_radix(line.trim().trim_end_matches(" kB"), radix).expect("a number")
}

/// Tells whether this test, and so what it starts, has `CAP_IPC_LOCK`.
fn may_lock() -> bool {
    number("self", "CapEff:", 16) & 1 << 14 != 0
}

#[test]
fn regular_snapshots_are_taken_until_a_signal_ends_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let watching = Watching::start(&["--every", "1s", "--pressure", "none", "--pss", "none"]);
        let list = watching.until("third snapshot", |list| 3 <= list.len());
        let verdict = oomkit(["snap", "verify", "--store", &watching.store()]);
        if may_lock() {
            assert!(
                0 < number(&watching.child.id().to_string(), "VmLck:", 10),
                "it may be dropped from memory"
            );
        } else {
            eprintln!("SKIPPED: memory may not be locked here");
        }
        let output = watching.end(signal);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        verdict.ends(0);
        let clocks: Vec<f64> =
            list.iter().map(|entry| entry["boot_clock_seconds"].as_f64().unwrap()).collect();
        // On a busy machine one may be late and the next one not, but none is taken before its second.
        assert!(0.5 < clocks[2] - clocks[0], "{clocks:?}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for wrong in [&["--every", "0s"][..], &["--pressure", "200"], &["--pressure", "much"], &["--burst", "-1"]]
    {
        oomkit([&["snap", "watch", "--store", "/nowhere/s.db"], wrong].concat()).ends(2);
    }
    // The first snapshot has to work, or nobody would notice.
    assert_ne!(oomkit(["snap", "watch", "--store", "/nowhere/s.db"]).code, 0);
}

/// A control group runs into its limit and loses a process, and the store says so at once.
#[test]
fn a_kill_in_a_control_group_is_seen() {
    let _one = one_at_a_time();
    let Some(cgroup) = Cgroup::new("oomkit-watch") else {
        eprintln!("SKIPPED: control groups may not be made here");
        return;
    };
    cgroup.allow(32 << 20);
    let watching = Watching::start(&["--every", "1h", "--pss", "none"]);
    watching.until("first snapshot", |list| !list.is_empty());
    cgroup.run("x=$(head -c 200000000 /dev/zero | tr '\\0' x)");
    let path = cgroup.path();
    let list = watching.until("snapshot of the kill", |list| {
        list.iter().any(|entry| entry["reason"]["cause"] == "kill" && entry["reason"]["cgroup"] == *path)
    });
    let text = oomkit(["snap", "list", "--store", &watching.store()]).ends(0).out;
    let shown = oomkit(["snap", "show", "--store", &watching.store()]).ends(0).out;
    let store = watching.store();
    let exported =
        oomkit(["snap", "export", "--to", "csv", "--table", "host", "--store", &store]).ends(0).out;
    let output = watching.end(Signal::TERM);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(list.len() <= 8, "{list:?}");
    assert!(list[0]["reason"].is_null(), "{list:?}");
    assert!(text.contains(&format!("OOM kill in {path}")), "{text}");
    assert!(shown.contains("besides the regular ones"), "{shown}");
    assert!(exported.contains(",kill,"), "{exported}");
}

/// A control group that has to reclaim all the time makes its tasks wait, and the kernel says so.
#[test]
fn tasks_that_wait_for_memory_are_seen() {
    let _one = one_at_a_time();
    let has_pressure = std::path::Path::new("/proc/pressure/memory").exists();
    let Some(cgroup) = Cgroup::new("oomkit-pressure").filter(|_| has_pressure) else {
        eprintln!("SKIPPED: control groups may not be made here, or the kernel does not tell of pressure");
        return;
    };
    cgroup.allow(16 << 20);
    let watching = Watching::start(&["--every", "1h", "--pss", "none", "--pressure", "0.1"]);
    watching.until("first snapshot", |list| !list.is_empty());
    let junk = watching.folder.path().join("junk");
    let mut writer =
        cgroup.start(&format!("while :; do head -c 60000000 /dev/zero > {}; done", junk.display()));
    let list = watching.until("snapshot of the pressure", |list| {
        list.iter().any(|entry| entry["reason"]["cause"] == "pressure")
    });
    for pid in cgroup.processes() {
        let _ = kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL);
    }
    let _ = writer.kill();
    writer.wait().unwrap();
    let output = watching.end(Signal::TERM);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let entry = list.iter().find(|entry| entry["reason"]["cause"] == "pressure").unwrap();
    assert!(entry["reason"]["cgroup"].is_null(), "{entry}");
}
