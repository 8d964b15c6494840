//! A file system in memory as large as the limit of its writer.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, MountKind, Place},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// An `emptyDir` in memory, a tmpfs or `/dev/shm` may become as large as the memory limit of a
    /// container that mounts it.
    ///
    /// ## Why it matters
    ///
    /// Its files count as memory of the container, and the kernel cannot drop them.
    /// Before the file system is full, the container is killed; the files stay, and it is killed again.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 256m
    ///     tmpfs: /run:size=256m
    /// ```
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
    ///       resources:
    ///         limits: {memory: 256Mi}
    ///   volumes:
    ///     - name: scratch
    ///       emptyDir: {medium: Memory, sizeLimit: 1Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 256m
    ///     tmpfs: /run:size=64m
    /// ```
    MEMORY_VOLUME_ABOVE_LIMIT {
        code: "OKA091",
        name: "memory-volume-above-limit",
        summary: "a file system in memory may become as large as the limit",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some((ceiling, limit)) = model.ceiling(scope).and_then(|ceiling| Some((ceiling, ceiling.size?)))
        else {
            continue;
        };
        for mount in &scope.mounts {
            let Some(setting) = &mount.size else { continue };
            let size = match &setting.value {
                Amount::Share(_) => None,
                amount => amount.size(),
            };
            let Some(size) = size.filter(|size| limit <= *size) else { continue };
            let what = match mount.kind {
                MountKind::EmptyDir => "volume in memory",
                MountKind::Tmpfs => "tmpfs",
                MountKind::SharedMemory => "shared memory",
            };
            let message = format!(
                "the {what} {} of {} may become {size}, and the memory limit is {limit}",
                shown(&mount.name),
                subject(model, scope)
            );
            findings
                .at(setting.place, message)
                .and([ceiling.setting.place])
                .remedy("make it smaller, or raise the limit by what is to be written to it");
        }
    }
}
