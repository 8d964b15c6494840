//! Settings of the machine that make running out of memory worse.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
    units::Bytes,
};

use crate::model::{LimitModel, Machine, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host: `vm.panic_on_oom` is set; `vm.overcommit_memory` is 2 and the limits come to more than
    /// may be promised; `vm.min_free_kbytes` is more than a twentieth of the memory, or less than a megabyte
    /// on a machine of 1 GiB and more.
    ///
    /// ## Why it matters
    ///
    /// With the first, one leak restarts the machine instead of ending a process.
    /// With the second, programs are refused memory long before it is used, and many cannot bear that.
    /// With the third, the kernel kills while much is free, or has nothing left to reclaim with.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /proc/sys/vm/panic_on_oom
    /// 1
    /// ```
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /proc/sys/vm/min_free_kbytes
    /// 1048576
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// CommitLimit: 4194304 kB
    /// //- /proc/sys/vm/panic_on_oom
    /// 0
    /// //- /proc/sys/vm/overcommit_memory
    /// 0
    /// //- /proc/sys/vm/min_free_kbytes
    /// 67584
    /// ```
    HOST_SETTINGS {
        code: "OKA056",
        name: "host-settings",
        summary: "a setting of the machine makes running out of memory worse",
        severity: Warning,
        confidence: High,
    }
}

/// What is kept free may be this part of the memory.
const PART: u64 = 20;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(machine) = &model.machine else { return };
    panic(machine, findings);
    promises(model, machine, findings);
    kept_free(machine, findings);
}

fn panic(machine: &Machine, findings: &mut Findings<'_, Place>) {
    let Some(panic) = machine.panic_on_oom.filter(|panic| panic.value != 0) else { return };
    let when = if panic.value == 1 {
        "the machine stops when all of its memory is out, instead of killing a process"
    } else {
        "the machine stops whenever memory is out, also that of a cgroup or a node"
    };
    findings
        .at(panic.place, format!("vm.panic_on_oom is {}: {when}", panic.value))
        .remedy("set it to 0, unless another machine takes over at once and a dump is wanted");
}

fn promises(model: &LimitModel, machine: &Machine, findings: &mut Findings<'_, Place>) {
    const STRICT: i64 = 2;
    let Some(overcommit) = machine.overcommit.filter(|overcommit| overcommit.value == STRICT) else { return };
    let (Some(most), sum) = (machine.commit_limit, model.sum_of_limits()) else { return };
    if sum <= most {
        return;
    }
    let message = format!(
        "vm.overcommit_memory is 2, so only {most} may be promised, and the limits come to {sum}: programs are refused memory below their limits"
    );
    findings
        .at(overcommit.place, message)
        .confidence(Confidence::Medium)
        .remedy("raise vm.overcommit_ratio or swap, lower the limits, or set vm.overcommit_memory to 0");
}

fn kept_free(machine: &Machine, findings: &mut Findings<'_, Place>) {
    const LITTLE: Bytes = Bytes::new(1 << 20);
    const LARGE: Bytes = Bytes::new(1 << 30);
    let (Some(free), Some(memory)) = (machine.min_free, machine.memory) else { return };
    let message = if Bytes::new(memory.get() / PART) < free.value {
        format!(
            "vm.min_free_kbytes keeps {} of {memory} free: the kernel kills while that much is unused",
            free.value
        )
    } else if free.value < LITTLE && LARGE <= memory {
        format!("vm.min_free_kbytes keeps {} of {memory} free, too little to reclaim with", free.value)
    } else {
        return;
    };
    findings
        .at(free.place, message)
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .remedy("leave it as the kernel computes it, or set it to 1 to 3 percent of the memory");
}
