//! What is read aside of a host that is made up, one process of which hangs.

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use oomkit_core::{ident::Pid, reading::Reading, units::Bytes};
use oomkit_host::{
    Host,
    aside::Aside,
    tree::{Capture, Kind, Tree},
};
use oomkit_snap::{
    collect::{self, Commands, HostSource, Known, Shares},
    name::Name,
    snapshot::{BootId, Process, Snapshot},
    store::{Options, Store},
};

/// A captured host in which a file is not told before the test is over.
#[derive(Debug)]
struct Hanging {
    capture: Capture,
    hangs: &'static str,
    door: Mutex<mpsc::Receiver<()>>,
    /// The files of processes that take their lock, as they were asked for.
    asked: Mutex<Vec<String>>,
}

impl Hanging {
    fn new(files: &[String], hangs: &'static str) -> (Arc<Self>, mpsc::Sender<()>) {
        let capture = Capture::new(files.concat().into_bytes()).unwrap();
        let (key, door) = mpsc::channel();
        (Arc::new(Self { capture, hangs, door: Mutex::new(door), asked: Mutex::default() }), key)
    }
}

impl Tree for Hanging {
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        if path.ends_with("smaps_rollup") || path.ends_with("cmdline") {
            self.asked.lock().unwrap().push(path.to_string_lossy().into_owned());
        }
        if path == Path::new(self.hangs) {
            // It fails when the test is over.
            let _ = self.door.lock().unwrap().recv();
        }
        self.capture.read(path, out)
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        self.capture.list(path, each)
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        self.capture.link(path)
    }
}

/// Writes the files of a process.
fn process(pid: u64, start: u64, resident_kib: u64, rollup: &str) -> String {
    let memory = if resident_kib == 0 { String::new() } else { format!("VmRSS:\t{resident_kib} kB\n") };
    format!(
        "//- /proc/{pid}/stat\n{pid} (a) S 1 0 0 0 -1 4194560 100 0 7 0 1 2 0 0 20 0 13 0 {start} 66424832 5951 \
         18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n\
         //- /proc/{pid}/status\nName:\ta\nPid:\t{pid}\n{memory}//- /proc/{pid}/oom_score_adj\n0\n\
         //- /proc/{pid}/smaps_rollup{rollup}\n"
    )
}

fn rollup(pss_kib: u64, private_kib: u64) -> String {
    format!(
        "\n1-2 ---p 0 0 0 [rollup]\nRss: 900 kB\nPss: {pss_kib} kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: {private_kib} kB\n"
    )
}

/// Returns a host, and what to keep as long as its process 7 is to hang.
fn host() -> (Arc<Hanging>, mpsc::Sender<()>) {
    let files = [
        process(1, 10, 4_000, &rollup(100, 50)),
        process(2, 11, 0, " denied"),
        process(3, 12, 5_000, " denied"),
        process(4, 13, 6_000, "\nRss: 7 kB\nPss: 5 kB\n"),
        process(7, 14, 900_000, &rollup(800_000, 700_000)),
        process(8, 15, 100_000, &rollup(8, 4)),
        process(9, 16, 90_000_000, &rollup(9, 5)),
    ];
    Hanging::new(&files, "/proc/7/smaps_rollup")
}

fn take(tree: &Arc<Hanging>, shares: Shares, known: Option<Known>) -> Snapshot {
    let tree: Arc<dyn Tree> = Arc::<Hanging>::clone(tree);
    let (host, mut aside) = (Host::over(Arc::clone(&tree)), Aside::new(tree));
    let mut source = HostSource::new(&host, Commands::Nothing).with_aside(&mut aside, shares, known);
    collect::take(&mut source, collect::now(BootId::new(b"a")))
}

fn told(snapshot: &Snapshot) -> Vec<(i64, Option<u64>, Option<u64>)> {
    let kib = |size: Option<Bytes>| size.map(|size| size.get() >> 10);
    let row = |process: &Process| (process.pid.get(), kib(process.pss_bytes), kib(process.uss_bytes));
    snapshot.processes.iter().flatten().map(row).collect()
}

#[test]
fn a_process_that_hangs_costs_the_snapshot_its_own_share_only() {
    let (tree, _key) = host();
    let start = Instant::now();
    let snapshot = take(&tree, Shares::All, None);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(
        told(&snapshot),
        [
            (1, Some(100), Some(54)),
            (2, None, None),
            (3, None, None),
            (4, Some(5), None),
            (7, None, None),
            (8, Some(8), Some(8)),
            (9, Some(9), Some(9)),
        ]
    );
    assert_eq!(snapshot.cost.given_up, Some(1));
    // Besides the share of process 3 the host has nothing that it refuses.
    assert_eq!(snapshot.cost.denied, Some(1));
    let resident = snapshot.processes.iter().flatten().find(|process| process.pid == Pid::new(7));
    assert_eq!(resident.and_then(|process| process.rss_bytes), Some(Bytes::new(900_000 << 10)));

    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("s.db"), Options::default()).unwrap();
    let id = store.write(&snapshot).unwrap().id;
    let read = store.snapshot(id).unwrap();
    assert_eq!((&read.processes, read.cost), (&snapshot.processes, snapshot.cost));
    let verdict = store.verify().unwrap();
    assert_eq!((verdict.given_up, verdict.readable, verdict.problems), (1, 1, vec![]));
}

#[test]
fn a_budget_leaves_alone_who_would_be_stalled_for_long() {
    let (tree, _key) = host();
    let read = |shares| -> (Vec<i64>, Option<u64>) {
        let snapshot = take(&tree, shares, None);
        let known = told(&snapshot).into_iter().filter(|row| row.1.is_some());
        (known.map(|row| row.0).collect(), snapshot.cost.given_up)
    };
    // Processes 7 and 9 are too large to be touched, so that nothing hangs.
    assert_eq!(read(Shares::Auto), (vec![1, 4, 8], Some(0)));
    assert_eq!(read(Shares::Top(1)), (vec![9], Some(0)));
    assert_eq!(read(Shares::Nothing), (vec![], Some(0)));
}

fn lines(snapshot: &Snapshot) -> Vec<(i64, Option<&[u8]>)> {
    fn row(process: &Process) -> (i64, Option<&[u8]>) {
        (process.pid.get(), process.command_line.as_ref().map(Name::as_bytes))
    }
    snapshot.processes.iter().flatten().map(row).collect()
}

#[test]
fn arguments_are_asked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("s.db"), Options::default()).unwrap();
    let known = |store: &Store| Some(store.commands(&BootId::new(b"a")).unwrap().into_iter().collect());
    // What a store of another boot says is of other processes.
    assert_eq!(store.commands(&BootId::new(b"b")).unwrap(), []);
    let cmdline = |pid: u64, line: &str| format!("//- /proc/{pid}/cmdline{line}\n");
    let mut files = vec![
        process(1, 10, 4_000, " denied") + &cmdline(1, "\n/a\\x00--password\\x00x\\xffy\\x0a\\x00\\"),
        process(2, 11, 0, " denied") + &cmdline(2, "\n"),
        process(3, 12, 4_000, " denied") + &cmdline(3, "\na: title\\"),
        process(4, 13, 4_000, " denied") + &cmdline(4, " denied"),
        process(7, 14, 4_000, " denied") + &cmdline(7, "\n/b\\x00\\"),
    ];
    let (tree, _key) = Hanging::new(&files, "/proc/7/cmdline");
    let first = take(&tree, Shares::Nothing, known(&store));
    let line: &[u8] = b"/a\0--password\0x\xffy\n\0";
    let title: &[u8] = b"a: title\0";
    assert_eq!(lines(&first), [(1, Some(line)), (2, None), (3, Some(title)), (4, None), (7, None)]);
    assert_eq!((first.cost.given_up, first.cost.denied), (Some(1), Some(1)));
    store.write(&first).unwrap();

    // Process 3 has started another program, 7 answers, and 1 is another one under an old number.
    files[0] = process(1, 99, 4_000, " denied") + &cmdline(1, "\n/c\\x00\\");
    files[2] = files[2].replace("(a)", "(b)").replace("a: title", "b: title");
    files[1] = process(5, 15, 4_000, " denied") + &cmdline(5, "\n/e\\x00\\");
    let (tree, _key) = Hanging::new(&files, "");
    let second = take(&tree, Shares::Nothing, known(&store));
    let all = |line| -> Option<&[u8]> { Some(line) };
    let expected =
        [(1, all(b"/c\0")), (3, all(b"b: title\0")), (4, None), (5, all(b"/e\0")), (7, all(b"/b\0"))];
    assert_eq!(lines(&second), expected);
    store.write(&second).unwrap();

    // Only who was not told is asked again.
    let (tree, _key) = Hanging::new(&files, "");
    let third = take(&tree, Shares::Nothing, known(&store));
    assert_eq!(lines(&third), expected);
    assert_eq!(*tree.asked.lock().unwrap(), ["/proc/4/cmdline"]);
}
