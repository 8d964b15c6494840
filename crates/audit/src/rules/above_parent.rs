//! A limit above that of what it lies in.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A unit or slice has a larger limit than the slice around it.
    /// The slice may be killed in before the unit has reached its own limit.
    ///
    /// ## Why it matters
    ///
    /// The smaller limit is the one in force, and it is shared with all that lies in the slice.
    /// Who reads the unit alone believes in a limit that is never reached.
    ///
    /// ## Fires
    ///
    /// ```ini -
    /// # /etc/systemd/system/batch.slice
    /// [Slice]
    /// MemoryMax=1G
    /// # /etc/systemd/system/web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// Slice=batch.slice
    /// MemoryMax=2G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini -
    /// # /etc/systemd/system/batch.slice
    /// [Slice]
    /// MemoryMax=4G
    /// # /etc/systemd/system/web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// Slice=batch.slice
    /// MemoryMax=2G
    /// ```
    ABOVE_PARENT {
        code: "OKA058",
        name: "limit-above-parent",
        summary: "a limit is larger than that of the slice around it",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all().filter(|(_, scope)| scope.unit.is_some() || scope.live.is_some()) {
        let Some(limit) = &scope.memory.limit else { continue };
        let Some(own) = model.size_of(limit) else { continue };
        let Some(ceiling) = model.ceiling(scope).filter(|ceiling| !std::ptr::eq(ceiling.owner, scope)) else {
            continue;
        };
        if ceiling.size.is_none_or(|most| own <= most) {
            continue;
        }
        let message = format!(
            "{} has {}, and {} around it has {}",
            subject(model, scope),
            as_written(limit),
            subject(model, ceiling.owner),
            as_written(ceiling.setting)
        );
        findings
            .at(limit.place, message)
            .and([ceiling.setting.place])
            .remedy("lower the limit below that of the slice, or raise that of the slice");
    }
}
