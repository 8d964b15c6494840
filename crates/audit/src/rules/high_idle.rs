//! A line for slowing down that is never reached.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The line above which a unit is slowed is at its limit or above it.
    ///
    /// ## Why it matters
    ///
    /// The limit is reached first, so the unit is killed and never slowed.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=2G
    /// MemoryMax=1G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=800M
    /// MemoryMax=1G
    /// ```
    HIGH_IDLE {
        code: "OKA030",
        name: "high-never-reached",
        summary: "the line for slowing down is not below the limit",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let (Some(high), Some(limit)) = (&scope.memory.high, &scope.memory.limit) else { continue };
        let (Some(line), Some(most)) = (model.size_of(high), model.size_of(limit)) else { continue };
        if line < most {
            continue;
        }
        let message = format!(
            "{} has {}, which is never reached before {}",
            subject(model, scope),
            as_written(high),
            as_written(limit)
        );
        findings
            .at(high.place, message)
            .and([limit.place])
            .remedy("put it below the limit, at nine tenths of it for example, or remove it");
    }
}
