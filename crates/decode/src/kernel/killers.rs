//! Killers other than the kernel's OOM killer: programs that kill before it would, and Android's.
//!
//! A line that announces a kill is one; what such a program says before and after is read by
//! [`super::context`], and so is the kubelet's `System OOM encountered`, which repeats a kill of
//! the kernel.

use bstr::ByteSlice as _;
use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid, text as lossless},
    units::{Bytes, KiB},
};

use super::context::program_name;

/// A kill that a program announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserKill {
    /// Who killed: `systemd-oomd`, `earlyoom`, `nohang`, `oomd`, `lmkd`, `lowmemorykiller`, `kubelet`.
    pub killer: &'static str,
    /// The process that was killed.
    pub pid: Option<Pid>,
    /// Its name, as the killer spells it; Android's are longer than a thread's name.
    pub comm: Option<Comm>,
    /// Its user id.
    pub uid: Option<Uid>,
    /// Its adjustment.
    pub oom_score_adj: Option<OomScoreAdj>,
    /// Its resident memory.
    pub rss: Option<Bytes>,
    /// Its memory in swap.
    pub swap: Option<Bytes>,
    /// The cgroup or pod that was killed, where the line names no process.
    pub target: Option<String>,
    /// Why, in the killer's own words.
    pub reason: Option<String>,
}

/// Reads a line that announces a kill; `None` for any other line.
///
/// `program` is who wrote the line, where the wrapping tells; `None` stands for the kernel and for
/// the unknown. A program is only believed about its own kills.
#[must_use]
pub fn read(program: Option<&[u8]>, text: &[u8]) -> Option<UserKill> {
    let text = text.trim_ascii();
    let Some(program) = program.map(program_name) else {
        return match text.first()? {
            b'K' => systemd_oomd(text).or_else(|| lmkd(text)).or_else(|| lowmemorykiller(text)),
            b'M' => systemd_oomd(text),
            b'S' => nohang(text).filter(|_| text.starts_with(b"Send")),
            b'l' => lowmemorykiller(text),
            b'o' => oomd(text),
            b's' => earlyoom(text).or_else(|| lowmemorykiller(text)),
            _ => None,
        };
    };
    match program {
        b"systemd-oomd" => systemd_oomd(text),
        b"earlyoom" => earlyoom(text),
        b"nohang" | b"nohang-desktop" => nohang(text),
        b"oomd" => oomd(text),
        b"lmkd" | b"lowmemorykiller" => lmkd(text).or_else(|| lowmemorykiller(text)),
        b"kubelet" | b"hyperkube" | b"kubelite" | b"k3s" | b"k3s-agent" | b"rke2" => kubelet(text),
        _ => None,
    }
}

/// Reads `Killed /a.slice due to memory pressure for …`, newer `Marked /a.slice for killing due to …`.
fn systemd_oomd(text: &[u8]) -> Option<UserKill> {
    let (target, reason) = match text.strip_prefix(b"Killed ") {
        Some(rest) => rest.split_once_str(" due to memory ")?,
        None => text.strip_prefix(b"Marked ")?.split_once_str(" for killing due to memory ")?,
    };
    // A cgroup is a path; the kernel's own kill line names a process, whose name may be anything.
    if !target.starts_with(b"/") {
        return None;
    }
    let reason = Some(format!("memory {}", lossless(reason)));
    Some(UserKill {
        killer: "systemd-oomd",
        target: Some(lossless(target).into_owned()),
        reason,
        ..UserKill::default()
    })
}

/// Reads `sending SIGTERM to process 77 uid 1000 "java": oom_score 1200, …, VmRSS 1200 MiB, …`.
fn earlyoom(text: &[u8]) -> Option<UserKill> {
    let (signal, rest) = text.strip_prefix(b"sending ")?.split_once_str(" to process ")?;
    if !matches!(signal, b"SIGTERM" | b"SIGKILL") {
        return None;
    }
    let pid = number(rest)?;
    // The name may hold quotes; the words after it are the killer's own.
    let (head, tail) = match rest.split_once_str("\": oom_score ") {
        Some(parts) => parts,
        None => rest.split_once_str("\": badness ")?,
    };
    let comm = head.split_once_str(" \"").map(|(_, comm)| Comm::new(comm));
    // The command line comes last and may hold anything.
    let figures = tail.split_once_str(", cmdline ").map_or(tail, |(figures, _)| figures);
    Some(UserKill {
        killer: "earlyoom",
        pid: Some(Pid::new(pid)),
        comm,
        uid: number_after(head, " uid ").map(Uid::new),
        oom_score_adj: number_after(figures, "oom_score_adj ").and_then(OomScoreAdj::new),
        rss: number_after(figures, "VmRSS ").and_then(|mib| kib(mib.checked_mul(1024)?)),
        ..UserKill::default()
    })
}

/// Reads `Sending SIGTERM to the victim`; the victim stands in other lines.
fn nohang(text: &[u8]) -> Option<UserKill> {
    let is_kill = text.contains_str("SIGTERM to the victim") || text.contains_str("SIGKILL to the victim");
    is_kill.then(|| UserKill { killer: "nohang", ..UserKill::default() })
}

/// Reads `oomd kill: 24.97 9.17 3.11 system.slice/a.slice 999424 detector:… killer:…`.
fn oomd(text: &[u8]) -> Option<UserKill> {
    let mut words = text.strip_prefix(b"oomd kill: ")?.splitn_str(6, " ");
    let pressure = words.next()?;
    let (_, _, target) = (words.next()?, words.next()?, words.next()?);
    let rules = words.nth(1).map(|rest| format!("; {}", lossless(rest))).unwrap_or_default();
    Some(UserKill {
        killer: "oomd",
        target: Some(lossless(target).into_owned()),
        reason: Some(format!("memory pressure {}{rules}", lossless(pressure))),
        ..UserKill::default()
    })
}

/// Reads `Kill 'app' (77), uid 10123, oom_score_adj 900 to free 1200kB rss, 0kB swap; reason: …`.
fn lmkd(text: &[u8]) -> Option<UserKill> {
    let (name, rest) = text.strip_prefix(b"Kill '")?.split_once_str("' (")?;
    let (pid, rest) = (number(rest)?, rest.split_once_str("), uid ")?.1);
    let (figures, reason) =
        match rest.split_once_str("; reason: ").or_else(|| rest.split_once_str(" because ")) {
            Some((figures, reason)) => (figures, Some(lossless(reason).into_owned())),
            None => (rest, None),
        };
    let (head, freed) = figures.split_once_str(" to free ")?;
    let swap = freed.split_str(", ").find(|part| part.ends_with(b"kB swap")).and_then(number);
    Some(UserKill {
        killer: "lmkd",
        pid: Some(Pid::new(pid)),
        comm: Some(Comm::new(name)),
        uid: number(rest).map(Uid::new),
        oom_score_adj: number_after(head, "oom_score_adj ").and_then(OomScoreAdj::new),
        rss: number(freed).and_then(kib),
        swap: swap.and_then(kib),
        reason,
        ..UserKill::default()
    })
}

/// Reads the kernel driver of Android's older releases, in one line or in one record of four.
fn lowmemorykiller(text: &[u8]) -> Option<UserKill> {
    let text = text.strip_prefix(b"lowmemorykiller: ").unwrap_or(text);
    if let Some(rest) = text.strip_prefix(b"send sigkill to ") {
        let (name, figures) = rest.split_once_str(" (")?.1.split_once_str("), adj ")?;
        // Kernels before 3.6 print the adjustment of old here, which goes to 15.
        let adj = number(figures).filter(|adj| 15 < *adj);
        let size = number_after(figures, "size ");
        return Some(UserKill {
            killer: "lowmemorykiller",
            pid: number(rest).map(Pid::new),
            comm: Some(Comm::new(name)),
            oom_score_adj: adj.and_then(OomScoreAdj::new),
            reason: size.map(|pages| format!("size {pages} pages")),
            ..UserKill::default()
        });
    }
    let (name, rest) = text.strip_prefix(b"Killing '")?.split_once_str("' (")?;
    let (_, figures) = rest.split_once_str("), adj ")?;
    let reason = figures.lines().map(<[u8]>::trim_ascii).find(|line| line.starts_with(b"cache "));
    Some(UserKill {
        killer: "lowmemorykiller",
        pid: number(rest).map(Pid::new),
        comm: Some(Comm::new(name)),
        oom_score_adj: number(figures).and_then(OomScoreAdj::new),
        rss: number_after(figures, "to free ").and_then(kib),
        reason: reason.map(|line| lossless(line).into_owned()),
        ..UserKill::default()
    })
}

/// Reads `eviction manager: pod a_default(…) is evicted successfully`, or its structured cousin.
fn kubelet(text: &[u8]) -> Option<UserKill> {
    let (_, rest) = text.split_once_str("viction manager: pod ")?;
    let (plain, after) = rest.split_once_str("is evicted successfully")?;
    let quoted = || after.split_once_str("pod=\"")?.1.split_once_str("\"").map(|(pod, _)| pod);
    let target = match plain.trim_ascii() {
        [] => quoted(),
        pod => Some(pod),
    };
    Some(UserKill {
        killer: "kubelet",
        target: target.map(|pod| lossless(pod).into_owned()),
        reason: Some("eviction".to_owned()),
        ..UserKill::default()
    })
}

fn kib(number: i64) -> Option<Bytes> {
    u64::try_from(number).ok().map(|kib| KiB::new(kib).bytes())
}

/// Reads the decimal number that follows the first occurrence of `key`.
fn number_after(text: &[u8], key: &str) -> Option<i64> {
    number(text.split_once_str(key)?.1)
}

/// Reads the decimal number at the start of the text.
fn number(text: &[u8]) -> Option<i64> {
    let end = text.iter().position(|b| !b.is_ascii_digit() && *b != b'-').unwrap_or(text.len());
    text.get(..end)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows the fields that are set, in the order of the struct.
    fn shown(program: Option<&str>, text: &str) -> String {
        let Some(kill) = read(program.map(str::as_bytes), text.as_bytes()) else { return "none".to_owned() };
        let mut out = kill.killer.to_owned();
        for (key, value) in [
            ("pid", kill.pid.map(|pid| pid.to_string())),
            ("comm", kill.comm.map(|comm| comm.to_string())),
            ("uid", kill.uid.map(|uid| uid.to_string())),
            ("adj", kill.oom_score_adj.map(|adj| adj.to_string())),
            ("rss", kill.rss.map(|rss| rss.to_string())),
            ("swap", kill.swap.map(|swap| swap.to_string())),
            ("target", kill.target),
            ("reason", kill.reason),
        ] {
            if let Some(value) = value {
                out = format!("{out} {key}=<{value}>");
            }
        }
        out
    }

    fn check(cases: &[(Option<&str>, &str, &str)]) {
        for &(program, text, expected) in cases {
            assert_eq!(shown(program, text), expected, "{text}");
            for end in 0..text.len() {
                let _ = read(program.map(str::as_bytes), &text.as_bytes()[..end]);
                let _ = read(None, &text.as_bytes()[..end]);
            }
        }
    }

    #[test]
    fn killers_of_servers_and_desktops_are_read() {
        check(&[
            (
                Some("systemd-oomd[612]"),
                "Killed /user.slice/a.scope due to memory used (8123) / total (8345) and swap used (7) / total (8) being more than 90.00%",
                "systemd-oomd target=</user.slice/a.scope> reason=<memory used (8123) / total (8345) and swap used (7) / total (8) being more than 90.00%>",
            ),
            (
                None,
                "Killed /a.slice/b.service due to memory pressure for /a.slice being 87.50% > 60.00% for > 20s with reclaim activity",
                "systemd-oomd target=</a.slice/b.service> reason=<memory pressure for /a.slice being 87.50% > 60.00% for > 20s with reclaim activity>",
            ),
            (
                Some("systemd-oomd"),
                "Marked /a.slice for killing due to memory pressure for /a.slice being 87.50% > 60.00%",
                "systemd-oomd target=</a.slice> reason=<memory pressure for /a.slice being 87.50% > 60.00%>",
            ),
            (
                Some("earlyoom"),
                "sending SIGTERM to process 77 uid 1000 \"Web \"Content\": oom_score 1200, oom_score_adj 300, VmRSS 1200 MiB, cmdline \"x VmRSS 9 MiB\"",
                "earlyoom pid=<77> comm=<Web \"Content> uid=<1000> adj=<300> rss=<1.2 GiB>",
            ),
            (
                None,
                "sending SIGKILL to process 77 uid 0 \"stress\": badness 600, VmRSS 12 MiB",
                "earlyoom pid=<77> comm=<stress> uid=<0> rss=<12.0 MiB>",
            ),
            (Some("nohang"), "  Sending SIGTERM to the victim", "nohang"),
            (
                None,
                "oomd kill: 24.97 9.17 3.11 system.slice/a.slice 999424 ruleset:[x y] detectorgroup:[mem] killer:by_size v2",
                "oomd target=<system.slice/a.slice> reason=<memory pressure 24.97; ruleset:[x y] detectorgroup:[mem] killer:by_size v2>",
            ),
            (
                Some("kubelet"),
                "I0102 03:04:05.6 9 eviction_manager.go:582] \"Eviction manager: pod is evicted successfully\" pod=\"default/web-0\"",
                "kubelet target=<default/web-0> reason=<eviction>",
            ),
            (
                Some("kubelet"),
                "eviction manager: pod web-0_default(0f6a) is evicted successfully",
                "kubelet target=<web-0_default(0f6a)> reason=<eviction>",
            ),
        ]);
    }

    #[test]
    fn killers_of_phones_are_read() {
        check(&[
            (
                Some("lowmemorykiller"),
                "Kill 'org.example.maps' (77), uid 10123, oom_score_adj 900 to free 131072kB rss, 2048kB swap; reason: low watermark is breached",
                "lmkd pid=<77> comm=<org.example.maps> uid=<10123> adj=<900> rss=<128.0 MiB> swap=<2.0 MiB> reason=<low watermark is breached>",
            ),
            (
                Some("lmkd"),
                "Kill 'a' (77), uid 10123, oom_score_adj 0 to free 4096kB rss, 1024kB anon rss, 8kB swap, 0kB dmabuf_pss; reason: x",
                "lmkd pid=<77> comm=<a> uid=<10123> adj=<0> rss=<4.0 MiB> swap=<8.0 KiB> reason=<x>",
            ),
            (
                None,
                "Kill 'a' (77), uid 1000, oom_adj 800 to free 4096kB",
                "lmkd pid=<77> comm=<a> uid=<1000> rss=<4.0 MiB>",
            ),
            (
                None,
                "lowmemorykiller: send sigkill to 77 (d.process.acore), adj 529, size 12042",
                "lowmemorykiller pid=<77> comm=<d.process.acore> adj=<529> reason=<size 12042 pages>",
            ),
            (
                None,
                "send sigkill to 77 (a b), adj 9, size 12",
                "lowmemorykiller pid=<77> comm=<a b> reason=<size 12 pages>",
            ),
            (
                None,
                "lowmemorykiller: Killing 'd.process.acore' (77), adj 529,\n   to free 4096kB on behalf of 'kswapd0' (31) because\n   cache 73728kB is below limit 73728kB for oom_score_adj 529\n   Free memory is -4kB above reserved",
                "lowmemorykiller pid=<77> comm=<d.process.acore> adj=<529> rss=<4.0 MiB> reason=<cache 73728kB is below limit 73728kB for oom_score_adj 529>",
            ),
            (
                None,
                "lowmemorykiller: Killing 'a' (77) (tgid 76), adj 1000,",
                "lowmemorykiller pid=<77> comm=<a> adj=<1000>",
            ),
        ]);
    }

    #[test]
    fn what_announces_no_kill_is_none() {
        check(&[
            (Some("bash"), "sending SIGTERM to process 77 uid 0 \"a\": badness 600, VmRSS 12 MiB", "none"),
            (Some("earlyoom"), "process 77 exited after 0.1 seconds", "none"),
            (Some("earlyoom"), "mem avail: 500 of 7900 MiB ( 6.33%), swap free: 0 of 0 MiB", "none"),
            (Some("kubelet"), "System OOM encountered, victim process: java, pid: 77", "none"),
            (Some("kubelet"), "eviction manager: must evict pod(s) to reclaim memory", "none"),
            (
                Some("systemd-oomd"),
                "oomd dry-run: would have tried to kill /a.slice with recurse=true",
                "none",
            ),
            (None, "lowmemorykiller: select 'a' (77), adj 529, size 12042, to kill", "none"),
            (None, "Killed process 77 (a due to memory b) total-vm:8kB, anon-rss:4kB, file-rss:0kB", "none"),
            (None, "Killing process 77", "none"),
            (None, "", "none"),
        ]);
    }
}
