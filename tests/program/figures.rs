//! The figures of a snapshot are those that the kernel tells in other files.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::MetadataExt as _,
    process::{Child, Command, Stdio},
};

use oomkit_snap::{
    attribute,
    store::{Options, Store},
};
use serde_json::Value;

use super::run::oomkit;

/// Holds 16 MiB of its own until its input ends.
const SCRIPT: &str = "x=$(head -c 16777216 /dev/zero | tr '\\0' x); echo ready; read -r line; echo ${#x}";

/// A process that holds memory and is at rest.
struct Resting(Child);

impl Resting {
    fn start() -> Self {
        let mut bash = Command::new("bash");
        let mut child =
            bash.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(child)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).expect("the process is there")
    }

    /// Sums up a line of all mappings, in bytes.
    fn mapped(&self, key: &str) -> u64 {
        let smaps = self.read("smaps");
        let sizes = smaps.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        sizes.map(|size| size.trim().trim_end_matches(" kB").parse::<u64>().expect("a size") << 10).sum()
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Takes a snapshot and returns it, with the store's folder, which goes away when it is dropped.
fn taken() -> (Value, tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db").to_str().unwrap().to_owned();
    oomkit(["snap", "take", "--store", &store]).ends(0);
    let shown = oomkit(["snap", "show", "--store", &store, "--format", "json"]).ends(0).json();
    (shown, folder, store)
}

#[test]
fn each_figure_of_a_process_stands_in_another_file_too() {
    let resting = Resting::start();
    let (shown, ..) = taken();
    let pid = i64::from(resting.0.id());
    let processes = shown["processes"].as_array().unwrap();
    let process = processes.iter().find(|process| process["pid"] == pid).expect("the process is in it");
    let size = |key: &str| process[key].as_u64().unwrap_or_else(|| panic!("{key} of {process}"));

    let page = shown["page_size_bytes"].as_u64().expect("the size of a page");
    let statm = resting.read("statm");
    let pages = |at: usize| statm.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap();
    assert_eq!(size("rss_bytes"), pages(1) * page);
    assert_eq!(size("rss_file_bytes") + size("rss_shmem_bytes"), pages(2) * page);
    // The walk over the page tables is exact; counters of Linux 6.2 to 6.16 lag behind by some pages of each processor.
    let near = |key: &str, walked: u64| {
        assert!(size(key).abs_diff(walked) <= 1 << 20, "{key}: {} {walked}", size(key))
    };
    near("rss_bytes", resting.mapped("Rss"));
    near("rss_anon_bytes", resting.mapped("Anonymous"));
    near("swap_bytes", resting.mapped("Swap"));
    assert!(16 << 20 <= size("rss_anon_bytes"), "{process}");

    assert_eq!(process["comm"], resting.read("comm").trim_end());
    assert_eq!(process["ppid"], i64::from(std::process::id()));
    let folder = format!("/proc/{pid}");
    assert_eq!(process["uid"], i64::from(fs::metadata(&folder).unwrap().uid()));
    assert_eq!(size("threads"), fs::read_dir(format!("{folder}/task")).unwrap().count() as u64);
    assert_eq!(process["oom_score_adj"].to_string(), resting.read("oom_score_adj").trim_end());
    let cgroup = process["cgroup"].as_str().expect("a control group");
    let is_that = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let is_memory = fields
            .next()
            .is_some_and(|names| names.is_empty() || names.split(',').any(|name| name == "memory"));
        is_memory && fields.next() == Some(cgroup)
    };
    assert!(resting.read("cgroup").lines().any(is_that), "{cgroup}");
}

#[test]
fn the_machine_is_as_large_as_the_kernel_says_elsewhere() {
    let (shown, ..) = taken();
    // What `sysinfo(2)` tells, which reads no file.
    let told = rustix::system::sysinfo();
    let unit = u128::from(told.mem_unit);
    let size = |key: &str| shown["meminfo"][key].as_u64().map(u128::from);
    assert_eq!(size("MemTotal"), Some(u128::from(told.totalram) * unit));
    assert_eq!(size("SwapTotal"), Some(u128::from(told.totalswap) * unit));
}

/// What is added up by any grouping is what all processes hold together.
#[test]
fn sums_by_any_grouping_are_sums_of_processes() {
    let (shown, _folder, store) = taken();
    let processes = shown["processes"].as_array().unwrap();
    let sum = |rows: &[Value], key: &str| rows.iter().filter_map(|row| row[key].as_u64()).sum::<u64>();
    for by in ["process", "name", "user", "members", "unit", "pod"] {
        let top = oomkit(["snap", "top", "--by", by, "--store", &store, "--format", "json"]).ends(0).json();
        let holders = top["holders"].as_array().unwrap();
        for (of_process, of_holder) in [
            ("rss_anon_bytes", "anonymous_bytes"),
            ("rss_file_bytes", "file_bytes"),
            ("rss_shmem_bytes", "shared_bytes"),
            ("swap_bytes", "swap_bytes"),
            ("pgtables_bytes", "page_tables_bytes"),
        ] {
            let whole = sum(processes, of_process);
            assert_eq!(sum(holders, of_holder), whole, "{of_process} by {by}");
        }
        assert!(0 < sum(holders, "anonymous_bytes"), "{top}");
    }
}

/// The processes of each control group are those that the kernel lists in its file.
#[test]
fn sums_by_control_group_are_those_of_its_members() {
    let resting = Resting::start();
    let (shown, _folder, store) = taken();
    let processes = shown["processes"].as_array().unwrap();
    let cgroup = |pid: u32| {
        let process = processes.iter().find(|process| process["pid"] == pid).expect("it is in the snapshot");
        process["cgroup"].as_str().expect("a control group").to_owned()
    };
    let path = cgroup(resting.0.id());
    let sum_of = |key: &str| -> u64 {
        let ours = processes.iter().filter(|process| process["cgroup"] == path.as_str());
        ours.filter_map(|process| process[key].as_u64()).sum()
    };
    let top =
        oomkit(["snap", "top", "--by", "members", "--store", &store, "--format", "json"]).ends(0).json();
    let holders = top["holders"].as_array().unwrap();
    let holder = holders.iter().find(|holder| holder["path"] == path.as_str()).expect("the group is there");
    assert_eq!((holder["kind"].as_str(), top["by"].as_str()), (Some("members"), Some("members")));
    for (of_process, of_holder) in [
        ("rss_bytes", "whole_bytes"),
        ("rss_anon_bytes", "anonymous_bytes"),
        ("rss_file_bytes", "file_bytes"),
        ("swap_bytes", "swap_bytes"),
    ] {
        assert_eq!(holder[of_holder], sum_of(of_process), "{of_process} of {path}");
    }
    assert!(16 << 20 <= sum_of("rss_anon_bytes"));
}

/// The parts of the machine's memory, with what nobody claims or two claim, are the whole.
#[test]
fn the_account_of_this_machine_balances() {
    let (_shown, _folder, store) = taken();
    let store = Store::open_to_read(store.as_ref(), Options::default()).unwrap();
    let newest = store.newest().unwrap().unwrap();
    let snapshot = store.snapshot(newest.id).unwrap();
    let account = attribute::machine(&snapshot.machine).expect("a machine of a known size");
    let parts: u64 = account.parts().iter().map(|part| part.bytes.get()).sum();
    let whole = account.whole().get();
    assert_eq!(i128::from(parts) + i128::from(account.residue().get()), i128::from(whole));
    // What the kernel does not tell of is small on any machine; hypervisors take some of it back.
    assert!(account.residue().magnitude().get() <= whole / 10, "{account:?}");
}
