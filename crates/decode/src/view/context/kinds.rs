//! The kinds of other trouble in words, and which is worse than which.

use crate::report::ContextKind as Kind;

/// How bad trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The machine, or its data, is lost until somebody acts.
    Down,
    /// The machine, its memory or its disks fail under everybody.
    Stuck,
    /// Somebody lost work.
    Lost,
    /// Something waited, was refused, or will be lost soon.
    Warning,
    /// Worth knowing.
    Note,
}

/// Returns how bad a kind is, and what it is called, for one and for many.
pub(super) const fn words(kind: Kind) -> (Weight, &'static str, &'static str) {
    use Weight::{Down, Lost, Note, Stuck, Warning};
    match kind {
        Kind::Panic => (Down, "kernel panic", "kernel panics"),
        Kind::Oops => (Down, "kernel fault", "kernel faults"),
        Kind::HardLockup => (Down, "hard lockup", "hard lockups"),
        Kind::FilesystemShutdown => (Down, "file-system shutdown", "file-system shutdowns"),
        Kind::RemountReadOnly => (Down, "read-only remount", "read-only remounts"),
        Kind::SoftLockup => (Stuck, "soft lockup", "soft lockups"),
        Kind::FilesystemError => (Stuck, "file-system error", "file-system errors"),
        Kind::IoError => (Stuck, "I/O error", "I/O errors"),
        Kind::DeviceError => (Stuck, "device error", "device errors"),
        Kind::StorageConnection => (Stuck, "storage connection lost", "storage connections lost"),
        Kind::MachineCheck => (Stuck, "machine check", "machine checks"),
        Kind::Hwpoison => (Stuck, "broken page of memory", "broken pages of memory"),
        Kind::SwapError => (Stuck, "swap error", "swap errors"),
        Kind::UnitOomKill => (Lost, "unit killed for memory", "units killed for memory"),
        Kind::UnitOomdKill => (Lost, "unit killed by systemd-oomd", "units killed by systemd-oomd"),
        Kind::SystemOom => (Lost, "OOM seen by the kubelet", "OOMs seen by the kubelet"),
        Kind::ContainerOom => (Lost, "container out of memory", "containers out of memory"),
        Kind::KubeletEviction => (Lost, "eviction by the kubelet", "evictions by the kubelet"),
        Kind::KernelBug => (Stuck, "kernel bug", "kernel bugs"),
        Kind::BadPage => (Stuck, "bad page state", "bad page states"),
        Kind::BadRss => (Stuck, "wrong memory count", "wrong memory counts"),
        Kind::RcuStall => (Stuck, "RCU stall", "RCU stalls"),
        Kind::WorkqueueLockup => (Stuck, "work queue lockup", "work queue lockups"),
        Kind::HungTask => (Stuck, "hung task", "hung tasks"),
        Kind::AllocationDeadlock => {
            (Stuck, "file system waiting for memory", "file systems waiting for memory")
        }
        Kind::Segfault => (Lost, "segfault", "segfaults"),
        Kind::Trap => (Lost, "crash by exception", "crashes by exception"),
        Kind::CoreDump => (Lost, "core dump", "core dumps"),
        Kind::UnitCrashed => (Lost, "unit crashed", "units crashed"),
        Kind::UnitKilled => (Lost, "unit killed by signal 9", "units killed by signal 9"),
        Kind::UnitWatchdog => (Lost, "service watchdog timeout", "service watchdog timeouts"),
        Kind::UnitTimeout => (Lost, "service timeout", "service timeouts"),
        Kind::UnitFailed => (Lost, "unit failed", "units failed"),
        Kind::UnitStartFailed => (Lost, "failed start", "failed starts"),
        Kind::UnitDependencyFailed => (Warning, "failed dependency", "failed dependencies"),
        Kind::Kdump => (Lost, "crash dump failed", "crash dumps failed"),
        Kind::LowMemory => (Warning, "low memory", "low memory"),
        Kind::CrashKernelFailed => (Warning, "no crash kernel", "no crash kernels"),
        Kind::KernelWarning => (Warning, "kernel warning", "kernel warnings"),
        Kind::Edac => (Warning, "memory error", "memory errors"),
        Kind::Overheated => (Warning, "overheated processor", "overheated processors"),
        Kind::WorkqueueHog => (Warning, "long work item", "long work items"),
        Kind::Balloon => (Warning, "balloon trouble", "balloon troubles"),
        Kind::PidsLimit => (Warning, "process limit hit", "process limits hit"),
        Kind::Rlimit => (Warning, "resource limit hit", "resource limits hit"),
        Kind::Overcommit => (Warning, "refused allocation", "refused allocations"),
        Kind::BmcEvent => (Warning, "controller event", "controller events"),
        Kind::Reboot => (Note, "restart announced", "restarts announced"),
        Kind::Boot => (Note, "boot", "boots"),
        Kind::CrashKernel => (Note, "crash kernel reserved", "crash kernels reserved"),
    }
}

/// Tells whether a kind says that memory ran out, though no report of the kernel does.
pub(super) const fn tells_of_memory(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::UnitOomKill
            | Kind::UnitOomdKill
            | Kind::SystemOom
            | Kind::ContainerOom
            | Kind::KubeletEviction
            | Kind::LowMemory
    )
}
