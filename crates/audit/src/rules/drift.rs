//! A limit that is another one than was asked for.

use oomkit_core::{limit::Limit, rule::Findings, units::Bytes, workload::Workload};

use super::words::{as_written, shown, subject};
use crate::{
    model::{LimitModel, Namesake, Place, Scope, Setting},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host, the memory limit of a container is another one than its runtime was asked for when it
    /// was made, as the runtime's own files have it; or than the manifest, Compose file, unit or job says that is
    /// audited together with the host, where one workload alone bears the name.
    /// What the kernel drops of a page does not count.
    ///
    /// ## Why it matters
    ///
    /// Somebody has changed it since, by hand or by resizing it in place; or what was asked for never came to
    /// hold.
    /// The next restart brings the old value back.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /var/lib/docker/containers/a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/config.v2.json
    /// {"ID":"a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90","Name":"/web","Config":{"Image":"nginx:1.27"}}
    /// //- /var/lib/docker/containers/a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/hostconfig.json
    /// {"Memory":536870912,"MemoryReservation":0,"MemorySwap":-1}
    /// //- /sys/fs/cgroup/system.slice/docker-a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90.scope/memory.max
    /// max
    /// //- /sys/fs/cgroup/system.slice/docker-a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90.scope/cgroup.procs
    /// 812
    /// ```
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.max
    /// 268435456
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
    /// 812
    /// ```
    ///
    /// ```ini web.service beside
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.max
    /// 536870912
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
    /// 812
    /// ```
    ///
    /// ```ini web.service beside
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M
    /// ```
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /var/lib/docker/containers/a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/config.v2.json
    /// {"ID":"a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90","Name":"/web","Config":{"Image":"nginx:1.27"}}
    /// //- /var/lib/docker/containers/a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/hostconfig.json
    /// {"Memory":536870912,"MemoryReservation":0,"MemorySwap":-1}
    /// //- /sys/fs/cgroup/system.slice/docker-a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90.scope/memory.max
    /// 536870912
    /// //- /sys/fs/cgroup/system.slice/docker-a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90.scope/cgroup.procs
    /// 812
    /// ```
    DRIFT {
        code: "OKA095",
        name: "limit-drifted",
        summary: "the limit in force is not the one that was asked for",
        severity: Warning,
        confidence: High,
    }
}

/// No page is larger.
const PAGE: u64 = 64 << 10;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope, live) in model.live().filter(|(_, _, live)| live.is_counted) {
        let (Some(workload), Some(limit)) = (&live.workload, &scope.memory.limit) else { continue };
        from_manifest(model, scope, workload, limit, findings);
        let Some(declared) = workload.declared_limit_bytes.filter(|asked| !is_same(*asked, &limit.value))
        else {
            continue;
        };
        let by = workload.named_by.as_deref().map_or_else(String::new, |file| format!(" ({})", shown(file)));
        let message = format!(
            "{} has {}, and {} was asked for{by}",
            subject(model, scope),
            as_written(limit),
            match declared {
                Limit::Max => "no limit".to_owned(),
                Limit::At(size) => size.to_string(),
            }
        );
        findings
            .at(limit.place, message)
            .remedy("write the value that is meant where the container is declared, and start it anew");
    }
}

/// Compares a running workload with the file that describes it.
fn from_manifest(
    model: &LimitModel,
    scope: &Scope,
    workload: &Workload,
    limit: &Setting<Amount>,
    findings: &mut Findings<'_, Place>,
) {
    let is_named = |scope: &Scope| {
        scope.live.is_none()
            && matches!(model.namesake(scope, workload), Some(Namesake::Workload | Namesake::Pod))
    };
    let mut written = model.leaves().map(|(_, scope)| scope).filter(|scope| is_named(scope));
    let (Some(file), None) = (written.next(), written.next()) else { return };
    // What is not known before it runs, or refused, is no other limit.
    let asked = match file.memory.limit.as_ref().map(|limit| &limit.value) {
        Some(Amount::Size(size) | Amount::Fraction(size)) => Limit::At(*size),
        None | Some(Amount::Unlimited | Amount::Void(_)) => Limit::Max,
        Some(_) => return,
    };
    if is_same(asked, &limit.value) {
        return;
    }
    let said = match &file.memory.limit {
        Some(limit) => as_written(limit),
        None => "no limit".to_owned(),
    };
    let (who, other) = (subject(model, scope), shown(&file.path));
    let message = format!("{who} has {}, and {other} is written with {said}", as_written(limit));
    let finding = findings.at(limit.place, message);
    finding.and([file.memory.limit.as_ref().map_or(file.place, |limit| limit.place)]);
    finding.remedy("apply the file again, or write into it what is meant");
}

/// Compares what was asked for with what is; what cannot be read is not another one.
fn is_same(declared: Limit, value: &Amount) -> bool {
    match (declared, value) {
        (Limit::At(asked), Amount::Size(size)) => is_near(asked, *size),
        (Limit::Max, Amount::Size(_)) | (Limit::At(_), Amount::Unlimited) => false,
        _ => true,
    }
}

fn is_near(asked: Bytes, size: Bytes) -> bool {
    asked.get().abs_diff(size.get()) < PAGE
}
