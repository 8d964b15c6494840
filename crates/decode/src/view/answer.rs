//! The answer: what was killed, whose memory ran out, when and where, in three lines.

use oomkit_core::{
    document::{Block, Caption, Document, Tone},
    limit::Limit,
    units::{Bytes, SinceBoot},
    workload::Workload,
};

use super::{
    Case, findings, kind_words, score, trigger, victims,
    words::{NOT_IN_LOG, count, input, name, or_unknown, short_path},
};
use crate::report::{Event, EventKind, Machine, Scope, Victim};

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    if event.forged {
        let warning = "Written by user space, not by the kernel: this is no OOM event.";
        document.push(Block::Answer(Tone::Doubtful, warning.into()));
        document.push(Block::Text(Tone::Doubtful, format!("It claims: {}", headline(event))));
        document.push(Block::Text(Tone::Doubtful, format!("It claims: {}", whose(event))));
    } else {
        document.push(Block::Answer(tone(event.kind), headline(event)));
        document.push(Block::Text(Tone::Plain, whose(event)));
    }
    document.push(Block::Text(Tone::Plain, when_and_where(event)));
    document.append(findings::cause(event));
    document.push(Block::Text(Tone::Quiet, source(case)));
    document.append(findings::steps(event));
}

/// Returns by what a list names the event.
pub(super) fn caption(event: &Event) -> Caption {
    let (kind, _) = kind_words(event.kind);
    let scope = match event.scope {
        Scope::Global => ", the whole machine",
        Scope::Memcg => ", a cgroup at its limit",
        Scope::Cpuset => ", within a cpuset",
        Scope::Mempolicy => ", within a memory policy",
        Scope::Sysrq | Scope::Unknown => "",
    };
    let when = match (event.at, event.since_boot_seconds) {
        (Some(at), _) => at.to_string(),
        (None, Some(since_boot)) => format!("{since_boot} s after boot"),
        (None, None) => format!("time {NOT_IN_LOG}"),
    };
    let host = event.host.as_ref().map_or_else(String::new, |host| format!(" on {}", name(host)));
    Caption { what: format!("{kind}{scope}"), when: format!("{when}{host}") }
}

const fn tone(kind: EventKind) -> Tone {
    match kind {
        EventKind::OomKill | EventKind::OomNoVictim | EventKind::Panic | EventKind::UserspaceKill => {
            Tone::Bad
        }
        EventKind::AllocFailure => Tone::Doubtful,
        EventKind::MemoryDump => Tone::Plain,
    }
}

/// Says what happened: the first line.
pub(super) fn headline(event: &Event) -> String {
    match event.kind {
        EventKind::OomKill => killed(event),
        EventKind::OomNoVictim => {
            format!("The OOM killer found nobody it may kill{}.", panicked(event))
        }
        EventKind::Panic => match &event.panic {
            Some(text) => format!("The kernel panicked: {}", name(text)),
            None => "The kernel panicked because memory ran out.".into(),
        },
        EventKind::AllocFailure => failed(event),
        EventKind::MemoryDump => {
            "Somebody asked for the memory counters (SysRq-m); nothing was killed.".into()
        }
        EventKind::UserspaceKill => user_space_killed(event),
    }
}

fn killed(event: &Event) -> String {
    match (event.victims.split_first(), &event.selected) {
        (Some((first, others)), _) => {
            let group = if event.oom_group.is_some() && !others.is_empty() { " of its group" } else { "" };
            format!("Killed: {}{}{group}{}", victim(event, first), more(others), panicked(event))
        }
        (None, Some(chosen)) => {
            let chosen = format!("{} (pid {})", chosen.comm, chosen.pid);
            format!("The OOM killer chose {chosen}; that it was killed is {NOT_IN_LOG}.")
        }
        (None, None) => format!("The OOM killer ran; whom it killed is {NOT_IN_LOG}."),
    }
}

fn victim(event: &Event, victim: &Victim) -> String {
    format!("{} (pid {}), {}", victim.comm, victim.pid, victims::size(event, victim))
}

/// Counts the other victims, with the memory that is known of them.
fn more(others: &[Victim]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let known: Vec<Bytes> = others.iter().filter_map(|victim| victim.anon_rss_bytes).collect();
    let together = match (known.is_empty(), known.len() < others.len()) {
        (true, _) => String::new(),
        (false, true) => format!(" (at least {} together)", known.iter().copied().sum::<Bytes>()),
        (false, false) => format!(" ({} together)", known.iter().copied().sum::<Bytes>()),
    };
    format!(", and {}{together}", count(others.len() as u64, "more process", "more processes"))
}

fn panicked(event: &Event) -> String {
    event.panic.as_ref().map_or_else(String::new, |text| format!("; the kernel panicked: {}", name(text)))
}

fn failed(event: &Event) -> String {
    let trigger = event.trigger.as_ref();
    let order = trigger.and_then(|trigger| trigger.order);
    let order = order.map_or_else(String::new, |order| format!(" (order {})", order.get()));
    match trigger.and_then(|trigger| trigger.stalled_seconds) {
        Some(seconds) => format!("An allocation stalled for {seconds:.1} s{order}; nothing was killed."),
        None => format!("An allocation failed{order}; nothing was killed."),
    }
}

fn user_space_killed(event: &Event) -> String {
    let killer = event.killer.as_ref();
    let by = killer.map_or("a user-space killer".into(), |killer| name(&killer.name));
    match (event.victims.split_first(), killer.and_then(|killer| killer.target.as_ref())) {
        (Some((first, others)), _) => format!("Killed by {by}: {}{}", victim(event, first), more(others)),
        (None, Some(target)) => format!("Killed by {by}: {}", short_path(target)),
        (None, None) => format!("Killed by {by}; whom is {NOT_IN_LOG}."),
    }
}

/// Says whose memory ran out: the second line.
fn whose(event: &Event) -> String {
    match event.kind {
        EventKind::AllocFailure => return trigger::sentence(event),
        EventKind::MemoryDump => return format!("The machine's memory: {}.", ram(event.machine.as_ref())),
        EventKind::UserspaceKill => {
            let reason = event.killer.as_ref().and_then(|killer| killer.reason.as_ref());
            return reason.map_or_else(
                || format!("Its reason is {NOT_IN_LOG}."),
                |reason| format!("Its reason: {}", name(reason)),
            );
        }
        EventKind::OomKill | EventKind::OomNoVictim | EventKind::Panic => {}
    }
    let whose = match event.scope {
        Scope::Global if event.crash_kernel.is_some() => {
            let ram = ram(event.machine.as_ref());
            format!(
                "The crash kernel (kdump) was out of memory: it has no more than crashkernel= sets aside ({ram})."
            )
        }
        Scope::Global => {
            let ram = ram(event.machine.as_ref());
            format!("The whole machine was out of memory; no cgroup limit stopped it ({ram}).")
        }
        Scope::Memcg => cgroup(event),
        Scope::Cpuset => confined(event, "cpuset"),
        Scope::Mempolicy => confined(event, "memory policy"),
        Scope::Sysrq => "Somebody asked for this kill through SysRq-f.".into(),
        Scope::Unknown => format!("Whose memory ran out is {NOT_IN_LOG}."),
    };
    let inferred = if event.scope_inferred && event.scope != Scope::Unknown {
        " This is concluded: the line that names it is missing."
    } else {
        ""
    };
    whose + inferred
}

/// Tells the machine's memory and swap.
fn ram(machine: Option<&Machine>) -> String {
    let ram = machine.and_then(|machine| machine.managed_bytes.or(machine.ram_bytes));
    let total = machine.and_then(|machine| machine.swap_total_bytes);
    if ram.is_none() && total.is_none() {
        return format!("RAM and swap: {NOT_IN_LOG}");
    }
    let ram = ram.map_or_else(|| format!("RAM {NOT_IN_LOG}"), |ram| format!("{ram} RAM"));
    let swap = match machine.and_then(|machine| machine.swap_total_bytes) {
        None => format!("swap {NOT_IN_LOG}"),
        Some(Bytes::ZERO) => "no swap".into(),
        Some(total) => match machine.and_then(|machine| machine.swap_free_bytes) {
            Some(free) => format!("{total} swap, {free} of it free"),
            None => format!("{total} swap"),
        },
    };
    format!("{ram}, {swap}")
}

fn cgroup(event: &Event) -> String {
    let constraint = event.constraint.as_ref();
    let memcg = event.memcg.as_ref();
    let path = memcg
        .and_then(|memcg| memcg.path.as_deref())
        .or_else(|| constraint.and_then(|constraint| constraint.oom_memcg.as_deref()));
    let cgroup =
        path.map_or_else(|| "A cgroup".to_owned(), |path| format!("The cgroup {}", short_path(path)));
    let limit = match memcg.and_then(|memcg| memcg.limit_bytes) {
        Some(Limit::At(limit)) => format!("its limit of {limit}"),
        Some(Limit::Max) => "a limit, though its memory limit is max".into(),
        None => format!("its limit (how large it is, is {NOT_IN_LOG})"),
    };
    let below = constraint.and_then(|constraint| constraint.task_memcg.as_deref());
    let is_ancestor = below.is_some_and(|below| path.is_some_and(|path| path != below));
    let named = event
        .workload
        .as_ref()
        .filter(|workload| !is_ancestor && path.is_some_and(|path| workload.label_of(path).is_some()));
    if let Some(workload) = named {
        return format!("The {} hit {limit}.", workload.describe());
    }
    match event.workload.as_ref().map(Workload::describe) {
        Some(workload) if is_ancestor => {
            format!("{cgroup} hit {limit}; the victim ran below it ({workload}).")
        }
        Some(workload) => format!("{cgroup} hit {limit} ({workload})."),
        None if is_ancestor => {
            format!("{cgroup} hit {limit}; the victim ran in {}.", short_path(below.unwrap_or_default()))
        }
        None => format!("{cgroup} hit {limit}."),
    }
}

fn confined(event: &Event, by: &str) -> String {
    let constraint = event.constraint.as_ref();
    let nodes = constraint.and_then(|constraint| match event.scope {
        Scope::Mempolicy => constraint.nodemask.as_deref(),
        _ => constraint.mems_allowed.as_deref(),
    });
    let nodes = nodes.map_or_else(|| format!("which is {NOT_IN_LOG}"), |nodes| name(nodes).into_owned());
    let own = constraint.and_then(|constraint| constraint.cpuset.as_deref());
    let own = match (event.scope, own) {
        (Scope::Cpuset, Some(cpuset)) => format!(" {}", short_path(cpuset)),
        _ => String::new(),
    };
    format!("The nodes that a {by}{own} allows ({nodes}) were out of memory; other nodes may have had some.")
}

/// Says when, on which host, and with which score: the third line.
fn when_and_where(event: &Event) -> String {
    let mut line = match (event.at, event.since_boot_seconds) {
        (Some(at), _) => at.to_string(),
        (None, Some(since_boot)) => format!("{since_boot} s{} after boot", roughly(since_boot)),
        (None, None) => format!("Time {NOT_IN_LOG}"),
    };
    if let Some(host) = &event.host {
        line += &format!(" on {}", name(host));
    }
    if let Some(score) = score::sentence(event) {
        line += "; ";
        line += &score;
    }
    line + "."
}

/// Returns a long time in a unit that people count in.
fn roughly(since_boot: SinceBoot) -> String {
    let hours = since_boot.micros() / 3_600_000_000;
    match hours {
        0 => String::new(),
        1..48 => format!(" ({})", count(hours, "hour", "hours")),
        _ => format!(" ({} days)", hours / 24),
    }
}

/// Says where the event stands, and which kernel wrote it.
fn source(case: &Case<'_>) -> String {
    let event = case.event;
    let kernel = or_unknown(event.kernel.as_deref().map(name));
    let lines = if event.first_line == event.last_line {
        format!("line {}", event.first_line)
    } else {
        format!("lines {} to {}", event.first_line, event.last_line)
    };
    let year = if event.at_year_assumed { "; the year is assumed" } else { "" };
    format!("From {}, {lines}; kernel {kernel}{year}.", input(case.input))
}
