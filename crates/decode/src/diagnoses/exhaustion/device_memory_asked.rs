//! The request could use nothing but the memory that old or small devices reach.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;
use crate::kernel::zone::ZoneKind;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The mask of the request allows only the zone DMA, or DMA and DMA32, while the machine has memory above.
    ///
    /// ## Why it matters
    ///
    /// Those zones are small, and the kernel does not kill for them: a kill would hardly free a page there.
    /// The request comes from a driver whose device reaches few address bits.
    ///
    /// ## Fires
    ///
    /// ```log
    /// modprobe: page allocation failure: order:0, mode:0xcc1(GFP_KERNEL|GFP_DMA), nodemask=(null),cpuset=/,mems_allowed=0
    /// CPU: 0 PID: 5 Comm: modprobe Not tainted 6.1.0 #1
    /// Mem-Info:
    /// active_anon:1000 inactive_anon:1000 isolated_anon:0
    ///  free:100000 free_pcp:0 free_cma:0
    /// Node 0 DMA free:20kB min:68kB low:84kB high:100kB present:15964kB managed:15876kB
    /// lowmem_reserve[]: 0 900 900 900
    /// Node 0 Normal free:399980kB min:7700kB low:8600kB high:9500kB present:884728kB managed:845292kB
    /// lowmem_reserve[]: 0 0 0 0
    /// 262144 pages RAM
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_pagealloc`
    /// - `debian-6.12_amd64_global`
    DEVICE_MEMORY_ASKED {
        code: "OKD207",
        name: "device-memory-asked",
        summary: "a request for memory that small devices reach",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let asked = case.zones.request.map(|request| request.highest).filter(|_| case.speaks_of_machine());
    let Some(asked @ (ZoneKind::Dma | ZoneKind::Dma32)) = asked else { return };
    let above = case.zones.gauges.iter().any(|gauge| !gauge.open);
    let Some(zone) = case.zones.open().max_by_key(|gauge| gauge.free).filter(|_| above) else { return };
    let reach: Bytes = case.zones.open().filter_map(|gauge| case.zone_counter(gauge, "managed_bytes")).sum();
    let (bits, free) =
        (if asked == ZoneKind::Dma { "few address bits" } else { "32 address bits" }, zone.free);
    let said = format!(
        "the request was for memory that a device with {bits} reaches: {reach} in all, of which {} had {free} free",
        case.zone_name(zone)
    );
    findings.at(case.proof_of_head(), said).and([case.proof_of_gauge(zone)]).remedy(
        "look in the call trace for the driver that asks; a newer one, an IOMMU or a larger swiotlb= spares these zones",
    );
}
