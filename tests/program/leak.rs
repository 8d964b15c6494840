//! A real leak: a process that grows by 1 MiB a second below a limit, beside one that comes and goes.
//!
//! The test feeds it and so knows the truth: the slope, and when the kernel kills it.

use std::{
    fs,
    io::Write as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    cgroup::{Cgroup, one_at_a_time},
    run::oomkit,
};
use crate::support::skip;

/// By how much it grows in a second.
const SLOPE: u64 = 1 << 20;

/// What the control group may use.
const LIMIT: u64 = 44 << 20;

/// When the trend is asked for, in snapshots of one a second.
const ASKED: u64 = 24;

/// The name of the leaker; another run of this test beside this one has another.
fn name() -> String {
    format!("leak-{}", std::process::id())
}

/// Starts what keeps all that it is fed, in a control group and under a name of its own.
fn leaker(cgroup: &Cgroup, folder: &std::path::Path) -> Child {
    let program = folder.join(name());
    fs::copy("/usr/bin/tail", &program).expect("a program");
    let script = format!("echo $$ > {}/cgroup.procs; exec {}", cgroup.folder().display(), program.display());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("a shell")
}

/// Feeds it by the clock until it is dead, and returns when that was.
fn feed(mut child: Child, start: Instant) -> Instant {
    const STEP: u64 = 128 << 10;
    let zeros = vec![0; usize::try_from(STEP).unwrap()];
    let mut stdin = child.stdin.take().expect("a pipe");
    for step in 0.. {
        let due = start + Duration::from_micros(step * STEP * 1_000_000 / SLOPE);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if stdin.write_all(&zeros).is_err() || start.elapsed() > Duration::from_secs(120) {
            break;
        }
    }
    drop(stdin);
    let _ = child.wait();
    Instant::now()
}

/// Holds 30 MiB for a while, again and again, until the time is up.
fn noise(until: Instant) {
    while Instant::now() < until {
        let mut held = vec![1_u8; 30 << 20];
        held.iter_mut().step_by(4096).for_each(|byte| *byte = 2);
        thread::sleep(Duration::from_millis(700));
        drop(held);
        thread::sleep(Duration::from_millis(500));
    }
}

fn subject(trend: &Value, is_it: impl Fn(&Value) -> bool) -> &Value {
    let subjects = trend["subjects"].as_array().expect("subjects");
    subjects.iter().find(|subject| is_it(&subject["subject"])).unwrap_or_else(|| panic!("{trend}"))
}

#[test]
fn a_leak_is_named_with_its_slope_and_the_time_to_its_limit() {
    let _alone = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db").to_str().unwrap().to_owned();
    let Some(cgroup) = Cgroup::new("oomkit-leak") else { return skip("no control group may be made here") };
    cgroup.allow(LIMIT);
    let start = Instant::now();
    let child = leaker(&cgroup, folder.path());
    let pid = child.id();
    let fed = thread::spawn(move || feed(child, start));
    thread::spawn(move || noise(start + Duration::from_secs(40)));
    for second in 1..=ASKED {
        thread::sleep((start + Duration::from_secs(second)).saturating_duration_since(Instant::now()));
        oomkit(["-q", "snap", "take", "--store", &store, "--keep-all"]).ends(0);
    }
    let asked = Instant::now();
    let trend = oomkit(["snap", "trend", "--store", &store, "--format", "json"]).ends(0).json();
    let killed = fed.join().expect("the feeder ends");

    let by_name = subject(&trend, |subject| subject["name"][0] == name().as_str());
    assert_eq!(by_name["trend"]["verdict"]["kind"], "grows", "{by_name}");
    let slope = by_name["trend"]["verdict"]["per_hour_bytes"].as_f64().unwrap() / 3600.0;
    assert!((slope / 1_048_576.0 - 1.0).abs() < 0.05, "{slope} bytes a second");

    let path = cgroup.path();
    let group = subject(&trend, |subject| subject["cgroup"][0] == path.as_str());
    let likely = group["arrival"]["likely_seconds"].as_f64().unwrap_or_else(|| panic!("{group}"));
    let truth = killed.duration_since(asked).as_secs_f64();
    println!("{:.3} MiB a second; {likely:.1} s to the limit said, {truth:.1} s passed", slope / 1_048_576.0);
    assert!((likely / truth - 1.0).abs() < 0.1, "{likely} s said, {truth} s passed");

    // The kernel has killed it, and the store still knows it.
    let json = oomkit(["snap", "at", "now", "--store", &store, "--format", "json"]).ends(0).json();
    let processes = json["processes"].as_array().unwrap();
    let leaker = processes.iter().find(|process| process["pid"] == pid).expect("the leaker");
    assert_eq!(leaker["comm"], name().as_str());
    let held = leaker["rss_anon_bytes"].as_u64().unwrap();
    assert!(held.abs_diff(ASKED * SLOPE) < 2 << 20, "{held}");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
