//! Kernel memory that no finer figure tells of fills a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, at_least, less, of_whole};
use crate::diagnoses::fill;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 20 % of what the cgroup uses is kernel memory, and the larger part of it is not slab, page
    /// tables, per-CPU memory or kernel stacks in an amount that has a finding of its own.
    ///
    /// ## Why it matters
    ///
    /// Pages that the kernel takes for a process count against its group: buffers of pipes, rings of
    /// io_uring, tables of BPF, memory from vmalloc.
    /// They stand in no process's size, so the victim looks innocent.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_memcg2_pipe`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_inodes`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_KERNEL_MEMORY {
        code: "OKD308",
        name: "memcg-kernel-memory",
        summary: "kernel memory fills a cgroup",
        severity: Error,
        confidence: High,
    }
}

/// From how many percent on each part has a finding of its own.
pub(super) const SLAB: u64 = 15;
pub(super) const PAGE_TABLES: u64 = 10;
pub(super) const PERCPU: u64 = 10;
pub(super) const STACKS: u64 = 5;

/// Functions that take pages of the kernel for a process, and what for.
const TAKERS: &[(&str, &str)] = &[
    ("pipe_write", "writing into a pipe"),
    ("anon_pipe_write", "writing into a pipe"),
    ("io_uring*", "setting up io_uring"),
    ("bpf_map*", "filling a table of BPF"),
    ("vmalloc*", "taking memory from vmalloc"),
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((_, kernel, whole)) = fill::part_of(case, |cgroup| cgroup.kernel, 20) else { return };
    let slab = case.cgroup.as_ref().and_then(|cgroup| cgroup.slab);
    let parts = [
        ("slab", slab, SLAB),
        ("page tables", case.stat("pagetables"), PAGE_TABLES),
        ("per-CPU memory", case.stat("percpu"), PERCPU),
        ("kernel stacks", case.stat("kernel_stack"), STACKS),
        ("vmalloc", case.stat("vmalloc"), 100),
    ];
    let known = parts.into_iter().filter_map(|(name, size, own)| Some((name, size?, own)));
    let told: Bytes =
        known.clone().filter(|(_, size, own)| at_least(*size, *own, whole)).map(|(_, size, _)| size).sum();
    if at_least(told, 50, kernel) {
        return;
    }
    let named: Bytes = known.clone().map(|(_, size, _)| size).sum();
    let mut said = format!("kernel memory took {}", of_whole(kernel, whole));
    if at_least(less(kernel, named), 50, kernel) {
        said.push_str(", most of it in pages that no figure of its own counts");
    } else if let Some((name, size, _)) = known.max_by_key(|(_, size, _)| *size) {
        said.push_str(&format!(", the largest part of it {name} ({size})"));
    }
    let asked = TAKERS.iter().find(|(function, _)| case.calls(function));
    if let Some((_, doing)) = asked {
        said.push_str(&format!("; the asking task was {doing}"));
    }
    let counted = case.event.memcg.as_ref().is_some_and(|memcg| memcg.kmem_usage_bytes == Some(kernel));
    let proof = if counted {
        case.proof(Part::Cgroup, "kmem: usage")
    } else {
        case.proof_of_stats(&["kernel", "slab"])
    };
    let finding = findings.at(proof, said).and([case.proof_of_limit()]);
    finding.remedy(match asked {
        Some((function, _)) if function.ends_with("pipe_write") => {
            "find the process that opens pipes and does not read them (`ls -l /proc/PID/fd | grep -c pipe`), or give \
             each a smaller buffer (F_SETPIPE_SZ, fs.pipe-max-size)"
        }
        _ => {
            "count what the processes of the group hold open (`ls -l /proc/PID/fd`: pipes, sockets, io_uring, BPF), \
             and close it"
        }
    });
    fill::weigh(finding, kernel, whole, Confidence::Medium);
}
