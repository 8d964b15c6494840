//! Host: the machine as a whole, and how well the snapshot could be taken.

use oomkit_core::units::{Bytes, PageSize};

use super::super::{Value, column::Field};
use crate::{
    kernel::{self, meminfo, vmstat},
    snapshot::{Duration, Pressure, Snapshot},
};

pub(in super::super) const FIELDS: &[Field<Snapshot>] = &[
    Field::text("kernel", "The kernel's release.", |snapshot, _| Value::name(snapshot.host.kernel.as_ref())),
    Field::whole("page_bytes", "The size of a page.", |snapshot, _| {
        Value::size(snapshot.host.page_size_bytes.map(PageSize::bytes))
    }),
    Field::gauge("memory_bytes", "All memory of the machine.", |snapshot, _| size(snapshot, meminfo::TOTAL)),
    Field::gauge("free_bytes", "Memory that nobody uses.", |snapshot, _| size(snapshot, meminfo::FREE)),
    Field::gauge("available_bytes", "Memory that could be had without swapping.", |snapshot, _| {
        size(snapshot, meminfo::AVAILABLE)
    }),
    Field::gauge("buffers_bytes", "Cache of block devices.", |snapshot, _| size(snapshot, meminfo::BUFFERS)),
    Field::gauge("cached_bytes", "File cache, shared memory included.", |snapshot, _| {
        size(snapshot, meminfo::CACHED)
    }),
    Field::gauge("anon_bytes", "Anonymous memory.", |snapshot, _| size(snapshot, meminfo::ANONYMOUS)),
    Field::gauge("shmem_bytes", "Shared memory and file systems in memory.", |snapshot, _| {
        size(snapshot, meminfo::SHARED)
    }),
    Field::gauge("slab_reclaimable_bytes", "Kernel objects that can be given back.", |snapshot, _| {
        size(snapshot, meminfo::RECLAIMABLE)
    }),
    Field::gauge("slab_unreclaimable_bytes", "Kernel objects that cannot be given back.", |snapshot, _| {
        size(snapshot, meminfo::UNRECLAIMABLE)
    }),
    Field::gauge("pgtables_bytes", "Page tables.", |snapshot, _| size(snapshot, meminfo::PAGE_TABLES)),
    Field::gauge("kernel_stack_bytes", "Kernel stacks.", |snapshot, _| {
        size(snapshot, meminfo::KERNEL_STACKS)
    }),
    Field::gauge("percpu_bytes", "Data of single processors.", |snapshot, _| {
        size(snapshot, meminfo::PER_CPU)
    }),
    Field::gauge("hugetlb_bytes", "Pools of huge pages.", |snapshot, _| size(snapshot, meminfo::HUGE_PAGES)),
    Field::gauge("zswap_bytes", "The compressed swap cache.", |snapshot, _| size(snapshot, meminfo::ZSWAP)),
    Field::gauge("swap_bytes", "All swap.", |snapshot, _| size(snapshot, meminfo::SWAP_TOTAL)),
    Field::gauge("swap_free_bytes", "Swap that nobody uses.", |snapshot, _| {
        size(snapshot, meminfo::SWAP_FREE)
    }),
    Field::counter("oom_kills", "How many processes the kernel killed.", |snapshot, _| {
        counter(snapshot, vmstat::OOM_KILLS)
    }),
    Field::counter("major_faults", "Page faults that had to read.", |snapshot, _| {
        counter(snapshot, vmstat::MAJOR_FAULTS)
    }),
    Field::counter("swapped_in_pages", "Pages read from swap.", |snapshot, _| {
        counter(snapshot, vmstat::SWAPPED_IN)
    }),
    Field::counter("swapped_out_pages", "Pages written to swap.", |snapshot, _| {
        counter(snapshot, vmstat::SWAPPED_OUT)
    }),
    Field::real(
        "pressure_some_avg10_percent",
        "The share of the last 10 seconds in which some task waited.",
        |snapshot, _| Value::percent(pressure(snapshot).some_avg10),
    ),
    Field::real(
        "pressure_full_avg10_percent",
        "The share of the last 10 seconds in which all tasks waited.",
        |snapshot, _| Value::percent(pressure(snapshot).full_avg10),
    ),
    Field::counter("pressure_some_us", "The time that some task has waited.", |snapshot, _| {
        Value::count(pressure(snapshot).some_total)
    }),
    Field::counter("pressure_full_us", "The time that all tasks have waited.", |snapshot, _| {
        Value::count(pressure(snapshot).full_total)
    }),
    Field::gauge(
        "processes",
        "How many processes were read; null where the list could not be read.",
        |snapshot, _| Value::count(snapshot.processes.as_ref().map(|list| list.len() as u64)),
    ),
    Field::gauge(
        "cgroups",
        "How many control groups were read; null where the list could not be read.",
        |snapshot, _| Value::count(snapshot.cgroups.as_ref().map(|list| list.len() as u64)),
    ),
    Field::gauge("cost_cpu_us", "The processor time that the snapshot took.", |snapshot, _| {
        Value::count(snapshot.cost.cpu.map(Duration::micros))
    }),
    Field::gauge("processes_vanished", "How many processes ended while they were read.", |snapshot, _| {
        Value::count(snapshot.cost.processes_vanished)
    }),
    Field::gauge("denied", "How many files could not be read for lack of permission.", |snapshot, _| {
        Value::count(snapshot.cost.denied)
    }),
    Field::gauge(
        "given_up",
        "How many readings of a process were given up because they took too long.",
        |snapshot, _| Value::count(snapshot.cost.given_up),
    ),
    Field::text(
        "reason",
        "Why the snapshot was taken besides the regular ones: `pressure`, `limit` or `kill`; nothing for a regular one.",
        |snapshot, _| {
            let cause = snapshot.reason.as_ref().map(|reason| reason.cause.word());
            cause.map_or(Value::Unknown, |word| Value::bytes(word.as_bytes()))
        },
    ),
    Field::text("reason_cgroup", "The control group that the reason was about.", |snapshot, _| {
        Value::name(snapshot.reason.as_ref().and_then(|reason| reason.cgroup.as_ref()))
    }),
];

fn size(snapshot: &Snapshot, key: &str) -> Value<'static> {
    let size: Option<Bytes> = kernel::size(&snapshot.machine, key);
    Value::size(size)
}

fn counter(snapshot: &Snapshot, key: &str) -> Value<'static> {
    Value::count(kernel::figure(snapshot.machine.vmstat.as_ref(), key))
}

fn pressure(snapshot: &Snapshot) -> Pressure {
    snapshot.machine.pressure.unwrap_or_default()
}
