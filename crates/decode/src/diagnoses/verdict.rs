//! The verdict: the one finding that heads the story, and who is to blame.
//!
//! A cause is named only where its finding is more than a guess.  Some findings decide by
//! themselves; the others have to be errors, and compete by how much memory they explain.

use std::cmp::Reverse;

use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    ident::{Comm, Pid},
    units::Bytes,
};

use super::{
    cgroup::{Holder, one_process},
    machine::{Mapper, application_memory, locked_memory, mapper},
    tasks::real_kill,
};
use crate::case::{Case, less, own_memory, size_by_kill, weight};
use crate::report::{Culprit, Task, TaskTable};

/// What an event comes to.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The name of the finding that heads the story.
    pub(super) head: Option<&'static str>,
    pub(super) cause: Option<&'static str>,
    pub(super) culprit: Option<Culprit>,
}

/// Findings that settle the matter, in this order: memory as a whole was not the question.
const DECISIVE: &[&str] = &[
    "requested-by-hand",
    "spurious",
    "cpuset-bound",
    "mempolicy-bound",
    "fragmentation",
    "low-zone",
    "memcg-kmem-limit",
];

/// Findings that take the memory each for itself: the finding, the cause that it stands for, and how
/// much memory it explains.
const COMPETING: &[(&str, &str, Explains)] = &[
    ("protected-tasks", "protected-tasks", |case| Some(case.tasks.protected)),
    ("one-process", "one-process", alone),
    ("many-processes", "many-processes", |case| Some(case.tasks.memory)),
    ("application-memory", "many-processes", application_memory),
    ("mlocked", "mlocked", locked_memory),
    ("tmpfs-shmem", "tmpfs-shmem", |case| case.counter("shmem_bytes")),
    ("shared-memory", "shared-memory", |case| case.counter("shmem_bytes")),
    ("slab-unreclaimable", "slab-unreclaimable", |case| case.counter("slab_unreclaimable_bytes")),
    ("slab-reclaimable", "slab-reclaimable", |case| case.counter("slab_reclaimable_bytes")),
    ("page-tables", "page-tables", |case| case.counter("pagetables_bytes")),
    ("kernel-stacks", "kernel-stacks", |case| case.machine.stacks),
    ("huge-pages", "huge-pages", |case| Some(case.machine.huge)),
    ("huge-pages-in-use", "huge-pages", |case| Some(case.machine.huge)),
    ("page-cache", "page-cache", |case| case.machine.file),
    ("dirty-pages", "dirty-pages", |case| case.machine.file),
    ("unaccounted", "unaccounted", |case| case.machine.unaccounted.map(|residue| residue.magnitude())),
    ("memcg-one-process", "one-process", |case| case.cgroup.as_ref()?.anon_and_swap()),
    ("memcg-many-processes", "many-processes", |case| case.cgroup.as_ref()?.anon_and_swap()),
    ("memcg-anonymous", "anonymous", |case| case.cgroup.as_ref()?.anon),
    ("memcg-tmpfs-shmem", "tmpfs-shmem", |case| case.cgroup.as_ref()?.shmem),
    ("memcg-shared-memory", "shared-memory", |case| case.cgroup.as_ref()?.shmem),
    ("memcg-dirty-pages", "dirty-pages", |case| case.cgroup.as_ref()?.page_cache()),
    ("memcg-page-cache", "page-cache", |case| case.cgroup.as_ref()?.page_cache()),
    ("memcg-slab-unreclaimable", "slab-unreclaimable", |case| case.stat("slab_unreclaimable")),
    ("memcg-slab-reclaimable", "slab-reclaimable", |case| case.stat("slab_reclaimable")),
    ("memcg-sockets", "sockets", |case| case.stat("sock")),
    ("memcg-page-tables", "page-tables", |case| case.stat("pagetables")),
    ("memcg-percpu", "percpu", |case| case.stat("percpu")),
    ("memcg-kernel-stacks", "kernel-stacks", |case| case.stat("kernel_stack")),
    ("memcg-kernel-memory", "kernel-memory", |case| case.cgroup.as_ref()?.kernel_rest),
    ("memcg-unaccounted", "unaccounted", |case| case.cgroup.as_ref()?.unaccounted),
];

/// Findings that hold whoever else there was: they ask for most of the memory, or bound what is not listed.
const PROVEN: &[&str] = &["one-process", "many-processes"];

/// Findings that do not rest on the machine's counters, besides those of cgroups.
const ELSEWHERE: &[&str] = &["requested-by-hand", "cpuset-bound", "mempolicy-bound", "protected-tasks"];

type Explains = fn(&Case) -> Option<Bytes>;

/// Returns the names of all findings that may head a story.
pub(super) fn heads() -> impl Iterator<Item = &'static str> {
    let competing = COMPETING.iter().map(|(name, ..)| *name);
    DECISIVE.iter().copied().chain(competing).chain(["cascade"])
}

/// Takes what may head the story back a step where the dump is in doubt.
pub(super) fn doubt(findings: &mut [Finding]) {
    if !has(findings, Severity::Warning) {
        return;
    }
    let heads = |name: &str| DECISIVE.contains(&name) || COMPETING.iter().any(|(head, ..)| *head == name);
    for finding in findings.iter_mut().filter(|finding| heads(finding.name)) {
        finding.confidence = match finding.confidence {
            Confidence::High => Confidence::Medium,
            Confidence::Medium | Confidence::Low => Confidence::Low,
        };
    }
}

/// Tells whether the dump itself is in doubt, as badly as this.
fn has(findings: &[Finding], severity: Severity) -> bool {
    findings.iter().any(|finding| is_doubt(finding) && finding.severity == severity)
}

fn is_doubt(finding: &Finding) -> bool {
    finding.code.starts_with("OKD9")
}

/// Finds the headline among what the rules said.
pub(super) fn of(case: &Case, findings: &[Finding]) -> Verdict {
    // Figures that contradict each other prove nothing.
    let broken = has(findings, Severity::Error);
    let rests_on_machine = |name: &str| !ELSEWHERE.contains(&name) && !name.starts_with("memcg-");
    let sure = |finding: &Finding| {
        Confidence::Medium <= finding.confidence && !(broken && rests_on_machine(finding.name))
    };
    let decides = |name: &str| findings.iter().any(|finding| finding.name == name && sure(finding));
    let killed = |name: &str| {
        findings
            .iter()
            .any(|finding| finding.name == name && sure(finding) && finding.severity == Severity::Error)
    };
    // An accident of the kill before has the cause of that kill, whatever its own figures look like.
    if decides("cascade")
        && let Some(real) = real_kill(case)
    {
        let past = real.past;
        return Verdict { head: Some("cascade"), cause: past.cause, culprit: past.culprit.clone() };
    }
    let decisive = DECISIVE.iter().find(|name| decides(name)).map(|name| (*name, *name));
    let competing = || {
        // What holds the memory is not what made one allocation fail.
        if !case.is_oom() {
            return None;
        }
        let heard = COMPETING.iter().filter(|(name, ..)| killed(name));
        // Who is not listed may hold more than what the rest shows, but for what proves itself.
        let missing = unlisted(case);
        let heard = heard.filter(|(name, _, explains)| PROVEN.contains(name) || missing <= explains(case));
        // Of equals, the first is the more particular.
        let most = heard.rev().max_by_key(|(.., explains)| explains(case));
        most.map(|(name, cause, _)| (*name, *cause))
    };
    let Some((head, cause)) = decisive.or_else(competing) else { return Verdict::default() };
    Verdict { head: Some(head), cause: Some(cause), culprit: culprit(case, head, cause) }
}

/// Returns the cause that a finding stands for where it heads the story.
pub(crate) fn cause_of(finding: &'static str) -> &'static str {
    COMPETING.iter().find(|(name, ..)| *name == finding).map_or(finding, |(_, cause, _)| *cause)
}

/// Puts the findings in the order of reading: doubts of the dump, the cause, then the worst first.
pub(super) fn sort(findings: &mut [Finding], head: Option<&str>) {
    findings.sort_by_key(|finding| {
        // That something is merely missing is no doubt.
        let doubts = is_doubt(finding) && Severity::Warning <= finding.severity;
        let heads = Some(finding.name) == head;
        (Reverse(doubts), Reverse(heads), Reverse(finding.severity), Reverse(finding.confidence))
    });
}

/// Returns the memory of applications that no row has, where rows are missing.
fn unlisted(case: &Case) -> Option<Bytes> {
    let may_be_more = case.is_global() && case.event.task_table != TaskTable::Whole;
    Some(less(application_memory(case).filter(|_| may_be_more)?, case.tasks.memory))
}

/// Returns the largest candidate; none where only the kill tells of it.
fn largest(case: &Case) -> Option<&Task> {
    case.largest_task().filter(|_| case.largest_by_kill().is_none())
}

/// Returns what the largest process has for itself, as far as the log parts it from what is shared.
fn alone(case: &Case) -> Option<Bytes> {
    let Some(task) = largest(case) else {
        let by_kill = case.victim();
        return by_kill.and_then(|victim| victim.anon_rss_bytes.or_else(|| size_by_kill(victim)));
    };
    let killed = case.victim().filter(|victim| victim.pid == task.pid);
    let anon = task.rss_anon_bytes.or_else(|| killed.and_then(|victim| victim.anon_rss_bytes));
    let swap = task.swap_bytes.unwrap_or_default();
    Some(anon.map_or_else(|| weight(task), |anon| anon.saturating_add(swap)))
}

/// Names who is to blame, where the log carries it.
fn culprit(case: &Case, head: &str, cause: &str) -> Option<Culprit> {
    if head == "memcg-one-process" {
        let Holder { comm, pid, memory, .. } = one_process(case)?;
        let resident = case.task(pid).map_or(memory, weight);
        return Some(process(case, comm, pid, resident));
    }
    match cause {
        "one-process" => most(case),
        "cpuset-bound" | "mempolicy-bound" if !case.event.task_table.lacks_rows() => most(case),
        "protected-tasks" => protected(case),
        "many-processes" => crowd(case),
        "mlocked" => locker(case),
        "shared-memory" => mapping_most(case),
        "page-tables" => mapping(case),
        "slab-unreclaimable" => cache_of_slab(case),
        _ => None,
    }
}

fn most(case: &Case) -> Option<Culprit> {
    if let Some(task) = largest(case) {
        return Some(of_task(task, weight(task)));
    }
    let victim = case.victim()?;
    let bytes = size_by_kill(victim);
    Some(Culprit { kind: "process".into(), name: victim.comm.to_string(), pid: Some(victim.pid), bytes })
}

/// A process is called by the id that people know, which a row may have beside that of a thread.
fn process(case: &Case, comm: &Comm, pid: Pid, bytes: Bytes) -> Culprit {
    let pid = case.task(pid).and_then(|task| task.tgid).unwrap_or(pid);
    Culprit { kind: "process".into(), name: comm.to_string(), pid: Some(pid), bytes: Some(bytes) }
}

fn of_task(task: &Task, bytes: Bytes) -> Culprit {
    let pid = Some(task.tgid.unwrap_or(task.pid));
    Culprit { kind: "process".into(), name: task.comm.to_string(), pid, bytes: Some(bytes) }
}

fn protected(case: &Case) -> Option<Culprit> {
    let protected = case.event.tasks.iter().filter(|task| crate::case::is_protected(task));
    protected.max_by_key(|task| weight(task)).map(|task| of_task(task, weight(task)))
}

/// A crowd has a name only where most of the memory is with tasks of that name.
fn crowd(case: &Case) -> Option<Culprit> {
    let group = case.tasks.names.first()?;
    let most = case.tasks.memory.get() / 2 <= group.memory.get() && 1 < group.tasks;
    most.then(|| Culprit {
        kind: "group".into(),
        name: group.name.clone(),
        pid: None,
        bytes: Some(group.memory),
    })
}

fn locker(case: &Case) -> Option<Culprit> {
    let (task, locked) = (largest(case)?, locked_memory(case)?);
    let memory = own_memory(task);
    (locked.get() / 2 <= memory.get()).then(|| of_task(task, memory))
}

fn mapping_most(case: &Case) -> Option<Culprit> {
    let Mapper { comm, pid, mapped, .. } = mapper(case)?;
    let bytes = mapped.or_else(|| case.task(pid)?.rss_bytes)?;
    Some(process(case, comm, pid, bytes))
}

/// The tables of a name must make up most of all page tables.
fn mapping(case: &Case) -> Option<Culprit> {
    let all = case.counter("pagetables_bytes").or_else(|| case.stat("pagetables"))?;
    let group = case.tasks.names.iter().max_by_key(|group| group.page_tables)?;
    let kind = if group.tasks == 1 { "process" } else { "group" };
    let task = case.event.tasks.iter().find(|task| task.comm.to_string() == group.name);
    let pid = task.filter(|_| group.tasks == 1).map(|task| task.tgid.unwrap_or(task.pid));
    (all.get() / 2 <= group.page_tables.get()).then(|| Culprit {
        kind: kind.into(),
        name: group.name.clone(),
        pid,
        bytes: Some(group.page_tables),
    })
}

fn cache_of_slab(case: &Case) -> Option<Culprit> {
    let cache = case.event.slab.first()?;
    let all = case.counter("slab_unreclaimable_bytes")?;
    (all.get() / 2 <= cache.total_bytes.get()).then(|| Culprit {
        kind: "slab-cache".into(),
        name: cache.name.clone(),
        pid: None,
        bytes: Some(cache.total_bytes),
    })
}
