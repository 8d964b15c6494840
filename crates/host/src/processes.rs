//! The processes of a host, one at a time through one buffer.

use oomkit_core::{
    ident::{OomScoreAdj, Pid},
    reading::Reading,
};

use crate::{
    kernel::{
        fields::{number, single_signed},
        pid_cgroup::PidCgroup,
        pid_smaps_rollup::PidSmapsRollup,
        pid_stat::PidStat,
        pid_status::PidStatus,
    },
    tree::{Files, Tree, path_of},
};

/// What is read of each process; each part is one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set, whose elements are named where it is made")]
pub struct Parts {
    /// Who it is and when it started.
    pub stat: bool,
    /// Its memory, exactly.
    pub status: bool,
    /// Its adjustment.
    pub adjustment: bool,
    /// Its cgroups; reading the members of each cgroup takes a tenth of the time.
    pub cgroup: bool,
    /// Its arguments; waits for a lock of the process, for ever if it is stuck in a fault.
    pub arguments: bool,
    /// Its share of what it shares; stalls the process, by 15 ms for each GiB.
    pub smaps_rollup: bool,
}

impl Parts {
    /// What a snapshot needs, and no process can notice.
    pub const HARMLESS: Self = Self {
        stat: true,
        status: true,
        adjustment: true,
        cgroup: false,
        arguments: false,
        smaps_rollup: false,
    };
}

/// A process; a part that was not asked for is absent.
///
/// A task of the kernel has neither memory nor a score (`oom_unkillable_task`, `mm/oom_kill.c`), so of
/// its status and its adjustment nothing is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// The process id.
    pub pid: Pid,
    /// Who it is and when it started.
    pub stat: Reading<PidStat>,
    /// Its memory.
    pub status: Reading<PidStatus>,
    /// Its adjustment.
    pub adjustment: Reading<OomScoreAdj>,
    /// Its cgroups.
    pub cgroup: Reading<PidCgroup>,
    /// Its arguments, each with a NUL at its end, as far as it left them alone; a kernel thread has none.
    pub arguments: Reading<Vec<u8>>,
    /// Its share of what it shares.
    pub smaps_rollup: Reading<PidSmapsRollup>,
}

/// How a walk over all processes went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Processes that were handed over.
    pub seen: u64,
    /// Processes that ended before they were read.
    pub vanished: u64,
    /// Files that may not be read.
    pub denied: u64,
}

/// Hands over each process in the order of ids; what ends meanwhile is counted and left out.
pub fn each(tree: &dyn Tree, parts: Parts, take: &mut dyn FnMut(Process)) -> Reading<Walked> {
    let mut pids = Vec::new();
    let listed = tree.folders(path_of(b"/proc"), &mut |name| pids.extend(number(name)));
    listed.map(|()| {
        pids.sort_unstable();
        let mut files = Files::new(tree);
        let mut walked = Walked::default();
        for pid in pids.into_iter().filter_map(|pid| i64::try_from(pid).ok()).map(Pid::new) {
            match process(&mut files, pid, parts) {
                Some(process) => {
                    walked.seen += 1;
                    walked.denied += denied(&process);
                    take(process);
                }
                None => walked.vanished += 1,
            }
        }
        walked
    })
}

/// Reads one process; `None` where it has ended.
#[must_use]
pub fn one(tree: &dyn Tree, pid: Pid, parts: Parts) -> Option<Process> {
    process(&mut Files::new(tree), pid, parts)
}

fn process(files: &mut Files<'_>, pid: Pid, parts: Parts) -> Option<Process> {
    let mut digits = [0; 24];
    files.go(&[b"/proc/", decimal(pid, &mut digits)]);
    let stat = if_asked(parts.stat, || files.value("stat", PidStat::read));
    let is_of_kernel = matches!(&stat, Reading::Known(stat) if stat.is_kernel_thread);
    let parts = Parts {
        status: parts.status && !is_of_kernel,
        adjustment: parts.adjustment && !is_of_kernel,
        ..parts
    };
    let mut process = Process {
        pid,
        stat,
        status: if_asked(parts.status, || files.value("status", PidStatus::read)),
        adjustment: if_asked(parts.adjustment, || files.value("oom_score_adj", adjustment)),
        cgroup: if_asked(parts.cgroup, || files.value("cgroup", PidCgroup::read)),
        arguments: if_asked(parts.arguments, || {
            files.value("cmdline", |bytes| Reading::Known(bytes.to_owned()))
        }),
        smaps_rollup: if_asked(parts.smaps_rollup, || files.value("smaps_rollup", PidSmapsRollup::read)),
    };
    let asked = [
        (parts.stat, process.stat.as_ref().map(|_| ())),
        (parts.status, process.status.as_ref().map(|_| ())),
        (parts.adjustment, process.adjustment.as_ref().map(|_| ())),
    ];
    let of_asked = |why: &Reading<()>| asked.iter().filter(|(asked, read)| *asked && read == why).count();
    let absent = of_asked(&Reading::Absent);
    let all = asked.iter().filter(|(asked, _)| *asked).count();
    // A process that ends takes all its files along; a capture may lack some of them.
    let has_ended = 0 < of_asked(&Reading::Vanished) || 0 < absent && (absent == all || !files.are_there());
    // Without memory of its own, as the kernel's threads are, a process looks like one that has ended.
    if process.smaps_rollup == Reading::Vanished {
        process.smaps_rollup = Reading::Absent;
    }
    (!has_ended).then_some(process)
}

fn if_asked<T>(asked: bool, read: impl FnOnce() -> Reading<T>) -> Reading<T> {
    if asked { read() } else { Reading::Absent }
}

fn adjustment(bytes: &[u8]) -> Reading<OomScoreAdj> {
    single_signed(bytes)
        .and_then(|adj| OomScoreAdj::new(adj).map_or_else(|| Reading::malformed(bytes), Reading::Known))
}

fn denied(process: &Process) -> u64 {
    let parts = [
        process.stat.as_ref().map(|_| ()),
        process.status.as_ref().map(|_| ()),
        process.adjustment.as_ref().map(|_| ()),
        process.cgroup.as_ref().map(|_| ()),
        process.arguments.as_ref().map(|_| ()),
        process.smaps_rollup.as_ref().map(|_| ()),
    ];
    parts.iter().filter(|part| **part == Reading::Denied).count() as u64
}

/// Writes a number without allocating.
fn decimal(pid: Pid, room: &mut [u8; 24]) -> &[u8] {
    let mut rest = pid.get().unsigned_abs();
    let mut at = room.len();
    loop {
        at -= 1;
        if let Some(digit) = room.get_mut(at) {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        }
        rest /= 10;
        if rest == 0 {
            return room.get(at..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Capture;

    const STAT: &str = "7 (a) S 1 0 0 0 -1 4194560 100 0 7 0 1 2 0 0 20 0 13 0 55 66424832 5951 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0";

    #[test]
    fn what_ended_is_counted_and_what_is_denied_is_told() {
        let text = format!(
            "//- /proc/meminfo\nx\n//- /proc/10/stat\n{STAT}\n//- /proc/10/status\nName:\ta\nPid:\t10\n//- /proc/10/oom_score_adj\n-997\n\
             //- /proc/10/smaps_rollup vanished\n//- /proc/9/ vanished\n//- /proc/8/\n//- /proc/7/stat\n{STAT}\n//- /proc/7/status denied\n//- /proc/7/oom_score_adj\n1001\n\
             //- /proc/7/cmdline\na\\x00\\\n//- /proc/sys/vm/swappiness\n60\n"
        );
        let tree = Capture::new(text.into_bytes()).unwrap();
        let mut seen = Vec::new();
        let walked = each(&tree, Parts { arguments: true, ..Parts::HARMLESS }, &mut |process| {
            seen.push(format!(
                "{} {} {:?} {} {:?}",
                process.pid,
                process.stat.is_known(),
                process.status.why_not(),
                process.adjustment,
                process.arguments
            ));
        });
        assert_eq!(walked, Reading::Known(Walked { seen: 2, vanished: 2, denied: 1 }));
        assert_eq!(
            seen,
            [
                "7 true Some(\"not permitted\") not understood: 1001\\n Known([97, 0])",
                "10 true None -997 Absent",
            ]
        );
        assert_eq!(one(&tree, Pid::new(11), Parts::HARMLESS), None);
    }

    #[test]
    fn numbers_are_written() {
        for number in [0, 7, 10, 4_194_304, i64::MAX] {
            assert_eq!(decimal(Pid::new(number), &mut [0; 24]), number.to_string().as_bytes());
        }
    }
}
