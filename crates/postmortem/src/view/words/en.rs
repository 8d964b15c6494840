//! English.

use oomkit_core::{finding::Confidence, limit::Limit, units::Bytes};
use oomkit_decode::{
    ContextKind,
    report::{Culprit, EventKind, Killer, Scope},
    view::{Nothing, kind_name},
};

use super::{Part, Words, is_victim, span};
use crate::incident::{
    Agreement, Basis, Change, Clock, GapWhy, Growth, Happened, Incident, Killed, Matched, Missing, PatchKind,
    Risk, RiskWhy, What,
};

mod growth;

use growth::{grew, not_known};

/// English.
pub(super) struct English;

impl Words for English {
    fn part(&self, part: Part) -> &'static str {
        match part {
            Part::Title => "Post-mortem",
            Part::ToBlame => "To blame",
            Part::Growth => "Growth",
            Part::NotStopped => "Not stopped",
            Part::StoppedBy => "Stopped by",
            Part::SetIn => "Set in",
            Part::AtRisk => "At risk",
            Part::Do => "Do",
            Part::Patch => "The change, ready to be applied",
            Part::WhyNotStopped => "Why nothing stopped it",
            Part::WhatStopped => "What stopped it",
            Part::WhoIsToBlame => "Who is to blame",
            Part::Later => "What later kills came from",
            Part::WhatGrew => "What grew before the kill",
            Part::WhoElse => "Who else was hit, or would have been",
            Part::Timeline => "What happened when",
            Part::Missing => "What would have told more",
            Part::Kill => "the kill",
            Part::Who => "who",
            Part::What => "what",
            Part::Role => "role",
            Part::Line => "line",
            Part::After => "after the kill",
            Part::When => "time",
        }
    }

    fn sure(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::High => "certain",
            Confidence::Medium => "likely",
            Confidence::Low => "a guess, look yourself",
        }
    }

    fn rated(&self, text: &str, sure: Confidence) -> String {
        format!("{text} ({})", self.sure(sure))
    }

    fn answer(&self, incident: &Incident) -> String {
        let happened = &incident.happened;
        let Some(victim) = happened.victims.first() else { return without_victim(incident) };
        let killed = format!("{} was killed{}: ", process(victim), holding(victim.held_bytes));
        killed + &filled(incident, victim) + &stopped(incident) + "."
    }

    fn when(&self, happened: &Happened) -> String {
        let when = match (happened.at, happened.since_boot_seconds) {
            (Some(at), _) if happened.at_year_assumed => format!("{at}, the year assumed"),
            (Some(at), _) => at.to_string(),
            (None, Some(since_boot)) => format!("{since_boot} s after boot"),
            (None, None) => "At a time that the log does not tell".into(),
        };
        let host = happened.host.as_ref().map(|host| format!(", on {host}")).unwrap_or_default();
        let machine = match (happened.scope, happened.machine_bytes) {
            (Scope::Global, Some(size)) if happened.machine_inferred => {
                format!("; memory and swap together are {size} by the kernel's score")
            }
            (Scope::Global, Some(size)) => format!("; the machine has {size}"),
            _ => String::new(),
        };
        let mut kills = match (happened.kills, happened.repeats) {
            (0 | 1, _) => String::new(),
            (kills, 0) => format!("; {kills} kills followed one another"),
            (kills, repeats) => {
                format!("; {kills} kills followed one another, {repeats} of them of the same name again")
            }
        };
        if 1 < happened.in_vain {
            kills += &format!("; the killer ran {} times and found nobody", happened.in_vain);
        }
        if happened.panicked && happened.kind != EventKind::Panic {
            kills += "; in the end the kernel panicked";
        }
        let earlier = match (happened.earlier, happened.earlier_at_least) {
            (0, _) => String::new(),
            (1, false) => "; the same logs have 1 earlier incident".into(),
            (more, false) => format!("; the same logs have {more} earlier incidents"),
            (more, true) => format!("; the same logs have {more} earlier incidents or more"),
        };
        let kernel = if happened.crash_kernel {
            "; this was a crash kernel (kdump), which has little memory on purpose"
        } else {
            ""
        };
        format!("{when}{host}{machine}{kernel}{kills}{earlier}.")
    }

    fn blame(&self, incident: &Incident) -> String {
        let Some(culprit) = &incident.blame.culprit else {
            return match &incident.blame.cause {
                Some(cause) => match (content(cause), reason(cause)) {
                    (Some(content), _) => format!("no process, but {content}"),
                    (None, reason) => format!("no process: {}", reason.unwrap_or(cause)),
                },
                None => "the log does not carry a verdict".into(),
            };
        };
        let size = culprit.bytes.map(|size| format!(", {size}")).unwrap_or_default();
        let kind = if culprit.kind == "process" { String::new() } else { format!("{} ", culprit.kind) };
        let history = match incident.blame.history {
            Agreement::Agrees => ", and the history agrees",
            Agreement::OtherGrewMore { .. } => ", but in the history another one grew more",
            Agreement::Nothing | Agreement::NobodyGrew => "",
        };
        format!("{kind}{}{size}{history}", culprit_name(incident, culprit))
    }

    fn explanation(&self, _: &str, english: &str) -> String {
        english.to_owned()
    }

    fn agreement(&self, agreement: &Agreement) -> String {
        match agreement {
            Agreement::Nothing => String::new(),
            Agreement::Agrees => "The history agrees: it was the one that grew.".into(),
            Agreement::OtherGrewMore { name, by_bytes } => {
                format!("The history has a doubt: {name} grew more before the kill ({by_bytes}).")
            }
            Agreement::NobodyGrew => {
                "The history shows no growth of it: it was large for long, or it came too fast for the snapshots.".into()
            }
        }
    }

    fn growth(&self, growth: &Growth) -> String {
        match growth {
            Growth::Unknown { why } => not_known(why),
            Growth::Seen(grown) => grew(grown),
        }
    }

    fn others_grew(&self, named: &str) -> String {
        format!("Beside it grew, over the same time: {named}.")
    }

    fn gap(&self, gap: &GapWhy) -> String {
        match gap {
            GapWhy::NoLimit { scope } => format!("{scope} has no memory limit"),
            GapWhy::NoLimitSeen { cgroup } => {
                format!("its control group {cgroup}, and all above it, had no limit when they were last seen")
            }
            GapWhy::NoLimitByClass => {
                "its adjustment of 1000 is that of a BestEffort pod, which has no limit".into()
            }
            GapWhy::LimitAbove { scope, limit_bytes, held_bytes } => {
                format!("the limit of {scope}, {limit_bytes}, lies above the {held_bytes} that it held")
            }
            GapWhy::NotInForce { scope, limit_bytes, held_bytes } => format!(
                "{scope} is written with a limit of {limit_bytes}, but it held {held_bytes}: another limit was in force"
            ),
            GapWhy::LimitReached { limit_bytes, .. } => {
                format!("its own limit{}: the machine was in no danger", of(*limit_bytes))
            }
            GapWhy::ParentLimitReached { cgroup, limit_bytes } => {
                format!("the limit{} of {cgroup}, which it shares with others", of(*limit_bytes))
            }
            GapWhy::GroupLimitReached { cgroup: Some(cgroup), limit_bytes } => format!(
                "the limit{} of {cgroup}, be it its own or one that it shares: the machine was in no danger",
                of(*limit_bytes)
            ),
            GapWhy::GroupLimitReached { cgroup: None, limit_bytes } => format!(
                "a limit{} of its control group or of one above: the machine was in no danger",
                of(*limit_bytes)
            ),
            GapWhy::LimitWritten { scope, limit_bytes } => {
                format!("the limit of {limit_bytes} is the one of {scope}")
            }
            GapWhy::OtherLimit { scope, written_bytes: Some(written), reached_bytes } => format!(
                "{scope} is written with a limit of {written}, but the one that was reached is {reached_bytes}: another one was in force"
            ),
            GapWhy::OtherLimit { scope, written_bytes: None, reached_bytes } => format!(
                "{scope} is written without a limit, but one of {reached_bytes} was reached: something else sets it"
            ),
            GapWhy::NotRecognised { workloads: 1 } => {
                "the one workload that was given is not known to be it".into()
            }
            GapWhy::NotRecognised { workloads } => {
                format!("none of the {workloads} workloads that were given is known to be it")
            }
            GapWhy::Unknown => "the log does not tell whether it had a limit".into(),
        }
    }

    fn matched(&self, matched: Matched, others: u64) -> String {
        let by = match matched {
            Matched::Class => "recognised only by its class, BestEffort",
            Matched::Likeness => "recognised only by a name that is like it",
            Matched::Name => "recognised by its name",
            Matched::Program => "recognised by the program that it runs",
            Matched::Image => "recognised by its image",
            Matched::Pod => "recognised by its pod",
            Matched::Workload => "recognised by its own name",
            Matched::Cgroup => "recognised by its control group",
        };
        match others {
            0 => by.into(),
            others => format!("{by}, as {others} more"),
        }
    }

    fn written(&self, reason: &str, place: &str, by: &str) -> String {
        format!("{reason}; {place}, {by}")
    }

    fn risk(&self, risk: &Risk) -> String {
        let critical = risk.critical.as_ref().map(|what| format!(", {what}")).unwrap_or_default();
        format!("{}{critical}: {}", risk.name, self.risk_why(risk))
    }

    fn risk_why(&self, risk: &Risk) -> String {
        match &risk.why {
            RiskWhy::KilledToo { .. } => "was killed in the same incident".into(),
            RiskWhy::Failed { kind } => format!("{} in the same hour", self.trouble(*kind)),
            RiskWhy::Next { rank: 1, held_bytes, .. } => {
                format!("would have been killed next{}", holding(*held_bytes))
            }
            RiskWhy::Next { rank, held_bytes, .. } => {
                format!("number {rank} in the kernel's order{}", holding(*held_bytes))
            }
            RiskWhy::Beside { .. } => "may share the machine".into(),
        }
    }

    fn critical(&self, what: &str) -> String {
        what.into()
    }

    fn trouble(&self, kind: ContextKind) -> &'static str {
        kind_name(kind)
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Limit { scope, name, confidence, limit_bytes, basis, spelled, patch } => {
                let whom = scope.as_ref().or(name.as_ref()).map_or("it", String::as_str);
                let spelled = if spelled.is_empty() { String::new() } else { format!(", {spelled}") };
                let where_to = patch.as_ref().map(|patch| format!(" in {}", patch.file)).unwrap_or_default();
                let verb = if matches!(basis, Basis::Raised { .. }) { "raise the limit of" } else { "limit" };
                let doubt = if *confidence == Confidence::Low { ", if that is where it ran" } else { "" };
                format!("{verb} {whom} to {limit_bytes}{spelled}{where_to}{doubt}: {}", based_on(basis))
            }
            Change::Leak { name, per_hour_bytes } => format!(
                "find out why {name} grows by {} an hour: a limit keeps the damage in and cures nothing",
                per_hour_bytes.magnitude()
            ),
            Change::Advice { code, text } => format!("{text} ({code})"),
        }
    }

    fn patch(&self, kind: PatchKind, file: &str) -> String {
        match kind {
            PatchKind::Diff => format!("For `patch -p0`, or by hand in {file}:"),
            PatchKind::DropIn => format!("As {file}, then `systemctl daemon-reload`:"),
            PatchKind::Override => format!("As {file}, beside the Compose file:"),
            PatchKind::KubernetesPatch => {
                format!("As {file}, for `kubectl patch --patch-file`; better in the manifest itself:")
            }
        }
    }

    fn no_patch(&self, file: &str) -> String {
        format!("Nothing was written to {file}: it is not certain which file sets the limit, or to what.")
    }

    fn what(&self, what: &What) -> String {
        match what {
            What::Killed { comm, pid, held_bytes } => {
                format!("KILLED {comm} (pid {pid}){}", holding(*held_bytes))
            }
            What::KillerRan => "the OOM killer ran; whom it killed is not in the log".into(),
            What::NobodyToKill => "the OOM killer ran and found nobody".into(),
            What::Panicked => "the kernel PANICKED for want of memory".into(),
            What::KilledByProgram { killer, target: Some(target) } => format!("KILLED {target}, by {killer}"),
            What::KilledByProgram { killer, target: None } => {
                format!("{killer} acted; on whom is not in the log")
            }
            What::Trouble { kind, subject, count } => {
                let subject = subject.as_ref().map(|subject| format!(": {subject}")).unwrap_or_default();
                let times = if 1 < *count { format!(", {count} times") } else { String::new() };
                format!("{}{subject}{times}", self.trouble(*kind))
            }
            What::Held { name, held_bytes } => format!("{name} held {held_bytes}"),
        }
    }

    fn clock(&self, clock: Clock) -> String {
        match clock {
            Clock::Both => "Log and store were joined by the kernel's clock; the wall clocks agree.".into(),
            Clock::KernelAndOffset { seconds } => {
                let apart = span(seconds.unsigned_abs());
                format!("Log and store were joined by the kernel's clock; the log's wall clock is off by {apart}, as by a zone that it does not name.")
            }
            Clock::KernelAlone => "Log and store were joined by the kernel's clock alone, since the log has no other: another boot of the same length would look the same.".into(),
            Clock::WallAlone => "Log and store were joined by the wall clock alone, since one of them has no other: a clock that was set between would shift them.".into(),
        }
    }

    fn left_out(&self, moments: usize) -> String {
        format!("{moments} more moments, farther from the kill, are left out; --format json has them.")
    }

    fn missing(&self, missing: Missing) -> &'static str {
        match missing {
            Missing::Store => {
                "snapshots of the host would have told what grew, since when and how fast (oomkit snap take, each minute)"
            }
            Missing::SnapshotsOfThatTime => {
                "the store has no snapshots that show it; one a minute would have (oomkit snap take)"
            }
            Missing::Manifests => {
                "the manifests would have told which limit was missing, and where to write it (--manifests)"
            }
            Missing::Names => "names of pods and containers would have told which workload it was (--names)",
            Missing::TaskTable => {
                "the task table would have told who else was there and who was next (vm.oom_dump_tasks=1)"
            }
            Missing::TaskRows => {
                "the rows that the task table lacks would have told who else was there, and who was next"
            }
            Missing::Time => {
                "a time in the log would have joined it with the snapshots (dmesg -T, or the journal)"
            }
            Missing::Shares => {
                "a history would have told what each of those that share the limit needs; without it no limit of one of them can be defended, so none is proposed"
            }
        }
    }

    fn nothing(&self, nothing: Nothing) -> &'static str {
        match nothing {
            Nothing::Suppressed => {
                "No OOM report found, but memory did run out: the kernel says that it suppressed its reports."
            }
            Nothing::ToldByPrograms => {
                "No OOM report found, but programs say that memory ran out: what the kernel said is missing."
            }
            Nothing::NoLines => "No OOM event found.",
            Nothing::KernelWasSilent => {
                "No OOM event found: as far as this log goes, memory was not the killer here."
            }
            Nothing::NoKernelLines => {
                "No OOM event found, and no line of the kernel: this log cannot tell whether memory ran out."
            }
        }
    }

    fn decoder_speaks_english(&self) -> &'static str {
        ""
    }
}

fn process(killed: &Killed) -> String {
    format!("{} (pid {})", killed.comm, killed.pid)
}

fn holding(held: Option<Bytes>) -> String {
    held.map(|held| format!(" at {held}")).unwrap_or_default()
}

fn of(limit: Option<Bytes>) -> String {
    limit.map(|limit| format!(" of {limit}")).unwrap_or_default()
}

/// Names who is to blame, by its process id too where it is another process than the one that was killed.
fn culprit_name(incident: &Incident, culprit: &Culprit) -> String {
    let is_told = incident.happened.victims.first().is_some_and(|victim| is_victim(culprit, victim));
    match culprit.pid {
        Some(pid) if !is_told => format!("{} (pid {pid})", culprit.name),
        _ => culprit.name.clone(),
    }
}

/// Says what was full, and who had filled it.
fn filled(incident: &Incident, victim: &Killed) -> String {
    let what = match incident.happened.scope {
        Scope::Global => "the machine",
        Scope::Memcg => &match incident.happened.limit_bytes {
            Some(Limit::At(limit)) => format!("its control group of {limit}"),
            _ => "its control group".into(),
        },
        Scope::Cpuset | Scope::Mempolicy => "the memory that it may use",
        Scope::Sysrq => return "somebody asked for it by hand".into(),
        Scope::Unknown => return unknown_memory(incident),
    };
    let what = if incident.happened.crash_kernel { "the crash kernel" } else { what };
    match &incident.blame.culprit {
        Some(culprit) if is_victim(culprit, victim) => {
            format!("it had filled {what}")
        }
        Some(culprit) => format!("{what} was full, and {} had filled it", culprit_name(incident, culprit)),
        None => match &incident.blame.cause {
            Some(cause) => match (content(cause), reason(cause)) {
                (Some(content), _) => format!("{what} was full of {content}"),
                (None, Some(reason)) => reason.into(),
                (None, None) => format!("{what} was out of memory ({cause})"),
            },
            None => format!("{what} was full, and who had filled it is not certain"),
        },
    }
}

/// Says who killed where the kernel did not, with its own words.
fn unknown_memory(incident: &Incident) -> String {
    match &incident.happened.killer {
        Some(Killer { name, reason: Some(reason), .. }) => {
            format!("{name} did it, and not the kernel; its reason: {reason}")
        }
        Some(Killer { name, .. }) => format!("{name} did it, and not the kernel"),
        None => "whose memory ran out is not in the log".into(),
    }
}

/// Names what memory was full of, by the cause; `None` for a cause that is nothing to be full of.
fn content(cause: &str) -> Option<&'static str> {
    Some(match cause {
        "many-processes" => "many processes together",
        "anonymous" => "anonymous memory, whose is not in the log",
        "kernel-memory" => "memory of the kernel",
        "sockets" => "buffers of sockets",
        "percpu" => "per-CPU memory",
        "tmpfs-shmem" => "files in a tmpfs, or shared memory that nobody maps",
        "shared-memory" => "shared memory",
        "slab-unreclaimable" => "memory of the kernel that cannot be taken back (slab)",
        "slab-reclaimable" => "caches of the kernel (slab)",
        "page-tables" => "page tables",
        "kernel-stacks" => "kernel stacks, of too many threads",
        "huge-pages" => "huge pages that are set aside",
        "mlocked" => "locked memory",
        "page-cache" => "page cache",
        "dirty-pages" => "pages that wait to be written",
        "unaccounted" => "memory that no counter claims",
        _ => return None,
    })
}

/// Says why memory was out, for a cause that is nothing to be full of.
fn reason(cause: &str) -> Option<&'static str> {
    Some(match cause {
        "requested-by-hand" => "somebody asked for the kill by hand",
        "spurious" => "there was no want of memory",
        "cpuset-bound" => "the nodes that its cpuset allows were full",
        "mempolicy-bound" => "the nodes that its memory policy allows were full",
        "fragmentation" => "free memory was there, but in pieces too small",
        "low-zone" => "only the part of memory that this request may use was full",
        "memcg-kmem-limit" => "the limit of the kernel's memory for its control group was reached",
        _ => return None,
    })
}

/// Says whether anything stopped it.
fn stopped(incident: &Incident) -> String {
    // Of a victim that only stands in for the one to blame nothing is said here.
    let blamed = incident.blame.culprit.as_ref();
    let Some(gap) = blamed.and_then(|_| incident.gaps.first()) else { return String::new() };
    let doubt = match gap.confidence {
        Confidence::High => "",
        Confidence::Medium => "most likely ",
        Confidence::Low => "it seems that ",
    };
    match &gap.why {
        GapWhy::NoLimit { .. } | GapWhy::NoLimitSeen { .. } | GapWhy::NoLimitByClass => {
            format!(", and {doubt}no limit stopped it")
        }
        GapWhy::LimitAbove { limit_bytes, .. } => {
            format!(", and {doubt}its limit of {limit_bytes} was too high to stop it")
        }
        GapWhy::NotInForce { .. } => format!(", and {doubt}the limit that is written was not in force"),
        // The limit is named with what was full.
        GapWhy::LimitReached { .. }
        | GapWhy::ParentLimitReached { .. }
        | GapWhy::GroupLimitReached { .. }
        | GapWhy::LimitWritten { .. }
        | GapWhy::OtherLimit { .. } => String::new(),
        GapWhy::NotRecognised { .. } | GapWhy::Unknown => String::new(),
    }
}

fn without_victim(incident: &Incident) -> String {
    match incident.happened.kind {
        EventKind::OomKill => "The OOM killer ran; whom it killed is not in the log.".into(),
        EventKind::OomNoVictim => "The OOM killer ran and found nobody whom it may kill.".into(),
        EventKind::Panic => "The kernel panicked because memory ran out.".into(),
        EventKind::AllocFailure if incident.happened.stalled => {
            "An allocation had to wait for long; nobody was killed.".into()
        }
        EventKind::AllocFailure => "An allocation failed; nobody was killed.".into(),
        EventKind::MemoryDump => "Somebody asked for the memory counters; nobody was killed.".into(),
        EventKind::UserspaceKill => match &incident.happened.killer {
            Some(Killer { name, target: Some(target), reason }) => {
                let reason = reason.as_ref().map(|reason| format!("; its reason: {reason}"));
                format!("{name} killed {target}, and not the kernel{}.", reason.unwrap_or_default())
            }
            _ => "A killer of user space acted; whom it killed is not in the log.".into(),
        },
    }
}

fn based_on(basis: &Basis) -> String {
    match basis {
        Basis::Peak { peak_bytes, headroom_percent } => {
            format!("the most that it used, {peak_bytes}, and {headroom_percent} % of room")
        }
        Basis::Usual { usual_bytes, headroom_percent } => {
            format!("what it used before it grew, {usual_bytes}, and {headroom_percent} % of room")
        }
        Basis::Beside { machine_bytes, others_bytes } => {
            format!(
                "the others held {others_bytes} of {machine_bytes}, and a tenth is left to them to grow; not a measurement of what it needs"
            )
        }
        Basis::Half { machine_bytes } => {
            format!(
                "at most half of {machine_bytes}, so that the others live; not a measurement of what it needs"
            )
        }
        Basis::Raised { limit_bytes } => {
            format!("{limit_bytes} was reached without a leak, and half of that is added")
        }
    }
}
