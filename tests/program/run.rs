//! The program in one call, and the logs that it is given.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use crate::support;

/// The published incident, as its report gives it.
pub(crate) const EXAMPLE: &str = "tests/fixtures/seed/dac-test.md";

/// Three kills on three days: `java` of `/shop/web`, `postgres` of `/shop/db`, `chrome` of the machine.
pub(crate) const THREE: &str = "\
2026-05-10T10:00:00+00:00 iota kernel: [100.000001] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/shop/web,task_memcg=/shop/web,task=java,pid=10,uid=0
2026-05-10T10:00:00+00:00 iota kernel: [100.000002] Memory cgroup out of memory: Killed process 10 (java) total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0
2026-05-11T10:00:00+00:00 iota kernel: [86500.000001] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/shop/db,task_memcg=/shop/db,task=postgres,pid=11,uid=0
2026-05-11T10:00:00+00:00 iota kernel: [86500.000002] Memory cgroup out of memory: Killed process 11 (postgres) total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0
2026-05-12T10:00:00+00:00 iota kernel: [172900.000001] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice,task=chrome,pid=12,uid=0
2026-05-12T10:00:00+00:00 iota kernel: [172900.000002] Out of memory: Killed process 12 (chrome) total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:300
";

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("output in UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages in UTF-8"),
        }
    }

    /// Returns the output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Returns the names of the first victim of each event of the output, which is JSON.
    pub(crate) fn victims(&self) -> Vec<String> {
        let document = self.json();
        let events = document["events"].as_array().expect("events");
        events.iter().map(|event| event["victims"][0]["comm"].as_str().unwrap_or("-").to_owned()).collect()
    }

    /// Fails unless the program ended with this code.
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }
}

/// Returns the program, at the root of the workspace, in an environment that is always the same.
pub(crate) fn program<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oomkit"));
    command
        .args(arguments)
        .current_dir(xtask::workspace::root())
        .env_remove("NO_COLOR")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program without an input of its own.
pub(crate) fn oomkit<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Ran::of(program(arguments).output().expect("the program starts"))
}

/// Runs the program and feeds its standard input.
pub(crate) fn fed(input: &[u8], arguments: &[&str]) -> Ran {
    let mut child = program(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    thread::scope(|scope| {
        scope.spawn(move || {
            // The program may leave before it has read everything.
            let _ = stdin.write_all(input);
        });
        Ran::of(child.wait_with_output().expect("the program ends"))
    })
}

/// Returns a real log of the fixtures.
pub(crate) fn log(name: &str) -> Vec<u8> {
    let path = support::folder("logs").join(format!("{name}.log.zst"));
    zstd::decode_all(fs::File::open(path).expect("the log is there")).expect("zstd")
}

/// A folder that goes away with the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, bytes).expect("the file can be written");
        shown(&path)
    }

    /// Returns a path in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        shown(&self.0.path().join(name))
    }

    /// Returns the names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        support::files(self.0.path()).iter().map(|path: &PathBuf| support::name_of(path)).collect()
    }
}

fn shown(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}
