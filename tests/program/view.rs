//! `oomkit snap view` in a real terminal: keys go in through tmux, and its screen is looked at.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    limit::Limit,
    units::Bytes,
};
use oomkit_snap::{
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Meminfo, Moment, Process, Snapshot, StartTicks},
    store::{Options, Store},
};

use super::run::oomkit;
use crate::support;

/// How long a screen may take; far more than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps three hours of a host: `/app` grows by 2 MiB a minute, and has its first kill after 150 of them.
fn history(path: &Path) {
    let mut store = Store::open(path, Options::default()).unwrap();
    let first: Timestamp = "2026-05-10T12:00:00Z".parse().unwrap();
    for minute in 0..180_u64 {
        let at = first.as_second() + i64::try_from(minute * 60).unwrap();
        let moment = Moment::new(
            BootId::new(b"boot"),
            BootClock::from_micros((60 + minute) * 60_000_000),
            None,
            Timestamp::from_second(at).unwrap(),
            Offset::constant(2),
        );
        let mut snapshot = Snapshot::at(moment);
        let size = |mib: u64| Bytes::new(mib << 20);
        snapshot.host.name = Some(Name::from("iota"));
        let sizes = [("MemTotal", size(4096)), ("MemAvailable", size(3000 - minute * 2))];
        let sizes = sizes.map(|(key, size)| (Name::from(key), size)).into();
        snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
        let cgroup = |path: &str, mib: u64, limit: Limit| Cgroup {
            path: Name::from(path),
            usage_bytes: Some(size(mib)),
            limit_bytes: Some(limit),
            events: Some([(Name::from("oom_kill"), u64::from(path == "/app" && 150 <= minute))].into()),
            ..Cgroup::default()
        };
        snapshot.cgroups = Some(vec![
            cgroup("/app", 100 + minute * 2, Limit::At(size(400))),
            cgroup("/rest", 1000, Limit::Max),
        ]);
        let process = |pid: i64, name: &[u8], mib: u64, cgroup: &str| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(7), Comm::new(name));
            process.uid = Some(Uid::new(0));
            process.rss_anon_bytes = Some(size(mib));
            process.cgroup = Some(Name::from(cgroup));
            process
        };
        snapshot.processes = Some(vec![
            process(7, b"red\x1b[31m", 90 + minute * 2, "/app"),
            process(8, b"quiet", 900, "/rest"),
        ]);
        store.write(&snapshot).unwrap();
    }
}

/// A terminal of its own, on a server that nobody else uses.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// Starts a command in a terminal; `None` where there is no tmux, unless tools are required.
    fn start(folder: &Path, command: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(
                env::var_os("OOMKIT_REQUIRE_TOOLS").is_none(),
                "no tmux is installed, and OOMKIT_REQUIRE_TOOLS asks for one"
            );
            support::skip("no tmux is installed, so the view was not driven in a terminal");
            return None;
        }
        let socket = folder.join("tmux.socket").to_str().unwrap().to_owned();
        let terminal = Self { socket };
        let started =
            terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", command]);
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        // A test that is run inside of tmux must not reach for the server around it.
        command.args(["-S", &self.socket]).args(arguments).env_remove("TMUX").env("LC_ALL", "C.UTF-8");
        command.output().expect("tmux runs")
    }

    fn press(&self, keys: &[&str]) {
        let sent = self.tmux(&[&["send-keys"], keys].concat());
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Waits until all of this stands on the screen.
    fn shows(&self, parts: &[&str]) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if parts.iter().all(|part| screen.contains(part)) {
                return screen;
            }
            assert!(start.elapsed() < PATIENCE, "{parts:?} never stood on the screen:\n{screen}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Terminal {
    /// Returns the id of the process that runs in the shell of the terminal.
    fn child(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]).stdout;
        let shell = String::from_utf8(shell).unwrap().trim().to_owned();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.trim().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Keeps three hours in a store and views it; what stands before and after the view tells when it ended.
fn viewed(store: &Path) -> Option<Terminal> {
    history(store);
    let program = env!("CARGO_BIN_EXE_oomkit");
    let command =
        format!("echo before; '{program}' snap view --store '{}'; echo ended: $?; cat", store.display());
    Terminal::start(store.parent().unwrap(), &command)
}

#[test]
fn the_view_is_driven_by_keys_and_gives_the_terminal_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let Some(terminal) = viewed(&store) else { return };

    let newest = terminal.shows(&["snapshot 180 of 180", "/rest"]);
    for part in [
        "iota",
        "2026-05-10 16:59:00 +02:00",
        "available memory: 2.6 GiB of 4.0 GiB",
        "458.0 MiB   +2.0 MiB  400.0 MiB    114 % /app",
    ] {
        assert!(newest.contains(part), "{part:?} is not in\n{newest}");
    }
    terminal.press(&["["]);
    terminal.shows(&["snapshot 120 of 180", "2026-05-10 15:59:00"]);
    terminal.press(&["Right", "Right", "Left"]);
    terminal.shows(&["snapshot 121 of 180"]);
    terminal.press(&["k"]);
    terminal.shows(&["snapshot 151 of 180", "OOM kills since the snapshot before: 1 in /app"]);
    terminal.press(&["Down", "Down"]);
    terminal.shows(&["/app: 400.0 MiB", "most in ten minutes: 458.0 MiB"]);
    terminal.press(&["Enter"]);
    let inside = terminal.shows(&["[processes (1)]", "in /app", "red\\x1b[31m", "390.0 MiB"]);
    assert!(!inside.contains("quiet"), "{inside}");
    terminal.press(&["BSpace", "/", "r", "e", "s", "t", "Enter"]);
    terminal.shows(&["[cgroups (1)]", "with \"rest\""]);
    terminal.press(&["?"]);
    terminal.shows(&["Any key closes this."]);
    terminal.press(&["x"]);

    // Somebody else writes meanwhile, and the view hears of it without a key.
    let taken = oomkit(["snap", "take", "--store", store.to_str().unwrap(), "--keep-all"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    terminal.shows(&["snapshot 151 of 181"]);

    terminal.press(&["q"]);
    let ended = terminal.shows(&["before", "ended: 0"]);
    assert!(!ended.contains("available memory"), "{ended}");
    // What the shell echoes again was typed into a terminal that works as before.
    terminal.press(&["typed", "Enter"]);
    let typed = terminal.shows(&["typed\ntyped\n"]);
    assert!(!typed.contains("available memory"), "{typed}");
}

#[test]
fn without_a_terminal_the_view_names_what_to_use_instead() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    let store = store.to_str().unwrap();
    let ran = oomkit(["snap", "view", "--store", store]).ends(4);
    assert!(ran.err.contains("no terminal") && ran.err.contains("oomkit snap show"), "{}", ran.err);
    assert_eq!(ran.out, "");
    let ran = oomkit(["snap", "view", "--store", store, "-o", "/dev/null"]).ends(2);
    assert!(ran.err.contains("oomkit snap show"), "{}", ran.err);
}

#[test]
fn a_view_that_is_ended_gives_the_terminal_back() {
    let folder = tempfile::tempdir().unwrap();
    let Some(terminal) = viewed(&folder.path().join("snapshots.db")) else { return };
    terminal.shows(&["snapshot 180 of 180"]);
    let view = terminal.child();
    let killed = Command::new("kill").args(["-TERM", &view]).status().unwrap();
    assert!(killed.success(), "{view:?}");
    let given_back = terminal.shows(&["before", "ended: 0"]);
    assert!(!given_back.contains("snapshot 180"), "{given_back}");
}

#[test]
fn a_view_ends_with_its_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let Some(terminal) = viewed(&folder.path().join("snapshots.db")) else { return };
    terminal.shows(&["snapshot 180 of 180"]);
    let view = format!("/proc/{}/cmdline", terminal.child());
    // What has ended has no arguments, also while nobody has taken note of its end.
    let runs = || fs::read(&view).is_ok_and(|arguments| !arguments.is_empty());
    assert!(runs());
    drop(terminal);
    let start = Instant::now();
    while runs() {
        assert!(start.elapsed() < PATIENCE, "{view} still runs");
        thread::sleep(Duration::from_millis(50));
    }
}
