//! The lines about who dies: chosen, killed, killed with others, spared.
//!
//! Source: `__oom_kill_process()` and `oom_kill_process()` in `mm/oom_kill.c`.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    units::KiB,
};

use super::fields::{after, kib_after, number, owned, rsplit_once, signed, signed_after, split_once};

/// What stands before a kill: whose memory was out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefix {
    /// Nothing, as between Linux 2.6.20 and 5.0.
    #[default]
    None,
    /// `Out of memory`.
    Global,
    /// `Memory cgroup out of memory`.
    Memcg,
    /// `Out of memory (oom_kill_allocating_task)`.
    AllocatingTask,
    /// `No available memory (MPOL_BIND)` (up to Linux 2.6.35).
    MemoryPolicy,
    /// `No available memory in cpuset` (up to Linux 2.6.23).
    Cpuset,
}

/// Splits the prefix off; what follows is the rest of the line.
#[must_use]
pub fn prefix(text: &[u8]) -> (Prefix, &[u8]) {
    const PREFIXES: [(&[u8], Prefix); 6] = [
        (b"Out of memory: ", Prefix::Global),
        (b"Out of Memory: ", Prefix::Global),
        (b"Memory cgroup out of memory: ", Prefix::Memcg),
        (b"Out of memory (oom_kill_allocating_task): ", Prefix::AllocatingTask),
        (b"No available memory (MPOL_BIND): ", Prefix::MemoryPolicy),
        (b"No available memory in cpuset: ", Prefix::Cpuset),
    ];
    for (words, prefix) in PREFIXES {
        if let Some(rest) = text.strip_prefix(words) {
            return (prefix, rest);
        }
    }
    // OpenVZ names the container that ran out.
    if let Some((_, rest)) =
        text.strip_prefix(b"Out of memory in UB ").and_then(|rest| split_once(rest, b": "))
    {
        return (Prefix::Global, rest);
    }
    (Prefix::None, text)
}

/// A process that was sent the signal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kill {
    /// Whose memory was out.
    pub prefix: Prefix,
    /// The process id.
    pub pid: Option<Pid>,
    /// The name.
    pub comm: Comm,
    /// The user id.
    pub uid: Option<Uid>,
    /// The score (OpenVZ only).
    pub score: Option<i64>,
    /// The address space.
    pub total_vm: Option<KiB>,
    /// All resident memory together (OpenVZ only).
    pub rss: Option<KiB>,
    /// Anonymous memory.
    pub anon_rss: Option<KiB>,
    /// File pages.
    pub file_rss: Option<KiB>,
    /// Shared memory.
    pub shmem_rss: Option<KiB>,
    /// Page tables.
    pub pgtables: Option<KiB>,
    /// The adjustment.
    pub oom_score_adj: Option<OomScoreAdj>,
    /// Whether the process died only because it shares the victim's memory.
    pub sharing: bool,
    /// Whether the line breaks off, or holds more than it should.
    pub damaged: bool,
}

/// Reads `Killed process …` in every wording, and its cousins that kill.
#[must_use]
pub fn read_kill(text: &[u8]) -> Option<Kill> {
    let (prefix, rest) = prefix(text);
    let kill =
        killed(rest).or_else(|| openvz(rest)).or_else(|| sharing(rest)).or_else(|| page_fault(rest))?;
    Some(Kill { prefix, ..kill })
}

fn killed(rest: &[u8]) -> Option<Kill> {
    let rest = rest.strip_prefix(b"Killed process ")?;
    let (pid, rest) = signed(rest)?;
    // RHEL 5 and 6 print the user before the name.
    let (uid, rest) = match rest.strip_prefix(b", UID ").and_then(signed) {
        Some((uid, rest)) => (Some(Uid::new(uid)), rest.strip_prefix(b",")?),
        None => (None, rest),
    };
    let rest = rest.strip_prefix(b" (")?;
    let (comm, tail) = name(rest);
    Some(figures(Kill { pid: Some(Pid::new(pid)), comm: Comm::new(comm), uid, ..Kill::default() }, tail))
}

/// The name ends at the last bracket that something known follows; names may hold brackets too.
fn name(rest: &[u8]) -> (&[u8], &[u8]) {
    for mark in [&b") total-vm:"[..], b") vsz:", b"), UID ", b") score "] {
        if let Some(at) = memchr::memmem::rfind(rest, mark) {
            return rest.split_at_checked(at).unwrap_or((rest, b""));
        }
    }
    match memchr::memrchr(b')', rest) {
        Some(at) => rest.split_at_checked(at).unwrap_or((rest, b"")),
        None => (rest, b""),
    }
}

fn figures(kill: Kill, tail: &[u8]) -> Kill {
    let uid = signed_after(tail, b"UID:").or_else(|| signed_after(tail, b"UID ")).map(Uid::new);
    let total_vm = kib_after(tail, b"total-vm:").or_else(|| kib_after(tail, b"vsz:"));
    let anon_rss = kib_after(tail, b"anon-rss:");
    let file_rss = kib_after(tail, b"file-rss:");
    let shmem_rss = kib_after(tail, b"shmem-rss:");
    let said = tail.strip_prefix(b")").unwrap_or(tail).trim_ascii();
    let whole =
        said.is_empty() || said == b"." || (total_vm.is_some() && anon_rss.is_some() && file_rss.is_some());
    let cut_shmem = shmem_rss.is_none() && after(tail, b"shmem-rss").is_some();
    Kill {
        uid: uid.or(kill.uid),
        total_vm,
        anon_rss,
        file_rss,
        shmem_rss,
        pgtables: kib_after(tail, b"pgtables:"),
        oom_score_adj: signed_after(tail, b"oom_score_adj:").and_then(OomScoreAdj::new),
        damaged: !whole || cut_shmem || !tail.starts_with(b")"),
        ..kill
    }
}

/// `OOM killed process <pid> (<comm>) score <n> vm:<n>kB, rss:<n>kB, swap:<n>kB`.
fn openvz(rest: &[u8]) -> Option<Kill> {
    let (pid, rest) = signed(rest.strip_prefix(b"OOM killed process ")?)?;
    let (comm, tail) = name(rest.strip_prefix(b" (")?);
    Some(Kill {
        pid: Some(Pid::new(pid)),
        comm: Comm::new(comm),
        score: signed_after(tail, b"score "),
        total_vm: kib_after(tail, b" vm:"),
        rss: kib_after(tail, b" rss:"),
        ..Kill::default()
    })
}

/// `Kill process <pid> (<comm>) sharing same memory` (up to Linux 4.3).
fn sharing(rest: &[u8]) -> Option<Kill> {
    let rest = rest.strip_suffix(b" sharing same memory")?;
    let (pid, rest) = signed(rest.strip_prefix(b"Kill process ")?)?;
    let comm = rest.strip_prefix(b" (")?.strip_suffix(b")")?;
    Some(Kill { pid: Some(Pid::new(pid)), comm: Comm::new(comm), sharing: true, ..Kill::default() })
}

/// `VM: killing process <comm>`: a page fault without memory (up to Linux 2.6.28).
fn page_fault(rest: &[u8]) -> Option<Kill> {
    let comm = rest.strip_prefix(b"VM: killing process ")?.trim_ascii_end();
    (comm.len() <= Comm::LONGEST).then(|| Kill { comm: Comm::new(comm), ..Kill::default() })
}

/// The task that was chosen, which is not yet dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Whose memory was out.
    pub prefix: Prefix,
    /// The process id.
    pub pid: Pid,
    /// The name.
    pub comm: Comm,
    /// The score.
    pub score: i64,
}

/// Reads `Kill process <pid> (<comm>) score <n> or sacrifice child` in its wordings (up to 5.0).
#[must_use]
pub fn read_selection(text: &[u8]) -> Option<Selection> {
    let (prefix, rest) = prefix(text);
    let rest = rest
        .strip_prefix(b"Kill process ")
        .or_else(|| rest.strip_prefix(b"kill process "))
        .or_else(|| rest.strip_prefix(b"Kill child of process "))?;
    let (pid, rest) = signed(rest)?;
    let (comm, tail) = rsplit_once(rest.strip_prefix(b" (")?, b") score ")?;
    let (score, _) = signed(tail)?;
    Some(Selection { prefix, pid: Pid::new(pid), comm: Comm::new(comm), score })
}

/// Reads `Tasks in <path> are going to be killed due to memory.oom.group set` (since Linux 4.19).
#[must_use]
pub fn read_group(text: &[u8]) -> Option<String> {
    let rest = text.trim_ascii().strip_prefix(b"Tasks in ")?;
    rsplit_once(rest, b" are going to be killed due to memory.oom.group set").map(|(path, _)| owned(path))
}

/// `<prefix>: OOM victim <pid> (<comm>) is already exiting. Skip killing the task` (since 5.9).
#[must_use]
pub fn read_exiting(text: &[u8]) -> Option<(Pid, Comm)> {
    let (_, rest) = prefix(text);
    let (pid, rest) = signed(rest.strip_prefix(b"OOM victim ")?)?;
    let (comm, _) = rsplit_once(rest.strip_prefix(b" (")?, b") is already exiting")?;
    Some((Pid::new(pid), Comm::new(comm)))
}

/// What the OOM reaper says about a victim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaped {
    /// The process id.
    pub pid: Pid,
    /// The name.
    pub comm: Comm,
    /// Whether it got the memory back.
    pub done: bool,
    /// Anonymous memory that is left.
    pub anon_rss: Option<KiB>,
    /// File pages that are left.
    pub file_rss: Option<KiB>,
    /// Shared memory that is left.
    pub shmem_rss: Option<KiB>,
}

/// Reads `oom_reaper: reaped process …` and its failures (since Linux 4.6).
#[must_use]
pub fn read_reaped(text: &[u8]) -> Option<Reaped> {
    let rest = text.strip_prefix(b"oom_reaper: ")?;
    let (done, rest) = match rest.strip_prefix(b"reaped process ") {
        Some(rest) => (true, rest),
        None => (
            false,
            rest.strip_prefix(b"unable to reap pid:").or_else(|| rest.strip_prefix(b"giving up pid:"))?,
        ),
    };
    let (pid, rest) = number(rest)?;
    let rest = rest.strip_prefix(b" (")?;
    let (comm, tail) = rsplit_once(rest, b"), now ").or_else(|| split_once(rest, b")"))?;
    Some(Reaped {
        pid: Pid::new(i64::try_from(pid).ok()?),
        comm: Comm::new(comm),
        done,
        anon_rss: kib_after(tail, b"anon-rss:"),
        file_rss: kib_after(tail, b"file-rss:"),
        shmem_rss: kib_after(tail, b"shmem-rss:"),
    })
}

/// Tells whether a line that is not understood may be one of these, broken off inside a name.
#[must_use]
pub fn may_break_off(text: &[u8]) -> bool {
    text.starts_with(b"oom_reaper: ") || after(text, b"ill process ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pid: i64, comm: &str, sizes: [Option<u64>; 5], uid: Option<i64>) {
        let kill = read_kill(text.as_bytes()).unwrap_or_else(|| panic!("not read: {text}"));
        assert_eq!((kill.pid, kill.comm), (Some(Pid::new(pid)), Comm::new(comm.as_bytes())), "{text}");
        let read = [kill.total_vm, kill.anon_rss, kill.file_rss, kill.shmem_rss, kill.pgtables];
        assert_eq!(read.map(|size| size.map(KiB::get)), sizes, "{text}");
        assert_eq!(kill.uid, uid.map(Uid::new), "{text}");
        assert!(!kill.damaged, "{text}");
    }

    #[test]
    fn every_wording_is_read() {
        let none = [None; 5];
        check("Out of Memory: Killed process 86 (portmap).", 86, "portmap", none, None);
        check("Out of memory: Killed process 991, UID 48, (httpd).", 991, "httpd", none, Some(48));
        check("Killed process 5138 (gnome-panel)", 5138, "gnome-panel", none, None);
        check(
            "Killed process 1 (a) vsz:8kB, anon-rss:4kB, file-rss:2kB",
            1,
            "a",
            [Some(8), Some(4), Some(2), None, None],
            None,
        );
        check(
            "Killed process 991, UID 48, (httpd) total-vm:209368kB, anon-rss:3000kB, file-rss:1084kB",
            991,
            "httpd",
            [Some(209_368), Some(3000), Some(1084), None, None],
            Some(48),
        );
        check(
            "Killed process 9 (h), UID 48, total-vm:8kB, anon-rss:3kB, file-rss:1kB, shmem-rss:0kB",
            9,
            "h",
            [Some(8), Some(3), Some(1), Some(0), None],
            Some(48),
        );
        check(
            "Memory cgroup out of memory: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:50kB oom_score_adj:1000",
            7,
            "x",
            [Some(8), Some(4), Some(0), Some(0), Some(50)],
            Some(0),
        );
    }

    #[test]
    fn a_name_cannot_forge_figures() {
        let text = "Killed process 7 () total-vm:1kB) total-vm:8kB, anon-rss:4kB, file-rss:0kB";
        check(text, 7, ") total-vm:1kB", [Some(8), Some(4), Some(0), None, None], None);
    }

    #[test]
    fn damage_is_told() {
        for text in [
            "Killed process 7 (x",
            "Killed process 7 (x) total-vm:8kB, anon-",
            "Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0",
        ] {
            assert!(read_kill(text.as_bytes()).unwrap().damaged, "{text}");
        }
    }

    #[test]
    fn only_the_kernels_own_words_count() {
        for text in [
            "myapp[77]: note to self: Out of memory: Killed process 2 (kthreadd)",
            "tty tty1: SAK: killed process 11375 (syz.3.1667): by fd#10",
            "Killed process",
            "Out of memory: something else",
        ] {
            assert_eq!(read_kill(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_chosen_are_not_yet_dead() {
        for (text, score) in [
            ("Out of Memory: Kill process 3 (a) score 12 and children.", 12),
            ("Out of memory: kill process 3 (a) score 59330 or a child", 59330),
            ("Memory cgroup out of memory: Kill process 3 (a) score 1703 or sacrifice child", 1703),
        ] {
            let chosen = read_selection(text.as_bytes()).unwrap();
            assert_eq!((chosen.pid, chosen.score), (Pid::new(3), score));
            assert_eq!(read_kill(text.as_bytes()), None);
        }
        assert!(read_kill(b"Kill process 3 (a) sharing same memory").unwrap().sharing);
    }

    #[test]
    fn reapers_and_groups_are_read() {
        let reaped = read_reaped(
            b"oom_reaper: reaped process 5 (a) b), now anon-rss:0kB, file-rss:4kB, shmem-rss:0kB",
        )
        .unwrap();
        assert_eq!(
            (reaped.comm, reaped.file_rss, reaped.done),
            (Comm::new(b"a) b"), Some(KiB::new(4)), true)
        );
        assert!(!read_reaped(b"oom_reaper: unable to reap pid:5 (a)").unwrap().done);
        assert_eq!(
            read_group(b"Tasks in /a b are going to be killed due to memory.oom.group set").as_deref(),
            Some("/a b")
        );
    }
}
