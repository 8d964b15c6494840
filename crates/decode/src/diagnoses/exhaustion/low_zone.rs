//! Only the memory that this request may use was gone.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, Gauge, at_least, of_whole};
use crate::kernel::zone::ZoneKind;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The request may not use the highest zone, HighMem or Movable, which has plenty free; in the zones that it may use, Normal is below its high watermark.
    /// Kernels since 6.1 do not show the closed zone: there, at least 5 % of the memory is free in zones that are not shown, and there are pages in HighMem or Movable.
    ///
    /// ## Why it matters
    ///
    /// A 32-bit kernel reaches less than a gigabyte at all times, and keeps its own objects there: inodes, page tables, stacks of threads.
    /// When that is full the machine kills, whatever else is free.
    /// Movable memory is the same on 64 bits: the kernel's own objects may not go there.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_i386_lowmem`
    ///
    /// ```log
    /// mkdir invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:1000 inactive_anon:1000 isolated_anon:0
    ///  free:300000 free_pcp:0 free_cma:0
    /// DMA free:3300kB min:68kB low:84kB high:100kB present:15964kB managed:15876kB
    /// lowmem_reserve[]: 0 3200 7700 7700
    /// Normal free:4300kB min:7700kB low:8600kB high:9500kB present:884728kB managed:845292kB
    /// lowmem_reserve[]: 0 0 35900 35900
    /// 524288 pages RAM
    /// 300000 pages HighMem/MovableOnly
    /// 12000 pages reserved
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=java,pid=5,uid=0
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.4_i386_highmem`
    /// - `debian-5.10-686pae_i386_highmem`
    /// - `debian-5.10-686pae_i386_tmpfs`
    /// - `debian-6.12_amd64_global`
    LOW_ZONE {
        code: "OKD206",
        name: "low-zone",
        summary: "only the memory that this request may use was gone",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let highest = case.zones.request.map(|request| request.highest);
    if !case.speaks_of_machine() || highest.is_none_or(|highest| highest == ZoneKind::Movable) {
        return;
    }
    let Some(closed) = closed(case) else { return };
    let mut normal = case.zones.open().filter(|gauge| gauge.kind == ZoneKind::Normal);
    let (Some(low), true) = (normal.next(), normal.all(|gauge| gauge.free < gauge.needed)) else { return };
    if low.needed <= low.free {
        return;
    }
    let reach: Bytes = case.zones.open().filter_map(|gauge| case.zone_counter(gauge, "managed_bytes")).sum();
    let filler = filler(case, reach);
    let filled = filler
        .map_or_else(String::new, |(_, words, size)| format!("; {words} takes {}", of_whole(size, reach)));
    let said = format!(
        "only low memory was gone: of the {reach} that this request reaches, {} had {} free and needs {}, while {} of \
         {} were free and closed to it{filled}",
        case.zone_name(low),
        low.free,
        low.needed,
        closed.free,
        closed.name
    );
    let finding = findings.at(case.proof_of_gauge(low), said);
    finding.and([closed.proof]).and(filler.map(|(counter, ..)| case.proof_of(counter))).remedy(closed.remedy);
}

/// The memory that is free and out of reach.
struct Closed {
    free: Bytes,
    name: &'static str,
    remedy: &'static str,
    proof: Evidence,
}

fn closed(case: &Case) -> Option<Closed> {
    let high = |gauge: &&Gauge| !gauge.open && matches!(gauge.kind, ZoneKind::HighMem | ZoneKind::Movable);
    let shown: Vec<&Gauge> = case.zones.gauges.iter().filter(high).collect();
    let sum = |of: fn(&Gauge) -> Bytes| shown.iter().map(|gauge| of(gauge)).sum::<Bytes>();
    let managed = case.machine.managed;
    let plenty = |free: Bytes| managed.is_none_or(|managed| at_least(free, 5, managed));
    if let Some(first) = shown.first() {
        let free = sum(|gauge| gauge.free);
        let is_movable = first.kind == ZoneKind::Movable;
        let (name, remedy) = if is_movable { MOVABLE } else { HIGH_MEMORY };
        let proof = case.proof_of_gauge(first);
        return (sum(|gauge| gauge.high) < free && plenty(free)).then_some(Closed {
            free,
            name,
            remedy,
            proof,
        });
    }
    // Since Linux 6.1, zones above those that the request may use are not shown.
    let machine = case.event.machine.as_ref()?;
    let above = machine.highmem_bytes.filter(|above| *above != Bytes::ZERO)?;
    let hidden = case.machine.hidden_free.filter(|hidden| *hidden <= above && plenty(*hidden))?;
    let of_node = machine.zones.iter().any(|zone| zone.node.is_some());
    let (name, remedy) = if of_node { MOVABLE } else { HIGH_MEMORY };
    Some(Closed { free: hidden, name, remedy, proof: case.proof(Part::Total, "HighMem") })
}

const HIGH_MEMORY: (&str, &str) = (
    "high memory",
    "run a 64-bit kernel, which has no high memory; until then: fewer threads and fewer files held open, and a smaller \
     second number in vm.lowmem_reserve_ratio (8 in place of 32), which keeps user memory out of low memory",
);

const MOVABLE: (&str, &str) = (
    "movable memory",
    "bring part of the movable memory online as normal memory (online_kernel in place of online_movable; smaller \
     movablecore= or larger kernelcore=), so that the kernel's own objects find room",
);

/// What the kernel itself keeps in low memory, where that is much.
fn filler(case: &Case, reach: Bytes) -> Option<(&'static str, &'static str, Bytes)> {
    /// What stands in low memory only.
    const OBJECTS: [(&str, &str); 3] = [
        ("slab_reclaimable_bytes", "reclaimable slab"),
        ("slab_unreclaimable_bytes", "unreclaimable slab"),
        ("pagetables_bytes", "page tables"),
    ];
    let sizes = OBJECTS.into_iter().filter_map(|(counter, words)| {
        let size = case.counter(counter)?;
        at_least(size, 20, reach).then_some((counter, words, size))
    });
    sizes.max_by_key(|(.., size)| *size)
}
