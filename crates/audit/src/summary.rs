//! Summary: what was counted, containers and findings.

use oomkit_core::finding::Severity;

use crate::Report;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Containers, services, units and tasks.
    pub containers: usize,
    /// Those with a memory limit in force, their own or one above them.
    pub limit_set: usize,
    /// Those without.
    pub limit_missing: usize,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notes.
    pub notes: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut summary = Self::default();
        for (_, scope) in report.model.leaves() {
            summary.containers += 1;
            if report.model.ceiling(scope).is_some() {
                summary.limit_set += 1;
            } else {
                summary.limit_missing += 1;
            }
        }
        for finding in &report.findings {
            match finding.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Note => summary.notes += 1,
            }
        }
        summary
    }
}
