//! A volume in memory without a size.

use oomkit_core::{finding::Severity, rule::Findings, units::Bytes};

use super::words::{owner, shown};
use crate::model::{LimitModel, MountKind, Place, Scope};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// An `emptyDir` that lives in memory has no `sizeLimit`.
    /// It is a note where the limits of the pod bound it.
    ///
    /// ## Why it matters
    ///
    /// What is written to it counts as memory of the containers that write it, and cannot be given back
    /// without deleting files.
    /// Without a limit of the pod it may become as large as the machine.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       volumeMounts: [{name: scratch, mountPath: /scratch}]
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir: {medium: Memory}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       volumeMounts: [{name: scratch, mountPath: /scratch}]
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir: {medium: Memory, sizeLimit: 64Mi}
    ///     - name: disk
    ///       emptyDir: {}
    /// ```
    MEMORY_VOLUME_UNBOUNDED {
        code: "OKA090",
        name: "memory-volume-unbounded",
        summary: "a volume in memory has no size",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, pod) in model.all().filter(|(_, scope)| scope.pod.is_some()) {
        for mount in
            pod.mounts.iter().filter(|mount| mount.kind == MountKind::EmptyDir && mount.size.is_none())
        {
            let name = format!(
                "the volume {} of {}",
                shown(&mount.name),
                owner(model, pod).unwrap_or_else(|| shown(&pod.path))
            );
            let (message, severity) = match bound(model, pod) {
                Some(size) => (
                    format!("{name} lives in memory without a size: only the limits bound it, {size} in all"),
                    Severity::Note,
                ),
                None => (
                    format!("{name} lives in memory without a size: it may become as large as the machine"),
                    Severity::Warning,
                ),
            };
            findings
                .at(mount.place, message)
                .severity(severity)
                .remedy("set sizeLimit to the most that is ever written to it");
        }
    }
}

/// Returns what the limits of a pod come to; `None` where one is missing.
fn bound(model: &LimitModel, pod: &Scope) -> Option<Bytes> {
    if let Some(own) = super::words::size(pod.memory.limit.as_ref()) {
        return Some(own);
    }
    let mut sum = Bytes::ZERO;
    for (_, child) in model.children(pod).filter(|(_, child)| child.holds_processes()) {
        let size = model.ceiling(child)?.size?;
        sum = if child.stays() { sum.saturating_add(size) } else { sum.max(size) };
    }
    Some(sum)
}
