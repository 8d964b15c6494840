//! Other trouble in the same log: lines that are no part of a report and help to read one.
//!
//! A line is known by how it begins, so that a program which merely quotes one does not count.

use bstr::ByteSlice as _;

/// What kind of trouble a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The kind, such as `hung-task`.
    pub kind: &'static str,
}

/// Reads a line of the kernel; `None` where it tells of no trouble that is worth keeping.
#[must_use]
pub fn read(text: &[u8]) -> Option<Trouble> {
    let text = text.trim_ascii_start();
    let known = openings(*text.first()?).iter().find(|(start, part, _)| {
        text.starts_with(start.as_bytes()) && (part.is_empty() || text.contains_str(part))
    });
    known.map(|&(.., kind)| kind).or_else(|| of_task(text)).map(|kind| Trouble { kind })
}

/// How a line begins, what must follow somewhere, and the kind.
type Opening = (&'static str, &'static str, &'static str);

/// Returns the openings with this first byte; of two that fit, the first counts.
fn openings(first: u8) -> &'static [Opening] {
    match first {
        b'B' => BUGS,
        b'E' => &[
            ("EDAC MC", " CE ", "edac"),
            ("EDAC MC", " UE ", "edac"),
            ("EXT4-fs error (device ", "", "ext4-error"),
            ("EXT4-fs warning (device ", "", "ext4-error"),
            ("EXT4-fs (", "Remounting filesystem read-only", "remount-read-only"),
            ("EXT4-fs (", "I/O error", "ext4-error"),
        ],
        b'I' => &[
            ("INFO: task ", " blocked ", "hung-task"),
            ("INFO: rcu_", "stall", "rcu-stall"),
            ("I/O error, dev ", "", "io-error"),
            ("Internal error: ", "", "oops"),
        ],
        b'K' => &[
            ("Kernel command line: ", "", "boot-command-line"),
            ("Kernel panic - not syncing", "", "panic"),
            ("Kernel BUG at ", "", "oops"),
        ],
        b'M' => &[
            ("MCE: Killing ", " due to hardware memory corruption", "hwpoison"),
            ("MCE 0x", "", "hwpoison"),
            ("Memory failure: 0x", "", "hwpoison"),
            ("Memory: ", " available", "boot-memory"),
        ],
        b'N' => &[
            ("NMI watchdog: BUG: soft lockup", "", "soft-lockup"),
            ("NMI watchdog: Watchdog detected hard LOCKUP", "", "hard-lockup"),
        ],
        b'R' => &[
            ("Read-error on swap-device", "", "swap-error"),
            ("Rebooting in ", " seconds", "reboot"),
            ("Reserving ", " for crashkernel", "crash-kernel"),
        ],
        b'W' => &[
            ("WARNING: CPU: ", "", "warning"),
            ("WARNING: at ", "", "warning"),
            ("WARNING: ", ".c:", "warning"),
            ("Watchdog ", "ard LOCKUP", "hard-lockup"),
            ("Write-error on swap-device", "", "swap-error"),
        ],
        b'X' => &[
            ("XFS", "possible memory allocation deadlock", "allocation-deadlock"),
            ("XFS (", "hutting down filesystem", "xfs-error"),
            ("XFS (", "rror", "xfs-error"),
            ("XFS (", "orruption", "xfs-error"),
        ],
        b'a'..=b'z' => lower_openings(first),
        _ => OTHERS,
    }
}

const BUGS: &[Opening] = &[
    ("BTRFS", "forced readonly", "remount-read-only"),
    ("BTRFS error (device ", "", "btrfs-error"),
    ("BTRFS critical (device ", "", "btrfs-error"),
    ("BUG: soft lockup", "", "soft-lockup"),
    ("BUG: workqueue lockup", "", "workqueue-lockup"),
    ("BUG: unable to handle ", "", "oops"),
    ("BUG: kernel NULL pointer dereference", "", "oops"),
    ("BUG: Bad rss-counter state", "", "bad-rss"),
    ("BUG: non-zero ", " on freeing mm", "bad-rss"),
    ("BUG: Bad page ", "", "bad-page"),
    ("BUG: ", "", "kernel-bug"),
    ("Buffer I/O error on dev", "", "io-error"),
];

const OTHERS: &[Opening] = &[
    ("Adding ", "k swap on ", "swap-on"),
    ("Aborting journal on device ", "", "ext4-error"),
    ("Attempted to kill init!", "", "panic"),
    ("CPU", ": Watchdog detected hard LOCKUP", "hard-lockup"),
    ("Command line: ", "", "boot-command-line"),
    ("Corrupted low memory at ", "", "hwpoison"),
    ("Future hung task reports are suppressed", "", "hung-task"),
    ("Linux version ", "", "boot"),
    ("Oops: ", "", "oops"),
    ("Soft offlining ", "0x", "hwpoison"),
    ("Unable to handle kernel ", "", "oops"),
    ("Unless ", "OOM is now expected behavior", "rcu-stall"),
    ("---[ end Kernel panic - not syncing", "", "panic"),
    ("[Hardware Error]: ", "achine ", "machine-check"),
    ("__vm_enough_memory: pid:", "", "overcommit"),
    ("_swap_info_get: Bad swap", "", "swap-error"),
    ("{", "}[Hardware Error]: Hardware error from APEI", "machine-check"),
    ("{", "}[Hardware Error]: event severity: ", "machine-check"),
];

fn lower_openings(first: u8) -> &'static [Opening] {
    match first {
        b'b' => &[("blk_update_request: ", "error, dev ", "io-error")],
        b'c' => &[
            ("cannot allocate crashkernel", "", "crash-kernel"),
            ("cgroup: fork rejected by pids controller in ", "", "pids-limit"),
            ("crashkernel", "reserv", "crash-kernel"),
            ("critical ", " error, dev ", "io-error"),
        ],
        b'd' => &[("divide error: ", "", "oops"), ("double fault: ", "", "oops")],
        b'e' => &[("end_request: ", "error, dev ", "io-error")],
        b'g' => &[("general protection fault", "", "oops"), ("get_swap_device: Bad swap", "", "swap-error")],
        b'h' => &[("hv_balloon: ", "", "balloon")],
        b'i' => &[("invalid opcode: ", "", "oops")],
        b'k' => &[("kernel BUG at ", "", "oops")],
        b'l' => &[("lost page write due to I/O error on ", "", "io-error")],
        b'm' => &[
            ("mce: [Hardware Error]: ", "achine ", "machine-check"),
            ("mce: Uncorrected hardware memory error", "", "machine-check"),
            ("mmap: ", " exceed data ulimit", "rlimit"),
        ],
        b'p' => &[
            ("potentially unexpected fatal signal ", "", "segfault"),
            ("print_req_error: ", "error, dev ", "io-error"),
            ("protection error, dev ", "", "io-error"),
        ],
        b'r' => &[
            ("rcu: INFO: ", "stall", "rcu-stall"),
            ("rcu: ", " kthread starved for ", "rcu-stall"),
            ("rcu: ", "OOM is now expected behavior", "rcu-stall"),
            ("rcu_", " kthread starved for ", "rcu-stall"),
            ("recoverable transport error, dev ", "", "io-error"),
        ],
        b's' => &[
            ("soft offline: 0x", "", "hwpoison"),
            ("swap_dup: Bad swap", "", "swap-error"),
            ("swap_free: Bad swap", "", "swap-error"),
            ("swap_info_get: Bad swap", "", "swap-error"),
        ],
        b't' => &[
            ("timeout error, dev ", "", "io-error"),
            ("traps: ", " ip:", "traps"),
            ("traps: PANIC: ", "", "oops"),
        ],
        b'v' => &[("virtio_balloon ", "Out of puff", "balloon"), ("vmw_balloon", "", "balloon")],
        b'w' => &[
            ("watchdog: BUG: soft lockup", "", "soft-lockup"),
            ("watchdog: ", "ard LOCKUP", "hard-lockup"),
            ("workqueue: ", " hogged CPU", "workqueue-hog"),
        ],
        b'x' => &[("xen:balloon: ", "", "balloon"), ("xen_balloon: ", "", "balloon")],
        _ => &[],
    }
}

/// Reads a line that begins with the name of a task, which may be anything.
fn of_task(text: &[u8]) -> Option<&'static str> {
    // A name has at most 15 bytes and a pid at most 10, so a kernel's words begin before long.
    let head = text.get(..64).unwrap_or(text);
    let at = head.find_byteset(":]")?;
    let words = head.get(at..)?;
    for (part, kind) in
        [("]: segfault at ", "segfault"), ("]: unhandled ", "segfault"), (": reached RLIMIT_", "rlimit")]
    {
        if let Some(at) = words.find(part) {
            let is_pid = head
                .get(..head.len() - words.len() + at)
                .and_then(<[u8]>::last)
                .is_some_and(u8::is_ascii_digit);
            return is_pid.then_some(kind);
        }
    }
    None
}

/// Reads a line of a program in user space that tells of memory, or of a service lost to it.
///
/// The lines by which a program announces a kill of its own are read by [`super::killers`].
#[must_use]
pub fn read_program(program: &[u8], text: &[u8]) -> Option<Trouble> {
    let parts: &[(&str, &str)] = match program_name(program) {
        b"systemd" => &[
            (": A process of this unit has been killed by the OOM killer", "unit-oom-kill"),
            (": The kernel OOM killer killed ", "unit-oom-kill"),
            (": Failed with result 'oom-kill'", "unit-oom-kill"),
            (": systemd-oomd killed ", "unit-oomd-kill"),
            (": Watchdog timeout", "unit-watchdog"),
            (": Main process exited, code=killed, status=9/KILL", "unit-killed"),
            (": main process exited, code=killed, status=9/KILL", "unit-killed"),
            (" memory peak", "unit-memory-peak"),
        ],
        b"earlyoom" => &[("low memory! at or below ", "low-memory")],
        b"kubelet" | b"hyperkube" | b"kubelite" | b"k3s" | b"k3s-agent" | b"rke2" => &[
            ("System OOM encountered, victim process: ", "system-oom"),
            ("viction manager: attempting to reclaim", "kubelet-eviction"),
            ("viction manager: must evict pod(s) to reclaim", "kubelet-eviction"),
            ("must evict pod(s) to reclaim memory", "kubelet-eviction"),
            ("OOMKilled", "container-oom"),
            ("TaskOOM event ", "container-oom"),
        ],
        b"containerd" | b"dockerd" | b"docker" => {
            &[("TaskOOM event ", "container-oom"), ("topic=/tasks/oom", "container-oom")]
        }
        b"conmon" | b"crio" => &[("OOM received", "container-oom"), ("OOM event received", "container-oom")],
        b"nomad" => &[("OOM Killed", "container-oom")],
        b"node-problem-detector" => &[("OOMKilling", "container-oom")],
        _ => return None,
    };
    parts.iter().find(|(part, _)| text.contains_str(part)).map(|&(_, kind)| Trouble { kind })
}

/// Returns a program's name without its folder and process id.
pub(super) fn program_name(program: &[u8]) -> &[u8] {
    let name = program.rsplit(|b| *b == b'/').next().unwrap_or(program);
    name.split(|b| *b == b'[').next().unwrap_or(name).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: impl Fn(&[u8]) -> Option<Trouble>, cases: &[(&str, &str)]) {
        for (line, kind) in cases {
            assert_eq!(read(line.as_bytes()).map_or("none", |trouble| trouble.kind), *kind, "{line}");
            for end in 0..line.len() {
                let _ = read(&line.as_bytes()[..end]);
            }
        }
    }

    #[test]
    fn locks_and_panics_are_known() {
        check(
            read,
            &[
                ("INFO: task kworker/u8:2:412 blocked for more than 120 seconds.", "hung-task"),
                ("INFO: task cp:9 blocked in I/O wait for more than 122 seconds.", "hung-task"),
                ("INFO: task cp:9 is blocked on a mutex likely owned by task mv:10.", "hung-task"),
                (
                    "Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings",
                    "hung-task",
                ),
                ("BUG: soft lockup - CPU#3 stuck for 23s! [java:77]", "soft-lockup"),
                ("watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [java:77]", "soft-lockup"),
                ("NMI watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [java:77]", "soft-lockup"),
                ("Watchdog detected hard LOCKUP on cpu 2", "hard-lockup"),
                ("watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 2", "hard-lockup"),
                ("CPU2: Watchdog detected hard LOCKUP on cpu 2", "hard-lockup"),
                ("rcu: INFO: rcu_preempt self-detected stall on CPU", "rcu-stall"),
                ("INFO: rcu_sched detected stalls on CPUs/tasks: { 2}", "rcu-stall"),
                ("rcu: rcu_sched kthread starved for 5250 jiffies! g77 f0x0 RCU_GP_WAIT_FQS(5)", "rcu-stall"),
                (
                    "rcu: \tUnless rcu_sched kthread gets sufficient CPU time, OOM is now expected behavior.",
                    "rcu-stall",
                ),
                (
                    "BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 31s!",
                    "workqueue-lockup",
                ),
                ("workqueue: drain_vmap_work hogged CPU for >10000us 4 times", "workqueue-hog"),
                ("Kernel panic - not syncing: Fatal exception", "panic"),
                ("---[ end Kernel panic - not syncing: Fatal exception ]---", "panic"),
                ("Rebooting in 10 seconds..", "reboot"),
                ("BUG: unable to handle page fault for address: ffffeb0400000008", "oops"),
                ("BUG: kernel NULL pointer dereference, address: 0000000000000010", "oops"),
                (
                    "Unable to handle kernel NULL pointer dereference at virtual address 0000000000001540",
                    "oops",
                ),
                ("general protection fault, probably for non-canonical address 0xdead000000000108", "oops"),
                ("WARNING: CPU: 1 PID: 13 at kernel/workqueue.c:2542 check+0x118/0x12c", "warning"),
                (
                    "XFS: java(77) possible memory allocation deadlock size 64 in kmem_alloc (mode:0x250)",
                    "allocation-deadlock",
                ),
                (
                    "XFS: possible memory allocation deadlock in xfs_buf_allocate_memory (mode:0x250)",
                    "allocation-deadlock",
                ),
            ],
        );
    }

    #[test]
    fn crashes_and_broken_hardware_are_known() {
        check(
            read,
            &[
                (
                    "java[77]: segfault at 10 ip 00007f00aa sp 00007ffd error 4 in libjvm.so[7f00+1000]",
                    "segfault",
                ),
                ("Web Content[77]: segfault at 10 ip 00007f00aa sp 00007ffd error 4", "segfault"),
                ("runc:[2:INIT][77]: segfault at 10 ip 00007f00aa sp 00007ffd error 4", "segfault"),
                (
                    "app[77]: unhandled exception: DABT (lower EL), ESR 0x92000006, level 2 translation fault",
                    "segfault",
                ),
                ("traps: app[77] general protection fault ip:7f00aa sp:7ffd error:0 in libc.so", "traps"),
                ("BUG: Bad rss-counter state mm:00000000a1b2c3d4 type:MM_ANONPAGES val:2", "bad-rss"),
                ("BUG: non-zero pgtables_bytes on freeing mm: -4096", "bad-rss"),
                ("BUG: Bad page state in process java  pfn:12345", "bad-page"),
                ("mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 7: 8c00004000010091", "machine-check"),
                (
                    "{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 4",
                    "machine-check",
                ),
                ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1)", "edac"),
                ("Memory failure: 0x12345: recovery action for dirty LRU page: Recovered", "hwpoison"),
                ("MCE 0x12345: dirty LRU page recovery: Recovered", "hwpoison"),
                ("blk_update_request: I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0", "io-error"),
                ("critical medium error, dev sdb, sector 4096 op 0x0:(READ)", "io-error"),
                ("Buffer I/O error on dev dm-0, logical block 7, lost async page write", "io-error"),
                (
                    "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading",
                    "ext4-error",
                ),
                ("EXT4-fs (sda1): Remounting filesystem read-only", "remount-read-only"),
                (
                    "XFS (dm-1): metadata I/O error in \"xfs_read_agf\" at daddr 0x1 len 1 error 5",
                    "xfs-error",
                ),
                ("XFS (dm-1): Please unmount the filesystem. Shutting down filesystem.", "xfs-error"),
                ("Read-error on swap-device (252:0:128)", "swap-error"),
            ],
        );
    }

    #[test]
    fn the_state_of_the_machine_is_known() {
        check(
            read,
            &[
                ("Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)", "boot"),
                ("Memory: 2013804K/2096600K available (14336K kernel code, 82796K reserved)", "boot-memory"),
                ("Command line: root=/dev/vda1 ro quiet", "boot-command-line"),
                ("Reserving 256MB of memory at 624MB for crashkernel (System RAM: 4095MB)", "crash-kernel"),
                ("crashkernel reserved: 0x000000009f000000 - 0x00000000af000000 (256 MB)", "crash-kernel"),
                ("virtio_balloon virtio2: Out of puff! Can't get 1 pages", "balloon"),
                ("cgroup: fork rejected by pids controller in /docker/abc", "pids-limit"),
                ("Adding 2097148k swap on /dev/vda2.  Priority:-2 extents:1 across:2097148k", "swap-on"),
                ("sshd/77: reached RLIMIT_SIGPENDING, dropped signal", "rlimit"),
                (
                    "__vm_enough_memory: pid: 7, comm: java, bytes: 4096 not enough memory for the allocation",
                    "overcommit",
                ),
            ],
        );
    }

    #[test]
    fn what_only_looks_like_trouble_is_not() {
        check(
            read,
            &[
                ("", "none"),
                ("OOM killer enabled.", "none"),
                ("OOM killer disabled.", "none"),
                ("NMI watchdog: Perf NMI watchdog permanently disabled", "none"),
                ("watchdog: Delayed init of the lockup detector failed: -19", "none"),
                ("rcu: Hierarchical RCU implementation.", "none"),
                ("EDAC MC: Ver: 3.0.0", "none"),
                ("XFS (dm-1): Mounting V5 Filesystem", "none"),
                ("EXT4-fs (sda1): mounted filesystem with ordered data mode", "none"),
                ("mce: CPU supports 9 MCE banks", "none"),
                ("audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" comm=\"oom\"", "none"),
                ("memory: usage 4096kB, limit 4096kB, failcnt 12", "none"),
                ("java: java.lang.OutOfMemoryError: Java heap space", "none"),
                ("Out of memory when creating slab kmalloc-64", "none"),
                ("a report said: java[77]: segfaulted", "none"),
                ("he wrote: watchdog: BUG: soft lockup - CPU#3", "none"),
            ],
        );
    }

    #[test]
    fn programs_tell_of_services_lost() {
        let systemd = |text: &[u8]| read_program(b"systemd[1]", text);
        check(
            systemd,
            &[
                ("db.service: A process of this unit has been killed by the OOM killer.", "unit-oom-kill"),
                ("db.service: Failed with result 'oom-kill'.", "unit-oom-kill"),
                ("db.service: systemd-oomd killed 12 process(es) in this unit.", "unit-oomd-kill"),
                ("db.service: Main process exited, code=killed, status=9/KILL", "unit-killed"),
                ("db.service: Watchdog timeout (limit 3min)!", "unit-watchdog"),
                ("db.service: Consumed 3.121s CPU time, 1.8G memory peak.", "unit-memory-peak"),
                ("Started db.service.", "none"),
            ],
        );
        check(
            |text| read_program(b"/usr/bin/kubelet", text),
            &[
                ("\"Eviction manager: attempting to reclaim\" resourceName=\"memory\"", "kubelet-eviction"),
                ("eviction manager: must evict pod(s) to reclaim memory", "kubelet-eviction"),
                ("System OOM encountered, victim process: java, pid: 77", "system-oom"),
                ("\"Eviction manager: pod is evicted successfully\" pod=\"default/a\"", "none"),
            ],
        );
        check(
            |text| read_program(b"containerd", text),
            &[
                ("time=\"x\" level=info msg=\"TaskOOM event container_id:\\\"ab\\\"\"", "container-oom"),
                (
                    "level=info msg=\"TaskOOM event &TaskOOM{ContainerID:ab,XXX_unrecognized:[],}\"",
                    "container-oom",
                ),
                ("loading plugin io.containerd.oom", "none"),
            ],
        );
        check(|text| read_program(b"dockerd", text), &[("fatal error: runtime: out of memory", "none")]);
        check(
            |text| read_program(b"earlyoom", text),
            &[("low memory! at or below SIGTERM limits: mem 10.00%", "low-memory")],
        );
        check(|text| read_program(b"bash", text), &[("x: Failed with result 'oom-kill'.", "none")]);
    }
}
