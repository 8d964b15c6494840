//! A tmpfs that nothing bounds.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{shown, subject};
use crate::model::{LimitModel, MountKind, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A tmpfs has no size, and the service that mounts it no memory limit.
    ///
    /// ## Why it matters
    ///
    /// It may then take half of the memory of the machine, and each further one as much again.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     tmpfs: /run
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 256m
    ///     tmpfs: /run
    ///   api:
    ///     image: nginx:1.27
    ///     tmpfs: /run:size=64m
    /// ```
    TMPFS_UNBOUNDED {
        code: "OKA092",
        name: "tmpfs-unbounded",
        summary: "a tmpfs that nothing bounds",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    of_host(model, findings);
    for (_, scope) in model.leaves().filter(|(_, scope)| model.ceiling(scope).is_none()) {
        for mount in
            scope.mounts.iter().filter(|mount| mount.kind == MountKind::Tmpfs && mount.size.is_none())
        {
            let message = format!(
                "the tmpfs {} of {} has no size, and nothing else bounds it: it may take half of the machine's memory",
                shown(&mount.name),
                subject(model, scope)
            );
            findings.at(mount.place, message).remedy("give it a size, as in /run:size=64m");
        }
    }
}

/// Says how much the file systems in memory of a live host may take together.
fn of_host(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(machine) = &model.machine else { return };
    let (Some(host), Some(memory)) = (model.scope(machine.scope), machine.memory) else { return };
    let half = Bytes::new(memory.get() / 2);
    // One file system may be mounted in many places, and a container's own are not the host's.
    let mounts = host.mounts.iter().filter(|mount| mount.kind == MountKind::Tmpfs);
    let sizes = mounts.map(|mount| mount.size.as_ref().and_then(|size| model.size_of(size)).unwrap_or(half));
    let (count, sum) =
        sizes.fold((0_usize, Bytes::ZERO), |(count, sum), size| (count + 1, sum.saturating_add(size)));
    if sum <= memory {
        return;
    }
    let Some(place) = host.mounts.first().map(|mount| mount.place) else { return };
    let message =
        format!("the {count} tmpfs of this host may hold {sum} together, more than its {memory} of memory");
    findings.at(place, message).remedy("mount those that anybody may write to with a size, such as size=1g");
}
