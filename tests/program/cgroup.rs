//! Control groups for tests, where they may be made.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Lets one test kill at a time: the kernel has one log, and a reader of it sees the kills of all.
pub(super) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A cgroup that is removed at the end of the test, with those below it.
pub(super) struct Cgroup {
    folder: PathBuf,
    limit: &'static str,
}

impl Cgroup {
    /// Makes a cgroup of a name for this test; `None` where that is not permitted.
    pub(super) fn new(name: &str) -> Option<Self> {
        let v1 = Path::new("/sys/fs/cgroup/memory");
        let (root, limit) = if v1.join("memory.limit_in_bytes").exists() {
            (v1, "memory.limit_in_bytes")
        } else {
            (Path::new("/sys/fs/cgroup"), "memory.max")
        };
        let folder = root.join(format!("{name}-{}", std::process::id()));
        fs::create_dir(&folder).ok()?;
        let made = Self { folder, limit };
        // Without the controller there is no such file.
        made.folder.join(limit).exists().then_some(made)
    }

    pub(super) fn below(&self, name: &str) -> Option<Self> {
        // Version 2 passes the controller on only where somebody says so.
        let _ = fs::write(self.folder.join("cgroup.subtree_control"), "+memory");
        let folder = self.folder.join(name);
        fs::create_dir(&folder).ok()?;
        Some(Self { folder, limit: self.limit })
    }

    pub(super) fn allow(&self, bytes: u64) {
        fs::write(self.folder.join(self.limit), bytes.to_string()).expect("a limit");
    }

    /// Runs a program in the cgroup, and returns it once it has ended.
    pub(super) fn run(&self, script: &str) {
        let mut child = self.start(script);
        let _ = child.wait();
    }

    pub(super) fn start(&self, script: &str) -> Child {
        let script = format!("echo $$ > {}/cgroup.procs; {script}", self.folder.display());
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("a shell")
    }

    /// Returns the processes in it.
    pub(super) fn processes(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Returns its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self) -> String {
        let name = self.folder.file_name().expect("a name").to_string_lossy();
        let parent = self.folder.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        if parent.contains("-parent-") { format!("/{parent}/{name}") } else { format!("/{name}") }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // What was killed needs a moment to be gone.
        for _ in 0..50 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}
