//! More protection than there can be.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Place, Scope, Setting},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The memory that is protected from being reclaimed is more than the unit's own limit, more than that of the slice around it, or more than the machine has; all that lies in one slice is summed up.
    ///
    /// ## Why it matters
    ///
    /// Nothing can hold more than its limit, so a part of the protection is void.
    /// What is protected beyond the machine's memory leaves the others nothing to take from.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryLow=2G
    /// MemoryMax=1G
    /// ```
    ///
    /// ```ini example.service node-memory=4Gi
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMin=8G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini example.service node-memory=4Gi
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryLow=512M
    /// MemoryMax=1G
    /// ```
    PROTECTION_ABOVE {
        code: "OKA032",
        name: "protection-too-large",
        summary: "more memory is protected than there can be",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        own(model, scope, findings);
        inside(model, scope, findings);
    }
}

/// Compares what is protected with what the scope can hold.
fn own(model: &LimitModel, scope: &Scope, findings: &mut Findings<'_, Place>) {
    let ceiling = model.ceiling(scope);
    let most = [ceiling.and_then(|ceiling| ceiling.size), model.policy.node.memory];
    let Some(most) = most.into_iter().flatten().min() else { return };
    for setting in protections(scope) {
        let Some(size) = model.size_of(setting).filter(|size| most < *size) else { continue };
        let message =
            format!("{} has {}, and can hold {most} at most", subject(model, scope), as_written(setting));
        let limit = ceiling.filter(|ceiling| ceiling.size == Some(most)).map(|ceiling| ceiling.setting.place);
        findings
            .at(setting.place, message)
            .and(limit)
            .remedy(format!("protect what it needs at least, below {most}; {size} can never be"));
    }
}

/// Compares what is protected within a scope with what that can hold.
fn inside(model: &LimitModel, scope: &Scope, findings: &mut Findings<'_, Place>) {
    let limit = model.ceiling(scope).and_then(|ceiling| ceiling.size);
    let Some(most) = [limit, model.policy.node.memory].into_iter().flatten().min() else { return };
    let mut members: Vec<(Place, Bytes)> = Vec::new();
    for (_, child) in model.children(scope) {
        let largest = protections(child).filter_map(|one| Some((one.place, model.size_of(one)?)));
        members.extend(largest.max_by_key(|(_, size)| *size));
    }
    let sum: Bytes = members.iter().map(|(_, size)| *size).sum();
    // One that is too large by itself is told of by itself.
    if sum <= most || members.iter().any(|(_, size)| most < *size) {
        return;
    }
    let mut places = members.iter().map(|(place, _)| *place);
    let Some(first) = places.next() else { return };
    let message = format!(
        "what lies in {} protects {sum} together, and can hold {most} at most",
        subject(model, scope)
    );
    findings.at(first, message).and(places).remedy("protect less, or raise what is around it");
}

/// Returns the sizes that are protected.
pub(super) fn protections(scope: &Scope) -> impl Iterator<Item = &Setting<Amount>> {
    [&scope.memory.min, &scope.memory.low].into_iter().flatten().filter(|setting| setting.value.applies())
}
