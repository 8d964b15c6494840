//! The processes of a host that have memory of their own, each in its cgroup.

use std::collections::HashMap;

use oomkit_core::{
    badness::Claim,
    ident::{Pid, Uid},
    reading::Reading,
    units::{Bytes, PageSize, Pages},
};
use oomkit_host::{
    Host,
    kernel::{cgroup_tree::Forest, pid_status::PidStatus},
    processes::{self, Parts},
    tree::Tree,
};

use crate::model::{LimitModel, Machine, ProblemKind, Process, ScopeId};

/// Processes that are kept; the kernel itself hands out no more ids by default.
const KEPT: usize = 4 << 20;

/// Reads all processes into the machine.
pub(super) fn read(
    host: &Host<&dyn Tree>,
    forest: Option<&Forest>,
    ids: &[ScopeId],
    machine: &mut Machine,
    model: &mut LimitModel,
) {
    let homes = homes(forest, ids);
    let page_size = machine.page_size;
    let mut kept = Vec::new();
    let mut left_out = 0_u64;
    let walked = host.processes(Parts::HARMLESS, &mut |process| {
        if kept.len() < KEPT {
            kept.extend(of(&process, &homes, page_size));
        } else {
            left_out += 1;
        }
    });
    machine.processes = kept;
    let what = match walked {
        Reading::Known(walked) if walked.denied == 0 && left_out == 0 => return,
        Reading::Known(walked) if 0 < walked.denied => {
            format!("{} files of processes may not be read, so some scores are not known", walked.denied)
        }
        Reading::Known(_) => format!("{left_out} processes are too many, and were left out"),
        // A host may have been captured without them.
        Reading::Absent => return,
        unknown => format!("the processes of this host: {}", unknown.map(|_| "")),
    };
    model.complain(machine.place, ProblemKind::Unresolved, what);
}

/// Returns the cgroup of each process, as the cgroups name their members.
fn homes(forest: Option<&Forest>, ids: &[ScopeId]) -> HashMap<Pid, ScopeId> {
    let mut homes = HashMap::new();
    let cgroups = forest.map(|forest| forest.cgroups.iter().zip(ids)).into_iter().flatten();
    for (cgroup, id) in cgroups {
        for pid in cgroup.members.as_ref().known().into_iter().flatten() {
            homes.insert(*pid, *id);
        }
    }
    homes
}

/// Takes a process over; `None` for one without memory of its own, as the kernel's are.
fn of(
    process: &processes::Process,
    homes: &HashMap<Pid, ScopeId>,
    page_size: Option<PageSize>,
) -> Option<Process> {
    let stat = process.stat.as_ref().known();
    if stat.is_some_and(|stat| stat.is_kernel_thread) {
        return None;
    }
    let status = process.status.as_ref().known();
    // What has no address space any more is on its way out, and nobody can kill it.
    if status.is_some_and(|status| status.address_space.is_none()) {
        return None;
    }
    let comm = stat.map(|stat| stat.comm.clone()).or_else(|| status?.comm.clone())?;
    let held = status.and_then(|status| {
        let anon = status.resident_anon?.saturating_add(status.resident_shmem.unwrap_or(Bytes::ZERO));
        Some(anon.saturating_add(status.swap.unwrap_or(Bytes::ZERO)))
    });
    let adj = process.adjustment.as_ref().known().copied();
    let claim = page_size.zip(status).zip(adj).and_then(|((size, status), adj)| claim(status, size, adj));
    Some(Process {
        pid: process.pid,
        comm,
        scope: homes.get(&process.pid).copied(),
        start_ticks: stat.map_or(0, |stat| stat.start_ticks),
        claim,
        held,
    })
}

fn claim(status: &PidStatus, size: PageSize, adj: oomkit_core::ident::OomScoreAdj) -> Option<Claim> {
    let pages = |bytes: Bytes| size.pages_in(bytes);
    let tables = status.page_tables.unwrap_or(Bytes::ZERO);
    let second = status.second_level_page_tables.unwrap_or(Bytes::ZERO);
    Some(Claim {
        total_vm: pages(status.address_space?),
        rss: pages(status.resident?),
        swap: Some(status.swap.map_or(Pages::new(0), pages)),
        page_tables: Some(pages(tables.saturating_add(second))),
        adj,
        may_be_admin: status.effective_uid.is_none_or(|uid| uid == Uid::new(0)),
    })
}
