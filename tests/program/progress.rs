//! The line of progress: on a terminal, after a moment, and gone at the end.

use std::{
    env,
    fs::OpenOptions,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rustix::fs::{FlockOperation, fcntl_lock};

use super::{
    postmortem::{SEED, history},
    run::oomkit,
};
use crate::support::{self, folder};

/// Keeps the program from a store for some time, by the lock that SQLite asks for.
fn held<T>(store: &Path, time: Duration, run: impl FnOnce() -> T) -> T {
    let file = OpenOptions::new().read(true).write(true).open(store).unwrap();
    fcntl_lock(&file, FlockOperation::LockExclusive).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(time);
            drop(file);
        });
        run()
    })
}

/// Returns what the program writes to a terminal while its output goes elsewhere; `None` where there
/// is no `script`, unless tools are required.
fn on_a_terminal(arguments: &[&str]) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_oomkit");
    let command = format!("'{program}' {} >/dev/null", arguments.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).stdin(Stdio::null());
    match script.output() {
        Ok(output) => {
            let shown = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{command}: {shown}");
            Some(shown)
        }
        Err(_) => {
            let required = env::var_os("OOMKIT_REQUIRE_TOOLS").is_some();
            assert!(!required, "no script is installed, and OOMKIT_REQUIRE_TOOLS asks for one");
            support::skip("no script is installed, so no progress was looked at on a terminal");
            None
        }
    }
}

#[test]
fn long_stores_tell_how_far_the_reading_is() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.db");
    history(&path, "iota-m2");
    let store = path.to_str().unwrap();
    let atop = folder("imports").join("atop.txt");
    let days = place.path().join("days");
    let (atop, days) = (atop.to_str().unwrap(), days.to_str().unwrap());
    for (arguments, line) in [
        (&["snap", "trend", "--store", store][..], "0 of 60 snapshots"),
        (&["snap", "verify", "--store", store], "0 of 60 snapshots"),
        (&["snap", "export", "--to", "csv", "--store", store], "0 of 60 snapshots"),
        (
            &["snap", "export", "--to", "parquet", "--again", "--store", store, "--output", days],
            "0 of 60 snapshots",
        ),
        (&["recommend", "--store", store], "0 of 60 snapshots"),
        (&["postmortem", SEED, "--store", store], "0 of 60 snapshots"),
        (&["snap", "import", atop, "--from", "atop", "--store", store], "0 of 0 MB, 0 MB/s"),
    ] {
        // A busy machine starts programs late, and a program that was not kept waiting shows nothing.
        let shows = |seconds| {
            let shown = held(&path, Duration::from_secs(seconds), || on_a_terminal(arguments));
            shown.map(|shown| {
                // What was drawn last is erased, and then there may be words.
                let last = shown.rsplit("\r\x1b[K").next().unwrap_or_default();
                shown.contains(&format!("\r\x1b[K{line}")) && !last.contains(" of ")
            })
        };
        let mut found = [1, 4, 8].into_iter().map(shows);
        let Some(first) = found.next().flatten() else { return };
        assert!(first || found.flatten().any(|shown| shown), "{arguments:?}");
    }
    // A pipe gets none of it.
    let ran = held(&path, Duration::from_secs(1), || oomkit(["snap", "verify", "--store", store])).ends(0);
    assert_eq!(ran.err, "");
}
