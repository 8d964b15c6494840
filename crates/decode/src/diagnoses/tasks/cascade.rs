//! A bystander, shot while the memory of the real victim was on its way back.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Confidence;

use super::{RealKill, Sign, real_kill, size_of};
use crate::case::{Case, lapse};
use crate::report::EventKind;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At most five seconds before, the kernel killed a process that held at least a tenth of the machine's memory and four times what this victim holds.
    /// Since then, half of that memory has become free; or half of it is in no candidate's hands any more and not free yet.
    /// Shared memory is left out, as it does not come back with a process.
    ///
    /// ## Why it matters
    ///
    /// A large process takes a while to give its memory back, and page tables come last.
    /// Who asks for a page in the meantime can set off another kill.
    /// This victim tells nothing; the report before does.
    ///
    /// ## Fires
    ///
    /// ```log
    /// [  100.000000] memhog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  100.000000] Mem-Info:
    /// [  100.000000] active_anon:200000 inactive_anon:1000 isolated_anon:0
    /// [  100.000000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  100.000000]  unevictable:0 dirty:0 writeback:0
    /// [  100.000000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  100.000000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  100.000000]  free:3000 free_pcp:0 free_cma:0
    /// [  100.000000] Free swap  = 0kB
    /// [  100.000000] Total swap = 0kB
    /// [  100.000000] 262144 pages RAM
    /// [  100.000000] 4096 pages reserved
    /// [  100.000000] Tasks state (memory values in pages):
    /// [  100.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  100.000000] [    105]     0   105   300000   190000  1600000        0             0 memhog
    /// [  100.000000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  100.000000] Out of memory: Killed process 105 (memhog) total-vm:4000kB, anon-rss:760000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// [  101.900000] init invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  101.900000] Mem-Info:
    /// [  101.900000] active_anon:50000 inactive_anon:1000 isolated_anon:0
    /// [  101.900000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  101.900000]  unevictable:0 dirty:0 writeback:0
    /// [  101.900000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  101.900000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  101.900000]  free:150000 free_pcp:0 free_cma:0
    /// [  101.900000] Free swap  = 0kB
    /// [  101.900000] Total swap = 0kB
    /// [  101.900000] 262144 pages RAM
    /// [  101.900000] 4096 pages reserved
    /// [  101.900000] Tasks state (memory values in pages):
    /// [  101.900000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  101.900000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  101.900000] Out of memory: Killed process 112 (nginx) total-vm:4000kB, anon-rss:12400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ```log
    /// [  100.000000] memhog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  100.000000] Mem-Info:
    /// [  100.000000] active_anon:200000 inactive_anon:1000 isolated_anon:0
    /// [  100.000000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  100.000000]  unevictable:0 dirty:0 writeback:0
    /// [  100.000000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  100.000000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  100.000000]  free:3000 free_pcp:0 free_cma:0
    /// [  100.000000] Free swap  = 0kB
    /// [  100.000000] Total swap = 0kB
    /// [  100.000000] 262144 pages RAM
    /// [  100.000000] 4096 pages reserved
    /// [  100.000000] Tasks state (memory values in pages):
    /// [  100.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  100.000000] [    105]     0   105   300000   190000  1600000        0             0 memhog
    /// [  100.000000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  100.000000] Out of memory: Killed process 105 (memhog) total-vm:4000kB, anon-rss:760000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// [  100.300000] init invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  100.300000] Mem-Info:
    /// [  100.300000] active_anon:200000 inactive_anon:1000 isolated_anon:0
    /// [  100.300000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  100.300000]  unevictable:0 dirty:0 writeback:0
    /// [  100.300000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  100.300000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  100.300000]  free:3000 free_pcp:0 free_cma:0
    /// [  100.300000] Free swap  = 0kB
    /// [  100.300000] Total swap = 0kB
    /// [  100.300000] 262144 pages RAM
    /// [  100.300000] 4096 pages reserved
    /// [  100.300000] Tasks state (memory values in pages):
    /// [  100.300000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  100.300000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  100.300000] Out of memory: Killed process 112 (nginx) total-vm:4000kB, anon-rss:12400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// - `ubuntu-5.4_amd64_pgtable`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_shm`
    /// - `ubuntu-5.15_amd64_adj`
    /// - `debian-6.18_amd64_swarm`
    /// - `debian-5.10-686pae_i386_tmpfs`
    ///
    /// ```log
    /// [  100.000000] memhog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  100.000000] Mem-Info:
    /// [  100.000000] active_anon:200000 inactive_anon:1000 isolated_anon:0
    /// [  100.000000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  100.000000]  unevictable:0 dirty:0 writeback:0
    /// [  100.000000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  100.000000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  100.000000]  free:3000 free_pcp:0 free_cma:0
    /// [  100.000000] Free swap  = 0kB
    /// [  100.000000] Total swap = 0kB
    /// [  100.000000] 262144 pages RAM
    /// [  100.000000] 4096 pages reserved
    /// [  100.000000] Tasks state (memory values in pages):
    /// [  100.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  100.000000] [    105]     0   105   300000   190000  1600000        0             0 memhog
    /// [  100.000000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  100.000000] Out of memory: Killed process 105 (memhog) total-vm:4000kB, anon-rss:760000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// [  131.900000] init invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [  131.900000] Mem-Info:
    /// [  131.900000] active_anon:50000 inactive_anon:1000 isolated_anon:0
    /// [  131.900000]  active_file:100 inactive_file:100 isolated_file:0
    /// [  131.900000]  unevictable:0 dirty:0 writeback:0
    /// [  131.900000]  slab_reclaimable:1000 slab_unreclaimable:1000
    /// [  131.900000]  mapped:0 shmem:100 pagetables:1000 bounce:0
    /// [  131.900000]  free:150000 free_pcp:0 free_cma:0
    /// [  131.900000] Free swap  = 0kB
    /// [  131.900000] Total swap = 0kB
    /// [  131.900000] 262144 pages RAM
    /// [  131.900000] 4096 pages reserved
    /// [  131.900000] Tasks state (memory values in pages):
    /// [  131.900000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  131.900000] [    112]    33   112     3400     3100    65536        0             0 nginx
    /// [  131.900000] Out of memory: Killed process 112 (nginx) total-vm:4000kB, anon-rss:12400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    CASCADE {
        code: "OKD510",
        name: "cascade",
        summary: "a bystander of the kill before",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if case.event.kind != EventKind::OomKill {
        return;
    }
    let (Some(real), Some(victim)) = (real_kill(case), case.victim()) else { return };
    let RealKill { past, seconds, sign } = real;
    let Some(who) = past.who.as_ref().zip(past.pid) else { return };
    let own = size_of(case, victim).unwrap_or_default();
    let on_its_way = match sign {
        Sign::Risen(risen) => format!("{risen} have become free since"),
        Sign::Pending(pending) => format!("{pending} are with no process any more and not free yet"),
    };
    let at = past.at.map_or_else(String::new, |at| format!(", at {at}"));
    let said = format!(
        "{} (pid {}) with {own} is a bystander: {} (pid {}) with {} had been killed {} before{at}, and {on_its_way}",
        victim.comm,
        victim.pid,
        who.0.comm,
        who.1,
        past.returns,
        lapse(seconds)
    );
    let finding = findings.at(past.proof.clone(), said);
    finding.and([case.proof_of_kill(victim), case.proof_of("free_bytes")]).remedy(format!(
        "look at the report of {} for the cause; what can be done here is to restart {}",
        who.0.comm, victim.comm
    ));
    if matches!(sign, Sign::Pending(_)) {
        finding.confidence(Confidence::Medium);
    }
}
