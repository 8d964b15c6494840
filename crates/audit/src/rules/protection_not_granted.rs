//! Protection that nothing around the unit passes on.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
    units::Bytes,
};

use super::{
    protection_above::protections,
    words::{as_written, subject},
};
use crate::model::{LimitModel, Place, Scope, ScopeKind};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A unit is protected from being reclaimed, and a slice that it lies in is not.
    /// A unit is protected only as far as everything around it is.
    /// Where the slice is not among the files it is a note: it may be protected elsewhere.
    ///
    /// ## Why it matters
    ///
    /// The kernel takes the unit's memory as it takes any other.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryLow=512M
    /// MemoryMax=1G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// Slice=-.slice
    /// MemoryLow=512M
    /// MemoryMax=1G
    /// ```
    PROTECTION_NOT_GRANTED {
        code: "OKA033",
        name: "protection-not-granted",
        summary: "a unit is protected, and a slice around it is not",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all().filter(|(_, scope)| scope.unit.is_some()) {
        let protects = |one: &Scope| protections(one).any(|one| model.size_of(one) != Some(Bytes::ZERO));
        let Some(setting) = protections(scope).find(|one| model.size_of(one) != Some(Bytes::ZERO)) else {
            continue;
        };
        let slices = model.ancestors(scope).filter(|(_, above)| above.kind == ScopeKind::Slice);
        let slices: Vec<&Scope> = slices.map(|(_, above)| above).collect();
        let bare = slices.iter().find(|slice| !protects(slice));
        let open = scope.unit.as_ref().and_then(|unit| unit.slice.as_deref()).unwrap_or_default();
        let (around, place) = match bare {
            Some(slice) => (slice.name.as_str(), Some(slice.place)),
            None if slices.is_empty() && scope.kind == ScopeKind::Unit && open != "-.slice" => (open, None),
            None => continue,
        };
        let message = format!(
            "{} has {}, which counts only as far as {around} is protected as well",
            subject(model, scope),
            as_written(setting)
        );
        let remedy = format!("set the same key below [Slice] of {around}, at the sum of what lies in it");
        let finding = findings.at(setting.place, message);
        finding.and(place).remedy(remedy);
        if place.is_some() {
            finding.severity(Severity::Warning);
        } else {
            finding.confidence(Confidence::Medium);
        }
    }
}
