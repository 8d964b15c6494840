//! A tmpfs that nothing bounds.

use oomkit_core::rule::Findings;

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
