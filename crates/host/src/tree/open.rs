//! Open: the live host, some of whose files stay open, for who reads them again and again.
//!
//! To open and close a file of a process takes nearly as long as to read it. A file of a process that
//! has ended tells so for ever, whoever gets its id, so an open file never speaks for another process.

use std::{
    collections::HashMap,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use oomkit_core::reading::Reading;
use rustix::process::{Resource, getrlimit};

use super::{
    Folder, Kind, Tree,
    folder::{Way, fill, is_told_at_once},
};

/// The most files that stay open; of each the kernel keeps a page and a few hundred bytes.
const MOST: usize = 768;

/// The live host; files of its processes that do not end with what they first told stay open.
///
/// What belongs to the memory of a process (`smaps_rollup`, `cmdline`) is opened each time: opened once,
/// it would tell of the program that the process ran then, and keep its memory's bookkeeping alive.
#[derive(Debug)]
pub struct Open {
    host: Folder,
    most: usize,
    files: Mutex<Files>,
}

/// The files that are open, by their paths.
#[derive(Debug, Default)]
struct Files {
    open: HashMap<Box<[u8]>, Kept>,
    round: u64,
}

#[derive(Debug)]
struct Kept {
    file: OwnedFd,
    /// The last round in which it was read.
    round: u64,
}

impl Open {
    /// Returns the host that this program runs on, with no file open yet.
    ///
    /// At most half of the files that this program may have open will stay so.
    #[must_use]
    pub fn live() -> Self {
        let allowed = getrlimit(Resource::Nofile)
            .current
            .map_or(MOST, |most| usize::try_from(most / 2).unwrap_or(MOST));
        Self::keeping(MOST.min(allowed))
    }

    fn keeping(most: usize) -> Self {
        Self { host: Folder::live(), most, files: Mutex::default() }
    }

    /// Ends a round of reading: closes what was not read in it.
    pub fn end_round(&self) {
        let mut files = self.files();
        let round = files.round;
        files.open.retain(|_, kept| kept.round == round);
        files.round += 1;
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a file that is open; `false` where it is not, or tells no more.
    fn read_kept(&self, path: &Path, out: &mut Vec<u8>) -> bool {
        let mut files = self.files();
        let round = files.round;
        let Some(kept) = files.open.get_mut(path.as_os_str().as_bytes()) else { return false };
        kept.round = round;
        out.clear();
        let is_read = fill(kept.file.as_fd(), out, Way::Again) == Ok(true);
        if !is_read {
            files.open.remove(path.as_os_str().as_bytes());
        }
        is_read
    }
}

impl Tree for Open {
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        if !is_told_at_once(path) {
            return self.host.read(path, out);
        }
        if self.read_kept(path, out) {
            return Reading::Known(());
        }
        let (read, file) = self.host.read_open(path, out);
        let mut files = self.files();
        if let Some(file) = file.filter(|_| files.open.len() < self.most) {
            let round = files.round;
            files.open.insert(path.as_os_str().as_bytes().into(), Kept { file, round });
        }
        read
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        self.host.list(path, each)
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        self.host.link(path)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        process::{Child, Command, Stdio},
    };

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap()
    }

    fn end(mut child: Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn read(tree: &Open, pid: u32, name: &str) -> Result<String, &'static str> {
        let mut out = Vec::new();
        let read = tree.read(Path::new(&format!("/proc/{pid}/{name}")), &mut out);
        read.known().map(|()| String::from_utf8_lossy(&out).into_owned()).ok_or("gone")
    }

    #[test]
    fn what_is_open_tells_what_is_now_and_nothing_after_the_end() {
        let (tree, child) = (Open::live(), sleeper());
        let pid = child.id();
        assert_eq!(read(&tree, pid, "oom_score_adj").unwrap(), "0\n");
        assert_eq!(tree.files().open.len(), 1);
        fs::write(format!("/proc/{pid}/oom_score_adj"), "500").unwrap();
        assert_eq!(read(&tree, pid, "oom_score_adj").unwrap(), "500\n");
        for name in ["stat", "status"] {
            for _ in 0..3 {
                let told = read(&tree, pid, name).unwrap();
                assert_eq!(
                    told.lines().count(),
                    fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap().lines().count()
                );
                assert!(told.contains("sleep") && told.contains(&pid.to_string()), "{told}");
            }
        }
        assert_eq!(tree.files().open.len(), 3);
        end(child);
        for name in ["stat", "status", "oom_score_adj"] {
            assert_eq!(read(&tree, pid, name), Err("gone"), "{name}");
        }
        assert_eq!(tree.files().open.len(), 0);
    }

    #[test]
    fn another_program_of_a_process_is_told_of() {
        let mut child = Command::new("sh")
            .args(["-c", "read line; exec sleep 60"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let tree = Open::live();
        let name = |status: &str| status.lines().next().unwrap_or_default().to_owned();
        while name(&read(&tree, child.id(), "status").unwrap()) != "Name:\tsh" {}
        drop(child.stdin.take());
        while name(&read(&tree, child.id(), "status").unwrap()) != "Name:\tsleep" {}
        end(child);
    }

    #[test]
    fn files_stay_open_as_long_as_they_are_read_and_no_more_than_are_allowed() {
        let (tree, own) = (Open::keeping(2), std::process::id());
        for name in ["stat", "status", "oom_score_adj", "smaps_rollup", "cmdline"] {
            assert!(read(&tree, own, name).is_ok(), "{name}");
        }
        assert_eq!(tree.files().open.len(), 2);
        tree.end_round();
        assert!(read(&tree, own, "status").is_ok());
        tree.end_round();
        assert_eq!(tree.files().open.len(), 1);
        assert!(read(&tree, own, "smaps_rollup").is_ok());
        tree.end_round();
        assert_eq!(tree.files().open.len(), 0);
    }
}
