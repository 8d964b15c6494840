//! On a virtual machine, the memory that no counter holds may be in a balloon.

use oomkit_core::{place::Evidence, rule::Findings};

use super::unaccounted::residue;
use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least a tenth of the memory is in no counter, and the hardware is that of a hypervisor.
    ///
    /// ## Why it matters
    ///
    /// A hypervisor that is short of memory inflates a balloon inside the guest; the guest sees the memory as taken, by nobody.
    /// This is the first thing to rule out, and the log alone cannot.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// CPU: 0 PID: 5 Comm: java Not tainted 6.1.0 #1
    /// Hardware name: VMware, Inc. VMware Virtual Platform, BIOS 6.00 07/22/2020
    /// Mem-Info:
    /// active_anon:191948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:191948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    BALLOON {
        code: "OKD014",
        name: "balloon",
        summary: "a virtual machine whose balloon may hold the memory",
        severity: Note,
        confidence: Low,
    }
}

/// Hypervisors by the words of the hardware line, with what tells the size of the balloon.
const HYPERVISORS: &[(&str, &str)] = &[
    ("VMware", "vmware-toolbox-cmd stat balloon"),
    ("QEMU", "virsh dommemstat, on the host"),
    ("KVM", "virsh dommemstat, on the host"),
    ("Virtual Machine", "Get-VMMemory, on the Hyper-V host"),
    ("Xen", "xl list, on the host"),
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((residue, _)) = residue(case) else { return };
    let hardware = case.event.trigger.as_ref().and_then(|trigger| trigger.hardware.as_deref());
    let found = hardware.and_then(|hardware| HYPERVISORS.iter().find(|(words, _)| hardware.contains(words)));
    let Some((words, command)) = found else { return };
    let said = format!(
        "this is a virtual machine ({words}): a balloon may hold part of the {residue} that no counter has"
    );
    findings
        .at(case.proof(Part::Stack, words), said)
        .remedy(format!("compare with {command}; give the machine a reservation if it is ballooned"));
}
