//! A database with the shared memory that Docker gives by itself.

use oomkit_core::rule::Findings;

use super::words::subject;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// PostgreSQL or a browser runs with the 64 MiB of `/dev/shm` that a container gets by itself.
    ///
    /// ## Why it matters
    ///
    /// Parallel queries keep their tables there and fail with "could not resize shared memory segment";
    /// browsers crash.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db: {image: "postgres:16", mem_limit: 2g}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db: {image: "postgres:16", mem_limit: 2g, shm_size: 256m}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   containers:
    ///     - name: db
    ///       image: postgres:16
    ///       volumeMounts: [{name: shm, mountPath: /dev/shm}]
    ///   volumes:
    ///     - name: shm
    ///       emptyDir: {medium: Memory, sizeLimit: 256Mi}
    /// ```
    SHARED_MEMORY_DEFAULT {
        code: "OKA093",
        name: "shared-memory-default",
        summary: "a database or browser has 64 MiB of shared memory",
        severity: Note,
        confidence: Low,
    }
}

/// Parts of the names of images that use shared memory in earnest.
const IMAGES: &[&str] =
    &["postgres", "postgresql", "postgis", "timescaledb", "pgvector", "chrome", "chromium", "browserless"];

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(program) = scope.program.as_ref().filter(|program| program.is_image(IMAGES)) else {
            continue;
        };
        let beside = program.is_image(&["exporter", "backup", "operator", "client"]);
        let mounted = scope.mounts.iter().any(|mount| mount.name.trim_end_matches('/') == "/dev/shm");
        if beside || mounted {
            continue;
        }
        let place = program.image.as_ref().map_or(scope.place, |image| image.place);
        let message =
            format!("{} has the 64 MiB of /dev/shm that a container gets by itself", subject(model, scope));
        findings
            .at(place, message)
            .remedy("set shm_size, or mount an emptyDir in memory with a sizeLimit at /dev/shm");
    }
}
