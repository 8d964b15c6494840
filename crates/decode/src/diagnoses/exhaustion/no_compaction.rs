//! A kernel that cannot compact memory, asked for several pages in one piece.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{in_one_piece, pieces};
use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says that compaction is disabled, and the request is for several pages in one piece.
    ///
    /// ## Why it matters
    ///
    /// Compaction is what makes large pieces out of small ones.
    /// Without it, fragmentation cannot heal itself, and grows with the time that the machine is up.
    ///
    /// ## Fires
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xdc0(GFP_KERNEL|__GFP_ZERO), order=2, oom_score_adj=0
    /// COMPACTION is disabled!!!
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:20000 free_pcp:0 free_cma:0
    /// Normal free:80000kB min:11000kB low:14000kB high:17000kB present:1048576kB managed:1032192kB free_cma:0kB
    /// lowmem_reserve[]: 0 0
    /// Normal: 12000*4kB (UME) 4000*8kB (UME) 0*16kB 0*32kB 0*64kB = 80000kB
    /// 262144 pages RAM
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_pagealloc`
    NO_COMPACTION {
        code: "OKD204",
        name: "no-compaction",
        summary: "a kernel that cannot compact memory",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(order @ 1..) = case.order() else { return };
    let Some(line) = case.event.lines.find(Part::Marker, "COMPACTION is disabled") else { return };
    let size = case.machine.page.get().checked_shl(order).map(oomkit_core::units::Bytes::new);
    let wanted =
        size.map_or_else(String::new, |size| format!(", and {} was asked for", in_one_piece(size, order)));
    let proven = pieces(case).is_some_and(|pieces| pieces.wanting);
    let so = if proven { ": this is why it failed" } else { "" };
    let said = format!("this kernel cannot compact memory{wanted}{so}");
    findings.at(case.line(line), said).and([case.proof_of_head()]).remedy(
        "run a kernel built with CONFIG_COMPACTION; until then, start what needs large pieces early after boot",
    );
}
