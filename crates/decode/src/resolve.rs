//! Turns the printed facts of a report into an [`Event`]: one unit, one name for each thing.

use std::sync::Arc;

use oomkit_core::{
    ident::{OomScoreAdj, visible},
    place::{Evidence, InputId, LineNo},
    units::{Bytes, Order, PageSize, SinceBoot, WallTime},
    workload::Directory,
};

use crate::clock::Assumed;
use crate::draft::Draft;
use crate::kernel::{constraint::Kind, gfp, slub::OnNode, victim::Prefix};
use crate::report::{Constraint, Event, EventKind, Failure, Killer, Scope, Selected, Trigger};

pub(crate) mod balance;
mod candidates;
mod cgroup;
mod choice;
mod machine;
mod page_size;
mod table;
mod victims;
mod workload;

/// What a draft cannot know about itself.
#[derive(Clone, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) input: InputId,
    pub(crate) page_size: Option<PageSize>,
    pub(crate) at: Option<WallTime>,
    pub(crate) assumed: Assumed,
    pub(crate) names: &'a [Arc<dyn Directory>],
}

/// Resolves a draft; `notes` of the clock come first.
pub(crate) fn event(mut draft: Box<Draft>, around: &Around<'_>, clock_note: Option<String>) -> Event {
    let mut notes: Vec<String> = clock_note.into_iter().collect();
    let (page_size, page_size_source) = page_size::of(&draft, around.page_size, &mut notes);
    let machine = machine::of(&draft, page_size, &mut notes);
    let (scope, scope_inferred) = scope(&draft, machine.as_ref());
    let memcg = cgroup::of(&draft, scope);
    let victims = victims::of(&draft, &mut notes);
    let constraint = constraint(&draft, scope);
    let scores = candidates::scores(&draft, scope, machine.as_ref(), memcg.as_ref(), page_size);
    let task_table = table::of(
        &draft,
        &victims,
        machine.as_ref().filter(|_| matches!(scope, Scope::Global | Scope::Sysrq)),
        page_size,
        &mut notes,
    );
    let choice = choice::of(&draft, &victims, &scores, page_size, task_table);
    let account = balance::of(scope, machine.as_ref(), memcg.as_ref());
    let forged = forged(&draft, &mut notes);
    let host = draft.stream.host.as_ref().map(|host| visible(host).into_owned());
    let workload = workload::of(
        constraint.as_ref(),
        memcg.as_ref(),
        &victims,
        host.as_deref(),
        around.names,
        &mut notes,
    );
    remarks(&draft, &mut notes);
    Event {
        kind: kind(&draft),
        scope,
        scope_inferred,
        forged,
        input: around.input,
        first_line: draft.first,
        last_line: draft.last,
        at: around.at,
        at_year_assumed: around.assumed.year,
        at_zone_assumed: around.assumed.zone,
        since_boot_seconds: draft.since_boot,
        host,
        kernel: draft.identification.as_ref().and_then(|read| read.release.clone()),
        page_size_bytes: page_size,
        page_size_source,
        trigger: trigger(&mut draft, &mut notes),
        selected: selected(&draft),
        failure: failure(&draft),
        oom_group: draft.group.clone(),
        slab: machine::slab(&draft),
        allocations: machine::allocations(&draft),
        tasks: candidates::tasks(&draft, &scores, page_size),
        task_rows: draft.rows_seen,
        task_table,
        groups: candidates::groups(&draft, page_size),
        constraint,
        victims,
        memcg,
        workload,
        machine,
        choice,
        account,
        cause: None,
        culprit: None,
        findings: Vec::new(),
        killer: killer(&draft),
        crash_kernel: crash_kernel(&draft, around.input),
        trouble_before: std::mem::take(&mut draft.before),
        panic: draft.panic.clone(),
        suppressed: draft.suppressed,
        evidence: evidence(around.input, std::mem::take(&mut draft.evidence)),
        unread: evidence(around.input, std::mem::take(&mut draft.unread)),
        unread_lines: draft.unread_lines,
        lines: std::mem::take(&mut draft.lines),
        notes: tidy(notes, std::mem::take(&mut draft.notes)),
    }
}

fn kind(draft: &Draft) -> EventKind {
    if draft.user_kill.is_some() {
        EventKind::UserspaceKill
    } else if draft.panic.is_some() {
        EventKind::Panic
    } else if draft.nobody {
        EventKind::OomNoVictim
    } else if draft.failure.is_some() && draft.kills.is_empty() {
        EventKind::AllocFailure
    } else if draft.sysrq_memory && draft.trigger.is_none() && draft.kills.is_empty() {
        EventKind::MemoryDump
    } else {
        EventKind::OomKill
    }
}

/// Whose memory ran out, and whether that was concluded rather than read.
fn scope(draft: &Draft, machine: Option<&crate::report::Machine>) -> (Scope, bool) {
    let order = draft.trigger.as_ref().and_then(|trigger| trigger.order);
    if draft.sysrq_kill || draft.sysrq_memory || order.is_some_and(Order::by_hand) {
        return (Scope::Sysrq, false);
    }
    if let Some(read) = draft.summary.as_ref().and_then(summary_scope) {
        return (read, false);
    }
    let prefixes = draft.kills.iter().map(|(kill, _)| kill.prefix);
    let prefix = prefixes
        .chain(draft.selection.iter().map(|selection| selection.prefix))
        .find(|prefix| *prefix != Prefix::None);
    match prefix {
        Some(Prefix::Memcg) => return (Scope::Memcg, false),
        Some(Prefix::MemoryPolicy) => return (Scope::Mempolicy, false),
        Some(Prefix::Cpuset) => return (Scope::Cpuset, false),
        Some(Prefix::Global | Prefix::AllocatingTask | Prefix::None) | None => {}
    }
    let cgroup_lines = !draft.usages.is_empty() || draft.task_in.memcg.is_some() || !draft.stats.is_empty();
    if cgroup_lines {
        return (Scope::Memcg, prefix.is_none());
    }
    if draft.trace.iter().any(|frame| {
        frame.contains("mem_cgroup_out_of_memory") || frame.contains("mem_cgroup_oom_synchronize")
    }) {
        return (Scope::Memcg, true);
    }
    if draft.failure.is_some() || draft.user_kill.is_some() {
        return (Scope::Unknown, false);
    }
    if let Some(confined) = machine.and_then(|machine| confined(draft, machine)) {
        return (confined, true);
    }
    let whole_machine = prefix.is_some() || draft.mem_info || draft.nobody || draft.panic.is_some();
    if whole_machine { (Scope::Global, prefix.is_none()) } else { (Scope::Unknown, false) }
}

fn summary_scope(summary: &crate::kernel::constraint::Summary) -> Option<Scope> {
    // Linux 5.0 and 5.1 print CONSTRAINT_NONE whatever the constraint is.
    if summary.oom_memcg.is_some() {
        return Some(Scope::Memcg);
    }
    Some(match Kind::of(summary.constraint.as_deref()?) {
        Some(Kind::Memcg) => Scope::Memcg,
        Some(Kind::Cpuset) => Scope::Cpuset,
        Some(Kind::MemoryPolicy) => Scope::Mempolicy,
        Some(Kind::None) => Scope::Global,
        None => Scope::Unknown,
    })
}

/// A dump that shows less free memory than there is was filtered to the nodes that are allowed.
fn confined(draft: &Draft, machine: &crate::report::Machine) -> Option<Scope> {
    let managed = machine.managed_bytes?.get();
    let free = machine.counters.get("free_bytes")?.get();
    let shown: u64 = machine.zones.iter().filter_map(|zone| zone.free_bytes).map(|size| size.get()).sum();
    let hidden = free.saturating_sub(shown);
    if machine.zones.is_empty() || hidden < managed / 20 {
        return None;
    }
    let cpuset = draft.cpuset.cpuset.as_deref();
    Some(if cpuset.is_some_and(|name| name != "/") { Scope::Cpuset } else { Scope::Mempolicy })
}

fn constraint(draft: &Draft, scope: Scope) -> Option<Constraint> {
    let summary = draft.summary.clone().unwrap_or_default();
    let concluded = match scope {
        Scope::Global | Scope::Sysrq if draft.trigger.is_some() && draft.mem_info => Some(Kind::None),
        Scope::Memcg => Some(Kind::Memcg),
        Scope::Cpuset => Some(Kind::Cpuset),
        Scope::Mempolicy => Some(Kind::MemoryPolicy),
        _ => None,
    };
    let name = summary.constraint.or_else(|| concluded.map(|kind| kind.name().to_owned()));
    let nodemask = draft.trigger.as_ref().and_then(|trigger| trigger.nodemask.clone());
    let constraint = Constraint {
        name,
        nodemask: summary.nodemask.or_else(|| nodemask.filter(|mask| mask != "(null)")),
        cpuset: summary.cpuset.or_else(|| draft.cpuset.cpuset.clone()),
        mems_allowed: summary.mems_allowed.or_else(|| draft.cpuset.mems_allowed.clone()),
        oom_memcg: summary.oom_memcg.or_else(|| draft.task_in.memcg.clone()),
        task_memcg: summary.task_memcg.or_else(|| draft.task_in.task.clone()),
    };
    (constraint != Constraint::default()).then_some(constraint)
}

fn trigger(draft: &mut Draft, notes: &mut Vec<String>) -> Option<Trigger> {
    if draft.trigger.is_none() && draft.identification.is_none() {
        return None;
    }
    let head = draft.trigger.clone().unwrap_or_default();
    let who = draft.identification.as_ref();
    let gfp_flags = gfp_flags(&head, who.and_then(|who| who.release.as_deref()), notes);
    Some(Trigger {
        comm: head.comm.or_else(|| who.map(|who| who.comm.clone())),
        pid: who.map(|who| who.pid),
        uid: who.and_then(|who| who.uid),
        cpu: who.and_then(|who| who.cpu),
        gfp_mask: head.gfp_mask,
        gfp_flags,
        order: head.order,
        oom_score_adj: head.oom_score_adj.or_else(|| head.oom_adj.and_then(from_oom_adj)),
        stalled_seconds: draft.failure.as_ref().and_then(|failure| failure.stalled_seconds),
        taint: who.and_then(|who| who.taint.clone()),
        hardware: draft.hardware.clone(),
        workqueue: draft.workqueue.clone(),
        call_trace: std::mem::take(&mut draft.trace),
        registers: std::mem::take(&mut draft.registers),
    })
}

/// The adjustment of old in today's terms: `oom_adj * 1000 / 17`, with both ends kept.
fn from_oom_adj(adj: i64) -> Option<OomScoreAdj> {
    match adj {
        -17 => OomScoreAdj::new(-1000),
        15 => OomScoreAdj::new(1000),
        adj => OomScoreAdj::new(adj.checked_mul(1000)? / 17),
    }
}

fn gfp_flags(
    head: &crate::kernel::trigger::Trigger,
    release: Option<&str>,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let (names, leftover) = match (&head.gfp_flags, &head.gfp_mask) {
        (Some(names), _) => {
            let read = gfp::named(names.as_bytes());
            notes.extend(read.notes);
            (read.names, read.leftover)
        }
        (None, Some(mask)) => {
            let digits = mask.strip_prefix("0x").unwrap_or(mask);
            let Ok(bits) = u64::from_str_radix(digits, 16) else { return Vec::new() };
            let read = gfp::decode(bits, gfp::EraHints { release });
            notes.extend(read.note);
            (read.names, read.leftover)
        }
        (None, None) => return Vec::new(),
    };
    names.into_iter().chain(leftover).collect()
}

fn selected(draft: &Draft) -> Option<Selected> {
    if let Some(selection) = &draft.selection {
        let uid = draft.rows.iter().find(|(row, _)| row.pid == selection.pid).and_then(|(row, _)| row.uid);
        return Some(Selected {
            pid: selection.pid,
            comm: selection.comm.clone(),
            uid,
            score: Some(selection.score),
        });
    }
    let summary = draft.summary.as_ref()?;
    Some(Selected { pid: summary.pid?, comm: summary.comm.clone()?, uid: summary.uid, score: None })
}

fn failure(draft: &Draft) -> Option<Failure> {
    let failure = draft.failure.as_ref()?;
    Some(Failure {
        what: failure.what.clone(),
        size_bytes: failure.size,
        cache: draft.slub_cache.as_ref().map(|cache| cache.name.clone()),
        object_bytes: draft.slub_cache.as_ref().and_then(|cache| cache.object).map(Bytes::new),
        cache_slabs: sum(&draft.slub_nodes, |node| node.slabs),
        cache_objects: sum(&draft.slub_nodes, |node| node.objects),
        cache_free_objects: sum(&draft.slub_nodes, |node| node.free),
    })
}

fn sum(nodes: &[OnNode], of: impl Fn(&OnNode) -> u64) -> Option<u64> {
    nodes.iter().map(of).reduce(u64::saturating_add)
}

fn killer(draft: &Draft) -> Option<Killer> {
    let kill = draft.user_kill.as_ref()?;
    Some(Killer { name: kill.killer.to_owned(), target: kill.target.clone(), reason: kill.reason.clone() })
}

/// The kernel never kills the first process, so a line that says so was written by somebody else.
fn forged(draft: &Draft, notes: &mut Vec<String>) -> bool {
    if let Some(writer) = &draft.stream.writer
        && draft.user_kill.is_none()
    {
        if &***writer != b"/dev/kmsg" {
            notes.push(format!("the program {} wrote these lines", visible(writer)));
        }
        return true;
    }
    draft.kills.iter().any(|(kill, _)| kill.pid.is_some_and(|pid| pid.get() == 1))
}

/// The line by which the kernel is known to be a crash kernel.
fn crash_kernel(draft: &Draft, input: InputId) -> Option<Evidence> {
    let (line, text) = draft.crash_kernel.as_ref()?;
    Some(Evidence { input, line: *line, text: oomkit_core::ident::text(text).into_owned() })
}

fn remarks(draft: &Draft, notes: &mut Vec<String>) {
    if let Some((line, _)) = &draft.crash_kernel {
        notes.push(format!(
            "line {line} says that this was a crash kernel (kdump): it runs in the memory that was set aside for it at boot"
        ));
    }
    if 0 < draft.also_failed {
        notes.push(format!("{} allocations of kernel objects failed meanwhile", draft.also_failed));
    }
    if draft.lines.are_mixed() {
        notes.push(
            "two reports ran at once here and the log names no callers: lines of one may stand in the other"
                .into(),
        );
    }
    if draft.columns_guessed {
        notes.push(
            "the header of the task table is missing; its columns were concluded from the first row".into(),
        );
    }
    if let Some((pid, comm)) = &draft.exiting {
        notes.push(format!("the chosen {comm} (pid {pid}) was already exiting and was not killed again"));
    }
    if (draft.rows.len() as u64) < draft.rows_seen {
        notes.push(format!("{} of {} task rows were read and kept", draft.rows.len(), draft.rows_seen));
    }
    if draft.ended() && draft.trigger.is_none() && draft.user_kill.is_none() {
        notes.push("the head of the report is missing: rate-limited, filtered by level, or cut".into());
    }
}

fn evidence(input: InputId, lines: Vec<(LineNo, String)>) -> Vec<Evidence> {
    lines.into_iter().map(|(line, text)| Evidence { input, line, text }).collect()
}

/// Puts the notes in order, each once.
fn tidy(mut notes: Vec<String>, of_lines: Vec<String>) -> Vec<String> {
    const KEPT: usize = 100;
    notes.extend(of_lines);
    let mut seen = std::collections::BTreeSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    notes.truncate(KEPT);
    notes
}

/// Returns a number that two prints of one event share, for finding repeats; `None` without a stamp.
pub(crate) fn fingerprint(draft: &Draft) -> Option<u64> {
    use std::hash::{Hash as _, Hasher as _};
    let since_boot: SinceBoot = draft.since_boot?;
    let mut hasher = std::hash::DefaultHasher::new();
    since_boot.micros().hash(&mut hasher);
    for (kill, _) in &draft.kills {
        kill.pid.hash(&mut hasher);
        kill.comm.hash(&mut hasher);
        kill.total_vm.map(oomkit_core::units::KiB::get).hash(&mut hasher);
    }
    draft.last_since_boot.map(SinceBoot::micros).hash(&mut hasher);
    draft.trigger.as_ref().map(|trigger| (&trigger.comm, &trigger.gfp_mask)).hash(&mut hasher);
    draft.rows_seen.hash(&mut hasher);
    draft.stream.writer.hash(&mut hasher);
    Some(hasher.finish())
}
