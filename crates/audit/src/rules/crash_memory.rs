//! A dump is wanted after a crash, and there is no memory to write it from.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::shown;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A live host has a service switched on that writes a dump after a crash (kdump), and the kernel has set
    /// aside no memory for the second kernel that does it.
    ///
    /// ## Why it matters
    ///
    /// The dump that should explain the next crash will not be written, and nobody notices before.
    /// How much is needed grows with the machine; what is too small ends in an OOM of the second kernel.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/kernel/kexec_crash_size
    /// 0
    /// //- /etc/systemd/system/multi-user.target.wants/kdump.service
    /// [Unit]
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/kernel/kexec_crash_size
    /// 268435456
    /// //- /etc/systemd/system/multi-user.target.wants/kdump.service
    /// [Unit]
    /// ```
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/kernel/kexec_crash_size
    /// 0
    /// ```
    CRASH_MEMORY {
        code: "OKA055",
        name: "crash-memory-missing",
        summary: "a dump is wanted after a crash, and no memory is set aside for it",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(machine) = &model.machine else { return };
    let (Some(kept), Some(service)) = (machine.crash_memory, machine.dump_service) else { return };
    if kept.value == Bytes::ZERO {
        let message = format!(
            "{} is switched on, and no memory is set aside for the kernel that it starts after a crash",
            shown(service.rsplit('/').next().unwrap_or(service))
        );
        findings.at(kept.place, message).remedy(
            "start the kernel with crashkernel= as the distribution's table has it for this much memory",
        );
    }
}
