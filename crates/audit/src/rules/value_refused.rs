//! A value that the platform refuses.

use oomkit_core::rule::Findings;

use super::words::{as_written, shown, subject};
use crate::{
    model::{Given, LimitModel, Origin, Place, ProblemKind, Setting, Swap},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A size or an adjustment that the platform refuses, together with the object or file that it stands
    /// in, and two spellings of one setting that contradict each other.
    /// For Compose, `mem_limit` beside `deploy.resources.limits` without `memory` is such a contradiction:
    /// what is missing there counts as zero.
    /// All else in the file is audited all the same.
    ///
    /// ## Why it matters
    ///
    /// The object cannot be applied, or the project does not start; what runs meanwhile is what was there
    /// before.
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
    ///       resources:
    ///         limits: {memory: 512MB}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512Mi
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     deploy:
    ///       resources:
    ///         limits: {memory: 256m}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     deploy:
    ///       resources:
    ///         limits: {cpus: "1"}
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
    ///       resources:
    ///         limits: {memory: " 1.5Gi "}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512MiB
    /// ```
    VALUE_REFUSED {
        code: "OKA010",
        name: "value-refused",
        summary: "a value that the platform refuses",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let subject = || subject(model, scope);
        for amount in
            scope.memory.amounts().chain(scope.mounts.iter().filter_map(|mount| mount.size.as_ref()))
        {
            if let Amount::Refused(why) = &amount.value {
                say(findings, &subject(), amount, why);
            }
        }
        if let Some(swap) = &scope.memory.swap
            && let Swap::Total(Amount::Refused(why)) | Swap::Alone(Amount::Refused(why)) = &swap.value
        {
            say(findings, &subject(), swap, why);
        }
        if let Some(adj) = &scope.oom.adj
            && let Given::Refused(why) = &adj.value
        {
            say(findings, &subject(), adj, why);
        }
    }
    bounds(model, findings);
    for problem in &model.problems {
        if let ProblemKind::Rejected(other) = problem.kind {
            findings.at(problem.place, shown(&problem.what)).and(other).remedy("keep one of them");
        }
    }
}

/// Looks at what namespaces give and allow.
fn bounds(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let ranges = model.limit_ranges.iter().flat_map(|range| {
        let all = [&range.container, &range.pod].into_iter().flat_map(|range| {
            [&range.default, &range.default_request, &range.max, &range.min].into_iter().flatten()
        });
        all.map(move |amount| (&range.name, amount))
    });
    let quotas = model.quotas.iter().flat_map(|quota| {
        [&quota.limits, &quota.requests].into_iter().flatten().map(move |amount| (&quota.name, amount))
    });
    let mut seen = Vec::new();
    for (name, amount) in ranges.chain(quotas) {
        // One value may stand for several, since what is not said follows from what is.
        if let Amount::Refused(why) = &amount.value
            && !seen.contains(&amount.place)
        {
            seen.push(amount.place);
            say(findings, &shown(name), amount, why);
        }
    }
}

fn say<T>(findings: &mut Findings<'_, Place>, subject: &str, setting: &Setting<T>, why: &str) {
    // A value that was derived stands somewhere else, and is told of there.
    if matches!(setting.origin, Origin::Written | Origin::Variable) {
        findings
            .at(setting.place, format!("{subject} has {}, which is refused: {why}", as_written(setting)))
            .remedy("write it in a way that the platform takes; nothing of this object is applied before");
    }
}
