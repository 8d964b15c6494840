//! `oomkit snap`: a snapshot of this host goes into a store and comes back out of it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::run::{oomkit, program};

/// Returns a size of the kernel's summary, read without the program.
fn kernels(key: &str) -> u64 {
    let text = fs::read_to_string("/proc/meminfo").expect("a host with /proc");
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).expect("the key");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

#[test]
fn a_snapshot_is_taken_kept_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let store = store.to_str().unwrap();
    oomkit(["snap", "take", "--store", store]).ends(0);
    oomkit(["snap", "take", "--store", store, "--cmdline", "none"]).ends(0);

    let list = oomkit(["snap", "list", "--store", store, "--format", "json"]).ends(0).json();
    let snapshots = list["snapshots"].as_array().unwrap();
    assert_eq!((list["schema"].as_str(), snapshots.len()), (Some("oomkit.snapshots/v1"), 2));
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(snapshots.iter().all(|snapshot| snapshot["boot_id"] == boot.trim()), "{list}");
    let [first, second] = [0, 1].map(|at| snapshots[at]["boot_clock_seconds"].as_f64().unwrap());
    assert!(first < second, "{list}");

    let first = snapshots[0]["number"].to_string();
    let shown = oomkit(["snap", "show", &first, "--store", store, "--format", "json"]).ends(0).json();
    assert_eq!(shown["schema"], "oomkit.snapshot/v1");
    assert_eq!(shown["meminfo"]["MemTotal"].as_u64(), Some(kernels("MemTotal")));
    // This test itself runs while the snapshot is taken, under its own name, start and program.
    let me = i64::from(std::process::id());
    let processes = shown["processes"].as_array().unwrap();
    let mine = processes.iter().find(|process| process["pid"] == me).expect("this process");
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let start = stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap();
    assert_eq!(mine["start_ticks"].to_string(), start);
    let program = fs::read_link("/proc/self/exe").unwrap();
    assert_eq!(mine["command_line"].as_str(), program.to_str());
    assert!(0 < mine["rss_bytes"].as_u64().unwrap());

    let text = oomkit(["snap", "show", "--store", store]).ends(0).out;
    for heading in ["Where the memory was: ", "The largest of ", "not accounted for"] {
        assert!(text.contains(heading) || text.contains("counted twice"), "{heading}: {text}");
    }
    let newest = oomkit(["snap", "show", "--store", store, "--format", "json"]).ends(0).json();
    let newest = newest["processes"].as_array().unwrap();
    assert!(newest.iter().all(|process| process["command_line"].is_null()));
}

#[test]
fn who_stays_takes_as_many_as_asked_beside_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let store = store.to_str().unwrap();
    let mut stays =
        program(["snap", "take", "--store", store, "--every", "1s", "--count", "3"]).spawn().unwrap();
    oomkit(["snap", "take", "--store", store]).ends(0);
    assert!(stays.wait().unwrap().success());
    let list = oomkit(["snap", "list", "--store", store, "--format", "json"]).ends(0).json();
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 4);
    oomkit(["snap", "verify", "--store", store]).ends(0);
    // What was remembered of a process is what is found by asking.
    let mine = std::process::id();
    let paths: Vec<_> = list["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|snapshot| {
            let number = snapshot["number"].to_string();
            let shown =
                oomkit(["snap", "show", &number, "--store", store, "--format", "json"]).ends(0).json();
            let processes = shown["processes"].as_array().unwrap();
            let own = processes.iter().find(|process| process["pid"] == mine).expect("this process");
            own["command_line"].as_str().map(str::to_owned)
        })
        .collect();
    let program = fs::read_link("/proc/self/exe").unwrap();
    assert!(paths.iter().all(|path| path.as_deref() == program.to_str()), "{paths:?}");
    let alone = oomkit(["snap", "take", "--store", store, "--count", "3"]).ends(2);
    assert!(alone.err.contains("--every"), "{}", alone.err);
}

/// Adds up what the kernel says of each mapping of a process, in bytes: PSS and USS.
fn of_mappings(pid: u64) -> [u64; 2] {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps")).expect("the mappings of a child");
    let sum = |keys: &[&str]| -> u64 {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let sizes = lines.filter(|(key, _)| keys.contains(key));
        sizes.map(|(_, size)| size.trim().trim_end_matches(" kB").parse::<u64>().expect("a size") << 10).sum()
    };
    [sum(&["Pss"]), sum(&["Private_Clean", "Private_Dirty"])]
}

/// A shell that holds 8 MiB and its child, which has the same, have half of it each and next to nothing alone.
#[test]
fn shares_are_those_that_the_kernel_tells_of_each_mapping() {
    use std::{
        io::{BufRead as _, BufReader},
        process::{Command, Stdio},
    };
    // The shell of the subshell stays, since `read` is no program; both end with the pipe.
    let script = "x=$(head -c 8388608 /dev/zero | tr '\\0' x); (echo; read -r y; :); :";
    let mut shell =
        Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid = u64::from(shell.id());
    let child = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let child = child.trim().parse::<u64>().expect("a child");

    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let store = store.to_str().unwrap();
    let before = [pid, child].map(of_mappings);
    oomkit(["snap", "take", "--store", store, "--pss", "all"]).ends(0);
    let after = [pid, child].map(of_mappings);
    let shown = oomkit(["snap", "show", "--store", store, "--format", "json"]).ends(0).json();
    let top = ["snap", "top", "--store", store, "--by", "process", "--sort", "pss", "--format", "json"];
    let top = oomkit(top).ends(0).json();
    oomkit(["snap", "take", "--store", store, "--pss", "none"]).ends(0);
    let without = oomkit(["snap", "show", "--store", store, "--format", "json"]).ends(0).json();
    drop(shell.stdin.take());
    shell.wait().unwrap();

    let find = |of: &serde_json::Value, pid: u64| {
        let processes = of["processes"].as_array().unwrap();
        processes.iter().find(|process| process["pid"] == pid).expect("the process").clone()
    };
    for (at, pid) in [pid, child].into_iter().enumerate() {
        let process = find(&shown, pid);
        for (key, which) in [("pss_bytes", 0), ("uss_bytes", 1)] {
            let told = process[key].as_u64().expect("a share");
            // Other processes come and go meanwhile, and share the libraries of both.
            let [low, high] = [before, after].map(|told| told[at][which]);
            let (low, high) = (low.min(high).saturating_sub(256 << 10), low.max(high) + (256 << 10));
            assert!((low..=high).contains(&told), "{key} of {pid}: {told}, not {low} to {high}");
        }
        let [rss, pss, uss] =
            ["rss_bytes", "pss_bytes", "uss_bytes"].map(|key| process[key].as_u64().unwrap());
        assert!(8 << 20 <= rss && (4 << 20..6 << 20).contains(&pss) && uss < 2 << 20, "{process}");
        let process = find(&without, pid);
        assert!(process["pss_bytes"].is_null() && process["uss_bytes"].is_null(), "{process}");
    }
    assert_eq!(shown["cost"]["given_up"], 0);
    let shares: Vec<Option<u64>> =
        top["holders"].as_array().unwrap().iter().map(|holder| holder["pss_bytes"].as_u64()).collect();
    assert!(shares.is_sorted_by(|a, b| b <= a) && shares[0].is_some(), "{shares:?}");
}

/// Arguments hold secrets, so they are kept only where somebody says so, and then byte by byte.
#[test]
fn arguments_are_kept_on_demand() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let store = store.to_str().unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"hunter2\n\x1b[31m\xff");
    let mut child = std::process::Command::new("sh")
        .args(["-c", "read -r x; :", "me"])
        .arg(odd)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    for what in ["exe", "full", "full"] {
        oomkit(["snap", "take", "--store", store, "--cmdline", what]).ends(0);
    }
    let line = |number: &str| {
        let shown = oomkit(["snap", "show", number, "--store", store, "--format", "json"]).ends(0).json();
        let processes = shown["processes"].as_array().unwrap();
        let mine = processes.iter().find(|process| process["pid"] == child.id()).expect("the child");
        mine["command_line"].as_str().unwrap_or_default().to_owned()
    };
    let lines = ["1", "2", "3"].map(line);
    let csv = oomkit(["snap", "export", "--to", "csv", "--store", store]).ends(0).out;
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(lines[0].starts_with('/') && !lines[0].contains("hunter2"), "{lines:?}");
    let whole = "sh\0-c\0read -r x; :\0me\0hunter2\n\x1b[31m\\xff\0";
    assert_eq!([&*lines[1], &*lines[2]], [whole; 2]);
    assert!(csv.contains(r"sh -c read -r x; : me hunter2\n\x1b[31m\xff"), "it is not in the rows");
    assert!(!csv.contains('\x1b'), "a terminal would obey a row");
}

/// A host can be audited elsewhere, and what it is captured in holds no secrets.
#[test]
fn a_host_is_captured_for_an_audit_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.capture");
    let file = path.to_str().unwrap();
    let mut child =
        std::process::Command::new("sleep").args(["60.0271828"]).env("TOKEN", "hunter2").spawn().unwrap();
    let taken = oomkit(["snap", "take", "--capture", file]);
    child.kill().unwrap();
    child.wait().unwrap();
    taken.ends(0);
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
    assert!(text.contains(&format!("//- /proc/{}/status", child.id())), "the process is not in it");
    assert!(!text.contains("60.0271828") && !text.contains("hunter2"), "a secret is in it");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let told = oomkit(["audit", "--root", file, "--fail-on", "never", "--format", "json"]).ends(0).json();
    assert_eq!(told["schema"], "oomkit.audit/v1");
    // What was captured before is nobody's to overwrite.
    let before = fs::read(&path).unwrap();
    assert_ne!(oomkit(["snap", "take", "--capture", file]).code, 0);
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Half a capture looks like a host that has less than it has.
#[test]
fn a_capture_that_cannot_be_finished_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.capture");
    let limited = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let whole = program(["snap", "take", "--capture", path.to_str().unwrap()]);
    let mut limited_to_a_block = std::process::Command::new("bash");
    limited_to_a_block.args(["-c", limited, "bash"]).arg(whole.get_program()).args(whole.get_args());
    let output = limited_to_a_block.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("file too large"), "{words}");
    assert_eq!(output.status.code(), Some(4), "{words}");
    assert!(!path.exists(), "half a capture is there");
}

#[test]
fn a_store_that_is_none_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "not a store of snapshots, but somebody's notes").unwrap();
    let store = path.to_str().unwrap();
    for arguments in [["snap", "take", "--store", store], ["snap", "list", "--store", store]] {
        let ran = oomkit(arguments).ends(5);
        assert!(ran.err.contains("notes.txt"), "{}", ran.err);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a store of snapshots, but somebody's notes");
    let missing = folder.path().join("missing.db");
    oomkit(["snap", "list", "--store", missing.to_str().unwrap()]).ends(3);
    assert!(!missing.exists());
}

#[test]
fn what_takes_snapshots_is_written_and_removed_and_nothing_of_others_is() {
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path);
    let folder = root.path().to_str().unwrap();
    oomkit(["snap", "install", "--systemd", "--every", "5min", "--root", folder]).ends(0);
    let service = fs::read_to_string(at("etc/systemd/system/oomkit-snap.service")).unwrap();
    let timer = fs::read_to_string(at("etc/systemd/system/oomkit-snap.timer")).unwrap();
    assert!(service.contains("--quiet snap take\n") && service.contains("\nMemoryMax=64M\n"), "{service}");
    assert!(timer.contains("\nOnUnitActiveSec=300\n"), "{timer}");
    // The auditor of this program has nothing to say against its own service.
    let unit = at("etc/systemd/system/oomkit-snap.service");
    oomkit(["audit", "--fail-on", "warning", unit.to_str().unwrap()]).ends(0);
    oomkit(["snap", "install", "--systemd", "--uninstall", "--root", folder]).ends(0);
    assert!(!unit.exists() && !at("etc/systemd/system/oomkit-snap.timer").exists());

    let watch = ["snap", "install", "--systemd", "--watch", "--every", "5min", "--root", folder];
    oomkit(watch).ends(0);
    let unit = at("etc/systemd/system/oomkit-watch.service");
    let service = fs::read_to_string(&unit).unwrap();
    assert!(service.contains("--quiet snap watch --every 300s\n"), "{service}");
    oomkit(["audit", "--fail-on", "warning", unit.to_str().unwrap()]).ends(0);
    oomkit([&watch[..], &["--uninstall"]].concat()).ends(0);
    assert!(!unit.exists());

    let printed = oomkit(["snap", "install", "--cron", "--print", "--store", "/srv/a b/s.db"]).ends(0).out;
    let line = "* * * * * root ulimit -v 524288; exec nice -n 5 ";
    assert!(printed.contains(line) && printed.contains(" --store '/srv/a b/s.db'\n"), "{printed}");
    fs::create_dir_all(at("etc/cron.d")).unwrap();
    fs::write(at("etc/cron.d/oomkit-snap"), "# mine\n").unwrap();
    for more in [&[][..], &["--uninstall"]] {
        let all = [&["snap", "install", "--cron", "--root", folder], more].concat();
        let ran = oomkit(all).ends(4);
        assert!(ran.err.contains("was not written by oomkit"), "{}", ran.err);
    }
    assert_eq!(fs::read_to_string(at("etc/cron.d/oomkit-snap")).unwrap(), "# mine\n");
    // A package names the program as it will stand, not as it stands while the package is made.
    let printed =
        oomkit(["snap", "install", "--systemd", "--print", "--program", "/usr/bin/oomkit"]).ends(0).out;
    assert!(printed.contains("\nExecStart=/usr/bin/oomkit --quiet snap take\n"), "{printed}");
    for wrong in [
        &["--every", "90s", "--cron"][..],
        &["--every", "0s", "--systemd"],
        &[],
        &["--cron", "--systemd"],
        &["--cron", "--watch"],
        &["--cron", "--program", "bin/oomkit"],
    ] {
        oomkit([&["snap", "install", "--print"], wrong].concat()).ends(2);
    }
    for wrong in [&["--pss", "top"][..], &["--pss", "most"], &["--pss", "all", "--capture", "x"]] {
        oomkit([&["snap", "take"], wrong].concat()).ends(2);
    }
}

#[test]
fn the_line_of_cron_runs_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("a 50% b.db");
    let store = store.to_str().unwrap();
    let printed = oomkit(["snap", "install", "--cron", "--print", "--store", store]).ends(0).out;
    let line = printed.lines().find_map(|line| line.strip_prefix("* * * * * root ")).expect("a line");
    // Cron takes the backslash before a percent sign away, and gives the rest to a shell.
    let ran = std::process::Command::new("sh").args(["-c", &line.replace("\\%", "%")]).output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    let list = oomkit(["snap", "list", "--store", store, "--format", "json"]).ends(0).json();
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 1);
}
